"""The words for what `engine.capture` and `engine.capture_rows` find: they only give codes."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

FIELDS = {
    "customer": _lt("Customer"),
    "customer_code": _lt("Customer code"),
    "vat": _lt("VAT or SIRET number"),
    "number": _lt("Invoice number"),
    "invoice_date": _lt("Invoice date"),
    "due_date": _lt("Due date"),
    "amount": _lt("Amount incl. taxes"),
    "currency": _lt("Currency"),
    "settled_date": _lt("Settled on"),
    "disputed": _lt("Disputed (yes/no)"),
    "contested_amount": _lt("Contested amount"),
    "contest_reason": _lt("Contest reason"),
}

FILE_MESSAGES = {
    "empty": _lt("The file is empty: export it again from your old software."),
    "no_rows": _lt("The file has a header and no rows: nothing to import."),
    "too_big": _lt(
        "The file is bigger than %(megabytes)s MB: split it, for example one file per year."
    ),
    "too_many_rows": _lt(
        "The file has more than %(rows)s rows: split it, for example one file per year."
    ),
    "too_many_columns": _lt(
        "The file has more than %(columns)s columns: keep those of the sample file."
    ),
    "binary": _lt("This is not a text or Excel file: save it as CSV or XLSX, and choose it again."),
    "old_excel": _lt("This is an old Excel file (.xls): save it as .xlsx, and choose it again."),
    "not_a_workbook": _lt(
        "The Excel file is damaged or is not one: open it, save it as .xlsx, and choose it again."
    ),
    "encoding": _lt(
        "The file is not in the encoding %(encoding)s: choose another one, or leave it empty."
    ),
    "delimiter": _lt(
        "Only one column was found (“%(header)s”): the columns must be separated by a semicolon, "
        "a comma, a tab or |. Choose the right delimiter, or save the file as XLSX."
    ),
    "malformed": _lt(
        "The file can't be read from line %(line)s on: a quotation mark is opened and not closed."
    ),
    "merged_cells": _lt(
        "The sheet has merged cells (%(cells)s): unmerge them, so that each row stands alone."
    ),
    "formula": _lt(
        "Cell %(cell)s is a formula: copy the sheet and paste it as values, then choose it again."
    ),
    "column_missing": _lt(
        "No column was found for: %(fields)s. Say on the Columns tab which column it is, and check "
        "again."
    ),
}

ROW_MESSAGES = {
    "too_many_cells": _lt(
        "The row has %(found)s cells, and the header %(expected)s: a delimiter stands in a text "
        "without quotation marks."
    ),
    "missing": _lt("It is empty, and it is required."),
    "text_too_long": _lt("“%(value)s” is longer than %(length)s characters."),
    "amount_invalid": _lt("“%(value)s” is not an amount."),
    "amount_zero": _lt("The amount is zero: there is nothing to claim."),
    "amount_too_big": _lt("“%(value)s” is too big for an amount."),
    "amount_precision": _lt("%(value)s has more decimals than %(currency)s has."),
    "date_invalid": _lt("“%(value)s” is not a date."),
    "date_impossible": _lt("“%(value)s” is not a day of the calendar."),
    "date_too_old": _lt("%(value)s is before 1970."),
    "date_too_far": _lt("%(value)s is more than ten years from now."),
    "due_before_invoice": _lt("Due on %(due)s, before the invoice date %(invoice_date)s."),
    "settled_before_invoice": _lt(
        "Settled on %(settled)s, before the invoice date %(invoice_date)s."
    ),
    "flag_invalid": _lt("“%(value)s” is neither yes nor no."),
    "currency_conflict": _lt("The amount is in %(sign)s, and the currency is %(currency)s."),
    "currency_unknown": _lt("There is no currency “%(currency)s”: use a code such as EUR."),
    "currency_inactive": _lt(
        "%(currency)s is not active: activate it in Invoicing, Configuration, Currencies."
    ),
    "currency_rate": _lt("%(currency)s has no rate on %(date)s: add one, and check again."),
    "contested_conflict": _lt("%(value)s is contested, and the row says that it is not disputed."),
    "contested_credit": _lt("A credit note can't be contested."),
    "contested_negative": _lt("The contested amount %(value)s is negative."),
    "contested_too_much": _lt("%(value)s is contested, more than the invoice: %(amount)s."),
    "duplicate": _lt("The number %(number)s is also on line %(other)s."),
    "locked": _lt("%(date)s is in a closed period (locked until %(lock)s)."),
    "customer_ambiguous": _lt(
        "Several customers are called “%(customer)s”: give a customer code, or merge them."
    ),
    "differs_amount": _lt(
        "The invoice %(number)s is already there with %(there)s, and the file says %(here)s."
    ),
    "differs_customer": _lt(
        "The invoice %(number)s is already there for %(there)s, and the file says %(here)s."
    ),
    "is_draft": _lt("The invoice %(number)s is already there, and it is not posted."),
}


def field_label(env, name):
    """What a field of the file is called, in the language of the user."""
    return FIELDS[name]._translate(env.lang or "en_US")


def file_message(env, error):
    """What is wrong with the file as a whole, and what to do: the text of a `CaptureError`."""
    params = dict(error.params)
    if "fields" in params:
        params["fields"] = ", ".join(field_label(env, name) for name in params["fields"])
    return FILE_MESSAGES[error.code]._translate(env.lang or "en_US") % params


def row_message(env, issue):
    """What is wrong with one row: the text of an `Issue`."""
    params = {name: str(value) for name, value in issue.params.items()}
    return ROW_MESSAGES[issue.code]._translate(env.lang or "en_US") % params
