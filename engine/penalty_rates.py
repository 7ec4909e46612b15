"""Series of reference rates: dated values, each with the days on which it is known to hold.

A rate is in percent per year. A day that no value covers is an error that names the half-year:
a rate is never carried on past the last day for which somebody has verified it.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .penalty_error import PenaltyError

DAY = timedelta(days=1)
# A base rate may be negative (Germany, 2013 to 2022); beyond these bounds it is a typing error.
LOWEST_REFERENCE = Decimal(-10)
HIGHEST_RATE = Decimal(100)


@dataclass(frozen=True, slots=True)
class RateValue:
    """`percent` of `series` from `since` to `until`, both included."""

    series: str
    since: date
    until: date
    percent: Decimal
    source: str = ""
    verified_on: date | None = None


class RateSeries:
    """The values of one series, in the order of their dates.

    :raise PenaltyError: when two values hold on one day, or a value is out of bounds.
    """

    def __init__(self, code: str, values: Iterable[RateValue]):
        self.code = code
        self.values = sorted(values, key=lambda value: value.since)
        self._since = [value.since for value in self.values]
        for value in self.values:
            check_percent(value.percent, code, LOWEST_REFERENCE)
            if value.until < value.since:
                raise PenaltyError(
                    "series_dates", series=code, since=value.since, until=value.until
                )
        for first, second in zip(self.values, self.values[1:], strict=False):
            if second.since <= first.until:
                raise PenaltyError(
                    "series_overlap",
                    series=code,
                    first=first.percent,
                    second=second.percent,
                    day=second.since,
                )

    def on(self, day: date) -> RateValue:
        """The value that holds on a day.

        :raise PenaltyError: ``rate_missing`` with the series, the half-year and the day.
        """
        index = bisect_right(self._since, day) - 1
        if index < 0 or self.values[index].until < day:
            raise PenaltyError("rate_missing", series=self.code, semester=semester(day), day=day)
        return self.values[index]


def check_percent(percent: Decimal, what: str, low: Decimal = Decimal(0)) -> None:
    """:raise PenaltyError: when it isn't a percentage between `low` and 100."""
    if not isinstance(percent, Decimal) or not percent.is_finite():
        raise PenaltyError("amount_invalid", what=what, value=str(percent))
    if not low <= percent <= HIGHEST_RATE:
        raise PenaltyError("rate_absurd", percent=percent, what=what, low=low, high=HIGHEST_RATE)


def tidy(percent: Decimal) -> Decimal:
    """The same percentage with two decimals, or more where it needs them.

    >>> tidy(Decimal("15")), tidy(Decimal("0.12500"))
    (Decimal('15.00'), Decimal('0.125'))
    """
    plain = percent.normalize()
    return plain if plain.as_tuple().exponent < -2 else plain.quantize(Decimal("0.01"))


def semester(day: date) -> str:
    """The half-year as the law names it.

    >>> semester(date(2026, 6, 30)), semester(date(2026, 7, 1))
    ('2026-S1', '2026-S2')
    """
    return f"{day.year}-S{1 if day.month < 7 else 2}"


def semester_start(day: date) -> date:
    """
    >>> semester_start(date(2026, 6, 30)), semester_start(date(2026, 7, 1))
    (datetime.date(2026, 1, 1), datetime.date(2026, 7, 1))
    """
    return date(day.year, 1 if day.month < 7 else 7, 1)


def semester_end(day: date) -> date:
    """
    >>> semester_end(date(2026, 6, 30)), semester_end(date(2026, 7, 1))
    (datetime.date(2026, 6, 30), datetime.date(2026, 12, 31))
    """
    return date(day.year, 6, 30) if day.month < 7 else date(day.year, 12, 31)
