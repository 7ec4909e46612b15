from odoo import api, fields, models
from odoo.exceptions import ValidationError

KEEP_MONTHS = (12, 36)


class ResCompany(models.Model):
    """How a company scores its customers."""

    _inherit = "res.company"

    score_keep_months = fields.Integer(
        string="Keep Former Scores (months)",
        default=24,
        help="From 12 to 36. Older ones are deleted: a score is no accounting document, and of a "
        "person it is personal data. The current one stays.",
    )

    @api.constrains("score_keep_months")
    def _check_score_keep_months(self):
        lowest, highest = KEEP_MONTHS
        for company in self:
            if not lowest <= company.score_keep_months <= highest:
                raise ValidationError(
                    self.env._(
                        "Former scores are kept from %(lowest)s to %(highest)s months.",
                        lowest=lowest,
                        highest=highest,
                    )
                )
