def migrate(cr, version):
    """The validity of a dispute was called its outcome; families become reasons of their own."""
    cr.execute("ALTER TABLE account_dispute RENAME COLUMN outcome TO validity")
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
