from odoo.tools import SQL

# What was recorded with the addon and names its records, each before what it refers to.
RECORDED = (
    "account.penalty.event",
    "account.penalty",
    "account.dunning.notice",
    "account.dunning.decision",
    "account.dispute",
)
# Odoo's own records that name penalties and regimes.
REFERENCES = (
    ("account.move.line", "penalty_id"),
    ("account.move", "penalty_regime_id"),
    ("account.payment.term", "penalty_regime_id"),
)


def uninstall_hook(env):
    """Delete what was recorded with the addon before Odoo deletes the rules that it names.

    Odoo removes an addon's own records first (reasons, scenarios), and disputes, decisions and
    notices refer to them. Plain SQL: their tables go next, and there may be millions of rows.
    Before, invoices that we took out of Odoo's own follow-up are given back to it.
    """
    lines = env["account.dispute.line"].search([("has_set_no_followup", "=", True)])
    lines.move_id.filtered("no_followup").no_followup = False
    env.flush_all()
    for model, field in REFERENCES:
        column = SQL.identifier(field)
        env.cr.execute(
            SQL(
                "UPDATE %s SET %s = NULL WHERE %s IS NOT NULL",
                SQL.identifier(env[model]._table),
                column,
                column,
            )
        )
    for model in RECORDED:
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(env[model]._table)))
