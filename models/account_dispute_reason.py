from odoo import fields, models


class AccountDisputeReason(models.Model):
    """Why customers contest. The code is stable, for reports and for other software."""

    _name = "account.dispute.reason"
    _description = "Dispute Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    family = fields.Selection(
        [("contract", "Contract"), ("quality", "Quality"), ("invoicing", "Invoicing")],
        required=True,
        default="invoicing",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "Two dispute reasons can't have the same code.")
