def migrate(cr, version):
    """Reasons go under their families, and what was opened gets its first cycle."""
    cr.execute(
        """
        UPDATE account_dispute_reason reason
           SET parent_id = family.res_id
          FROM ir_model_data family
         WHERE family.module = 'account_dispute_dunning'
           AND family.name = 'dispute_family_' || reason.family
           AND reason.parent_id IS NULL
           AND reason.id != family.res_id
        """
    )
    cr.execute(
        """
        INSERT INTO account_dispute_cycle
                    (dispute_id, company_id, number, date_opened, date_closed, validity)
             SELECT id, company_id, 1, date_opened, date_closed, validity
               FROM account_dispute
              WHERE date_opened IS NOT NULL
        """
    )
    cr.execute("UPDATE account_dispute SET cycle = 1 WHERE date_opened IS NOT NULL")
