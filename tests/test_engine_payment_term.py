"""The latest lawful due date: the published tables of legal.md §3.1 and P15 (S4.25)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.payment_term import MonthEnd, Sale, Sector, check, latest_due, limits

DAYS = st.dates(date(2015, 1, 1), date(2040, 12, 31))
COLUMNS = ("fr_eom_45_then", "fr_eom_45_first", "fr_net_60", "fr_periodic_45", "fr_default_30")
# legal.md §3.1: invoice date, 45 days end of month A and B, 60, 45 and 30 days.
TABLE = """
2026-01-15 2026-03-31 2026-03-17 2026-03-16 2026-03-01 2026-02-14
2026-02-15 2026-04-30 2026-04-14 2026-04-16 2026-04-01 2026-03-17
2026-03-10 2026-04-30 2026-05-15 2026-05-09 2026-04-24 2026-04-09
2026-04-16 2026-05-31 2026-06-14 2026-06-15 2026-05-31 2026-05-16
2026-04-17 2026-06-30 2026-06-14 2026-06-16 2026-06-01 2026-05-17
2026-11-21 2027-01-31 2027-01-14 2027-01-20 2027-01-05 2026-12-21
2024-01-16 2024-03-31 2024-03-16 2024-03-16 2024-03-01 2024-02-15
2025-02-15 2025-04-30 2025-04-14 2025-04-16 2025-04-01 2025-03-17
"""


def days_of(text):
    return [date.fromisoformat(day) for day in text.split()]


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
@pytest.mark.parametrize("column", range(len(COLUMNS)), ids=COLUMNS)
def test_published_dates(row, column):
    """legal.md §3.1; the last row is P15 (expertfiscal 2025)."""
    invoice_date, *latest = days_of(row)
    assert limits()[COLUMNS[column]].latest(invoice_date) == latest[column]


@pytest.mark.parametrize(
    ("sale", "code", "latest"),
    [
        ({}, "fr_net_60", "2026-03-16"),
        ({"agreed": None}, "fr_default_30", "2026-02-14"),
        ({"agreed": None, "delivery": date(2026, 1, 20)}, "fr_default_30", "2026-02-19"),
        ({"agreed": MonthEnd.THEN}, "fr_eom_45_then", "2026-03-31"),
        ({"agreed": MonthEnd.FIRST}, "fr_eom_45_first", "2026-03-17"),
        ({"is_periodic": True}, "fr_periodic_45", "2026-03-01"),
        ({"is_periodic": True, "agreed": MonthEnd.THEN}, "fr_periodic_45", "2026-03-01"),
        ({"sector": Sector.TRANSPORT}, "fr_transport_30", "2026-02-14"),
        ({"sector": Sector.PERISHABLE}, "fr_perishable_30", "2026-02-19"),
        ({"sector": Sector.CATTLE}, "fr_cattle_20", "2026-02-04"),
        ({"sector": Sector.ALCOHOL}, "fr_alcohol_30", "2026-03-02"),
        ({"sector": Sector.EXPORT}, "fr_export_90", "2026-04-15"),
        ({"is_public": True}, "fr_public_30", "2026-02-14"),
        ({"is_public": True, "sector": Sector.PUBLIC_HEALTH}, "fr_public_health_50", "2026-03-06"),
        (
            {"is_public": True, "sector": Sector.PUBLIC_UNDERTAKING},
            "fr_public_undertaking_60",
            "2026-03-16",
        ),
    ],
)
def test_the_limit_follows_debtor_sector_and_contract(sale, code, latest):
    """legal.md §3.1, 3.2, 3.4: an invoice of 15 January 2026."""
    day, limit = latest_due(Sale(date(2026, 1, 15), **sale))
    assert (limit.code, day) == (code, date.fromisoformat(latest))


def test_60_days_end_of_month_is_too_late():
    """legal.md §3.1: "60 jours fin de mois" is illegal."""
    invoice_date = date(2026, 1, 15)
    excess = check(Sale(invoice_date, agreed=MonthEnd.THEN), date(2026, 3, 31) + timedelta(days=1))
    assert (excess.days, excess.limit.law) == (1, "C. com. L441-10 I")


@given(DAYS, st.integers(0, 200))
def test_lawful_up_to_the_latest_day_and_no_further(invoice_date, days):
    sale = Sale(invoice_date)
    due = invoice_date + timedelta(days=days)
    assert (check(sale, due) is None) == (due <= latest_due(sale)[0])


@given(DAYS, st.sampled_from([MonthEnd.THEN, MonthEnd.FIRST]))
def test_an_agreed_end_of_month_never_shortens(invoice_date, agreed):
    """45 days end of month is an alternative to 60 days: it takes nothing away."""
    assert latest_due(Sale(invoice_date, agreed))[0] >= latest_due(Sale(invoice_date))[0]
