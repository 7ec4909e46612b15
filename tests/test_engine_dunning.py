"""One decision per receivable: the table of reasons, then what holds for any portfolio."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dunning import (
    Reason,
    ReceivableFacts,
    Scenario,
    Step,
    decide,
    next_step,
)

DUE = date(2026, 6, 30)
CALL, REMINDER, FIRM, FORMAL = Step(1, -15), Step(2, 1, 1), Step(3, 21, 14), Step(4, 35, 10)
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
        ({"pending_step": 2}, Reason.NOTICE_PENDING),
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


amounts = st.decimals(0, 10_000, places=2)
any_facts = st.builds(
    ReceivableFacts,
    id=st.integers(1, 10**6),
    customer=st.integers(1, 100),
    due=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    residual=st.decimals(-1000, 10_000, places=2),
    contested=amounts,
    promised=amounts,
    dunnable=amounts,
    blocked=st.booleans(),
    excluded=st.booleans(),
    scenario=st.sampled_from([None, 1, 2]),
    last_offset=st.sampled_from([None, -15, 1, 21, 35]),
    last_done=st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    pending_step=st.sampled_from([None, 2]),
    customer_overdue=amounts,
    customer_credit=amounts,
    last_contact=st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
SCENARIOS = {1: STANDARD, 2: replace(STANDARD, id=2, enter_by_age=True, quiet_days=0)}


@given(any_facts, st.dates(date(2020, 1, 1), date(2030, 1, 1)))
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
        assert one.due + timedelta(days=step.offset) <= today
        assert one.last_offset is None or step.offset > one.last_offset
        assert not (step.is_preventive and today > one.due)


@given(any_facts, st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_waiting_ends_on_the_day_that_is_said(one, today):
    """`on` is true: nothing changes before it, and the reason is another one on that day."""
    decision = decide(one, SCENARIOS, today)
    if decision.reason in (Reason.AWAITING_STEP, Reason.QUIET_DAYS):
        assert today < decision.on
        assert decide(one, SCENARIOS, decision.on).reason != decision.reason or (
            decide(one, SCENARIOS, decision.on).on != decision.on
        )
