from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date as Date
from typing import Any

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, format_date
from odoo.tools.misc import clean_context

from ..engine.penalty_error import PenaltyError
from .account_move_penalty_books import LIQUIDITY_JOURNALS


@dataclass(frozen=True)
class BookingRules:
    """How penalties of one company are to be booked; records are of Odoo.

    :param as_of: the last day of interest that is booked; `date`: of the entry.
    :param mode: ``debit_note`` or ``entry``.
    :param by: one document per ``partner`` or per ``invoice``.
    :param minimum: documents below it are left out; in the currency of the company.
    :param has_statement: attach how the amounts are computed, as a PDF.
    :param only_paid: book no more than the customers' payments left over, and reconcile it.
    """

    company: Any
    as_of: Date
    date: Date
    mode: str
    by: str
    journal: Any
    interest_account: Any
    fee_account: Any
    minimum: float = 0.0
    term: Any = None
    date_due: Date | None = None
    is_posted: bool = True
    has_statement: bool = False
    only_paid: bool = False


@dataclass(frozen=True)
class Booking:
    """What is booked of one penalty, in its currency; `problem` says why nothing is."""

    penalty: Any
    interest: float = 0.0
    fee: float = 0.0
    problem: str = ""

    @property
    def amount(self):
        return self.interest + self.fee

    def without(self, problem):
        return replace(self, interest=0.0, fee=0.0, problem=problem)


def _get_penalties(bookings):
    """The penalties of some bookings, at least one."""
    first, *others = (booking.penalty for booking in bookings)
    return first.union(*others)


class AccountPenalty(models.Model):
    """Penalties into the books: debit notes without tax, or entries (S4.28).

    What is booked is what has accrued less what was waived and what debit notes hold already,
    drafts included: doing it again books only what has accrued since, and the indemnity once.
    """

    _inherit = "account.penalty"

    # === Actions ===#

    def action_book(self):
        """Open the dialogue that shows what would be booked of these penalties, and books it.

        :raise UserError: without penalties, or with those of several companies.
        """
        self.check_access("read")
        wizard = self.env["account.penalty.book"]
        wizard.check_access("create")
        self.action_refresh()
        return wizard._open(self.exists())  # what is no longer late is gone

    # === Plan ===#

    def _plan_books(self, rules):
        """What would be booked, and why not the rest; writes nothing.

        :return: a list of `Booking`, in the order of due dates, one per penalty.
        """
        penalties = self.sorted("date_maturity")
        amounts = penalties._get_bookable(rules.as_of)
        obstacles = penalties._get_obstacles(rules.as_of)
        bookings = [
            penalty._plan_booking(amounts[penalty], obstacles[penalty]) for penalty in penalties
        ]
        if rules.only_paid:
            bookings = self._limit_to_paid(bookings, rules)
        return self._leave_out_small(bookings, rules)

    def _plan_booking(self, amounts, obstacle):
        self.ensure_one()
        due = self.currency_id.round(self.accrued - self.waived)
        if self.currency_id.compare_amounts(self.invoiced, due) > 0:
            obstacle = self.env._(
                "%(invoice)s: %(booked)s is booked and only %(due)s is due: reverse the booking.",
                invoice=self.move_name,
                booked=self.currency_id.format(self.invoiced),
                due=self.currency_id.format(max(0.0, due)),
            )
        elif not obstacle and not any(amounts):
            obstacle = self.env._(
                "%(invoice)s: all that is due by then is booked already, or in a draft.",
                invoice=self.move_name,
            )
        return Booking(self, problem=obstacle) if obstacle else Booking(self, *amounts)

    def _get_bookable(self, as_of):
        """What may be claimed by a day, less what drafts hold: ``{penalty: (interest, fee)}``.

        The indemnity of an invoice that a draft holds for one instalment is not for another.
        """
        drafts, in_draft = self._get_drafts()
        later = self.filtered(lambda penalty: penalty.as_of and penalty.as_of > as_of)
        after = later._get_accrued_after(as_of)
        bookable = {}
        for penalty, (interest, fee) in self._get_claimable().items():
            interest_after, fee_after = after.get(penalty, (0.0, 0.0))
            rest = (
                interest - interest_after - drafts.get((penalty, "interest"), 0.0),
                fee - fee_after - drafts.get((penalty, "fee"), 0.0),
            )
            interest, fee = (max(0.0, penalty.currency_id.round(amount)) for amount in rest)
            if in_draft.get(penalty.move_id, penalty) != penalty:
                fee = 0.0
            bookable[penalty] = interest, fee
        return bookable

    def _get_drafts(self):
        """What drafts hold: ``{(penalty, part): amount}``; and ``{invoice: penalty}`` of those
        whose indemnity, one for all instalments, is in a draft.
        """
        groups = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    ("penalty_id.move_id", "in", self.move_id.ids),
                    ("parent_state", "=", "draft"),
                    ("amount_currency", "<", 0),
                ],
                ["penalty_id", "penalty_part"],
                ["amount_currency:sum"],
            )
        )
        drafts, in_draft = {}, {}
        for penalty, part, amount in groups:
            penalty = penalty.with_env(self.env)
            drafts[penalty, part] = -amount
            if part == "fee" and penalty.sudo().regime_id.fee_scope == "invoice":
                in_draft[penalty.move_id] = penalty
        return drafts, in_draft

    def _get_accrued_after(self, as_of):
        """What of these penalties accrued after a day: ``{penalty: (interest, fee)}``."""
        if not self:
            return {}
        outcomes = self.sudo()._compute_penalties(self.company_id, as_of, self.move_line_id.ids)
        by_then = {
            facts.move_line_id: (float(outcome.interest), float(outcome.fee))
            for facts, outcome in outcomes
            if not isinstance(outcome, PenaltyError)
        }
        after = {}
        for penalty in self:
            interest, fee = by_then.get(penalty.move_line_id.id, (0.0, 0.0))
            after[penalty] = penalty.accrued_interest - interest, penalty.accrued_fee - fee
        return after

    def _leave_out_small(self, bookings, rules):
        if not rules.minimum:
            return bookings
        totals = defaultdict(float)
        for booking in bookings:
            totals[self._get_document(booking, rules)] += booking.penalty.currency_id._convert(
                booking.amount, rules.company.currency_id, rules.company, rules.date
            )
        problem = self.env._(
            "Less than %(minimum)s in all: it is booked once there is more.",
            minimum=rules.company.currency_id.format(rules.minimum),
        )
        return [
            booking.without(problem)
            if booking.amount and totals[self._get_document(booking, rules)] < rules.minimum
            else booking
            for booking in bookings
        ]

    def _get_document(self, booking, rules):
        """What the bookings of one document have in common."""
        penalty = booking.penalty
        invoice = penalty.move_id if rules.by == "invoice" else None
        return penalty.partner_id, penalty.currency_id, invoice

    # === Only when collected ===#

    def _limit_to_paid(self, bookings, rules):
        """Book no more than what the customers paid beyond their invoices."""
        rests = {}
        problem = self.env._(
            "The customer has paid nothing beyond the invoices yet: penalties are booked when they "
            "are collected."
        )
        limited = []
        for booking in bookings:
            penalty = booking.penalty
            key = penalty.partner_id, penalty.currency_id
            if key not in rests:
                rests[key] = self._get_surplus(*key, rules)
            interest = min(booking.interest, rests[key])
            fee = min(booking.fee, rests[key] - interest)
            rests[key] = penalty.currency_id.round(rests[key] - interest - fee)
            if booking.problem or interest or fee:
                limited.append(replace(booking, interest=interest, fee=fee))
            else:
                limited.append(booking.without(problem))
        return limited

    def _get_surplus(self, partner, currency, rules):
        """What a customer's payments leave once the invoices that are due are paid.

        Where a payment settles interest first (C. civ. 1343-1), invoices do not come first.
        """
        company = rules.company
        lines = self._get_open_lines(partner, currency, company)
        paid = -sum(self._filter_payments(lines).mapped("amount_residual_currency"))
        if company.penalty_allocation == "interest_first":
            return paid
        due = lines.filtered(
            lambda line: (
                line.amount_residual_currency > 0
                and (line.date_maturity or line.date) <= rules.date
            )
        )
        return max(0.0, currency.round(paid - sum(due.mapped("amount_residual_currency"))))

    def _get_open_lines(self, partner, currency, company):
        """The open lines of a customer on the account that its penalties are booked on."""
        account = partner.with_company(company).property_account_receivable_id
        return self.env["account.move.line"].search(
            [
                ("account_id", "=", account.id),
                ("reconciled", "=", False),
                ("parent_state", "=", "posted"),
                ("company_id", "=", company.id),
                ("currency_id", "=", currency.id),
                ("partner_id.commercial_partner_id", "=", partner.id),
            ],
            order="date, id",
        )

    def _filter_payments(self, lines):
        return lines.filtered(
            lambda line: (
                line.amount_residual_currency < 0 and line.journal_id.type in LIQUIDITY_JOURNALS
            )
        )

    # === Book ===#

    def _book(self, rules):
        """Book what is left of these penalties; a customer that fails does not stop the others.

        :return: ``(entries, sentences about those that failed)``.
        :raise UserError: when nothing can be booked at all; the message says why.
        """
        self._check_rules(rules)
        self._serialise_books()
        self.action_refresh()
        documents = defaultdict(list)
        for booking in self.exists()._plan_books(rules):
            if booking.amount:
                documents[self._get_document(booking, rules)].append(booking)
        moves, failures = self.env["account.move"], []
        for (partner, *_others), bookings in documents.items():
            try:
                with self.env.cr.savepoint():
                    moves |= self._book_document(bookings, rules)
            except UserError as error:
                failures.append(f"{partner.display_name}: {error}")
        if not moves:
            nothing = self.env._("There is nothing to book: the list says why for each penalty.")
            raise UserError("\n".join(failures) or nothing)
        return moves, failures

    def _check_rules(self, rules):
        """:raise UserError: before anything is written."""
        if not rules.journal:
            raise UserError(self.env._("Choose the journal to book penalties in."))
        for account, what in (
            (rules.interest_account, self.env._("interest")),
            (rules.fee_account, self.env._("indemnities")),
        ):
            if not account:
                raise UserError(
                    self.env._(
                        "Choose the account for %(what)s: here, or once for all in the settings.",
                        what=what,
                    )
                )
        rules.company._check_penalty_date(rules.date, rules.journal)

    def _serialise_books(self):
        """Let one transaction at a time book these penalties.

        An update, not a lock: see `_serialise_contests` of `account.move.line`.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE account_penalty SET write_date = write_date WHERE id = ANY(%s)",
                sorted(self.ids),
            )
        )

    def _book_document(self, bookings, rules):
        penalties = _get_penalties(bookings)
        # What it says must be what is booked: it leaves out what was booked before.
        statement = rules.has_statement and penalties._get_statement_pdf(rules.as_of)
        moves = self.env(context=clean_context(self.env.context))["account.move"]
        prepare = (
            self._prepare_debit_note_values if rules.mode == "debit_note" else self._prepare_entry
        )
        move = moves.with_company(rules.company).create(prepare(bookings, rules))
        move.sudo().penalty_as_of = rules.as_of
        if statement:
            self._attach_statement(move, *statement)
        if rules.is_posted:
            # Another date than the one that was chosen would be a surprise: it was checked above.
            move._post(soft=False)
            if rules.only_paid:
                self._reconcile_paid(move, penalties, rules)
        return move

    def _attach_statement(self, move, name, content):
        attachment = self.env["ir.attachment"].create(
            {"name": name, "raw": content, "res_model": move._name, "res_id": move.id}
        )
        move.sudo().penalty_statement_id = attachment
        move._message_log(
            body=self.env._("How the penalties are computed:"), attachment_ids=attachment.ids
        )

    def _reconcile_paid(self, move, penalties, rules):
        """Settle what was just booked with the payments that cover it."""
        lines = self._get_open_lines(penalties.partner_id, penalties.currency_id, rules.company)
        receivable = move.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        for payment in self._filter_payments(lines):
            if not receivable.reconciled:
                (receivable + payment).reconcile()

    def _prepare_debit_note_values(self, bookings, rules):
        values = self._prepare_common_values(bookings, rules) | {
            "move_type": "out_invoice",
            "invoice_date": rules.date,
            "invoice_payment_term_id": rules.term.id if rules.term else False,
            "invoice_line_ids": [
                Command.create(line | {"quantity": 1, "price_unit": amount})
                for line, amount in self._prepare_lines(bookings, rules)
            ],
        }
        if not rules.term:
            values["invoice_date_due"] = rules.date_due or rules.date
        return values

    def _prepare_entry(self, bookings, rules):
        """One line on the customer's account, due on the typed day, and one per part."""
        values = self._prepare_common_values(bookings, rules)
        total = sum(booking.amount for booking in bookings)
        partner, currency = bookings[0].penalty.partner_id, bookings[0].penalty.currency_id
        account = partner.with_company(rules.company).property_account_receivable_id
        common = {"partner_id": partner.id, "currency_id": currency.id, "tax_ids": []}
        receivable = common | {
            "name": values["ref"],
            "account_id": account.id,
            "amount_currency": currency.round(total),
            "date_maturity": rules.date_due or rules.date,
        }
        lines = [
            common | line | {"amount_currency": -amount}
            for line, amount in self._prepare_lines(bookings, rules)
        ]
        return values | {
            "move_type": "entry",
            "line_ids": [Command.create(line) for line in (receivable, *lines)],
        }

    def _prepare_common_values(self, bookings, rules):
        penalties = _get_penalties(bookings)
        partner = penalties.partner_id
        if rules.by == "invoice" and penalties.move_id:
            partner = penalties.move_id.partner_id
        names = ", ".join(dict.fromkeys(penalties.filtered("move_name").mapped("move_name")))
        words = self.with_context(lang=partner.lang).env
        return {
            "partner_id": partner.id,
            "company_id": rules.company.id,
            "journal_id": rules.journal.id,
            "currency_id": penalties.currency_id.id,
            "date": rules.date,
            "ref": words._("Late-payment penalties %(invoices)s", invoices=names),
            "invoice_origin": names,
        }

    def _prepare_lines(self, bookings, rules):
        """``[(values of a line without tax, amount)]``: interest, then the indemnity, of each."""
        lines = []
        for booking in bookings:
            words = booking.penalty.with_context(lang=booking.penalty.partner_id.lang).env
            invoice = booking.penalty.move_name or ""
            parts = {
                "interest": words._(
                    "Late-payment interest on %(invoice)s, due on %(due)s, up to %(as_of)s",
                    invoice=invoice,
                    due=format_date(words, booking.penalty.date_maturity),
                    as_of=format_date(words, min(rules.as_of, booking.penalty.as_of)),
                ),
                "fee": words._(
                    "Fixed indemnity for recovery costs of %(invoice)s", invoice=invoice
                ),
            }
            accounts = {"interest": rules.interest_account, "fee": rules.fee_account}
            for part, name in parts.items():
                if amount := getattr(booking, part):
                    line = {
                        "name": name,
                        "account_id": accounts[part].id,
                        "tax_ids": [Command.clear()],
                        "penalty_id": booking.penalty.id,
                        "penalty_part": part,
                    }
                    lines.append((line, amount))
        return lines
