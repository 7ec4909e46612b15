from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ..engine.penalty_error import PenaltyError
from ..engine.penalty_rates import semester_start
from ..engine.penalty_regime import Rulebook


class AccountPenaltyRegime(models.Model):
    """A regime in words, with the rate of today: what a manager checks before trusting it."""

    _inherit = "account.penalty.regime"

    rate_today = fields.Char(string="Today", compute="_compute_words")
    words = fields.Text(string="In Words", compute="_compute_words")
    problem = fields.Char(compute="_compute_words", help="Why it has no rate today.")
    missing_series_id = fields.Many2one("account.reference.rate", compute="_compute_words")
    missing_date = fields.Date(compute="_compute_words")

    @api.depends(
        *("formula", "series_id.value_ids", "factor", "margin", "fixed", "rate_step", "anchor"),
        *("frozen", "contract_allowed", "floor_series_id.value_ids", "floor_factor", "day_count"),
        *("interest_from", "start_offset", "grace_days", "compounding", "stops_at_insolvency"),
        *("fee_tier_ids.amount", "fee_tier_ids.threshold", "fee_tier_ids.above"),
        *("fee_currency_id", "threshold_currency_id", "fee_scope"),
    )
    @api.depends_context("lang")
    def _compute_words(self):
        today = fields.Date.context_today(self)
        for regime in self:
            regime.problem = regime.missing_series_id = regime.missing_date = False
            try:
                regime.rate_today = regime._describe_rate(today)
            except PenaltyError as error:
                regime._say_problem(error)
            sentences = (
                regime._describe_formula(),
                regime._describe_contract(today),
                regime._describe_days(),
                regime._describe_end(),
                regime._describe_fee(),
            )
            regime.words = "\n".join(filter(None, sentences))

    def _say_problem(self, error):
        """Show why there is no rate today, and which value is to be added."""
        self.problem = self._explain(error)
        self.rate_today = self.env._("Rate missing")
        if error.code == "rate_missing":
            series = self.env["account.reference.rate"]
            self.missing_series_id = series.search([("code", "=", error.params["series"])])
            self.missing_date = error.params["day"]

    def action_add_rate(self):
        """Open the wizard that adds the value that is missing today.

        :raise UserError: when none is.
        """
        self.ensure_one()
        self.check_access("read")
        if not self.missing_series_id:
            raise UserError(self.env._("No rate is missing today."))
        self.missing_series_id.check_access("write")
        return self.missing_series_id._get_add_action(self.missing_series_id, self.missing_date)

    def _format(self, number):
        """A number with two digits, or up to four where it needs them."""
        text = f"{number:.4f}".rstrip("0")
        return formatLang(self.env, number, digits=max(2, len(text.partition(".")[2])))

    def _describe_rate(self, day):
        """The rate of a day and how it is found: 2.40 + 10.00 = 12.40 %.

        :raise PenaltyError: when no rate is known; the error says which.
        """
        # With what is on the screen, saved or not, and the rates of all.
        draft = self._to_engine()
        rate = Rulebook(self._get_rulebook().values, [draft]).tariff(draft.code).on(day)
        percent = self._format(float(rate.percent))
        if draft.fixed is not None or not self.margin or self.rate_step or self.factor != 1:
            return self.env._("%(percent)s %%", percent=percent)
        return self.env._(
            "%(reference)s + %(margin)s = %(percent)s %%",
            reference=self._format(float(rate.percent) - self.margin),
            margin=self._format(self.margin),
            percent=percent,
        )

    def _describe_formula(self):
        if self.formula == "fixed":
            return self.env._("%(percent)s %% per year.", percent=self._format(self.fixed))
        anchors = {
            "semester_start": self.env._("on the first day of each half-year"),
            "semester_eve": self.env._("on the day before each half-year"),
            "daily": self.env._("of each day"),
        }
        series = self.series_id.name or "…"
        if self.factor != 1:
            series = f"{self._format(self.factor)} × {series}"
        sentence = self.env._(
            "%(series)s, %(anchor)s, plus %(margin)s points per year.",
            series=series,
            anchor=anchors[self.anchor],
            margin=self._format(self.margin),
        )
        if self.rate_step:
            sentence += " " + self.env._(
                "Rounded up to a multiple of %(step)s points.", step=self._format(self.rate_step)
            )
        if self.frozen:
            sentence += " " + self.env._(
                "The rate of the first day with interest holds to the end."
            )
        return sentence

    def _describe_contract(self, today):
        if not self.contract_allowed:
            return self.env._("A contract can't agree another rate.")
        if not self.floor_series_id:
            return self.env._("A contract may agree another rate.")
        floor = {
            "factor": self._format(self.floor_factor),
            "series": self.floor_series_id.name,
        }
        try:
            value = self._get_rulebook().value(self.floor_series_id.code, semester_start(today))
        except PenaltyError:
            return self.env._("An agreed rate is at least %(factor)s × “%(series)s”.", **floor)
        return self.env._(
            "An agreed rate is at least %(factor)s × “%(series)s”: %(minimum)s %% today.",
            **floor,
            minimum=self._format(self.floor_factor * float(value.percent)),
        )

    def _describe_days(self):
        counts = dict(self._fields["day_count"]._description_selection(self.env))
        start = (
            self.env._("Interest runs from a formal notice on")
            if self.interest_from == "notice"
            else self.env._("Interest runs from the due date on, without a reminder")
        )
        return self.env._(
            "%(start)s; the first day is %(offset)s day(s) later. Counted as: %(count)s.",
            start=start,
            offset=self.start_offset,
            count=counts[self.day_count],
        )

    def _describe_end(self):
        sentences = []
        if self.compounding:
            sentences.append(self.env._("Interest of a full year bears interest."))
        if self.grace_days:
            sentences.append(
                self.env._(
                    "Nothing is due when all is paid within %(days)s days.", days=self.grace_days
                )
            )
        if self.stops_at_insolvency == "yes":
            sentences.append(self.env._("An insolvency judgment stops interest."))
        return " ".join(sentences)

    def _describe_fee(self):
        tiers = self.fee_tier_ids.sorted(lambda tier: (tier.threshold, tier.above))
        if not tiers:
            return self.env._("No fixed indemnity.")
        scopes = dict(self._fields["fee_scope"]._description_selection(self.env))
        currency = self.threshold_currency_id or self.fee_currency_id
        parts = []
        for tier in tiers:
            amount = self.fee_currency_id.format(tier.amount)
            if not tier.threshold:
                parts.append(amount)
                continue
            threshold = currency.format(tier.threshold)
            parts.append(
                self.env._("%(amount)s above %(threshold)s", amount=amount, threshold=threshold)
                if tier.above
                else self.env._("%(amount)s from %(threshold)s", amount=amount, threshold=threshold)
            )
        return self.env._(
            "Fixed indemnity: %(amounts)s. %(scope)s.",
            amounts=", ".join(parts),
            scope=scopes[self.fee_scope],
        )
