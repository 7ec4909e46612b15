"""Reference rates and regimes: the shipped data against the printed tables, then each option."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from engine.penalty import compute
from engine.penalty_data import shipped
from engine.penalty_error import PenaltyError
from engine.penalty_facts import Case
from engine.penalty_rates import RateValue, semester
from engine.penalty_regime import Anchor, Debtor, Origin, Rulebook
from engine.penalty_result import Note

D = Decimal
# By half-year: ECB, FR default, FR legal private and other, FR floor, FR public, DE, DE + 9,
# DE + 5, BE, + 8 of the directive, UK base, UK + 8.
PRINTED = """
2012S1 1.00 11.00 0.71 0.71  2.13  9.00  0.12  9.12 5.12  9.00  9.00 0.50  8.50
2012S2 1.00 11.00 0.71 0.71  2.13  9.00  0.12  9.12 5.12  9.00  9.00 0.50  8.50
2013S1 0.75 10.75 0.04 0.04  0.12  8.75 -0.13  8.87 4.87  9.00  8.75 0.50  8.50
2013S2 0.50 10.50 0.04 0.04  0.12  8.50 -0.38  8.62 4.62  8.50  8.50 0.50  8.50
2014S1 0.25 10.25 0.04 0.04  0.12  8.25 -0.63  8.37 4.37  8.50  8.25 0.50  8.50
2014S2 0.15 10.15 0.04 0.04  0.12  8.15 -0.73  8.27 4.27  8.50  8.15 0.50  8.50
2015S1 0.05 10.05 4.06 0.93  2.79  8.05 -0.83  8.17 4.17  8.50  8.05 0.50  8.50
2015S2 0.05 10.05 4.29 0.99  2.97  8.05 -0.83  8.17 4.17  8.50  8.05 0.50  8.50
2016S1 0.05 10.05 4.54 1.01  3.03  8.05 -0.83  8.17 4.17  8.50  8.05 0.50  8.50
2016S2 0.00 10.00 4.35 0.93  2.79  8.00 -0.88  8.12 4.12  8.00  8.00 0.50  8.50
2017S1 0.00 10.00 4.16 0.90  2.70  8.00 -0.88  8.12 4.12  8.00  8.00 0.25  8.25
2017S2 0.00 10.00 3.94 0.90  2.70  8.00 -0.88  8.12 4.12  8.00  8.00 0.25  8.25
2018S1 0.00 10.00 3.73 0.89  2.67  8.00 -0.88  8.12 4.12  8.00  8.00 0.50  8.50
2018S2 0.00 10.00 3.60 0.88  2.64  8.00 -0.88  8.12 4.12  8.00  8.00 0.50  8.50
2019S1 0.00 10.00 3.40 0.86  2.58  8.00 -0.88  8.12 4.12  8.00  8.00 0.75  8.75
2019S2 0.00 10.00 3.26 0.87  2.61  8.00 -0.88  8.12 4.12  8.00  8.00 0.75  8.75
2020S1 0.00 10.00 3.15 0.87  2.61  8.00 -0.88  8.12 4.12  8.00  8.00 0.75  8.75
2020S2 0.00 10.00 3.11 0.84  2.52  8.00 -0.88  8.12 4.12  8.00  8.00 0.10  8.10
2021S1 0.00 10.00 3.14 0.79  2.37  8.00 -0.88  8.12 4.12  8.00  8.00 0.10  8.10
2021S2 0.00 10.00 3.12 0.76  2.28  8.00 -0.88  8.12 4.12  8.00  8.00 0.10  8.10
2022S1 0.00 10.00 3.13 0.76  2.28  8.00 -0.88  8.12 4.12  8.00  8.00 0.25  8.25
2022S2 0.00 10.00 3.15 0.77  2.31  8.00 -0.88  8.12 4.12  8.00  8.00 1.25  9.25
2023S1 2.50 12.50 4.47 2.06  6.18 10.50  1.62 10.62 6.62 10.50 10.50 3.50 11.50
2023S2 4.00 14.00 6.82 4.22 12.66 12.00  3.12 12.12 8.12 12.00 12.00 5.00 13.00
2024S1 4.50 14.50 8.01 5.07 15.21 12.50  3.62 12.62 8.62 12.50 12.50 5.25 13.25
2024S2 4.25 14.25 8.16 4.92 14.76 12.25  3.37 12.37 8.37 12.50 12.25 5.25 13.25
2025S1 3.15 13.15 7.21 3.71 11.13 11.15  2.27 11.27 7.27 11.50 11.15 4.75 12.75
2025S2 2.15 12.15 6.65 2.76  8.28 10.15  1.27 10.27 6.27 10.50 10.15 4.25 12.25
2026S1 2.15 12.15 6.67 2.62  7.86 10.15  1.27 10.27 6.27 10.50 10.15 3.75 11.75
2026S2 2.40 12.40 6.84 2.75  8.25 10.40  1.52 10.52 6.52 10.50 10.40 3.75 11.75
"""


def day(text):
    return date.fromisoformat(text)


def rules(code, **changes):
    """The shipped rulebook and a changed regime, which is named ``changed``."""
    return shipped().extend(regimes=[replace(shipped().regime(code), code="changed", **changes)])


def rate(code, when, contract_rate=None, book=None):
    return (book or shipped()).tariff(code, contract_rate).on(day(when))


def late(regime, due, stop, **values):
    """The result of 1 000 late from `due` to `stop`, with ``(base, days, rate)`` of its pieces."""
    values = {"amount": D(1000), "reference": "x", "regime": regime} | values
    result = compute(Case(due=day(due), as_of=day(stop), **values), shipped())
    return result, [(s.base, s.days, s.rate.percent) for s in result.segments]


def refused(function, *arguments, **values):
    with pytest.raises(PenaltyError) as caught:
        function(*arguments, **values)
    return caught.value


# === The printed tables ===#


@pytest.mark.parametrize("line", PRINTED.split("\n")[1:-1], ids=lambda line: line[:6])
def test_every_printed_rate_follows_from_the_shipped_data(line):
    """P9 to P14 are cells of this table."""
    name, *cells = line.split()
    first = date(int(name[:4]), 1 if name[5] == "1" else 7, 1)
    when = first.isoformat()
    series = [
        shipped().value(code, first).percent
        for code in ("ecb_mro", "fr_legal_private", "fr_legal_professional", "de_base", "uk_boe")
    ]
    floor = rate("fr_private", when, D(0)).percent
    rates = [
        rate(code, when).percent
        for code in ("fr_private", "fr_public", "de", "de_consumer", "be", "lu", "uk")
    ]
    found = [series[0], rates[0], *series[1:3], floor, rates[1], series[3], *rates[2:6]]
    assert [*found, series[4], rates[6]] == [D(cell) for cell in cells]


@pytest.mark.parametrize(
    ("source", "regime", "contract", "when", "percent"),
    [
        ("P9 service-public 2023", "fr_private", 0, "2023-01-01", "6.18"),
        ("P10 Bpifrance 2024-S2", "fr_private", None, "2024-07-01", "14.25"),
        ("P10 Bpifrance 2024-S2, floor", "fr_private", 0, "2024-07-01", "14.76"),
        ("P11 legifiscal 2025-S2, floor", "fr_private", 0, "2025-07-01", "8.28"),
        ("P11 legifiscal 2026-S1, floor", "fr_private", 0, "2026-01-01", "7.86"),
        ("P12 dormane 2021-S1, floor", "fr_private", 0, "2021-01-01", "2.37"),
        ("P12 dormane 2021-S1", "fr_private", None, "2021-01-01", "10"),
        ("P13 etrepaye 2019-S1, floor", "fr_private", 0, "2019-01-01", "2.58"),
        ("P14 marchespublicspme 2014", "fr_public", None, "2014-01-01", "8.25"),
        ("ES, BOE-A-2025-27201", "es", None, "2026-01-01", "10.15"),
        ("IT, GU 20 January 2026", "it", None, "2026-01-01", "10.15"),
        ("NL 2024-S1", "nl", None, "2024-01-01", "12.5"),
        ("NL 2024-S2", "nl", None, "2024-07-01", "12.25"),
        ("LU 2024-S2", "lu", None, "2024-07-01", "12.25"),
    ],
)
def test_published_rate(source, regime, contract, when, percent):
    found = rate(regime, when, None if contract is None else D(contract))
    assert found.percent == D(percent), source


def test_the_series_are_complete_where_they_claim_to_be():
    """No hole between the first and the last value, and each says its source and its reading."""
    for series in shipped().series.values():
        for first, second in zip(series.values, series.values[1:], strict=False):
            assert (second.since - first.until).days == 1, (series.code, second.since)
        assert all(value.source and value.verified_on for value in series.values)


def test_every_regime_asked_for_is_shipped_with_its_law_and_source():
    regimes = shipped().regimes
    pairs = {(regime.country, regime.debtor) for regime in regimes.values()}
    professional = ("FR", "DE", "AT", "BE", "LU", "NL", "ES", "IT", "PT", "IE", "PL", "GB", "CH")
    assert {(country, Debtor.PROFESSIONAL) for country in professional} <= pairs
    assert {("FR", Debtor.PUBLIC), ("FR", Debtor.CONSUMER)} <= pairs
    assert all(regime.law and regime.source and regime.verified_on for regime in regimes.values())


# === A rate that is missing is never guessed ===#


@pytest.mark.parametrize(
    ("regime", "series", "when", "name"),
    [
        ("fr_private", "ecb_mro", "2027-01-01", "2027-S1"),
        ("fr_private", "ecb_mro", "2011-12-13", "2011-S2"),
        ("uk", "uk_boe", "2027-03-01", "2027-S1"),
        ("fr_consumer", "fr_legal_professional", "2027-01-01", "2027-S1"),
        ("at", "at_base", "2026-07-01", "2026-S2"),  # no source at hand: nothing is shipped
        ("pl", "pl_nbp", "2026-07-01", "2026-S2"),
    ],
)
def test_a_missing_rate_names_the_series_and_the_semester(regime, series, when, name):
    error = refused(rate, regime, when)
    assert (error.code, error.params["series"]) == ("rate_missing", series)
    assert error.params["semester"] == name
    assert series in str(error)
    assert name in str(error)


def test_a_daily_rate_ends_on_the_last_day_it_was_verified():
    """The ECB's rate was last seen on 23 July 2026; for 1 July it serves the whole half-year."""
    book = rules("fr_private", anchor=Anchor.DAILY)
    assert rate("changed", "2026-07-23", book=book).percent == D("12.40")
    assert refused(rate, "changed", "2026-07-24", book=book).code == "rate_missing"
    assert rate("fr_private", "2026-12-31").percent == D("12.40")


def test_only_the_late_days_need_a_rate():
    """A case that is late in 2026 doesn't ask for 2027, one that is late in 2027 does."""
    values = {"amount": D(1000), "reference": "x", "regime": "fr_private"}
    case = Case(due=day("2026-12-30"), as_of=day("2026-12-31"), **values)
    assert compute(case, shipped()).interest == D("0.34")
    error = refused(compute, replace(case, as_of=day("2027-01-01")), shipped())
    assert error.params["semester"] == "2027-S1"
    added = RateValue("ecb_mro", day("2027-01-01"), day("2027-01-01"), D("2.40"))
    later = compute(replace(case, as_of=day("2027-01-01")), shipped().extend([added]))
    assert later.interest == D("0.68")


def test_a_missing_floor_blocks_a_contract_rate_too():
    series = [value for value in shipped().values if value.series == "ecb_mro"]
    book = Rulebook(series, shipped().regimes.values())
    error = refused(rate, "fr_private", "2026-07-01", D(15), book)
    assert error.params["series"] == "fr_legal_professional"


# === Anchors, freezing, contracts ===#


def test_fr_2012_follows_each_change_and_2013_the_half_years():
    """Loi 2012-387, art. 121: 11.00 until 10 July 2012, then 10.75; half-years since 2013."""
    _result, pieces = late("fr_private", "2012-06-30", "2013-06-30")
    assert pieces == [(1000, 10, D("11.00")), (1000, 174, D("10.75")), (1000, 181, D("10.75"))]
    assert rate("fr_private", "2013-05-08").percent == D("10.75")
    assert rate("fr_private", "2012-12-31").until == day("2012-12-31")


def test_a_daily_anchor_cuts_at_each_change():
    book = rules("fr_private", anchor=Anchor.DAILY)
    values = {"amount": D(1000), "reference": "x", "regime": "changed"}
    case = Case(due=day("2026-06-10"), as_of=day("2026-06-20"), **values)
    pieces = [(s.days, s.rate.percent) for s in compute(case, book).segments]
    assert pieces == [(6, D("12.15")), (4, D("12.40"))]


def test_the_eve_of_the_semester_may_have_another_rate_than_its_first_day():
    jump = [
        RateValue("jump", day("2026-01-01"), day("2026-06-30"), D(1)),
        RateValue("jump", day("2026-07-01"), day("2026-12-31"), D(2)),
    ]
    start = replace(shipped().regime("es"), code="start", series="jump")
    start = replace(start, anchor=Anchor.SEMESTER_START)
    eve = replace(start, code="eve", anchor=Anchor.SEMESTER_EVE)
    book = shipped().extend(jump, [start, eve])
    assert rate("start", "2026-08-01", book=book).percent == 10
    assert rate("eve", "2026-08-01", book=book).percent == 9


@pytest.mark.parametrize(
    ("regime", "frozen", "interest"),
    [
        # From December 2024 on: 12.25 % held to the end, or 16 days of it and 74 at 11.15 %.
        ("fr_public", "302.05", "279.75"),
        # Bank Rate 5.25 on 30 June 2024, 4.75 on 31 December.
        ("uk", "326.71", "316.58"),
    ],
)
def test_frozen_at_the_rate_of_the_first_day(regime, frozen, interest):
    values = {
        "amount": D(10000),
        "reference": "x",
        "currency": "EUR",
        "exchange": {"GBP": D("1.2")},
    }
    case = Case(due=day("2024-12-15"), as_of=day("2025-03-15"), regime=regime, **values)
    assert compute(case, shipped()).interest == D(frozen)
    book = rules(regime, frozen=False)
    assert compute(replace(case, regime="changed"), book).interest == D(interest)


@pytest.mark.parametrize(
    ("contract", "percent", "origin"),
    [
        ("15.20", "15.21", Origin.FLOOR),
        ("15.21", "15.21", Origin.CONTRACT),
        ("20", "20", "contract"),
    ],
)
def test_the_floor_limits_contract_rates_only(contract, percent, origin):
    """2024-S1: 3 × 5.07 = 15.21 is above the default of 14.50, which stays as it is."""
    found = rate("fr_private", "2024-03-01", D(contract))
    assert (found.percent, found.origin) == (D(percent), origin)
    assert (rate("fr_private", "2024-03-01").percent) == D("14.50")


def test_the_floor_changes_with_the_semester_and_is_said():
    result, pieces = late("fr_private", "2024-06-20", "2024-07-10", contract_rate=D("15.00"))
    assert pieces == [(1000, 10, D("15.21")), (1000, 10, D("15.00"))]
    assert Note.FLOOR_APPLIED in result.notes
    assert result.segments[0].rate.working == (
        "3 × fr_legal_professional 5.07 = 15.21, above contract 15.00"
    )


def test_a_contract_may_have_a_formula_of_its_own():
    """Three times the legal rate, a common clause; and ECB + 5, which the floor lifts."""
    thrice = rules("fr_private", series="fr_legal_professional", factor=D(3), margin=D(0))
    assert rate("changed", "2026-07-01", book=thrice).percent == D("8.25")
    plus = rules("fr_private", margin=D(5), agreed=True)
    assert rate("changed", "2026-07-01", book=plus).percent == D("8.25")
    assert rate("changed", "2026-07-01", book=plus).origin is Origin.FLOOR


# === Each country ===#


@pytest.mark.parametrize(
    ("regime", "due", "stop", "pieces", "interest", "fee"),
    [
        ("fr_private", "2026-01-31", "2026-03-02", [(30, "12.15")], "9.99", 40),
        ("fr_public", "2026-06-20", "2026-07-20", [(30, "10.15")], "8.34", 40),
        ("de", "2023-12-01", "2024-01-31", [(30, "12.12"), (31, "12.62")], "20.65", 40),
        ("de_until_2014_07_28", "2014-07-28", "2014-08-27", [(30, "7.27")], "5.98", 0),
        ("de_consumer", "2026-01-31", "2026-03-02", [(30, "6.27")], "5.15", 0),
        ("at_consumer", "2023-12-01", "2024-01-31", [(30, "4"), (31, "4")], "6.68", 0),
        ("be", "2024-12-01", "2025-01-31", [(30, "12.5"), (31, "11.5")], "20.04", 40),
        ("lu", "2024-07-31", "2024-08-30", [(30, "12.25")], "10.07", 40),
        ("nl", "2026-01-31", "2026-03-02", [(30, "10.15")], "8.34", 40),
        ("es", "2026-01-31", "2026-03-02", [(30, "10.15")], "8.34", 40),
        ("it", "2026-01-31", "2026-03-02", [(30, "10.15")], "8.34", 40),
        ("pt", "2026-01-31", "2026-03-02", [(30, "10.15")], "8.34", 40),
        ("ie", "2026-01-31", "2026-03-02", [(30, "10.15")], "8.34", 40),
        ("ch", "2026-01-31", "2026-03-02", [(30, "5")], "4.11", 0),
        ("ch_consumer", "2026-01-31", "2026-03-02", [(30, "5")], "4.11", 0),
    ],
)
def test_country(regime, due, stop, pieces, interest, fee):
    """1 000 late: the days at each rate, the interest by hand, the fixed fee."""
    result, found = late(regime, due, stop)
    assert found == [(1000, days, D(percent)) for days, percent in pieces]
    assert (result.interest, result.fee) == (D(interest), fee)
    assert (Note.NO_FEE in result.notes) == (not fee)


def test_uk_in_pounds():
    result, pieces = late("uk", "2026-01-31", "2026-03-02", currency="GBP")
    assert (pieces, result.interest) == ([(1000, 30, D("11.75"))], D("9.66"))
    assert (result.legal_fee, result.fee_currency) == (70, "GBP")


def test_austria_and_poland_as_soon_as_their_rate_is_added():
    since, until = day("2026-01-01"), day("2026-06-30")
    added = [RateValue("at_base", since, until, D(1)), RateValue("pl_nbp", since, until, D(4))]
    book = shipped().extend(added)
    assert rate("at", "2026-02-01", book=book).percent == D("10.2")
    assert rate("pl", "2026-02-01", book=book).percent == 14


@pytest.mark.parametrize(
    ("notice", "days", "interest"),
    [
        (None, 0, "0.00"),
        ("2026-08-31", 30, "2.26"),  # legal rate 2.75 % from the notice
        ("2026-07-01", 61, "4.60"),  # before the due date: from the due date
        ("2026-10-01", 0, "0.00"),  # after the day of the calculation
    ],
)
def test_a_french_consumer_owes_the_legal_rate_from_the_notice_and_no_fee(notice, days, interest):
    """No L441-10 penalties, no 40 €: C. civ. 1231-6, 1344-1."""
    when = notice and day(notice)
    result, pieces = late("fr_consumer", "2026-07-31", "2026-09-30", notice=when)
    assert sum(piece[1] for piece in pieces) == days
    assert (result.interest, result.fee) == (D(interest), 0)
    assert (Note.NO_NOTICE in result.notes) == (days == 0)


@pytest.mark.parametrize(
    ("regime", "invoice_date", "period"),
    [
        ("de", "2014-07-28", "from 2014-07-29"),
        ("de_until_2014_07_28", "2014-07-29", "until 2014-07-28"),
        ("fr_public", "2013-03-15", "from 2013-03-16"),
        ("be", "2013-03-15", "from 2013-03-16"),
    ],
)
def test_a_regime_is_for_the_claims_of_its_time(regime, invoice_date, period):
    values = {"invoice_date": day(invoice_date), "amount": D(1), "reference": "x"}
    case = Case(regime=regime, due=day("2014-12-01"), as_of=day("2014-12-31"), **values)
    error = refused(compute, case, shipped())
    assert (error.code, error.params["period"]) == ("regime_out_of_date", period)


def test_a_semester_has_the_name_the_law_gives_it():
    assert semester(day("2026-12-31")) == "2026-S2"
