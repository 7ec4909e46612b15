from odoo import fields, models


class AccountCustomerScoreComponent(models.Model):
    """One part of a score: its value, its points, its weight, and why in one sentence."""

    _name = "account.customer.score.component"
    _description = "Component of a Customer Score"
    _order = "score_id, sequence, id"

    score_id = fields.Many2one(
        "account.customer.score", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="score_id.company_id", store=True, index=True)
    sequence = fields.Integer(readonly=True)
    code = fields.Char(required=True, readonly=True)
    value = fields.Float(digits=(12, 4), readonly=True)
    points = fields.Float(digits=(5, 1), readonly=True)
    weight = fields.Float(readonly=True, digits=(5, 2))
    has_data = fields.Boolean(readonly=True)
    params = fields.Json(readonly=True, help="What the sentence is made of.")
