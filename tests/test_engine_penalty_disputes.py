"""Penalties on a contested part: the five policies, reopened disputes, credit notes (S2.34).

The law suspends nothing for a dispute; which policy holds is the user's choice. What isn't
contested always bears interest from its due date.
"""

from datetime import date
from decimal import Decimal

import pytest

from engine.penalty import compute
from engine.penalty_data import shipped
from engine.penalty_facts import Case, CreditNote, Dispute, Payment, Period, Policy
from engine.penalty_result import Note

D = Decimal


def day(text):
    return date.fromisoformat(text)


def period(opened, closed=None):
    return Period(day(opened), closed and day(closed))


def contest(amount, policy, *periods, **values):
    """A dispute about `amount`, open from 10 to 20 February unless other periods are given."""
    periods = periods or (period("2026-02-10", "2026-02-20"),)
    return Dispute(values.pop("reference", "D"), D(amount), policy, periods, **values)


def late(*disputes, **values):
    """1 000 due on 31 January 2026, not paid on 28 February."""
    base = {"reference": "x", "regime": "fr_private", "amount": D(1000), "disputes": disputes}
    base |= {"due": day("2026-01-31"), "as_of": day("2026-02-28")}
    return compute(Case(**(base | values)), shipped())


def pieces(result):
    """``[(base, held, days)]`` in order."""
    return [(s.base, s.held, s.days) for s in result.segments]


POLICIES = {
    # 28 days of February; the dispute is open on the 11th to the 20th.
    Policy.FROM_ORIGINAL_DUE_DATE: [(1000, 0, 28)],
    Policy.EXCLUDE_DISPUTE_DAYS: [(1000, 0, 10), (700, 300, 10), (1000, 0, 8)],
    Policy.FROM_RESOLUTION: [(700, 300, 20), (1000, 0, 8)],
    Policy.NONE: [(700, 300, 28)],
}


@pytest.mark.parametrize("policy", POLICIES)
def test_policy_of_a_closed_dispute(policy):
    """A dispute about 300 of 1 000."""
    result = late(contest(300, policy))
    assert pieces(result) == POLICIES[policy]
    assert (Note.PART_NOT_COUNTED in result.notes) == (policy is not Policy.FROM_ORIGINAL_DUE_DATE)
    assert result.fee == 40  # once, as the uncontested part is late


OPEN = {
    Policy.FROM_ORIGINAL_DUE_DATE: [(1000, 0, 28)],
    Policy.EXCLUDE_DISPUTE_DAYS: [(1000, 0, 10), (700, 300, 18)],
    Policy.FROM_RESOLUTION: [(700, 300, 28)],
    Policy.NONE: [(700, 300, 28)],
}


@pytest.mark.parametrize("policy", OPEN)
def test_policy_of_an_open_dispute(policy):
    assert pieces(late(contest(300, policy, period("2026-02-10")))) == OPEN[policy]


@pytest.mark.parametrize("policy", OPEN)
def test_a_resolution_after_the_calculation_is_not_known_yet(policy):
    dispute = contest(300, policy, period("2026-02-10", "2026-03-15"))
    assert pieces(late(dispute)) == OPEN[policy]


def test_manual_policy_gives_the_first_day_with_interest():
    dispute = contest(300, Policy.MANUAL, first_day=day("2026-02-15"))
    assert pieces(late(dispute)) == [(700, 300, 14), (1000, 0, 14)]


def test_a_manual_day_before_the_due_date_does_not_move_the_due_date():
    dispute = contest(300, Policy.MANUAL, first_day=day("2026-01-01"))
    assert pieces(late(dispute)) == [(1000, 0, 28)]


def test_the_payment_term_may_start_again_at_the_resolution():
    dispute = contest(300, Policy.FROM_RESOLUTION, term_days=5)
    assert pieces(late(dispute)) == [(700, 300, 25), (1000, 0, 3)]


def test_a_dispute_resolved_before_the_due_date_changes_nothing():
    dispute = contest(300, Policy.FROM_RESOLUTION, period("2026-01-05", "2026-01-20"))
    assert pieces(late(dispute)) == [(1000, 0, 28)]


def test_a_reopened_dispute_has_several_periods():
    periods = period("2026-02-05", "2026-02-10"), period("2026-02-15", "2026-02-20")
    frozen = late(contest(300, Policy.EXCLUDE_DISPUTE_DAYS, *periods))
    spans = [(1000, 0, 5), (700, 300, 5), (1000, 0, 5), (700, 300, 5), (1000, 0, 8)]
    assert pieces(frozen) == spans
    last = late(contest(300, Policy.FROM_RESOLUTION, *periods))
    assert pieces(last) == [(700, 300, 20), (1000, 0, 8)]


def test_a_whole_invoice_contested_and_paid_at_its_resolution_owes_nothing():
    """No fee either: no part was late after its own due date (`from_resolution`)."""
    paid = {"payments": (Payment(day("2026-02-20"), D(1000)),)}
    result = late(contest(1000, Policy.FROM_RESOLUTION), **paid)
    assert pieces(result) == [(0, 1000, 20)]
    assert result.segments[0].rate is None
    assert (result.interest, result.fee, result.late_from) == (0, 0, None)
    assert Note.NOT_LATE in result.notes


def test_days_without_interest_need_no_rate():
    """Contested since the due date and not resolved: 2027 has no rate, and none is asked for."""
    dispute = contest(1000, Policy.NONE, period("2026-12-01"))
    result = late(dispute, due=day("2026-12-31"), as_of=day("2027-03-31"))
    assert (result.interest, result.segments[0].days) == (0, 90)


def test_a_contested_part_that_falls_late_after_its_resolution_owes_the_fee():
    result = late(contest(1000, Policy.FROM_RESOLUTION))
    assert (result.late_from, result.fee) == (day("2026-02-21"), 40)


def test_a_payment_settles_the_uncontested_part_first():
    """Of 1 000 with 300 contested, 800 are paid: 200 contested are left, and nothing accrues."""
    paid = {"payments": (Payment(day("2026-02-10"), D(800)),)}
    result = late(contest(300, Policy.NONE), **paid)
    assert pieces(result) == [(700, 300, 10), (0, 200, 18)]


def test_two_disputes_each_have_their_policy():
    first = contest(300, Policy.NONE, reference="A")
    second = contest(200, Policy.EXCLUDE_DISPUTE_DAYS, reference="B")
    assert pieces(late(first, second)) == [(700, 300, 10), (500, 500, 10), (700, 300, 8)]


def test_disputes_never_hold_more_than_what_is_open():
    disputes = [contest(800, Policy.NONE, reference=name) for name in "AB"]
    assert pieces(late(*disputes)) == [(0, 1000, 28)]


@pytest.mark.parametrize(
    ("credited", "settles", "expected"),
    [
        (300, "D", [(700, 0, 28)]),  # founded: never owed, and nothing is held any more
        (100, "D", [(700, 200, 28)]),  # partly founded
        (100, None, [(600, 300, 28)]),  # another matter: reduces what is not contested
    ],
)
def test_a_retroactive_credit_note_reduces_the_dispute_that_it_settles(credited, settles, expected):
    credit = CreditNote(day("2026-02-20"), D(credited), dispute=settles)
    result = late(contest(300, Policy.NONE), credit_notes=(credit,))
    assert pieces(result) == expected


def test_a_credit_note_from_its_day_reduces_the_dispute_from_then_on():
    credit = CreditNote(day("2026-02-20"), D(100), retroactive=False, dispute="D")
    result = late(contest(300, Policy.NONE), credit_notes=(credit,))
    assert pieces(result) == [(700, 300, 20), (700, 200, 8)]


def test_a_gesture_before_the_due_date_reduces_the_base():
    credit = CreditNote(day("2026-01-20"), D(100), retroactive=False)
    assert pieces(late(credit_notes=(credit,))) == [(900, 0, 28)]


def test_a_credit_note_settles_no_interest_and_what_it_exceeds_is_surplus():
    """Interest first would absorb interest from a payment; never from a credit note."""
    paid = (Payment(day("2026-02-10"), D(950)),)
    credit = CreditNote(day("2026-02-20"), D(80), retroactive=False)
    result = late(payments=paid, credit_notes=(credit,))
    assert (result.principal_open, result.surplus) == (0, 30)
    assert result.interest_open == result.interest > 0


def test_what_a_retroactive_credit_note_leaves_overpaid_pays_interest_then_fee():
    paid = (Payment(day("2026-02-10"), D(1000)),)
    credit = CreditNote(day("2026-02-20"), D(100))
    result = late(payments=paid, credit_notes=(credit,))
    assert pieces(result) == [(900, 0, 10)]
    (settled,) = result.settled
    assert (settled.principal, settled.interest, settled.fee) == (900, D("3.00"), 40)
    assert settled.surplus == D("57.00")


def test_a_court_s_delay_is_a_dispute_of_the_whole_without_its_days():
    """C. civ. 1343-5: no increase during the delay that a judge grants."""
    result = late(contest(1000, Policy.EXCLUDE_DISPUTE_DAYS))
    assert pieces(result) == [(1000, 0, 10), (0, 1000, 10), (1000, 0, 8)]
    assert result.fee == 40
