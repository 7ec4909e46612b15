import base64
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

DIRECT_ROWS = 200  # up to so many rows are loaded while the user waits


class AccountReceivableImport(models.Model):
    """Receivables taken over from another software, from a CSV or XLSX file.

    States: *draft* (a file is chosen) → *checked* (its rows can be looked at) → *loading* →
    *done*; *undoing* → *undone*, or *failed* when the import itself gave up. Loading is done in
    batches, each one transaction, and goes on where it stopped.

    **Accounting.** Turnover and money of the past are in the books already: the old ledger's
    closing balances come in by an opening entry. So an imported invoice posts
    receivable / transit account, and its settlement transit account / receivable, both in journals
    of their own. On the transit account (471 in French practice) what is settled nets to zero;
    what is open stays until the opening entry: it takes the transit account in place of the
    receivable account, and clears it. No revenue, no tax and no money appear twice.

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
        "practice). Settled invoices net to zero there; the opening balance of the open ones is "
        "booked there too and clears it. So no revenue and no bank money is booked twice.",
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
    total = fields.Char(
        compute="_compute_totals", help="Of the rows that are ready or loaded, per currency."
    )
    open_total = fields.Char(
        string="Of Which Open", compute="_compute_totals", help="Not settled in the file."
    )
    contested_total = fields.Char(string="Of Which Contested", compute="_compute_totals")

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
            ["import_id", "currency_id", "settled_date:year"],
            ["amount:sum", "contested_amount:sum"],
        )
        totals = defaultdict(lambda: defaultdict(float))
        for record, currency, settled, amount, contested in groups:
            totals[record, "total"][currency] += amount
            if not settled:
                totals[record, "open_total"][currency] += amount
                totals[record, "contested_total"][currency] += contested
        for record in self:
            for name in ("total", "open_total", "contested_total"):
                sums = totals[record, name].items()
                record[name] = " + ".join(currency.format(amount) for currency, amount in sums)

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
