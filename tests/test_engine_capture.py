"""A file of receivables is read as it was written, or refused with the one reason why.

Round trip: rows written in any dialect are read back the same. Then the wrong files of issue 2.
"""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.capture import (
    REQUIRED,
    CaptureError,
    Dialect,
    Limits,
    guess_mapping,
    normalize,
    read_table,
)
from engine.capture_rows import CellError, is_code, read_amount, read_date, read_rows

TODAY = date(2026, 6, 30)
FRENCH = ("Client", "N° facture", "Date facture", "Échéance", "Montant TTC", "Réglé le")
ENGLISH = ("customer", "invoice", "invoice_date", "due_date", "amount", "settled_date")
GOOD = ("Papeterie du Midi", "FAC/1", "31/01/2013", "02/03/2013", "1234,56", "")


def write_csv(*rows, delimiter=";", encoding="utf-8"):
    output = io.StringIO()
    csv.writer(output, delimiter=delimiter).writerows(rows)
    return output.getvalue().encode(encoding)


def write_xlsx(*rows, change=None):
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    if change:
        change(workbook.active)
    output = io.BytesIO()
    workbook.save(output)
    return output.getvalue()


def read(content, name="file.csv", dialect=None, **limits):
    table = read_table(content, name, dialect, Limits(**limits))
    rows, _dialect = read_rows(table, guess_mapping(table.header), TODAY)
    return rows


def refuse(content, name="file.csv", dialect=None, **limits):
    """The code of the one reason why the file is refused."""
    with pytest.raises(CaptureError) as caught:
        read(content, name, dialect, **limits)
    return caught.value.code


def issues(*cells, header=FRENCH):
    """``[(column, code)]`` of a file with this one row."""
    (row,) = read(write_csv(header, cells))
    return [(issue.column, issue.code) for issue in row.issues]


# === Round trip ===#

texts = (
    st.text(
        st.sampled_from("abcdefghijklmnopqrstuvwxyzABCéèçàôÉ0123456789/-_.;,|\" '&"),
        min_size=1,
        max_size=20,
    )
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text)
)
amounts = st.decimals("-999999.99", "999999.99", places=2).filter(lambda amount: amount != 0)
days = st.dates(date(1970, 1, 1), date(2030, 12, 31))


@st.composite
def invoices(draw):
    start, due, settled = sorted((draw(days), draw(days), draw(days)))
    return draw(texts), start, due, draw(amounts), draw(st.sampled_from([settled, None]))


def write_amount(amount, decimal, group):
    text = f"{amount:,.2f}"
    return text.translate(str.maketrans({",": group, ".": decimal}))


@settings(max_examples=80)
@given(
    st.lists(invoices(), min_size=1, max_size=8),
    st.sampled_from(";,\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    st.sampled_from([(",", ""), (",", " "), (",", "\u00a0"), (",", "."), (".", ""), (".", ",")]),
    st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"]),
    st.sampled_from([FRENCH, ENGLISH]),
)
def test_what_has_letter_in_any_dialect_is_read_back(
    documents, delimiter, encoding, number, date_format, header
):
    decimal, group = number
    rows = [header]
    for index, (name, start, due, amount, settled) in enumerate(documents):
        dates = [day.strftime(date_format) if day else "" for day in (start, due, settled)]
        cells = (name, f"N{index}", *dates[:2], write_amount(amount, decimal, group), dates[2])
        rows.append(cells)
    content = write_csv(*rows, delimiter=delimiter, encoding=encoding)
    found = read(content)
    assert [row.issues for row in found] == [()] * len(documents)
    assert [
        (row.customer, row.invoice_date, row.due_date, row.amount, row.settled_date)
        for row in found
    ] == documents
    assert [row.number for row in found] == [f"N{index}" for index in range(len(documents))]


@settings(max_examples=25, deadline=None)
@given(st.lists(invoices(), min_size=1, max_size=5))
def test_a_workbook_keeps_its_dates_and_amounts(documents):
    rows = [
        (name, f"N{index}", start, due, float(amount), settled)
        for index, (name, start, due, amount, settled) in enumerate(documents)
    ]
    found = read(write_xlsx(FRENCH, *rows), "file.xlsx")
    assert [
        (row.customer, row.invoice_date, row.due_date, row.amount, row.settled_date)
        for row in found
    ] == documents


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(content):
    try:
        read(content)
    except CaptureError as error:
        assert error.code


# === French Excel as it comes ===#


def test_french_excel_as_it_comes():
    content = (
        "Client;N° facture;Date facture;Échéance;Montant TTC;Réglé le;Litige;Motif\r\n"
        "Épicerie Noël;FAC/2012/0005;05/01/2013;04/02/2013;1\u00a0234,56 €;;oui;Prix\r\n"
        "Épicerie Noël;AV-7;31/01/13;31/01/13;(150,00);12/02/2013;;\r\n"
    ).encode("cp1252")
    invoice, credit = read(content)
    assert (invoice.customer, invoice.number) == ("Épicerie Noël", "FAC/2012/0005")
    assert (invoice.invoice_date, invoice.due_date) == (date(2013, 1, 5), date(2013, 2, 4))
    assert (invoice.amount, invoice.currency) == (Decimal("1234.56"), "EUR")
    assert (invoice.contested_amount, invoice.contest_reason) == (invoice.amount, "Prix")
    assert (credit.amount, credit.invoice_date) == (Decimal(-150), date(2013, 1, 31))
    assert (credit.settled_date, credit.contested_amount) == (date(2013, 2, 12), 0)
    assert not invoice.issues
    assert not credit.issues


def test_a_title_above_the_header_and_blank_rows_are_skipped():
    content = write_csv(("Balance âgée", ""), (), FRENCH, (), GOOD, ("",) * 6)
    (row,) = read(content)
    assert row.line == 5
    assert row.amount == Decimal("1234.56")


def test_a_quoted_cell_of_two_lines_does_not_shift_the_line_numbers():
    first = ("Two\nlines", *GOOD[1:])
    rows = read(write_csv(FRENCH, first, ("Other", "FAC/2", *GOOD[2:])))
    assert [(row.line, row.customer) for row in rows] == [(2, "Two lines"), (4, "Other")]


def test_one_separator_holds_for_the_whole_file():
    """ "1,234" alone could be 1.234; next to "12,50" it is not a thousand."""
    rows = read(write_csv(FRENCH, (*GOOD[:4], "12,50", ""), ("B", "2", *GOOD[2:4], "1,234", "")))
    assert [row.amount for row in rows] == [Decimal("12.5"), Decimal("1.234")]


def test_month_first_is_understood_for_the_whole_file():
    rows = read(
        write_csv(
            ENGLISH,
            ("A", "1", "01/02/2013", "01/31/2013", "10", ""),
            ("A", "2", "03/04/2013", "05/06/2013", "10", ""),
        )
    )
    assert [row.invoice_date for row in rows] == [date(2013, 1, 2), date(2013, 3, 4)]


def test_what_the_user_says_wins_over_the_guess():
    content = write_csv(FRENCH, ("A", "1", "01/02/2013", "03/04/2013", "1,234", ""))
    table = read_table(content, "file.csv", Dialect(decimal=".", date_order="mdy"))
    (row,), dialect = read_rows(table, guess_mapping(table.header), TODAY)
    assert (row.amount, row.invoice_date) == (Decimal(1234), date(2013, 1, 2))
    assert (dialect.decimal, dialect.date_order) == (".", "mdy")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("CLIENT", "customer"),
        ("N° facture", "number"),
        ("n°_de_facture", "number"),
        ("Date d'échéance", "due_date"),
        ("Montant T.T.C.", "amount"),
        ("Devise", "currency"),
        ("Réglé le", "settled_date"),
        ("Réglée le", "settled_date"),
        ("Émise le", "invoice_date"),
        ("Montant contesté", "contested_amount"),
        ("Motif du litige", "contest_reason"),
        ("settled_date", "settled_date"),
        ("Disputed", "disputed"),
        ("N° SIRET", "vat"),
    ],
)
def test_headers_are_known_in_french_and_english(name, field):
    assert guess_mapping((name, "x", "Client", "y")).get(field) in (0, 2), normalize(name)


# === Wrong files: one reason each ===#


def test_wrong_files_have_one_reason_each():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 3_000_000)
    assert refuse(b"") == "empty"
    assert refuse(b" \r\n\r\n") == "empty"
    assert refuse(write_csv(FRENCH)) == "no_rows"
    assert refuse(write_csv(FRENCH, GOOD, delimiter="~")) == "delimiter"
    assert refuse(write_csv(FRENCH, GOOD), dialect=Dialect(delimiter="|")) == "delimiter"
    assert refuse(write_csv(FRENCH[1:], GOOD[1:])) == "column_missing"
    assert refuse(write_csv(FRENCH, GOOD) + b"\x00") == "binary"
    assert refuse(bytes(range(256)) * 4) == "binary"
    assert refuse(b"\x89PNG\r\n\x1a\n\x00\x00", "photo.png") == "binary"
    assert refuse(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 99, "old.xls") == "old_excel"
    assert refuse(b"PK\x03\x04 junk", "file.xlsx") == "not_a_workbook"
    assert refuse(b"a;b", "file.xlsx") == "not_a_workbook"
    assert refuse(bomb.getvalue(), "bomb.xlsx", unpacked=1_000_000) == "too_big"
    assert refuse(bomb.getvalue(), "bomb.xlsx") == "not_a_workbook"
    assert refuse(write_csv(FRENCH, GOOD), size=10) == "too_big"
    assert refuse(write_csv(FRENCH, *[GOOD] * 21), rows=20) == "too_many_rows"
    assert refuse(write_csv(FRENCH, *[GOOD] * 5), rows=4) == "too_many_rows"
    assert refuse(write_csv(("Client", *map(str, range(9))), GOOD), columns=9) == "too_many_columns"
    assert refuse(write_csv(FRENCH, GOOD) + b'"never closed;1\n') == "malformed"


def test_a_workbook_with_merged_cells_is_refused():
    content = write_xlsx(FRENCH, GOOD, change=lambda sheet: sheet.merge_cells("A2:B2"))
    with pytest.raises(CaptureError) as caught:
        read(content, "file.xlsx")
    assert (caught.value.code, caught.value.params) == ("merged_cells", {"cells": "A2:B2"})


def test_a_workbook_with_a_formula_is_refused():
    content = write_xlsx(FRENCH, (*GOOD[:4], "=1+1", None))
    with pytest.raises(CaptureError) as caught:
        read(content, "file.xlsx")
    assert (caught.value.code, caught.value.params) == ("formula", {"cell": "E2"})


# === Wrong rows: line, column and reason ===#


def test_a_good_row_has_no_issue():
    assert issues(*GOOD) == []


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        (0, "", "missing"),
        (1, "", "missing"),
        (2, "", "missing"),
        (3, "", "missing"),
        (4, "", "missing"),
        (1, "x" * 201, "text_too_long"),
        (2, "yesterday", "date_invalid"),
        (2, "31/02/2013", "date_impossible"),
        (2, "31/12/1969", "date_too_old"),
        (3, "01/01/2103", "date_too_far"),
        (3, "30/01/2013", "due_before_invoice"),
        (5, "30/01/2013", "settled_before_invoice"),
        (4, "12 euros", "amount_invalid"),
        (4, "1.2.3,4", "amount_invalid"),
        (4, "0,00", "amount_zero"),
        (4, "9" * 14, "amount_too_big"),
    ],
)
def test_a_wrong_cell_is_named_with_its_column(column, value, code):
    cells = list(GOOD)
    cells[column] = value
    assert issues(*cells) == [(FRENCH[column], code)]


def test_a_row_with_a_cell_too_many_is_not_guessed_at():
    assert issues(*GOOD, "surprise") == [("", "too_many_cells")]


def test_both_rows_with_one_number_are_named():
    rows = read(write_csv(FRENCH, GOOD, ("Other", *GOOD[1:])))
    found = [(issue.line, issue.code, issue.params["other"]) for r in rows for issue in r.issues]
    assert found == [(2, "duplicate", 3), (3, "duplicate", 2)]


@pytest.mark.parametrize(
    ("amount", "flag", "contested", "expected", "codes"),
    [
        ("100", "", "", 0, []),
        ("100", "no", "", 0, []),
        ("100", "oui", "", 100, []),
        ("100", "", "40", 40, []),
        ("100", "yes", "40", 40, []),
        ("100", "non", "40", 40, ["contested_conflict"]),
        ("100", "", "140", 140, ["contested_too_much"]),
        ("100", "", "-4", -4, ["contested_negative"]),
        ("-100", "yes", "", -100, ["contested_credit"]),
        ("100", "perhaps", "", 0, ["flag_invalid"]),
    ],
)
def test_what_is_contested(amount, flag, contested, expected, codes):
    header = (*FRENCH, "Litige", "Montant contesté")
    (row,) = read(write_csv(header, (*GOOD[:4], amount, "", flag, contested)))
    assert (row.contested_amount, [issue.code for issue in row.issues]) == (expected, codes)


def test_the_currency_sign_and_the_currency_column_must_agree():
    header = (*FRENCH, "Devise")
    (row,) = read(write_csv(header, (*GOOD[:4], "10 €", "", "usd")))
    assert [(issue.column, issue.code) for issue in row.issues] == [
        ("Montant TTC", "currency_conflict")
    ]


# === Cells ===#


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1 234,56", ",", "1234.56"),
        ("1\u202f234\u202f567,8", ",", "1234567.8"),
        ("1.234,56", ",", "1234.56"),
        ("1,234.56", ".", "1234.56"),
        ("1'234.50", ".", "1234.5"),
        ("-12,5", ",", "-12.5"),
        ("\u221212,5", ",", "-12.5"),
        ("12,5-", ",", "-12.5"),
        ("(12,5)", ",", "-12.5"),
        ("+12", ",", "12"),
        ("7,", ",", "7"),
    ],
)
def test_amounts(text, decimal, value):
    assert read_amount(text, decimal) == (Decimal(value), None)


@pytest.mark.parametrize(
    "text", ["1.5", "1.23.4", "1,2,3", "--1", "١٢", "NaN", "1e5", "=1+1", "", "€"]
)
def test_what_is_no_amount(text):
    with pytest.raises(CellError):
        read_amount(text, ",")


def test_a_date_may_carry_a_time():
    assert read_date("2013-06-30 00:00:00", "dmy", TODAY) == date(2013, 6, 30)
    assert read_date("30/06/2013 14:05", "dmy", TODAY) == date(2013, 6, 30)


def test_a_number_in_a_workbook_is_not_a_date():
    with pytest.raises(CellError):
        read_date(Decimal(41455), "dmy", TODAY)


def test_required_columns_are_those_without_which_nothing_can_be_claimed():
    assert set(REQUIRED) == {"customer", "number", "invoice_date", "due_date", "amount"}
    assert is_code("C0001")
