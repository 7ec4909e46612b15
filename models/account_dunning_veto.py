from odoo import fields, models


class AccountDunningVeto(models.Model):
    """A salesperson asks for no formal notice to a customer: why, and until when (S1.24).

    It stops formal notices only, and ends by itself.
    """

    _name = "account.dunning.veto"
    _description = "Veto on Formal Notices"
    _order = "date_end desc, id desc"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users", string="Asked by", required=True, default=lambda self: self.env.user
    )
    reason = fields.Char(required=True)
    date_end = fields.Date(string="Until", required=True)
    active = fields.Boolean(default=True)
