from odoo import api, fields, models

from .account_customer_score import CLASSES
from .account_move import READERS


class AccountMove(models.Model):
    """When an invoice is expected to be paid, and how its customer pays."""

    _inherit = "account.move"

    score_class = fields.Selection(
        CLASSES,
        string="Customer's Class",
        compute="_compute_score_class",
        search="_search_score_class",
        groups=READERS,
    )
    expected_payment_date = fields.Date(
        string="Expected Payment",
        compute="_compute_expected_payment",
        groups=READERS,
        help="Of the last instalment, from how the customer has paid so far; computed every night.",
    )
    expected_payment_low = fields.Date(
        string="Expected at the Earliest", compute="_compute_expected_payment", groups=READERS
    )
    expected_payment_high = fields.Date(
        string="Expected at the Latest", compute="_compute_expected_payment", groups=READERS
    )
    late_probability = fields.Float(
        string="Late (%)",
        digits=(5, 1),
        compute="_compute_expected_payment",
        groups=READERS,
        help="How likely it is paid after its due date; 100 when that is past.",
    )
    expected_payment_basis = fields.Char(
        string="Why This Date", compute="_compute_expected_payment", groups=READERS
    )

    @api.depends("commercial_partner_id", "company_id")
    def _compute_score_class(self):
        for company, moves in self.grouped("company_id").items():
            for move in moves:
                customer = move.commercial_partner_id.with_company(company)
                move.score_class = move.is_sale_document(True) and customer.score_class

    def _search_score_class(self, operator, value):
        """By the class in the current company."""
        return [("commercial_partner_id.score_class", operator, value)]

    @api.depends("state", "payment_state", "line_ids.date_maturity")
    @api.depends_context("lang")
    def _compute_expected_payment(self):
        """Of the instalment that is expected last."""
        found = self.env["account.receivable.forecast"].search(
            [("move_line_id.move_id", "in", self.ids), ("move_line_id.reconciled", "=", False)],
            order="expected_date, id",
        )
        last = {forecast.move_line_id.move_id: forecast for forecast in found}
        for move in self:
            forecast = last.get(move._origin, found.browse())
            move.expected_payment_date = forecast.expected_date
            move.expected_payment_low = forecast.date_low
            move.expected_payment_high = forecast.date_high
            move.late_probability = forecast.late_probability
            move.expected_payment_basis = forecast.basis
