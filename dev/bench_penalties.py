"""Measures penalties on a portfolio: the facts' statement, and the whole computation.

Imported by a script of Odoo's shell; `env` is its environment.
"""

from odoo.tools import SQL

from .bench_documents import ON_DATE


class Penalties:
    """The penalties of all open overdue receivables, each with two partial payments."""

    def __init__(self, env):
        self.env = env
        self.penalties = env["account.penalty"]
        self.company = env.company

    def set_up(self):
        """Reconcile payments of the days between with each overdue receivable, in SQL.

        The payments are those of other invoices: what they leave open is not looked at here.
        Returns the ids of the invoices.
        """
        self.company.penalty_since = ON_DATE.replace(year=ON_DATE.year - 3)
        overdue = self.env["account.receivable"].search(
            [("residual", ">", 0), ("move_id.move_type", "=", "out_invoice")]
        )
        overdue = overdue.filtered(lambda each: each.date_maturity < ON_DATE)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH payment AS (
                    SELECT line.date, ARRAY_AGG(line.id) AS ids
                      FROM account_move_line line
                     WHERE line.account_id = ANY(%(accounts)s)
                       AND line.payment_id IS NOT NULL AND line.credit > 0
                     GROUP BY line.date
                )
                INSERT INTO account_partial_reconcile
                            (debit_move_id, credit_move_id, company_id, max_date, amount,
                             debit_amount_currency, credit_amount_currency,
                             debit_currency_id, credit_currency_id, create_date, write_date)
                     SELECT late.id, payment.ids[1 + late.id %% CARDINALITY(payment.ids)],
                            late.company_id, payment.date, ROUND(late.amount_residual / 4, 2),
                            ROUND(late.amount_residual_currency / 4, 2),
                            ROUND(late.amount_residual / 4, 2),
                            late.currency_id, late.company_currency_id, NOW(), NOW()
                       FROM account_move_line late
                       JOIN payment
                         ON payment.date = late.date_maturity + (%(on_date)s - late.date_maturity)/3
                         OR payment.date = late.date_maturity + (%(on_date)s - late.date_maturity)/2
                      WHERE late.id = ANY(%(overdue)s) AND late.amount_residual > 1
                """,
                accounts=overdue.account_id.ids,
                on_date=ON_DATE,
                overdue=overdue.move_line_id.ids,
            )
        )
        return overdue.move_id.ids

    def facts(self, move_ids):
        """The statement alone; returns the number of rows."""
        statement = self.penalties._facts_statement(self.company, ON_DATE, move_ids)
        return len(self.env.execute_query(statement))

    def compute(self, move_ids):
        """From the statement to the amounts; returns the number of receivables."""
        computed = self.penalties._compute_penalties(self.company, ON_DATE, move_ids=move_ids)
        return len(computed)

    def refresh(self, move_ids):
        """The first night: every penalty is new; returns the number of penalties."""
        ledger = self.penalties._as_writer(self.company)
        return ledger._refresh_apart(self.company, ON_DATE, move_ids)
