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

# The trait of what was contested. It isn't known when an invoice is sent, so that it is expected
# as often as the customer contested before.
CONTESTED = "contested"
# The effect of a trait is drawn towards none by as much as one customer with 20 invoices, half of
# them with the trait, can say.
PRIOR_EFFECT = 5.0
# How often a customer contests is drawn towards all customers by two invoices.
PRIOR_CONTESTED = 2.0
# How much a customer varies is drawn towards all customers by ten invoices.
PRIOR_SPREAD = 10.0
# Before anything is known: the variance of delays, in days squared (a week either way).
UNKNOWN_VARIANCE = 49.0
LOW, HIGH = 0.1, 0.9  # the interval holds 8 payments of 10


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


def habit(history: History, of: Segment) -> Habit:
    """One customer's habit."""


def forecast(
    of: Habit, within: Segment, due: date, on_date: date, traits: frozenset[str] = frozenset()
) -> Forecast:
    """When a receivable that is open on `on_date`, and has these traits, will be paid."""
