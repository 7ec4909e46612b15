"""What holds a claim back: credits, bank, contacts, tone, receipts, days off, conditions."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from engine.dunning import decide, decide_all
from engine.dunning_facts import Limits, Reason, ReceivableFacts, Scenario, Step

DUE = date(2026, 6, 30)
CALL, REMINDER = Step(1, -15), Step(2, 1, 1, level=1)
FIRM = Step(3, 21, 14, level=2)
FORMAL = Step(4, 35, 10, is_formal=True, level=3)
STANDARD = Scenario(1, (CALL, REMINDER, FIRM, FORMAL), minimum=Decimal(20), quiet_days=7)


def day(offset):
    return DUE + timedelta(days=offset)


def facts(**values):
    base = {
        "id": 7,
        "customer": 1,
        "due": DUE,
        "residual": Decimal(1000),
        "dunnable": Decimal(1000),
        "residual_currency": Decimal(1000),
        "dunnable_currency": Decimal(1000),
        "original_currency": Decimal(1000),
        "customer_overdue": Decimal(1000),
        "customer_owed": Decimal(1000),
        "scenario": 1,
    }
    return ReceivableFacts(**(base | values))


def decided(offset, rules=STANDARD, limits=Limits(), held=None, **values):  # noqa: B008 (frozen)
    return decide(facts(**values), {1: rules}, day(offset), limits, held)


FIRM_DONE = {"last_offset": 21, "last_done": day(21), "done": (2, 3)}


# === Withheld, and by what first ===#


@pytest.mark.parametrize(
    ("values", "reason", "on"),
    [
        ({"never_sent": True}, Reason.NEVER_SENT, None),  # S0.16
        ({"never_sent": True, "on_hold": True}, Reason.ON_HOLD, None),
        ({"paused": True}, Reason.PAUSED, None),
        ({"paused": True, "paused_until": day(12)}, Reason.PAUSED, day(13)),
        ({"paused": True, "pending_step": 2}, Reason.PAUSED, None),
        ({"bank_pending": True}, Reason.BANK_PENDING, None),  # S4.4
        ({"bank_pending": True, "customer_credit": Decimal(999)}, Reason.BELOW_MINIMUM, None),
        ({"replied_on": day(7)}, Reason.WAITING_REPLY, day(12)),  # S0.29
        ({"replied_on": day(5)}, Reason.STEP, None),
        ({"replied_on": day(7), "last_contact": day(9)}, Reason.WAITING_REPLY, day(12)),
        ({"payment_days": "12"}, Reason.PAYMENT_RUN, date(2026, 7, 13)),  # S4.12
        ({"payment_days": "14"}, Reason.STEP, None),
        ({"bears_formal": False}, Reason.STEP, None),  # a reminder is no formal notice
        ({"has_dispute": True}, Reason.STEP, None),  # S0.37
    ],
)
def test_a_first_reminder(values, reason, on):
    decision = decided(10, limits=Limits(reply_days=5), **values)
    assert (decision.reason, decision.on) == (reason, on)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, Reason.STEP),
        ({"has_dispute": True}, Reason.NOT_CERTAIN),  # S4.18
        ({"contested": Decimal(300), "dunnable": Decimal(700)}, Reason.STEP),  # a person said so
        ({"bears_formal": False}, Reason.TOO_FIRM),  # S2.76
        ({"bears_formal": False, "has_dispute": True}, Reason.NOT_CERTAIN),
        ({"bears_formal": False, "vetoed_until": day(50)}, Reason.TOO_FIRM),
        ({"payment_days": "5, 6"}, Reason.STEP),  # only a first reminder waits
    ],
)
def test_a_formal_notice(values, reason):
    decision = decided(36, **FIRM_DONE, **values)
    assert (decision.reason, decision.step) == (reason, FORMAL.id)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        # S4.6: all invoices; no minimum, no credit, no bank.
        ({"customer_overdue": Decimal(0), "customer_credit": Decimal(5000)}, Reason.STEP),
        ({"bank_pending": True}, Reason.STEP),
        ({"dunnable_currency": Decimal(1)}, Reason.STEP),
        # But by a pause, an answer and the cap.
        ({"paused": True}, Reason.PAUSED),
        ({"replied_on": day(-11)}, Reason.WAITING_REPLY),
        ({"contacts": (day(-12),)}, Reason.CONTACT_CAP),
    ],
)
def test_a_call_before_the_due_date(values, reason):
    rules = replace(STANDARD, minimum_percent=Decimal(1))
    limits = Limits(reply_days=5, cap_count=1, cap_days=30, is_bank_up_to_date=False)
    assert decided(-10, rules, limits, **values).reason == reason


def test_another_addon_s_reason_comes_after_those_that_leave_nothing_to_claim():
    assert decided(10, held="inspection").reason == "inspection"
    assert decided(10, held="inspection", paused=True).reason == "inspection"
    assert decided(10, held="inspection", blocked=True).reason == Reason.BLOCKED


def test_nobody_is_claimed_from_while_the_bank_is_late():
    assert decided(10, limits=Limits(is_bank_up_to_date=False)).reason == Reason.BANK_PENDING


# === Minimum of an invoice ===#


@pytest.mark.parametrize(("left", "reason"), [("9.99", "below_minimum"), ("10", "step")])
def test_less_than_a_percentage_is_not_claimed(left, reason):
    rules = replace(STANDARD, minimum_percent=Decimal(1))
    assert decided(10, rules, dunnable_currency=Decimal(left)).reason == reason


# === Contacts ===#


@pytest.mark.parametrize(
    ("contacts", "on"),
    [
        ((), None),
        ((5,), None),
        ((5, -19), day(11)),  # the older of two leaves the thirty days on D+11
        ((5, -20), None),
        ((5, 3), day(33)),
        ((5, 3, 1), day(33)),
    ],
)
def test_at_most_two_contacts_in_thirty_days(contacts, on):
    """S2.69."""
    limits = Limits(cap_count=2, cap_days=30)
    decision = decided(10, limits=limits, contacts=tuple(map(day, contacts)))
    assert decision.reason == (Reason.CONTACT_CAP if on else Reason.STEP)
    assert decision.on == on


def test_a_letter_after_the_call_completes_the_contact():
    """S2.69, S4.10: the cap counts both as one, and stops neither half of it."""
    call, letter = Step(1, 1, level=1), Step(2, 2, delay=1, level=1)
    rules = replace(STANDARD, steps=(call, letter))
    full = {"limits": Limits(cap_count=1, cap_days=30), "contacts": (day(9),)}
    assert decided(10, rules, **full).reason == Reason.CONTACT_CAP
    after = decided(10, rules, last_offset=1, last_done=day(9), done=(1,), **full)
    assert (after.reason, after.step) == (Reason.STEP, letter.id)


# === Payment runs ===#


@pytest.mark.parametrize(
    ("days", "today", "expected"),
    [
        ("3", date(2026, 7, 1), date(2026, 7, 3)),
        ("3", date(2026, 7, 3), date(2026, 7, 3)),  # on the day itself the money is on its way
        ("3", date(2026, 7, 4), None),
        ("4", date(2026, 7, 1), date(2026, 7, 4)),
        ("5", date(2026, 7, 1), None),
        ("3, 6", date(2026, 7, 4), None),  # it has let one pass
        ("le 3 et le 18", date(2026, 7, 1), date(2026, 7, 3)),
        ("31", date(2026, 7, 29), date(2026, 7, 31)),
        ("31", date(2026, 9, 29), None),  # D+91, some have passed
        ("", date(2026, 7, 1), None),
        (None, date(2026, 7, 1), None),
    ],
)
def test_payment_runs(days, today, expected):
    """S4.12: a first reminder waits for the first payment run since the due date, if it is near."""
    decision = decide(facts(payment_days=days), {1: STANDARD}, today)
    assert decision.reason == (Reason.PAYMENT_RUN if expected else Reason.STEP)
    assert decision.on == (expected and expected + timedelta(days=1))


# === After the previous step ===#

LETTER = Step(2, 2, delay=1)
CHAIN = Scenario(1, (Step(1, 1), LETTER, Step(3, 12, delay=10)))


@pytest.mark.parametrize(
    ("offset", "done_on", "reason", "on"),
    [
        (1, 1, Reason.AWAITING_STEP, 2),  # S4.10: the letter, the day after the call
        (2, 1, Reason.STEP, None),
        (40, 40, Reason.AWAITING_STEP, 41),  # called late, written late
        (41, 40, Reason.STEP, None),
    ],
)
def test_a_step_counts_from_the_one_before(offset, done_on, reason, on):
    decision = decided(offset, CHAIN, last_offset=1, last_done=day(done_on), done=(1,))
    assert (decision.reason, decision.step) == (reason, LETTER.id)
    assert decision.on == (on and day(on))


def test_without_a_step_before_it_has_its_place_only():
    assert decided(5, replace(CHAIN, steps=(LETTER,))).reason == Reason.STEP
    assert decided(1, replace(CHAIN, steps=(LETTER,))).on == day(2)


def test_a_chain_stands_still_during_a_dispute():
    done = {"last_offset": 2, "last_done": day(2), "done": (1, 2)}
    assert decided(11, CHAIN, **done).on == day(12)
    assert decided(20, CHAIN, **done, frozen=((day(4), day(14)),)).on == day(22)


def test_a_chain_never_comes_before_a_new_deadline():
    done = {"last_offset": 1, "last_done": day(1), "done": (1,)}
    assert decided(20, CHAIN, **done, new_due=day(30)).on == day(31)


def test_a_registered_letter_is_waited_for():
    """S4.17."""
    done = {"last_offset": 2, "last_done": day(17), "receipt_until": day(17), "done": (1, 2)}
    waiting = decided(10, CHAIN, **done)
    assert (waiting.reason, waiting.on) == (Reason.AWAITING_RECEIPT, day(17))
    assert decided(17, CHAIN, **done).on == day(27)
    received = done | {"last_done": day(5), "receipt_until": None}
    assert decided(10, CHAIN, **received).on == day(15)


def test_a_step_of_a_date_waits_for_the_receipt_too():
    done = {"last_offset": 21, "last_done": day(38), "receipt_until": day(38), "done": (2, 3)}
    rules = replace(STANDARD, steps=(REMINDER, FIRM, replace(FORMAL, min_gap=0)))
    assert decided(30, rules, **done).reason == Reason.AWAITING_STEP
    assert decided(36, rules, **done).reason == Reason.AWAITING_RECEIPT
    assert decided(38, rules, **done).reason == Reason.STEP


# === Versions and conditions ===#


def test_a_step_that_was_done_in_another_version_is_not_done_again():
    later = replace(STANDARD, id=9, steps=(REMINDER, replace(FIRM, id=13, offset=25, root=3)))
    done = {"last_offset": 21, "last_done": day(21), "done": (2, 3)}
    assert decided(30, later, **done).reason == Reason.COMPLETED
    assert decided(30, later, **done).scenario == 9


def test_a_step_of_a_version_that_moved_before_what_was_done_is_left_out():
    moved = replace(STANDARD, steps=(Step(20, 10), FIRM, FORMAL))
    assert decided(34, moved, **FIRM_DONE).step == FORMAL.id


@pytest.mark.parametrize(
    ("condition", "values", "reached"),
    [
        ({"minimum": Decimal(500)}, {"customer_overdue": Decimal(500)}, True),
        ({"minimum": Decimal(500)}, {"customer_overdue": Decimal(499)}, False),
        ({"minimum": Decimal(500)}, {"customer_credit": Decimal(600)}, False),
        ({"minimum_share": Decimal(50)}, {"customer_owed": Decimal(2000)}, True),
        ({"minimum_share": Decimal(50)}, {"customer_owed": Decimal(2001)}, False),
        ({"has_segment": True}, {"segments": (2,)}, True),
        ({"has_segment": True}, {"segments": (3,)}, False),
    ],
)
def test_a_step_whose_conditions_are_not_met_is_left_out(condition, values, reached):
    rules = replace(STANDARD, steps=(replace(REMINDER, **condition), FIRM))
    assert decided(25, rules, **values).step == (REMINDER.id if reached else FIRM.id)


def test_when_all_that_remains_is_left_out_for_its_amount():
    rules = replace(STANDARD, steps=(replace(REMINDER, minimum=Decimal(2000)),))
    assert decided(25, rules).reason == Reason.BELOW_MINIMUM
    rules = replace(STANDARD, steps=(replace(REMINDER, has_segment=True),))
    assert decided(25, rules).reason == Reason.COMPLETED


# === Working days ===#


def test_a_day_off_is_waited_out():
    rules = replace(STANDARD, working_days_only=True)
    off, works = Limits(working_day=day(12)), Limits(working_day=day(10))
    waiting = decided(10, rules, off)
    assert (waiting.reason, waiting.on) == (Reason.AWAITING_STEP, day(12))
    assert decided(10, rules, works).reason == Reason.STEP
    assert decided(10, STANDARD, off).reason == Reason.STEP
    before = decided(-10, rules, Limits(working_day=day(-9)))
    assert (before.reason, before.on) == (Reason.NOT_DUE, day(-9))


# === A customer's receivables together ===#


def together(offset, *receivables, rules=STANDARD, limits=Limits()):  # noqa: B008 (frozen)
    """The decisions for receivables of one customer: ``[(reason, step)]``."""
    total = {
        "customer_overdue": sum(
            (r.get("dunnable", Decimal(1000)) for r in receivables if r.get("residual", 1) > 0),
            Decimal(0),
        ),
        "customer_credit": -sum(
            (r["residual"] for r in receivables if r.get("residual", 1) < 0), Decimal(0)
        ),
    }
    rows = [facts(id=number, **(total | row)) for number, row in enumerate(receivables, 1)]
    decisions = decide_all(rows, {1: rules}, day(offset), limits)
    return [(str(decision.reason), decision.step) for decision in decisions]


def credit(amount, currency=None):
    amounts = {"residual": Decimal(-amount), "residual_currency": Decimal(-amount)}
    return {"dunnable": Decimal(0), "currency": currency} | amounts


def test_credits_of_a_currency_that_cover_it():
    decisions = together(10, {"currency": 1}, {"currency": 2}, credit(1500, currency=2))
    assert decisions == [("step", 2), ("unallocated_credit", 2), ("credit", None)]


def test_credits_that_cover_a_formal_notice():
    by_age = replace(STANDARD, enter_by_age=True)
    decisions = together(40, {}, {"due": day(35)}, credit(1200), rules=by_age)
    assert decisions == [("unallocated_credit", 4), ("step", 2), ("credit", None)]


def test_two_notices_of_a_day_are_two_contacts():
    """S2.69: the furthest goes first."""
    by_age = replace(STANDARD, enter_by_age=True)
    rows = ({}, {"due": day(35)}, {"due": day(50)})
    reached = [("step", 4), ("step", 2), ("step", 1)]
    assert together(40, *rows, rules=by_age) == reached
    for cap in range(3):
        decisions = together(40, *rows, rules=by_age, limits=Limits(cap_count=cap, cap_days=30))
        held = [("contact_cap", step) for _reason, step in reached]
        assert decisions == (reached[:cap] + held[cap:] if cap else reached)


BY_ACCOUNT = replace(STANDARD, by_account=True)


def test_by_account_the_furthest_step_holds_for_all_that_is_overdue():
    """cc#21: one message at the highest level, not one per invoice."""
    reminded = {"last_offset": 1, "last_done": day(1), "done": (2,)}
    rows = (
        reminded,
        {"due": day(15)},  # its first reminder is reached
        {"due": day(20), "last_offset": 1, "last_done": day(21), "done": (2,)},  # awaits its next
        {"due": day(30)},  # not due
    )
    expected = [("step", 3), ("step", 3), ("step", 3), ("not_due", 2)]
    assert together(22, *rows, rules=replace(BY_ACCOUNT, steps=(REMINDER, FIRM))) == expected
    alone = together(22, *rows, rules=replace(STANDARD, steps=(REMINDER, FIRM)))
    assert alone == [("step", 3), ("step", 2), ("awaiting_step", 3), ("not_due", 2)]


def test_by_account_a_formal_notice_is_for_what_reaches_it():
    rows = (FIRM_DONE, {"due": day(15)}, {"due": day(30)})
    assert together(36, *rows, rules=BY_ACCOUNT) == [("step", 4), ("step", 2), ("step", 2)]


def test_by_account_a_few_cents_are_not_reminded_of():
    rules = replace(BY_ACCOUNT, steps=(REMINDER, FIRM), minimum_percent=Decimal(1))
    reminded = {"last_offset": 1, "last_done": day(1), "done": (2,)}
    cents = {"due": day(21), "dunnable_currency": Decimal("0.30")}
    assert together(22, reminded, cents, rules=rules)[1][0] != "step"


def test_by_account_what_is_held_stays_held():
    rows = (
        {"last_offset": 1, "last_done": day(1), "done": (2,)},
        {"due": day(15), "never_sent": True},
        {"due": day(15), "contested": Decimal(1000), "dunnable": Decimal(0)},
        {"due": day(15), "resume_on": day(30)},
        {"due": day(15), "pending_step": 2},
        {"due": day(-20), "last_offset": 35, "done": (2, 3, 4)},
    )
    reasons = [reason for reason, _step in together(22, *rows, rules=BY_ACCOUNT)]
    assert reasons == [
        *("step", "never_sent", "contested", "resumed", "notice_pending", "completed"),
    ]
