from typing import NamedTuple

from odoo import api, models
from odoo.tools import format_date, formatLang

from ..engine.penalty import compute_all
from ..engine.penalty_error import PenaltyError
from ..engine.penalty_result import Result
from ..engine.penalty_words import read_rate
from .account_penalty_facts import PenaltyFacts


class Due(NamedTuple):
    """What a customer may be asked for of one penalty, in the currency of the receivable.

    `interest` and `fee` are what is left of the result's: what was waived or invoiced is off. What
    payments settled of them is not: by it less of the invoice was paid, and the books, which know
    of no interest, have the invoice paid. When nothing may be asked for, both are 0.0 and
    `obstacle` says why. `result` is a :class:`PenaltyError` when it can't be computed.
    """

    penalty: models.BaseModel
    facts: PenaltyFacts
    result: Result | PenaltyError
    interest: float
    fee: float
    obstacle: str


class AccountPenalty(models.Model):
    """What letters and statements say of penalties: what may be asked for, and the rule in words.

    They ask for less than what accrued: nothing that was waived or invoiced, or that an obstacle
    keeps back. What is contested bears nothing in the first place (design, rule 7).
    """

    _inherit = "account.penalty"

    # === Amounts ===#

    @api.model
    def _get_dues(self, company, as_of, on_date, move_line_ids):
        """What may be asked for, interest counted up to `as_of`, as things stand on `on_date`.

        Writes nothing. One statement for the facts.

        :return: ``{receivable's id: Due}`` of those that are in the ledger.
        """
        wanted = list(set(move_line_ids))
        ledger = self.search([("move_line_id", "in", wanted)])
        by_line = {penalty.move_line_id.id: penalty for penalty in ledger}
        facts = self._get_cases(company, as_of, wanted)
        results = compute_all([each.case for each in facts], self._get_company_rulebook(company))
        obstacles = ledger._get_obstacles(on_date)
        # Its invoice owes one indemnity, and another instalment was first to claim it.
        without_fee = ledger._get_fees_elsewhere()
        dues = {}
        for each, result in zip(facts, results, strict=True):
            penalty = by_line.get(each.move_line_id)
            if penalty and each.regime_id:
                has_fee = penalty.id not in without_fee
                due = penalty._get_due(each, result, obstacles[penalty], has_fee)
                dues[each.move_line_id] = due
        return dues

    def _get_due(self, facts, result, obstacle, has_fee):
        """The :class:`Due` of one penalty, see :meth:`_get_dues`."""
        self.ensure_one()
        if isinstance(result, PenaltyError):
            obstacle = self.env["account.penalty.regime"]._explain(result)
        if obstacle:
            return Due(self, facts, result, 0.0, 0.0, obstacle)
        interest, fee = self._get_rest(float(result.interest), float(result.fee))
        return Due(self, facts, result, interest, fee if has_fee else 0.0, "")

    @api.model
    def _get_summary(self, customer, company, on_date):
        """What a customer's statement of account shows of its penalties; see :meth:`_summarise`.

        :return: ``[{"currency", "interest", "fee", "label"}]``, in the language of the context.
        """
        return self._label_summary(self._summarise(customer, company, on_date)[customer], on_date)

    @api.model
    def _summarise(self, customers, companies, on_date):
        """What statements of account show of penalties, as each company chose.

        A statement claims nothing new: it repeats what letters claimed, or tells what accrued.

        :param customers: commercial entities.
        :return: ``{customer: {(currency, whether it was claimed): (interest, fee)}}``, nothing of
            0.00.
        """
        sums = {customer.id: {} for customer in customers}
        for company in companies.sudo():
            is_claimed = company.penalty_on_statement == "claimed"
            for due in self._get_shown_dues(customers, company, on_date):
                parts = due.interest, due.fee
                if is_claimed:
                    parts = tuple(map(min, parts, due.penalty._get_claimed()))
                if any(parts):
                    mine = sums[due.penalty.partner_id.id]
                    key = due.penalty.currency_id, is_claimed
                    before = mine.get(key, (0.0, 0.0))
                    mine[key] = tuple(map(sum, zip(before, parts, strict=True)))
        return {customer: sums[customer.id] for customer in customers}

    @api.model
    def _get_shown_dues(self, customers, company, on_date):
        """What customers owe of the penalties that a company's statements show."""
        shown = company.penalty_on_statement
        domain = [("partner_id", "in", customers.ids), ("company_id", "=", company.id)]
        if shown == "claimed":
            domain.append(("claimed", ">", 0))
        # Who may print a statement of account need not be allowed to read the ledger.
        ledger = self.sudo().search(domain) if shown != "none" else self
        dues = ledger and ledger._get_dues(company, on_date, on_date, ledger.move_line_id.ids)
        return dues.values() if dues else ()

    @api.model
    def _label_summary(self, summary, on_date):
        labels = {
            True: self.env._("As we have claimed them"),
            False: self.env._("Up to %(date)s", date=format_date(self.env, on_date)),
        }
        return [
            {
                "currency": currency.with_env(self.env),
                "interest": interest,
                "fee": fee,
                "label": labels[is_claimed],
            }
            for (currency, is_claimed), (interest, fee) in summary.items()
        ]

    def _get_claimed(self):
        """``(interest, fee)`` that was claimed and isn't invoiced."""
        fee = self.claimed_fee - self.invoiced_fee
        return max(0.0, self.claimed - self.invoiced - fee), max(0.0, fee)

    # === Words ===#

    @api.model
    def _describe_rules(self, dues):
        """The rules that were applied, a line for each: the law, the rates and their dates."""
        by_regime = {}
        for due in dues:
            by_regime.setdefault(due.facts.regime_id, []).append(due.result)
        regimes = self.env["account.penalty.regime"].sudo()  # a reader of letters needs no rights
        return "\n".join(
            self._describe_rule(regimes.browse(regime_id), results)
            for regime_id, results in by_regime.items()
        )

    @api.model
    def _describe_rule(self, regime, results):
        rates = [
            self.env._(
                "%(percent)s a year from %(first)s to %(last)s (%(origin)s)",
                percent=self._format_percent(rate.percent),
                first=format_date(self.env, first),
                last=format_date(self.env, last),
                origin=self._describe_rate(rate),
            )
            for rate, first, last in self._get_rates(results)
        ]
        sentences = [f"{regime.name} ({regime.law})" if regime.law else regime.name, *rates]
        rule = "; ".join(filter(None, sentences))
        fees = sorted({(result.legal_fee, result.fee_currency) for result in results if result.fee})
        for amount, currency in fees:
            rule += "; " + self.env._(
                "fixed indemnity of %(amount)s %(currency)s",
                amount=formatLang(self.env, float(amount), digits=2),
                currency=currency,
            )
        return self.env._("%(rule)s. Interest and indemnities bear no VAT.", rule=rule)

    @api.model
    def _get_rates(self, results):
        """The rates of some results, each with the first and the last day on which it was used."""
        days = {}
        for result in results:
            for segment in result.segments:
                if segment.rate:
                    key = (segment.rate.percent, segment.rate.working)
                    rate, first, last = days.get(key, (segment.rate, segment.first, segment.last))
                    days[key] = (rate, min(first, segment.first), max(last, segment.last))
        return sorted(days.values(), key=lambda each: each[1:])

    @api.model
    def _describe_rate(self, rate):
        """How a rate was found: the reference rate and its day, the margin, the legal minimum.

        :param rate: an ``engine.penalty_regime.Rate``.
        """
        words = read_rate(rate.working)
        if not words:
            return rate.working
        parts = [self._describe_origin(words)]
        if floor := words.floor:
            sentence = self.env._(
                "the legal minimum: %(factor)s × %(series)s, %(percent)s = %(minimum)s",
                factor=floor.factor,
                series=self._get_series_name(floor.series),
                percent=self._format_percent(floor.percent),
                minimum=self._format_percent(floor.minimum),
            )
            parts.insert(0 if floor.is_applied else 1, sentence)
        return "; ".join(parts)

    @api.model
    def _describe_origin(self, words):
        if words.kind == "contract":
            return self.env._("agreed: %(percent)s", percent=self._format_percent(words.percent))
        if words.kind == "fixed":
            return self.env._("fixed rate")
        origin = self.env._(
            "%(series)s, %(percent)s on %(day)s",
            series=self._get_series_name(words.series),
            percent=self._format_percent(words.percent),
            day=format_date(self.env, words.day),
        )
        if words.factor != 1:
            origin = f"{words.factor} × {origin}"
        if words.margin:
            margin = words.margin.normalize()
            digits = max(0, -margin.as_tuple().exponent)
            margin = formatLang(self.env, float(margin), digits=digits)
            origin = self.env._("%(origin)s + %(margin)s points", origin=origin, margin=margin)
        if words.step:
            origin = self.env._(
                "%(origin)s, rounded up to a multiple of %(step)s",
                origin=origin,
                step=self._format_percent(words.step),
            )
        return origin

    @api.model
    def _get_series_name(self, code):
        return self.env["account.penalty.regime"]._get_name_of(code)

    @api.model
    def _format_percent(self, percent):
        digits = max(2, -percent.as_tuple().exponent)
        return f"{formatLang(self.env, float(percent), digits=digits)}\N{NO-BREAK SPACE}%"
