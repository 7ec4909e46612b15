"""Thank-yous: once per settlement, for money, after a reminder or always (S0.33)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.settlement import Outcome, SettlementFacts, ThanksRule, decide, thanks

RULE = ThanksRule(7)
ACCOUNT = ThanksRule(8, per_account=True)
ALWAYS = ThanksRule(9, always=True)
RULES = {1: RULE, 2: ACCOUNT, 3: ALWAYS}


def facts(**values):
    base = {
        "id": 1,
        "customer": 5,
        "currency": 1,
        "original": Decimal(1000),
        "paid": Decimal(1000),
        "scenario": 1,
        "reminded": True,
    }
    return SettlementFacts(**(base | values))


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ({}, Outcome.THANK),
        ({"thanked": True}, Outcome.THANKED),
        ({"scenario": None}, Outcome.NO_STEP),
        ({"scenario": 99}, Outcome.NO_STEP),
        ({"paid": Decimal(0)}, Outcome.NOT_PAID),
        ({"paid": Decimal(500)}, Outcome.NOT_PAID),
        ({"paid": Decimal(501)}, Outcome.THANK),
        ({"reminded": False}, Outcome.NOT_REMINDED),
        ({"reminded": False, "scenario": 3}, Outcome.THANK),
        ({"still_open": 1}, Outcome.THANK),
        ({"still_open": 1, "scenario": 2}, Outcome.STILL_OWES),
        ({"still_open": 0, "scenario": 2}, Outcome.THANK),
    ],
)
def test_one_outcome(values, outcome):
    assert decide(facts(**values), RULES) == outcome


def test_one_message_for_all_that_a_payment_settled():
    settled = [facts(id=1), facts(id=2), facts(id=3, customer=6), facts(id=4, thanked=True)]
    assert thanks(settled, RULES) == {(5, 1, 7): [1, 2], (6, 1, 7): [3]}


amounts = st.integers(0, 1000).map(Decimal)
portfolios = st.lists(
    st.builds(
        facts,
        customer=st.integers(1, 3),
        paid=amounts,
        scenario=st.sampled_from([None, 1, 2, 3]),
        reminded=st.booleans(),
        still_open=st.integers(0, 2),
        thanked=st.booleans(),
    ),
    max_size=8,
)


@given(portfolios)
def test_nobody_is_thanked_twice_nor_for_what_was_not_paid(settled):
    settled = [
        SettlementFacts(number, *[getattr(each, name) for name in each.__slots__[1:]])
        for number, each in enumerate(settled)
    ]
    ids = [number for group in thanks(settled, RULES).values() for number in group]
    assert len(ids) == len(set(ids))
    for number in ids:
        assert not settled[number].thanked
        assert settled[number].paid > 0
