FAMILIES = {"contract": "Contract", "quality": "Quality", "invoicing": "Invoicing"}


def migrate(cr, version):
    """The validity of a dispute was called its outcome; families become reasons of their own."""
    cr.execute("ALTER TABLE account_dispute RENAME COLUMN outcome TO validity")
    # Its default reads a setting that the company does not have yet; nobody is told afterwards.
    cr.execute("ALTER TABLE account_dispute ADD COLUMN tell_customer BOOLEAN DEFAULT FALSE")
    cr.execute("ALTER TABLE account_dispute ALTER COLUMN tell_customer DROP DEFAULT")
    _give_states_to_stages(cr)
    _put_reasons_under_families(cr)


def _give_states_to_stages(cr):
    cr.execute("ALTER TABLE account_dispute_stage ADD COLUMN IF NOT EXISTS state VARCHAR")
    cr.execute(
        """
        UPDATE account_dispute_stage stage
           SET state = CASE WHEN stage.is_settled THEN 'closed'
                            ELSE CASE data.name WHEN 'dispute_stage_new' THEN 'open'
                                                WHEN 'dispute_stage_proposal' THEN 'proposal'
                                                ELSE 'investigating' END
                       END
          FROM (
                SELECT stage.id, data.name
                  FROM account_dispute_stage stage
             LEFT JOIN ir_model_data data ON data.model = 'account.dispute.stage'
                   AND data.module = 'account_dispute_dunning' AND data.res_id = stage.id
               ) data
         WHERE data.id = stage.id
        """
    )


def _put_reasons_under_families(cr):
    """A family and a reason may share a code, as *contract* does, once the reason has a parent."""
    cr.execute("DROP INDEX account_dispute_reason_code_uniq")
    cr.execute("ALTER TABLE account_dispute_reason ADD COLUMN parent_id INTEGER")
    for number, (code, name) in enumerate(FAMILIES.items(), start=1):
        cr.execute(
            """
            INSERT INTO account_dispute_reason (name, code, family, sequence, active)
                 VALUES (jsonb_build_object('en_US', %s::text), %s, %s, %s, TRUE)
              RETURNING id
            """,
            (name, code, code, number * 10),
        )
        family_id = cr.fetchone()[0]
        cr.execute(
            """
            INSERT INTO ir_model_data (module, name, model, res_id, noupdate)
                 VALUES ('account_dispute_dunning', %s, 'account.dispute.reason', %s, TRUE)
            """,
            (f"dispute_family_{code}", family_id),
        )
        cr.execute(
            "UPDATE account_dispute_reason SET parent_id = %s WHERE family = %s AND id != %s",
            (family_id, code, family_id),
        )
