"""Install → update → uninstall on a database with history: nothing of the host's data changes.

Design, rule 12. The history is made before the addon is there; what happens inside Odoo is in
`lifecycle_shell`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from . import odoo, odoo_log, postgres, settings
from .results import Results

DATABASE = settings.database("lifecycle")

# What our addon must never change, compared value by value.
HOST_TABLES = (
    "account_account",
    "account_full_reconcile",
    "account_journal",
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "account_payment",
    "account_payment_term",
    "res_company",
    "res_partner",
    "res_users",
)

# Odoo touches users, with their partners, when a group that they have comes or goes; and we set
# the company's scenario. It also lets a customer sign up to whom it sends a document of the portal.
IGNORED = {
    "res_company.write_date",
    "res_partner.signup_type",
    "res_partner.write_date",
    "res_users.write_date",
}

# What working with the addon must have filled, or the update proves nothing.
MUST_HOLD_DATA = (
    "account_dispute_line",
    "account_dunning_decision",
    "account_dunning_notice_line",
    "account_customer_score_component",
    "account_penalty_event",
    "account_receivable_forecast",
)

# Where an addon's traces are: after the uninstallation no row is there that was not before.
TRACES = {
    "tables": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    "columns": "SELECT table_name || '.' || column_name FROM information_schema.columns"
    " WHERE table_schema = 'public'",
    "indexes": "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": "SELECT conrelid::regclass || '.' || conname FROM pg_constraint"
    " WHERE conrelid != 0",
    "sequences": "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'",
    "external ids": f"SELECT name FROM ir_model_data WHERE module = '{settings.ADDON}'",
    "models": "SELECT model FROM ir_model",
    "fields": "SELECT model || '.' || name FROM ir_model_fields",
    "views": "SELECT id || ' ' || name FROM ir_ui_view",
    "menus": "SELECT id || ' ' || (name->>'en_US') FROM ir_ui_menu",
    "actions": "SELECT id || ' ' || (name->>'en_US') FROM ir_actions",
    "scheduled actions": "SELECT id || ' ' || cron_name FROM ir_cron",
    "groups": "SELECT id || ' ' || (name->>'en_US') FROM res_groups",
    "privileges": "SELECT id || ' ' || (name->>'en_US') FROM res_groups_privilege",
    "implied groups": "SELECT gid || ' implies ' || hid FROM res_groups_implied_rel",
    "record rules": "SELECT id || ' ' || COALESCE(name, '') FROM ir_rule",
    "access rights": "SELECT id || ' ' || name FROM ir_model_access",
    "number sequences": "SELECT id || ' ' || name FROM ir_sequence",
    "parameters": "SELECT key FROM ir_config_parameter",
    "defaults": "SELECT id::text FROM ir_default",
    "activity types": "SELECT id || ' ' || (name->>'en_US') FROM mail_activity_type",
    "activities": "SELECT id || ' ' || res_model FROM mail_activity",
    "followers": "SELECT id || ' ' || res_model FROM mail_followers",
    "messages": "SELECT id || ' ' || COALESCE(model, '') FROM mail_message",
    "mails": "SELECT id::text FROM mail_mail",
    "mail templates": "SELECT id || ' ' || (name->>'en_US') FROM mail_template",
    "attachments": "SELECT id || ' ' || name FROM ir_attachment"
    " WHERE url IS NULL OR url NOT LIKE '/web/assets/%'",
}


@dataclass
class Snapshot:
    traces: dict[str, set[str]]
    values: dict[str, dict[str, str]]  # table -> {column: checksum}, and its number of rows


def run(results: Results) -> None:
    """The stages build on each other: the first that fails ends them."""
    settings.say("a database with history, then install → update → uninstall")
    lifecycle = _Lifecycle()
    stages = {
        "install on a database with history": lifecycle.install,
        "update: nothing changes": lifecycle.update,
        "uninstall: nothing of ours left, nothing lost": lifecycle.uninstall,
    }
    for name, stage in stages.items():
        if not results.check(name, stage):
            return
    postgres.drop(DATABASE)


class _Lifecycle:
    before: Snapshot

    def install(self) -> Iterable[str]:
        postgres.copy(odoo.template(), DATABASE)
        _shell("make_history")
        self.before = _snapshot(HOST_TABLES)
        yield from _odoo("-i")
        yield from _changes(self.before, _snapshot(HOST_TABLES))

    def update(self) -> Iterable[str]:
        yield from _shell("work_with_the_addon")
        own = sorted(_tables() - self.before.traces["tables"])
        worked = _snapshot((*HOST_TABLES, *own))
        if not all(worked.values[table]["rows"] != "0" for table in MUST_HOLD_DATA):
            yield f"Nothing was tested: {', '.join(MUST_HOLD_DATA)} should hold data."
        yield from _odoo("-u")
        yield from _changes(worked, _snapshot((*HOST_TABLES, *own)))

    def uninstall(self) -> Iterable[str]:
        yield from _shell("uninstall")
        after = _snapshot(HOST_TABLES)
        yield from _changes(self.before, after)
        for what, names in after.traces.items():
            if left := names - self.before.traces[what]:
                yield f"left behind, {what}: {', '.join(sorted(left))}"
            if lost := self.before.traces[what] - names:
                yield f"lost, {what}: {', '.join(sorted(lost))}"
        yield from _shell("post_an_invoice")


# === Odoo ===#


def _odoo(action: str) -> list[str]:
    """Install or update the addon; returns the warnings of the log."""
    log = odoo.log_file("lifecycle" + action)
    odoo.run("-d", DATABASE, action, settings.ADDON, "--stop-after-init", "--no-http", log=log)
    return odoo_log.warnings(log.read_text())


def _shell(function: str) -> list[str]:
    """Call a function of `lifecycle_shell` in an Odoo shell; returns the warnings of the log."""
    log = odoo.log_file(f"lifecycle-{function}")
    script = f"from dev import lifecycle_shell\nlifecycle_shell.{function}(env)\nenv.cr.commit()\n"
    odoo.run("shell", "-d", DATABASE, "--no-http", log=log, script=script)
    return odoo_log.warnings(log.read_text())


# === Compare ===#


def _tables() -> set[str]:
    return set(postgres.query(TRACES["tables"], DATABASE).splitlines())


def _snapshot(tables: Iterable[str]) -> Snapshot:
    traces = {what: set(postgres.query(sql, DATABASE).splitlines()) for what, sql in TRACES.items()}
    return Snapshot(traces, {table: _values(table) for table in tables})


def _values(table: str) -> dict[str, str]:
    """A checksum of each column of a table, and its number of rows."""
    columns = postgres.query(
        "SELECT column_name FROM information_schema.columns"
        f" WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position",
        DATABASE,
    ).splitlines()
    order = "id" if "id" in columns else "row::text"
    sums = [
        f"md5(string_agg(COALESCE(\"{column}\"::text, 'null'), '|' ORDER BY {order}))"
        for column in columns
    ]
    row = postgres.query(f'SELECT count(*), {", ".join(sums)} FROM "{table}" AS row', DATABASE)
    return dict(zip(["rows", *columns], row.split("|"), strict=True))


def _changes(before: Snapshot, after: Snapshot) -> Iterable[str]:
    """What changed in the tables and columns that were there before."""
    for table, values in before.values.items():
        for column, value in values.items():
            now = after.values[table].get(column, "no longer there")
            if now != value and f"{table}.{column}" not in IGNORED:
                detail = f" ({value} → {now})" if column == "rows" else ""
                yield f"{table}.{column} changed{detail}"
