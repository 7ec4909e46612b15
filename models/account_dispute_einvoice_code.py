from odoo import fields, models


class AccountDisputeEinvoiceCode(models.Model):
    """A reason code of the French e-invoicing statuses (AFNOR XP Z12-012)."""

    _name = "account.dispute.einvoice.code"
    _description = "E-Invoicing Reason Code"
    _order = "sequence, id"
    _rec_names_search = ["code", "name"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    allows_206 = fields.Boolean(string="206 Partly Approved")
    allows_207 = fields.Boolean(string="207 In Dispute")
    allows_208 = fields.Boolean(string="208 Suspended")
    allows_210 = fields.Boolean(string="210 Refused")

    _code_uniq = models.UniqueIndex("(code)", "Two e-invoicing codes can't be the same.")
