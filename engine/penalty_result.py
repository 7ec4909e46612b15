"""What a computed penalty says: segments, what payments settled, totals, notes; and its sums."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

from .penalty_rates import DAY
from .penalty_regime import DayCount, Rate, Regime

# A sum of quotients that is exactly half a cent must not lose its last digit before it is rounded.
EXACT = Decimal("1e-18")


class Note(str, Enum):
    """What a reader of the result should know."""

    NOT_LATE = "not_late"  # nothing bore interest by the day of the calculation
    WITHIN_GRACE = "within_grace"  # all was paid within the days of grace
    NO_NOTICE = "no_notice"  # interest needs a formal notice, and there is none
    STOPPED_BY_INSOLVENCY = "stopped_by_insolvency"  # from the day of the judgment on
    FLOOR_APPLIED = "floor_applied"  # the contract's rate is below what the law allows
    PART_NOT_COUNTED = "part_not_counted"  # a contested part bore no interest on some days
    NO_FEE = "no_fee"  # the regime has none
    FEE_EXCLUDED_BY_INSOLVENCY = "fee_excluded_by_insolvency"  # late only since the judgment
    FEE_WITH_OTHER_INSTALMENT = "fee_with_other_instalment"


@dataclass(frozen=True, slots=True)
class Segment:
    """Interest of the days `first` to `last`, both included, in the case's currency.

    `base` bears interest, `capitalised` is the part of it that is interest of past years; `held` is
    contested and bears none. `days` over `year_days` are by the regime's day count. `rate` is None
    when all that is open is held. `amount` is not rounded.
    """

    first: date
    last: date
    days: int
    year_days: int
    base: Decimal
    held: Decimal
    capitalised: Decimal
    rate: Rate | None
    amount: Decimal

    @property
    def working(self) -> str:
        """The sum to type into a pocket calculator."""
        if self.rate is None:
            return f"{self.held} contested: no interest"
        sum_ = f"{self.base} × {self.rate.percent} % × {self.days} / {self.year_days}"
        return f"{sum_} = {self.amount:.4f}"


@dataclass(frozen=True, slots=True)
class Settled:
    """What the payments of one day settled. `surplus` settled nothing."""

    day: date
    amount: Decimal
    principal: Decimal
    interest: Decimal
    fee: Decimal
    surplus: Decimal


@dataclass(frozen=True, slots=True)
class Result:
    """Amounts in the case's currency, rounded, positive: what the debtor owes.

    `interest` and `fee` are all that has become due, the `_open` ones what payments left of it.
    `legal_fee` is the fee in `fee_currency`, as the law writes it. `late_from` is the first day
    on which something was late.
    """

    reference: str
    currency: str
    as_of: date
    regime: str
    segments: tuple[Segment, ...]
    settled: tuple[Settled, ...]
    interest: Decimal
    fee: Decimal
    legal_fee: Decimal
    fee_currency: str
    principal_open: Decimal
    interest_open: Decimal
    fee_open: Decimal
    surplus: Decimal
    late_from: date | None
    notes: tuple[Note, ...]

    @property
    def total(self) -> Decimal:
        """Interest and fee, paid or not."""
        return self.interest + self.fee

    @property
    def total_open(self) -> Decimal:
        return self.principal_open + self.interest_open + self.fee_open


# === Sums ===#


def round_once(amount: Decimal, quantum: Decimal) -> Decimal:
    """Half up, by the currency's smallest unit.

    >>> round_once(Decimal("0.125"), Decimal("0.01"))
    Decimal('0.13')
    """
    return amount.quantize(EXACT).quantize(quantum, ROUND_HALF_UP)


def count_days(first: date, last: date, regime: Regime) -> tuple[int, int]:
    """The days from `first` to `last`, both included, and those of their year.

    >>> rule = Regime("x", fixed=Decimal(5), day_count=DayCount.THIRTY_360)
    >>> count_days(date(2025, 2, 1), date(2025, 3, 31), rule)  # 31 January → 31 March
    (60, 360)
    """
    if regime.day_count is DayCount.THIRTY_360:
        # From the due date to the day of payment, whichever of the two bears interest.
        shift = regime.start_offset and 1
        start, end = first - DAY * shift, last + DAY * (1 - shift)
        return _thirty_360(end) - _thirty_360(start), 360
    days = (last - first).days + 1
    if regime.day_count is DayCount.ACT_ACT:
        return days, (date(first.year + 1, 1, 1) - date(first.year, 1, 1)).days
    return days, 360 if regime.day_count is DayCount.ACT_360 else 365


def _thirty_360(day: date) -> int:
    return 360 * day.year + 30 * day.month + min(day.day, 30)
