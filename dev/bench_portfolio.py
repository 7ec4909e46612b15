"""Builds the benchmark's portfolio: documents made by Odoo, multiplied in SQL.

Each document, with its payments and reconciliations, is a *pattern*: the ranges of ids that Odoo
gave it in each table. A copy of a pattern shifts each range by one number per table, so that all
rows that hang together keep hanging together, and balance as the pattern does.

Imported by a script of Odoo's shell; `env` is its environment.
"""

import random
from contextlib import contextmanager
from dataclasses import dataclass

from odoo.tools import SQL

from .bench_documents import KINDS, ON_DATE, Documents, amounts

DOCUMENT_TABLES = (
    "account_full_reconcile",
    "account_move",
    "account_payment",
    "account_move_line",
    "account_partial_reconcile",
    "account_dispute",
    "account_dispute_line",
)
LINK_TABLES = (
    "account_move__account_payment",
    "account_move_line_account_tax_rel",
    "account_account_tag_account_move_line_rel",
)


@dataclass(frozen=True)
class Pattern:
    """What Odoo made for one document: ``{table: (first id, last id)}``, empty ranges left out."""

    ranges: dict[str, tuple[int, int]]
    is_open: bool = True


def build(env, customers: int, invoices: int) -> None:
    """Fill the company of `env` with `invoices` invoices of `customers` customers, and commit."""
    chance = random.Random(invoices)
    documents = Documents(env)
    partners = documents.customers()
    patterns = {kind: _make(documents, kind, partners) for kind in KINDS}
    company = env.company
    company.dunning_scenario_id = env.ref("account_dispute_dunning.dunning_scenario_standard")
    env.flush_all()
    partner_ids = _multiply_customers(env.cr, partners, customers)
    copies = [
        (chance.choice(patterns[kind]), partner_ids[int(len(partner_ids) * chance.random() ** 1.5)])
        for kind in KINDS
        for _number in range(round(invoices * kind.share / 10_000))
    ]
    _multiply_documents(env.cr, copies, chance)
    env.invalidate_all()
    check(env)
    env.cr.commit()


def _make(documents: Documents, kind, partners) -> list[Pattern]:
    patterns = []
    for number, amount in enumerate(amounts(kind)):
        before = _last_ids(documents.env.cr, DOCUMENT_TABLES)
        kind.make(documents, partners[number % len(partners)], amount)
        documents.env.flush_all()
        after = _last_ids(documents.env.cr, DOCUMENT_TABLES)
        ranges = {
            table: (before[table] + 1, after[table])
            for table in DOCUMENT_TABLES
            if after[table] > before[table]
        }
        patterns.append(Pattern(ranges, kind.is_open))
    return patterns


# === Multiply ===#


def _multiply_customers(cr, partners, count: int) -> list[int]:
    """Copy the customers, with their contacts; returns the ids of the copies."""
    ids = partners.child_ids.ids + partners.ids
    patterns = [
        Pattern({"res_partner": (partner.id, max(partner.child_ids.ids, default=partner.id))})
        for partner in partners
    ]
    assert sorted(ids) == list(range(min(ids), max(ids) + 1)), "customers are contiguous"
    copies = [(patterns[number % len(patterns)], None) for number in range(count)]
    shifts = _shifts(cr, ("res_partner",), copies)
    _create_copies(cr, ("res_partner",), patterns, copies, shifts, days=[0] * count)
    _copy_rows(
        cr,
        "res_partner",
        ("res_partner",),
        _references(cr, "res_partner"),
        {
            "name": "row.name"
            " || CASE WHEN row.parent_id IS NULL THEN ' ' || copy.number ELSE '' END",
            "complete_name": "regexp_replace("
            "row.complete_name, '(,|$)', ' ' || copy.number || '\\1')",
            "email": "replace(row.email, '@', '.' || copy.number || '@')",
            "email_normalized": "replace(row.email_normalized, '@', '.' || copy.number || '@')",
        },
    )
    return [
        pattern.ranges["res_partner"][0] + shift["res_partner"]
        for (pattern, _partner), shift in zip(copies, shifts, strict=True)
    ]


def _multiply_documents(cr, copies, chance: random.Random) -> None:
    """Copy the documents over two years: the open ones are the younger, as in life."""
    patterns = list({id(pattern): pattern for pattern, _partner in copies}.values())
    days = [
        -int(480 * chance.random() ** 3) if pattern.is_open else -int(chance.uniform(75, 730))
        for pattern, _partner in copies
    ]
    shifts = _shifts(cr, DOCUMENT_TABLES, copies)
    _create_copies(cr, DOCUMENT_TABLES, patterns, copies, shifts, days)
    name = "regexp_replace({name}, '[0-9]{{4}}/.*$', to_char({date}, 'YYYY/') || {id})"
    move = name.format(
        name="row.name", date="row.date + copy.days", id="row.id + copy.account_move"
    )
    on_line = {"date": "row.date + copy.days", "id": "row.move_id + copy.account_move"}
    customer = "(SELECT complete_name FROM res_partner WHERE id = copy.partner_id)"
    texts = {
        "account_move": {
            "name": move,
            "payment_reference": f"CASE WHEN row.payment_reference = row.name THEN {move} END",
            "sequence_prefix": "regexp_replace(row.sequence_prefix, '[0-9]{4}/.*$', "
            "to_char(row.date + copy.days, 'YYYY/'))",
            "sequence_number": "row.id + copy.account_move",
            "invoice_partner_display_name": customer,
        },
        "account_payment": {"name": name.format(name="row.name", **on_line)},
        "account_move_line": {
            "move_name": name.format(name="row.move_name", **on_line),
            "matching_number": "CASE WHEN row.full_reconcile_id IS NOT NULL "
            "THEN (row.full_reconcile_id + copy.account_full_reconcile)::text "
            "WHEN row.matching_number LIKE 'P%' "
            "THEN 'P' || (substr(row.matching_number, 2)::int + copy.account_partial_reconcile) "
            "END",
        },
        "account_dispute": {"name": "row.name || '-' || copy.number"},
    }
    tables = (*DOCUMENT_TABLES, *LINK_TABLES)
    references = {table: _references(cr, table) for table in tables}
    with _bare(cr, tables):
        for table in tables:
            _copy_rows(cr, table, DOCUMENT_TABLES, references[table], texts.get(table, {}))
    cr.execute("ANALYZE")


def _shifts(cr, tables, copies) -> list[dict[str, int]]:
    """For each copy, what to add to the ids of its pattern: ``{table: number}``."""
    last = _last_ids(cr, tables)
    shifts = []
    for pattern, _partner in copies:
        shift = {}
        for table, (first_id, last_id) in pattern.ranges.items():
            shift[table] = last[table] + 1 - first_id
            last[table] += last_id - first_id + 1
        shifts.append(shift)
    for table, id_ in last.items():
        cr.execute(SQL("SELECT setval(%s, %s)", f"{table}_id_seq", max(id_, 1)))
    return shifts


def _create_copies(cr, tables, patterns, copies, shifts, days) -> None:
    """Two temporary tables: the patterns' ranges of ids, and the copies with their shifts."""
    cr.execute("DROP TABLE IF EXISTS bench_pattern; DROP TABLE IF EXISTS bench_copy")
    cr.execute("CREATE TEMP TABLE bench_pattern (id int, name text, first_id int, last_id int)")
    numbers = {id(pattern): number for number, pattern in enumerate(patterns)}
    cr.execute_values(
        "INSERT INTO bench_pattern VALUES %s",
        [
            (numbers[id(pattern)], table, *ids)
            for pattern in patterns
            for table, ids in pattern.ranges.items()
        ],
    )
    columns = ", ".join(f"{table} int" for table in tables)
    # The tables are named in this file.
    cr.execute(  # pylint: disable=sql-injection
        "CREATE TEMP TABLE bench_copy"
        f" (number int, pattern int, partner_id int, days int, {columns})"
    )
    cr.execute_values(
        "INSERT INTO bench_copy VALUES %s",
        [
            (
                number,
                numbers[id(pattern)],
                partner_id,
                days[number],
                *(shifts[number].get(table) for table in tables),
            )
            for number, (pattern, partner_id) in enumerate(copies)
        ],
        page_size=5000,
    )
    cr.execute("CREATE INDEX ON bench_copy (pattern); ANALYZE bench_pattern, bench_copy")


def _copy_rows(cr, table: str, tables, references, texts: dict[str, str]) -> None:
    """Insert the copies of a table's rows.

    Every reference between the multiplied tables is shifted, every reference to a customer
    becomes the copy's customer, every date moves by the copy's days; `texts` are the expressions
    of what else differs.
    """
    if table in tables:
        owner, owner_table = "id", table
    else:
        owner, owner_table = next(item for item in references.items() if item[1] in tables)
    values = {}
    for column, data_type in _columns(cr, table):
        target = table if column == "id" else references.get(column)
        if column in texts:
            values[column] = texts[column]
        elif target in tables:
            values[column] = f"row.{column} + copy.{target}"
        elif target == "res_partner":
            values[column] = f"CASE WHEN row.{column} IS NOT NULL THEN copy.partner_id END"
        elif data_type == "date":
            values[column] = f"row.{column} + copy.days"
        else:
            values[column] = f"row.{column}"
    columns = ", ".join(f'"{column}"' for column in values)
    # The names come from the catalogue, not from outside.
    cr.execute(  # pylint: disable=sql-injection
        f"""
        INSERT INTO {table} ({columns})
        SELECT {", ".join(values.values())}
          FROM bench_pattern pattern
          JOIN {table} row ON row.{owner} BETWEEN pattern.first_id AND pattern.last_id
          JOIN bench_copy copy ON copy.pattern = pattern.id
         WHERE pattern.name = '{owner_table}'
        """
    )


# === The database's own description ===#


@contextmanager
def _bare(cr, tables):
    """Take off the foreign keys and the indexes of some tables, and put them back at the end.

    It is quicker, entries and payments point to each other, and putting the keys back proves them.
    """
    cr.execute(
        """
        SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
               format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s',
                      conrelid::regclass, conname, pg_get_constraintdef(oid))
          FROM pg_constraint
         WHERE contype = 'f' AND conrelid = ANY(%(tables)s::regclass[])
         UNION ALL
        SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
          FROM pg_index
         WHERE indrelid = ANY(%(tables)s::regclass[]) AND NOT indisunique
        """,
        {"tables": list(tables)},
    )
    statements = cr.fetchall()
    for take_off, _put_back in statements:
        cr.execute(take_off)
    yield
    for _take_off, put_back in statements:
        cr.execute(put_back)


def _last_ids(cr, tables) -> dict[str, int]:
    last = {}
    for table in tables:
        cr.execute(SQL("SELECT COALESCE(MAX(id), 0) FROM %s", SQL.identifier(table)))
        last[table] = cr.fetchone()[0]
    return last


def _columns(cr, table: str) -> list[tuple[str, str]]:
    cr.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s",
        [table],
    )
    return cr.fetchall()


def _references(cr, table: str) -> dict[str, str]:
    """The foreign keys of a table: ``{column: table it points to}``."""
    cr.execute(
        """
        SELECT att.attname, target.relname
          FROM pg_constraint con
          JOIN pg_class source ON source.oid = con.conrelid
          JOIN pg_class target ON target.oid = con.confrelid
          JOIN pg_attribute att ON att.attrelid = con.conrelid AND att.attnum = con.conkey[1]
         WHERE con.contype = 'f' AND source.relname = %s
         ORDER BY con.conkey
        """,
        [table],
    )
    return dict(cr.fetchall())


# === Check ===#


def check(env) -> None:
    """The multiplied ledger is a ledger.

    :raise AssertionError: when an entry does not balance, or a residual is not what the
        reconciliations leave.
    """
    wrong = {
        "entries that do not balance": """
            SELECT COUNT(*) FROM (
                SELECT move_id FROM account_move_line
                 GROUP BY move_id HAVING SUM(debit) != SUM(credit) OR SUM(balance) != 0
            ) unbalanced
        """,
        "residuals that are not what reconciliations leave": """
            SELECT COUNT(*)
              FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
         LEFT JOIN (SELECT debit_move_id AS id, SUM(amount) AS amount
                      FROM account_partial_reconcile GROUP BY 1) debit ON debit.id = line.id
         LEFT JOIN (SELECT credit_move_id AS id, SUM(amount) AS amount
                      FROM account_partial_reconcile GROUP BY 1) credit ON credit.id = line.id
             WHERE account.account_type = 'asset_receivable'
               AND line.amount_residual
                   != line.balance - COALESCE(debit.amount, 0) + COALESCE(credit.amount, 0)
        """,
        "lines reconciled with something open": """
            SELECT COUNT(*) FROM account_move_line
             WHERE reconciled AND (amount_residual != 0 OR amount_residual_currency != 0)
        """,
        "lines whose customer is not the invoice's": """
            SELECT COUNT(*)
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
             WHERE move.move_type != 'entry' AND line.partner_id != move.partner_id
        """,
    }
    for what, statement in wrong.items():
        env.cr.execute(statement)
        count = env.cr.fetchone()[0]
        assert not count, f"{count} {what}"
    gap = env["account.receivable"]._tie_out(env.company)[env.company]["gap"]
    assert gap == 0, f"the receivables differ from the ledger by {gap}"


def figures(env) -> dict[str, float]:
    """What there is in the portfolio on ON_DATE."""
    env.cr.execute(
        SQL(
            """
            SELECT (SELECT COUNT(*) FROM res_partner WHERE customer_rank > 0),
                   (SELECT COUNT(*) FROM account_move WHERE move_type = 'out_invoice'),
                   (SELECT COUNT(*) FROM account_move_line),
                   COUNT(*),
                   COUNT(*) FILTER (WHERE date_maturity < %(on_date)s AND residual > 0),
                   SUM(residual)
              FROM (%(receivables)s) receivable
            """,
            on_date=ON_DATE,
            receivables=env["account.receivable"]._table_query,
        )
    )
    keys = ("customers", "invoices", "journal_items", "open", "overdue", "residual")
    counted = dict(zip(keys, env.cr.fetchone(), strict=True))
    return counted | {
        "ledger_gap": env["account.receivable"]._tie_out(env.company)[env.company]["gap"]
    }
