from datetime import timedelta
from itertools import pairwise

from odoo import api, fields, models
from odoo.tools import format_date

from ..engine.penalty_error import PenaltyError
from ..engine.penalty_rates import semester_end, semester_start

MISSING = "account_dispute_dunning.mail_activity_type_rate_missing"
DAY = timedelta(days=1)


class AccountReferenceRate(models.Model):
    """What a series doesn't know yet, who needs it, and how it is added (S4.24)."""

    _inherit = "account.reference.rate"

    last_percent = fields.Float(
        string="Last Known (%)", digits=(8, 4), compute="_compute_last_value"
    )
    known_until = fields.Date(
        compute="_compute_last_value", help="The last day on which its last value is known to hold."
    )
    missing_date = fields.Date(
        compute="_compute_missing", help="The day of this half-year of which a rate is needed."
    )
    warning = fields.Char(compute="_compute_missing")

    @api.depends("value_ids.date_end", "value_ids.percent")
    def _compute_last_value(self):
        for series in self:
            last = series.value_ids.sorted("date_end")[-1:]
            series.last_percent = last.percent
            series.known_until = last.date_end

    @api.depends("value_ids.date_start", "value_ids.date_end")
    def _compute_missing(self):
        missing = self._get_missing(fields.Date.context_today(self))
        for series in self:
            series.missing_date = missing.get(series)
            gaps = series._describe_gaps()
            if series.missing_date:
                series.warning = self.env._(
                    "The rate of %(day)s is not known, and penalties need it: they are not counted "
                    "on from there. Add it, with its source.",
                    day=format_date(self.env, series.missing_date),
                )
            elif gaps:
                series.warning = self.env._("No rate is known %(gaps)s.", gaps=gaps)
            else:
                series.warning = False

    def _describe_gaps(self):
        """The days between its values of which none is known, in words; "" when there are none."""
        self.ensure_one()
        values = self.value_ids.filtered("date_start").sorted("date_start")
        gaps = [
            self.env._(
                "from %(first)s to %(last)s",
                first=format_date(self.env, before.date_end + DAY),
                last=format_date(self.env, after.date_start - DAY),
            )
            for before, after in pairwise(values)
            if before.date_end and before.date_end + DAY < after.date_start
        ]
        return ", ".join(gaps)

    # === What is needed ===#

    @api.model
    def _get_missing(self, on_date):
        """The series without a rate that a regime in use needs in the half-year of a day.

        :return: ``{series: the day of which the rate is needed}``.
        """
        rulebook = self.env["account.penalty.regime"]._get_rulebook()
        days = {}
        for regime in self._get_regimes_in_use(on_date):
            try:
                rulebook.tariff(regime.code).on(on_date)
                if regime.floor_series_id:
                    rulebook.value(regime.floor_series_id.code, semester_start(on_date))
            except PenaltyError as error:
                if error.code == "rate_missing":
                    days[error.params["series"]] = error.params["day"]
        found = self.search([("code", "in", list(days))])
        return {series: days[series.code] for series in found}

    @api.model
    def _get_regimes_in_use(self, on_date):
        """Those of the companies' own countries, and those that penalties are counted by.

        Of all companies that count penalties: a rate is shared.
        """
        regimes = self.env["account.penalty.regime"].sudo()
        companies = self.env["res.company"].sudo().search([("penalty_since", "!=", False)])
        valid = [
            *("|", ("valid_from", "=", False), ("valid_from", "<=", on_date)),
            *("|", ("valid_until", "=", False), ("valid_until", ">=", on_date)),
        ]
        own = regimes.search(
            [("country_id", "in", companies.account_fiscal_country_id.ids), *valid]
        )
        counted = (
            self.env["account.penalty"]
            .sudo()
            ._read_group(
                [("state", "in", ("accruing", "claimed")), ("regime_id", "!=", False)],
                ["regime_id"],
            )
        )
        return own.union(*(regime for (regime,) in counted))

    # === Alert ===#

    @api.model
    def _cron_alert(self):
        """Tell the managers which rates are missing; take back what was added since."""
        self._alert(fields.Date.context_today(self))

    @api.model
    def _alert(self, on_date):
        """One activity per series and manager, as long as its rate is missing; safe to repeat."""
        missing = self._get_missing(on_date)
        asked = self.search([("activity_ids.activity_type_id", "=", self.env.ref(MISSING).id)])
        asked.filtered(lambda series: series not in missing).activity_unlink([MISSING])
        group = self.env.ref("account_dispute_dunning.group_manager").sudo()
        managers = group.all_user_ids.filtered(
            lambda user: user.active and not user.share and not user._is_superuser()
        )
        for one, day in missing.items():
            told = one.activity_search([MISSING]).user_id
            for user in managers - told:
                text = one.with_context(lang=user.lang)
                one.activity_schedule(
                    MISSING,
                    date_deadline=on_date,
                    user_id=user.id,
                    summary=text.env._("Add the rate of %(day)s", day=format_date(text.env, day)),
                )

    # === Add ===#

    @api.model
    def _get_add_action(self, series, day):
        """The action of the wizard that adds the value of a day; returns a window action."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_dispute_dunning.account_reference_rate_change_action"
        )
        first, last = series._get_free_days(day)
        return action | {
            "context": {
                "default_series_id": series.id,
                "default_date_start": first,
                "default_date_end": last,
            }
        }

    def _get_free_days(self, day):
        """The first and the last day of its half-year around `day` that no value covers yet.

        Before the half-year, when the day before it is needed and unknown.
        """
        self.ensure_one()
        before = self.value_ids.filtered(lambda value: value.date_end < day)[:1]
        after = self.value_ids.filtered(lambda value: value.date_start > day)[-1:]
        first, last = semester_start(day), semester_end(day)
        if before:
            first = max(first, before.date_end + DAY)
        if after:
            last = min(last, after.date_start - DAY)
        return first, last

    def action_add_value(self):
        """Open the wizard that adds a value: the one that is missing, or the next."""
        self.ensure_one()
        self.check_access("write")
        day = self.missing_date or (self.known_until or fields.Date.context_today(self)) + DAY
        return self._get_add_action(self, day)
