"""Rates and regimes as data: what this addon ships, and the reading of typed JSON objects.

``data/rates.csv`` has one dated value per line, ``data/regimes.json`` one object per regime whose
fields are those of :class:`Regime`. Both say from which text they come, and when it was read.
"""

import csv
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import MISSING, fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from .penalty_error import PenaltyError
from .penalty_rates import RateValue
from .penalty_regime import (
    Allocation,
    Anchor,
    DayCount,
    Debtor,
    FeeScope,
    FeeTier,
    Regime,
    Rulebook,
    Start,
)

DATA = Path(__file__).parent / "data"
MAX_LENGTH = 30  # of a number, before or after the point
Reader = Callable[[str, Any], Any]  # the field's name, and its value in JSON


@cache
def shipped() -> Rulebook:
    """The rates and regimes of this addon."""
    with (DATA / "rates.csv").open(encoding="utf-8", newline="") as stream:
        values = [read_rate("rates.csv", row) for row in csv.DictReader(stream)]
    regimes = load_json((DATA / "regimes.json").read_text(encoding="utf-8"))
    return Rulebook(values, [read_regime("regimes.json", regime) for regime in regimes])


def load_json(text: str) -> Any:
    """JSON with exact numbers.

    :raise PenaltyError: ``not_json``.
    """
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise PenaltyError("not_json", problem=str(error)) from None


def read_rate(what: str, source: Any) -> RateValue:
    """:raise PenaltyError: when the object isn't a dated value."""
    return RateValue(**read_object(what, source, RateValue, RATE))


def read_regime(what: str, source: Any, rulebook: Rulebook | None = None) -> Regime:
    """A regime, or a change to one of `rulebook` that the field ``like`` names.

    :raise PenaltyError: when it isn't a regime.
    """
    if rulebook and isinstance(source, Mapping) and "like" in source:
        base = rulebook.regime(read_text(f"{what}: like", source["like"]))
        changes = {name: value for name, value in source.items() if name != "like"}
        if "code" not in changes:
            raise PenaltyError("field_missing", field=f"{what}: code")
        return replace(base, **read_object(what, changes, Regime, REGIME, is_change=True))
    return Regime(**read_object(what, source, Regime, REGIME))


# === Typed fields ===#


def read_object(
    what: str, source: Any, target: type, readers: dict[str, Reader], is_change: bool = False
) -> dict[str, Any]:
    """The fields of a JSON object as arguments of the dataclass `target`.

    null is the default, or, in a change, the value None of a field that may have it.

    :raise PenaltyError: for a field that is missing, unknown or of the wrong type.
    """
    if not isinstance(source, Mapping):
        raise PenaltyError("not_an_object", what=what)
    optional = {
        field.name: field.default
        for field in fields(target)
        if field.default is not MISSING or field.default_factory is not MISSING
    }
    values = {}
    for name, value in source.items():
        if name not in readers:
            known = ", ".join(readers)
            raise PenaltyError("field_unknown", field=f"{what}: {name}", known=known)
        if value is not None:
            values[name] = readers[name](f"{what}: {name}", value)
        elif optional.get(name, MISSING) is None:
            values[name] = None
    for field in fields(target):
        if not is_change and field.name not in optional and field.name not in values:
            raise PenaltyError("field_missing", field=f"{what}: {field.name}")
    return values


def read_text(field: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise PenaltyError("field_invalid", field=field, value=value, expected="a text")
    return value.strip()


def read_decimal(field: str, value: Any) -> Decimal:
    """A number, or a text such as "1234.56"."""
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite() and abs(number.adjusted()) < MAX_LENGTH:
            return number
    raise PenaltyError("field_invalid", field=field, value=value, expected="a number")


def read_whole(field: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise PenaltyError("field_invalid", field=field, value=value, expected="a whole number")
    return value


def read_flag(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise PenaltyError("field_invalid", field=field, value=value, expected="true or false")
    return value


def read_day(field: str, value: Any) -> date:
    """A date written as 2026-12-31."""
    if isinstance(value, str) and len(value) == 10 and value[4::3] == "--":
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise PenaltyError("field_invalid", field=field, value=value, expected="a date as 2026-12-31")


def choice_of(choices: type[Enum]) -> Reader:
    def read(field: str, value: Any) -> Enum:
        for choice in choices:
            if choice.value == value:
                return choice
        expected = "one of " + ", ".join(choice.value for choice in choices)
        raise PenaltyError("field_invalid", field=field, value=value, expected=expected)

    return read


def tuple_of(target: type, readers: dict[str, Reader]) -> Reader:
    """A list of objects, as a tuple of `target`."""

    def read(field: str, value: Any) -> tuple:
        if not isinstance(value, list):
            raise PenaltyError("not_a_list", field=field)
        return tuple(
            target(**read_object(f"{field}[{index}]", item, target, readers))
            for index, item in enumerate(value)
        )

    return read


RATE: dict[str, Reader] = {
    "series": read_text,
    "since": read_day,
    "until": read_day,
    "percent": read_decimal,
    "source": read_text,
    "verified_on": read_day,
}
TIER: dict[str, Reader] = {
    "amount": read_decimal,
    "threshold": read_decimal,
    "above": read_flag,
}
REGIME: dict[str, Reader] = (
    dict.fromkeys(
        (
            *("code", "name", "country", "law", "series", "floor_series"),
            *("fee_currency", "threshold_currency", "source", "note"),
        ),
        read_text,
    )
    | dict.fromkeys(("factor", "margin", "fixed", "rate_step", "floor_factor"), read_decimal)
    | dict.fromkeys(("semesters_from", "valid_from", "valid_until", "verified_on"), read_day)
    | dict.fromkeys(
        ("agreed", "contract_allowed", "frozen", "compounding", "stops_at_insolvency"), read_flag
    )
    | dict.fromkeys(("start_offset", "grace_days"), read_whole)
    | {
        "debtor": choice_of(Debtor),
        "anchor": choice_of(Anchor),
        "day_count": choice_of(DayCount),
        "interest_from": choice_of(Start),
        "fee_tiers": tuple_of(FeeTier, TIER),
        "fee_scope": choice_of(FeeScope),
        "allocation": choice_of(Allocation),
    }
)
