from odoo import fields, models


class AccountCustomerScoreFormulaComponent(models.Model):
    _name = "account.customer.score.formula.component"
    _description = "Component of a Score Formula"
    _order = "sequence, id"

    formula_id = fields.Many2one(
        "account.customer.score.formula", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    code = fields.Char(required=True)
    weight = fields.Integer(string="Weight (%)", required=True)
