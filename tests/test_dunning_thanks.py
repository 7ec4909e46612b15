from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from .common import TODAY, CollectionsCommon, days_ago

THANKS = {
    "name": "Thank you",
    "offset_days": 0,
    "trigger": "event",
    "event": "settled",
    "channel": "email",
    "is_automatic": True,
    "subject": "Thank you",
}


@tagged("post_install", "-at_install")
class TestDunningThanks(CollectionsCommon, MailCase):
    """Who settles after a reminder is thanked, once, and not for a payment that came back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dunning_scenario_id = cls.thanking = cls.make_scenario(
            {"offset_days": 1, "channel": "call", "tone": "courteous"}, THANKS
        )
        cls.thanks_step = cls.thanking.step_ids.filtered("event")
        cls.customer.write({"collector_id": cls.collector.id, "phone": "+33 4 67 00 00 00"})

    def remind(self, **values):
        """An overdue invoice whose reminder was done."""
        invoice = self.make_overdue_invoice(5, **values)
        notice = self.run_dunning().notice_ids.filtered(
            lambda each: invoice in each.line_ids.move_id
        )
        notice._log_call("not_validated", TODAY, notice.contact_id)
        self.assertEqual((notice.state, notice.kind), ("sent", "reminder"))
        return invoice

    def thank(self, on_date=TODAY):
        return self.env["account.dunning.notice"]._thank(self.company, on_date)

    def test_who_settles_after_a_reminder_is_thanked_once(self):
        """S0.33: paid invoice → one thank-you."""
        invoice = self.remind()
        self.assertFalse(self.thank(), "nothing is settled")
        self.pay(invoice)
        notice = self.thank()
        self.assertRecordValues(
            notice,
            [
                {
                    "kind": "thanks",
                    "step_id": self.thanks_step.id,
                    "partner_id": self.customer.id,
                    "channel": "email",
                    "state": "validated",
                    "amount_claimed": 0.0,
                    "user_id": self.collector.id,
                }
            ],
        )
        self.assertEqual(notice.line_ids.move_id, invoice)
        self.assertFalse(self.thank(), "once per settlement")
        self.assertFalse(self.thank(TODAY + timedelta(days=1)))

    def test_it_is_sent_to_the_customer(self):
        invoice = self.remind()
        self.pay(invoice)
        notice = self.thank()
        letter = self.env["ir.attachment"].create({"name": "Thanks.pdf", "raw": b"%PDF thanks"})
        notice._write_frozen(attachment_id=letter.id)
        with self.mock_mail_gateway():
            notice._action_send(TODAY)
            self.assertEqual(notice.state, "queued")
            mail = self.env["mail.mail"].search(
                [("mail_message_id", "=", notice.message_id.id), ("state", "=", "outgoing")]
            )
            self.assertIn("Your message", mail.body_html, "it is no reminder")
            mail.send()
            self.assertSentEmail(self.collector.partner_id, [self.customer], subject="Thank you")
        self.assertEqual(notice.state, "sent")
        self.env.flush_all()
        effect = self.env["account.dunning.effect"].search([("move_id", "=", invoice.id)])
        self.assertEqual(effect.kind, "reminder", "the thank-you is no step that brings money in")
        self.assertEqual(effect.conversion_rate, 100)

    def test_a_payment_that_came_back_is_not_thanked_for(self):
        """Checked again before it leaves."""
        invoice = self.remind()
        self.pay(invoice)
        notice = self.thank()
        invoice.line_ids.remove_move_reconcile()
        self.assertFalse(notice._cancel_outdated(TODAY))
        self.assertEqual(notice.state, "cancelled")
        self.assertIn("cancelled since", notice.state_reason)
        self.pay(invoice)
        self.assertEqual(self.thank().line_ids.move_id, invoice, "settled again")

    def test_a_credit_note_is_not_thanked_for(self):
        invoice = self.remind()
        refund = self.make_invoice(amount=-1000, due=TODAY)
        (invoice + refund)._get_receivable_lines().reconcile()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertFalse(self.thank())

    def test_who_was_not_reminded_is_thanked_where_the_scenario_says_so(self):
        invoice = self.make_overdue_invoice(5)
        self.pay(invoice)
        self.assertFalse(self.thank())
        self.thanks_step.thanks_always = True
        self.assertEqual(self.thank().line_ids.move_id, invoice)

    def test_one_message_for_all_that_a_payment_settled(self):
        invoices = self.remind()
        other = self.make_overdue_invoice(5)
        self.run_dunning(TODAY).notice_ids._log_call("not_validated", TODAY, self.customer)
        invoices |= other
        self.pay(invoices)
        notice = self.thank()
        self.assertEqual(len(notice), 1)
        self.assertEqual(notice.line_ids.move_id, invoices)

    def test_by_account_nothing_that_was_reminded_of_is_open(self):
        self.thanking.mode = "account"
        first = self.make_overdue_invoice(5)
        second = self.make_overdue_invoice(6)
        self.run_dunning().notice_ids._log_call("not_validated", TODAY, self.customer)
        self.pay(first)
        self.assertFalse(self.thank())
        self.pay(second)
        self.assertEqual(self.thank().line_ids.move_id, first | second)

    def test_an_old_settlement_is_not_thanked_for(self):
        """Installing or activating thanks nobody for what was paid long ago."""
        invoice = self.remind()
        self.pay(invoice, on_date=days_ago(4))
        self.assertFalse(self.thank(TODAY + timedelta(days=12)))
        self.assertTrue(self.thank(TODAY + timedelta(days=11)))

    def test_a_scenario_without_such_a_step_thanks_nobody(self):
        self.thanks_step.unlink()
        self.pay(self.remind())
        self.assertFalse(self.thank())

    def test_what_a_person_cancelled_is_not_prepared_again(self):
        self.pay(self.remind())
        notice = self.thank()
        self.env["account.dunning.notice.cancel"].with_user(self.collector).create(
            {"notice_ids": notice.ids, "reason": "We thanked by phone"}
        ).action_confirm()
        self.assertFalse(self.thank())

    def test_other_companies_are_not_thanked(self):
        self.pay(self.remind())
        notices = self.env["account.dunning.notice"]
        self.assertFalse(notices._thank(self.branch, TODAY))

    def test_the_number_of_queries_does_not_grow_with_the_settlements(self):
        self.thanks_step.thanks_always = True
        facts = self.env["account.dunning.notice"]._get_settlement_facts
        for amount in (1, 2, 3):
            self.pay(self.make_overdue_invoice(5, amount=amount))
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.assertEqual(len(facts(self.company, TODAY)), 3)

    # === Other events ===#

    def add_task(self, event):
        self.thanking.step_ids = [
            Command.create(
                {"name": f"Read it: {event}", "trigger": "event", "event": event, "channel": "task"}
            )
        ]

    def test_a_reply_is_a_task_of_the_collector(self):
        """S0.29, once while the task is open."""
        self.add_task("reply")
        self.remind()
        notice = self.env["account.dunning.notice"].search([("state", "=", "sent")], limit=1)
        notice._set_replied()
        notice._set_replied()
        task = notice.activity_ids.filtered(lambda each: each.summary == "Read it: reply")
        self.assertEqual((len(task), task.user_id), (1, self.collector))

    def test_a_bounce_is_a_task_of_the_collector(self):
        self.add_task("bounce")
        self.remind()
        notice = self.env["account.dunning.notice"].search([("state", "=", "sent")], limit=1)
        notice._set_bounced("The mailbox is gone")
        self.assertIn("Read it: bounce", notice.activity_ids.mapped("summary"))

    def test_a_reply_writes_to_nobody(self):
        """A person decides what to answer."""
        with self.assertRaises(ValidationError):
            self.thanking.step_ids = [Command.create(THANKS | {"event": "reply"})]
