"""When a receivable will be paid: from the customer's own delays, and the others' when few."""

import math
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.payment_date import (
    CONTESTED,
    PRIOR_EFFECT,
    Habit,
    Segment,
    Sums,
    forecast,
    habit,
    segment,
)

DUE = date(2026, 6, 30)
POST = frozenset({"post"})
PLAIN = frozenset()
DISPUTED = frozenset({CONTESTED})


def sums(*delays):
    """Recent receivables with these delays."""
    return Sums(
        len(delays), float(len(delays)), float(sum(delays)), float(sum(d * d for d in delays))
    )


def settled(*delays):
    return {PLAIN: sums(*delays)}


def day(days):
    return DUE + timedelta(days=days)


def expect(history, within, on=-30, traits=PLAIN):
    return forecast(habit(history, within), within, DUE, day(on), traits)


COMPANY = Segment(mean=0.0, variance=16.0, thinness=1.0, customers=50)


def test_a_habit_is_drawn_towards_the_others_when_it_is_thin():
    """With a thinness of 1, one invoice weighs as much as all other customers."""
    weights = {0: 0, 1: 50, 3: 75, 9: 90}
    for count, weight in weights.items():
        found = habit(settled(*[20] * count) if count else {}, COMPANY)
        assert (found.own_weight, found.delay) == (weight, pytest.approx(20 * weight / 100))
        assert (found.own, found.count) == (20 if count else None, count)


def test_customers_who_differ_much_say_less_of_one_another():
    alike = segment([settled(0, 10, 20), settled(2, 10, 21), settled(1, 9, 20)])
    apart = segment([settled(-20, -19, -21), settled(0, 1, -1), settled(20, 21, 19)])
    assert apart.thinness < 0.1
    assert alike.thinness > 10


def test_the_figures_of_a_segment():
    found = segment([settled(-2, 2), {PLAIN: sums(10), DISPUTED: sums(20, 30)}, {}])
    # One customer had both: 25 − 10 days, which says 1 × 2 ÷ 3.
    effect = (2 / 3) * 15 / (2 / 3 + PRIOR_EFFECT)
    assert found.effects == {CONTESTED: pytest.approx(effect)}
    assert found.customers == 2
    assert found.mean == pytest.approx((60 - 2 * effect) / 3 / 2)
    assert found.contested == pytest.approx(2 / 5)


def test_a_trait_is_measured_inside_each_customer():
    """Customers who get letters pay late here, but not because of the letters."""
    histories = [{POST: sums(*[30] * 8)}, {PLAIN: sums(*[0] * 8)}]
    assert segment(histories).effects == {"post": 0}
    both = [{POST: sums(*[start + 6] * 40), PLAIN: sums(*[start] * 40)} for start in (0, 10, 20)]
    assert segment(both).effects["post"] == pytest.approx(6, abs=0.3)


def test_the_expected_day_adds_the_traits_that_the_receivable_has():
    within = Segment(mean=0.0, variance=16.0, thinness=0.0, effects={"post": 6.0})
    history = {PLAIN: sums(2, 2, 2), POST: sums(8, 8, 8)}
    assert expect(history, within).expected == day(2)
    by_post = expect(history, within, traits=POST)
    assert (by_post.expected, by_post.effects) == (day(8), {"post": 6.0})
    assert by_post.habit.own == 2


def test_a_receivable_is_contested_as_often_as_the_others_until_it_is():
    within = Segment(variance=16.0, thinness=0.0, effects={CONTESTED: 14.0})
    history = {PLAIN: sums(*[0] * 8), DISPUTED: sums(*[14] * 8)}
    unknown, known = expect(history, within), expect(history, within, traits=DISPUTED)
    assert (unknown.contested, known.contested) == (8 / 18, 1)
    assert (unknown.delay, unknown.if_contested) == (known.delay, known.if_contested) == (0, 14)
    assert day(0) < unknown.expected < known.expected == day(14)


def test_the_probability_of_being_late_is_that_of_the_logistic_curve():
    """By hand: scale = √(3 × variance) ÷ π, and half a day, as days are whole."""
    within = Segment(variance=16.0, thinness=1e-9)
    found = expect(settled(*[-3] * 1000), within, on=-300)
    scale = math.sqrt(3 * found.habit.variance) / math.pi
    assert found.late == pytest.approx(1 / (1 + math.exp((0.5 + 3) / scale)), abs=1e-3)


def test_the_worked_example_of_the_documentation():
    """docs/scores.md: eight invoices 3 days late, sent by post, among customers 4 days early."""
    within = Segment(mean=-4.0, variance=36.0, thinness=2.0, effects={"post": 5.0})
    found = habit(settled(*[3] * 8), within)
    assert (found.own_weight, found.delay) == (80, pytest.approx(1.6))
    said = forecast(replace(found, variance=36.0), within, DUE, day(-30), POST)
    assert (said.delay, said.expected) == (pytest.approx(6.6), day(7))
    assert said.late == pytest.approx(0.86, abs=0.005)


def test_eight_payments_of_ten_are_in_the_interval():
    found = expect(settled(*[-4, 4] * 500), COMPANY, on=-300)
    deviation = math.sqrt(found.habit.variance)
    assert deviation == pytest.approx(4, abs=0.05)
    # The quantiles of a logistic curve: ln 9 × √3 ÷ π deviations.
    assert found.low == day(-5) and found.high == day(5)


def test_days_that_have_passed_are_ruled_out():
    early = settled(*[-20] * 200)
    before, late = expect(early, COMPANY), expect(early, COMPANY, on=40)
    assert before.expected == day(-20)
    assert day(40) <= late.low <= late.expected <= late.high < day(60)
    assert (before.late < 0.05, late.late) == (True, 1)
    assert expect(early, COMPANY, on=0).late > before.late


def test_what_is_overdue_for_years_is_not_expected_tomorrow():
    """So far out, the time that is left no longer depends on the day."""
    waits = {expect(settled(0, 0, 0), COMPANY, on=on).expected - day(on) for on in (400, 4000)}
    assert len(waits) == 1
    assert timedelta(days=0) < waits.pop() < timedelta(days=30)


def test_a_customer_without_history_is_expected_like_the_others():
    within = Segment(mean=6.0, variance=16.0, thinness=1.0, contested=0.0)
    assert expect({}, within).expected == day(6)
    assert expect({}, Segment()).expected == DUE
    assert segment([]) == segment([{}]) == Segment()


delays = st.lists(st.integers(-60, 300), min_size=1, max_size=12)
all_histories = st.lists(
    st.dictionaries(
        st.frozensets(st.sampled_from(["post", CONTESTED])),
        delays.map(lambda days: sums(*days)),
        max_size=4,
    ),
    max_size=5,
)


@given(all_histories, st.integers(-400, 4000), st.sampled_from([PLAIN, POST, DISPUTED]))
def test_a_forecast_is_in_order_whatever_the_history(histories, today, traits):
    within = segment(histories)
    for history in [*histories, {}]:
        found = expect(history, within, today, traits)
        assert day(today) <= found.low <= found.expected <= found.high
        assert 0 <= found.late <= 1
        assert 0 <= found.habit.own_weight <= 100
        assert within.variance > 0 and within.thinness > 0


@given(all_histories, delays, st.integers(1, 30))
def test_a_customer_who_paid_later_is_expected_later(histories, days, more):
    within = segment(histories)
    sooner = expect(settled(*days), within)
    later = expect(settled(*[each + more for each in days]), within)
    assert sooner.expected <= later.expected
    assert sooner.late <= later.late


@given(st.floats(-400, 400), st.floats(1, 5000), st.floats(0, 1), st.integers(-400, 400))
def test_the_probability_grows_as_days_pass_without_payment(delay, variance, contested, today):
    own = Habit(delay, delay, 100.0, 3, variance, contested)
    within = Segment(effects={CONTESTED: 10.0})
    now, tomorrow = (forecast(own, within, DUE, day(today + more), PLAIN) for more in (0, 1))
    assert now.late <= tomorrow.late + 1e-9
    assert now.expected <= tomorrow.expected
