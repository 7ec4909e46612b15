from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_dispute_capture import CaptureCommon


@tagged("post_install", "-at_install")
class TestShortPayment(CaptureCommon):
    """S3.33, S4.2, domain 1.5 scenario 6: paid 940 of 1,000 → a dispute about 60."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.company_data["default_journal_bank"]
        cls.outstanding = cls.env["account.account"].create(
            {
                "name": "Outstanding receipts",
                "code": "511999",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        cls.method = cls.bank.inbound_payment_method_line_ids[:1]
        cls.method.payment_account_id = cls.outstanding

    def register(self, invoices, user=None, **values):
        """The form of “Pay”, filled in."""
        register = (
            self.env["account.payment.register"]
            .with_user(user or self.collector)
            .with_context(active_model="account.move", active_ids=invoices.ids)
        )
        form = Form(register)
        for name, value in values.items():
            setattr(form, name, value)
        return form

    def get_disputes(self, invoices):
        return self.env["account.dispute"].search([("line_ids.move_id", "in", invoices.ids)])

    def contest_difference(self, invoices, amount, **values):
        form = self.register(
            invoices,
            amount=amount,
            payment_difference_handling="contest",
            contest_reason_id=self.reason,
            **values,
        )
        form.save().action_create_payments()
        return self.get_disputes(invoices)

    def test_the_difference_is_contested(self):
        dispute = self.contest_difference(
            self.invoice, 940, contest_description="Deducted: two boxes were missing."
        )
        self.assertRecordValues(
            dispute,
            [
                {
                    "state": "open",
                    "contested_amount": 60,
                    "reason_id": self.reason.id,
                    "description": "Deducted: two boxes were missing.",
                    "user_id": self.invoice.invoice_user_id.id,
                }
            ],
        )
        self.assertEqual((self.invoice.amount_residual, self.claimed(self.invoice)), (60, 0))
        self.assertFalse(self.invoice.is_short_paid)

    def test_what_was_contested_before_is_not_contested_twice(self):
        """Rule 2: 300 contested, 640 paid → 60 more."""
        first = self.contest(self.invoice, 300)
        second = self.contest_difference(self.invoice, 640) - first
        self.assertEqual(second.contested_amount, 60)

    def test_a_short_payment_of_several_invoices(self):
        older = self.make_overdue_invoice(40, amount=500)
        form = self.register(self.invoice | older, group_payment=True, amount=1440)
        form.payment_difference_handling = "contest"
        form.contest_reason_id = self.reason
        form.save().action_create_payments()
        dispute = self.get_disputes(self.invoice | older)
        self.assertRecordValues(dispute.line_ids, [{"move_id": self.invoice.id, "amount": 60}])

    def test_a_payment_on_its_way_counts(self):
        """Without an entry of its own, as Odoo pays by default: 940 is on its way."""
        moves = self.env.registry["account.move"]
        self.patch(moves, "_get_invoice_in_payment_state", lambda move: "in_payment")
        self.env["account.payment.method.line"].search([]).payment_account_id = False
        self.pay(self.invoice, 940)
        self.assertEqual(self.invoice.amount_residual, 1000)
        self.assertTrue(self.invoice.is_short_paid)
        action = self.invoice.with_user(self.collector).action_contest_remainder()
        self.assertEqual(self.confirm(self.make_dialogue(action)).contested_amount, 60)

    def test_the_choice_is_there_for_a_collector_and_a_customers_short_payment(self):
        self.assertIn("contest", self.register(self.invoice, amount=940).difference_choices)
        self.assertNotIn("contest", self.register(self.invoice, amount=1060).difference_choices)
        form = self.register(self.invoice, user=self.invoicing, amount=940)
        self.assertEqual(form.difference_choices, ["open", "reconcile"])
        bill = self.make_invoice(move_type="in_invoice")
        self.assertNotIn("contest", self.register(bill, amount=940).difference_choices)

    def test_who_may_not_contest_is_refused_with_words(self):
        wizard = self.register(self.invoice, user=self.invoicing, amount=940).save()
        wizard.payment_difference_handling = "contest"
        with self.assertRaisesRegex(UserError, "Only a collector contests a difference"):
            wizard.action_create_payments()
        self.assertFalse(self.get_disputes(self.invoice))

    def test_a_contested_difference_has_a_reason(self):
        wizard = self.register(self.invoice, amount=940).save()
        wizard.payment_difference_handling = "contest"
        with self.assertRaisesRegex(UserError, "choose a reason"):
            wizard.action_create_payments()

    def test_another_payment_method_than_agreed_is_proposed_as_the_reason(self):
        """S2.42"""
        self.assertFalse(self.register(self.invoice, amount=940).contest_reason_id)
        cash = self.company_data["default_journal_cash"].inbound_payment_method_line_ids[:1]
        self.customer.property_inbound_payment_method_line_id = cash
        form = self.register(self.invoice, journal_id=self.bank, amount=940)
        self.assertEqual(
            form.contest_reason_id,
            self.env.ref("account_dispute_dunning.dispute_reason_payment_mode"),
        )

    def test_keeping_open_and_marking_as_paid_still_work(self):
        self.register(self.invoice, amount=940).save().action_create_payments()
        self.assertTrue(self.invoice.is_short_paid)
        other = self.make_overdue_invoice(10)
        form = self.register(other, amount=940, payment_difference_handling="reconcile")
        form.writeoff_account_id = self.company_data["default_account_expense"]
        form.save().action_create_payments()
        self.assertEqual(other.amount_residual, 0)
        self.assertFalse(self.get_disputes(self.invoice | other))

    # === Afterwards ===#

    def test_a_short_payment_is_found_and_its_rest_contested(self):
        unpaid = self.make_overdue_invoice(10)
        self.pay(self.invoice, 940)
        credited = self.make_overdue_invoice(10)
        (credited + self.make_invoice(amount=-400))._get_receivable_lines().reconcile()
        invoices = self.invoice | unpaid | credited
        ours = [("id", "in", invoices.ids)]
        search = self.env["account.move"].with_user(self.collector).search
        self.assertEqual(search([*ours, ("is_short_paid", "=", True)]), self.invoice)
        self.assertEqual(search([*ours, ("is_short_paid", "=", False)]), unpaid | credited)
        self.assertEqual(invoices.filtered("is_short_paid"), self.invoice)
        receivables = self.get_receivables(invoices)
        self.assertEqual(receivables.filtered("is_short_paid").move_id, self.invoice)
        action = self.invoice.with_user(self.collector).action_contest_remainder()
        self.assertEqual(self.confirm(self.make_dialogue(action)).contested_amount, 60)
        self.env.invalidate_all()
        self.assertFalse(self.invoice.is_short_paid, "the rest is explained now")
        with self.assertRaisesRegex(UserError, "Nothing of .* is open"):
            self.invoice.with_user(self.collector).action_contest_remainder()

    def test_a_bank_statement_line_is_a_payment(self):
        """What was reconciled from the bank without “Pay” is found as well."""
        statement = self.env["account.bank.statement.line"].create(
            {"journal_id": self.bank.id, "payment_ref": "transfer", "amount": 940}
        )
        _liquidity, suspense, _other = statement._seek_for_lines()
        suspense.account_id = self.invoice._get_receivable_lines().account_id
        (suspense + self.invoice._get_receivable_lines()).reconcile()
        self.assertEqual(self.invoice.amount_residual, 60)
        self.assertTrue(self.invoice.is_short_paid)

    def test_an_instalment_that_was_paid_whole_is_no_short_payment(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (0, 30)
                ],
            }
        )
        invoice = self.make_overdue_invoice(10, invoice_payment_term_id=terms.id)
        self.pay(invoice, 500)
        self.assertFalse(invoice.is_short_paid)
        self.pay(invoice, 300)
        self.assertTrue(invoice.is_short_paid)
