"""Measures disputes on a portfolio: the board that a collector opens, and the daily job.

Imported by a script of Odoo's shell; `env` is its environment.
"""

from lxml import etree

from odoo.tools import SQL

from .bench_documents import ON_DATE


class Disputes:
    """Open disputes on the portfolio's open receivables, one of a hundred with an alert due."""

    def __init__(self, env, count):
        self.env = env
        self.count = count
        self.disputes = env["account.dispute"]

    def set_up(self):
        """Contest a part of so many receivables, in SQL; what the clocks say is in order.

        A copy of a dispute that Odoo opened, as the portfolio itself is made of copies.
        """
        pattern = self.disputes.search([("state", "=", "open")], limit=1)
        columns = self._columns(
            "account.dispute", "id", "name", "partner_id", "commercial_partner_id"
        )
        line_columns = ("dispute_id", "company_id", "move_line_id", "move_id", "currency_id")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH receivable AS (
                    SELECT receivable.*, ROW_NUMBER() OVER (ORDER BY id) AS number
                      FROM (%(receivables)s) receivable
                     WHERE residual > 0 AND contested = 0
                     LIMIT %(count)s
                ), opened AS (
                    INSERT INTO account_dispute
                                (name, partner_id, commercial_partner_id, %(columns)s)
                         SELECT 'Bench ' || receivable.number, receivable.partner_id,
                                receivable.partner_id, %(values)s
                           FROM receivable
                           JOIN account_dispute dispute ON dispute.id = %(pattern)s
                      RETURNING id, name
                )
                INSERT INTO account_dispute_line (%(line_columns)s, basis, amount, amount_company)
                     SELECT opened.id, receivable.company_id, receivable.id, receivable.move_id,
                            receivable.currency_id, 'amount',
                            receivable.residual_currency / 2, receivable.residual / 2
                       FROM opened
                       JOIN receivable ON opened.name = 'Bench ' || receivable.number
                """,
                receivables=self.env["account.receivable"]._table_query,
                count=self.count,
                columns=self._names(columns),
                values=SQL(", ").join(SQL.identifier("dispute", name) for name in columns),
                line_columns=self._names(line_columns),
                pattern=pattern.id,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE account_dispute
                   SET date_opened = %(today)s, clocks_started_on = %(today)s::timestamp,
                       first_answered_on = %(today)s::timestamp, qualified_on = %(today)s,
                       date_deadline = %(today)s + 10, review_date = %(today)s + 60,
                       next_action_date = %(today)s - (id %% 100 = 0)::int
                 WHERE state = ANY(%(states)s)
                """,
                today=ON_DATE,
                states=list(self.disputes._get_holding_states()),
            )
        )
        self.env.invalidate_all()

    def _columns(self, model, *without):
        return [
            field.name
            for field in self.env[model]._fields.values()
            if field.store and field.column_type and field.name not in without
        ]

    def _names(self, columns):
        return SQL(", ").join(map(SQL.identifier, columns))

    def board(self, _prepared):
        """What the web client asks for to show the board; returns the number of open disputes."""
        arch = etree.fromstring(self.disputes.get_view(view_type="kanban")["arch"])
        specification = {
            name: {"fields": {"display_name": {}}} if self.disputes._fields[name].relational else {}
            for name in arch.xpath("//field[not(ancestor::field)]/@name")
        }
        board = self.disputes.web_read_group(
            [("state", "!=", "closed")],
            ["stage_id"],
            ["contested_amount:sum"],
            auto_unfold=True,
            unfold_read_specification=specification,
        )
        return sum(group["__count"] for group in board["groups"])

    def escalation(self, _prepared):
        """What the daily job decides and tells; returns the number of alerts."""
        escalations = self.env["account.dispute.escalation"]
        return len(escalations._escalate(self.env.company, ON_DATE))
