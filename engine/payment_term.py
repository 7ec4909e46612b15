"""How late an invoice may fall due by law (France: C. com. L441-10 to L441-12, CCP R2192-10, -11).

A limit is a number of days, counted from the invoice or from the delivery, with or without the end
of a month. Which limits hold follows from the kind of debtor, the sector, and what was agreed.
The limits are data: ``data/payment_limits.json``.
"""

import json
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data" / "payment_limits.json"


class MonthEnd(str, Enum):
    """Where the end of a month, or of ten days, comes into a count."""

    NONE = "none"
    THEN = "then"  # the days, then the end of that month ("A")
    FIRST = "first"  # the end of the month, then the days ("B")
    DECADE = "decade"  # the end of the ten days (1-10, 11-20, 21-end), then the days


class Origin(str, Enum):
    """The day from which a limit is counted."""

    INVOICE = "invoice"
    DELIVERY = "delivery"  # that of the invoice when no delivery is known


class Sector(str, Enum):
    """Sales that have a limit of their own: what is sold, or the kind of public purchaser."""

    TRANSPORT = "transport"
    PERISHABLE = "perishable"
    CATTLE = "cattle"
    ALCOHOL = "alcohol"
    EXPORT = "export"
    PUBLIC_HEALTH = "public_health"
    PUBLIC_UNDERTAKING = "public_undertaking"


BY_SECTOR = {
    Sector.TRANSPORT: "fr_transport_30",
    Sector.PERISHABLE: "fr_perishable_30",
    Sector.CATTLE: "fr_cattle_20",
    Sector.ALCOHOL: "fr_alcohol_30",
    Sector.EXPORT: "fr_export_90",
}
BY_PUBLIC = {
    Sector.PUBLIC_HEALTH: "fr_public_health_50",
    Sector.PUBLIC_UNDERTAKING: "fr_public_undertaking_60",
}
BY_MONTH_END = {MonthEnd.THEN: "fr_eom_45_then", MonthEnd.FIRST: "fr_eom_45_first"}


@dataclass(frozen=True, slots=True)
class Limit:
    """`days` at most, by the law that is cited."""

    code: str
    days: int
    law: str
    origin: Origin = Origin.INVOICE
    month_end: MonthEnd = MonthEnd.NONE

    def latest(self, day: date) -> date:
        """The last lawful due date, counted from `day`."""
        if self.month_end is MonthEnd.FIRST:
            day = end_of_month(day)
        elif self.month_end is MonthEnd.DECADE:
            day = end_of_decade(day)
        day += timedelta(days=self.days)
        return end_of_month(day) if self.month_end is MonthEnd.THEN else day


@dataclass(frozen=True, slots=True)
class Sale:
    """What an invoice is about. `agreed` is None when no payment term was agreed on.

    `agreed` says only whether, and how, the contract counts with the end of a month.
    """

    invoice_date: date
    agreed: MonthEnd | None = MonthEnd.NONE
    delivery: date | None = None
    sector: Sector | None = None
    is_public: bool = False
    is_periodic: bool = False


@dataclass(frozen=True, slots=True)
class Excess:
    """A due date that is `days` later than the latest one by `limit`."""

    limit: Limit
    latest: date
    days: int


@cache
def limits() -> dict[str, Limit]:
    """The limits of the law, by their code."""
    rows = json.loads(DATA.read_text(encoding="utf-8"))
    found = (
        Limit(
            code=row["code"],
            days=row["days"],
            law=row["law"],
            origin=Origin(row.get("from", "invoice")),
            month_end=MonthEnd(row.get("month_end", "none")),
        )
        for row in rows
    )
    return {limit.code: limit for limit in found}


def allowed(sale: Sale) -> Iterable[Limit]:
    """The limits of which the most generous holds."""
    known = limits()
    if sale.is_public:
        yield known[BY_PUBLIC.get(sale.sector, "fr_public_30")]
    elif sale.sector in BY_SECTOR:
        yield known[BY_SECTOR[sale.sector]]
    elif sale.agreed is None:
        yield known["fr_default_30"]
    elif sale.is_periodic:
        yield known["fr_periodic_45"]
    else:
        yield known["fr_net_60"]
        if sale.agreed in BY_MONTH_END:
            yield known[BY_MONTH_END[sale.agreed]]


def latest_due(sale: Sale) -> tuple[date, Limit]:
    """The latest lawful due date, and the limit that gives it."""
    days = [(limit.latest(_counted_from(limit, sale)), limit) for limit in allowed(sale)]
    return max(days, key=lambda pair: pair[0])


def _counted_from(limit: Limit, sale: Sale) -> date:
    return (limit.origin is Origin.DELIVERY and sale.delivery) or sale.invoice_date


def check(sale: Sale, due: date) -> Excess | None:
    """By how much a due date is later than the law allows; None when it is lawful."""
    latest, limit = latest_due(sale)
    return Excess(limit, latest, (due - latest).days) if due > latest else None


def end_of_month(day: date) -> date:
    """
    >>> end_of_month(date(2024, 2, 1))
    datetime.date(2024, 2, 29)
    """
    return day.replace(day=monthrange(day.year, day.month)[1])


def end_of_decade(day: date) -> date:
    """The last of the ten days of its month: 10, 20, or the end of the month.

    >>> end_of_decade(date(2026, 2, 10)), end_of_decade(date(2026, 2, 21))
    (datetime.date(2026, 2, 10), datetime.date(2026, 2, 28))
    """
    if day.day > 20:
        return end_of_month(day)
    return day.replace(day=10 if day.day <= 10 else 20)
