"""Clocks, alerts and priorities of disputes: tables of cases, then what holds for all of them."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dispute import (
    Alert,
    Clock,
    DisputeFacts,
    Factor,
    Kind,
    Pace,
    PriorityFacts,
    PriorityRules,
    Rules,
    Target,
    alerts,
    pace,
    prioritise,
)

TODAY = date(2026, 6, 30)
NOW = datetime.combine(TODAY, time(12))
RULES = Rules(idle_days=7, tacit_days=15)
PRIORITY_RULES = PriorityRules(Decimal(500), Decimal(5000), recurrence=3)


def day(offset):
    return TODAY + timedelta(days=offset)


def hour(offset):
    return NOW + timedelta(hours=offset)


def facts(**values):
    """A dispute in which everything is in order today."""
    base = {
        "id": 7,
        "cycle": 1,
        "last_activity": TODAY,
        "started": NOW,
        "first_answer": hour(24),
        "qualification": day(1),
        "resolution": day(14),
        "next_action": day(1),
        "review": day(60),
    }
    return DisputeFacts(**(base | values))


def told(**values):
    return alerts(facts(**values), RULES, NOW, TODAY)


# === Clocks ===


@pytest.mark.parametrize(
    ("clock", "deadline", "expected"),
    [
        (Clock.FIRST_ANSWER, hour(5), Pace.ON_TIME),
        (Clock.FIRST_ANSWER, hour(4), Pace.SOON),
        (Clock.FIRST_ANSWER, hour(0), Pace.LATE),  # S2.46: at 24 hours, not after
        (Clock.QUALIFICATION, day(1), Pace.ON_TIME),
        (Clock.QUALIFICATION, day(0), Pace.SOON),
        (Clock.QUALIFICATION, day(-1), Pace.LATE),  # S3.13
        (Clock.RESOLUTION, day(3), Pace.ON_TIME),
        (Clock.RESOLUTION, day(2), Pace.SOON),
        (Clock.RESOLUTION, day(0), Pace.SOON),  # S1.11: the deadline's day is still in time
        (Clock.RESOLUTION, day(-1), Pace.LATE),
    ],
)
def test_pace(clock, deadline, expected):
    now = NOW if clock is Clock.FIRST_ANSWER else TODAY
    assert pace(clock, deadline, now) is expected


# === Alerts ===


def test_nothing_to_tell():
    assert told() == []


@pytest.mark.parametrize(
    ("values", "kind", "to"),
    [
        ({"first_answer": hour(0)}, Kind.FIRST_ANSWER, Target.MANAGER),  # S2.46
        ({"qualification": day(-1)}, Kind.QUALIFICATION, Target.MANAGER),  # S3.13
        ({"resolution": day(-1)}, Kind.RESOLUTION, Target.MANAGER),  # S1.11
        ({"last_activity": day(-8)}, Kind.IDLE, Target.OWNER),  # S1.1: day N + 1
        ({"next_action": None}, Kind.NO_NEXT_ACTION, Target.OWNER),  # S1.20
        ({"next_action": day(-1)}, Kind.NO_NEXT_ACTION, Target.OWNER),
        ({"review": day(0)}, Kind.SUSPENSION, Target.MANAGER),  # S1.12
        ({"has_reputation_risk": True}, Kind.REPUTATION, Target.MANAGER),  # S2.44
        ({"proposed": day(-15)}, Kind.TACIT, Target.OWNER),
        ({"late_tasks": 2}, Kind.TASK, Target.OWNER),
    ],
)
def test_who_is_told_of_what_and_once(values, kind, to):
    [alert] = told(**values)
    assert (alert.kind, alert.to, alert.cycle) == (kind, to, 1)
    assert told(**values, told={kind.value: TODAY}) == []


@pytest.mark.parametrize(
    "values",
    [
        {"first_answer": hour(1)},
        {"first_answer": None},  # answered, or nobody to answer
        {"qualification": day(0)},
        {"resolution": day(0)},
        {"last_activity": day(-7)},  # S1.1: day N
        {"next_action": day(0)},
        {"review": day(1)},
        {"review": None},  # nothing is held
        {"proposed": day(-14)},
    ],
)
def test_not_yet(values):
    assert told(**values) == []


def test_clocks_stand_still_while_waiting():
    late = {"first_answer": hour(-1), "qualification": day(-1), "resolution": day(-1)}
    assert len(told(**late)) == 3
    assert told(**late, is_waiting=True) == []


def test_a_customer_who_never_answers_does_not_put_the_dispute_to_sleep():
    """S1.1: while waiting it is idle once the day to ask again has passed."""
    asleep = {"is_waiting": True, "last_activity": day(-20)}
    assert told(**asleep, next_action=day(0)) == []
    kinds = [alert.kind for alert in told(**asleep, next_action=day(-1))]
    assert kinds == [Kind.IDLE, Kind.NO_NEXT_ACTION]


@pytest.mark.parametrize(
    ("owner_told", "last_activity", "is_told"),
    [
        (day(-7), day(-15), True),
        (day(-6), day(-15), False),
        (day(-8), day(-8), True),
        (day(-9), day(-8), False),  # the owner reacted; the next silence is another one
        (None, day(-15), False),
    ],
)
def test_the_manager_is_told_when_the_owner_did_not_react(owner_told, last_activity, is_told):
    """S1.1: N days after the owner."""
    before = {Kind.IDLE.value: owner_told} if owner_told else {}
    kinds = [alert.kind for alert in told(last_activity=last_activity, told=before)]
    assert (Kind.IDLE_MANAGER in kinds) is is_told


def test_reputation_at_risk_waits_no_longer_than_24_hours():
    """S2.45, also where the reason allows two days."""
    unanswered = {"started": hour(-24), "first_answer": hour(24)}
    assert told(**unanswered) == []
    kinds = [alert.kind for alert in told(**unanswered, has_reputation_risk=True)]
    assert kinds == [Kind.FIRST_ANSWER, Kind.REPUTATION]


def test_alerts_say_since_when_and_how_much():
    assert told(resolution=day(-3)) == [
        Alert(7, 1, Kind.RESOLUTION, Target.MANAGER, day(-3), count=3)
    ]


days = st.one_of(st.none(), st.integers(-100, 100).map(day))
any_facts = st.builds(
    DisputeFacts,
    id=st.just(7),
    cycle=st.integers(1, 3),
    last_activity=st.integers(-100, 0).map(day),
    started=st.one_of(st.none(), st.integers(-2000, 0).map(hour)),
    first_answer=st.one_of(st.none(), st.integers(-2000, 2000).map(hour)),
    qualification=days,
    resolution=days,
    next_action=days,
    review=days,
    proposed=days,
    late_tasks=st.integers(0, 3),
    is_waiting=st.booleans(),
    has_reputation_risk=st.booleans(),
    told=st.dictionaries(st.sampled_from([kind.value for kind in Kind]), days.filter(bool)),
)


@given(any_facts)
def test_nobody_is_told_twice(dispute):
    """Told of everything today, nothing is left but what follows from telling the owner."""
    due = alerts(dispute, RULES, NOW, TODAY)
    kinds = [alert.kind.value for alert in due]
    assert len(kinds) == len(set(kinds))
    after = replace(dispute, told={**dispute.told, **dict.fromkeys(kinds, TODAY)})
    assert alerts(after, RULES, NOW, TODAY) == []


@given(any_facts, st.integers(1, 30))
def test_waiting_longer_never_silences_an_alert(dispute, more):
    """What is due today is still due on any later day, until somebody acts."""
    today = {alert.kind for alert in alerts(dispute, RULES, NOW, TODAY)}
    later = alerts(dispute, RULES, NOW + timedelta(days=more), day(more))
    assert today <= {alert.kind for alert in later}


# === Priority ===


def priority(**values):
    base = {"id": 7, "amount": Decimal(100), "age": 0}
    return prioritise(PriorityFacts(**(base | values)), PRIORITY_RULES)


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ({}, {}),
        ({"amount": Decimal(500)}, {}),
        ({"amount": Decimal("500.01")}, {Factor.AMOUNT: 1}),
        ({"amount": Decimal(12000)}, {Factor.AMOUNT: 2}),
        ({"age": 14}, {}),
        ({"age": 15}, {Factor.AGE: 1}),
        ({"age": 30}, {Factor.AGE: 2}),
        ({"owed": Decimal(201)}, {}),
        ({"owed": Decimal(200)}, {Factor.SHARE: 1}),
        ({"recurrence": 2}, {}),
        ({"recurrence": 3}, {Factor.RECURRENCE: 1}),
        ({"days_left": 3}, {}),
        ({"days_left": 2}, {Factor.TIME_LEFT: 1}),
        ({"days_left": -1}, {Factor.LATE: 2}),
        ({"has_reputation_risk": True}, {Factor.REPUTATION: 4}),
    ],
)
def test_points(values, points):
    """S1.8: amount, age, customer, time left, reputation."""
    assert {part.factor: part.points for part in priority(**values).parts} == points


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ({}, 0),
        ({"amount": Decimal(501)}, 0),
        ({"amount": Decimal(12000)}, 1),
        ({"amount": Decimal(12000), "days_left": -1}, 2),
        ({"has_reputation_risk": True}, 2),  # S2.44: the flag raises it by itself
        ({"amount": Decimal(12000), "days_left": -1, "age": 30, "recurrence": 3}, 3),
    ],
)
def test_level(values, level):
    assert priority(**values).level == level


def test_no_recurrence_when_the_company_counts_none():
    rules = replace(PRIORITY_RULES, recurrence=0)
    assert prioritise(PriorityFacts(7, Decimal(1), 0, recurrence=9), rules).parts == ()


any_priority_facts = st.builds(
    PriorityFacts,
    id=st.just(7),
    amount=st.decimals(0, 100_000, places=2),
    age=st.integers(0, 1000),
    owed=st.decimals(0, 100_000, places=2),
    recurrence=st.integers(0, 10),
    days_left=st.one_of(st.none(), st.integers(-100, 100)),
    has_reputation_risk=st.booleans(),
)


@given(any_priority_facts)
def test_the_working_explains_the_level(dispute):
    found = prioritise(dispute, PRIORITY_RULES)
    assert found == prioritise(dispute, PRIORITY_RULES)
    assert all(part.points > 0 for part in found.parts)
    assert found.level == sum(found.points >= least for least in (2, 4, 7))


@given(any_priority_facts, st.integers(0, 100))
def test_getting_worse_never_lowers_the_priority(dispute, more):
    """Older, larger, flagged, with less time left: at least as urgent."""
    worse = replace(
        dispute,
        amount=dispute.amount + more,
        age=dispute.age + more,
        recurrence=dispute.recurrence + more,
        days_left=None if dispute.days_left is None else dispute.days_left - more,
        has_reputation_risk=True,
    )
    before, after = prioritise(dispute, PRIORITY_RULES), prioritise(worse, PRIORITY_RULES)
    assert after.level >= before.level
