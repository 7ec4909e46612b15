"""The checklist of a formal notice: certain, liquid, due (S2.31)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.formal import (
    ORDER,
    ClaimFacts,
    Light,
    NoticeFacts,
    checklist,
    deadline,
    has_expired,
    worst,
)

TODAY = date(2026, 6, 30)
DUE = date(2026, 5, 20)


def claim(**values):
    base = {"id": 1, "due": DUE, "open": Decimal(1000), "claimed": Decimal(1000)}
    return ClaimFacts(**(base | values))


def lights(*claims, **values):
    """The lights that are not green: ``{code: light}``."""
    checks = checklist(NoticeFacts(claims or (claim(),), **values), TODAY)
    return {check.code: check.light for check in checks if check.light != Light.GREEN}


def test_in_order():
    assert lights() == {}
    assert worst(checklist(NoticeFacts((claim(),)), TODAY)) == Light.GREEN


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"has_order": False}, {"order": Light.ORANGE}),
        ({"has_proof": False}, {"delivery": Light.ORANGE}),
        ({"was_sent": False}, {"sent": Light.ORANGE}),
        ({"has_order": False, "has_proof": False, "is_invoice": False}, {}),
        ({"claimed": Decimal(700), "contested": Decimal(300)}, {"undisputed": Light.ORANGE}),
        (
            {"claimed": Decimal(0), "contested": Decimal(1000)},
            {"undisputed": Light.RED, "open": Light.RED},
        ),
        ({"open": Decimal(0)}, {"open": Light.RED}),
        ({"in_payment": Decimal(200)}, {"bank": Light.ORANGE}),
        ({"promised": Decimal(200)}, {"promise": Light.ORANGE}),
        ({"due": TODAY}, {"due": Light.RED}),
        ({"due": TODAY - timedelta(days=1)}, {}),
    ],
)
def test_of_a_receivable(values, expected):
    assert lights(claim(**values)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"credit": Decimal(1)}, {"credit": Light.ORANGE}),
        ({"bank_pending": Decimal(500)}, {"bank": Light.ORANGE}),
        ({"is_paused": True}, {"promise": Light.ORANGE}),
        ({"is_vetoed": True}, {"veto": Light.RED}),
        ({"is_spared": True}, {"relation": Light.ORANGE}),
        ({"needs_consent": True}, {"consent": Light.ORANGE}),
    ],
)
def test_of_a_customer(values, expected):
    assert lights(**values) == expected


def test_what_is_wholly_contested_beside_a_claim_is_shown_apart():
    other = claim(id=2, claimed=Decimal(0), contested=Decimal(400))
    assert lights(claim(), other) == {"undisputed": Light.ORANGE}
    contested = checklist(NoticeFacts((claim(), other)), TODAY)[3]
    assert (contested.claims, contested.amount) == ((2,), Decimal(400))


amounts = st.integers(0, 1000).map(Decimal)
claims = st.builds(
    claim,
    due=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    open=amounts,
    claimed=amounts,
    contested=amounts,
    promised=amounts,
    in_payment=amounts,
    has_order=st.booleans(),
    has_proof=st.booleans(),
    was_sent=st.booleans(),
)


@given(st.lists(claims, max_size=4), st.booleans())
def test_nothing_red_can_be_sent(found, is_vetoed):
    """What is not due, wholly contested, or settled is red, whatever else there is."""
    light = worst(checklist(NoticeFacts(tuple(found), is_vetoed=is_vetoed), TODAY))
    claimed = [each for each in found if each.claimed > 0]
    is_red = (
        is_vetoed or not claimed or any(each.due >= TODAY or each.open <= 0 for each in claimed)
    )
    assert (light == Light.RED) == is_red


@given(st.lists(claims, min_size=1, max_size=3), claims)
def test_another_defect_never_makes_it_better(found, other):
    one = {check.code: check.light for check in checklist(NoticeFacts(tuple(found)), TODAY)}
    more = checklist(NoticeFacts((*found, other)), TODAY)
    worse = {"order", "delivery", "sent", "bank", "due", "promise"}
    for check in more:
        if check.code in worse:
            assert ORDER.index(check.light) >= ORDER.index(one[check.code])


@given(
    st.integers(0, 60),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.booleans(),
)
def test_a_deadline_never_comes_before_what_the_letter_says(days, deposited, printed, electronic):
    limit = deadline(days, deposited, printed, electronic)
    assert limit >= printed
    assert limit >= deposited + timedelta(days=days + 15 * electronic)
    assert not has_expired(limit, Decimal(1), limit)
    assert has_expired(limit, Decimal(1), limit + timedelta(days=1))
