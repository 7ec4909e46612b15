from datetime import date
from decimal import Decimal

from odoo import api, models
from odoo.tools import LazyTranslate, format_date, formatLang, ormcache

_lt = LazyTranslate(__name__)

# What an engine's error says to a user, and what to do next. An error of a file of cases
# (``engine.penalty_error``) never comes from records, and keeps the engine's sentence.
RATES = {
    "rate_missing": _lt(
        "No rate of “%(series)s” is known for %(semester)s (needed on %(day)s). Add it, with its "
        "source: no rate is ever guessed from another period."
    ),
    "rate_absurd": _lt(
        "%(percent)s %% for “%(what)s” is not between %(low)s and %(high)s %%. Correct it."
    ),
    "rate_negative": _lt(
        "The rate of “%(what)s” on %(day)s would be %(percent)s %%. Correct the margin."
    ),
    "series_dates": _lt(
        "“%(series)s”: a value holds from %(since)s until %(until)s, which is before it. Correct "
        "its last day."
    ),
    "series_overlap": _lt(
        "“%(series)s”: %(first)s %% and %(second)s %% both hold on %(day)s. End the first one "
        "before the second begins."
    ),
}
REGIMES = {
    "regime_unknown": _lt("The regime “%(regime)s” does not exist any more. Choose another."),
    "regime_missing": _lt(
        "No rule is known for this customer: law of %(country)s, kind of debtor: %(debtor)s. "
        "Choose a rule on the customer, or add one to the regimes."
    ),
    "regime_duplicate": _lt("Two regimes have the code “%(regime)s”. Change one of them."),
    "regime_invalid": _lt("“%(regime)s” can't be computed with: %(problem)s."),
    "regime_out_of_date": _lt(
        "“%(regime)s” is not for invoices of %(day)s. Choose the regime of that time."
    ),
    "contract_refused": _lt(
        "“%(regime)s” allows no agreed rate. Remove the agreed rate, or choose another regime."
    ),
    "insolvency_unknown": _lt(
        "Whether a judgment stops interest is not known for “%(regime)s”. Say it on the regime."
    ),
}
PROBLEMS = {
    "give either a series or a fixed rate": _lt("choose its reference rate, or a fixed rate"),
    "a factor is between 0 and 10": _lt("a factor is between 0 and 10"),
    "a rate is rounded up to a step of more than 0 and at most 1 point": _lt(
        "a rate is rounded up to a step of more than 0 and at most 1 point"
    ),
    "days can't be negative": _lt("days can't be negative"),
    "the fee's tiers begin at 0 and rise": _lt(
        "the tiers of the indemnity begin at 0, and each has a threshold of its own"
    ),
    "a fee can't be negative": _lt("the indemnity can't be negative"),
}
FACTS = {
    "amount_invalid": _lt("%(what)s: “%(value)s” is not an amount. Correct it."),
    "amount_too_large": _lt("%(what)s: %(value)s is too large to be true. Correct it."),
    "amount_not_positive": _lt("%(what)s: %(value)s must be more than zero. Correct it."),
    "amount_digits": _lt(
        "%(what)s: %(value)s has more decimals than %(currency)s has (%(digits)s). Correct it."
    ),
    "currency_digits": _lt("How many decimals %(currency)s has is not known. Set its rounding."),
    "exchange_missing": _lt(
        "“%(regime)s” counts in %(needed)s and the invoice is in %(currency)s. Add the rate of "
        "%(needed)s of that day to the currencies."
    ),
    "day_out_of_range": _lt("%(day)s is not between 1900 and 2200. Correct the date."),
    "due_before_invoice": _lt(
        "The due date %(day)s is before the invoice's date %(invoice_date)s. Correct one of them."
    ),
    "payment_before_invoice": _lt(
        "A payment of %(day)s is before the invoice's date %(invoice_date)s. Correct its date."
    ),
    "credit_before_invoice": _lt(
        "A credit note of %(day)s is before the invoice's date %(invoice_date)s. Correct its date."
    ),
    "credit_too_large": _lt(
        "The credit notes (%(credits)s) are larger than the invoice (%(amount)s). Reconcile them "
        "with what they are about."
    ),
    "dispute_too_large": _lt(
        "Dispute %(dispute)s is about %(contested)s, more than the invoice (%(amount)s). Correct "
        "the amount in dispute."
    ),
    "dispute_periods": _lt(
        "Dispute %(dispute)s was closed before it was opened, or opened twice at a time. Correct "
        "its dates."
    ),
    "dispute_date_missing": _lt(
        "Dispute %(dispute)s needs the first day with interest. Enter it on its resolution."
    ),
    "dispute_term": _lt(
        "Dispute %(dispute)s: %(days)s days can't be added to its resolution. Correct them."
    ),
    "dispute_duplicate": _lt("Two disputes are named %(dispute)s. Rename one."),
    "dispute_unknown": _lt(
        "A credit note settles dispute %(dispute)s, which is not about this invoice. Remove the "
        "link."
    ),
    "result_too_large": _lt(
        "The interest of %(reference)s is too large to be true. Correct the rate or the dates."
    ),
}
SENTENCES = RATES | REGIMES | FACTS
WHATS = {
    "amount": _lt("Amount"),
    "invoice_amount": _lt("Amount of the invoice"),
    "payment": _lt("Payment"),
    "credit note": _lt("Credit note"),
    "exchange": _lt("Exchange rate"),
    "contract_rate": _lt("Agreed rate"),
}


class AccountPenaltyRegime(models.Model):
    _inherit = "account.penalty.regime"

    @api.model
    def _explain(self, error):
        """An ``engine.penalty_error.PenaltyError`` as a sentence for a user, with what to do."""
        if error.code not in SENTENCES:
            return str(error)
        params = {name: self._explain_param(name, value) for name, value in error.params.items()}
        sentence = self.env._(SENTENCES[error.code])
        return sentence % params

    @api.model
    def _explain_param(self, name, value):
        if isinstance(value, date):
            return format_date(self.env, value)
        if isinstance(value, Decimal):
            if not value.is_finite():
                return str(value)
            digits = max(2, -value.as_tuple().exponent)
            return formatLang(self.env, float(value), digits=digits)
        if name == "problem":
            return self.env._(PROBLEMS[value]) if value in PROBLEMS else value
        if name == "what" and value in WHATS:
            return self.env._(WHATS[value])
        if name in ("series", "regime", "what"):
            return self._get_name_of(value)
        return value

    @api.model
    @ormcache("code", "self.env.lang")
    def _get_name_of(self, code):
        """The name of the series or the regime that has a code; the code when there is none."""
        domain = [("code", "=", code)]
        # What explains an error names a rule of the law, whoever it belongs to.
        series = self.env["account.reference.rate"].sudo().search(domain, limit=1)
        regime = self.sudo().with_context(active_test=False).search(domain, limit=1)
        return series.name or regime.name or code
