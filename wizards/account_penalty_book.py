from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import groupby

from ..models.account_penalty_books import BookingRules


class AccountPenaltyBook(models.TransientModel):
    """Book penalties of one or many customers, and see before what will be booked (S4.28).

    The lines only show: what is booked is planned anew when it is.
    """

    _name = "account.penalty.book"
    _description = "Book Penalties"
    _check_company_auto = True

    penalty_ids = fields.Many2many("account.penalty", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    book_when = fields.Selection(related="company_id.penalty_book_when")
    mode = fields.Selection(
        [("debit_note", "Debit note"), ("entry", "Journal entry")],
        string="Book As",
        required=True,
        compute="_compute_mode",
        store=True,
        precompute=True,
        readonly=False,
        help="A debit note is a customer invoice without tax, to be sent. An entry is not.",
    )
    by = fields.Selection(
        [("partner", "One per customer"), ("invoice", "One per invoice")],
        string="Documents",
        required=True,
        default="partner",
    )
    as_of = fields.Date(
        string="Interest up to",
        required=True,
        default=fields.Date.context_today,
        help="The last day that is counted. What accrues later is booked another time.",
    )
    date = fields.Date(string="Accounting Date", required=True, default=fields.Date.context_today)
    term_id = fields.Many2one(
        "account.payment.term",
        string="Payment Terms",
        compute="_compute_from_company",
        store=True,
        precompute=True,
        readonly=False,
        check_company=True,
    )
    date_due = fields.Date(
        string="Due On", help="Without payment terms. Empty: on the accounting date."
    )
    journal_id = fields.Many2one(
        "account.journal",
        compute="_compute_journal_id",
        store=True,
        precompute=True,
        readonly=False,
        check_company=True,
        domain="[('type', '=', journal_type)]",
    )
    journal_type = fields.Char(compute="_compute_journal_type")
    interest_account_id = fields.Many2one(
        "account.account",
        string="Account of Interest",
        compute="_compute_from_company",
        store=True,
        precompute=True,
        readonly=False,
        check_company=True,
        domain="[('internal_group', '=', 'income')]",
    )
    fee_account_id = fields.Many2one(
        "account.account",
        string="Account of Indemnities",
        compute="_compute_from_company",
        store=True,
        precompute=True,
        readonly=False,
        check_company=True,
        domain="[('internal_group', '=', 'income')]",
    )
    minimum = fields.Monetary(
        string="Leave Out Below",
        currency_field="company_currency_id",
        compute="_compute_from_company",
        store=True,
        precompute=True,
        readonly=False,
        help="Documents of less are not made: they wait until there is more.",
    )
    is_posted = fields.Boolean(
        string="Post",
        default=True,
        help="Otherwise drafts are left to check. They count as booked: nothing is booked twice.",
    )
    has_statement = fields.Boolean(
        string="Attach the Statement",
        compute="_compute_has_statement",
        store=True,
        precompute=True,
        readonly=False,
        help="A PDF that says how the amounts are computed; it is sent with the debit note.",
    )
    lock_message = fields.Char(compute="_compute_lock_message")
    line_ids = fields.One2many(
        "account.penalty.book.line",
        "book_id",
        compute="_compute_line_ids",
        store=True,
        readonly=True,
    )
    summary = fields.Char(compute="_compute_summary")

    # === Computes ===#

    @api.depends("company_id")
    def _compute_mode(self):
        for book in self:
            only_paid = book.company_id.penalty_book_when == "collected"
            book.mode = "entry" if only_paid else "debit_note"

    @api.depends("mode")
    def _compute_has_statement(self):
        for book in self:
            book.has_statement = book.mode == "debit_note"

    @api.depends("company_id")
    def _compute_from_company(self):
        for book in self:
            company = book.company_id
            book.interest_account_id = company._get_penalty_account("interest")
            book.fee_account_id = company._get_penalty_account("fee")
            book.term_id = company.penalty_term_id
            # What is collected is booked, however little it is.
            only_paid = company.penalty_book_when == "collected"
            book.minimum = 0.0 if only_paid else company.penalty_min_claim

    @api.depends("mode")
    def _compute_journal_type(self):
        for book in self:
            book.journal_type = "sale" if book.mode == "debit_note" else "general"

    @api.depends("company_id", "mode")
    def _compute_journal_id(self):
        for book in self:
            book.journal_id = book.company_id._get_penalty_journal(book.journal_type)

    @api.depends("company_id", "date", "journal_id")
    def _compute_lock_message(self):
        for book in self:
            book.lock_message = (
                book.date
                and book.journal_id
                and book.company_id._get_penalty_lock(book.date, book.journal_id)[0]
            )

    @api.depends("penalty_ids", "as_of", "date", "by", "minimum", "mode")
    def _compute_line_ids(self):
        for book in self:
            lines = [Command.clear()]
            if book.as_of and book.date:
                bookings = book.penalty_ids._origin._plan_books(book._get_rules())
                lines += [
                    Command.create(
                        {
                            "penalty_id": booking.penalty.id,
                            "interest": booking.interest,
                            "fee": booking.fee,
                            "problem": booking.problem,
                        }
                    )
                    for booking in bookings
                ]
            book.line_ids = lines

    @api.depends("line_ids.interest", "line_ids.fee", "by")
    def _compute_summary(self):
        for book in self:
            booked = book.line_ids.filtered("amount")
            totals = [
                currency.format(sum(line.amount for line in lines))
                for currency, lines in groupby(booked, lambda line: line.currency_id)
            ]
            documents = {
                (line.partner_id, line.currency_id, line.move_id if book.by == "invoice" else None)
                for line in booked
            }
            book.summary = self.env._(
                "Documents: %(documents)s. Total: %(total)s. Penalties left out: %(left_out)s.",
                documents=len(documents),
                total=" + ".join(totals) or book.company_currency_id.format(0.0),
                left_out=len(book.line_ids) - len(booked),
            )

    # === Actions ===#

    def action_confirm(self):
        """Book what the list shows, as it is now.

        :return: the action that shows the entries.
        :raise UserError: when nothing can be booked; says why.
        """
        self.check_access("write")
        self.ensure_one()
        self.penalty_ids.check_access("read")
        moves, failures = self.penalty_ids._book(self._get_rules())
        action = moves._get_records_action(name=self.env._("Booked Penalties"))
        if not failures:
            return action
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Not booked"),
                "message": "\n".join(failures),
                "next": action,
            },
        }

    def _get_rules(self):
        self.ensure_one()
        return BookingRules(
            company=self.company_id,
            as_of=min(self.as_of, fields.Date.context_today(self)),
            date=self.date,
            mode=self.mode,
            by=self.by,
            journal=self.journal_id,
            interest_account=self.interest_account_id,
            fee_account=self.fee_account_id,
            minimum=self.minimum,
            term=self.mode == "debit_note" and self.term_id,
            date_due=self.date_due,
            is_posted=self.is_posted,
            has_statement=self.has_statement,
            only_paid=self.book_when == "collected",
        )

    @api.model
    def _open(self, penalties):
        """The action that opens this dialogue for some penalties, of one company.

        :raise UserError: without penalties, or with those of several companies.
        """
        if not penalties:
            raise UserError(self.env._("There is no penalty to book here."))
        if len(penalties.company_id) > 1:
            raise UserError(
                self.env._("Book the penalties of one company after the other: filter the list.")
            )
        book = self.create({"penalty_ids": penalties.ids, "company_id": penalties.company_id.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Book Penalties"),
            "res_model": self._name,
            "res_id": book.id,
            "view_mode": "form",
            "target": "new",
        }
