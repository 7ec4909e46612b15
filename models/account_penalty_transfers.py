from odoo import models
from odoo.tools import SQL

from .account_move_penalty_books import LIQUIDITY_JOURNALS


class AccountPenalty(models.Model):
    """Debts that the books move, such as to doubtful customers (416): they are not paid by it."""

    _inherit = "account.penalty"

    def _transfers(self, company):
        """What became of a `counterpart` that only moved the debt to another of the customer's
        accounts: a row for each settlement there, with its share of the whole; or one without.

        Only to receivables, and to class 41 of French charts: cheques for collection, or a
        suspense account, are money on its way. A customer's debts that one entry moved are
        settled alike.
        """
        is_french = (company.chart_template or "").startswith("fr")
        return SQL(
            """
            SELECT line.id, NOT COALESCE(line.reconciled, FALSE) AS is_open, paid.date,
                   later.amount / whole.balance AS share,
                   CASE WHEN till.type = ANY(%(liquidity)s)
                        THEN 'payment' ELSE 'gesture' END AS kind
              FROM account_move_line line
              JOIN account_journal journal ON journal.id = line.journal_id
              JOIN account_account account ON account.id = line.account_id
         LEFT JOIN account_partial_reconcile later ON later.debit_move_id = line.id
         LEFT JOIN account_move_line paid ON paid.id = later.credit_move_id
         LEFT JOIN account_journal till ON till.id = paid.journal_id
        CROSS JOIN LATERAL (
                    SELECT -SUM(credit.balance) AS balance
                      FROM account_move_line credit
                     WHERE credit.move_id = entry.id
                       AND credit.partner_id = counterpart.partner_id
                       AND credit.balance < 0
                   ) whole
             WHERE line.move_id = entry.id
               AND entry.move_type = 'entry'
               AND journal.type = 'general'
               AND line.partner_id = counterpart.partner_id
               AND line.balance > 0
               AND account.reconcile
               AND (account.account_type = 'asset_receivable'
                    OR account.code_store->>%(root)s LIKE %(customers)s)
            """,
            liquidity=list(LIQUIDITY_JOURNALS),
            root=str(company.root_id.id),
            customers="41%" if is_french else "",
        )
