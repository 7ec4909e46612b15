from odoo import fields, models


class AccountDisputeEvidenceType(models.Model):
    """A kind of document that proves something in a dispute (S2.38)."""

    _name = "account.dispute.evidence.type"
    _description = "Kind of Evidence"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    description = fields.Char(translate=True, help="What makes it valid as a proof.")
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "Two kinds of evidence can't have the same code.")
