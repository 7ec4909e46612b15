"""The rows of a table → invoices with typed values, or the errors of each row.

An error has the line and the column of the file, a code, and parameters: the caller has the words.
Amounts are `Decimal`s in the row's currency, positive for an invoice, negative for a credit note.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from .capture import REQUIRED, CaptureError, Cell, Dialect, Table

FIRST_DATE = date(1970, 1, 1)
MAX_AMOUNT = Decimal(10) ** 12
AMOUNT_FIELDS = ("amount", "contested_amount")
DATE_FIELDS = ("invoice_date", "due_date", "settled_date")
TEXT_LENGTH = 200
YES = frozenset(["yes", "y", "oui", "o", "true", "vrai", "1", "x"])
NO = frozenset(["no", "n", "non", "false", "faux", "0"])
SIGNS = {"€": "EUR", "£": "GBP"}
SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f']")
DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?:[ T][\d:.]+)?")
YEAR_FIRST = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[ T][\d:.Z+]+)?")


@dataclass(frozen=True, slots=True)
class Issue:
    """What is wrong with one row. `column` is the header's own text, "" for the whole row."""

    line: int
    column: str
    code: str
    params: dict = field(default_factory=dict)


class CellError(Exception):
    def __init__(self, code: str, **params):
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Row:
    """One invoice of the file. What is missing or wrong is None, and `issues` says why."""

    line: int
    customer: str | None = None
    customer_code: str | None = None
    vat: str | None = None
    number: str | None = None
    invoice_date: date | None = None
    due_date: date | None = None
    amount: Decimal | None = None
    currency: str | None = None  # ISO code, in capitals; None is the company's
    settled_date: date | None = None
    contested_amount: Decimal = Decimal(0)
    contest_reason: str | None = None
    issues: tuple[Issue, ...] = ()


def read_rows(
    table: Table, mapping: dict[str, int], today: date, dialect: Dialect | None = None
) -> tuple[list[Row], Dialect]:
    """Type every row and check what can be checked without a database.

    :param mapping: ``{field: index of its column}``, see :func:`capture.guess_mapping`.
    :param today: dates more than ten years after it are refused.
    :return: the rows, and the dialect that was used, completed by the guesses.
    :raise CaptureError: when a required column is not mapped.
    """
    missing = [name for name in REQUIRED if name not in mapping]
    if missing:
        raise CaptureError("column_missing", fields=missing, header=table.header)
    dialect = _complete(dialect or table.dialect, table, mapping)
    reader = _RowReader(table.header, mapping, dialect, today)
    rows = [reader.to_row(line, cells) for line, cells in table.rows]
    return _mark_duplicates(rows, table.header[mapping["number"]]), dialect


# === Guesses for the file ===#


def _complete(dialect: Dialect, table: Table, mapping: dict[str, int]) -> Dialect:
    def texts(names: tuple[str, ...]) -> list[str]:
        indexes = [mapping[name] for name in names if name in mapping]
        return [
            cells[index]
            for _line, cells in table.rows
            for index in indexes
            if index < len(cells) and isinstance(cells[index], str)
        ]

    return replace(
        dialect,
        decimal=dialect.decimal
        or guess_decimal(texts(AMOUNT_FIELDS), "." if dialect.delimiter == "," else ","),
        date_order=dialect.date_order or guess_date_order(texts(DATE_FIELDS)),
    )


def guess_decimal(texts: Iterable[str], default: str = ",") -> str:
    """The decimal separator of a file, from its amounts.

    >>> guess_decimal(["1 234,56", "12"]), guess_decimal(["1,234.5"]), guess_decimal(["1,234"])
    (',', '.', ',')
    """
    votes = {",": 0, ".": 0}
    for text in texts:
        last = max(text.rfind(","), text.rfind("."))
        if last < 0:
            continue
        sign = text[last]
        other = "." if sign == "," else ","
        digits = len(re.match(r"\d*", text[last + 1 :])[0])
        if other in text:
            votes[sign] += 1
        elif text.count(sign) > 1:
            votes[other] += 1
        elif digits != 3:
            votes[sign] += 1
    if votes[","] == votes["."]:
        return default
    return max(votes, key=votes.get)


def guess_date_order(texts: Iterable[str]) -> str:
    """Day first, unless some date can only be month first and none can only be day first.

    >>> guess_date_order(["01/02/2013", "02/28/2013"]), guess_date_order(["01/02/2013"])
    ('mdy', 'dmy')
    """
    month_first = False
    for text in texts:
        if found := DAY_FIRST.fullmatch(text):
            if int(found[1]) > 12:
                return "dmy"
            month_first = month_first or int(found[2]) > 12
    return "mdy" if month_first else "dmy"


# === Cells ===#


def read_amount(cell: Cell, decimal: str) -> tuple[Decimal, str | None]:
    """The amount and the currency that its sign names.

    >>> read_amount("(1 234,50 €)", ",")
    (Decimal('-1234.50'), 'EUR')

    :raise CellError: when it is no amount in this dialect.
    """
    if isinstance(cell, Decimal):
        return _bounded(cell, cell), None
    if not isinstance(cell, str):
        raise CellError("amount_invalid", value=str(cell))
    text = SPACES.sub("", cell).replace("\u2212", "-")
    currency = None
    for sign, code in SIGNS.items():
        if text.count(sign) == 1:
            text, currency = text.replace(sign, ""), code
    negative = False
    if text.startswith("(") and text.endswith(")"):
        text, negative = text[1:-1], True
    elif text.endswith("-"):
        text, negative = text[:-1], True
    elif text[:1] in ("-", "+"):
        text, negative = text[1:], text[0] == "-"
    group, point = (r"\.", ",") if decimal == "," else (",", r"\.")
    if not re.fullmatch(rf"(?a:\d{{1,3}}(?:{group}\d{{3}})+|\d+)(?:{point}(?a:\d*))?", text):
        raise CellError("amount_invalid", value=cell, decimal=decimal)
    text = text.replace("." if decimal == "," else ",", "").replace(decimal, ".")
    value = Decimal(text)
    return _bounded(-value if negative else value, cell), currency


def _bounded(value: Decimal, cell: Cell) -> Decimal:
    if not value.is_finite() or abs(value) > MAX_AMOUNT:
        raise CellError("amount_too_big", value=str(cell))
    return value


def read_date(cell: Cell, order: str, today: date) -> date:
    """:raise CellError: when it is no date, or not one between 1970 and ten years from today."""
    if isinstance(cell, date):
        value = cell
    elif isinstance(cell, str):
        value = _parse_date(cell, order)
    else:
        raise CellError("date_invalid", value=str(cell))
    if value < FIRST_DATE:
        raise CellError("date_too_old", value=value.isoformat())
    if value.year > today.year + 10:
        raise CellError("date_too_far", value=value.isoformat())
    return value


def _parse_date(text: str, order: str) -> date:
    if found := YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := DAY_FIRST.fullmatch(text):
        day, month, year = map(int, found.groups())
        if order == "mdy":
            day, month = month, day
        if len(found[3]) == 2:
            year += 1900 if year >= 70 else 2000
    else:
        raise CellError("date_invalid", value=text)
    try:
        return date(year, month, day)
    except ValueError:
        raise CellError("date_impossible", value=text) from None


def read_flag(cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    text = str(cell).strip().lower()
    if text in YES:
        return True
    if text in NO:
        return False
    raise CellError("flag_invalid", value=text)


def read_text(cell: Cell) -> str:
    """One line of text; a whole number keeps no decimal point.

    >>> read_text(Decimal("611365.0"))
    '611365'
    """
    if isinstance(cell, Decimal) and cell == cell.to_integral_value():
        cell = int(cell)
    text = " ".join(str(cell).split())
    if len(text) > TEXT_LENGTH:
        raise CellError("text_too_long", value=text[:40] + "…", length=TEXT_LENGTH)
    return text


def is_code(text: str) -> bool:
    """Whether a customer is named by a code: one word with a digit in it.

    >>> is_code("3993-QUNVJ"), is_code("Dupont"), is_code("Garage 24")
    (True, False, False)
    """
    return " " not in text and any(character.isdigit() for character in text)


# === Rows ===#


class _RowReader:
    """Reads the rows of one file; collects the issues of the row at hand."""

    def __init__(self, header, mapping, dialect, today):
        self.header = header
        self.mapping = mapping
        self.dialect = dialect
        self.today = today
        self.line = 0
        self.issues: list[Issue] = []

    def to_row(self, line: int, cells: tuple[Cell, ...]) -> Row:
        self.line, self.issues = line, []
        if any(cell not in (None, "") for cell in cells[len(self.header) :]):
            self._add("too_many_cells", expected=len(self.header), found=len(cells))
            return Row(line, issues=tuple(self.issues))
        values = {name: self._text(cells, name) for name in ("customer", "customer_code", "vat")}
        values |= {name: self._text(cells, name) for name in ("number", "contest_reason")}
        values |= {name: self._date(cells, name) for name in DATE_FIELDS}
        values["amount"], values["currency"] = self._amount(cells)
        values["contested_amount"] = self._contested(cells, values["amount"])
        if not values["customer"]:
            values["customer"] = values["customer_code"]
        self._check(values)
        return Row(line, **values, issues=tuple(self.issues))

    def _cell(self, cells, name) -> Cell:
        index = self.mapping.get(name)
        cell = cells[index] if index is not None and index < len(cells) else None
        return None if cell == "" else cell

    def _read(self, cells, name, reader, *arguments):
        cell = self._cell(cells, name)
        if cell is None:
            return None
        try:
            return reader(cell, *arguments)
        except CellError as error:
            self._add(error.code, name, **error.params)
            return None

    def _text(self, cells, name) -> str | None:
        return self._read(cells, name, read_text) or None

    def _date(self, cells, name) -> date | None:
        return self._read(cells, name, read_date, self.dialect.date_order, self.today)

    def _amount(self, cells) -> tuple[Decimal | None, str | None]:
        decimal = self.dialect.decimal
        amount, sign = self._read(cells, "amount", read_amount, decimal) or (None, None)
        currency = self._text(cells, "currency")
        currency = SIGNS.get(currency, currency and currency.upper())
        if sign and currency and sign != currency:
            self._add("currency_conflict", "amount", sign=sign, currency=currency)
        if amount == 0:
            self._add("amount_zero", "amount")
        return amount, currency or sign

    def _contested(self, cells, amount) -> Decimal:
        """The whole amount when it is only said that the invoice is disputed."""
        contested, _sign = self._read(
            cells, "contested_amount", read_amount, self.dialect.decimal
        ) or (None, None)
        flag = self._read(cells, "disputed", read_flag)
        if contested and flag is False:
            self._add("contested_conflict", "contested_amount", value=str(contested))
        if not contested:
            contested = amount if flag and amount else Decimal(0)
        if not contested or amount is None:
            return Decimal(0)
        column = "contested_amount" if "contested_amount" in self.mapping else "disputed"
        if amount < 0:
            self._add("contested_credit", column)
        elif contested < 0:
            self._add("contested_negative", column, value=str(contested))
        elif contested > amount:
            self._add("contested_too_much", column, value=str(contested), amount=str(amount))
        return contested

    def _check(self, values) -> None:
        wrong = {issue.column for issue in self.issues}
        for name in REQUIRED:
            if values[name] is None and self._column(name) not in wrong:
                self._add("missing", name)
        start, due, settled = (values[name] for name in DATE_FIELDS)
        if start and due and due < start:
            self._add("due_before_invoice", "due_date", due=due, invoice_date=start)
        if start and settled and settled < start:
            self._add("settled_before_invoice", "settled_date", settled=settled, invoice_date=start)

    def _column(self, name) -> str:
        index = self.mapping.get(name)
        return self.header[index] if index is not None else ""

    def _add(self, code, name="", **params) -> None:
        self.issues.append(Issue(self.line, self._column(name), code, params))


def _mark_duplicates(rows: list[Row], column: str) -> list[Row]:
    """Which of two rows with one number is right is not ours to say: both get an issue."""
    lines: dict[str, list[int]] = {}
    for row in rows:
        if row.number:
            lines.setdefault(row.number, []).append(row.line)
    result = []
    for row in rows:
        if len(same := lines.get(row.number, ())) > 1:
            other = same[1] if row.line == same[0] else same[0]
            issue = Issue(row.line, column, "duplicate", {"number": row.number, "other": other})
            row = replace(row, issues=(*row.issues, issue))
        result.append(row)
    return result
