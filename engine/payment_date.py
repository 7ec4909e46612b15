"""When an open receivable will be paid, from how its customer and the others paid before.

The expected delay is the customer's habit, plus what the invoice has in particular. The habit is
the mean of the customer's own delays, drawn towards that of all customers when they are few; what
a trait changes, such as being sent by post, is measured inside each customer, between its
invoices with the trait and those without. The rest is chance: a logistic curve gives each day its
probability, hence the expected date, the interval and the probability of being late.

Days are after the due date, negative before it.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from .score_formula import tidy

# The trait of what was contested. It isn't known when an invoice is sent, so that it is expected
# as often as the customer contested before.
CONTESTED = "contested"
# The effect of a trait is drawn towards none by as much as one customer with 8 invoices, half of
# them with the trait, can say.
PRIOR_EFFECT = 2.0
# How often a customer contests is drawn towards all customers by two invoices.
PRIOR_CONTESTED = 2.0
# How much a customer varies is drawn towards all customers by ten invoices.
PRIOR_SPREAD = 10.0
# Before anything is known: the variance of delays, in days squared (a week either way).
UNKNOWN_VARIANCE = 49.0
LOW, HIGH = 0.1, 0.9  # the interval holds 8 payments of 10
# However alike customers are, 20 of its own invoices weigh as much as the segment.
MAX_THINNESS = 20.0
LONGEST = 4096  # days: no receivable is forecast later
BEYOND = 700.0  # the exponential of more is no float
FAR = 40.0  # scales: so far out the time left no longer depends on the day


@dataclass(frozen=True, slots=True)
class Sums:
    """Settled receivables of one customer with the same traits, of 24 months.

    `weight` = Σ w, `total` = Σ w × delay, `squares` = Σ w × delay², where w is the recency of
    :func:`.score_facts.recency` and the delay is that of the ledger (settled − due).
    """

    count: int
    weight: float
    total: float
    squares: float


# The settled receivables of one customer, by their traits.
History = Mapping[frozenset[str], Sums]


@dataclass(frozen=True, slots=True)
class Segment:
    """How the customers of a company, or of a part of it, pay.

    `mean`: the mean habit of the customers, in days; `variance`: of one customer's delays around
    its habit; `thinness`: how many of its own invoices weigh as much as the segment (variance
    within customers ÷ variance between them); `effects`: days that a trait adds.
    """

    mean: float = 0.0
    variance: float = UNKNOWN_VARIANCE
    thinness: float = 1.0
    contested: float = 0.0  # share of the receivables
    effects: Mapping[str, float] = field(default_factory=dict)
    customers: int = 0


@dataclass(frozen=True, slots=True)
class Habit:
    """What one customer's own history, drawn towards its segment, says.

    `own`: the mean of its own delays, without what traits add; None without any. `own_weight`:
    percent of the habit that is its own.
    """

    delay: float
    own: float | None
    own_weight: float
    count: int
    variance: float
    contested: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """When one receivable will be paid: as likely before `expected` as after.

    Eight times of ten it is between `low` and `high`. `late` is the probability, from 0 to 1, of a
    payment after the due date: 1 when that is past. The working: `delay` = habit + effects of the
    traits that it has, in days, if it is not contested; `if_contested`: the same if it is, which
    has the probability `contested`.
    """

    expected: date
    low: date
    high: date
    late: float
    delay: float
    if_contested: float
    contested: float
    habit: Habit
    effects: Mapping[str, float]


def segment(histories: Iterable[History]) -> Segment:
    """What the histories of all customers of a segment have in common."""
    histories = [history for history in histories if history]
    traits = {trait for history in histories for key in history for trait in key}
    effects = {trait: _effect(trait, histories) for trait in sorted(traits)}
    plain = [_plain(history, effects) for history in histories]
    if not plain:
        return Segment()
    means = [total / weight for weight, total, _squares, _count in plain]
    mean = sum(means) / len(means)
    spread = freedom = 0.0
    for weight, total, squares, count in plain:
        spread += max(squares - total * total / weight, 0.0)
        freedom += weight - weight / count
    variance = (spread + UNKNOWN_VARIANCE) / (freedom + 1)
    noise = sum(variance / weight for weight, *_sums in plain) / len(plain)
    between = sum((each - mean) ** 2 for each in means) / len(means) - noise
    every = sum(sums.weight for history in histories for sums in history.values())
    contested = sum(_weight_with(CONTESTED, history) for history in histories)
    return Segment(
        mean=mean,
        variance=variance,
        thinness=variance / max(between, variance / MAX_THINNESS),
        contested=contested / every,
        effects=effects,
        customers=len(plain),
    )


def habit(history: History, of: Segment) -> Habit:
    """One customer's habit; that of the segment where it has no history."""
    weight, total, squares, count = _plain(history, of.effects)
    own = total / weight if weight else None
    spread = max(squares - total * own, 0.0) if weight else 0.0
    share = weight / (weight + of.thinness)
    return Habit(
        delay=share * (own or 0.0) + (1 - share) * of.mean,
        own=own,
        own_weight=tidy(100 * share),
        count=count,
        # Of one more delay: around the habit, and of the habit itself.
        variance=(spread + PRIOR_SPREAD * of.variance)
        / (weight + PRIOR_SPREAD)
        * (1 + 1 / (weight + of.thinness)),
        contested=(_weight_with(CONTESTED, history) + PRIOR_CONTESTED * of.contested)
        / (weight + PRIOR_CONTESTED),
    )


def _effect(trait: str, histories: list[History]) -> float:
    """Days that `trait` adds, as the customers that had invoices with and without it show.

    Each customer's difference of means counts by how much it says (weights ``a × b ÷ (a + b)``, as
    in a stratified comparison), so that customers who differ otherwise don't blur it.
    """
    total, known = 0.0, PRIOR_EFFECT
    for history in histories:
        with_weight = with_total = without_weight = without_total = 0.0
        for traits, sums in history.items():
            if trait in traits:
                with_weight += sums.weight
                with_total += sums.total
            else:
                without_weight += sums.weight
                without_total += sums.total
        if with_weight and without_weight:
            says = with_weight * without_weight / (with_weight + without_weight)
            total += says * (with_total / with_weight - without_total / without_weight)
            known += says
    return total / known


def _plain(history: History, effects: Mapping[str, float]) -> tuple[float, float, float, int]:
    """Weight, total, squares and count of a history, its delays less what their traits added."""
    weight = total = squares = 0.0
    count = 0
    for traits, sums in history.items():
        added = sum(effects.get(trait, 0.0) for trait in traits)
        weight += sums.weight
        total += sums.total - added * sums.weight
        squares += sums.squares - 2 * added * sums.total + added * added * sums.weight
        count += sums.count
    return weight, total, squares, count


def _weight_with(trait: str, history: History) -> float:
    return sum(sums.weight for traits, sums in history.items() if trait in traits)


# === The forecast of one receivable ===#


def forecast(
    of: Habit, within: Segment, due: date, on_date: date, traits: frozenset[str] = frozenset()
) -> Forecast:
    """When a receivable that is open on `on_date`, and has these traits, will be paid.

    It isn't paid before `on_date`: days that have passed are ruled out. With the trait `CONTESTED`
    it is known to be contested; without it, it is as often as the customer's others.
    """
    effects = {trait: within.effects.get(trait, 0.0) for trait in sorted(traits)}
    contested = 1.0 if CONTESTED in traits else of.contested
    more = within.effects.get(CONTESTED, 0.0)
    delay = of.delay + sum(effects.values())
    if CONTESTED in traits:
        delay -= more
    curve = _Curve(delay, delay + more, contested, math.sqrt(3 * of.variance) / math.pi)
    today = (on_date - due).days
    return Forecast(
        expected=due + timedelta(days=curve.day(0.5, today)),
        low=due + timedelta(days=curve.day(LOW, today)),
        high=due + timedelta(days=curve.day(HIGH, today)),
        late=1.0 if today > 0 else curve.after(0) / curve.after(today - 1),
        delay=delay,
        if_contested=delay + more,
        contested=contested,
        habit=of,
        effects=effects,
    )


@dataclass(frozen=True, slots=True)
class _Curve:
    """Two logistic curves, mixed: one if the receivable is not contested, one if it is.

    A logistic curve has long tails: a receivable that is far overdue is expected some days from
    now, not tomorrow.
    """

    delay: float
    if_contested: float
    contested: float
    scale: float

    def after(self, day: int) -> float:
        """The probability of a delay of more than `day` days."""
        return (1 - self.contested) * self._tail(self.delay, day) + self.contested * self._tail(
            self.if_contested, day
        )

    def _tail(self, centre: float, day: int) -> float:
        return 1 / (1 + math.exp(min((day + 0.5 - centre) / self.scale, BEYOND)))

    def day(self, share: float, today: int) -> int:
        """The first day by which it is paid with probability `share`, not being paid before today.

        >>> _Curve(4.0, 4.0, 0.0, 4.0).day(0.5, today=-30)
        4
        """
        farthest = round(max(self.delay, self.if_contested) + FAR * self.scale)
        if today > farthest:
            return today - farthest + self.day(share, farthest)
        wanted = (1 - share) * self.after(today - 1)
        step = 1
        while self.after(today + step) > wanted and step < LONGEST:
            step *= 2
        low, high = today - 1, today + step
        while high - low > 1:
            middle = (low + high) // 2
            if self.after(middle) > wanted:
                low = middle
            else:
                high = middle
        return high
