import base64
from dataclasses import asdict

from odoo import fields, models
from odoo.fields import Domain

from ..engine import capture, capture_rows
from .account_receivable_import_text import file_message, row_message

SAMPLES = 3  # values shown for each column


class AccountReceivableImport(models.Model):
    """Reading the file and judging its rows; what is there already is looked up once for all."""

    _inherit = "account.receivable.import"

    # === Check ===#

    def _check(self):
        """Parse the file and replace the rows by what it says."""
        self.ensure_one()
        self.line_ids.unlink()
        dialect = capture.Dialect(
            self.encoding or None,
            self.delimiter or None,
            self.decimal_separator or None,
            self.date_order or None,
        )
        values = {"state": "draft", "error_message": False}
        try:
            table = capture.read_table(base64.b64decode(self.file), self.name, dialect)
            self._set_columns(table)
            mapping = {column.target: column.position for column in self.column_ids[::-1]}
            mapping.pop(False, None)
            today = fields.Date.context_today(self)
            rows, dialect = capture_rows.read_rows(table, mapping, today)
        except capture.CaptureError as error:
            self.write(values | {"error_message": file_message(self.env, error)})
            return
        self.env["account.receivable.import.line"].create(self._prepare_lines(rows, table, mapping))
        guesses = asdict(dialect)
        guesses["decimal_separator"] = guesses.pop("decimal")
        self.write(values | guesses | {"state": "checked"})

    def _set_columns(self, table):
        """Keep what the user said of the columns, as long as the file has the same ones."""
        header = list(table.header)
        if self.column_ids.mapped("name") == [name or False for name in header]:
            return
        self.column_ids.unlink()
        targets = {index: name for name, index in capture.guess_mapping(table.header).items()}
        self.env["account.receivable.import.column"].create(
            [
                {
                    "import_id": self.id,
                    "position": index,
                    "name": name,
                    "target": targets.get(index),
                    "sample": " · ".join(
                        str(cells[index])
                        for _line, cells in table.rows[:SAMPLES]
                        if index < len(cells) and cells[index] not in (None, "")
                    ),
                }
                for index, name in enumerate(header)
            ]
        )

    def _prepare_lines(self, rows, table, mapping):
        """The values of the rows: typed, judged, and with the invoice that is there already."""
        header = {name: table.header[index] for name, index in mapping.items()}
        judge = self._get_judge(rows, header)
        return [judge(row) | {"import_id": self.id, "line_number": row.line} for row in rows]

    def _get_judge(self, rows, header):
        """A function that turns an engine row into the values of a line.

        Everything it needs from the database is read here, once for all rows.
        """
        currencies = self._get_currencies({row.currency for row in rows if row.currency})
        customers = self._find_customers(
            [(row.customer_code, row.vat, row.customer) for row in rows if row.customer]
        )
        there = self._find_existing([row.number for row in rows if row.number])
        issue_of = self._get_checks(rows, currencies, header)

        def judge(row):
            values = self._row_values(row, currencies)
            issues = [*row.issues, *issue_of(row)]
            partners = customers.get((row.customer_code, row.vat, row.customer), [])
            if len(partners) > 1:
                issues.append(
                    capture_rows.Issue(
                        row.line,
                        header["customer"],
                        "customer_ambiguous",
                        {"customer": row.customer_code or row.customer},
                    )
                )
            values["partner_id"] = partners[0].id if len(partners) == 1 else False
            if self.as_of_date and row.invoice_date and row.invoice_date > self.as_of_date:
                return values | {"state": "left_out"}
            if issues:
                return values | {
                    "state": "error",
                    "column_name": ", ".join(dict.fromkeys(i.column for i in issues if i.column)),
                    "message": " ".join(row_message(self.env, issue) for issue in issues),
                }
            return values | self._compare(there.get(row.number), values)

        return judge

    def _row_values(self, row, currencies):
        currency = currencies.get(row.currency, self.env["res.currency"])
        settled = row.settled_date
        if settled and self.as_of_date and settled > self.as_of_date:
            settled = None
        return {
            "state": "ready",
            "customer": row.customer,
            "customer_code": row.customer_code,
            "vat": row.vat,
            "number": row.number,
            "invoice_date": row.invoice_date,
            "due_date": row.due_date,
            "amount": float(row.amount or 0),
            "currency_id": (currency or self.company_id.currency_id).id,
            "settled_date": settled,
            "contested_amount": float(row.contested_amount),
            "contest_reason": row.contest_reason,
        }

    def _get_currencies(self, codes):
        """``{code: currency}``, archived ones included; None is the company's currency."""
        found = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "in", list(codes))])
        )
        return {None: self.company_id.currency_id} | {currency.name: currency for currency in found}

    def _get_checks(self, rows, currencies, header):
        """A function that gives the issues of a row that only the database knows."""
        locks = self._get_locks(rows)
        first_rates = self._get_first_rates(currencies)

        def checks(row):
            def issue(code, name, **params):
                return capture_rows.Issue(row.line, header.get(name, ""), code, params)

            currency = currencies.get(row.currency)
            if not currency:
                yield issue("currency_unknown", "currency", currency=row.currency)
            elif not currency.active:
                yield issue("currency_inactive", "currency", currency=currency.name)
            elif row.amount is not None:
                if currency.round(float(row.amount)) != float(row.amount):
                    yield issue(
                        "amount_precision", "amount", value=row.amount, currency=currency.name
                    )
                first = first_rates.get(currency)
                if (
                    currency != self.company_id.currency_id
                    and row.invoice_date
                    and (not first or row.invoice_date < first)
                ):
                    yield issue(
                        "currency_rate", "currency", currency=currency.name, date=row.invoice_date
                    )
            for name in ("invoice_date", "settled_date"):
                date = getattr(row, name)
                used = date and not (self.as_of_date and date > self.as_of_date)
                if used and (lock := locks.get((name, date))):
                    yield issue("locked", name, date=date, lock=lock)

        return checks

    def _get_locks(self, rows):
        """``{(field, date): lock date}`` of the dates in closed periods."""
        journals = {
            "invoice_date": self.env["account.journal"].new({"type": "sale"}),
            "settled_date": self.env["account.journal"].new({"type": "bank"}),
        }
        locks = {}
        for name, journal in journals.items():
            for date in {getattr(row, name) for row in rows} - {None}:
                violated = self.company_id._get_violated_lock_dates(date, False, journal)
                if violated:
                    locks[name, date] = violated[-1][0]
        return locks

    def _get_first_rates(self, currencies):
        """``{currency: date of its first rate}``; before it, Odoo would invent one."""
        return dict(
            self.env["res.currency.rate"]._read_group(
                [
                    ("currency_id", "in", [currency.id for currency in currencies.values()]),
                    ("company_id", "in", (False, self.company_id.root_id.id)),
                ],
                ["currency_id"],
                ["name:min"],
            )
        )

    # === What is there already ===#

    def _find_existing(self, numbers):
        """``{number: invoice}`` of the import journal; a posted one before a draft."""
        journal = self._find_journal()
        if not journal:
            return {}
        moves = self.env["account.move"].search(
            Domain("journal_id", "=", journal.id)
            & Domain("name", "in", list(numbers))
            & Domain("state", "!=", "cancel"),
            order="state desc, id",  # "posted" after "draft" in the alphabet
        )
        return {move.name: move for move in moves[::-1]}

    def _compare(self, move, values):
        """What a row means for the invoice that has its number: nothing, a settlement, an error.

        :param move: the invoice that is there, or None.
        """
        if not move:
            return {}
        words = {"number": move.name}
        amount = -move.amount_total if move.move_type == "out_refund" else move.amount_total
        currency = self.env["res.currency"].browse(values["currency_id"])
        code = None
        if move.state != "posted":
            code = "is_draft"
        elif move.currency_id != currency or currency.compare_amounts(amount, values["amount"]):
            code = "differs_amount"
            words["there"] = move.currency_id.format(amount)
            words["here"] = currency.format(values["amount"])
        elif move.commercial_partner_id.id != values["partner_id"]:
            code = "differs_customer"
            words["there"] = move.commercial_partner_id.display_name
            words["here"] = values["customer"]
        if code:
            issue = capture_rows.Issue(0, "", code, words)
            return {"state": "error", "message": row_message(self.env, issue), "move_id": move.id}
        if values["settled_date"] and not currency.is_zero(move.amount_residual):
            message = self.env._("Already there and open: it will be settled.")
            return {"state": "ready", "message": message, "move_id": move.id}
        return {"state": "there", "move_id": move.id}
