"""What a dispute needs on one day: which clocks run late, who is to be told, how urgent it is.

Clocks: *first answer* runs on a moment, *qualification* and *resolution* on days. Amounts are
`Decimal`, in company currency. Every alert and every priority comes with the figures behind it;
the caller puts them in words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum

# === Clocks ===


class Clock(str, Enum):
    """The three deadlines of a dispute, in the order in which they come."""

    FIRST_ANSWER = "first_answer"  # S2.46
    QUALIFICATION = "qualification"  # S3.13
    RESOLUTION = "resolution"  # S1.11


class Pace(str, Enum):
    """How a clock, or a dispute, stands; the worst last."""

    ON_TIME = "on_time"
    SOON = "soon"
    LATE = "late"


# What is left when a clock that still runs is shown as running out.
SOON = {
    Clock.FIRST_ANSWER: timedelta(hours=4),
    Clock.QUALIFICATION: timedelta(0),
    Clock.RESOLUTION: timedelta(days=2),
}


def pace(clock: Clock, deadline: date | datetime, now: date | datetime) -> Pace:
    """How an unreached clock stands.

    A moment is late when it has come, a day when it is over. `deadline` and `now` are both
    moments for the first answer, both days for the others.

    >>> pace(Clock.RESOLUTION, date(2026, 7, 3), date(2026, 7, 3)).value
    'soon'
    >>> pace(Clock.FIRST_ANSWER, datetime(2026, 7, 3, 12), datetime(2026, 7, 3, 12)).value
    'late'
    """
    if deadline < now or (clock is Clock.FIRST_ANSWER and deadline == now):
        return Pace.LATE
    return Pace.SOON if deadline - now <= SOON[clock] else Pace.ON_TIME


# === Alerts ===

REPUTATION_HOURS = 24  # S2.45


class Kind(str, Enum):
    """Why somebody is told; once per cycle each."""

    FIRST_ANSWER = "first_answer"
    QUALIFICATION = "qualification"
    RESOLUTION = "resolution"
    IDLE = "idle"
    IDLE_MANAGER = "idle_manager"
    NO_NEXT_ACTION = "no_next_action"
    SUSPENSION = "suspension"
    REPUTATION = "reputation"
    TACIT = "tacit"
    TASK = "task"


class Target(str, Enum):
    OWNER = "owner"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits of a company, in days."""

    idle_days: int = 7
    tacit_days: int = 15


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """What is known of one open dispute. A deadline that was met, or that it has not, is None."""

    id: int
    cycle: int
    last_activity: date  # of a person: a message, an exchange, a task done; at least its opening
    started: datetime | None = None  # when the clocks of this cycle began
    first_answer: datetime | None = None
    qualification: date | None = None
    resolution: date | None = None
    next_action: date | None = None
    review: date | None = None  # of what it holds; None when it holds nothing
    proposed: date | None = None  # a proposal was sent, and not answered since
    late_tasks: int = 0
    is_waiting: bool = False  # for the customer
    has_reputation_risk: bool = False
    told: Mapping[str, date] = field(default_factory=dict)  # in this cycle, by kind


@dataclass(frozen=True, slots=True)
class Alert:
    """Somebody is to be told. `since`: the day it was due, or began; `count`: days, or tasks."""

    dispute: int
    cycle: int
    kind: Kind
    to: Target
    since: date | None = None
    count: int = 0


def alerts(facts: DisputeFacts, rules: Rules, now: datetime, today: date) -> list[Alert]:
    """Who is to be told of what about a dispute, and was not yet told in this cycle.

    The clocks stand still while we wait for the customer; the rest goes on, or a customer who
    never answers would put the dispute to sleep.
    """
    candidates = (
        None if facts.is_waiting else _first_answer(facts, now),
        None if facts.is_waiting else _day_late(facts, Kind.QUALIFICATION, today),
        None if facts.is_waiting else _day_late(facts, Kind.RESOLUTION, today),
        _idle(facts, rules, today),
        _idle_manager(facts, rules, today),
        _no_next_action(facts, today),
        _suspension(facts, today),
        _reputation(facts),
        _tacit(facts, rules, today),
        _tasks(facts),
    )
    return [alert for alert in candidates if alert and alert.kind.value not in facts.told]


def _alert(facts, kind, to, since=None, count=0):
    return Alert(facts.id, facts.cycle, kind, to, since, count)


def _first_answer(facts, now):
    """At its deadline; with a reputation at risk after 24 hours at most (S2.45)."""
    if facts.first_answer is None:
        return None
    deadline = facts.first_answer
    if facts.has_reputation_risk and facts.started:
        deadline = min(deadline, facts.started + timedelta(hours=REPUTATION_HOURS))
    if pace(Clock.FIRST_ANSWER, deadline, now) is not Pace.LATE:
        return None
    return _alert(facts, Kind.FIRST_ANSWER, Target.MANAGER, deadline.date())


def _day_late(facts, kind, today):
    deadline = facts.qualification if kind is Kind.QUALIFICATION else facts.resolution
    if deadline is None or pace(Clock(kind.value), deadline, today) is not Pace.LATE:
        return None
    return _alert(facts, kind, Target.MANAGER, deadline, (today - deadline).days)


def _idle(facts, rules, today):
    """On day N + 1 without anybody doing anything (S1.1)."""
    if not _is_idle(facts, rules, today):
        return None
    days = (today - facts.last_activity).days
    return _alert(facts, Kind.IDLE, Target.OWNER, facts.last_activity, days)


def _idle_manager(facts, rules, today):
    """N days after the owner was told, and still nothing."""
    told = facts.told.get(Kind.IDLE.value)
    if told is None or not _is_idle(facts, rules, today):
        return None
    if facts.last_activity > told or (today - told).days < rules.idle_days:
        return None
    days = (today - facts.last_activity).days
    return _alert(facts, Kind.IDLE_MANAGER, Target.MANAGER, facts.last_activity, days)


def _is_idle(facts, rules, today):
    if facts.is_waiting and facts.next_action and facts.next_action >= today:
        return False  # we said when we ask the customer again
    return (today - facts.last_activity).days > rules.idle_days


def _no_next_action(facts, today):
    """S1.20."""
    if facts.next_action and facts.next_action >= today:
        return None
    return _alert(facts, Kind.NO_NEXT_ACTION, Target.OWNER, facts.next_action)


def _suspension(facts, today):
    """Somebody reviews what is held; it is never claimed again by itself (S1.12)."""
    if facts.review is None or today < facts.review:
        return None
    return _alert(facts, Kind.SUSPENSION, Target.MANAGER, facts.review)


def _reputation(facts):
    """S2.44."""
    return _alert(facts, Kind.REPUTATION, Target.MANAGER) if facts.has_reputation_risk else None


def _tacit(facts, rules, today):
    if facts.proposed is None or (today - facts.proposed).days < rules.tacit_days:
        return None
    days = (today - facts.proposed).days
    return _alert(facts, Kind.TACIT, Target.OWNER, facts.proposed, days)


def _tasks(facts):
    if not facts.late_tasks:
        return None
    return _alert(facts, Kind.TASK, Target.OWNER, count=facts.late_tasks)


# === Priority (S1.8, S1.18) ===


class Factor(str, Enum):
    """What makes a dispute urgent; the figure beside each is named here."""

    AMOUNT = "amount"  # contested
    AGE = "age"  # open for at least so many days
    SHARE = "share"  # at least so many per cent of what the customer owes
    RECURRENCE = "recurrence"  # disputes of this customer for this reason, in 12 months
    LATE = "late"  # the resolution's deadline is over
    TIME_LEFT = "time_left"  # days left at most
    REPUTATION = "reputation"


AGES = ((30, 2), (15, 1))  # days open, points
SHARE_PERCENT = 50
DAYS_LEFT = 2
LEVELS = ((7, 3), (4, 2), (2, 1))  # points, priority


@dataclass(frozen=True, slots=True)
class PriorityRules:
    """`large` and `very_large` are amounts; `recurrence` a number of disputes, 0: none counts."""

    large: Decimal
    very_large: Decimal
    recurrence: int


@dataclass(frozen=True, slots=True)
class PriorityFacts:
    """`owed`: all that the customer owes. `days_left`: None without a deadline, < 0 when late."""

    id: int
    amount: Decimal
    age: int
    owed: Decimal = Decimal(0)
    recurrence: int = 1
    days_left: int | None = None
    has_reputation_risk: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One reason for a priority: `figure` says which limit was reached, or how much."""

    factor: Factor
    figure: Decimal | int
    points: int


@dataclass(frozen=True, slots=True)
class Priority:
    level: int  # 0 low … 3 urgent
    parts: tuple[Part, ...]

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)


def prioritise(facts: PriorityFacts, rules: PriorityRules) -> Priority:
    """How urgent a dispute is, and why: the points of its parts add up to its level.

    Figures are limits where they can be, so that a priority changes on the day a limit is
    reached and not every day.
    """
    parts = tuple(part for part in _parts(facts, rules) if part.points)
    points = sum(part.points for part in parts)
    level = next((level for least, level in LEVELS if points >= least), 0)
    return Priority(level, parts)


def _parts(facts, rules):
    amount_points = (facts.amount > rules.large) + (facts.amount > rules.very_large)
    yield Part(Factor.AMOUNT, facts.amount, amount_points)
    days, points = next((age for age in AGES if facts.age >= age[0]), (0, 0))
    yield Part(Factor.AGE, days, points)
    is_half = 0 < facts.owed * SHARE_PERCENT / 100 <= facts.amount
    yield Part(Factor.SHARE, SHARE_PERCENT, int(is_half))
    is_recurring = 0 < rules.recurrence <= facts.recurrence
    yield Part(Factor.RECURRENCE, facts.recurrence, int(is_recurring))
    if facts.days_left is not None:
        if facts.days_left < 0:
            yield Part(Factor.LATE, 0, 2)
        else:
            yield Part(Factor.TIME_LEFT, DAYS_LEFT, int(facts.days_left <= DAYS_LEFT))
    yield Part(Factor.REPUTATION, 0, 4 if facts.has_reputation_risk else 0)
