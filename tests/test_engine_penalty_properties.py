"""What holds for every receivable: cover, additivity, monotonicity, order, and a naive count.

The naive count walks day by day in fractions and knows nothing of segments.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.penalty import compute
from engine.penalty_data import shipped
from engine.penalty_facts import Case, CreditNote, Dispute, Payment, Period, Policy
from engine.penalty_regime import Allocation, Anchor, DayCount

DAY = timedelta(days=1)
CENT = Decimal("0.01")
BASE = shipped().regime("fr_private")
SIMPLE = (
    BASE,
    shipped().regime("be"),
    shipped().regime("ie"),
    shipped().regime("de_consumer"),
    shipped().regime("fr_public"),
    replace(BASE, code="daily", anchor=Anchor.DAILY),
    replace(BASE, code="act_act", day_count=DayCount.ACT_ACT),
    replace(BASE, code="act_360", day_count=DayCount.ACT_360),
)
OTHERS = (
    replace(BASE, code="thirty", day_count=DayCount.THIRTY_360),
    replace(BASE, code="due_included", start_offset=0),
    replace(BASE, code="grace", grace_days=10),
)
ABSORBING = (
    replace(BASE, code="interest_first", allocation=Allocation.INTEREST_FIRST),
    replace(BASE, code="fee_first", allocation=Allocation.FEE_FIRST),
    replace(BASE, code="yearly", compounding=True),
    replace(BASE, code="yearly_first", compounding=True, allocation=Allocation.INTEREST_FIRST),
)
known = set(shipped().regimes)
BOOK = shipped().extend(
    regimes=[rule for rule in (*SIMPLE, *OTHERS, *ABSORBING) if rule.code not in known]
)

FIRST, LAST = date(2013, 5, 1), date(2026, 7, 23)
cents = st.integers(1, 2_000_000).map(lambda amount: amount * CENT)


@st.composite
def spans(draw, start, end):
    """One to three periods in order, the last of which may be open."""
    days = sorted(draw(st.lists(st.dates(start, end), min_size=2, max_size=6)))
    periods = [Period(*pair) for pair in zip(days[::2], days[1::2], strict=False)]
    if draw(st.booleans()):
        periods[-1] = replace(periods[-1], closed=None)
    return tuple(periods)


@st.composite
def cases(draw, regimes=SIMPLE, with_disputes=True):
    """A receivable with up to four events of a kind, over up to two years."""
    due = draw(st.dates(FIRST, LAST - DAY))
    end = min(LAST, due + timedelta(days=draw(st.integers(1, 800))))
    amount = draw(cents)
    start = due - timedelta(days=30)
    when = st.dates(start, min(LAST, end + timedelta(days=20)))
    some = draw(st.integers(0, 4))
    payments = tuple(
        Payment(draw(when), draw(st.integers(1, int(amount / CENT))) * CENT) for _ in range(some)
    )
    disputes = ()
    if with_disputes:
        disputes = tuple(
            Dispute(
                name,
                draw(st.integers(1, int(amount / CENT))) * CENT,
                draw(st.sampled_from(Policy)),
                draw(spans(start, min(LAST, end + timedelta(days=20)))),
                term_days=draw(st.sampled_from([0, 0, 30])),
                first_day=draw(when),
            )
            for name in draw(st.sampled_from(["", "A", "AB"]))
        )
    budget = int(amount / CENT)
    credits_ = []
    for _ in range(draw(st.integers(0, 3))):
        part = draw(st.integers(0, budget))
        budget -= part
        if part:
            named = draw(st.sampled_from([None, *(d.reference for d in disputes)]))
            retroactive = with_disputes and draw(st.booleans())
            credits_.append(CreditNote(draw(when), part * CENT, retroactive, named))
    return Case(
        reference="x",
        regime=draw(st.sampled_from(regimes)).code,
        amount=amount,
        due=due,
        as_of=end,
        invoice_date=start,
        payments=payments,
        credit_notes=tuple(credits_),
        disputes=disputes,
    )


def is_frozen(case):
    return BOOK.regime(case.regime).frozen


# === A naive count, day by day ===#


def is_idle(dispute, when, as_of):
    """Whether a contested part bears no interest on a day, as known on `as_of`."""
    periods = [period for period in dispute.periods if period.opened <= as_of]
    closed = [p.closed if p.closed and p.closed <= as_of else None for p in periods]
    if not periods or dispute.policy is Policy.FROM_ORIGINAL_DUE_DATE:
        return False
    if dispute.policy is Policy.NONE:
        return True
    if dispute.policy is Policy.MANUAL:
        return when < dispute.first_day
    if dispute.policy is Policy.FROM_RESOLUTION:
        return closed[-1] is None or when <= closed[-1] + timedelta(days=dispute.term_days)
    return any(
        p.opened < when and (end is None or when <= end)
        for p, end in zip(periods, closed, strict=True)
    )


def naive_days(case):
    """``{day: (base, held)}`` of the days with something open, principal first."""
    found = {}
    notes = [credit for credit in case.credit_notes if credit.day <= case.as_of]
    when = case.due + DAY
    while when <= case.as_of:
        passed = [c for c in notes if c.retroactive or c.day < when]
        open_ = case.amount - sum(credit.amount for credit in passed)
        open_ -= sum(p.amount for p in case.payments if p.day < when)
        held = Decimal(0)
        for dispute in case.disputes:
            settled = sum(c.amount for c in passed if c.dispute == dispute.reference)
            if is_idle(dispute, when, case.as_of):
                held += max(0, dispute.amount - settled)
        open_ = max(0, open_)
        held = min(held, open_)
        if open_:
            found[when] = open_ - held, held
        when += DAY
    return found


def naive_interest(case, days):
    regime = BOOK.regime(case.regime)
    tariff = BOOK.tariff(case.regime)
    start = min((when for when, (base, _held) in days.items() if base), default=None)
    total = Fraction(0)
    for when, (base, _held) in days.items():
        if base:
            rate = tariff.on(start if regime.frozen else when).percent
            leap = (date(when.year, 12, 31) - date(when.year - 1, 12, 31)).days
            year = {DayCount.ACT_ACT: leap, DayCount.ACT_360: 360}.get(regime.day_count, 365)
            total += Fraction(base) * Fraction(rate) / (100 * year)
    return Decimal(floor(total * 100 + Fraction(1, 2))) * CENT


@settings(max_examples=150, deadline=None)
@given(cases())
def test_segments_are_what_a_naive_count_finds_each_day_exactly_once(case):
    """Every late day in one segment, none twice; and one rounding, of exact fractions."""
    result = compute(case, BOOK)
    days = naive_days(case)
    found = {}
    for segment in result.segments:
        assert segment.days == (segment.last - segment.first).days + 1
        for offset in range(segment.days):
            when = segment.first + offset * DAY
            assert when not in found
            found[when] = segment.base, segment.held
    assert found == days
    assert result.interest == naive_interest(case, days)
    assert result.late_from == min((w for w, (base, _) in days.items() if base), default=None)


@settings(max_examples=100, deadline=None)
@given(cases([*SIMPLE, *OTHERS, *ABSORBING]))
def test_segments_are_in_order_and_within_the_period(case):
    result = compute(case, BOOK)
    for before, after in pairwise(result.segments):
        assert before.first <= before.last < after.first
    if result.segments:
        shift = DAY if BOOK.regime(case.regime).start_offset else timedelta()
        assert result.segments[0].first >= case.due + shift
        assert result.segments[-1].last <= case.as_of
    assert all(segment.base >= 0 and segment.held >= 0 for segment in result.segments)


@settings(max_examples=100, deadline=None)
@given(cases([*SIMPLE, *OTHERS, *ABSORBING]))
def test_no_cent_appears_or_disappears(case):
    """Invoice + interest + fee − credit notes − payments + surplus = what is open."""
    result = compute(case, BOOK)
    events = (*case.payments, *case.credit_notes)
    received = sum(event.amount for event in events if event.day <= case.as_of)
    assert case.amount + result.total - received + result.surplus == result.total_open
    assert min(result.principal_open, result.interest_open, result.fee_open, result.surplus) >= 0
    assert result.interest == result.interest.quantize(CENT)


@settings(max_examples=100, deadline=None)
@given(
    cases([*SIMPLE, *OTHERS[:2]], with_disputes=False),
    st.floats(0, 1),
)
def test_a_period_costs_the_sum_of_its_parts(case, part):
    """Interest to a day, then from that day on what is still open: nothing lost, nothing twice."""
    if is_frozen(case):
        case = replace(case, regime="fr_private")
    middle = case.due + timedelta(days=int(part * (case.as_of - case.due).days))
    first = compute(replace(case, as_of=middle), BOOK)
    whole = compute(case, BOOK)
    rest = compute(replace(case, due=middle), BOOK)
    parts = sum(segment.amount for segment in (*first.segments, *rest.segments))
    exact = sum(segment.amount for segment in whole.segments)
    assert abs(parts - exact) < Decimal("1e-15")


@settings(max_examples=100, deadline=None)
@given(cases([*SIMPLE, *OTHERS, *ABSORBING]), st.randoms())
def test_the_order_of_events_is_irrelevant(case, random):
    def shuffled(events):
        return tuple(random.sample(events, len(events)))

    other = replace(
        case,
        payments=shuffled(case.payments),
        credit_notes=shuffled(case.credit_notes),
        disputes=shuffled(case.disputes),
    )
    assert compute(other, BOOK) == compute(case, BOOK)


@settings(max_examples=150, deadline=None)
@given(
    cases([*SIMPLE, *OTHERS, ABSORBING[2]]).filter(lambda case: case.payments),
    st.integers(1, 400),
)
def test_paying_earlier_never_costs_more(case, days):
    """Principal first. A frozen rate may be another one when the first late day is."""
    if is_frozen(case):
        case = replace(case, disputes=(), credit_notes=())
    payment = case.payments[0]
    earlier = max(case.invoice_date, payment.day - timedelta(days=days))
    sooner = replace(case, payments=(replace(payment, day=earlier), *case.payments[1:]))
    before, after = compute(case, BOOK), compute(sooner, BOOK)
    assert after.interest <= before.interest
    assert after.fee <= before.fee


@settings(max_examples=150, deadline=None)
@given(
    cases(ABSORBING, with_disputes=False).filter(lambda case: case.payments),
    st.integers(1, 400),
)
def test_paying_earlier_never_costs_more_when_payments_settle_interest(case, days):
    """But for the cent that rounding interest at each payment can move."""
    payment = case.payments[0]
    earlier = max(case.invoice_date, payment.day - timedelta(days=days))
    sooner = replace(case, payments=(replace(payment, day=earlier), *case.payments[1:]))
    assert compute(sooner, BOOK).total <= compute(case, BOOK).total + CENT * len(case.payments)


@settings(max_examples=150, deadline=None)
@given(cases([*SIMPLE, *OTHERS, ABSORBING[2]]), cents)
def test_a_larger_invoice_never_costs_less(case, more):
    if is_frozen(case):
        case = replace(case, disputes=(), credit_notes=())
    larger = compute(replace(case, amount=case.amount + more), BOOK)
    result = compute(case, BOOK)
    assert larger.interest >= result.interest
    assert larger.fee >= result.fee


@settings(max_examples=100, deadline=None)
@given(cases([*SIMPLE, *OTHERS, *ABSORBING], with_disputes=False), st.integers(1, 300))
def test_waiting_never_costs_less(case, days):
    """Without credit notes that change the past, a later calculation only adds."""
    case = replace(case, payments=tuple(p for p in case.payments if p.day <= case.as_of))
    later = replace(case, as_of=min(LAST, case.as_of + timedelta(days=days)))
    assert compute(later, BOOK).total >= compute(case, BOOK).total
