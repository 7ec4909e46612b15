"""What is read back from the working of a rate is how the engine found it, in every regime."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_CEILING, Decimal

import pytest

from engine.penalty_data import shipped
from engine.penalty_error import PenaltyError
from engine.penalty_regime import Origin
from engine.penalty_words import read_rate

DAYS = [date(year, month, 15) for year in range(2012, 2027) for month in (3, 9)]


def _get_percent(words):
    if words.floor and words.floor.is_applied:
        return words.floor.factor * words.floor.percent
    percent = words.factor * words.percent + words.margin
    if words.step:
        percent = (percent / words.step).to_integral_value(ROUND_CEILING) * words.step
    return percent


@pytest.mark.parametrize("contract", [None, Decimal("3.5"), Decimal(18)])
@pytest.mark.parametrize("code", sorted(shipped().regimes))
def test_the_parts_give_the_rate(code, contract):
    rulebook = shipped()
    if contract and not rulebook.regime(code).contract_allowed:
        return
    for day in DAYS:
        try:
            rate = rulebook.tariff(code, contract).on(day)
        except PenaltyError:
            continue
        words = read_rate(rate.working)
        assert words is not None, rate.working
        assert _get_percent(words) == rate.percent, rate.working
        assert (rate.origin is Origin.FLOOR) == bool(words.floor and words.floor.is_applied)


def test_a_contract_s_own_formula_has_its_floor():
    regime = replace(shipped().regime("fr_private"), code="agreed", margin=Decimal(1), agreed=True)
    rate = shipped().extend(regimes=[regime]).tariff("agreed").on(date(2026, 9, 1))
    words = read_rate(rate.working)
    assert (words.series, words.margin, words.floor.minimum) == (
        "ecb_mro",
        Decimal(1),
        Decimal("8.25"),
    )


def test_other_words_are_no_working():
    assert read_rate("as agreed by phone") is None
    assert read_rate("as agreed, above 3 × x") is None
