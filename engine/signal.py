"""What a customer's recent behaviour warns of, before it becomes a loss (S0.18).

Each signal has a key that says which occurrence it is: found again the next day, it is the same.
What happened long ago warns of nothing: so the first search in old books does not flood anybody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

# An event older than that is history.
RECENT_DAYS = 60
# What makes a payer a good one: so many invoices paid, all of them on time.
GOOD_PAYER_COUNT = 3
# A mean of fewer payments says nothing.
TREND_COUNT = 3
# The trend is looked at over three months: said once, it is not said again within them.
TREND_DAYS = 90


@dataclass(frozen=True, slots=True)
class Rules:
    """What a company calls worth a warning; 0 switches the signal off, but for `late_days`."""

    late_days: int = 5  # a good payer is late after so many days
    silence_count: int = 3  # reminders without any reaction
    worsening_days: int = 10  # the mean delay grew by more than that


@dataclass(frozen=True, slots=True)
class Late:
    """The oldest receivable that is overdue to claim. `move`: its invoice, `name`: the number."""

    receivable: int
    move: int
    name: str
    due: date


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened once: a rejected payment, a promise that was not kept, a contact
    that nobody reaches. `source`: the id of what it happened to; `key`: of the occurrence."""

    key: str
    source: int
    name: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class SignalFacts:
    """What is known of one customer on one day. Delays are mean days after the due date, not
    negative, of what was settled and never contested."""

    customer: int
    settled: int = 0  # receivables settled in 24 months
    settled_late: int = 0  # of them, later than `Rules.late_days`
    late: Late | None = None
    recent_count: int = 0  # settled in the last TREND_DAYS, and the 12 months before
    recent_delay: float = 0.0
    past_count: int = 0
    past_delay: float = 0.0
    reminders: int = 0  # sent since the customer last reacted
    first_reminder: int = 0  # the notice that began the silence
    last_reminded_on: date | None = None
    rejected: tuple[Event, ...] = ()
    broken: tuple[Event, ...] = ()
    unreachable: tuple[Event, ...] = ()
    worsening_on: date | None = None  # the day of the last signal of that kind


@dataclass(frozen=True, slots=True)
class Signal:
    """`params` completes the sentence of its kind; ``params["source_id"]``: what to open."""

    customer: int
    kind: str
    key: str
    params: Mapping = field(default_factory=dict)


def detect(facts: SignalFacts, rules: Rules, on_date: date) -> list[Signal]:
    """The signals of one customer on one day, those that are known already included.

    >>> facts = SignalFacts(7, reminders=3, first_reminder=12, last_reminded_on=date(2026, 6, 1),
    ...                     late=Late(1, 2, "INV/1", date(2026, 3, 1)))
    >>> [(signal.kind, signal.key) for signal in detect(facts, Rules(), date(2026, 6, 2))]
    [('silence', '12')]
    """
    finders = (_first_late, _silence, _worsening, _rejected, _broken, _unreachable)
    return [
        Signal(facts.customer, kind, key, params)
        for find in finders
        for kind, key, params in find(facts, rules, on_date)
    ]


Found = Iterator[tuple[str, str, Mapping]]


def _is_recent(day: date | None, on_date: date) -> bool:
    return day is None or on_date - timedelta(days=RECENT_DAYS) <= day <= on_date


def _first_late(facts: SignalFacts, rules: Rules, on_date: date) -> Found:
    late = facts.late
    if not late or facts.settled < GOOD_PAYER_COUNT or facts.settled_late:
        return
    days = (on_date - late.due).days
    if days > rules.late_days and _is_recent(late.due + timedelta(days=rules.late_days), on_date):
        params = {
            "source_id": late.move,
            "invoice": late.name,
            "days": days,
            "count": facts.settled,
        }
        yield "first_late", str(late.receivable), params


def _silence(facts: SignalFacts, rules: Rules, on_date: date) -> Found:
    if not (rules.silence_count and facts.late and facts.reminders >= rules.silence_count):
        return
    if _is_recent(facts.last_reminded_on, on_date):
        params = {"source_id": facts.first_reminder, "count": facts.reminders}
        yield "silence", str(facts.first_reminder), params


def _worsening(facts: SignalFacts, rules: Rules, on_date: date) -> Found:
    if not rules.worsening_days or min(facts.recent_count, facts.past_count) < TREND_COUNT:
        return
    if facts.worsening_on and (on_date - facts.worsening_on).days < TREND_DAYS:
        return
    if facts.recent_delay - facts.past_delay > rules.worsening_days:
        params = {"recent": round(facts.recent_delay, 1), "past": round(facts.past_delay, 1)}
        yield "worsening", on_date.isoformat(), params


def _rejected(facts: SignalFacts, _rules: Rules, on_date: date) -> Found:
    return _events("rejected", facts.rejected, on_date)


def _broken(facts: SignalFacts, _rules: Rules, on_date: date) -> Found:
    return _events("promise_broken", facts.broken, on_date)


def _unreachable(facts: SignalFacts, _rules: Rules, on_date: date) -> Found:
    return _events("unreachable", facts.unreachable, on_date)


def _events(kind: str, events: tuple[Event, ...], on_date: date) -> Found:
    for event in events:
        if _is_recent(event.on, on_date):
            params = {"source_id": event.source, "name": event.name}
            if event.on:
                params["date"] = event.on.isoformat()
            yield kind, event.key, params
