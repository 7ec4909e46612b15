from odoo import fields, models


class AccountMoveLine(models.Model):
    """A line that books a penalty: a reversal copies the link, so that the sums follow."""

    _inherit = "account.move.line"

    # A duplicate of a debit note books nothing; a reversal does (see below).
    penalty_id = fields.Many2one(
        "account.penalty", index="btree_not_null", ondelete="set null", readonly=True, copy=False
    )
    penalty_part = fields.Selection(
        [("interest", "Interest"), ("fee", "Indemnity")], readonly=True, copy=False
    )

    def _copy_data_extend_business_fields(self, values):
        super()._copy_data_extend_business_fields(values)
        if self.penalty_id:
            values |= {"penalty_id": self.penalty_id.id, "penalty_part": self.penalty_part}
