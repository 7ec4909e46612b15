"""Worked examples of late-payment penalties, to the cent, then every option of a regime.

An example's name is its source: P1 to P14 are published (help pages, statutes, press), FR01 to
FR19 are computed by hand from the statutes, act/365, from the day after the due date to the day of
payment, rounded once.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext

import pytest

from engine.penalty import CONTEXT, compute, compute_all
from engine.penalty_data import shipped
from engine.penalty_facts import Case, CreditNote, Dispute, Payment, Period, Policy
from engine.penalty_rates import RateValue
from engine.penalty_regime import Allocation, DayCount, FeeScope
from engine.penalty_result import Note

D = Decimal


def day(text):
    return date.fromisoformat(text)


def make(amount, due, stop, *payments, regime="fr_private", **values):
    """A case; each payment is ``(day, amount)``."""
    paid = tuple(Payment(day(when), D(part)) for when, part in payments)
    values = {"reference": "invoice", "regime": regime, "payments": paid} | values
    return Case(amount=D(amount), due=day(due), as_of=day(stop), **values)


def rules(code, **changes):
    """The shipped rulebook and a changed regime, which is named ``changed``."""
    return shipped().extend(regimes=[replace(shipped().regime(code), code="changed", **changes)])


def pieces(result):
    """``[(base, days, rate)]`` of the segments that bear interest."""
    return [(s.base, s.days, s.rate.percent) for s in result.segments if s.rate]


# === Worked examples ===#

CONTRACT = {"contract_rate": D(15)}
EXAMPLES = {
    # name: (case, segments, interest, fee)
    "P1 Shine, rate equal to the floor of 2024-S2": (
        make(3000, "2024-08-01", "2024-08-31", contract_rate=D("14.76")),
        [(3000, 30, "14.76")],
        ("36.39", 40),
    ),
    "P2 agenceipro.com, 15 %": (
        make(15000, "2026-03-31", "2026-04-30", **CONTRACT),
        [(15000, 30, 15)],
        ("184.93", 40),
    ),
    "P8 wolfx.com, a day at 11.75 %": (
        make(10000, "2026-06-01", "2026-06-02", regime="uk", currency="GBP"),
        [(10000, 1, "11.75")],
        ("3.22", 100),
    ),
    "FR01 one semester": (
        make(1200, "2026-01-31", "2026-12-31", ("2026-03-02", 1200)),
        [(1200, 30, "12.15")],
        ("11.98", 40),
    ),
    "FR02 one day late": (
        make(1200, "2026-09-30", "2026-12-31", ("2026-10-01", 1200)),
        [(1200, 1, "12.40")],
        ("0.41", 40),
    ),
    "FR03 paid on the due date": (
        make(1200, "2026-09-30", "2026-12-31", ("2026-09-30", 1200)),
        [],
        ("0.00", 0),
    ),
    "FR04 crosses 30 June, rounded once and not 413.76": (
        make(10000, "2026-05-01", "2026-09-01"),
        [(10000, 60, "12.15"), (10000, 63, "12.40")],
        ("413.75", 40),
    ),
    "FR09 contract 15 %": (
        make(15000, "2026-03-31", "2026-12-31", ("2026-04-30", 15000), **CONTRACT),
        [(15000, 30, 15)],
        ("184.93", 40),
    ),
    "domain.md 1.4, a payment in between": (
        make(1000, "2025-01-31", "2025-04-30", ("2025-03-02", 400)),
        [(1000, 30, "13.15"), (600, 59, "13.15")],
        ("23.56", 40),
    ),
    "BE, 2.3: rounded up to half a point": (
        make(5000, "2025-05-31", "2025-12-31", ("2025-08-31", 5000), regime="be"),
        [(5000, 30, "11.5"), (5000, 62, "10.5")],
        ("136.44", 40),
    ),
    "UK, 2.3: GBP 70 between 1,000 and 10,000": (
        make(2400, "2026-03-31", "2026-06-15", regime="uk", currency="GBP"),
        [(2400, 76, "11.75")],
        ("58.72", 70),
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_worked_example(name):
    case, segments, (interest, fee) = EXAMPLES[name]
    result = compute(case, shipped())
    assert pieces(result) == [(base, days, D(rate)) for base, days, rate in segments]
    assert (result.interest, result.fee) == (D(interest), fee)
    assert result.total == D(interest) + fee


def test_p3_lexing_three_months_of_thirty_days():
    """10 000 € × 10.25 % × 3/12 = 256.25, printed 256; at 3 × 0.04 %, 3."""
    book = rules("fr_private", day_count=DayCount.THIRTY_360)
    case = make(10000, "2014-01-15", "2014-04-15", regime="changed")
    assert compute(case, book).interest == D("256.25")
    assert compute(replace(case, contract_rate=D("0.12")), book).interest == 3


def test_p4_due_day_included_and_last_day_excluded():
    """A recovery product: 61 days and 62 days, 203.05 + 210.63 = 413.68; 10 453.68 with 40 €."""
    case = make(10000, "2026-05-01", "2026-09-01", regime="changed")
    result = compute(case, rules("fr_private", start_offset=0))
    assert pieces(result) == [(10000, 61, D("12.15")), (10000, 62, D("12.40"))]
    assert [round(s.amount, 2) for s in result.segments] == [D("203.05"), D("210.63")]
    assert (result.interest, result.total_open) == (D("413.68"), D("10453.68"))


def test_p5_creditreform_germany():
    result = compute(make(1000, "2026-07-31", "2026-09-01", regime="de"), shipped())
    assert (pieces(result), result.interest) == ([(1000, 32, D("10.52"))], D("9.22"))


@pytest.mark.parametrize(
    ("day_count", "interest"), [(DayCount.ACT_ACT, "6.83"), (DayCount.ACT_365, "6.85")]
)
def test_p6_february_of_a_leap_year(day_count, interest):
    case = make(1000, "2024-01-31", "2024-02-29", regime="changed")
    result = compute(case, rules("de_consumer", day_count=day_count))
    assert (pieces(result), result.interest) == ([(1000, 29, D("8.62"))], D(interest))


@pytest.mark.parametrize(
    ("stop", "interest"),
    [("2015-12-31", "85.00"), ("2015-01-01", "0.23"), ("2015-02-19", "11.64")],
    ids=["a year", "a day", "50 days: not 11.50, which rounds each day"],
)
def test_p7_gov_uk_guide(stop, interest):
    case = make(1000, "2014-12-31", stop, regime="uk", currency="GBP")
    assert compute(case, shipped()).interest == D(interest)


def test_fr15a_partial_payment_principal_first():
    case = make(10000, "2026-05-01", "2026-09-03", ("2026-07-01", 4000))
    result = compute(case, shipped())
    assert pieces(result) == [
        (10000, 60, D("12.15")),
        (10000, 1, D("12.40")),
        (6000, 64, D("12.40")),
    ]
    assert (result.interest_open, result.principal_open) == (D("333.58"), 6000)
    assert result.total_open == D("6373.58")


def test_fr15b_partial_payment_interest_first():
    """C. civ. 1343-1: 203.12 is absorbed, and the rest of the payment reduces the principal."""
    case = make(10000, "2026-05-01", "2026-09-03", ("2026-07-01", 4000), regime="changed")
    result = compute(case, rules("fr_private", allocation=Allocation.INTEREST_FIRST))
    (settled,) = result.settled
    assert (settled.interest, settled.principal) == (D("203.12"), D("3796.88"))
    assert pieces(result)[-1] == (D("6203.12"), 64, D("12.40"))
    assert (result.interest_open, result.principal_open) == (D("134.87"), D("6203.12"))
    assert (result.total_open, result.interest) == (D("6377.99"), D("337.99"))


RESOLVED = (Period(day("2026-04-10"), day("2026-07-15")),)


@pytest.mark.parametrize(
    ("policy", "term_days", "contested", "total"),
    [
        (Policy.FROM_ORIGINAL_DUE_DATE, 0, "154.06", "616.26"),
        (Policy.FROM_RESOLUTION, 0, "47.90", "510.09"),
        (Policy.FROM_RESOLUTION, 30, "17.33", "479.52"),
    ],
)
def test_fr16_dispute_of_3000_in_12000(policy, term_days, contested, total):
    disputed = Dispute("D", D(3000), policy, RESOLVED, term_days=term_days)
    case = make(12000, "2026-03-31", "2026-12-31", ("2026-08-31", 12000), disputes=(disputed,))
    result = compute(case, shipped())
    assert (result.interest, result.fee) == (D(total), 40)
    undisputed = compute(replace(case, amount=D(9000), disputes=()), shipped())
    assert undisputed.interest == D("462.19")
    unrounded = sum(s.amount for s in result.segments) - sum(s.amount for s in undisputed.segments)
    assert round(unrounded, 2) == D(contested)


@pytest.mark.parametrize(("retroactive", "interest"), [(True, "554.63"), (False, "582.99")])
def test_fr17_credit_note_retroactive_or_from_its_day(retroactive, interest):
    credit = CreditNote(day("2026-06-10"), D(1200), retroactive)
    case = make(12000, "2026-03-31", "2026-12-31", ("2026-08-31", 10800), credit_notes=(credit,))
    result = compute(case, shipped())
    assert (result.interest, result.fee, result.principal_open) == (D(interest), 40, 0)


def test_fr19_three_invoices_have_three_fees():
    invoices = [(1000, "2026-07-31"), (2500, "2026-08-31"), (400, "2026-09-15")]
    cases = [
        make(amount, due, "2026-10-31", reference=due, invoice=due) for amount, due in invoices
    ]
    results = compute_all(cases, shipped())
    assert [result.interest for result in results] == [D("31.25"), D("51.81"), D("6.25")]
    assert sum(result.interest for result in results) == D("89.31")
    assert sum(result.fee for result in results) == 120
    assert sum(result.total for result in results) == D("209.31")


# === Days: what counts, from when ===#


def test_an_event_takes_effect_on_the_next_day():
    """The day of a payment still bears interest; nothing is counted twice."""
    result = compute(make(1000, "2026-01-31", "2026-02-28", ("2026-02-10", 400)), shipped())
    spans = [(s.first, s.last, s.base) for s in result.segments]
    assert spans == [
        (day("2026-02-01"), day("2026-02-10"), 1000),
        (day("2026-02-11"), day("2026-02-28"), 600),
    ]


def test_what_is_dated_after_the_day_of_the_calculation_is_not_known_yet():
    disputed = Dispute("D", D(100), Policy.NONE, (Period(day("2026-03-01")),))
    later = make(
        1000,
        "2026-01-31",
        "2026-02-28",
        ("2026-03-01", 1000),
        credit_notes=(CreditNote(day("2026-03-01"), D(10)),),
        disputes=(disputed,),
        judgment=day("2026-03-01"),
    )
    assert compute(later, shipped()) == compute(make(1000, "2026-01-31", "2026-02-28"), shipped())


def test_interest_is_still_owed_after_the_principal_was_paid():
    case = make(1200, "2026-01-31", "2026-10-31", ("2026-03-02", 1200))
    result = compute(case, shipped())
    assert (result.principal_open, result.interest_open, result.fee_open) == (0, D("11.98"), 40)


def test_a_payment_of_more_than_the_principal_settles_interest_then_the_fee():
    case = make(1200, "2026-01-31", "2026-10-31", ("2026-03-02", 1260))
    result = compute(case, shipped())
    (settled,) = result.settled
    assert (settled.principal, settled.interest, settled.fee) == (1200, D("11.98"), 40)
    assert (settled.surplus, result.surplus, result.total_open) == (D("8.02"), D("8.02"), 0)


def test_fee_first_settles_fee_interest_principal():
    case = make(1200, "2026-01-31", "2026-03-02", ("2026-03-02", 100), regime="changed")
    result = compute(case, rules("fr_private", allocation=Allocation.FEE_FIRST))
    (settled,) = result.settled
    assert (settled.fee, settled.interest, settled.principal) == (40, D("11.98"), D("48.02"))


def test_interest_starts_later_by_contract():
    """Start offset 5: due + 5 is the first day."""
    case = make(1000, "2026-01-31", "2026-02-28", regime="changed")
    result = compute(case, rules("fr_private", start_offset=5))
    assert (result.late_from, result.segments[0].days) == (day("2026-02-05"), 24)


@pytest.mark.parametrize(
    ("paid", "interest", "fee"), [("2026-02-10", "0.00", 0), ("2026-02-11", "3.66", 40)]
)
def test_within_the_days_of_grace_nothing_is_due_and_after_them_everything(paid, interest, fee):
    case = make(1000, "2026-01-31", "2026-12-31", (paid, 1000), regime="changed")
    result = compute(case, rules("fr_private", grace_days=10))
    assert (result.interest, result.fee, result.principal_open) == (D(interest), fee, 0)
    assert (Note.WITHIN_GRACE in result.notes) == (not fee)


def test_grace_is_measured_on_the_principal_whatever_the_allocation():
    book = rules("fr_private", grace_days=10, allocation=Allocation.FEE_FIRST)
    case = make(1000, "2026-01-31", "2026-12-31", ("2026-02-10", 1000), regime="changed")
    assert compute(case, book).total_open == 0


@pytest.mark.parametrize(
    ("day_count", "interest"),
    [
        # 10 000 at 5 % from 30 November 2023 to 31 January 2024: 31 + 31 days, 60 of 30/360.
        (DayCount.ACT_365, "84.93"),  # 62/365
        (DayCount.ACT_360, "86.11"),  # 62/360
        (DayCount.ACT_ACT, "84.82"),  # 31/365 + 31/366
        (DayCount.THIRTY_360, "83.33"),  # 60/360
    ],
)
def test_day_count(day_count, interest):
    book = rules("ch", day_count=day_count)
    case = make(10000, "2023-11-30", "2024-01-31", regime="changed", currency="CHF")
    assert compute(case, book).interest == D(interest)


def test_thirty_360_with_the_due_date_included():
    book = rules("ch", day_count=DayCount.THIRTY_360, start_offset=0)
    case = make(10000, "2023-11-30", "2024-01-31", regime="changed", currency="CHF")
    assert compute(case, book).interest == D("83.33")


def test_yearly_compounding_adds_the_rounded_interest_of_a_year():
    """NL: 1 228.22 = 10 000 × (12 % × 184 + 12.5 % × 182) / 365 bears interest from year 2 on."""
    case = make(10000, "2023-06-30", "2024-12-31", regime="nl")
    result = compute(case, shipped())
    assert [(s.base, s.capitalised, s.days) for s in result.segments] == [
        (10000, 0, 184),
        (10000, 0, 182),
        (D("11228.22"), D("1228.22"), 184),
    ]
    assert result.interest == D("1921.60")  # 1 228.22 + 11 228.22 × 12.25 % × 184 / 365


def test_unpaid_interest_is_capitalised_after_the_principal_was_paid():
    case = make(10000, "2023-06-30", "2024-12-31", ("2023-07-10", 10000), regime="nl")
    result = compute(case, shipped())
    # 10 000 × 12 % × 10 / 365 = 32.88, a year later 32.88 × 12.25 % × 184 / 365 = 2.03
    assert [(s.base, s.days) for s in result.segments] == [(10000, 10), (D("32.88"), 184)]
    assert result.interest == D("34.91")


def test_a_year_that_begins_on_29_february_ends_on_28_february():
    case = make(1000, "2024-02-28", "2025-03-02", regime="nl")
    result = compute(case, shipped())
    assert [s.first for s in result.segments if s.capitalised] == [day("2025-03-01")]


def test_a_payment_settles_capitalised_interest_first():
    book = rules("nl", allocation=Allocation.INTEREST_FIRST)
    case = make(10000, "2023-06-30", "2024-07-02", ("2024-07-01", 1000), regime="changed")
    result = compute(case, book)
    assert result.segments[-1].capitalised == D("228.22")
    assert (result.settled[0].interest, result.settled[0].principal) == (1000, 0)


# === Insolvency ===#


@pytest.mark.parametrize(
    ("judgment", "days", "fee"),
    [
        ("2026-02-15", 14, 40),  # L622-28: stops on the eve, as the text is silent on the day
        ("2026-02-01", 0, 40),  # late on the very day of the judgment
        ("2026-01-31", 0, 0),  # L441-10 II: due on the judgment's day, no fee
        ("2026-01-15", 0, 0),
    ],
)
def test_insolvency_stops_interest_and_excludes_the_fee(judgment, days, fee):
    case = make(1000, "2026-01-31", "2026-03-31", judgment=day(judgment))
    result = compute(case, shipped())
    assert sum(s.days for s in result.segments) == days
    assert result.fee == fee
    assert Note.STOPPED_BY_INSOLVENCY in result.notes
    assert (Note.FEE_EXCLUDED_BY_INSOLVENCY in result.notes) == (fee == 0)


def test_insolvency_after_payment_changes_nothing():
    case = make(1000, "2026-01-31", "2026-12-31", ("2026-02-10", 1000))
    after = replace(case, judgment=day("2026-03-01"))
    assert compute(after, shipped()) == compute(case, shipped())


# === The fixed fee ===#


@pytest.mark.parametrize(
    ("regime", "amount", "fee"),
    [
        ("uk", "999.99", 40),  # £40 below 1,000, £70 below 10,000, £100 from 10,000
        ("uk", "1000", 70),
        ("uk", "9999.99", 70),
        ("uk", "10000", 100),
        ("ie", "1000", 40),  # up to 1,000, up to 10,000, above
        ("ie", "1000.01", 70),
        ("ie", "10000", 70),
        ("ie", "10000.01", 100),
        ("fr_private", "0.01", 40),  # not excluded for small sums
    ],
)
def test_fee_tier(regime, amount, fee):
    currency = "GBP" if regime == "uk" else "EUR"
    case = make(amount, "2026-01-31", "2026-02-28", regime=regime, currency=currency)
    assert compute(case, shipped()).fee == fee


@pytest.mark.parametrize(
    ("amount", "fee"), [("5000", 40), ("5000.01", 70), ("49999.99", 70), ("50000", 100)]
)
def test_polish_tiers_are_in_zloty_and_the_fee_in_euro(amount, fee):
    book = shipped().extend([RateValue("pl_nbp", day("2026-01-01"), day("2026-06-30"), D(4))])
    case = make(amount, "2026-01-31", "2026-02-28", regime="pl", currency="PLN")
    result = compute(replace(case, exchange={"EUR": D("4.25")}), book)
    assert (result.legal_fee, result.fee_currency) == (fee, "EUR")
    assert result.fee == fee * D("4.25")
    # An invoice in euro: the tier by what it is worth in złoty.
    worth = {"PLN": 1 / D("4.25")}
    in_euro = make("1176.47", "2026-01-31", "2026-02-28", regime="pl", exchange=worth)
    assert compute(in_euro, book).fee == 40  # 4 999.998 PLN


def test_the_fee_of_an_invoice_is_due_once_with_the_instalment_that_was_late_first():
    first = make(500, "2026-01-31", "2026-04-30", reference="1", invoice="I")
    second = make(500, "2026-02-28", "2026-04-30", reference="2", invoice="I")
    for cases in ([first, second], [second, first]):
        results = {r.reference: r for r in compute_all(cases, shipped())}
        assert (results["1"].fee, results["2"].fee) == (40, 0)
        assert Note.FEE_WITH_OTHER_INSTALMENT in results["2"].notes


def test_the_fee_is_due_for_each_instalment_where_the_regime_says_so():
    book = rules("fr_private", fee_scope=FeeScope.INSTALMENT)
    cases = [
        make(500, due, "2026-04-30", reference=due, invoice="I", regime="changed")
        for due in ("2026-01-31", "2026-02-28")
    ]
    assert [result.fee for result in compute_all(cases, book)] == [40, 40]


def test_the_tier_is_that_of_the_whole_invoice_as_finally_owed():
    case = make(900, "2026-01-31", "2026-02-28", regime="ie", invoice_amount=D(1100))
    assert compute(case, shipped()).fee == 70
    credit = CreditNote(day("2026-02-10"), D(100))
    assert compute(replace(case, credit_notes=(credit,)), shipped()).fee == 40


def test_a_case_that_fails_stops_no_other():
    good = make(1000, "2026-01-31", "2026-02-28", invoice="I")
    bad = replace(good, amount=D(-1))
    results = compute_all([bad, good, bad], shipped())
    assert [getattr(result, "code", None) for result in results] == [
        "amount_not_positive",
        None,
        "amount_not_positive",
    ]
    assert results[1].fee == 40


# === Rounding ===#


def test_exactly_half_a_cent_is_rounded_up():
    """73 days at 5 % are 1 % of the base; 0.50 × 1 % = 0.005."""
    result = compute(make("0.50", "2026-01-31", "2026-04-14", regime="ch"), shipped())
    assert (result.segments[0].amount, result.interest) == (D("0.005"), D("0.01"))


def test_half_a_cent_made_of_quotients_that_never_end_is_rounded_up():
    """(14.35 × 7 + 4.66 × 65 + 4.65 × 31) × 5 % / 365 = 0.075, and 0.0749…9 in decimals."""
    paid = [("2026-02-07", "9.69"), ("2026-04-13", "0.01")]
    result = compute(make("14.35", "2026-01-31", "2026-05-14", *paid, regime="ch"), shipped())
    assert [(s.base, s.days) for s in result.segments] == [
        (D("14.35"), 7),
        (D("4.66"), 65),
        (D("4.65"), 31),
    ]
    with localcontext(CONTEXT):
        assert sum(s.amount for s in result.segments) < D("0.075")
    assert result.interest == D("0.08")


@pytest.mark.parametrize(
    ("currency", "digits", "interest"),
    [("JPY", None, "329"), ("TND", None, "328.767"), ("XTS", 4, "328.7671")],
)
def test_rounded_by_the_decimals_of_the_currency(currency, digits, interest):
    case = make(80000, "2026-01-31", "2026-03-02", regime="ch", currency=currency, digits=digits)
    assert compute(case, shipped()).interest == D(interest)


def test_the_working_can_be_typed_into_a_calculator():
    (segment,) = compute(EXAMPLES["FR01 one semester"][0], shipped()).segments
    assert segment.working == "1200.00 × 12.15 % × 30 / 365 = 11.9836"
    assert segment.rate.working == "ecb_mro 2.15 on 2026-01-01 + 10"
