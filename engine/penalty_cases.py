"""A file of cases in JSON → their penalties in JSON, without Odoo.

The format is in ``docs/penalty-cases.md``. Amounts and rates are written as texts, so that no
reader turns them into binary fractions. A case that can't be computed has an ``error`` in its
place, and the others are computed.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

from .penalty import compute_all
from .penalty_data import (
    Reader,
    choice_of,
    load_json,
    read_day,
    read_decimal,
    read_flag,
    read_object,
    read_rate,
    read_regime,
    read_text,
    read_whole,
    shipped,
    tuple_of,
)
from .penalty_error import PenaltyError
from .penalty_facts import Case, CreditNote, Dispute, Payment, Period, Policy
from .penalty_regime import ZERO, Rulebook
from .penalty_result import Result, Segment, Settled

ALL_COMPUTED, SOME_FAILED, NOT_READ = 0, 1, 2  # exit codes
TOTALS = ("interest", "fee", "total", "total_open")


def main(arguments: list[str]) -> int:
    """Compute the file that is named, and print the results. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m engine.penalty",
        description="Late-payment penalties of a list of cases; see docs/penalty-cases.md.",
    )
    parser.add_argument("cases", metavar="CASES.json", help="the file of cases; - is stdin")
    path = parser.parse_args(arguments).cases
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        output = compute_text(text)
        code = SOME_FAILED if output["failed"] else ALL_COMPUTED
    except (OSError, UnicodeDecodeError) as error:
        output, code = {"error": {"code": "not_readable", "message": str(error)}}, NOT_READ
    except PenaltyError as error:
        output, code = {"error": _error(error)}, NOT_READ
    json.dump(output, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
    return code


def compute_text(text: str) -> dict[str, Any]:
    """What the command prints, for the text of a file.

    :raise PenaltyError: when no case can be read, or the file's own rates or regimes are wrong.
    """
    content = load_json(text)
    rulebook = shipped()
    if isinstance(content, Mapping):
        rulebook = _extended(rulebook, content)
        content = content.get("cases")
    if not isinstance(content, list):
        raise PenaltyError("not_cases")
    read = [_attempt(index, source) for index, source in enumerate(content)]
    _refuse_duplicates(read)
    computed = iter(compute_all([case for case in read if isinstance(case, Case)], rulebook))
    outcomes = [next(computed) if isinstance(case, Case) else case for case in read]
    results = [outcome for outcome in outcomes if isinstance(outcome, Result)]
    return {
        "results": [
            result_as_json(outcome)
            if isinstance(outcome, Result)
            else {"reference": _reference(source), "error": _error(outcome)}
            for source, outcome in zip(content, outcomes, strict=True)
        ],
        "totals": _totals(results),
        "computed": len(results),
        "failed": len(outcomes) - len(results),
    }


# === Input ===#

EVENT: dict[str, Reader] = {"day": read_day, "amount": read_decimal}
CREDIT_NOTE: dict[str, Reader] = EVENT | {"retroactive": read_flag, "dispute": read_text}
PERIOD: dict[str, Reader] = {"opened": read_day, "closed": read_day}
DISPUTE: dict[str, Reader] = {
    "reference": read_text,
    "amount": read_decimal,
    "policy": choice_of(Policy),
    "periods": tuple_of(Period, PERIOD),
    "term_days": read_whole,
    "first_day": read_day,
}


def _read_exchange(field: str, value: Any) -> dict[str, Decimal]:
    if not isinstance(value, Mapping):
        raise PenaltyError("not_an_object", what=field)
    return {name: read_decimal(f"{field}.{name}", worth) for name, worth in value.items()}


CASE: dict[str, Reader] = {
    "reference": read_text,
    "regime": read_text,
    "amount": read_decimal,
    "due": read_day,
    "as_of": read_day,
    "currency": read_text,
    "digits": read_whole,
    "invoice_date": read_day,
    "invoice": read_text,
    "invoice_amount": read_decimal,
    "contract_rate": read_decimal,
    "notice": read_day,
    "judgment": read_day,
    "payments": tuple_of(Payment, EVENT),
    "credit_notes": tuple_of(CreditNote, CREDIT_NOTE),
    "disputes": tuple_of(Dispute, DISPUTE),
    "exchange": _read_exchange,
    "with_fee": read_flag,
}


def _extended(rulebook: Rulebook, content: Mapping) -> Rulebook:
    """The shipped rulebook with the file's own rates and regimes."""
    added = {}
    for name in ("rates", "regimes"):
        added[name] = content.get(name) or []
        if not isinstance(added[name], list):
            raise PenaltyError("not_a_list", field=name)
    unknown = sorted(set(content) - {"rates", "regimes", "cases"})
    if unknown:
        raise PenaltyError("field_unknown", field=unknown[0], known="rates, regimes, cases")
    values = [read_rate(f"rates[{index}]", rate) for index, rate in enumerate(added["rates"])]
    regimes = [
        read_regime(f"regimes[{index}]", regime, rulebook)
        for index, regime in enumerate(added["regimes"])
    ]
    return rulebook.extend(values, regimes)


def _attempt(index: int, source: Any) -> Case | PenaltyError:
    try:
        return Case(**read_object(f"cases[{index}]", source, Case, CASE))
    except PenaltyError as error:
        return error


def _refuse_duplicates(read: list[Case | PenaltyError]) -> None:
    """Which of two cases with one reference is meant is not ours to say: both are refused."""
    count = Counter(case.reference for case in read if isinstance(case, Case))
    for index, case in enumerate(read):
        if isinstance(case, Case) and count[case.reference] > 1:
            read[index] = PenaltyError("reference_duplicate", reference=case.reference)


# === Output ===#


def _text(amount: Decimal) -> str:
    return format(amount, "f")


def _reference(source: Any) -> str | None:
    reference = source.get("reference") if isinstance(source, Mapping) else None
    return reference if isinstance(reference, str) else None


def _error(error: PenaltyError) -> dict[str, str]:
    return {"code": error.code, "message": str(error)}


def result_as_json(result: Result) -> dict[str, Any]:
    """A result as the command prints it."""
    amounts = {
        name: _text(getattr(result, name))
        for name in (
            *("interest", "fee", "total"),
            *("principal_open", "interest_open", "fee_open", "total_open", "surplus"),
        )
    }
    return {
        "reference": result.reference,
        "regime": result.regime,
        "currency": result.currency,
        "as_of": result.as_of.isoformat(),
        "late_from": result.late_from and result.late_from.isoformat(),
        "segments": [_segment(segment) for segment in result.segments],
        "settled": [_settled(settled) for settled in result.settled],
        **amounts,
        "legal_fee": f"{_text(result.legal_fee)} {result.fee_currency}",
        "notes": [note.value for note in result.notes],
    }


def _segment(segment: Segment) -> dict[str, Any]:
    rate = segment.rate
    return {
        "first": segment.first.isoformat(),
        "last": segment.last.isoformat(),
        "days": segment.days,
        "year_days": segment.year_days,
        "base": _text(segment.base),
        "held": _text(segment.held),
        "capitalised": _text(segment.capitalised),
        "rate": rate and _text(rate.percent),
        "rate_origin": rate and rate.origin.value,
        "rate_working": rate and rate.working,
        "amount": _text(segment.amount),
        "working": segment.working,
    }


def _settled(settled: Settled) -> dict[str, str]:
    return {
        "day": settled.day.isoformat(),
        "amount": _text(settled.amount),
        "principal": _text(settled.principal),
        "interest": _text(settled.interest),
        "fee": _text(settled.fee),
        "surplus": _text(settled.surplus),
    }


def case_as_json(case: Case) -> dict[str, Any]:
    """A case as a file of cases has it: reading it again gives the same case."""
    return {
        name: _plain(value)
        for name, value in ((each.name, getattr(case, each.name)) for each in fields(case))
        if value not in (None, (), {})
    }


def _plain(value: Any) -> Any:
    """Decimals and dates as texts, objects as their fields."""
    if isinstance(value, Decimal):
        return _text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return value


def _totals(results: list[Result]) -> dict[str, dict[str, str]]:
    """The sums of the cases that were computed, by currency."""
    sums: dict[str, dict[str, Decimal]] = {}
    for result in results:
        total = sums.setdefault(result.currency, dict.fromkeys(TOTALS, ZERO))
        for name in TOTALS:
            total[name] += getattr(result, name)
    return {
        currency: {name: _text(amount) for name, amount in total.items()}
        for currency, total in sorted(sums.items())
    }
