from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY, days_ago
from .common_penalty_books import PenaltyBooksCommon


@tagged("post_install", "-at_install")
class TestPenaltyCollected(PenaltyBooksCommon):
    """Booked penalties that are paid, and penalties booked only when they are (S4.28)."""

    def pay_more(self, amount, partner=None, on_date=TODAY):
        """A payment that is matched with nothing yet."""
        payment = self.env["account.payment"].create(
            {
                "partner_id": (partner or self.customer).id,
                "amount": amount,
                "date": on_date,
                "payment_type": "inbound",
                "partner_type": "customer",
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        return payment

    # === A debit note is paid ===#

    def test_a_payment_collects_it_on_its_day(self):
        penalty = self.make_penalty()
        self.pay(self.book(penalty), on_date=days_ago(3))
        self.assertEqual(penalty.collected, 51.98)
        event = penalty.event_ids.filtered(lambda event: event.kind == "collect")
        self.assertRecordValues(event, [{"date": days_ago(3), "interest": 11.98, "fee": 40}])

    def test_partial_payments_add_up(self):
        """Interest first, then the indemnity: 30.00 = 11.98 + 18.02; then the rest."""
        penalty = self.make_penalty()
        move = self.book(penalty)
        self.pay(move, 30, on_date=days_ago(3))
        self.assertEqual(penalty.collected, 30)
        self.assertRecordValues(self.last_event(penalty), [{"interest": 11.98, "fee": 18.02}])
        self.pay(move)
        self.assertEqual(penalty.collected, 51.98)
        self.assertRecordValues(self.last_event(penalty), [{"interest": 0, "fee": 21.98}])

    def test_several_penalties_are_settled_in_their_order(self):
        penalties = self.make_penalty() | self.make_penalty()
        self.pay(self.book(penalties), 60)
        self.assertEqual(sorted(penalties.mapped("collected")), [8.02, 51.98])

    def test_an_undone_payment_is_told(self):
        penalty = self.make_penalty()
        move = self.book(penalty)
        self.pay(move)
        move.line_ids.remove_move_reconcile()
        self.assertEqual(penalty.collected, 0)
        self.assertEqual(self.kinds(penalty), ["claim", "invoice", "collect", "uncollect"])

    def test_a_credit_note_of_it_is_no_payment(self):
        penalty = self.make_penalty()
        move = self.book(penalty, mode="debit_note")
        credit = self._reverse_invoice(move, post=True)
        lines = (move | credit).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        if not all(lines.mapped("reconciled")):
            lines.reconcile()
        self.assertRecordValues(penalty, [{"invoiced": 0, "collected": 0}])

    def test_another_credit_note_is_set_off_against_it(self):
        """One of the goods pays it; one that a dispute gives on it does not."""
        penalty, other = self.make_penalty(), self.make_penalty()
        for booked, amount in ((penalty, 51.98), (other, 0)):
            note = self.book(booked)
            credit = self.make_invoice(amount=-51.98, due=TODAY)
            if not amount:
                credit.reversed_entry_id = note
            lines = (note | credit).line_ids.filtered(
                lambda line: line.account_id.account_type == "asset_receivable"
            )
            lines.reconcile()
            self.assertEqual((note.payment_state != "not_paid", booked.collected), (True, amount))

    def test_a_write_off_is_no_payment(self):
        penalty = self.make_penalty()
        move = self.book(penalty)
        loss = self.company_data["default_account_expense"]
        receivable = self.customer.property_account_receivable_id
        common = {"partner_id": self.customer.id}
        write_off = self.env["account.move"].create(
            {
                "journal_id": self.company_data["default_journal_misc"].id,
                "line_ids": [
                    (0, 0, common | {"account_id": loss.id, "debit": 51.98}),
                    (0, 0, common | {"account_id": receivable.id, "credit": 51.98}),
                ],
            }
        )
        write_off.action_post()
        lines = (move | write_off).line_ids
        lines.filtered(lambda line: line.account_id == receivable).reconcile()
        self.assertEqual((move.payment_state, penalty.collected), ("paid", 0))

    def test_in_a_foreign_currency(self):
        penalty = self.make_penalty(currency_id=self.foreign_currency.id)
        self.pay(self.book(penalty))
        self.assertEqual(penalty.collected, 91.98)

    # === Only when collected ===#

    def test_without_a_payment_nothing_is_booked(self):
        self.company.penalty_book_when = "collected"
        penalty = self.make_penalty()
        book = self.open_book(penalty)
        self.assertEqual(book.mode, "entry")
        self.assertIn("beyond the invoices", book.line_ids.problem)
        with self.assertRaisesRegex(UserError, "nothing to book"):
            book.action_confirm()
        self.assertFalse(penalty.event_ids)

    def test_a_surplus_books_and_settles_it(self):
        """The entry of legal.md 6.2, reconciled with the payment; 8.02 stays on the account."""
        self.company.penalty_book_when = "collected"
        penalty = self.make_penalty()
        payment = self.pay_more(60, on_date=days_ago(5))
        move = self.book(penalty)
        self.assertEqual(move.move_type, "entry")
        self.assertRecordValues(penalty, [{"invoiced": 51.98, "collected": 51.98}])
        event = penalty.event_ids.filtered(lambda event: event.kind == "collect")
        self.assertEqual(event.date, days_ago(5))
        line = payment.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        self.assertEqual(line.amount_residual, -8.02)

    def test_a_surplus_is_seen(self):
        """Money came in with the penalties that were claimed: the list finds them (S4.28)."""
        penalty = self.make_penalty()
        other = self.make_penalty(partner=self.make_customer("Librairie des Cimes"))
        has_surplus = [("has_surplus", "=", True), ("id", "in", (penalty | other).ids)]
        self.assertFalse(self.env["account.penalty"].search(has_surplus))
        self.pay_more(30, partner=penalty.partner_id)
        (penalty | other).invalidate_recordset()
        self.assertEqual(self.env["account.penalty"].search(has_surplus), penalty)
        self.assertEqual((penalty | other).mapped("has_surplus"), [True, False])
        self.make_overdue_invoice(3, amount=100, partner=penalty.partner_id)
        self.assertFalse(self.env["account.penalty"].search(has_surplus), "what is due is first")

    def test_no_more_than_the_surplus(self):
        self.company.penalty_book_when = "collected"
        penalty = self.make_penalty()
        self.pay_more(20)
        self.book(penalty)
        self.assertRecordValues(penalty, [{"invoiced": 20, "invoiced_fee": 8.02, "collected": 20}])
        self.pay_more(40)
        self.book(penalty)
        self.assertRecordValues(
            penalty, [{"invoiced": 51.98, "invoiced_fee": 40, "collected": 51.98}]
        )

    def test_invoices_come_before_penalties_unless_interest_comes_first(self):
        self.company.penalty_book_when = "collected"
        penalty = self.make_penalty()
        self.make_overdue_invoice(amount=45)
        self.pay_more(60)
        line = self.open_book(penalty).line_ids
        self.assertRecordValues(line, [{"interest": 11.98, "fee": 3.02}])
        self.company.penalty_allocation = "interest_first"
        line = self.open_book(penalty).line_ids
        self.assertRecordValues(line, [{"interest": 11.98, "fee": 40}])


@tagged("post_install", "-at_install")
class TestPenaltyTax(PenaltyBooksCommon):
    """The cash-basis report: 2058-A lines XG and WQ (CGI 237 sexies)."""

    def figures(self, company=None):
        """``{fiscal year: (booked, collected, to deduct, to add back)}``."""
        rows = self.env["account.penalty.tax"]._read_group(
            [("company_id", "=", (company or self.company).id)],
            ["fiscal_year"],
            ["booked:sum", "collected:sum", "to_deduct:sum", "to_add_back:sum"],
        )
        return {year: tuple(round(amount, 2) for amount in amounts) for year, *amounts in rows}

    def test_booked_in_one_year_and_collected_in_the_next(self):
        penalty, other = self.make_penalty(), self.make_penalty()
        move = self.book(penalty | other, date=date(2025, 12, 31))
        self.pay(move, 51.98, on_date=date(2025, 12, 31))
        self.pay(move, 20, on_date=date(2026, 3, 1))
        self.assertEqual(
            self.figures(),
            {"2025": (103.96, 51.98, 51.98, 0), "2026": (0, 20, 0, 20)},
        )
        for user in (self.auditor, self.invoicing):
            self.assertTrue(self.env["account.penalty.tax"].with_user(user).search([]))
        row = self.env["account.penalty.tax"].search([("to_add_back", "!=", 0)], limit=1)
        self.assertEqual(row.action_open_entry()["res_id"], move.id)

    def test_a_reversal_undoes_the_deduction(self):
        penalty = self.make_penalty()
        move = self.book(penalty, date=date(2025, 12, 31))
        self._reverse_invoice(move, post=True)
        self.assertEqual(
            self.figures(), {"2025": (51.98, 0, 51.98, 0), "2026": (-51.98, 0, 0, 51.98)}
        )

    def test_reversed_in_the_same_year_there_is_nothing(self):
        penalty = self.make_penalty()
        self._reverse_invoice(self.book(penalty), post=True)
        self.assertEqual(self.figures(), {"2026": (0, 0, 0, 0)})

    def test_the_fiscal_year_is_the_company_s(self):
        """It ends on 31 March; and a last day that its month lacks is its last."""
        self.end_fiscal_year("3", 31)
        move = self.book(self.make_penalty(), date=date(2026, 3, 31))
        self.pay(move, on_date=date(2026, 4, 1))
        self.assertEqual(
            self.figures(),
            {"2025-2026": (51.98, 0, 51.98, 0), "2026-2027": (0, 51.98, 0, 51.98)},
        )
        self.end_fiscal_year("2", 29)
        self.assertEqual(set(self.figures()), {"2026-2027"})

    def end_fiscal_year(self, month, day):
        companies = self.company | self.branch
        companies.write({"fiscalyear_last_month": month, "fiscalyear_last_day": day})

    def test_in_company_currency_at_the_rate_of_the_booking(self):
        self.pay(self.book(self.make_penalty(currency_id=self.foreign_currency.id)))
        self.assertEqual(self.figures(), {"2026": (45.99, 45.99, 0, 0)})

    def test_each_company_has_its_own(self):
        self.book(self.make_penalty(company=self.branch))
        self.assertEqual(self.figures(), {})
        self.env = self.env(context={"allowed_company_ids": (self.company | self.branch).ids})
        self.assertEqual(self.figures(self.branch), {"2026": (51.98, 0, 51.98, 0)})
        stranger = self.make_user(
            "stranger",
            "account_dispute_dunning.group_auditor",
            company_ids=self.company.ids,
        )
        own = self.env(user=stranger, context={"allowed_company_ids": self.company.ids})
        rows = own["account.penalty.tax"].search([])
        self.assertFalse(rows.filtered(lambda row: row.company_id == self.branch))
