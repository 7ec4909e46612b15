from odoo.tools import SQL


def uninstall_hook(env):
    """Delete what was recorded with the addon before Odoo deletes the rules that it names.

    Odoo removes an addon's own records first (reasons, scenarios), and disputes, decisions and
    notices refer to them. Plain SQL: their tables go next, and there may be millions of rows.
    Before, invoices that we took out of Odoo's own follow-up are given back to it.
    """
    lines = env["account.dispute.line"].search([("has_set_no_followup", "=", True)])
    lines.move_id.filtered("no_followup").no_followup = False
    env.flush_all()
    for model in ("account.dunning.notice", "account.dunning.decision", "account.dispute"):
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(env[model]._table)))
