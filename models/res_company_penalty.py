from odoo import fields, models


class ResCompany(models.Model):
    """How a company counts, claims and books penalties."""

    _inherit = "res.company"

    penalty_since = fields.Date(
        string="Penalties of What Is Due Since",
        default=lambda self: fields.Date.context_today(self).replace(month=1, day=1),
        help="Older invoices bear no penalty here. Empty: penalties are not counted at all.",
    )
    penalty_law = fields.Selection(
        [("company", "Our own country"), ("partner", "The customer's country")],
        string="Law of Penalties",
        required=True,
        default="company",
        help="For customers without a regime of their own. Between professionals the seller's law "
        "usually holds.",
    )
    penalty_allocation = fields.Selection(
        [
            ("principal_first", "The invoice first"),
            ("interest_first", "Interest first (C. civ. 1343-1)"),
        ],
        string="A Payment Settles",
        required=True,
        default="principal_first",
    )
    penalty_min_claim = fields.Monetary(string="Smallest Claim", currency_field="currency_id")
    penalty_book_when = fields.Selection(
        [("claimed", "When they are claimed"), ("collected", "Only when they are collected")],
        string="Book Penalties",
        required=True,
        default="claimed",
    )
    penalty_account_id = fields.Many2one("account.account", string="Account of Interest")
    penalty_fee_account_id = fields.Many2one("account.account", string="Account of Indemnities")
    penalty_journal_id = fields.Many2one("account.journal", string="Journal of Penalties")
    penalty_term_id = fields.Many2one("account.payment.term", string="Payment Terms of Debit Notes")
    penalty_waive_collector = fields.Monetary(
        string="A Collector Waives up to", currency_field="currency_id", default=50.0
    )
    penalty_waive_manager = fields.Monetary(
        string="A Manager Waives up to",
        currency_field="currency_id",
        help="0: without limit.",
    )
    penalty_on_statement = fields.Selection(
        [
            ("none", "Nothing"),
            ("claimed", "What was claimed"),
            ("accrued", "All that accrued"),
        ],
        string="Statements of Account Show",
        required=True,
        default="claimed",
        help="Of late-payment penalties.",
    )
    financing_rate = fields.Float(
        string="Financing Rate (%)",
        digits=(8, 4),
        help="What late money costs the company per year; shown on overdue invoices.",
    )

    _penalty_amounts_positive = models.Constraint(
        "CHECK(penalty_min_claim >= 0 AND penalty_waive_collector >= 0"
        " AND penalty_waive_manager >= 0)",
        "The smallest claim and the limits of waivers can't be negative.",
    )
    _financing_rate_bounds = models.Constraint(
        "CHECK(financing_rate BETWEEN 0 AND 100)",
        "The financing rate is between 0 and 100 % per year.",
    )
