"""Regimes: what a country's law, or a contract, says about paying late; and the rate of a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from enum import Enum

from .penalty_error import PenaltyError
from .penalty_rates import (
    DAY,
    RateSeries,
    RateValue,
    check_percent,
    semester_end,
    semester_start,
    tidy,
)

ZERO = Decimal(0)


class Debtor(str, Enum):
    PROFESSIONAL = "professional"
    PUBLIC = "public"
    CONSUMER = "consumer"


class Anchor(str, Enum):
    """The day whose reference rate counts."""

    SEMESTER_START = "semester_start"  # 1 January, 1 July
    SEMESTER_EVE = "semester_eve"  # 31 December, 30 June: "before the first day of the half-year"
    DAILY = "daily"  # each day its own


class DayCount(str, Enum):
    """Days of a period, over days of a year.

    ``ACT_ACT``: the days of a leap year over 366, the others over 365.
    ``THIRTY_360``: each month has 30 days (30E/360, the 31st counts as the 30th).
    """

    ACT_365 = "act/365"
    ACT_360 = "act/360"
    ACT_ACT = "act/act"
    THIRTY_360 = "30/360"


class Start(str, Enum):
    """What makes interest run."""

    DUE = "due"  # the due date alone, no reminder needed (FR: L441-10 II)
    NOTICE = "notice"  # a formal notice after it (FR consumers: C. civ. 1231-6, 1344-1)


class FeeScope(str, Enum):
    """How often the fixed fee is due."""

    INVOICE = "invoice"  # once, however many of its instalments are late
    INSTALMENT = "instalment"  # for each receivable that is late


class Allocation(str, Enum):
    """What a payment settles, in which order."""

    PRINCIPAL_FIRST = "principal_first"  # principal, interest, fee: as a ledger reconciles
    INTEREST_FIRST = "interest_first"  # interest, principal, fee (FR: C. civ. 1343-1)
    FEE_FIRST = "fee_first"  # fee, interest, principal


@dataclass(frozen=True, slots=True)
class FeeTier:
    """`amount` is due for debts from `threshold`, or only `above` it."""

    amount: Decimal
    threshold: Decimal = ZERO
    above: bool = False


@dataclass(frozen=True, slots=True)
class Regime:
    """One rule for one kind of debtor. Rates are in percent per year.

    The rate of a day is `fixed`, or `factor` × `series` + `margin`, rounded up to a multiple of
    `rate_step`. A contract rate replaces it where `contract_allowed`, and is never below
    `floor_factor` × `floor_series` (FR: L441-10 II, three times the legal rate). `agreed` says
    that the regime's own formula is a contract's, so that the floor holds for it too.
    """

    code: str
    name: str = ""
    country: str = ""  # ISO code, in capitals
    debtor: Debtor = Debtor.PROFESSIONAL
    law: str = ""  # the articles, as a letter may cite them

    # The rate
    series: str | None = None
    factor: Decimal = Decimal(1)
    margin: Decimal = ZERO
    fixed: Decimal | None = None
    rate_step: Decimal | None = None
    agreed: bool = False
    contract_allowed: bool = True
    floor_series: str | None = None
    floor_factor: Decimal = Decimal(3)
    anchor: Anchor = Anchor.SEMESTER_START
    semesters_from: date | None = None  # before it, the rate of each day (FR: 1 January 2013)
    frozen: bool = False  # the rate of the first day with interest holds to the end

    # The days
    day_count: DayCount = DayCount.ACT_365
    interest_from: Start = Start.DUE
    # First day of interest, counted from the due date. With 0 the due date bears interest, and the
    # day of a payment, or of the calculation, doesn't: the number of days stays the same.
    start_offset: int = 1
    grace_days: int = 0  # nothing is due when all is paid by then; else from the first day
    compounding: bool = False  # interest of a full year bears interest (NL: BW 6:119a)
    stops_at_insolvency: bool | None = None  # None: not known, and then a judgment is an error

    # The fixed fee
    fee_tiers: tuple[FeeTier, ...] = ()
    fee_currency: str = "EUR"
    threshold_currency: str | None = None  # of the tiers, when it is not the fee's
    fee_scope: FeeScope = FeeScope.INVOICE

    allocation: Allocation = Allocation.PRINCIPAL_FIRST
    valid_from: date | None = None  # for claims (invoices) of these days, both included
    valid_until: date | None = None
    source: str = ""
    verified_on: date | None = None
    note: str = ""

    def __post_init__(self):
        """:raise PenaltyError: when the regime can't be computed with."""
        if (self.series is None) == (self.fixed is None):
            self._refuse("give either a series or a fixed rate")
        for percent in filter(None, (self.fixed, self.margin)):
            check_percent(percent, self.code)
        if not ZERO <= self.factor <= 10 or not ZERO <= self.floor_factor <= 10:
            self._refuse("a factor is between 0 and 10")
        if self.rate_step is not None and not ZERO < self.rate_step <= 1:
            self._refuse("a rate is rounded up to a step of more than 0 and at most 1 point")
        if self.start_offset < 0 or self.grace_days < 0:
            self._refuse("days can't be negative")
        thresholds = [(tier.threshold, tier.above) for tier in self.fee_tiers]
        if thresholds != sorted(set(thresholds)) or (thresholds and thresholds[0] != (ZERO, False)):
            self._refuse("the fee's tiers begin at 0 and rise")
        if any(tier.amount < 0 for tier in self.fee_tiers):
            self._refuse("a fee can't be negative")

    def _refuse(self, problem: str):
        raise PenaltyError("regime_invalid", regime=self.code, problem=problem)

    def fee_for(self, debt: Decimal) -> Decimal:
        """The fixed fee in `fee_currency` for a debt in `threshold_currency`; 0 without tiers."""
        fee = ZERO
        for tier in self.fee_tiers:
            if debt > tier.threshold or (debt == tier.threshold and not tier.above):
                fee = tier.amount
        return fee


class Origin(str, Enum):
    """Where a rate comes from."""

    LAW = "law"
    CONTRACT = "contract"
    FLOOR = "floor"  # the contract's is below what the law allows


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in percent per year, the last day on which it holds, and how it was found."""

    percent: Decimal
    until: date
    origin: Origin
    working: str


class Tariff:
    """The rate of each day under one regime, with or without a contract rate."""

    def __init__(self, rulebook: "Rulebook", regime: Regime, contract_rate: Decimal | None):
        if contract_rate is not None:
            check_percent(contract_rate, "contract_rate")
            if not regime.contract_allowed:
                raise PenaltyError("contract_refused", regime=regime.code)
        self.regime = regime
        self._contract_rate = contract_rate
        self._rulebook = rulebook
        self._semesters: dict[tuple[int, bool], Rate] = {}
        # Before this day the reference rate is that of each day.
        self._semesters_from = regime.semesters_from or date.min
        if regime.anchor is Anchor.DAILY:
            self._semesters_from = date.max

    def on(self, day: date) -> Rate:
        """:raise PenaltyError: ``rate_missing``."""
        if day < self._semesters_from:
            return self._find(day)
        key = day.year, day.month < 7
        rate = self._semesters.get(key)
        if rate is None:
            rate = self._semesters[key] = self._find(day)
        return rate

    def _find(self, day: date) -> Rate:
        regime = self.regime
        is_agreed = regime.agreed or self._contract_rate is not None
        origin = Origin.CONTRACT if is_agreed else Origin.LAW
        if self._contract_rate is not None:
            percent = tidy(self._contract_rate)
            rate = Rate(percent, date.max, origin, f"contract {percent}")
        elif regime.fixed is not None:
            percent = tidy(regime.fixed)
            rate = Rate(percent, date.max, origin, f"fixed {percent}")
        else:
            rate = self._from_series(day, origin)
        return self._with_floor(rate, day) if is_agreed and regime.floor_series else rate

    def _from_series(self, day: date, origin: Origin) -> Rate:
        regime = self.regime
        if day < self._semesters_from:
            value = self._rulebook.value(regime.series, day)
            until, anchor = min(value.until, self._semesters_from - DAY), value.since
        else:
            until, anchor = semester_end(day), semester_start(day)
            if regime.anchor is Anchor.SEMESTER_EVE:
                anchor -= DAY
            value = self._rulebook.value(regime.series, anchor)
        percent = regime.factor * value.percent + regime.margin
        times = "" if regime.factor == 1 else f"{regime.factor} × "
        plus = f" + {regime.margin}" if regime.margin else ""
        working = f"{times}{regime.series} {value.percent} on {anchor}{plus}"
        if regime.rate_step:
            steps = (percent / regime.rate_step).to_integral_value(ROUND_CEILING)
            percent = steps * regime.rate_step
            working += f", rounded up to a multiple of {regime.rate_step}"
        if percent < 0:
            raise PenaltyError("rate_negative", what=regime.code, day=day, percent=percent)
        return Rate(tidy(percent), until, origin, working)

    def _with_floor(self, rate: Rate, day: date) -> Rate:
        regime = self.regime
        value = self._rulebook.value(regime.floor_series, semester_start(day))
        floor = tidy(regime.floor_factor * value.percent)
        until = min(rate.until, semester_end(day))
        minimum = f"{regime.floor_factor} × {regime.floor_series} {value.percent} = {floor}"
        if rate.percent < floor:
            working = f"{minimum}, above {rate.working}"
            return Rate(floor, until, Origin.FLOOR, working)
        return Rate(rate.percent, until, rate.origin, f"{rate.working}, not below {minimum}")


class Rulebook:
    """All that the law says, as data: series of reference rates, and regimes by code.

    :raise PenaltyError: when series overlap, or two regimes have one code.
    """

    def __init__(self, values: Iterable[RateValue], regimes: Iterable[Regime]):
        self.values = tuple(values)
        by_series: dict[str, list[RateValue]] = {}
        for value in self.values:
            by_series.setdefault(value.series, []).append(value)
        self.series = {code: RateSeries(code, found) for code, found in by_series.items()}
        self.regimes: dict[str, Regime] = {}
        for regime in regimes:
            if regime.code in self.regimes:
                raise PenaltyError("regime_duplicate", regime=regime.code)
            self.regimes[regime.code] = regime
        self._tariffs: dict[tuple[str, Decimal | None], Tariff] = {}

    def extend(
        self, values: Iterable[RateValue] = (), regimes: Iterable[Regime] = ()
    ) -> "Rulebook":
        """A rulebook with these values and regimes added."""
        return Rulebook((*self.values, *values), (*self.regimes.values(), *regimes))

    def value(self, series: str, day: date) -> RateValue:
        """:raise PenaltyError: ``rate_missing``, also for a series without any value."""
        return (self.series.get(series) or RateSeries(series, ())).on(day)

    def regime(self, code: str) -> Regime:
        """:raise PenaltyError: ``regime_unknown``."""
        if code not in self.regimes:
            known = ", ".join(sorted(self.regimes))
            raise PenaltyError("regime_unknown", regime=code, known=known)
        return self.regimes[code]

    def tariff(self, code: str, contract_rate: Decimal | None = None) -> Tariff:
        """:raise PenaltyError: when the regime is unknown or refuses the contract rate."""
        key = code, contract_rate
        if key not in self._tariffs:
            self._tariffs[key] = Tariff(self, self.regime(code), contract_rate)
        return self._tariffs[key]
