"""Which receivables share a notice, and which one credits reduce."""

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.grouping import Item, group


def items(*rows):
    """Of one customer and currency: ``(amount, kind)``, numbered from 1."""
    return [
        Item(number, "EUR", Decimal(amount), kind) for number, (amount, kind) in enumerate(rows, 1)
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(100, None)], {}),  # nothing reaches a step: nobody is written to
        ([(100, "reminder"), (200, None)], {"reminder": [1, 2]}),  # S4.10: all that is overdue
        ([(100, "formal"), (200, None)], {"formal": [1]}),  # only what reaches it
        ([(100, "preventive"), (200, None)], {"preventive": [1]}),
        ([(100, "reminder"), (-30, None)], {"reminder": [1, 2]}),  # cc#211: credits are netted
        ([(100, "reminder"), (-100, None)], {}),  # S4.4
        ([(100, "reminder"), (50, None), (-120, None)], {"reminder": [1, 2, 3]}),
        ([(100, "preventive"), (-100, None)], {"preventive": [1]}),  # S4.6
        # Once, and the formal notice first.
        ([(100, "formal"), (80, "reminder"), (-30, None)], {"formal": [1, 3], "reminder": [2]}),
        ([(100, "formal"), (80, "reminder"), (-200, None)], {}),
        ([(100, "formal"), (80, "reminder"), (-120, None)], {"reminder": [2, 1, 3]}),
        # Contested and listed: shown, claimed at nothing.
        ([(100, "reminder"), (0, None)], {"reminder": [1, 2]}),
    ],
)
def test_one_account(rows, expected):
    assert group(items(*rows)) == {("EUR", kind): ids for kind, ids in expected.items()}


def test_a_credit_reduces_its_own_currency_only():
    """S4.4; a credit in dollars does not pay what is owed in euros."""
    euro, dollar = (
        Item(1, "EUR", Decimal(100), "reminder"),
        Item(2, "USD", Decimal(100), "reminder"),
    )
    credit = Item(3, "USD", Decimal(-150))
    assert group([euro, dollar, credit]) == {("EUR", "reminder"): [1]}


some_items = st.lists(
    st.builds(
        lambda account, amount, kind: (account, amount, kind if amount > 0 else None),
        st.sampled_from(["EUR", "USD"]),
        st.decimals(-1000, 1000, places=2),
        st.sampled_from([None, "preventive", "reminder", "formal"]),
    ),
    max_size=12,
).map(lambda rows: [Item(number, *row) for number, row in enumerate(rows)])


@given(some_items)
def test_any_portfolio(portfolio):
    """Every notice claims something; nothing is on two; what reaches a step is on its own kind."""
    notices = group(portfolio)
    by_id = {item.id: item for item in portfolio}
    seen = defaultdict(int)
    for (account, kind), ids in notices.items():
        assert sum(by_id[id_].amount for id_ in ids) > 0
        for id_ in ids:
            seen[id_] += 1
            assert by_id[id_].account == account
            if by_id[id_].kind not in (kind, None):  # a formal notice that credits cover
                assert (by_id[id_].kind, kind) == ("formal", "reminder")
                assert (account, "formal") not in notices
            assert by_id[id_].kind or kind != "preventive"
            assert by_id[id_].kind or by_id[id_].amount < 0 or kind == "reminder"
    assert all(times == 1 for times in seen.values())


@given(some_items, st.randoms())
def test_the_order_does_not_matter(portfolio, random):
    shuffled = portfolio[:]
    random.shuffle(shuffled)
    assert {key: set(ids) for key, ids in group(portfolio).items()} == {
        key: set(ids) for key, ids in group(shuffled).items()
    }
