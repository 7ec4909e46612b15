"""A workbook of amounts, ready to print and to send: what the spreadsheets of this addon share.

Text is always written as text: a name that begins with ``=`` is never a formula. Totals are
formulas, and carry the value that they will have, for readers that do not calculate.
"""

import io
import re
from dataclasses import dataclass, field

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
A4 = 9
SHORT_DATE = 14  # the built-in format that follows the reader's own settings
FOOTER_LENGTH = 80  # Excel refuses footers of more than 255 characters


@dataclass(frozen=True)
class Column:
    """`kind`: text, date, days; amount (in the currency of the block) or company (in the
    currency of the company), which are summed.
    """

    title: str
    width: int
    kind: str = "text"

    @property
    def is_summed(self):
        return self.kind in ("amount", "company")


@dataclass(frozen=True)
class Block:
    """The rows of one currency, each a tuple with a value per column; `empty` says that there are
    none.
    """

    title: str
    currency: object
    rows: object
    empty: str = ""


@dataclass(frozen=True)
class Ages:
    """The sums by age below a block: of the column `amounts`, by the days late in `days`.

    :param ranges: ``[(label, first day late, last day late or None)]``.
    """

    amounts: int
    days: int
    ranges: tuple


@dataclass(frozen=True)
class Tie:
    """The last lines of a sheet: from what it shows to the ledger, in the company's currency.

    :param others: ``[(label, amount)]`` that the ledger has besides what the sheet shows.
    """

    shown: str
    others: list
    ledger: tuple
    gap: str


@dataclass
class Sheet:
    name: str
    company: object
    title: str
    heading: list
    columns: list
    blocks: list
    tie: Tie
    ages: Ages | None = None
    remarks: list = field(default_factory=list)  # [(label, amount, currency)] below the tie
    # Filled while it is written: where each block's total in company currency is, and its value.
    totals: list = field(default_factory=list)


def clean_name(text):
    """A name for a file, of letters, digits, dots, dashes and spaces.

    >>> clean_name('Statement ../"ACME" & Fils: 2026')
    'Statement ACME Fils 2026'
    """
    return " ".join(re.sub(r"[^\w.\- ]|\.{2,}", " ", text).split())[:120].strip(". ")


class Workbook:
    """Writes sheets one row after the other, so that its memory does not grow with them."""

    def __init__(self, env):
        self.env = env
        self._output = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._output,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
            },
        )
        self._formats = {}
        self._moneys = {}
        self._names = set()

    def close(self):
        """:return: the bytes of the file."""
        self._book.close()
        return self._output.getvalue()

    def add(self, sheet):
        """Write one sheet: heading, column titles, a block per currency, and the tie."""
        page = self._book.add_worksheet(self._get_sheet_name(sheet.name))
        row = self._write_heading(page, sheet)
        self._set_up_page(page, sheet, row)
        for index, column in enumerate(sheet.columns):
            page.write_string(row, index, column.title, self._style("title", column.is_summed))
        row += 1
        for block in sheet.blocks:
            row = self._write_block(page, sheet, block, row)
        row = self._write_tie(page, sheet, row)
        for label, amount, currency in sheet.remarks:
            row += 1
            page.write_string(row, 0, label)
            page.write_number(row, len(sheet.columns) - 1, amount, self._money(currency))

    # === Parts of a sheet: each returns the next row ===#

    def _write_heading(self, page, sheet):
        page.write_string(0, 0, sheet.company.name, self._style("bold"))
        row = 1
        for line in self._get_company_lines(sheet.company):
            page.write_string(row, 0, line)
            row += 1
        row += 1
        page.write_string(row, 0, sheet.title, self._style("heading"))
        for line in sheet.heading:
            row += 1
            page.write_string(row, 0, line)
        return row + 2

    def _get_company_lines(self, company):
        """Address and registration; the reader of a statement need not be allowed to read them."""
        partner = company.sudo().partner_id
        address = partner._display_address(without_company=True)
        identity = " · ".join(filter(None, (partner.vat, partner.company_registry)))
        contact = " · ".join(filter(None, (partner.phone, partner.email)))
        return [line for line in (*address.splitlines(), identity, contact) if line.strip()]

    def _set_up_page(self, page, sheet, title_row):
        for index, column in enumerate(sheet.columns):
            page.set_column(index, index, column.width)
        page.freeze_panes(title_row + 1, 1)
        page.set_landscape()
        page.set_paper(A4)
        page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
        page.fit_to_pages(1, 0)
        page.repeat_rows(title_row)
        pages = self.env._("Page %(page)s of %(pages)s", page="\x01", pages="\x02")
        title = _escape(f"{sheet.company.name} – {sheet.title}")
        page.set_footer(f"&L{title}&R{_escape(pages)}".replace("\x01", "&P").replace("\x02", "&N"))

    def _write_block(self, page, sheet, block, row):
        page.write_string(row, 0, block.title, self._style("bold"))
        first = row = row + 1
        sums = [0.0] * len(sheet.columns)
        ages = [0.0] * len(sheet.ages.ranges) if sheet.ages else []
        for values in block.rows:
            for index, (column, value) in enumerate(zip(sheet.columns, values, strict=True)):
                self._write_cell(
                    page, row, index, column, value, self._currency(sheet, block, column)
                )
                if column.is_summed:
                    sums[index] += value
            if sheet.ages:
                ages[_get_age(sheet.ages, values)] += values[sheet.ages.amounts]
            row += 1
        if row == first:
            page.write_string(row, 0, block.empty)
            row += 1
        row = self._write_totals(page, sheet, block, (first, row), sums)
        if sheet.ages:
            row = self._write_ages(page, sheet, block, (first, row - 2), ages, row)
        return row + 1

    def _write_cell(self, page, row, index, column, value, currency):
        if column.kind == "text":
            page.write_string(row, index, value or "")
        elif column.kind == "date":
            if value:
                page.write_datetime(row, index, value, self._style("date"))
        elif column.kind == "days":
            page.write_number(row, index, value)
        else:
            page.write_number(row, index, value, self._money(currency))

    def _write_totals(self, page, sheet, block, rows, sums):
        first, row = rows
        label = self.env._("Total %(currency)s", currency=block.currency.name)
        page.write_string(row, 0, label, self._style("total"))
        for index, column in enumerate(sheet.columns[1:], 1):
            if not column.is_summed:
                page.write_blank(row, index, None, self._style("total"))
                continue
            currency = self._currency(sheet, block, column)
            letter = xl_col_to_name(index)
            page.write_formula(
                row,
                index,
                f"=SUM({letter}{first + 1}:{letter}{row})",
                self._money(currency, "total"),
                value=currency.round(sums[index]),
            )
        sheet.totals.append((row, sums[-1]))
        return row + 1

    def _write_ages(self, page, sheet, block, rows, sums, row):
        days = _get_range(sheet.ages.days, *rows)
        amounts = _get_range(sheet.ages.amounts, *rows)
        for index, (label, _since, _until) in enumerate(sheet.ages.ranges, sheet.ages.amounts):
            page.write_string(row, index, label, self._style("title", True))
        for index, (_label, since, until) in enumerate(sheet.ages.ranges):
            until = "" if until is None else f',{days},"<={until}"'
            page.write_formula(
                row + 1,
                sheet.ages.amounts + index,
                f'=SUMIFS({amounts},{days},">={since}"{until})',
                self._money(block.currency),
                value=block.currency.round(sums[index]),
            )
        return row + 2

    def _write_tie(self, page, sheet, row):
        currency, last = sheet.company.currency_id, len(sheet.columns) - 1
        money = self._money(currency)
        shown = currency.round(sum(total for _row, total in sheet.totals))
        cells = "+".join(xl_rowcol_to_cell(total_row, last) for total_row, _total in sheet.totals)
        first = row
        page.write_string(row, 0, sheet.tie.shown)
        page.write_formula(row, last, f"={cells}", money, value=shown)
        for label, amount in sheet.tie.others:
            row += 1
            page.write_string(row, 0, label)
            page.write_number(row, last, amount, money)
        others = sum(amount for _label, amount in sheet.tie.others)
        label, ledger = sheet.tie.ledger
        page.write_string(row + 1, 0, label)
        page.write_number(row + 1, last, ledger, money)
        page.write_string(row + 2, 0, sheet.tie.gap, self._style("total"))
        for index in range(1, last):
            page.write_blank(row + 2, index, None, self._style("total"))
        above = _get_range(last, first, row)
        page.write_formula(
            row + 2,
            last,
            f"=ROUND({xl_rowcol_to_cell(row + 1, last)}-SUM({above}),{currency.decimal_places})",
            self._money(currency, "total"),
            value=currency.round(ledger - shown - others),
        )
        return row + 3

    # === Names and formats ===#

    def _get_sheet_name(self, text):
        """At most 31 characters, unique, without those that Excel refuses."""
        base = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", text).strip(" '") or "1"
        name, number = base[:31].strip(" '"), 1
        while name.lower() in self._names or name.lower() == "history":
            number += 1
            name = f"{base[: 30 - len(str(number))].strip()} {number}"
        self._names.add(name.lower())
        return name

    @staticmethod
    def _currency(sheet, block, column):
        return sheet.company.currency_id if column.kind == "company" else block.currency

    def _get_format(self, **properties):
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(properties)
        return self._formats[key]

    def _style(self, name, is_right=False):
        styles = {
            "bold": {"bold": True},
            "heading": {"bold": True, "font_size": 14},
            "title": {
                "bold": True,
                "bottom": 1,
                "text_wrap": True,
                "valign": "bottom",
                "align": "right" if is_right else "left",
            },
            "total": {"bold": True, "top": 1},
            "date": {"num_format": SHORT_DATE, "align": "left"},
        }
        return self._get_format(**styles[name])

    def _money(self, currency, style=None):
        """A number format with the currency's decimals and its symbol on its side."""
        key = (currency.id, style)
        if key not in self._moneys:
            self._moneys[key] = self._make_money(currency, style)
        return self._moneys[key]

    def _make_money(self, currency, style):
        number = "#,##0" + ("." + "0" * currency.decimal_places if currency.decimal_places else "")
        symbol = currency.symbol.replace('"', "")
        if currency.position == "before":
            number = f'"{symbol}\N{NO-BREAK SPACE}"{number}'
        else:
            number = f'{number}"\N{NO-BREAK SPACE}{symbol}"'
        properties = {"bold": True, "top": 1} if style == "total" else {}
        return self._get_format(num_format=f"{number};-{number}", **properties)


def _get_range(column, first, last):
    letter = xl_col_to_name(column)
    return f"{letter}{first + 1}:{letter}{last + 1}"


def _get_age(ages, values):
    days = values[ages.days]
    return next(
        index
        for index, (_label, since, until) in enumerate(ages.ranges)
        if days >= since and (until is None or days <= until)
    )


def _escape(text):
    return text[:FOOTER_LENGTH].replace("&", "&&")
