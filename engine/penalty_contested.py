"""How much of a receivable is contested and bears no interest, day by day."""

from datetime import date, timedelta
from decimal import Decimal

from .penalty_facts import Case, CreditNote, Dispute, Policy
from .penalty_rates import DAY
from .penalty_regime import ZERO


class Contested:
    """How much of the principal is contested and bears no interest on a day."""

    def __init__(self, case: Case, known: list[CreditNote], start_offset: int):
        self._zero = ZERO.quantize(case.quantum)
        self._amounts = {
            dispute.reference: dispute.amount.quantize(case.quantum) for dispute in case.disputes
        }
        self._idle = {
            dispute.reference: _idle_days(dispute, case.as_of, start_offset)
            for dispute in case.disputes
        }
        for credit in known:
            if credit.retroactive:
                self.reduce(credit.dispute, credit.amount)

    def reduce(self, reference: str | None, amount: Decimal) -> None:
        """A credit note settles a dispute, or part of it."""
        if reference is not None:
            self._amounts[reference] = max(ZERO, self._amounts[reference] - amount)

    def cuts(self) -> set[date]:
        """The days on which a contested part begins to bear interest, or ceases to."""
        spans = [span for spans in self._idle.values() for span in spans]
        return {first for first, _last in spans} | {
            last + DAY for _first, last in spans if last < date.max
        }

    def idle(self, day: date) -> Decimal:
        if not self._idle:
            return self._zero
        return sum(
            (
                self._amounts[reference]
                for reference, spans in self._idle.items()
                if any(first <= day <= last for first, last in spans)
            ),
            self._zero,
        )


def _idle_days(dispute: Dispute, as_of: date, start_offset: int) -> list[tuple[date, date]]:
    """The spans of days on which the contested part bears no interest, as known on a day."""
    known = [period for period in dispute.periods if period.opened <= as_of]
    if not known or dispute.policy is Policy.FROM_ORIGINAL_DUE_DATE:
        return []
    ends = [
        date.max if period.closed is None or period.closed > as_of else period.closed
        for period in known
    ]
    if dispute.policy is Policy.NONE:
        return [(date.min, date.max)]
    if dispute.policy is Policy.MANUAL:
        return [(date.min, dispute.first_day - DAY)]
    # As for a due date: the day after is the first with interest.
    shift = timedelta(days=start_offset) - DAY
    if dispute.policy is Policy.FROM_RESOLUTION:
        if ends[-1] == date.max:
            return [(date.min, date.max)]
        return [(date.min, ends[-1] + timedelta(days=dispute.term_days) + shift)]
    after = DAY if start_offset else timedelta()
    return [
        (period.opened + after, end if end == date.max else end + after - DAY)
        for period, end in zip(known, ends, strict=True)
        if end > period.opened
    ]
