"""How a rate was found, read back from its working: for who puts it into words, in any language.

The working is kept with each penalty as proof, so a statement can be written years later without
today's rates.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

NUMBER = r"-?\d+(?:\.\d+)?"
SERIES = re.compile(
    rf"(?:(?P<factor>{NUMBER}) × )?(?P<series>\w+) (?P<percent>{NUMBER})"
    rf" on (?P<day>\d{{4}}-\d\d-\d\d)(?: \+ (?P<margin>{NUMBER}))?"
    rf"(?:, rounded up to a multiple of (?P<step>{NUMBER}))?"
)
PLAIN = re.compile(rf"(?P<kind>contract|fixed) (?P<percent>{NUMBER})")
FLOOR = rf"(?P<factor>{NUMBER}) × (?P<series>\w+) (?P<percent>{NUMBER}) = (?P<floor>{NUMBER})"
RAISED = re.compile(rf"{FLOOR}, above (?P<rest>.+)")
CHECKED = re.compile(rf"(?P<rest>.+), not below {FLOOR}")


@dataclass(frozen=True, slots=True)
class Floor:
    """`factor` × `percent` of `series` = `minimum`, below which no contract may go."""

    factor: Decimal
    series: str
    percent: Decimal
    minimum: Decimal
    is_applied: bool


@dataclass(frozen=True, slots=True)
class RateWords:
    """`kind`: series, contract or fixed. The rate is `factor` × `percent` + `margin`, rounded up to
    a multiple of `step` where there is one; `day` is that of the reference rate.
    """

    kind: str
    percent: Decimal
    series: str | None = None
    day: date | None = None
    factor: Decimal = Decimal(1)
    margin: Decimal = Decimal(0)
    step: Decimal | None = None
    floor: Floor | None = None


def read_rate(working: str) -> RateWords | None:
    """The parts of ``Rate.working``; None when it is not one.

    >>> words = read_rate("ecb_mro 2.15 on 2026-01-01 + 10")
    >>> words.series, words.percent, words.day.isoformat(), words.margin
    ('ecb_mro', Decimal('2.15'), '2026-01-01', Decimal('10'))
    >>> read_rate("3 × fr_legal_professional 2.75 = 8.25, above contract 5.00").floor.is_applied
    True
    """
    if match := RAISED.fullmatch(working) or CHECKED.fullmatch(working):
        words = read_rate(match["rest"])
        if words is None:
            return None
        factor, percent, minimum = (Decimal(match[name]) for name in ("factor", "percent", "floor"))
        is_applied = match.re is RAISED
        return replace(words, floor=Floor(factor, match["series"], percent, minimum, is_applied))
    if match := PLAIN.fullmatch(working):
        return RateWords(match["kind"], Decimal(match["percent"]))
    if match := SERIES.fullmatch(working):
        return RateWords(
            "series",
            Decimal(match["percent"]),
            match["series"],
            date.fromisoformat(match["day"]),
            Decimal(match["factor"] or 1),
            Decimal(match["margin"] or 0),
            match["step"] and Decimal(match["step"]),
        )
    return None
