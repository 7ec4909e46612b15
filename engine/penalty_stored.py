"""A result read back from the JSON that was kept as its proof: see `result_as_json`."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from .penalty_regime import Origin, Rate
from .penalty_result import Note, Result, Segment, Settled

SEGMENT = ("base", "held", "capitalised", "amount")
SETTLED = ("amount", "principal", "interest", "fee", "surplus")
RESULT = ("interest", "fee", "principal_open", "interest_open", "fee_open", "surplus")


def result_from_json(source: Mapping[str, Any]) -> Result:
    """The result as it was, but for how long each rate would have held: to the segment's end."""
    legal_fee, fee_currency = source["legal_fee"].split()
    return Result(
        reference=source["reference"],
        currency=source["currency"],
        as_of=date.fromisoformat(source["as_of"]),
        regime=source["regime"],
        segments=tuple(_segment(segment) for segment in source["segments"]),
        settled=tuple(
            Settled(day=date.fromisoformat(row["day"]), **_decimals(row, SETTLED))
            for row in source["settled"]
        ),
        legal_fee=Decimal(legal_fee),
        fee_currency=fee_currency,
        late_from=date.fromisoformat(source["late_from"]) if source["late_from"] else None,
        notes=tuple(Note(code) for code in source["notes"]),
        **_decimals(source, RESULT),
    )


def _segment(source: Mapping[str, Any]) -> Segment:
    first, last = (date.fromisoformat(source[name]) for name in ("first", "last"))
    rate = None
    if source["rate"]:
        origin, working = Origin(source["rate_origin"]), source["rate_working"]
        rate = Rate(Decimal(source["rate"]), last, origin, working)
    return Segment(
        first=first,
        last=last,
        days=source["days"],
        year_days=source["year_days"],
        rate=rate,
        **_decimals(source, SEGMENT),
    )


def _decimals(source: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Decimal]:
    return {name: Decimal(source[name]) for name in names}
