import base64
from collections import defaultdict
from dataclasses import asdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import capture, capture_rows
from .account_receivable_import_text import file_message, row_message

DIRECT_ROWS = 200  # up to so many rows are loaded while the user waits
SAMPLES = 3


class AccountReceivableImport(models.Model):
    """Receivables taken over from another software, from a CSV or XLSX file.

    States: *draft* (a file is chosen) → *checked* (its rows can be looked at) → *loading* →
    *done*; *undoing* → *undone*, or *failed* when the import itself gave up. Loading is done in
    batches, each one transaction, and goes on where it stopped.

    **Accounting.** Turnover and money of the past are in the books already: the old ledger's
    closing balances come in by an opening entry. So an imported invoice posts
    receivable / transit account, and its settlement transit account / receivable, both in journals
    of their own. On the transit account (471 in French practice) what is settled nets to zero;
    what is open stays until the opening entry, which credits the receivable of the old ledger
    against the same account, clears it. No revenue, no tax and no money appear twice.

    **The key** of an invoice is company + journal + number. A number that is there already is
    never loaded again, whatever happens: the unique index of the journal's numbers holds it.

    A collector imports; an auditor reads.
    """

    _name = "account.receivable.import"
    _description = "Receivable Import"
    _order = "id desc"
    _check_company_auto = True

    # === The file ===#
    name = fields.Char(string="File Name", required=True, copy=False)
    file = fields.Binary(required=True, attachment=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    encoding = fields.Selection(
        [("utf-8-sig", "Unicode (UTF-8)"), ("cp1252", "Windows (cp1252)"), ("utf-16", "UTF-16")],
        help="Empty: guessed from the file.",
    )
    delimiter = fields.Selection(
        [(";", "Semicolon ;"), (",", "Comma ,"), ("\t", "Tab"), ("|", "Bar |")],
        help="Empty: guessed from the file.",
    )
    decimal_separator = fields.Selection(
        [(",", "Comma: 1 234,56"), (".", "Point: 1,234.56")],
        help="Empty: guessed from all amounts of the file.",
    )
    date_order = fields.Selection(
        [("dmy", "Day first: 31/12/2013"), ("mdy", "Month first: 12/31/2013")],
        help="Empty: guessed from all dates of the file. A date that begins with its year is "
        "always understood.",
    )
    column_ids = fields.One2many("account.receivable.import.column", "import_id", string="Columns")

    # === How it is loaded ===#
    as_of_date = fields.Date(
        string="As of",
        help="Replays a past day: invoices dated later are left out, and settlements made later "
        "are ignored. Empty: everything is used.",
    )
    mode = fields.Selection(
        [("all", "Only if all rows are good"), ("skip", "Skip bad rows")],
        required=True,
        default="all",
        help="Only if all rows are good: the file is loaded entirely or not at all.",
    )
    account_id = fields.Many2one(
        "account.account",
        string="Transit Account",
        check_company=True,
        domain="[('account_type', 'not in',"
        " ('asset_receivable', 'liability_payable', 'asset_cash', 'off_balance'))]",
        default=lambda self: self._default_account(self.env.company),
        help="Counterpart of the imported invoices and of their settlements (471 in French "
        "practice). Settled invoices net to zero there; your opening entry clears the open ones. "
        "So no revenue and no bank money is booked twice.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Invoices in",
        readonly=True,
        check_company=True,
        help="A sale journal for receivables taken over. It accepts any number of the old ledger.",
    )
    payment_journal_id = fields.Many2one(
        "account.journal", string="Settlements in", readonly=True, check_company=True
    )

    # === State ===#
    state = fields.Selection(
        [
            ("draft", "File"),
            ("checked", "Preview"),
            ("loading", "Loading"),
            ("done", "Done"),
            ("undoing", "Undoing"),
            ("undone", "Undone"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        index=True,
    )
    error_message = fields.Char(string="Problem", readonly=True, copy=False)
    line_ids = fields.One2many("account.receivable.import.line", "import_id", string="Rows")
    row_count = fields.Integer(string="Rows in the File", compute="_compute_counts")
    ready_count = fields.Integer(string="Ready", compute="_compute_counts")
    error_count = fields.Integer(string="To Correct", compute="_compute_counts")
    there_count = fields.Integer(string="Already There", compute="_compute_counts")
    left_out_count = fields.Integer(string="Left Out", compute="_compute_counts")
    loaded_count = fields.Integer(string="Loaded", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts", help="Loaded rows, in percent.")
    totals = fields.Char(
        compute="_compute_totals", help="Of the rows that are ready or loaded, per currency."
    )

    @api.model
    def _default_account(self, company):
        """The company's transit account: 471 where the chart has one, else its suspense account."""
        account = (
            self.env["account.account"]
            .with_company(company)
            .search(
                [
                    *self.env["account.account"]._check_company_domain(company),
                    ("code", "=like", "471%"),
                ],
                order="code",
                limit=1,
            )
        )
        return account or company.account_journal_suspense_account_id

    @api.depends("line_ids.state")
    def _compute_counts(self):
        counts = self.env["account.receivable.import.line"]._group_by_state(self)
        for record in self:
            for state in ("ready", "error", "there", "left_out", "loaded"):
                record[f"{state}_count"] = counts.get((record, state), 0)
            record.row_count = sum(n for (owner, _state), n in counts.items() if owner == record)
            todo = record.ready_count + record.loaded_count
            record.progress = 100 * record.loaded_count / todo if todo else 0

    @api.depends("line_ids.state", "line_ids.amount")
    def _compute_totals(self):
        groups = self.env["account.receivable.import.line"]._read_group(
            [("import_id", "in", self.ids), ("state", "in", ("ready", "loaded"))],
            ["import_id", "currency_id"],
            ["amount:sum"],
        )
        totals = defaultdict(list)
        for record, currency, amount in groups:
            totals[record].append(currency.format(amount))
        for record in self:
            record.totals = " + ".join(totals[record])

    @api.model
    def _prepare_import(self, company, name, content):
        """Create an import of these bytes, with the company's transit account."""
        return self.create(
            {
                "company_id": company.id,
                "name": name,
                "file": base64.b64encode(content),
                "account_id": self._default_account(company).id,
            }
        )

    # === Low level ===#

    def write(self, vals):
        if "file" in vals:
            if self.filtered(lambda record: record.state not in record._get_checkable_states()):
                raise UserError(self.env._("Another file is another import: create a new one."))
            guesses = ("encoding", "delimiter", "decimal_separator", "date_order")
            vals = {"state": "draft", **dict.fromkeys(guesses, False), **vals}
            self.column_ids.unlink()
            self.line_ids.unlink()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_loaded(self):
        if self.filtered(lambda record: record.state in ("loading", "done", "undoing")):
            raise UserError(
                self.env._("An import that was loaded is kept: undo it first if it was wrong.")
            )

    # === Actions ===#

    @api.model
    def _get_checkable_states(self):
        return ("draft", "checked", "undone", "failed")

    def action_check(self):
        """Read the file and judge every row; loads nothing.

        What is wrong with the file as a whole is shown in ``error_message``.

        :raise UserError: when the import is loading or loaded.
        """
        self.check_access("write")
        for record in self:
            if record.state not in record._get_checkable_states():
                raise UserError(self.env._("%s is loaded already.", record.name))
            record._check()

    def action_load(self):
        """Load the rows that are ready: at once when they are few, else in the background.

        :raise UserError: when the import can't be loaded; the message says why.
        """
        self.ensure_one()
        self.check_access("write")
        if message := self._why_not_load():
            raise UserError(message)
        self._start_loading()
        self.action_continue()

    def action_continue(self):
        """Go on with an import that was interrupted.

        :raise UserError: when another import of the company is loading right now.
        """
        self.ensure_one()
        self.check_access("write")
        if self._get_remaining() <= DIRECT_ROWS:
            self._work_to_the_end()
        else:
            self._trigger_cron()

    def action_undo(self):
        """Take back what this import created, as long as nobody worked on it since.

        :raise UserError: when something was touched; the message names it.
        """
        self.ensure_one()
        self.check_access("write")
        if self.state not in ("loading", "done"):
            raise UserError(self.env._("There is nothing to undo."))
        if message := self._why_not_undo():
            raise UserError(message)
        self.state = "undoing"
        self.action_continue()

    def action_view_lines(self):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_dispute_dunning.account_receivable_import_line_action"
        )
        filters = {k: v for k, v in self.env.context.items() if k.startswith("search_default_")}
        return action | {"domain": [("import_id", "=", self.id)], "context": filters}

    def action_view_invoices(self):
        self.ensure_one()
        self.check_access("read")
        return self.line_ids.move_id._get_records_action(name=self.env._("Imported invoices"))

    def _why_not_load(self):
        """Why it can't be loaded now, in words; an empty string if it can."""
        self.ensure_one()
        if self.state != "checked":
            return self.env._("Check the file first, and look at its rows.")
        if not self.account_id:
            return self.env._("Choose the transit account first.")
        if self.mode == "all" and self.error_count:
            return self.env._(
                "%(count)s rows must be corrected. Correct the file and choose it again, or choose "
                "“Skip bad rows”.",
                count=self.error_count,
            )
        if not self.ready_count:
            return self.env._("There is nothing to load: no row is ready.")
        return ""

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
            for name, date in (
                ("invoice_date", row.invoice_date),
                ("settled_date", row.settled_date),
            ):
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
