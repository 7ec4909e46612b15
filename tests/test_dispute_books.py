from datetime import timedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TODAY, days_ago
from .common_resolution import SettlingCommon


@tagged("post_install", "-at_install")
class TestBooks(SettlingCommon):
    """From the resolution to the ledger in one click (S0.28, S2.12, S2.74)."""

    def setUp(self):
        super().setUp()
        self.company.dispute_collector_limit = 100000

    def settle(self, dispute, accept=None, **values):
        option = self.make_option(dispute, accept=accept, **values)
        option.action_settle()
        self.assertEqual((option.state, dispute.state), ("done", "closed"))
        return option

    def dunnable(self, invoices):
        return sum(self.get_receivables(invoices).mapped("dunnable_currency"))

    def test_a_founded_line_is_credited_as_it_was_invoiced(self):
        """Domain 1.5 scenario 5: 120 € on line 2; same tax and account, reconciled, the rest is
        claimed again.
        """
        analytic = self.env["account.analytic.account"].create(
            {
                "name": "Paper",
                "plan_id": self.env["account.analytic.plan"].create({"name": "Range"}).id,
            }
        )
        account = self.company_data["default_account_revenue"].copy()
        invoice = self.make_taxed_invoice(
            {"price_unit": 500},
            {
                "price_unit": 100,
                "account_id": account.id,
                "analytic_distribution": {analytic.id: 100},
            },
        )
        line = invoice.invoice_line_ids[1]
        dispute = self.make_dispute(invoice, 120)
        self.make_item(dispute, line)
        credit = self.settle(dispute, outcome="partial_credit").credit_move_ids
        self.assertRecordValues(
            credit,
            [
                {
                    "move_type": "out_refund",
                    "state": "posted",
                    "amount_untaxed": 100,
                    "amount_total": 120,
                    "amount_residual": 0,
                    "invoice_date": TODAY,
                    "reversed_entry_id": invoice.id,
                    "fiscal_position_id": invoice.fiscal_position_id.id,
                    "currency_id": invoice.currency_id.id,
                }
            ],
        )
        self.assertIn(invoice.name, credit.ref)
        self.assertRecordValues(
            credit.invoice_line_ids,
            [
                {
                    "account_id": account.id,
                    "tax_ids": self.vat.ids,
                    "analytic_distribution": {str(analytic.id): 100},
                    "quantity": 1,
                    "price_unit": 100,
                }
            ],
        )
        self.assertEqual(invoice.amount_residual, 600)
        self.assertEqual(invoice.contested_amount, 0)
        self.assertEqual(self.dunnable(invoice), 600)

    def test_two_of_ten_units(self):
        """Peers' test: 2 × 10 € of 10 units → credit 20 € and its VAT."""
        invoice = self.make_taxed_invoice({"quantity": 10, "price_unit": 10})
        dispute = self.make_dispute(invoice, 24)
        self.make_item(dispute, invoice.invoice_line_ids, kind="quantity", quantity=2)
        credit = self.settle(dispute).credit_move_ids
        self.assertRecordValues(
            credit.invoice_line_ids, [{"quantity": 2, "price_unit": 10, "price_total": 24}]
        )
        self.assertEqual(self.dunnable(invoice), 96)

    def test_a_price_difference(self):
        """S2.12: 10 × (12 − 10) → 20 € and its VAT."""
        invoice = self.make_taxed_invoice({"quantity": 10, "price_unit": 12})
        dispute = self.make_dispute(invoice, 24)
        self.make_item(dispute, invoice.invoice_line_ids, kind="price", price_unit=2)
        credit = self.settle(dispute).credit_move_ids
        self.assertRecordValues(credit, [{"amount_untaxed": 20, "amount_tax": 4}])
        self.assertRecordValues(credit.invoice_line_ids, [{"quantity": 10, "price_unit": 2}])

    def test_a_tax_alone(self):
        invoice = self.make_taxed_invoice({"price_unit": 100}, {"price_unit": 50})
        dispute = self.make_dispute(invoice, 20)
        self.make_item(dispute, invoice.invoice_line_ids[0], kind="tax")
        credit = self.settle(dispute).credit_move_ids
        self.assertRecordValues(credit, [{"amount_untaxed": 0, "amount_tax": 20}])
        self.assertEqual(self.dunnable(invoice), 160)

    def test_without_items_in_proportion_of_all_lines(self):
        other = self.company_data["default_account_revenue"].copy()
        invoice = self.make_taxed_invoice(
            {"price_unit": 100},
            {"price_unit": 200, "account_id": other.id},
            {"price_unit": 100, "tax_ids": [Command.set(self.low_vat.ids)]},
        )
        credit = self.settle(self.make_dispute(invoice, 46.55)).credit_move_ids
        self.assertEqual(credit.amount_total, 46.55)
        self.assertEqual(
            [
                (line.account_id, line.tax_ids, line.price_subtotal)
                for line in credit.invoice_line_ids
            ],
            [
                (line.account_id, line.tax_ids, line.price_subtotal / 10)
                for line in invoice.invoice_line_ids
            ],
        )

    def test_any_amount_to_the_cent(self):
        """Whatever is accepted is what the credit note says, with any taxes."""
        included = self.vat.copy(
            {"name": "VAT 20 included", "price_include_override": "tax_included"}
        )
        fixed = self.vat.copy({"name": "Fee", "amount_type": "fixed", "amount": 0.37})
        lines = [
            {"quantity": 3, "price_unit": 33.33, "discount": 7},
            {"price_unit": 19.99, "tax_ids": [Command.set(self.low_vat.ids)]},
            {"quantity": 7, "price_unit": 1.01, "tax_ids": [Command.set(included.ids)]},
            {"quantity": 2, "price_unit": 5, "tax_ids": [Command.set((fixed + self.vat).ids)]},
            {"price_unit": -4, "tax_ids": [Command.clear()]},
        ]
        for rounding in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = rounding
            invoice = self.make_taxed_invoice(*lines)
            for amount in (0.01, 0.03, 0.05, 1.23, 17.77, 33.34):
                with self.subTest(rounding=rounding, amount=amount):
                    credit = self.settle(self.make_dispute(invoice, amount)).credit_move_ids
                    self.assertEqual(credit.amount_total, amount)
                    self.assertEqual(credit.amount_residual, 0)
        self.assert_ties_out()

    def test_a_part_of_the_contested_items(self):
        """Half of what is contested is half of its lines, not of the whole invoice."""
        invoice = self.make_taxed_invoice(
            {"price_unit": 100, "tax_ids": [Command.set(self.low_vat.ids)]}, {"price_unit": 100}
        )
        dispute = self.make_dispute(invoice, 120)
        self.make_item(dispute, invoice.invoice_line_ids[1])
        resolution = self.settle(dispute, outcome="partial_credit", accept=60)
        self.assertRecordValues(
            resolution.credit_move_ids.invoice_line_ids,
            [{"tax_ids": self.vat.ids, "price_subtotal": 50}],
        )
        self.assertEqual(dispute.validity, "partly")

    def test_the_whole_invoice_is_copied_by_core(self):
        invoice = self.make_taxed_invoice(
            {"price_unit": 100}, {"name": "A note", "display_type": "line_note", "tax_ids": False}
        )
        credit = self.settle(self.make_dispute(invoice)).credit_move_ids
        self.assertEqual(len(credit.invoice_line_ids), 2)
        self.assertEqual((credit.amount_total, invoice.payment_state), (120, "reversed"))

    def test_the_first_open_day_after_a_lock_date(self):
        """A closed period is not written to; the credit note comes on the first open day."""
        invoice = self.make_taxed_invoice({"price_unit": 100})
        dispute = self.make_dispute(invoice)
        self.company.sudo().sale_lock_date = TODAY + timedelta(days=1)
        credit = self.settle(dispute).credit_move_ids
        self.assertRecordValues(credit, [{"state": "posted", "date": TODAY + timedelta(days=2)}])

    def test_a_paid_invoice_leaves_a_credit_of_the_customer(self):
        invoice = self.make_taxed_invoice({"price_unit": 100})
        dispute = self.make_dispute(invoice, 60)
        self.pay(invoice, 90)
        option = self.make_option(dispute)
        self.assertIn("stays as a credit", option.preview)
        option.action_settle()
        self.assertRecordValues(option.credit_move_ids, [{"amount_residual": 30}])
        self.assertEqual(invoice.amount_residual, 0)

    def test_a_deleted_invoice_can_not_be_credited(self):
        invoice = self.make_taxed_invoice({"price_unit": 100})
        dispute = self.make_dispute(invoice)
        invoice.button_draft()
        option = self.make_option(dispute)
        with self.assertRaisesRegex(UserError, "not posted any more"):
            option.action_settle()
        invoice.with_context(force_delete=True).unlink()
        self.assertIn("was deleted", option.preview)
        with self.assertRaisesRegex(UserError, "was deleted"):
            option.action_settle()
        self.assertEqual((option.state, dispute.state), ("draft", "open"), "nothing half done")
        self.settle(dispute, outcome="withdrawal")

    def test_an_entry_is_not_an_invoice(self):
        account = self.company_data["default_account_receivable"]
        entry = self.env["account.move"].create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create(
                        {"account_id": each.id, "debit": debit, "credit": credit}
                        | {"partner_id": self.customer.id}
                    )
                    for each, debit, credit in (
                        (account, 100, 0),
                        (self.company_data["default_account_revenue"], 0, 100),
                    )
                ],
            }
        )
        entry.action_post()
        option = self.make_option(self.make_dispute(entry))
        with self.assertRaisesRegex(UserError, "is not an invoice"):
            option.action_settle()

    def test_no_more_than_the_invoice_is_credited(self):
        invoice = self.make_taxed_invoice({"price_unit": 100})
        self.settle(self.make_dispute(invoice, 60))
        option = self.make_option(self.make_dispute(invoice, 60), outcome="reinvoice")
        with self.assertRaisesRegex(UserError, "60.00.* of .*120.00.* are credited already"):
            option.action_settle()

    def test_several_invoices_in_several_currencies(self):
        """One credit note per invoice, in its currency and at its rate."""
        euro = self.make_taxed_invoice({"price_unit": 100})
        dollar = self.make_taxed_invoice({"price_unit": 100}, currency_id=self.foreign_currency.id)
        self.env["res.currency.rate"].create(
            {"name": TODAY, "rate": 4.0, "currency_id": self.foreign_currency.id}
        )
        dispute = self.make_dispute(euro)
        dispute.line_ids = self.env["account.dispute"]._prepare_from_amounts(
            dollar._get_receivable_lines(), 60
        )
        option = self.settle(dispute, outcome="partial_credit")
        self.assertEqual(option.amount, 120 + 30)
        by_currency = {credit.currency_id: credit for credit in option.credit_move_ids}
        self.assertEqual(by_currency[euro.currency_id].amount_total, 120)
        credit = by_currency[self.foreign_currency]
        self.assertEqual((credit.amount_total, credit.amount_total_signed), (60, -30))
        self.assertEqual((dollar.amount_residual, euro.amount_residual), (60, 0))
        self.assertFalse(credit.line_ids.matched_debit_ids.exchange_move_id)

    def test_the_contested_instalment_is_settled_first(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
                ],
            }
        )
        invoice = self.make_taxed_invoice(
            {"price_unit": 1000}, invoice_payment_term_id=terms.id, invoice_date=days_ago(60)
        )
        first, second = invoice._get_receivable_lines().sorted("date_maturity")
        dispute = self.make_dispute(invoice, 1)
        dispute.line_ids.unlink()
        dispute.line_ids = [Command.create({"move_line_id": second.id, "amount": 300})]
        self.settle(dispute)
        self.assertEqual((first.amount_residual, second.amount_residual), (600, 300))

    def test_what_was_claimed_beside_the_dispute_goes_on(self):
        """1,000 open, 600 contested, 500 credited: the other 400 were claimed all the time."""
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=1000), 600)
        self.settle(dispute, outcome="partial_credit", accept=500)
        self.assertFalse(dispute.line_ids.held_all)
        self.assertEqual(self.dunnable(dispute.move_ids), 500)

    def test_a_gesture_has_its_own_account(self):
        """S2.74: on the goodwill account, with the taxes of the invoice, and what it is for."""
        dispute = self.make_dispute()
        option = self.make_option(
            dispute, self.manager, 60, outcome="gesture", validity="unfounded"
        )
        with self.assertRaisesRegex(UserError, "no account for goodwill gestures yet"):
            option.action_settle()
        self.assertIn("no account for goodwill", option.preview)
        self.company.gesture_account_id = self.company_data["default_account_revenue"].copy()
        option.action_settle()
        self.assertRecordValues(
            option.credit_move_ids.invoice_line_ids,
            [
                {
                    "name": "Goodwill gesture",
                    "account_id": self.company.gesture_account_id.id,
                    "tax_ids": self.vat.ids,
                    "price_subtotal": 50,
                    "price_total": 60,
                }
            ],
        )
        self.assertEqual(dispute.validity, "unfounded")

    def test_credit_and_new_invoice(self):
        """All is credited; a draft without what was wrong is shown, for a person to post."""
        invoice = self.make_taxed_invoice(
            {"quantity": 10, "price_unit": 12}, {"quantity": 10, "price_unit": 5}
        )
        dispute = self.make_dispute(invoice, 36)
        cheap, wrong = invoice.invoice_line_ids[1], invoice.invoice_line_ids[0]
        self.make_item(dispute, wrong, kind="price", price_unit=2)
        self.make_item(dispute, cheap, kind="quantity", quantity=2)
        option = self.make_option(dispute, outcome="reinvoice")
        action = option.action_settle()
        new = option.invoice_move_ids
        self.assertEqual(option.credit_move_ids.amount_total, invoice.amount_total)
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertEqual((action["res_model"], action["res_id"]), ("account.move", new.id))
        self.assertEqual((new.state, new.amount_total), ("draft", invoice.amount_total - 36))

    def test_a_replacement_is_a_commitment_of_logistics(self):
        logistics = self.env["account.dispute.department"].search([("code", "=", "logistics")])
        dispute = self.make_dispute()
        option = self.make_option(dispute, outcome="replacement")
        with self.assertRaisesRegex(UserError, "the goods are replaced"):
            option.action_settle()
        option.commitment_date = days_ago(-10)
        option.action_settle()
        self.assertFalse(option.credit_move_ids)
        self.assertRecordValues(
            dispute.task_ids.filtered(lambda task: task.kind == "commitment"),
            [{"date_deadline": days_ago(-10), "department_id": logistics.id}],
        )
        self.assertEqual(option.new_due_date, days_ago(-10))

    def test_instalments_add_up_to_what_is_owed(self):
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=1000))
        days = (days_ago(-30), days_ago(-60))
        option = self.make_option(
            dispute,
            outcome="instalments",
            validity="unfounded",
            instalment_ids=[Command.create({"date": day, "amount": 400}) for day in days],
        )
        with self.assertRaisesRegex(UserError, "add up to the 1,000.00"):
            option.action_settle()
        option.instalment_ids[0].amount = 600
        option.action_settle()
        self.assertEqual(option.new_due_date, days[0])
        self.assertEqual(
            [(activity.date_deadline, activity.user_id) for activity in dispute.activity_ids],
            [(day, dispute.user_id) for day in days],
        )

    def test_a_rejection_books_nothing(self):
        """S0.28: a rejection leaves all to be claimed."""
        invoice = self.make_overdue_invoice(10, amount=1000)
        option = self.settle(self.make_dispute(invoice, 300), outcome="rejection")
        self.assertFalse(option.credit_move_ids)
        self.assertEqual((option.amount, option.remaining), (0, 300))
        self.assertEqual(self.dunnable(invoice), 1000)

    def test_the_preview_is_what_is_posted(self):
        invoice = self.make_taxed_invoice({"quantity": 10, "price_unit": 10})
        dispute = self.make_dispute(invoice, 24)
        self.make_item(dispute, invoice.invoice_line_ids, kind="quantity", quantity=2)
        option = self.make_option(dispute)
        shown = option.preview
        option.action_settle()
        line = option.credit_move_ids.invoice_line_ids
        for words in (line.name, line.account_id.code, self.vat.name, "20.00", "24.00"):
            self.assertIn(words, shown)
        self.assertIn(
            "Nothing is booked", self.make_option(self.make_dispute(), outcome="rejection").preview
        )

    def test_a_second_click_books_nothing_more(self):
        option = self.settle(self.make_dispute())
        for action in (option.action_settle, option.action_execute):
            with self.assertRaises(UserError):
                action()
        self.assertEqual(len(option.credit_move_ids), 1)

    def test_one_resolution_is_executed(self):
        """Two that were accepted, or one named twice, are not credited twice."""
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=1000), 100)
        first, second = (self.make_option(dispute), self.make_option(dispute))
        for option in (first, second):
            option.action_submit()
            option.action_accept()
        self.assertEqual((first.state, second.state), ("draft", "accepted"))
        with self.assertRaises(UserError):
            (first | second).action_execute()
        with self.assertRaises(UserError), self.cr.savepoint():
            second.browse([second.id, second.id]).action_execute()
        self.assertFalse((first | second).credit_move_ids)
        second.action_execute()
        self.assertEqual(len(second.credit_move_ids), 1)

    def test_no_more_than_is_contested_when_it_is_booked(self):
        """What is contested became less after the customer agreed: it is to be decided again."""
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=1000), 100)
        option = self.make_option(dispute)
        option.action_submit()
        option.action_accept()
        dispute.line_ids.with_user(self.collector).amount = 40
        with self.assertRaisesRegex(UserError, "contested"):
            option.action_execute()

    def test_an_invoice_posted_again_keeps_what_was_agreed(self):
        """Its receivable lines are others: the accepted amounts follow, nothing is lost."""
        invoice = self.make_overdue_invoice(10, amount=1000)
        dispute = self.make_dispute(invoice, 100)
        option = self.make_option(dispute)
        option.action_submit()
        option.action_accept()
        invoice.button_draft()
        invoice.invoice_payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (0, 30)
                ],
            }
        )
        invoice.action_post()
        self.assertEqual(dispute.contested_amount, 100)
        option.action_execute()
        self.assertEqual(sum(option.credit_move_ids.mapped("amount_total")), 100)

    def test_a_new_invoice_answers_for_all_that_is_credited(self):
        """S2.2: credit and new invoice takes all of the invoice off until somebody posts it."""
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=50000), 10)
        self.company.dispute_collector_limit = 500
        option = self.make_option(dispute, outcome="reinvoice")
        with self.assertRaisesRegex(UserError, "limit"):
            option.action_settle()

    def test_other_terms_need_another_agreement(self):
        """S1.14: what the customer agreed to before is no proof of what was changed since."""
        option = self.make_option(self.make_dispute(self.make_overdue_invoice(10), 100))
        option.action_submit()
        option.action_accept()
        option.action_reset()
        self.assertRecordValues(
            option,
            [{"agreement_mode": False, "agreement_date": False, "agreement_note": False}],
        )

    def test_reopening_leaves_what_is_posted_and_says_so(self):
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=1000), 1000)
        option = self.settle(dispute, outcome="partial_credit", accept=300)
        dispute.with_user(self.collector).action_open()
        self.assertEqual(option.credit_move_ids.state, "posted")
        self.assertTrue(
            any(option.credit_move_ids.name in body for body in dispute.message_ids.mapped("body"))
        )
        self.assertEqual(dispute.contested_amount, 700, "at most what is open")
        self.assertEqual((option.amount, option.remaining), (300, 700))

    def test_what_is_credited_in_full_is_not_reopened(self):
        dispute = self.make_dispute()
        self.settle(dispute)
        with self.assertRaisesRegex(UserError, "there is nothing left to hold"):
            dispute.with_user(self.collector).action_open()
