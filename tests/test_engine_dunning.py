"""One decision per receivable: the table of reasons, then what holds for any portfolio."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dunning import clock_day, decide, next_step
from engine.dunning_facts import (
    Reason,
    ReceivableFacts,
    Scenario,
    Step,
)

DUE = date(2026, 6, 30)
CALL, REMINDER, FIRM = Step(1, -15), Step(2, 1, 1), Step(3, 21, 14)
FORMAL = Step(4, 35, 10, is_formal=True)
STANDARD = Scenario(1, (CALL, REMINDER, FIRM, FORMAL), minimum=Decimal(20), quiet_days=7)


def facts(**values):
    base = {
        "id": 7,
        "customer": 1,
        "due": DUE,
        "residual": Decimal(1000),
        "dunnable": Decimal(1000),
        "scenario": 1,
        "customer_overdue": Decimal(1000),
    }
    return ReceivableFacts(**(base | values))


def day(offset):
    return DUE + timedelta(days=offset)


def decided(offset, rules=STANDARD, **values):
    return decide(facts(**values), {1: rules}, day(offset))


@pytest.mark.parametrize(
    ("offset", "reason", "step"),
    [
        (-16, Reason.NOT_DUE, CALL),
        (-15, Reason.STEP, CALL),  # S4.6: fifteen days before the due date
        (0, Reason.STEP, CALL),
        (1, Reason.STEP, REMINDER),
        (40, Reason.STEP, REMINDER),  # met late: nobody's first letter is a formal notice
    ],
)
def test_first_step(offset, reason, step):
    decision = decided(offset)
    assert (decision.reason, decision.step) == (reason, step.id)


def test_several_preventive_steps_are_done_one_after_the_other():
    """S2.48: pre-due reminders, as many as the scenario has; met late, only the nearest one."""
    second = Step(5, -3)
    rules = replace(STANDARD, steps=(CALL, second, REMINDER))
    called = {"last_offset": -15, "last_done": day(-15), "last_contact": day(-15), "done": (1,)}
    assert decided(-15, rules).step == CALL.id
    assert decided(-4, rules, **called).reason == Reason.NOT_DUE
    assert decided(-3, rules, **called).step == second.id
    assert decided(-2, rules).step == second.id


@pytest.mark.parametrize(
    ("offset", "reason"), [(20, Reason.AWAITING_STEP), (21, Reason.STEP), (34, Reason.STEP)]
)
def test_second_level_is_reached_after_three_weeks(offset, reason):
    """S4.14: D+20 none, D+21 yes."""
    decision = decided(offset, last_offset=1, last_done=day(1), last_contact=day(1))
    assert (decision.reason, decision.step) == (reason, FIRM.id)


def test_formal_notice_is_reached_after_five_weeks():
    """S4.18."""
    done = {"last_offset": 21, "last_done": day(21), "last_contact": day(21)}
    assert decided(34, **done).reason == Reason.AWAITING_STEP
    assert decided(34, **done).on == day(35)
    assert decided(35, **done).step == FORMAL.id


def test_late_first_contact_leaves_time_before_the_next_step():
    """Reminded on D+40 for the first time: the firm reminder waits fourteen days more."""
    done = {"last_offset": 1, "last_done": day(40), "last_contact": day(40)}
    assert decided(53, **done).reason == Reason.AWAITING_STEP
    assert decided(54, **done).step == FIRM.id


def test_entry_by_age():
    by_age = replace(STANDARD, enter_by_age=True)
    assert decided(40, by_age).step == FORMAL.id
    assert decided(25, by_age).step == FIRM.id
    # Once reminded, the steps follow one by one.
    reminded = decided(60, by_age, last_offset=1, last_done=day(40), last_contact=day(40))
    assert reminded.step == FIRM.id


def test_preventive_step_is_never_done_after_the_due_date():
    assert next_step(facts(), STANDARD, day(1)) == REMINDER
    only_call = replace(STANDARD, steps=(CALL,))
    assert decided(1, only_call).reason == Reason.COMPLETED


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"residual": Decimal(-5), "dunnable": Decimal(0)}, Reason.CREDIT),
        ({"blocked": True}, Reason.BLOCKED),
        ({"excluded": True}, Reason.EXCLUDED),
        ({"scenario": None}, Reason.NO_SCENARIO),
        ({"dunnable": Decimal(0), "contested": Decimal(1000)}, Reason.CONTESTED),
        ({"dunnable": Decimal(0), "promised": Decimal(1000)}, Reason.PROMISED),
        ({"dunnable": Decimal(0), "planned": Decimal(1000)}, Reason.PLANNED),
        ({"dunnable": Decimal(0), "in_payment": Decimal(1000)}, Reason.IN_PAYMENT),
        ({"on_hold": True}, Reason.ON_HOLD),
        ({"on_hold": True, "dunnable": Decimal(0), "contested": Decimal(1)}, Reason.CONTESTED),
        ({"pending_step": 2}, Reason.NOTICE_PENDING),
        ({"resume_on": day(11)}, Reason.RESUMED),
        ({"resume_on": day(10)}, Reason.STEP),
        ({"vetoed_until": day(10)}, Reason.STEP),  # a reminder is no formal notice
        ({"vetoed_until": day(40), "last_offset": 21}, Reason.AWAITING_STEP),
        ({"new_due": day(30)}, Reason.NOT_DUE),
        ({"new_due": day(9)}, Reason.STEP),
        ({"frozen": ((day(0), day(10)),)}, Reason.AWAITING_STEP),
        ({"last_offset": 35, "last_done": day(1)}, Reason.COMPLETED),
        ({"customer_credit": Decimal(1000)}, Reason.UNALLOCATED_CREDIT),  # S4.4
        ({"customer_credit": Decimal("980.01")}, Reason.BELOW_MINIMUM),
        ({"customer_overdue": Decimal("19.99")}, Reason.BELOW_MINIMUM),
        ({"last_contact": day(4)}, Reason.QUIET_DAYS),  # S2.69
        ({"customer_credit": Decimal(980)}, Reason.STEP),
        ({"last_contact": day(3)}, Reason.STEP),
        ({"contested": Decimal(300), "dunnable": Decimal(700)}, Reason.STEP),  # S0.37
    ],
)
def test_primary_reason(values, reason):
    assert decided(10, **values).reason == reason


def test_quiet_days_say_until_when():
    assert decided(10, last_contact=day(4)).on == day(11)


def test_no_minimum_before_the_due_date():
    """S4.6: the preventive call has no minimum."""
    assert decided(-10, customer_overdue=Decimal(0)).reason == Reason.STEP


# === The dunning clock ===#


@pytest.mark.parametrize(
    ("frozen", "offset", "expected"),
    [
        ((), 21, 21),
        (((2, 22),), 21, 41),  # twenty days in dispute: D+21 comes on D+41
        (((2, 12), (7, 22)), 21, 41),  # two disputes at once freeze each day once
        (((2, 12), (12, 22)), 21, 41),
        (((-10, 10),), 1, 11),  # in dispute before it was due: the clock starts afterwards
        (((-10, -5),), 1, 1),
        (((-20, -10),), -15, -15),  # before the due date it never stands still
        (((30, 50),), 21, 21),  # what was reached before stays reached
        (((21, 50),), 21, 21),
        (((20, 50),), 21, 51),
    ],
)
def test_the_dunning_clock_stands_still_during_a_dispute(frozen, offset, expected):
    periods = tuple((day(since), day(until)) for since, until in frozen)
    assert clock_day(facts(frozen=periods), offset) == day(expected)
    assert clock_day(facts(frozen=periods[::-1]), offset) == day(expected)


def test_frozen_twenty_days_moves_the_second_level_to_d_41():
    """Domain 5, feature 2; the due date stays."""
    done = {"last_offset": 1, "last_done": day(1), "last_contact": day(1)}
    frozen = {"frozen": ((day(2), day(22)),)}
    assert decided(40, **done, **frozen).on == day(41)
    assert decided(41, **done, **frozen).step == FIRM.id
    assert facts(**frozen).due == DUE


def test_same_level_after_a_dispute_waits_for_the_grace():
    """Domain 1.5 scenario 4: level 2 three days away, ten days of dispute, same level + 8 days."""
    done = {"last_offset": 1, "last_done": day(1), "last_contact": day(1)}
    after = {"frozen": ((day(18), day(28)),), "resume_on": day(36)}
    assert decided(35, **done, **after) == decided(28, **done, **after)
    assert decided(35, **done, **after).reason == Reason.RESUMED
    assert decided(35, **done, **after).on == day(36)
    assert decided(36, **done, **after).step == FIRM.id
    # The original day, when it is later than the grace.
    short = after | {"resume_on": day(30)}
    assert decided(29, **done, **short).reason == Reason.AWAITING_STEP
    assert decided(29, **done, **short).on == day(31)
    assert decided(31, **done, **short).step == FIRM.id


def test_the_clock_counts_from_a_new_deadline():
    """S2.33: resolved on 10/03, fifteen days more: due on 25/03 for the reminders."""
    moved = {"new_due": date(2026, 3, 25), "due": date(2026, 1, 10)}
    on_25 = decide(facts(**moved), {1: STANDARD}, date(2026, 3, 25))
    on_26 = decide(facts(**moved), {1: STANDARD}, date(2026, 3, 26))
    assert (on_25.reason, on_25.step) == (Reason.STEP, CALL.id)  # before the new due date
    assert (on_26.reason, on_26.step) == (Reason.STEP, REMINDER.id)


def test_a_cycle_that_began_again_never_enters_by_age():
    """Restarted by a dispute's closing, it is not met late: it begins at its first step."""
    by_age = replace(STANDARD, enter_by_age=True)
    assert decided(60, by_age, last_offset=0, cycle=1).step == REMINDER.id


def test_a_veto_stops_formal_notices_until_it_ends():
    """S1.24."""
    done = {"last_offset": 21, "last_done": day(21), "last_contact": day(21)}
    vetoed = decided(40, **done, vetoed_until=day(50))
    assert (vetoed.reason, vetoed.step, vetoed.on) == (Reason.VETOED, FORMAL.id, day(51))
    assert decided(51, **done, vetoed_until=day(50)).step == FORMAL.id


days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
periods = st.builds(
    lambda since, length: (since, since + timedelta(days=length)),
    st.dates(date(2024, 1, 1), date(2024, 6, 1)),
    st.integers(0, 60),
)


@given(st.lists(periods, max_size=5), st.dates(date(2024, 1, 1), date(2024, 6, 1)), st.integers())
def test_the_clock_counts_each_day_that_is_not_frozen(frozen, due, seed):
    """Against counting day by day; overlaps, order and days before the due date included."""
    offset = seed % 200
    expected, shown = due, 0
    while shown < offset:
        shown += not any(since <= expected < until for since, until in frozen)
        expected += timedelta(days=1)
    assert clock_day(facts(due=due, frozen=tuple(frozen)), offset) == expected


amounts = st.decimals(0, 10_000, places=2)
any_facts = st.builds(
    ReceivableFacts,
    id=st.integers(1, 10**6),
    customer=st.integers(1, 100),
    due=days,
    residual=st.decimals(-1000, 10_000, places=2),
    contested=amounts,
    promised=amounts,
    dunnable=amounts,
    blocked=st.booleans(),
    excluded=st.booleans(),
    on_hold=st.booleans(),
    scenario=st.sampled_from([None, 1, 2]),
    last_offset=st.sampled_from([None, -15, 1, 21, 35]),
    last_done=st.none() | days,
    pending_step=st.sampled_from([None, 2]),
    customer_overdue=amounts,
    customer_credit=amounts,
    last_contact=st.none() | days,
    cycle=st.integers(0, 2),
    new_due=st.none() | days,
    resume_on=st.none() | days,
    vetoed_until=st.none() | days,
    frozen=st.lists(periods, max_size=3).map(tuple),
)
SCENARIOS = {1: STANDARD, 2: replace(STANDARD, id=2, enter_by_age=True, quiet_days=0)}


@given(any_facts, days)
def test_every_receivable_has_one_decision(one, today):
    """Design, rule 4; and what is not dunnable is never dunned."""
    decision = decide(one, SCENARIOS, today)
    assert decision.receivable == one.id
    assert decision.reason in Reason
    if decision.reason is Reason.STEP:
        step = {s.id: s for s in STANDARD.steps}[decision.step]
        assert one.dunnable > 0
        assert not one.blocked
        assert not one.excluded
        assert not one.on_hold
        assert one.dunning_due + timedelta(days=step.offset) <= today
        assert one.last_offset is None or step.offset > one.last_offset
        assert not (step.is_preventive and today > one.dunning_due)
        assert not (one.resume_on and today < one.resume_on)
        assert not (step.is_formal and one.vetoed_until and today <= one.vetoed_until)


@given(any_facts, days)
def test_waiting_ends_on_the_day_that_is_said(one, today):
    """`on` is true: nothing changes before it, and the reason is another one on that day."""
    decision = decide(one, SCENARIOS, today)
    waits = (Reason.AWAITING_STEP, Reason.QUIET_DAYS, Reason.RESUMED, Reason.VETOED)
    if decision.reason in waits:
        assert today < decision.on
        assert decide(one, SCENARIOS, decision.on).reason != decision.reason or (
            decide(one, SCENARIOS, decision.on).on != decision.on
        )
