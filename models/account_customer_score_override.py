from odoo import fields, models

from .account_customer_score import CLASSES


class AccountCustomerScoreOverride(models.Model):
    """A person knows better than the figures: another class, why, and until when."""

    _name = "account.customer.score.override"
    _description = "Score Set by Hand"
    _inherit = ["mail.thread"]
    _order = "date_end desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    score_class = fields.Selection(CLASSES[:-1], string="Class", required=True)
    reason = fields.Char(required=True)
    user_id = fields.Many2one(
        "res.users",
        string="Set by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    date_end = fields.Date(string="Until", required=True)
    active = fields.Boolean(default=True)
