"""What holds for all receivables of a customer together, whatever they are."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.dunning import decide_all
from engine.dunning_facts import Limits, Reason, ReceivableFacts, Scenario, Step

TODAY = date(2026, 6, 30)
PATH = (
    Step(1, -15),
    Step(2, 1, level=1),
    Step(3, 2, delay=1, level=1, is_contact=False),
    Step(4, 21, min_gap=14, level=2, minimum=Decimal(100)),
    Step(5, 35, is_formal=True, level=3),
)
SCENARIOS = {
    1: Scenario(1, PATH, minimum=Decimal(20), working_days_only=True),
    2: Scenario(2, PATH, quiet_days=3, enter_by_age=True, by_account=True),
    3: Scenario(3, PATH[1:], minimum_percent=Decimal(5), by_account=True),
}
near = st.integers(-60, 30).map(lambda days: TODAY + timedelta(days=days))
past = st.integers(0, 60).map(lambda days: TODAY - timedelta(days=days))
amounts = st.decimals(0, 2000, places=2)
receivables = st.builds(
    lambda residual, held, **values: ReceivableFacts(
        **values,
        id=0,
        customer=1,
        residual=residual,
        residual_currency=residual,
        original_currency=abs(residual),
        contested=max(Decimal(0), min(residual, held)),
        dunnable=max(Decimal(0), residual - held),
        dunnable_currency=max(Decimal(0), residual - held),
    ),
    residual=st.decimals(-1000, 2000, places=2),
    held=st.just(Decimal(0)) | amounts,
    due=near,
    currency=st.sampled_from([1, 2]),
    scenario=st.sampled_from([1, 2, 3]),
    blocked=st.sampled_from([False, False, False, True]),
    has_dispute=st.booleans(),
    never_sent=st.sampled_from([False, False, False, True]),
    last_offset=st.sampled_from([None, None, -15, 1, 21, 35]),
    last_done=st.none() | past,
    pending_step=st.sampled_from([None, None, None, 2]),
    new_due=st.none() | near,
    resume_on=st.none() | near,
)
customers = st.fixed_dictionaries(
    {
        "contacts": st.lists(past, max_size=3).map(lambda days: tuple(sorted(days)[::-1])),
        "replied_on": st.none() | past,
        "bank_pending": st.sampled_from([False, False, True]),
        "bears_formal": st.booleans(),
        "payment_days": st.sampled_from([None, "2, 17"]),
        "paused": st.sampled_from([False, False, False, True]),
    }
)
all_limits = st.builds(
    Limits,
    working_day=st.sampled_from([TODAY, TODAY + timedelta(days=2)]),
    cap_count=st.integers(0, 3),
    cap_days=st.just(30),
    reply_days=st.just(5),
    is_bank_up_to_date=st.sampled_from([True, True, False]),
)


def of_one_customer(rows, customer, limits):
    """The same rows, with what they have in common."""
    overdue = sum((row.dunnable for row in rows if row.due < TODAY and not row.blocked), Decimal(0))
    common = customer | {
        "customer_overdue": overdue,
        "customer_credit": -sum((row.residual for row in rows if row.residual < 0), Decimal(0)),
        "customer_owed": sum((row.residual for row in rows if row.residual > 0), Decimal(0)),
        "contacts": customer["contacts"][: limits.cap_count],
        "last_contact": max(customer["contacts"], default=None),
    }
    return [replace(row, id=number, **common) for number, row in enumerate(rows, 1)]


@given(st.lists(receivables, max_size=6), customers, all_limits)
def test_a_customer(rows, customer, limits):
    facts = of_one_customer(rows, customer, limits)
    decisions = decide_all(facts, SCENARIOS, TODAY, limits)
    assert decisions == decide_all(facts, SCENARIOS, TODAY, limits)
    assert [decision.receivable for decision in decisions] == [each.id for each in facts]  # rule 4
    steps = {step.id: step for step in PATH}
    notices = defaultdict(Decimal)
    for each, decision in zip(facts, decisions, strict=True):
        if decision.reason != Reason.STEP:
            continue
        step = steps[decision.step]
        assert each.dunnable > 0
        assert not (each.blocked or each.never_sent or each.paused or each.pending_step)
        assert each.last_offset is None or step.offset > each.last_offset  # rule 3
        assert not (each.resume_on and each.resume_on > TODAY)
        assert step.is_preventive == (each.dunning_due >= TODAY)
        if step.is_formal:
            assert each.bears_formal
            assert not each.has_dispute  # rule 7
        if not step.is_preventive:
            assert limits.is_bank_up_to_date
            assert not each.bank_pending
        notices[each.currency, step.kind] += each.dunnable_currency
    in_window = sum(day > TODAY - timedelta(days=30) for day in customer["contacts"])
    if limits.cap_count and notices:
        assert in_window + len(notices) <= limits.cap_count  # S2.69


@given(st.lists(receivables, max_size=6), customers, all_limits)
def test_what_another_addon_holds_is_never_reminded(rows, customer, limits):
    facts = of_one_customer(rows, customer, limits)
    held = dict.fromkeys((each.id for each in facts), "inspection")
    decisions = decide_all(facts, SCENARIOS, TODAY, limits, held)
    assert all(decision.reason != Reason.STEP for decision in decisions)
