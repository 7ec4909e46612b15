from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..engine.penalty_error import PenaltyError

DAY = timedelta(days=1)
# Points: no reference rate has moved by more at once since 2012; 24 for 2.4 is what it catches.
UNUSUAL = 3


class AccountReferenceRateChange(models.TransientModel):
    """Add a value of a reference rate, or correct one; after seeing what it changes (S4.24).

    A value that begins while another holds ends that one on the day before.
    """

    _name = "account.reference.rate.change"
    _description = "Change a Reference Rate"

    series_id = fields.Many2one("account.reference.rate", required=True, ondelete="cascade")
    value_id = fields.Many2one(
        "account.reference.rate.value",
        string="Corrects",
        readonly=True,
        ondelete="cascade",
    )
    date_start = fields.Date(
        string="From",
        compute="_compute_values",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    date_end = fields.Date(
        string="Until",
        compute="_compute_values",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="The last day on which it is known to hold, the end of the half-year at most as long "
        "as the next one is not published.",
    )
    percent = fields.Float(
        string="Rate (%)",
        digits=(8, 4),
        compute="_compute_values",
        store=True,
        readonly=False,
        precompute=True,
    )
    source = fields.Char(
        compute="_compute_values",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Where it was published, and when: a judge may ask.",
    )
    verified_on = fields.Date(string="Checked On", required=True, default=fields.Date.context_today)
    ended_id = fields.Many2one(
        "account.reference.rate.value", string="Ends", compute="_compute_advice"
    )
    advice = fields.Text(compute="_compute_advice")

    @api.depends("value_id")
    def _compute_values(self):
        """Those of the value that is corrected; what was typed otherwise."""
        for change in self:
            for name in ("date_start", "date_end", "percent", "source"):
                change[name] = change.value_id[name] or change[name]

    @api.depends("series_id", "value_id", "date_start", "date_end", "percent")
    def _compute_advice(self):
        for change in self:
            change.ended_id = change._get_ended()
            change.advice = "\n".join(change._get_advice()) or False

    def _get_others(self):
        """The other values of the series, the latest first."""
        return self.series_id.value_ids - self.value_id

    def _get_ended(self):
        """The value that holds when this one begins, and that ends on the day before."""
        start = self.date_start
        return self._get_others().filtered(
            lambda value: start and value.date_start < start <= value.date_end
        )[:1]

    def _get_advice(self):
        """What a careful colleague would say of what was typed, sentence by sentence."""
        if not self.date_start:
            return
        before = self._get_others().filtered(lambda value: value.date_start < self.date_start)[:1]
        if ended := self.ended_id:
            yield self.env._(
                "The value before it, %(percent)s %%, then ends on %(day)s.",
                percent=ended.percent,
                day=format_date(self.env, self.date_start - DAY),
            )
        elif before and before.date_end + DAY < self.date_start:
            yield self.env._(
                "No value is known from %(first)s to %(last)s: add it too, if interest runs on "
                "one of these days by the rate of the day.",
                first=format_date(self.env, before.date_end + DAY),
                last=format_date(self.env, self.date_start - DAY),
            )
        if before and abs(self.percent - before.percent) > UNUSUAL:
            yield self.env._(
                "The value before it is %(percent)s %%. Check the decimal point.",
                percent=before.percent,
            )

    # === Apply ===#

    def action_preview(self):
        """Show what it changes in the penalties, and change nothing.

        :raise ValidationError: when the value can't be; the message says why.
        """
        self.check_access("write")
        self.ensure_one()
        self.series_id.check_access("write")
        return self.env["account.penalty.preview"]._open(
            {"rate_change_id": self.id},
            self.env._("What this rate changes"),
        )

    def _apply(self):
        """Write the value, and end the one that it follows.

        :raise ValidationError: when it is absurd, or overlaps another one; says which.
        :raise UserError: when a regime would have a negative rate.
        """
        self.ensure_one()
        self.series_id.check_access("write")
        if self.ended_id:
            self.ended_id.sudo().date_end = self.date_start - DAY
        values = {
            "date_start": self.date_start,
            "date_end": self.date_end,
            "percent": self.percent,
            "source": self.source,
            "verified_on": self.verified_on,
        }
        if self.value_id:
            self.value_id.sudo().write(values)
        else:
            self.value_id = self.value_id.create(values | {"series_id": self.series_id.id})
        self.env.flush_all()
        self._check_regimes()
        self.series_id.message_post(
            body=self.env._(
                "%(percent)s %% from %(first)s to %(last)s (%(where)s)",
                percent=self.percent,
                first=format_date(self.env, self.date_start),
                last=format_date(self.env, self.date_end),
                where=self.source,
            )
        )

    def _check_regimes(self):
        """:raise UserError: when a regime that uses the series would have a negative rate."""
        regimes = self.env["account.penalty.regime"]
        rulebook = regimes._build_rulebook()
        for regime in rulebook.regimes.values():
            if regime.series != self.series_id.code:
                continue
            try:
                rulebook.tariff(regime.code).on(self.date_start)
            except PenaltyError as error:
                if error.code == "rate_negative":
                    raise UserError(regimes._explain(error)) from None
