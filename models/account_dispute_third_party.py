from odoo import fields, models


class AccountDisputeThirdParty(models.Model):
    """A carrier, a supplier or an insurer that a dispute involves, and what we claim back (S2.52).

    Its thread is its own: what is written here is never seen by the customer. Amounts are in
    company currency. The roles that prepare disputes edit it.
    """

    _name = "account.dispute.third.party"
    _description = "Third Party in a Dispute"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "dispute_id, id"
    _rec_name = "partner_id"

    dispute_id = fields.Many2one("account.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", string="Third Party", required=True, index=True, tracking=True
    )
    role = fields.Selection(
        [
            ("carrier", "Carrier"),
            ("supplier", "Supplier"),
            ("insurer", "Insurer"),
            ("syndic", "Property manager"),
            ("other", "Other"),
        ],
        required=True,
        default="carrier",
    )
    reference = fields.Char(help="Their file number.")
    company_currency_id = fields.Many2one(related="dispute_id.company_currency_id")
    claimed_amount = fields.Monetary(
        string="Claimed Back", currency_field="company_currency_id", tracking=True
    )
    recovered_amount = fields.Monetary(
        string="Recovered", currency_field="company_currency_id", tracking=True
    )
    date_deadline = fields.Date(
        string="Answer Expected",
        help="Reservations must be notified to the carrier within three days.",
    )
    state = fields.Selection(
        [
            ("to_claim", "To claim"),
            ("claimed", "Claimed"),
            ("accepted", "Accepted"),
            ("refused", "Refused"),
            ("recovered", "Recovered"),
        ],
        required=True,
        default="to_claim",
        tracking=True,
    )
    note = fields.Text()

    _amounts_not_negative = models.Constraint(
        "CHECK(claimed_amount >= 0 AND recovered_amount >= 0)",
        "What is claimed back or recovered can't be negative.",
    )
