from odoo.tools import SQL

ADDON = "account_dispute_dunning"
# What was recorded with the addon and names its records, each before what it refers to.
RECORDED = (
    "account.penalty.event",
    "account.penalty",
    "account.dunning.notice",
    "account.dunning.decision",
    "account.dispute",
)
# The foreign keys that keep a row of these tables from being deleted.
HOLDING = """
    SELECT conrelid::regclass::text, conname FROM pg_constraint
     WHERE contype = 'f' AND confdeltype IN ('a', 'r')
       AND confrelid = ANY(%s::text[]::regclass[])
"""


def uninstall_hook(env):
    """Delete what was recorded with the addon before Odoo deletes the rules that it names.

    Odoo removes an addon's own records first (reasons, scenarios), and disputes, decisions and
    notices refer to them. Plain SQL: their tables go next, and there may be millions of rows.
    What users wrote (a regime, a new version of a scenario) may name a shipped record: it no longer
    holds it back. Before, invoices that we took out of Odoo's own follow-up are given back to it.
    """
    lines = env["account.dispute.line"].search([("has_set_no_followup", "=", True)])
    lines.move_id.filtered("no_followup").no_followup = False
    env.flush_all()
    _let_go(env)
    for model in RECORDED:
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(env[model]._table)))


def _let_go(env):
    """Drop the foreign keys that would keep Odoo from deleting our records, table after table."""
    tables = [
        model._table
        for model in env.registry.values()
        if model._original_module == ADDON and model._auto and not model._abstract
    ]
    env.cr.execute(HOLDING, [tables])
    for table, name in env.cr.fetchall():
        env.cr.execute(
            SQL("ALTER TABLE %s DROP CONSTRAINT %s", SQL.identifier(table), SQL.identifier(name))
        )
