from datetime import date, timedelta

from odoo import api, fields, models
from odoo.tools import LazyTranslate, format_date

from ..engine import payment_term as engine

# The French law's reach: a company of these countries, selling to a customer of one of them.
FRANCE = ("FR", "GF", "GP", "MQ", "RE", "YT")
MONTH_ENDS = {
    "days_after": engine.MonthEnd.NONE,
    "days_after_end_of_month": engine.MonthEnd.FIRST,
    "days_after_end_of_next_month": engine.MonthEnd.FIRST,
    "days_end_of_month_on_the": engine.MonthEnd.THEN,
}
_lt = LazyTranslate(__name__)
LIMITS = {
    "fr_default_30": _lt("30 days from delivery, nothing else being agreed"),
    "fr_net_60": _lt("60 days from the invoice"),
    "fr_eom_45_then": _lt("45 days, then the end of the month"),
    "fr_eom_45_first": _lt("45 days from the end of the month"),
    "fr_periodic_45": _lt("45 days from a summary invoice"),
    "fr_transport_30": _lt("carriage: 30 days from the invoice"),
    "fr_perishable_30": _lt("perishable food: 30 days after the ten days of delivery"),
    "fr_cattle_20": _lt("live cattle and fresh meat: 20 days after delivery"),
    "fr_alcohol_30": _lt("alcohol: 30 days after the month of delivery"),
    "fr_export_90": _lt("goods bought for export: 90 days from the invoice"),
    "fr_public_30": _lt("public purchaser: 30 days"),
    "fr_public_health_50": _lt("public health establishment: 50 days"),
    "fr_public_undertaking_60": _lt("public undertaking: 60 days"),
}


class AccountPaymentTerm(models.Model):
    """The penalties that a contract agrees on, and whether the law allows its delay (S4.25).

    French law limits what professionals may agree on: 60 days from the invoice, or 45 days end of
    month by either count. The warning says by how much, and for which invoice date; it blocks
    nothing, as a person may know better: a sector's derogation is written down here.
    """

    _inherit = "account.payment.term"

    penalty_regime_id = fields.Many2one("account.penalty.regime", ondelete="restrict")
    penalty_rate = fields.Float(string="Agreed Penalty Rate (%)", digits=(8, 4))
    derogation = fields.Char(
        string="Longer Delay Allowed By",
        help="The decree or agreement that allows more than the general limit: no warning is "
        "shown then.",
    )
    law_warning = fields.Char(compute="_compute_law_warning")
    law_text = fields.Text(string="The Law", compute="_compute_law_warning")

    @api.depends(
        *("line_ids.nb_days", "line_ids.delay_type", "line_ids.days_next_month"),
        *("company_id", "derogation"),
    )
    @api.depends_context("company", "lang")
    def _compute_law_warning(self):
        today = fields.Date.context_today(self)
        for term in self:
            company = term.company_id or self.env.company
            excess = term._find_excess(today) if company._is_in_france() else None
            term.law_warning = excess and term._explain_excess(*excess)
            term.law_text = (
                self.env["account.legal.text"]._get_text("fr_payment_terms", today)
                if excess
                else False
            )

    def _get_month_end(self):
        """How the contract counts, by the line that falls due last."""
        self.ensure_one()
        longest = self.line_ids.sorted("nb_days")[-1:]
        return MONTH_ENDS.get(longest.delay_type, engine.MonthEnd.NONE)

    def _get_last_due(self, invoice_date):
        """The due date of the last instalment of an invoice of that date."""
        self.ensure_one()
        return max(
            (line._get_due_date(invoice_date) for line in self.line_ids), default=invoice_date
        )

    def _find_excess(self, on_date, sector=None, is_public=False):
        """The first day of the year of `on_date` whose invoices would fall due too late.

        :return: ``(invoice date, due date, engine.payment_term.Excess)``, or None.
        """
        self.ensure_one()
        if self.derogation or not self.line_ids:
            return None
        agreed = self._get_month_end()
        first = date(on_date.year, 1, 1)
        for day in (first + timedelta(days=number) for number in range(366)):
            due = self._get_last_due(day)
            sale = engine.Sale(day, agreed, sector=sector, is_public=is_public)
            if excess := engine.check(sale, due):
                return day, due, excess
        return None

    @api.model
    def _explain_excess(self, invoice_date, due, excess):
        """By how much a due date is too late, and what to do."""
        return self.env._(
            "An invoice of %(invoice_date)s falls due on %(due)s. The law allows %(latest)s at the "
            "latest (%(limit)s, %(law)s): shorten it by %(excess)s day(s), or write down the text "
            "that allows more.",
            invoice_date=format_date(self.env, invoice_date),
            due=format_date(self.env, due),
            latest=format_date(self.env, excess.latest),
            limit=self._name_limit(excess.limit),
            law=excess.limit.law,
            excess=excess.days,
        )

    @api.model
    def _name_limit(self, limit):
        """A limit of the engine, in words."""
        return self.env._(LIMITS[limit.code])
