from datetime import date, timedelta

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_letters import get_text
from .common_penalty_books import DUE, PAID, PenaltyBooksCommon


@tagged("post_install", "-at_install")
class TestPenaltyBooks(PenaltyBooksCommon):
    """Penalties into the books (S4.28): what is booked, where, once, and by whom."""

    # === What is booked ===#

    def test_an_entry_as_the_law_book_shows_it(self):
        """legal.md 6.2, FR01: D411 51.98 / C7631 11.98 / C7581 40.00."""
        penalty = self.make_penalty()
        move = self.book(penalty, mode="entry", date_due=TODAY + timedelta(days=10))
        receivable = self.customer.property_account_receivable_id
        self.assertEqual((move.move_type, move.state, move.date), ("entry", "posted", TODAY))
        self.assertRecordValues(
            move.line_ids.sorted("balance", reverse=True),
            [
                {
                    "account_id": receivable.id,
                    "balance": 51.98,
                    "partner_id": self.customer.id,
                    "date_maturity": TODAY + timedelta(days=10),
                    "tax_ids": [],
                    "penalty_id": False,
                },
                {
                    "account_id": self.interest_account.id,
                    "balance": -11.98,
                    "partner_id": self.customer.id,
                    "date_maturity": False,
                    "tax_ids": [],
                    "penalty_id": penalty.id,
                },
                {
                    "account_id": self.fee_account.id,
                    "balance": -40,
                    "partner_id": self.customer.id,
                    "date_maturity": False,
                    "tax_ids": [],
                    "penalty_id": penalty.id,
                },
            ],
        )
        self.assertRecordValues(penalty, [{"invoiced": 51.98, "invoiced_fee": 40, "collected": 0}])
        event = penalty.event_ids.filtered(lambda event: event.kind == "invoice")
        self.assertRecordValues(
            event,
            [{"move_id": move.id, "date": TODAY, "as_of": PAID, "interest": 11.98, "fee": 40}],
        )
        self.assertEqual(self.kinds(penalty), ["claim", "invoice"])

    def test_a_debit_note_has_no_tax_whatever_the_defaults(self):
        """S4.28: no VAT, with default taxes on the company and the accounts, and a mapping."""
        vat = self.company_data["default_tax_sale"]
        (self.interest_account | self.fee_account).tax_ids = vat
        self.company.account_sale_tax_id = vat
        position = self.env["account.fiscal.position"].create(
            {"name": "Everywhere", "auto_apply": True, "company_id": self.company.id}
        )
        vat.copy({"fiscal_position_ids": [Command.set(position.ids)], "name": "Mapped"})
        penalty = self.make_penalty()
        move = self.book(penalty, mode="debit_note")
        self.assertRecordValues(
            move,
            [
                {
                    "move_type": "out_invoice",
                    "state": "posted",
                    "amount_untaxed": 51.98,
                    "amount_tax": 0,
                    "amount_total": 51.98,
                    "invoice_origin": penalty.move_name,
                    "partner_id": self.customer.id,
                    "penalty_as_of": TODAY,
                }
            ],
        )
        self.assertFalse(move.invoice_line_ids.tax_ids)
        self.assertEqual(move.invoice_line_ids.account_id, self.interest_account | self.fee_account)

    def test_the_customer_reads_it_in_their_language(self):
        self.customer.lang = "fr_FR"
        penalty = self.make_penalty()
        move = self.book(penalty, mode="debit_note")
        interest, _fee = move.invoice_line_ids
        # The dates of the text tell the language, whatever is translated.
        self.assertIn("31/01/2026", interest.name)
        self.assertIn("02/03/2026", interest.name)
        self.assertIn(penalty.move_name, interest.name)

    def test_the_statement_goes_with_it(self):
        """S4.24: the PDF says how the amounts of the debit note are computed."""
        penalty = self.make_penalty()
        move = self.book(penalty, self.invoicing, mode="debit_note", has_statement=True)
        statement = move.sudo().penalty_statement_id
        self.assertEqual((statement.res_id, statement.mimetype), (move.id, "application/pdf"))
        text = get_text(statement.raw)
        for words in (penalty.move_name, "12.15", "11.98", "51.98"):
            self.assertIn(words, text)
        template = self.env["account.move.send"]._get_default_mail_template_id(move)
        sent = self.env["account.move.send"]._get_default_mail_attachments_widget(move, template)
        self.assertIn(statement.id, [attachment["id"] for attachment in sent])

    def test_due_by_terms_or_on_the_day_that_is_typed(self):
        term = self.env.ref("account.account_payment_term_30days")
        self.company.penalty_term_id = term
        first = self.book(self.make_penalty(), mode="debit_note")
        self.assertEqual(first.invoice_date_due, TODAY + timedelta(days=30))
        second = self.book(
            self.make_penalty(),
            mode="debit_note",
            term_id=False,
            date_due=TODAY + timedelta(days=5),
        )
        self.assertEqual(second.invoice_date_due, TODAY + timedelta(days=5))

    def test_one_per_customer_or_one_per_invoice(self):
        other = self.make_customer("Imprimerie du Nord")
        penalties = self.make_penalty() | self.make_penalty() | self.make_penalty(partner=other)
        book = self.open_book(penalties, by="partner")
        self.assertEqual(
            book.summary,
            "Documents: 2. Total: 155.94\N{NO-BREAK SPACE}€. Penalties left out: 0.",
        )
        with Form(book) as form:
            form.by = "invoice"
            self.assertTrue(form.summary.startswith("Documents: 3."))
            self.assertEqual(len(form.line_ids), 3)
            form.by = "partner"
        book.action_confirm()
        moves = self.env["account.move.line"].search([("penalty_id", "in", penalties.ids)]).move_id
        self.assertEqual(sorted(moves.mapped("amount_total")), [51.98, 103.96])
        both = moves.filtered(lambda move: move.partner_id == self.customer)
        self.assertEqual(
            set(both.invoice_origin.split(", ")), set(penalties[:2].mapped("move_name"))
        )

    def test_in_the_currency_of_the_receivable(self):
        """The ledger is in dollars, at 2 for a euro, and so is the debit note."""
        penalty = self.make_penalty(currency_id=self.foreign_currency.id)
        move = self.book(penalty, mode="entry")
        line = move.line_ids.filtered(lambda line: line.penalty_part == "fee")
        self.assertEqual((line.currency_id, line.amount_currency), (self.foreign_currency, -80))
        self.assertEqual(line.balance, -40)
        self.assertEqual(penalty.invoiced, 91.98)

    def test_what_is_too_little_waits(self):
        """Of the customer by the company's smallest claim, of a document by what is typed."""
        self.company.penalty_min_claim = 60
        penalty, other = self.make_penalty(), self.make_penalty()
        book = self.open_book(penalty)
        self.assertIn("less than the smallest claim", book.line_ids.problem)
        with self.assertRaisesRegex(UserError, "nothing to book"):
            book.action_confirm()
        book = self.open_book(penalty | other, by="invoice")
        self.assertIn("Less than 60.00", book.line_ids[0].problem)
        book.by = "partner"
        self.assertEqual(self.book(penalty | other).amount_total, 103.96)

    def test_a_draft_counts_as_booked_and_is_told_when_it_is_posted(self):
        penalty = self.make_penalty()
        move = self.book(penalty, is_posted=False)
        self.assertEqual((move.state, penalty.invoiced), ("draft", 0))
        self.assertIn("booked already", self.open_book(penalty).line_ids.problem)
        move.action_post()
        self.assertEqual(penalty.invoiced, 51.98)

    def test_interest_bears_no_interest(self):
        """A debit note that is late is dunned like any invoice, and accrues nothing itself."""
        note = self.book(self.make_penalty(), date=DUE, term_id=False)
        self.assertEqual((note.invoice_date_due, self.accrue(note).ids), (DUE, []))
        self.assertEqual(self.get_receivables(note).overdue, 51.98)

    # === Accounts and journals ===#

    def test_french_accounts_are_proposed(self):
        """7631 and 7581, unless the company has chosen others."""
        book = self.open_book(self.make_penalty())
        self.assertEqual(book.interest_account_id.code, "763100")
        self.assertEqual(book.fee_account_id.code, "758100")
        self.company.penalty_fee_account_id = self.interest_account
        self.assertEqual(self.open_book(self.make_penalty()).fee_account_id.code, "763100")

    def test_elsewhere_the_user_chooses(self):
        self.company.chart_template = False
        book = self.open_book(self.make_penalty())
        self.assertFalse(book.interest_account_id)
        with self.assertRaisesRegex(UserError, "Choose the account for interest"):
            book.action_confirm()

    def test_a_closed_period_is_named_and_the_next_open_day(self):
        self.company.fiscalyear_lock_date = date(2026, 5, 31)
        penalty = self.make_penalty_of_locked_period()
        book = self.open_book(penalty, date=date(2026, 5, 15))
        self.assertRegex(book.lock_message, "05/31/2026.* next open day is 06/01/2026")
        with self.assertRaisesRegex(UserError, "next open day is 06/01/2026"):
            book.action_confirm()
        self.assertFalse(penalty.invoiced)
        book.date = date(2026, 6, 1)
        self.assertFalse(book.lock_message)
        book.action_confirm()
        self.assertEqual(penalty.invoiced, 51.98)

    def make_penalty_of_locked_period(self):
        """Its invoice was posted before the period was closed."""
        self.company.fiscalyear_lock_date = False
        penalty = self.make_penalty()
        self.company.fiscalyear_lock_date = date(2026, 5, 31)
        return penalty

    # === Once ===#

    def test_booking_again_books_the_difference_only(self):
        """Interest that accrued since; never the indemnity twice (S4.26)."""
        penalty = self.make_penalty(paid=None)
        first = self.book(penalty, as_of=PAID, date_due=TODAY)
        self.assertEqual(first.amount_total, 51.98)
        event = self.last_event(penalty)
        self.assertEqual((event.as_of, event.working["result"]["interest"]), (PAID, "11.98"))
        second = self.book(penalty)
        # 150 days at 12.15 % of 1200: 59.92, less 11.98.
        self.assertEqual(second.amount_total, 47.94)
        self.assertEqual(second.invoice_line_ids.penalty_part, "interest")
        self.assertRecordValues(penalty, [{"invoiced": 99.92, "invoiced_fee": 40}])

    def test_the_indemnity_of_two_instalments_is_booked_once(self):
        """S4.26: one invoice, one indemnity; whether drafted, posted, or booked together."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Two halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (0, 30)
                ],
            }
        )
        invoice = self.make_invoice(amount=1200, due=DUE, invoice_payment_term_id=term.id)
        penalties = self.accrue(invoice)
        self.assertEqual(len(penalties), 2)
        draft = self.book(penalties[0], is_posted=False)
        self.assertEqual(draft.invoice_line_ids.mapped("penalty_part"), ["interest", "fee"])
        second = self.book(penalties[1])
        self.assertEqual(second.invoice_line_ids.penalty_part, "interest")
        draft.action_post()
        self.assertEqual(sum(penalties.mapped("invoiced_fee")), 40)
        draft.button_draft()
        self.assertEqual(sum(penalties.mapped("invoiced_fee")), 0)
        draft.button_cancel()
        again = self.book(penalties[0])
        fees = again.invoice_line_ids.filtered(lambda line: line.penalty_part == "fee")
        self.assertEqual(fees.price_unit, 40)

    def test_a_second_click_books_nothing(self):
        penalty = self.make_penalty()
        book = self.open_book(penalty)
        book.action_confirm()
        with self.assertRaisesRegex(UserError, "nothing to book"):
            book.action_confirm()
        self.assertEqual(penalty.invoiced, 51.98)

    def test_two_workers_at_once_never_book_twice(self):
        """The second, blind to the first, is refused by PostgreSQL and run again by Odoo."""
        self.env["account.penalty"]._serialise_books()
        penalty = self.make_committed_penalty()
        with self.registry.cursor() as first, self.registry.cursor() as second:
            second.execute("SELECT 1")  # its snapshot: before the first books
            self.serialise(first, penalty)
            first.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self.serialise(second, penalty)
            second.rollback()

    def serialise(self, cr, penalty_id):
        self.env(cr=cr, user=SUPERUSER_ID)["account.penalty"].browse(penalty_id)._serialise_books()

    def make_committed_penalty(self):
        """A penalty that other transactions see; deleted after the test."""
        with self.registry.cursor() as cr:
            env = self.env(cr=cr, user=SUPERUSER_ID, context={})
            company = env["res.company"].search([], limit=1)
            penalty = env["account.penalty"].create(
                {
                    "partner_id": company.partner_id.id,
                    "company_id": company.id,
                    "currency_id": company.currency_id.id,
                }
            )
        self.addCleanup(self.delete_committed, penalty.id)
        return penalty.id

    def delete_committed(self, penalty_id):
        with self.registry.cursor() as cr:
            self.env(cr=cr, user=SUPERUSER_ID)["account.penalty"].browse(penalty_id).unlink()

    def test_a_duplicate_books_nothing(self):
        penalty = self.make_penalty()
        copy = self.book(penalty).copy()
        self.assertFalse(copy.line_ids.penalty_id)
        copy.action_post()
        self.assertEqual(penalty.invoiced, 51.98)

    def test_what_was_waived_is_not_booked(self):
        penalty = self.make_penalty()
        penalty._add_event("waive", TODAY, 1.98, 40.0, reason="A gesture")
        self.assertEqual(self.book(penalty).amount_total, 10)

    def test_more_booked_than_due_is_said(self):
        """The customer turns out to be insolvent since before the due date."""
        penalty = self.make_penalty()
        self.book(penalty)
        self.customer.insolvency_date = date(2026, 1, 15)
        self.assertRegex(self.open_book(penalty).line_ids.problem, "51.98.*0.00.*reverse")

    def test_what_may_not_be_claimed_is_left_out_and_says_why(self):
        """Obstacles are per penalty: the others are booked."""
        self.company.penalty_law = "partner"
        elsewhere = self.make_customer("Atlantis Ltd", country_id=self.env.ref("base.aq").id)
        stuck, free = self.make_penalty(partner=elsewhere), self.make_penalty()
        book = self.open_book(stuck | free)
        line = book.line_ids.filtered(lambda line: line.penalty_id == stuck)
        self.assertEqual((line.amount, line.problem), (0, stuck.problem))
        book.action_confirm()
        self.assertEqual((stuck.invoiced, free.invoiced), (0, 51.98))

    def test_our_own_overdue_commitment_blocks_it(self):
        """S2.61: what we promised in its dispute comes first."""
        penalty = self.make_penalty(paid=None)
        dispute = self.contest(penalty.move_id, 100)
        self.env["account.dispute.task"].create(
            {
                "name": "Replace the goods",
                "kind": "commitment",
                "dispute_id": dispute.id,
                "date_deadline": TODAY - timedelta(days=1),
            }
        )
        self.assertIn("not kept what we promised", self.open_book(penalty).line_ids.problem)

    def test_a_customer_that_fails_does_not_stop_the_others(self):
        blocked = self.make_customer("Customer in an archived currency")
        penalty = self.make_penalty(partner=blocked, currency_id=self.foreign_currency.id)
        free = self.make_penalty()
        self.foreign_currency.active = False
        action = self.open_book(penalty | free).action_confirm()
        self.assertIn("Customer in an archived currency", action["params"]["message"])
        self.assertEqual((penalty.invoiced, free.invoiced), (0, 51.98))

    # === From where ===#

    def test_from_the_invoice_and_from_the_customer(self):
        penalty = self.make_penalty()
        for records in (penalty.move_id, self.customer):
            action = records.action_book_penalties()
            book = self.env["account.penalty.book"].browse(action["res_id"])
            self.assertEqual(book.penalty_ids, penalty)
        with self.assertRaisesRegex(UserError, "no penalty"):
            self.make_customer("Nobody").action_book_penalties()

    # === Who ===#

    def test_only_invoicing_users_book(self):
        penalty = self.make_penalty()
        for user in (self.auditor, self.assistant, self.portal):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.open_book(penalty, user)
        self.assertEqual(self.book(penalty, self.collector).amount_total, 51.98)
        self.assertEqual(self.book(self.make_penalty(), self.invoicing).amount_total, 51.98)

    def test_one_company_after_the_other(self):
        penalty, branch = self.make_penalty(), self.make_penalty(company=self.branch)
        with self.assertRaisesRegex(UserError, "one company after the other"):
            (branch | penalty).action_book()
        move = self.book(branch)
        self.assertEqual((move.company_id, branch.invoiced), (self.branch, 51.98))
        self.assertEqual(penalty.invoiced, 0)


@tagged("post_install", "-at_install")
class TestPenaltyReversal(PenaltyBooksCommon):
    """What becomes of a booked penalty when its entry is undone (S4.28)."""

    def test_a_credit_note_makes_it_claimable_again(self):
        penalty = self.make_penalty()
        credit = self._reverse_invoice(self.book(penalty), post=True)
        self.assertEqual(credit.amount_total, 51.98)
        self.assertEqual(self.kinds(penalty), ["claim", "invoice", "reverse"])
        self.assertRecordValues(penalty, [{"invoiced": 0, "invoiced_fee": 0, "waived": 0}])
        self.assertEqual(penalty.state, "claimed")
        self.assertEqual(self.book(penalty).amount_total, 51.98)

    def test_or_waives_it(self):
        penalty = self.make_penalty()
        credit = self._reverse_invoice(self.book(penalty), post=True, penalty_after="waive")
        self.assertRecordValues(penalty, [{"invoiced": 0, "waived": 51.98, "waived_fee": 40}])
        self.assertEqual(self.last_event(penalty).reason, credit.ref)
        self.assertTrue(self.open_book(penalty).line_ids.problem)
        credit.button_draft()
        self.assertRecordValues(penalty, [{"invoiced": 51.98, "waived": 0}])

    def test_waiving_by_a_reversal_has_the_limits_of_a_waiver(self):
        penalty = self.make_penalty()
        move = self.book(penalty)
        self.company.penalty_waive_collector = 50
        with self.assertRaisesRegex(UserError, "your limit is 50.00"):
            self.reverse_as(self.collector, move)
        with self.assertRaisesRegex(AccessError, "Only a collector waives"):
            self.reverse_as(self.invoicing, move)
        self.company.penalty_waive_collector = 60
        self.reverse_as(self.collector, move)
        self.assertEqual(move.reversal_move_ids.penalty_after, "waive")

    def reverse_as(self, user, move):
        """Waive what an entry books."""
        context = {"active_model": "account.move", "active_ids": move.ids}
        wizards = self.env["account.move.reversal"].with_user(user).with_context(**context)
        values = {"journal_id": move.journal_id.id, "penalty_after": "waive"}
        wizards.create(values).refund_moves()

    def test_a_draft_credit_note_frees_nothing_yet(self):
        penalty = self.make_penalty()
        self._reverse_invoice(self.book(penalty))
        self.assertEqual(penalty.invoiced, 51.98)
        self.assertIn("invoiced already", self.open_book(penalty).line_ids.problem)

    def test_a_partial_credit_note_takes_off_its_part(self):
        penalty = self.make_penalty()
        credit = self._reverse_invoice(self.book(penalty))
        credit.invoice_line_ids.filtered(lambda line: line.penalty_part == "interest").unlink()
        credit.action_post()
        self.assertRecordValues(penalty, [{"invoiced": 11.98, "invoiced_fee": 0}])

    def test_an_entry_is_reversed_likewise(self):
        penalty = self.make_penalty()
        move = self.book(penalty, mode="entry")
        self._reverse_invoice(move)
        self.assertEqual(penalty.invoiced, 0)

    def test_reset_to_draft_cancelled_and_deleted(self):
        penalty = self.make_penalty()
        move = self.book(penalty)
        move.button_draft()
        self.assertEqual(penalty.invoiced, 0)
        move.action_post()
        self.assertEqual(penalty.invoiced, 51.98)
        move.button_cancel()
        self.assertEqual(penalty.invoiced, 0)
        move.button_draft()
        move.unlink()
        penalty._sync_books()
        self.assertEqual(self.kinds(penalty), ["claim"] + 2 * ["invoice", "reverse"])
        self.assertEqual(self.book(penalty).amount_total, 51.98)

    def test_other_reversals_ask_nothing_about_penalties(self):
        invoice = self.make_invoice()
        reversal = self.env["account.move.reversal"]
        values = {"journal_id": invoice.journal_id.id, "penalty_after": "waive"}
        context = {"active_model": "account.move", "active_ids": invoice.ids}
        wizard = reversal.with_context(**context).create(values)
        self.assertFalse(wizard.has_penalties)
        wizard.reverse_moves()
        self.assertFalse(invoice.reversal_move_ids.penalty_after)
