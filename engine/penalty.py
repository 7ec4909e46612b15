"""What late payment of one receivable costs on one day, and the working that proves it.

The period is cut where something changes: a payment, a credit note, a dispute, the rate, a leap
year, an anniversary. Each piece is base × rate × days ÷ days of the year, and keeps all its
decimals; interest is rounded once, half up, by the currency. Interest that becomes money before
the end, because a payment settles it or a year's interest is added to the base, is rounded then.

``python -m engine.penalty CASES.json`` computes a file of cases, see ``docs/penalty-cases.md``.
"""

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Context, Decimal, InvalidOperation, localcontext
from itertools import pairwise

from .penalty_balance import Balance
from .penalty_contested import Contested
from .penalty_error import PenaltyError
from .penalty_facts import Case, CreditNote, check
from .penalty_rates import DAY
from .penalty_regime import (
    ZERO,
    Allocation,
    DayCount,
    FeeScope,
    Origin,
    Rate,
    Regime,
    Rulebook,
    Start,
    Tariff,
)
from .penalty_result import Note, Result, Segment, count_days, round_once

CONTEXT = Context(prec=34)


def compute(case: Case, rulebook: Rulebook) -> Result:
    """The penalty of one receivable.

    :raise PenaltyError: when a fact can't be, or a rate is missing.
    """
    regime = rulebook.regime(case.regime)
    check(case, regime)
    tariff = rulebook.tariff(case.regime, case.contract_rate)
    try:
        with localcontext(CONTEXT):
            return _compute(case, regime, tariff)
    except InvalidOperation:  # an amount with more digits than the context has
        raise PenaltyError("result_too_large", reference=case.reference) from None


def _compute(case: Case, regime: Regime, tariff: Tariff) -> Result:
    if regime.grace_days:
        within = _Calculation(case, regime, None)
        within.run()
        if within.is_within_grace():
            return within.result(Note.WITHIN_GRACE)
    calculation = _Calculation(case, regime, tariff)
    calculation.run()
    return calculation.result()


def compute_all(cases: Iterable[Case], rulebook: Rulebook) -> list[Result | PenaltyError]:
    """One outcome per case, in their order; a case that can't be computed stops no other.

    The fee that is due once per invoice stays with the instalment that was late first.
    """
    cases = list(cases)
    outcomes = [_attempt(case, rulebook) for case in cases]
    bearers: dict[str, list[tuple[date, str, int]]] = {}
    for index, (case, outcome) in enumerate(zip(cases, outcomes, strict=True)):
        if case.invoice is None or isinstance(outcome, PenaltyError) or not outcome.legal_fee:
            continue
        if rulebook.regime(case.regime).fee_scope is FeeScope.INVOICE:
            rank = outcome.late_from, case.reference, index
            bearers.setdefault(case.invoice, []).append(rank)
    for ranks in bearers.values():
        for _late_from, _reference, index in sorted(ranks)[1:]:
            outcomes[index] = _attempt(replace(cases[index], with_fee=False), rulebook)
    return outcomes


def _attempt(case: Case, rulebook: Rulebook) -> Result | PenaltyError:
    try:
        return compute(case, rulebook)
    except PenaltyError as error:
        return error


class _Calculation:
    """One walk through the days of a case. Without a tariff it finds only when it was late."""

    def __init__(self, case: Case, regime: Regime, tariff: Tariff | None):
        self.case = case
        self.regime = regime
        self.tariff = tariff
        self.judgment = case.judgment if regime.stops_at_insolvency else None
        # With the due date counted, what happens on a day takes effect on that day.
        self.shift = timedelta(days=1 if regime.start_offset else 0)
        self.last = case.as_of + self.shift - DAY
        known = [credit for credit in case.credit_notes if credit.day <= case.as_of]
        self.contested = Contested(case, known, regime.start_offset)
        self.owed = case.amount - sum(credit.amount for credit in known if credit.retroactive)
        allocation = regime.allocation if tariff else Allocation.PRINCIPAL_FIRST
        self.balance = Balance(self.owed, case.quantum, allocation)
        self.actions = self._actions(known)
        self.segments: list[Segment] = []
        self.fee = self.legal_fee = self.balance.zero
        self.late_from: date | None = None
        self.late_until: date | None = None
        self.capitalise_on: date | None = None
        self.frozen: Rate | None = None
        self.stopped = False

    def _actions(self, known: list[CreditNote]) -> list[tuple[date, int, Decimal, str | None]]:
        """Credit notes and payments by the day of their effect, the first one last.

        The payments of one day are one payment, so that their order can't matter.
        """
        paid: dict[date, Decimal] = {}
        for payment in self.case.payments:
            if payment.day <= self.case.as_of:
                paid[payment.day] = paid.get(payment.day, ZERO) + payment.amount
        actions = [(day + self.shift, 1, amount, None) for day, amount in paid.items()]
        actions += [
            (credit.day + self.shift, 0, credit.amount, credit.dispute)
            for credit in known
            if not credit.retroactive
        ]
        return sorted(actions, key=lambda action: action[:3], reverse=True)

    def run(self) -> None:
        """Walk from the first day to the last, stopping wherever something changes."""
        first = self._first_day()
        if first is not None and first <= self.last:
            cuts = {action[0] for action in self.actions} | self.contested.cuts()
            if self.judgment:
                cuts.add(self.judgment)
            inside = sorted(cut for cut in cuts if first < cut <= self.last)
            for day, end in pairwise((first, *inside, self.last + DAY)):
                self._act_until(day)
                self._walk(day, end - DAY)
        self._act_until(date.max)

    def _first_day(self) -> date | None:
        """None when interest needs a formal notice, and there is none."""
        day = self.case.due
        if self.regime.interest_from is Start.NOTICE:
            if self.case.notice is None or self.case.notice > self.case.as_of:
                return None
            day = max(day, self.case.notice)
        return day + timedelta(days=self.regime.start_offset)

    def _act_until(self, day: date) -> None:
        """The credit notes and payments that have taken effect on a day."""
        while self.actions and self.actions[-1][0] <= day:
            effect, is_payment, amount, dispute = self.actions.pop()
            if is_payment:
                self.balance.pay(effect - self.shift, amount)
            else:
                self.contested.reduce(dispute, amount)
                self.balance.credit(amount)

    # === Days ===#

    def _walk(self, day: date, last: date) -> None:
        """Days on which nothing happens: they are cut by the rate and by the calendar only."""
        balance = self.balance
        held = min(balance.principal, self.contested.idle(day))
        late = balance.principal - held
        if late:
            self.late_until = last
            if self.late_from is None:
                self._begin(day)
        if self.judgment and day >= self.judgment:
            self.stopped = self.stopped or bool(balance.principal)
            return
        while self.tariff and day <= last:
            if day == self.capitalise_on:
                balance.capitalise()
                self.capitalise_on = _next_year(day)
            if not balance.principal and not balance.capitalised:
                # What is left is interest; it bears interest from its anniversary on, if at all.
                if not balance.interest or not self.capitalise_on or self.capitalise_on > last:
                    return
                day = self.capitalise_on
                continue
            base = late + balance.capitalised
            rate = self._rate(day) if base else None
            end = self._end(day, last, rate)
            self._accrue(day, end, base, held, rate)
            day = end + DAY

    def _begin(self, day: date) -> None:
        """The first day with something late."""
        self.late_from = day
        if self.regime.compounding:
            self.capitalise_on = _next_year(day)
        if self.tariff and self.case.with_fee and not self._is_fee_excluded():
            self.legal_fee, self.fee = _fee(self.case, self.regime, self.owed)
            self.balance.fee = self.fee

    def _is_fee_excluded(self) -> bool:
        """The judgment forbids payment when the debt falls due (FR: L441-10 II, R621-4)."""
        due = self.late_from - timedelta(days=self.regime.start_offset)
        return self.judgment is not None and due >= self.judgment

    def _rate(self, day: date) -> Rate:
        if not self.regime.frozen:
            return self.tariff.on(day)
        if self.frozen is None:
            self.frozen = replace(self.tariff.on(day), until=date.max)
        return self.frozen

    def _end(self, day: date, last: date, rate: Rate | None) -> date:
        """The last day that has the same base, rate and length of the year as `day`."""
        end = last
        if rate:
            end = min(end, rate.until)
            if self.regime.day_count is DayCount.ACT_ACT:
                end = min(end, date(day.year, 12, 31))
        if self.capitalise_on and day < self.capitalise_on:
            end = min(end, self.capitalise_on - DAY)
        return end

    def _accrue(
        self, first: date, last: date, base: Decimal, held: Decimal, rate: Rate | None
    ) -> None:
        balance = self.balance
        days, year_days = count_days(first, last, self.regime)
        amount = base * rate.percent * days / (100 * year_days) if rate else ZERO
        balance.interest += amount
        self.segments.append(
            Segment(first, last, days, year_days, base, held, balance.capitalised, rate, amount)
        )

    # === Result ===#

    def is_within_grace(self) -> bool:
        grace = self.case.due + timedelta(days=self.regime.grace_days)
        return self.late_until is not None and self.late_until + DAY - self.shift <= grace

    def result(self, *notes: Note) -> Result:
        case, balance = self.case, self.balance
        interest_open = balance.interest_open
        return Result(
            reference=case.reference,
            currency=case.currency,
            as_of=case.as_of,
            regime=case.regime,
            segments=tuple(self.segments),
            settled=tuple(balance.settled),
            interest=balance.interest_paid + interest_open,
            fee=self.fee,
            legal_fee=self.legal_fee,
            fee_currency=self.regime.fee_currency,
            principal_open=balance.principal,
            interest_open=interest_open,
            fee_open=balance.fee,
            surplus=balance.surplus,
            late_from=self.late_from,
            notes=(*notes, *self._notes()),
        )

    def _notes(self) -> Iterable[Note]:
        if self._first_day() is None:
            yield Note.NO_NOTICE
        elif self.late_from is None:
            yield Note.NOT_LATE
        if self.stopped:
            yield Note.STOPPED_BY_INSOLVENCY
        if any(segment.rate and segment.rate.origin is Origin.FLOOR for segment in self.segments):
            yield Note.FLOOR_APPLIED
        if any(segment.held for segment in self.segments):
            yield Note.PART_NOT_COUNTED
        if not self.regime.fee_tiers:
            yield Note.NO_FEE
        elif self.late_from and self._is_fee_excluded():
            yield Note.FEE_EXCLUDED_BY_INSOLVENCY
        elif not self.case.with_fee:
            yield Note.FEE_WITH_OTHER_INSTALMENT


def _fee(case: Case, regime: Regime, owed: Decimal) -> tuple[Decimal, Decimal]:
    """The fixed fee as the law writes it, and in the case's currency.

    What was credited retroactively was never owed, and doesn't choose the tier.

    :raise PenaltyError: ``exchange_missing``.
    """
    if not regime.fee_tiers:
        return ZERO, round_once(ZERO, case.quantum)
    debt = (case.invoice_amount or case.amount) - (case.amount - owed)
    if len(regime.fee_tiers) > 1:
        debt /= _worth(case, regime, regime.threshold_currency or regime.fee_currency)
    fee = regime.fee_for(debt)
    worth = _worth(case, regime, regime.fee_currency)
    return fee, round_once(fee * worth, case.quantum)


def _worth(case: Case, regime: Regime, currency: str) -> Decimal:
    """What one unit of `currency` is worth in the case's."""
    if currency == case.currency:
        return Decimal(1)
    if currency not in case.exchange:
        raise PenaltyError(
            "exchange_missing", regime=regime.code, needed=currency, currency=case.currency
        )
    return case.exchange[currency]


def _next_year(day: date) -> date:
    """The same day a year later; the year that begins on 29 February ends on 28 February."""
    if (day.month, day.day) == (2, 29):
        return date(day.year + 1, 3, 1)
    return day.replace(year=day.year + 1)


if __name__ == "__main__":
    from .penalty_cases import main

    sys.exit(main(sys.argv[1:]))
