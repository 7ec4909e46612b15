from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError


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

    def write(self, vals):
        """:raise AccessError: when a remote call says that a line books another penalty."""
        if not self.env.su and not {"penalty_id", "penalty_part"}.isdisjoint(vals):
            raise AccessError(
                self.env._("What a line books of a penalty is said when it is booked: reverse it.")
            )
        return super().write(vals)

    @api.constrains("penalty_id", "company_id")
    def _check_penalty_company(self):
        """:raise ValidationError: for a penalty of another company, whose books these are not."""
        for line in self.sudo().filtered("penalty_id"):
            if line.penalty_id.company_id != line.company_id:
                raise ValidationError(
                    self.env._(
                        "%(penalty)s is a penalty of %(company)s: book it there.",
                        penalty=line.penalty_id.move_name,
                        company=line.penalty_id.company_id.name,
                    )
                )

    def _copy_data_extend_business_fields(self, values):
        if self.penalty_id:
            values |= {"penalty_id": self.penalty_id.id, "penalty_part": self.penalty_part}
        return super()._copy_data_extend_business_fields(values)
