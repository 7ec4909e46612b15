def migrate(cr, version):
    """What was there is the first version of each scenario, and is active.

    In SQL before the columns' defaults: a scenario that reminds customers must not become a draft,
    and there may be many notices.
    """
    cr.execute("ALTER TABLE account_dunning_scenario ADD COLUMN state varchar")
    cr.execute("UPDATE account_dunning_scenario SET state = 'active'")
    cr.execute("ALTER TABLE account_dunning_notice_line ADD COLUMN root_step_id int4")
    cr.execute("UPDATE account_dunning_notice_line SET root_step_id = step_id")
    cr.execute("ALTER TABLE account_dunning_notice ADD COLUMN kind varchar")
    cr.execute(
        """
        UPDATE account_dunning_notice notice
           SET kind = CASE WHEN step.offset_days <= 0 THEN 'preventive'
                           WHEN step.tone = 'formal' THEN 'formal'
                           ELSE 'reminder' END
          FROM account_dunning_scenario_step step
         WHERE step.id = notice.step_id
        """
    )
    # What strategic customers receive is reviewed by the level of the step.
    cr.execute("ALTER TABLE account_dunning_scenario_step ADD COLUMN level int4")
    cr.execute(
        """
        UPDATE account_dunning_scenario_step
           SET level = CASE WHEN offset_days <= 0 THEN 0
                            WHEN tone = 'formal' THEN 3
                            WHEN tone = 'firm' THEN 2
                            ELSE 1 END
        """
    )
    # What was left to leave by itself still waits for answers and for the bank.
    cr.execute("ALTER TABLE account_dunning_notice ADD COLUMN is_automatic bool")
    cr.execute(
        """
        UPDATE account_dunning_notice notice
           SET is_automatic = TRUE
          FROM account_dunning_scenario_step step
         WHERE step.id = notice.step_id
           AND notice.state = 'validated'
           AND step.is_automatic
        """
    )
    # Formal notices that expired before are in the list; nobody is told of each of them now.
    cr.execute("ALTER TABLE account_dunning_notice ADD COLUMN expired_on date")
    cr.execute(
        """
        UPDATE account_dunning_notice
           SET expired_on = deadline + 1
         WHERE tone = 'formal' AND state = 'sent' AND deadline < CURRENT_DATE
        """
    )
