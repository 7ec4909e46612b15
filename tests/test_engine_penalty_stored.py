"""What is kept as proof is the result: nothing is lost on the way to JSON and back."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from engine.penalty import compute
from engine.penalty_cases import result_as_json
from engine.penalty_data import shipped
from engine.penalty_facts import Case, Dispute, Payment, Period, Policy
from engine.penalty_regime import Allocation, Rulebook
from engine.penalty_stored import result_from_json

CASES = (
    Case("two half-years", "fr_private", Decimal(10000), date(2026, 5, 1), date(2026, 9, 1)),
    Case("not late", "fr_private", Decimal(10000), date(2026, 5, 1), date(2026, 5, 1)),
    Case(
        "contested",
        "fr_private",
        Decimal(10000),
        date(2026, 5, 1),
        date(2026, 9, 1),
        contract_rate=Decimal(5),
        payments=(Payment(date(2026, 7, 1), Decimal(4000)),),
        disputes=(
            Dispute(
                "D1",
                Decimal(6000),
                Policy.EXCLUDE_DISPUTE_DAYS,
                (Period(date(2026, 6, 1), date(2026, 8, 1)),),
            ),
        ),
    ),
)


@pytest.mark.parametrize("allocation", [Allocation.PRINCIPAL_FIRST, Allocation.INTEREST_FIRST])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.reference)
def test_nothing_is_lost(case, allocation):
    regime = replace(shipped().regime(case.regime), allocation=allocation)
    result = compute(case, Rulebook(shipped().values, [regime]))
    read = result_from_json(json.loads(json.dumps(result_as_json(result))))
    shortened = tuple(
        replace(segment, rate=segment.rate and replace(segment.rate, until=segment.last))
        for segment in result.segments
    )
    assert read == replace(result, segments=shortened)
    assert result_as_json(read) == result_as_json(result)
