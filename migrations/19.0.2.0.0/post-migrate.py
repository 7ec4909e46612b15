from odoo import SUPERUSER_ID, api
from odoo.tools import SQL, convert_file

ADDON = "account_dispute_dunning"
# What a user may have changed of a reason of the first version.
KEPT_COLUMNS = ("name", "code", "parent_id", "parent_path", "sequence", "active")


def migrate(cr, version):
    """Reasons get what they call for; disputes get the state of their stage, and a first cycle."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    _complete_reasons(env)
    _agree_states_and_stages(cr)
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
    env.invalidate_all()
    env["account.dispute.line"].search([])._filter_holding().move_id._mirror_holds()


def _agree_states_and_stages(cr):
    """A stage had no state of its own: an open dispute is what its stage says."""
    cr.execute(
        """
        UPDATE account_dispute dispute
           SET state = stage.state
          FROM account_dispute_stage stage
         WHERE stage.id = dispute.stage_id
           AND dispute.state = 'open'
           AND stage.state IN ('investigating', 'proposal')
        """
    )
    cr.execute(
        """
        UPDATE account_dispute dispute
           SET stage_id = data.res_id
          FROM ir_model_data data
         WHERE data.module = 'account_dispute_dunning'
           AND data.name = 'dispute_stage_suspicion'
           AND dispute.state = 'suspicion'
        """
    )


def _complete_reasons(env):
    """Load the new fields of the reasons that were there: noupdate data are not written again.

    What users may have changed of them, such as their names, stays.
    """
    reasons = env["account.dispute.reason"].with_context(active_test=False).search([])
    reasons._parent_store_compute()
    columns = SQL(", ").join(SQL.identifier(name) for name in KEPT_COLUMNS)
    env.cr.execute(
        SQL("CREATE TEMPORARY TABLE kept AS SELECT id, %s FROM account_dispute_reason", columns)
    )
    filename = "data/account_dispute_reason_data.xml"
    convert_file(env, ADDON, filename, {}, mode="init", noupdate=True)
    env.flush_all()
    assignments = SQL(", ").join(
        SQL("%s = %s", SQL.identifier(name), SQL.identifier("kept", name)) for name in KEPT_COLUMNS
    )
    env.cr.execute(
        SQL(
            "UPDATE account_dispute_reason reason SET %s FROM kept WHERE kept.id = reason.id",
            assignments,
        )
    )
    env.cr.execute("DROP TABLE kept")
    env.invalidate_all()
