from odoo import fields, models


class AccountDisputeLetter(models.Model):
    """Which words to use: a mail template for a kind of letter, a reason and an outcome (S2.39)."""

    _name = "account.dispute.letter"
    _description = "Dispute Letter"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        selection=lambda self: (
            self.env["account.dispute.exchange"]._fields["kind"]._description_selection(self.env)
        ),
        required=True,
    )
    reason_ids = fields.Many2many(
        "account.dispute.reason", string="Reasons", help="Empty: for all of them."
    )
    outcome = fields.Selection(
        selection=lambda self: (
            self.env["account.dispute.resolution"]
            ._fields["outcome"]
            ._description_selection(self.env)
        ),
        help="Empty: for all of them.",
    )
    tone = fields.Selection(
        [("warm", "Warm"), ("neutral", "Neutral"), ("firm", "Firm")],
        required=True,
        default="neutral",
    )
    template_id = fields.Many2one(
        "mail.template",
        required=True,
        ondelete="restrict",
        domain=[("model", "=", "account.dispute")],
    )
