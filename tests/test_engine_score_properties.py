"""What is fair, whatever the history: neither a dispute nor an early payment lowers a score."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.score import score
from engine.score_facts import CustomerFacts, Item, summarise
from engine.score_formula import DEFAULT

TODAY = date(2026, 6, 30)
dues = st.integers(-45, 800).map(lambda days: TODAY - timedelta(days=days))
cents = st.integers(1, 500_000).map(lambda amount: amount / 100)


@st.composite
def items(draw):
    amount, due = draw(cents), draw(dues)
    days = draw(st.none() | st.integers(-45, 200))
    share = draw(st.sampled_from([0, 0, 0, 0.3, 1]))
    return Item(
        amount,
        due,
        None if days is None else due + timedelta(days=days),
        contested_days=draw(st.sampled_from([0, 0, 0, 5, 30, 90])),
        contested_amount=amount * share,
    )


histories = st.lists(items(), min_size=1, max_size=8)
# What is known of a customer beside its receivables.
others = st.fixed_dictionaries(
    {
        "promises_due": st.sampled_from([0.0, 2.0]),
        "promises_kept": st.sampled_from([0.0, 1.0]),
        "contacts": st.sampled_from([0, 4]),
        "reminded": st.sampled_from([0, 5]),
        "reminder_levels": st.sampled_from([0.0, 12.0]),
        "invoiced": st.just(10_000.0),
        "contested": st.sampled_from([0.0, 500.0]),
        "rejected_payments": st.sampled_from([None, 0, 2]),
    }
)


def of(history, other):
    facts = replace(summarise(1, history, TODAY), **other)
    return score(facts, replace(DEFAULT, min_settled=1))


def not_worse(after, before):
    """A customer that was not rated has no score to be lowered."""
    return before.score is None or after.score >= before.score


@given(histories, others, st.data())
def test_founding_a_dispute_never_lowers_a_score(history, other, data):
    """domain.md 2.7, S2.32: its days are nobody's delay, its amount isn't claimed."""
    index = data.draw(st.integers(0, len(history) - 1))
    item = history[index]
    founded = replace(
        item,
        contested_days=item.contested_days + data.draw(st.integers(0, 120)),
        contested_amount=data.draw(st.floats(item.contested_amount, item.amount)),
    )
    changed = [*history[:index], founded, *history[index + 1 :]]
    assert not_worse(of(changed, other), of(history, other))


@given(histories, others, st.data())
def test_paying_earlier_never_lowers_a_score(history, other, data):
    """Of a receivable that is paid, or open: whatever its due date, and whatever is paid else."""
    index = data.draw(st.integers(0, len(history) - 1))
    item = history[index]
    latest = min(item.settled or TODAY, TODAY)
    earlier = replace(item, settled=latest - timedelta(days=data.draw(st.integers(0, 100))))
    changed = [*history[:index], earlier, *history[index + 1 :]]
    assert not_worse(of(changed, other), of(history, other))


@given(histories, others, st.sampled_from([1e-3, 0.37, 100, 12345.678]))
def test_the_scale_of_amounts_changes_nothing(history, other, factor):
    """A customer of a thousand euros and one of a million are judged alike."""
    larger = [
        replace(
            item,
            amount=item.amount * factor,
            contested_amount=item.contested_amount * factor,
        )
        for item in history
    ]
    amounts = {name: other[name] * factor for name in ("invoiced", "contested")}
    before, after = of(history, other), of(larger, other | amounts)
    figures = [
        [(result.score, result.letter)]
        + [(each.value, each.points, each.share) for each in result.components]
        for result in (before, after)
    ]
    assert figures[0] == figures[1]


@given(histories, histories, others)
def test_another_customer_changes_nothing(history, unrelated, other):
    """The score is a function of the customer's own facts and of the formula, and of no state."""
    alone = of(history, other)
    of(unrelated, other)
    assert of(history, other) == alone


@given(histories, others, st.randoms())
def test_the_order_of_receivables_changes_nothing(history, other, random):
    shuffled = random.sample(history, len(history))
    assert of(shuffled, other).score == of(history, other).score


@given(histories, others)
def test_every_figure_is_in_its_range(history, other):
    result = of(history, other)
    assert 0 <= result.confidence <= 100
    assert result.score is None or 0 <= result.score <= 100
    for each in result.components:
        assert (each.points is None) == (each.value is None) == (each.share == 0)
        assert each.points is None or 0 <= each.points <= 100


def test_a_customer_without_anything_has_facts_and_no_rating():
    facts = summarise(1, [], TODAY)
    assert facts == CustomerFacts(customer=1, on_date=TODAY)
    assert score(facts, DEFAULT).letter == "NR"
