from odoo import api, fields, models
from odoo.exceptions import ValidationError

KEEP_MONTHS = (12, 36)


class ResCompany(models.Model):
    """What a company does with the scores of its customers, and what it calls a signal."""

    _inherit = "res.company"

    score_keep_months = fields.Integer(
        string="Keep Former Scores (months)",
        default=24,
        help="From 12 to 36. Older ones are deleted, and so are signals and classes set by hand: "
        "they are no accounting documents, and of a person they are personal data. The current "
        "score stays.",
    )
    score_copies_trust = fields.Boolean(
        string="Copy the Class to the Degree of Trust",
        help="A and B: good debtor; C and not rated: normal; D and E: bad. It replaces the "
        "degree that was chosen by hand. When this is off, no degree of trust is touched.",
    )
    signal_since = fields.Date(
        string="Signals Looked for Since",
        readonly=True,
        copy=False,
        help="What was there on that first night is recorded, and nobody is asked to look at it.",
    )
    signal_late_days = fields.Integer(
        string="A Good Payer Is Late after (days)",
        default=5,
        help="One who has paid three invoices or more, and none of them later than that.",
    )
    signal_silence_count = fields.Integer(
        string="Reminders without Answer",
        default=3,
        help="So many reminders without a payment, an answer or a dispute are a signal. 0: none.",
    )
    signal_worsening_days = fields.Integer(
        string="Pays Later by More than (days)",
        default=10,
        help="The mean delay of the last three months, compared with the year before. 0: not "
        "looked at.",
    )

    _signals_not_negative = models.Constraint(
        "CHECK(signal_late_days >= 0 AND signal_silence_count >= 0 AND signal_worsening_days >= 0)",
        "The limits of signals are zero or more.",
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
