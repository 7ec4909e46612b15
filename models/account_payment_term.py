from odoo import fields, models


class AccountPaymentTerm(models.Model):
    """The penalties that a contract agrees on, and whether the law allows its delay."""

    _inherit = "account.payment.term"

    penalty_regime_id = fields.Many2one("account.penalty.regime", ondelete="restrict")
    penalty_rate = fields.Float(string="Agreed Penalty Rate (%)", digits=(8, 4))
