"""The score of a customer: its check values, its components, its rules (S0.21, S0.23, S0.24)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from engine.score import Measure, score
from engine.score_facts import CustomerFacts, Delays, Item, net_delay, summarise
from engine.score_formula import DEFAULT, Component, Formula, problems, tidy

TODAY = date(2026, 6, 30)
DELAY, MARGIN = DEFAULT.components[:2]


def ago(days):
    return TODAY - timedelta(days=days)


def paid(amount, days, age=100, **values):
    """A receivable that fell due `age` days ago and was paid `days` after that."""
    return Item(amount, ago(age), ago(age - days), **values)


def upflow(**second):
    """The published example of a weighted delay: 7, 55 and 10 days late."""
    return [paid(140, 7), paid(85, 55, **second), paid(214, 10)]


def of(code, facts, formula=DEFAULT, extra=None):
    result = score(facts, formula, extra)
    return next(each for each in result.components if each.code == code)


def rated(**values):
    """A customer with three receivables settled on their due dates, and `values`."""
    on_time = Delays(3.0, 0.0, (), 3)
    return CustomerFacts(
        **{
            "customer": 1,
            "on_date": TODAY,
            "settled": 3,
            "by_amount": on_time,
            "by_invoice": on_time,
            "recent": 300.0,
        }
        | values
    )


# === Check values of domain.md 2.7 ===#


def test_the_weighted_delay_of_the_published_example():
    result = of("delay", summarise(1, upflow(), TODAY))
    assert (result.value, result.points) == (17.8, 66.3)


def test_days_in_a_founded_dispute_are_nobodys_delay():
    result = of("delay", summarise(1, upflow(contested_days=40), TODAY))
    assert (result.value, result.points) == (10.0, 80.7)


@pytest.mark.parametrize(
    ("days", "points"),
    [(-5, 100), (0, 100), (8, 85), (15, 70), (30, 50), (60, 25), (90, 10), (120, 0), (300, 0)],
)
def test_points_are_those_of_the_break_points_and_in_proportion_between(days, points):
    assert DELAY.points(days) == points


# A to G of domain.md 2.7, as the components that they became.
LETTERS = {
    "A": ("delay", "margin"),
    "B": ("overdue",),
    "C": ("promises",),
    "D": ("effort",),
    "E": ("unfounded",),
    "F": ("communication",),
    "G": ("incidents", "solvency"),
}


@pytest.mark.parametrize(
    ("points", "total", "letter"),
    [
        ((96.3, 100, 88, 92.5, 100, 90, 100), 95.3, "A"),  # 2 days late: shown as 96
        ((66, 85, 48, 62.5, 100, 60, 100), 69.7, "B"),
        ((66, 85, None, 62.5, 100, 60, 100), 73.5, "B"),  # without any promise
        ((29.2, 30, 23.3, 25, 40, 20, 50), 29.0, "E"),  # 55 days, 0 of 4 promises: 29 and 23
    ],
)
def test_sample_totals(points, total, letter):
    """The weights are the formula's; the points are given."""
    of_code = {
        code: value for value, codes in zip(points, LETTERS.values(), strict=True) for code in codes
    }
    components = tuple(
        replace(component, code=f"given_{component.code}") for component in DEFAULT.components
    )
    measures = {
        f"given_{code}": Measure(value, "given", points=value) for code, value in of_code.items()
    }
    result = score(rated(), replace(DEFAULT, components=components), measures)
    assert (result.score, result.letter) == (total, letter)
    assert result.confidence == (85 if None in points else 100)


# === What is stored ===#


def test_the_score_is_recomputed_by_hand_from_what_is_stored():
    """S0.23: value → points → weight → total, with the rounded figures only."""
    facts = rated(
        by_amount=Delays(439.0, 7820.0, (), 3),
        overdue=(0.0, 100.0, 0.0, 0.0),
        promises_due=3.0,
        promises_kept=1.5,
        contacts=7,
        answered=3,
        rejected_payments=1,
    )
    result = score(facts, DEFAULT)
    known = [each for each in result.components if each.points is not None]
    for each in known:
        component = next(one for one in DEFAULT.components if one.code == each.code)
        assert component.points(each.value) == each.points
    weights = sum(each.weight for each in known)
    assert result.score == tidy(sum(each.points * each.weight for each in known) / weights)
    assert result.confidence == weights == 78
    assert sum(each.share for each in known) == pytest.approx(100, abs=0.3)


def test_the_worked_example_of_the_documentation():
    """docs/scores.md, line by line."""
    facts = rated(
        by_amount=Delays(1000.0, 17_800.0, (), 5),
        by_invoice=Delays(3.0, 12.8, (), 5),
        overdue=(0.0, 1000.0, 0.0, 0.0),
        recent=8000.0,
        promises_due=2.0,
        promises_kept=1.5,
        reminded=10,
        reminder_levels=5.0,
        invoiced=9000.0,
        contacts=8,
        answered=5,
        rejected_payments=0,
    )
    result = score(facts, DEFAULT)
    assert [(each.value, each.points) for each in result.components] == [
        (17.8, 66.3),
        (3.2, 39.3),
        (6.3, 93.7),
        (72.5, 72.5),
        (0.5, 87.5),
        (0.0, 100.0),
        (62.5, 62.5),
        (0.0, 100.0),
        (None, None),
    ]
    assert (result.score, result.letter, result.confidence) == (74.5, "B", 98)


@pytest.mark.parametrize(
    ("number", "rounded"),
    [(17.85, 17.9), (17.849, 17.8), (-0.25, -0.2), (-0.26, -0.3), (0.04, 0.0), (99.95, 100.0)],
)
def test_figures_are_rounded_half_up_as_a_person_does(number, rounded):
    assert tidy(number) == rounded


# === Components ===#


def test_the_margin_counts_half_a_month_either_way_and_one_more_invoice_on_time():
    items = [paid(100, -2, age=0), paid(100, -40, age=1), paid(100, 6, age=365)]
    facts = summarise(1, items, TODAY)
    # The first one's due date is not past: it is left out, as it would not better the mean.
    assert facts.by_invoice.count == 3
    weight = 0.5 ** (1 / 365)
    expected = (-15 * weight + 0.5 * 6) / (weight + 0.5 + 1)
    assert facts.by_invoice.mean(1.0) == pytest.approx(expected)


@pytest.mark.parametrize(("days", "points"), [(-15, 100), (-7.5, 75), (0, 50), (7.5, 25), (15, 0)])
def test_the_due_date_itself_is_in_the_middle_of_the_margin(days, points):
    assert MARGIN.points(days) == points


@pytest.mark.parametrize(
    ("age", "share"), [(0, 0), (1, 25), (15, 25), (16, 50), (30, 50), (31, 75), (60, 75), (61, 100)]
)
def test_what_is_overdue_counts_by_its_age(age, share):
    items = [Item(100, ago(age)), paid(100, 0, age=80), paid(700, 0, age=91)]
    assert of("overdue", summarise(1, items, TODAY)).value == share / 2


def test_what_is_overdue_for_longer_than_a_quarter_counts_alone():
    assert of("overdue", summarise(1, [Item(100, ago(200))], TODAY)).value == 100


def test_a_contested_amount_is_not_overdue_nor_are_the_days_of_a_founded_dispute():
    items = [
        Item(100, ago(20), contested_amount=60.0),
        Item(100, ago(20), contested_days=10),
        Item(100, ago(20), contested_days=30),
    ]
    assert summarise(1, items, TODAY).overdue == (100.0, 40.0, 0.0, 0.0)


def test_promises_are_smoothed_and_a_part_counts():
    result = of("promises", rated(promises_due=2.0, promises_kept=1.5))
    assert result.value == tidy(100 * 2.9 / 4) == result.points


@pytest.mark.parametrize(("levels", "points"), [(0, 100), (10, 75), (40, 0)])
def test_the_effort_is_the_mean_highest_level(levels, points):
    assert of("effort", rated(reminded=10, reminder_levels=levels)).points == points


@pytest.mark.parametrize(("amount", "points"), [(0, 100), (25, 50), (50, 0), (500, 0)])
def test_unfounded_disputes_count_up_to_five_percent_of_what_was_invoiced(amount, points):
    assert of("unfounded", rated(invoiced=1000.0, unfounded=amount)).points == points


@pytest.mark.parametrize(
    ("contacts", "answered", "verified", "points"),
    [(4, 1, None, 25), (4, 1, 30, 40), (4, 1, 400, 25), (0, 0, 30, 100), (0, 0, None, None)],
)
def test_a_verified_contact_counts_like_an_answer(contacts, answered, verified, points):
    on = None if verified is None else ago(verified)
    facts = rated(contacts=contacts, answered=answered, contact_verified_on=on)
    assert of("communication", facts).points == points


@pytest.mark.parametrize(("count", "points"), [(0, 100), (1, 75), (4, 0), (9, 0), (None, None)])
def test_each_rejected_payment_costs_a_quarter(count, points):
    assert of("incidents", rated(rejected_payments=count)).points == points


@pytest.mark.parametrize(("age", "points"), [(0, 42), (365, 42), (366, None), (-1, None)])
def test_a_solvency_value_counts_for_a_year(age, points):
    assert of("solvency", rated(external_value=42.0, external_on=ago(age))).points == points


# === Rules ===#


def test_a_component_without_data_gives_its_weight_to_the_others():
    result = score(rated(), DEFAULT)
    shares = {each.code: each.share for each in result.components if each.share}
    assert shares == {"delay": 36.4, "margin": 27.3, "overdue": 36.4}
    assert result.confidence == 55
    assert result.score == tidy((20 * 100 + 15 * 50 + 20 * 100) / 55)


@pytest.mark.parametrize(("settled", "letter"), [(0, "NR"), (2, "NR"), (3, "A")])
def test_no_rating_below_three_settled_receivables(settled, letter):
    result = score(rated(settled=settled), DEFAULT)
    assert result.letter == letter
    assert (result.score is None) == (letter == "NR")


@pytest.mark.parametrize(
    ("values", "score_", "letter", "cap"),
    [
        ({"legal_file": True}, 30, "D", "legal"),
        ({"insolvent": True}, 29.9, "E", "insolvency"),
        ({"insolvent": True, "legal_file": True}, 29.9, "E", "insolvency"),
        ({"insolvent": True, "settled": 0}, None, "E", "insolvency"),
        ({"legal_file": True, "settled": 0}, None, "NR", None),
        ({"legal_file": True, "overdue": (0.0, 0.0, 0.0, 9999.0), "recent": 0.0}, 30, "D", "legal"),
    ],
)
def test_a_legal_file_and_an_insolvency_cap_the_score(values, score_, letter, cap):
    result = score(rated(**values), DEFAULT)
    assert (result.score, result.letter, result.cap) == (score_, letter, cap)


def test_a_cap_that_changes_nothing_is_not_named():
    bad = Delays(3.0, 600.0, (), 3)
    facts = rated(by_amount=bad, by_invoice=bad, overdue=(0.0, 0.0, 0.0, 300.0), legal_file=True)
    result = score(facts, DEFAULT)
    assert (result.score, result.cap) == (0, None)


def test_the_propensity_to_contest_is_in_no_component():
    """S0.21, S2.32: disputes say nothing of how a customer pays."""
    calm, contesting = (
        score(rated(invoiced=1000.0, contested=contested), DEFAULT) for contested in (0.0, 400.0)
    )
    assert (calm.dispute_propensity, contesting.dispute_propensity) == (0, 40)
    assert calm.components == contesting.components
    assert score(rated(), DEFAULT).dispute_propensity is None


def test_another_addon_brings_a_component():
    own = Component("visits", 10, ((0, 0), (5, 100)))
    halved = replace(DELAY, weight=10)
    formula = replace(DEFAULT, components=(halved, *DEFAULT.components[1:], own))
    assert not problems(formula, known=["visits"])
    found = of("visits", rated(), formula, {"visits": Measure(2, "visited", {"count": 2})})
    assert (found.points, found.reason, found.params) == (40, "visited", {"count": 2})
    gone = of("visits", rated(), formula)
    assert (gone.points, gone.reason) == (None, "not_measured")


# === What is known on a day ===#


def test_a_later_payment_and_a_later_invoice_are_not_known_yet():
    due, later = ago(20), TODAY + timedelta(days=1)
    known = [Item(100, due)]
    assert summarise(1, [Item(100, due, later)], TODAY) == summarise(1, known, TODAY)
    assert summarise(1, [*known, Item(9, due, None, later)], TODAY) == summarise(1, known, TODAY)


def test_a_receivable_belongs_to_a_period_by_its_due_date():
    items = [paid(100, 700, age=age) for age in (365, 366, 730, 731)]
    facts = summarise(1, items, TODAY)
    assert (facts.by_amount.count, facts.by_invoice.count, facts.settled) == (1, 3, 1)


def test_an_open_receivable_says_nothing_before_its_due_date_is_past():
    facts = summarise(1, [Item(100, TODAY), Item(100, TODAY + timedelta(days=30))], TODAY)
    assert (facts.by_amount.count, facts.recent) == (0, 200)
    assert of("delay", facts).reason == "nothing_due"


@pytest.mark.parametrize(("days", "contested", "net"), [(55, 40, 15), (55, 60, 0), (-5, 40, -5)])
def test_contested_days_never_make_a_payment_early(days, contested, net):
    assert net_delay(paid(1, days, contested_days=contested), TODAY) == net


def test_a_contested_amount_counts_only_in_favour():
    late = [paid(100, 10), paid(100, 30, contested_amount=100.0)]
    early = [paid(100, 10), paid(100, 2, contested_amount=100.0)]
    partly = [paid(100, 10), paid(100, 30, contested_amount=50.0)]
    assert summarise(1, late, TODAY).by_amount.mean() == 10
    assert summarise(1, early, TODAY).by_amount.mean() == 6
    assert summarise(1, partly, TODAY).by_amount.mean() == pytest.approx(50 / 3)


def test_a_customer_of_whom_all_is_contested_is_on_time():
    items = [paid(100, days, contested_amount=100.0) for days in (20, 30, 40)]
    assert of("delay", summarise(1, items, TODAY)).points == 100


# === What is wrong in a formula ===#


def formula_with(**values):
    return replace(DEFAULT, components=(replace(DELAY, **values), *DEFAULT.components[1:]))


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        (formula_with(weight=21), "weights_not_100"),
        (formula_with(weight=-20), "weight_negative"),
        (formula_with(code="margin"), "component_twice"),
        (formula_with(code="horoscope"), "component_unknown"),
        (formula_with(breaks=((0, 100),)), "breaks_too_few"),
        (formula_with(breaks=((0, 100), (30, 50), (15, 0))), "breaks_not_ordered"),
        (formula_with(breaks=((0, 100), (0, 50))), "breaks_not_ordered"),
        (formula_with(breaks=((0, 101), (30, 50))), "points_out_of_range"),
        (formula_with(breaks=((0, 100), (8, 50), (15, 70))), "points_not_one_way"),
        (formula_with(breaks=((0, 0), (30, 100))), "points_wrong_way"),
        (replace(DEFAULT, classes=(("A", 0),)), "classes_too_few"),
        (replace(DEFAULT, classes=(("A", 50), ("A", 0))), "class_twice"),
        (replace(DEFAULT, classes=(("A", 50), ("B", 10))), "classes_not_from_0"),
        (replace(DEFAULT, classes=(("A", 50), ("B", 60), ("C", 0))), "classes_not_ordered"),
        (replace(DEFAULT, classes=(("A", 101), ("B", 0))), "class_out_of_range"),
        (replace(DEFAULT, min_settled=0), "min_settled_too_low"),
        (replace(DEFAULT, legal_cap=101), "legal_cap_out_of_range"),
        (Formula(1, ()), "weights_not_100"),
    ],
)
def test_a_wrong_formula_is_told_what_is_wrong(formula, code):
    """S0.23: weights sum to 100; break points and classes are contiguous."""
    assert code in [problem.code for problem in problems(formula)]


def test_the_shipped_formula_has_no_problem():
    assert not problems(DEFAULT)
