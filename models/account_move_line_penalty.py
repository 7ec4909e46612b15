from odoo import fields, models


class AccountMoveLine(models.Model):
    """A line that books a penalty: a reversal copies the link, so that the sums follow."""

    _inherit = "account.move.line"

    penalty_id = fields.Many2one(
        "account.penalty", index="btree_not_null", ondelete="restrict", readonly=True
    )
    penalty_part = fields.Selection([("interest", "Interest"), ("fee", "Indemnity")], readonly=True)
