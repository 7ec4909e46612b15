"""``python -m engine.penalty``: its file format, and one clear message per bad input."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine import penalty
from engine.penalty_cases import (
    CASE,
    CREDIT_NOTE,
    DISPUTE,
    PERIOD,
    case_as_json,
    compute_text,
)
from engine.penalty_data import read_object, shipped
from engine.penalty_error import MESSAGES, PenaltyError
from engine.penalty_facts import Case

GOOD = {
    "reference": "FR01",
    "regime": "fr_private",
    "amount": "1200",
    "due": "2026-01-31",
    "as_of": "2026-12-31",
    "payments": [{"day": "2026-03-02", "amount": "1200"}],
}
CONTESTED = {
    "reference": "D",
    "amount": "100",
    "policy": "none",
    "periods": [{"opened": "2026-02-10", "closed": "2026-02-20"}],
}
RATE = {"series": "ecb_mro", "since": "2027-01-01", "until": "2027-06-30", "percent": "2.40"}
FIELDS = sorted({*DISPUTE, *CREDIT_NOTE, *PERIOD, "GBP"})
ROOT = Path(engine.__file__).parents[1]


def run(text, path="-"):
    """The exit code and the output of the command, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-B", "-m", "engine.penalty", path],
        cwd=ROOT,
        input=text,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert not done.stderr
    return done.returncode, json.loads(done.stdout)


def compute(*cases, **content):
    return compute_text(json.dumps(content | {"cases": cases}))


def error_of(case):
    (outcome,) = compute(case)["results"]
    return outcome["error"]


# === The command ===#


def test_a_file_of_cases_gives_segments_and_totals(tmp_path):
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([GOOD, GOOD | {"reference": "second", "currency": "GBP"}]))
    code, output = run("", str(path))
    assert code == 1  # £: what is 40 € worth?
    assert [result.get("interest") for result in output["results"]] == ["11.98", None]
    (segment,) = output["results"][0]["segments"]
    assert (segment["first"], segment["last"], segment["days"]) == ("2026-02-01", "2026-03-02", 30)
    assert (segment["base"], segment["rate"]) == ("1200.00", "12.15")
    assert segment["amount"].startswith("11.98356164")
    assert output["totals"]["EUR"]["total"] == "51.98"
    assert (output["computed"], output["failed"]) == (1, 1)


def test_a_bad_case_has_its_error_in_its_place_and_the_others_are_computed():
    bad = GOOD | {"reference": "bad", "amount": "-5"}
    code, output = run(json.dumps([bad, GOOD]))
    assert code == 1
    assert output["results"][0] == {
        "reference": "bad",
        "error": {"code": "amount_not_positive", "message": "amount: -5 must be more than zero."},
    }
    assert output["results"][1]["total"] == "51.98"


def test_all_good_exits_with_zero():
    code, output = run(json.dumps([GOOD]))
    assert (code, output["failed"]) == (0, 0)


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        ("[", "-", "not_json"),
        ('{"cases": 5}', "-", "not_cases"),
        ('"text"', "-", "not_cases"),
        ("", "missing.json", "not_readable"),
        ('{"cases": [], "surprise": 1}', "-", "field_unknown"),
        ('{"cases": [], "rates": 1}', "-", "not_a_list"),
    ],
)
def test_what_is_no_file_of_cases_exits_with_two(text, path, reason):
    code, output = run(text, path)
    assert (code, output["error"]["code"]) == (2, reason)


def test_numbers_may_be_texts_or_numbers_and_stay_exact():
    exact = GOOD | {"amount": 1200.10, "payments": [], "digits": 2}
    (result,) = compute(exact)["results"]
    assert result["principal_open"] == "1200.10"


def test_null_is_the_default():
    (result,) = compute(GOOD | {"currency": None, "judgment": None, "disputes": None})["results"]
    assert (result["currency"], result["total"]) == ("EUR", "51.98")


def test_a_file_may_add_rates_and_regimes():
    rule = {"like": "fr_private", "code": "own", "margin": "12", "floor_series": None}
    rule |= {"fee_tiers": [{"amount": "40"}, {"amount": "70", "threshold": "1000"}]}
    case = GOOD | {"regime": "own", "due": "2026-12-31", "as_of": "2027-01-30", "payments": []}
    (result,) = compute(case, rates=[RATE], regimes=[rule])["results"]
    assert (result["segments"][0]["rate"], result["fee"]) == ("14.40", "70.00")


def test_totals_are_by_currency():
    swiss = GOOD | {"reference": "CH", "regime": "ch", "currency": "CHF"}
    assert compute(GOOD, swiss)["totals"] == {
        "CHF": {"interest": "4.93", "fee": "0.00", "total": "4.93", "total_open": "4.93"},
        "EUR": {"interest": "11.98", "fee": "40.00", "total": "51.98", "total_open": "51.98"},
    }


# === One clear message per bad input ===#


def without(name):
    return {field: value for field, value in GOOD.items() if field != name}


def contested(**values):
    return GOOD | {"disputes": [CONTESTED | values]}


def credited(day, amount, **values):
    return GOOD | {"credit_notes": [{"day": day, "amount": amount} | values]}


ISSUED = {"invoice_date": "2026-01-15"}
PERIODS = [{"opened": "2026-02-10"}, {"opened": "2026-02-20"}]
BAD_CASES = [
    ("rate_missing", GOOD | {"as_of": "2027-01-31", "payments": []}),
    ("rate_missing", GOOD | {"due": "2011-01-31"}),
    ("rate_absurd", GOOD | {"contract_rate": "-1"}),
    ("rate_absurd", GOOD | {"contract_rate": "1200"}),
    ("regime_unknown", GOOD | {"regime": "atlantis"}),
    ("regime_out_of_date", GOOD | {"regime": "de_until_2014_07_28"}),
    ("contract_refused", GOOD | {"regime": "fr_public", "contract_rate": "15"}),
    ("insolvency_unknown", GOOD | {"regime": "de", "judgment": "2026-02-01"}),
    ("amount_not_positive", GOOD | {"amount": 0}),
    ("amount_not_positive", GOOD | {"payments": [{"day": "2026-02-01", "amount": "-1"}]}),
    ("amount_not_positive", GOOD | {"exchange": {"GBP": "0"}}),
    ("amount_too_large", GOOD | {"amount": "1e13"}),
    ("amount_digits", GOOD | {"amount": "10.005"}),
    ("amount_digits", GOOD | {"regime": "ch", "currency": "JPY", "amount": "0.5"}),
    ("currency_digits", GOOD | {"currency": "XXX"}),
    ("currency_digits", GOOD | {"currency": "EUR", "digits": 9}),
    ("exchange_missing", GOOD | {"currency": "USD"}),
    ("day_out_of_range", GOOD | {"as_of": "9999-12-31"}),
    ("due_before_invoice", GOOD | {"invoice_date": "2026-02-01"}),
    (
        "payment_before_invoice",
        GOOD | ISSUED | {"payments": [{"day": "2026-01-14", "amount": "5"}]},
    ),
    ("credit_before_invoice", credited("2026-01-14", "5") | ISSUED),
    ("credit_too_large", credited("2026-02-14", "1200.01")),
    ("dispute_too_large", contested(amount="1200.01")),
    ("dispute_periods", contested(periods=[])),
    ("dispute_periods", contested(periods=PERIODS)),
    ("dispute_periods", contested(periods=[{"opened": "2026-02-10", "closed": "2026-02-09"}])),
    ("dispute_date_missing", contested(policy="manual")),
    ("dispute_term", contested(term_days=-1)),
    ("dispute_term", contested(term_days=99999)),
    ("dispute_duplicate", GOOD | {"disputes": [CONTESTED, CONTESTED]}),
    ("dispute_unknown", credited("2026-02-14", "5", dispute="?")),
    ("not_an_object", "FR01"),
    ("not_an_object", GOOD | {"exchange": "4.25"}),
    ("not_an_object", GOOD | {"payments": ["2026-02-01"]}),
    ("not_a_list", GOOD | {"payments": {}}),
    ("field_missing", without("due")),
    ("field_missing", GOOD | {"payments": [{"day": "2026-02-01"}]}),
    ("field_unknown", GOOD | {"amout": "5"}),
    ("field_invalid", GOOD | {"due": "31/01/2026"}),
    ("field_invalid", GOOD | {"due": "2026-02-30"}),
    ("field_invalid", GOOD | {"amount": "12 €"}),
    ("field_invalid", GOOD | {"amount": True}),
    ("field_invalid", GOOD | {"amount": "NaN"}),
    ("field_invalid", GOOD | {"amount": "1e999999"}),
    ("field_invalid", GOOD | {"due": "2026-W05-1"}),
    ("field_invalid", GOOD | {"with_fee": 1}),
    ("field_invalid", GOOD | {"digits": "2"}),
    ("field_invalid", GOOD | {"reference": " "}),
    ("field_invalid", contested(policy="never")),
]


@pytest.mark.parametrize(("reason", "case"), BAD_CASES)
def test_bad_case(reason, case):
    error = error_of(case)
    assert error["code"] == reason
    assert error["message"]


def test_a_missing_rate_says_which_semester_to_add():
    message = error_of(GOOD | {"as_of": "2027-01-31", "payments": []})["message"]
    assert "No rate of ecb_mro is known for 2027-S1" in message
    assert "add it" in message


OVERLAP = RATE | {"since": "2026-07-01", "until": "2026-12-31"}
OWN = {"code": "own", "fixed": "5"}
NEGATIVE = {"code": "own", "series": "de_base", "margin": "0"}
BAD_FILES = [
    ("rate_absurd", {"rates": [RATE | {"percent": "240"}]}),
    ("rate_absurd", {"rates": [RATE | {"percent": "-11"}]}),
    ("rate_absurd", {"regimes": [OWN | {"fixed": "-5"}]}),
    ("series_dates", {"rates": [RATE | {"until": "2026-12-31"}]}),
    ("series_overlap", {"rates": [OVERLAP]}),
    ("field_invalid", {"rates": [RATE | {"percent": "two"}]}),
    ("field_missing", {"rates": [{"series": "ecb_mro"}]}),
    ("regime_duplicate", {"regimes": [OWN | {"code": "fr_private"}]}),
    ("regime_invalid", {"regimes": [{"code": "own"}]}),
    ("regime_invalid", {"regimes": [OWN | {"series": "ecb_mro"}]}),
    ("regime_invalid", {"regimes": [OWN | {"factor": "11"}]}),
    ("regime_invalid", {"regimes": [OWN | {"rate_step": "0"}]}),
    ("regime_invalid", {"regimes": [OWN | {"start_offset": -1}]}),
    ("regime_invalid", {"regimes": [OWN | {"grace_days": -1}]}),
    ("regime_invalid", {"regimes": [OWN | {"fee_tiers": [{"amount": "40", "threshold": "1"}]}]}),
    ("regime_invalid", {"regimes": [OWN | {"fee_tiers": [{"amount": "40"}, {"amount": "70"}]}]}),
    ("regime_invalid", {"regimes": [OWN | {"fee_tiers": [{"amount": "-40"}]}]}),
    ("regime_unknown", {"regimes": [{"code": "own", "like": "atlantis"}]}),
    ("field_missing", {"regimes": [{"like": "fr_private"}]}),
    ("field_invalid", {"regimes": [OWN | {"day_count": "act/364"}]}),
]


@pytest.mark.parametrize(("reason", "content"), BAD_FILES)
def test_a_file_with_bad_rates_or_regimes_is_refused_as_a_whole(reason, content):
    with pytest.raises(PenaltyError) as caught:
        compute(GOOD, **content)
    assert caught.value.code == reason


def test_a_rate_below_zero_is_refused():
    """The German base rate was negative from 2013 to 2022; without a margin nothing is owed."""
    case = GOOD | {"regime": "own", "due": "2016-01-31", "as_of": "2016-03-31", "payments": []}
    (result,) = compute(case, regimes=[NEGATIVE])["results"]
    assert result["error"]["code"] == "rate_negative"


def test_interest_without_bounds_is_refused():
    """A hundred percent for three centuries, compounded."""
    rule = {"code": "own", "fixed": "100", "compounding": True}
    case = GOOD | {"regime": "own", "due": "1900-01-01", "as_of": "2200-01-01", "payments": []}
    (result,) = compute(case, regimes=[rule])["results"]
    assert result["error"]["code"] == "result_too_large"


def test_both_cases_with_one_reference_are_refused():
    output = compute(GOOD, GOOD, GOOD | {"reference": "other"})
    codes = [result.get("error", {}).get("code") for result in output["results"]]
    assert codes == ["reference_duplicate", "reference_duplicate", None]


def test_every_message_is_shown_by_a_test():
    tested = {reason for reason, _input in (*BAD_CASES, *BAD_FILES)}
    tested |= {"rate_negative", "result_too_large", "reference_duplicate"}
    tested |= {"not_json", "not_cases"}
    # Of callers in Python: below, and a customer of whom no regime is known.
    assert set(MESSAGES) - tested == {"amount_invalid", "regime_missing"}


def test_a_binary_fraction_is_no_amount():
    day = date(2026, 1, 31)
    with pytest.raises(PenaltyError) as caught:
        penalty.compute(Case("x", "fr_private", 1200.0, day, day), shipped())
    assert caught.value.code == "amount_invalid"


days = st.dates(date(2012, 1, 1), date(2026, 12, 31)).map(str)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | days | st.just("1e9"),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([GOOD, contested(), credited("2026-02-14", "5")]), st.data())
def test_whatever_a_field_holds_there_is_a_result_or_an_error(case, data):
    field = data.draw(st.sampled_from([*case, *CASE]))
    (outcome,) = compute(case | {field: data.draw(junk)})["results"]
    assert ("error" in outcome) != ("total" in outcome)


@pytest.mark.parametrize(
    "source",
    [
        GOOD,
        contested(),
        credited("2026-02-14", "5"),
        GOOD | {"exchange": {"GBP": "1.15"}, "judgment": "2026-03-01", "contract_rate": "15.5"},
        GOOD | {"with_fee": False, "invoice": "I", "invoice_amount": "3000", "digits": 2},
    ],
)
def test_a_stored_case_is_a_case_of_a_file(source):
    """What the ledger keeps as its working can be computed again, without Odoo."""
    case = Case(**read_object("case", source, Case, CASE))
    stored = json.loads(json.dumps(case_as_json(case)))
    assert Case(**read_object("case", stored, Case, CASE)) == case


# === The documentation ===#


def test_the_documented_example_gives_the_documented_output():
    text = (Path(engine.__file__).resolve().parents[1] / "docs" / "penalty-cases.md").read_text()
    blocks = [block.split("\n```")[0] for block in text.split("```json\n")[1:]]
    assert compute_text(blocks[0]) == json.loads(blocks[1])
