from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .account_move import READERS


class AccountReceivable(models.Model):
    """Short payments: the customer paid a part, and nobody has said why not the rest (S3.33)."""

    _inherit = "account.receivable"
    _depends = {
        "account.move.line": ["payment_id", "statement_line_id"],
        "account.partial.reconcile": ["credit_move_id", "debit_move_id"],
    }

    is_short_paid = fields.Boolean(
        string="Short Payment",
        compute="_compute_is_short_paid",
        search="_search_is_short_paid",
        help="Partly paid, and the rest is not contested.",
    )

    def _compute_is_short_paid(self):
        short = self.search([("id", "in", self.ids), ("is_short_paid", "=", True)])
        for receivable in self:
            receivable.is_short_paid = receivable in short

    def _search_is_short_paid(self, operator, value):
        """A payment, or a line of a bank statement, pays the receivable, and leaves an open rest;
        a credit note alone is none. A payment on its way counts as one.
        """
        if operator != "in":
            return NotImplemented
        partly_paid = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                """
                EXISTS (
                    SELECT 1
                      FROM account_partial_reconcile part
                      JOIN account_move_line paid ON paid.id = part.credit_move_id
                     WHERE part.debit_move_id = %s
                       AND COALESCE(paid.payment_id, paid.statement_line_id) IS NOT NULL
                )
                """,
                SQL.identifier(alias, "move_line_id"),
            )
        )
        return Domain("dunnable", ">", 0) & (Domain("in_payment", ">", 0) | partly_paid)

    def _get_remainders(self):
        """What is open, not contested and not on its way: ``{move line: amount}``, in the
        currency of the line; without those where this is nothing.
        """
        amounts = {}
        for receivable in self:
            amount = receivable.currency_id.round(
                receivable.residual_currency
                - receivable.contested_currency
                - receivable.in_payment_currency
            )
            if amount > 0:
                amounts[receivable.move_line_id] = amount
        return amounts


class AccountMove(models.Model):
    _inherit = "account.move"

    is_short_paid = fields.Boolean(
        string="Short Payment",
        compute="_compute_is_short_paid",
        search="_search_is_short_paid",
        groups=READERS,
        help="Partly paid, and the rest is not contested.",
    )

    @api.depends("state", "amount_residual", "payment_state")
    def _compute_is_short_paid(self):
        receivables = self.env["account.receivable"].search(
            [("move_id", "in", self.ids), ("is_short_paid", "=", True)]
        )
        short = set(receivables.move_id.ids)
        for move in self:
            move.is_short_paid = move._origin.id in short and move.is_sale_document(
                include_receipts=True
            )

    def _search_is_short_paid(self, operator, value):
        if operator != "in":
            return NotImplemented
        receivables = self.env["account.receivable"]._search([("is_short_paid", "=", True)])
        return Domain("move_type", "in", ("out_invoice", "out_receipt")) & Domain(
            "id", "in", receivables.subselect("move_id")
        )

    def action_contest_remainder(self):
        """Open the dialogue that contests what a short payment left open.

        :raise UserError: when nothing is left open that is not contested already.
        """
        self.ensure_one()
        self.check_access("read")
        receivables = self.env["account.receivable"].search([("move_id", "=", self.id)])
        remainders = receivables._get_remainders()
        if not remainders:
            raise UserError(
                self.env._(
                    "Nothing of %(invoice)s is open that is not contested or on its way already.",
                    invoice=self.name,
                )
            )
        lines = self.env["account.move.line"].union(*remainders)
        return self.env["account.dispute.open"]._get_action(lines, amount=sum(remainders.values()))
