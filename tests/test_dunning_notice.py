from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from .common import TODAY, days_ago
from .common_notices import NoticesCommon


@tagged("post_install", "-at_install")
class TestDunningNotice(NoticesCommon):
    """From a prepared notice to a sent one: checked again, sent once, frozen."""

    def prepare(self, days=10, **values):
        self.make_overdue_invoice(days, **values)
        return self.run_dunning().notice_ids

    # === E-mail ===#

    def test_an_automatic_reminder_leaves_by_itself_once(self):
        notice = self.prepare()
        self.assertEqual((notice.channel, notice.state), ("email", "validated"))
        with self.mock_mail_gateway():
            self.process()
            self.process()
            self.assertEqual(notice.state, "queued")
            mails = self.env["mail.mail"].search(
                [("mail_message_id", "=", notice.message_id.id), ("state", "=", "outgoing")]
            )
            self.assertEqual(len(mails), 1)
            mails.send()
        self.assertEqual(notice.state, "sent")
        self.assertTrue(notice.sent_on)
        self.assertSentEmail(
            notice.user_id.partner_id,
            [self.customer],
            subject="Reminder: payment due",
            body_content="1,000.00",
            attachments_info=[{"name": f"{notice.name.replace('/', '-')}.pdf"}],
        )

    def test_a_payment_between_queueing_and_sending_stops_the_mail(self):
        """S0.4: the mail is cancelled, with the reason."""
        notice = self.prepare()
        with self.mock_mail_gateway():
            notice._action_send(TODAY)
            self.pay(notice.line_ids.move_id)
            self.env["mail.mail"].search([("state", "=", "outgoing")]).send()
            self.assertNotSentEmail()
        self.assertEqual(notice.state, "cancelled")
        self.assertIn("was settled since", notice.state_reason)

    def test_a_refused_mail_is_shown_on_its_notice(self):
        """Design, rule 8."""
        notice = self.prepare()
        with self.mock_mail_gateway():
            notice._action_send(TODAY)
            mails = self.env["mail.mail"].search([("state", "=", "outgoing")])
            self.send_email_mocked.side_effect = MailDeliveryException("Mailbox full")
            with mute_logger("odoo.addons.mail.models.mail_mail"):
                mails.send()
        self.assertEqual(notice.state, "failed")
        self.assertIn("Mailbox full", notice.state_reason)
        notice.with_user(self.collector).action_validate()
        self.assertEqual(notice.state, "validated")

    def test_a_mail_whose_notice_is_cancelled_never_leaves(self):
        notice = self.prepare()
        with self.mock_mail_gateway():
            notice._action_send(TODAY)
            self.env["account.dunning.notice.cancel"].with_user(self.collector).create(
                {"notice_ids": notice.ids, "reason": "Paid in cash"}
            ).action_confirm()
            self.get_mails(notice).send()
            self.assertNotSentEmail()

    def test_only_the_customer_s_mail_decides_on_the_outcome(self):
        """A copy for a follower that fails must not make a person send again."""
        notice = self.prepare()
        notice.message_subscribe(self.manager.partner_id.ids)
        with self.mock_mail_gateway():
            notice._action_send(TODAY)
            mails = self.get_mails(notice)
            copy = mails.filtered(lambda mail: mail.recipient_ids == self.manager.partner_id)
            self.assertEqual((len(copy), len(mails)), (1, 2))
            self.send_email_mocked.side_effect = MailDeliveryException("Mailbox full")
            with mute_logger("odoo.addons.mail.models.mail_mail"):
                copy.send()
            self.assertEqual(notice.state, "queued")
            self.send_email_mocked.side_effect = None
            (mails - copy).send()
        self.assertEqual(notice.state, "sent")

    def test_a_follower_s_copy_says_nothing_of_the_customer_s_mail(self):
        """The customer reads in Odoo, and got no e-mail; a copy that leaves changes nothing."""
        notice = self.prepare()
        notice.message_subscribe(self.manager.partner_id.ids)
        with self.mock_mail_gateway():
            notice._action_send(TODAY)
            mails = self.get_mails(notice)
            copy = mails.filtered(lambda mail: mail.recipient_ids == self.manager.partner_id)
            (mails - copy).unlink()
            notice._transition("failed", "It reads in Odoo")
            copy.send()
        self.assertEqual(notice.state, "failed")

    def test_a_failed_mail_sent_again_from_the_queue_is_sent(self):
        notice = self.prepare()
        with self.mock_mail_gateway():
            notice._action_send(TODAY)
            mail = self.get_mails(notice)
            self.send_email_mocked.side_effect = MailDeliveryException("Mailbox full")
            with mute_logger("odoo.addons.mail.models.mail_mail"):
                mail.send()
            self.send_email_mocked.side_effect = None
            mail.mark_outgoing()
            mail.send()
        self.assertEqual(notice.state, "sent")

    def test_an_archived_contact_is_a_failure_that_is_shown(self):
        """Design, rule 8: Odoo makes no mail for an archived contact."""
        notice = self.prepare()
        self.customer.active = False
        with self.mock_mail_gateway():
            notice._action_send(TODAY)
        self.assertEqual(notice.state, "failed")
        self.assertIn("is archived", notice.state_reason)

    def test_a_customer_without_address_gets_a_letter(self):
        notice = self.prepare(partner=self.make_customer("No address", email=False))
        self.assertEqual((notice.channel, notice.state), ("letter", "draft"))

    def test_the_invoice_contact_receives(self):
        contact = self.make_customer(
            "Accounts payable", parent_id=self.customer.id, type="invoice", is_company=False
        )
        notice = self.prepare()
        self.assertEqual(notice.contact_id, contact)
        self.assertEqual(notice.partner_id, self.customer)

    # === Checked again ===#

    def check_cancelled(self, change, reason):
        notice = self.prepare()
        change(notice.line_ids.move_id)
        notice.with_user(self.collector).action_send()
        self.assertEqual(notice.state, "cancelled")
        self.assertIn(reason, notice.state_reason)

    def test_paid_since(self):
        self.check_cancelled(self.pay, "was settled since")

    def test_partly_paid_since(self):
        self.check_cancelled(lambda invoice: self.pay(invoice, 100), "open amount changed")

    def test_contested_since(self):
        """Opening the dispute cancels already: this is for what changes afterwards."""
        notice = self.prepare()
        invoice = notice.line_ids.move_id
        self.patch(self.registry["account.dispute"], "_stop_notices", lambda dispute: None)
        self.contest(invoice, 1)
        notice.with_user(self.collector).action_send()
        self.assertEqual(notice.state, "cancelled")
        self.assertIn("contested amount changed", notice.state_reason)

    def test_blocked_since(self):
        self.check_cancelled(lambda invoice: invoice.action_toggle_block_payment(), "was blocked")

    def test_excluded_since(self):
        def exclude(invoice):
            invoice.no_followup = True

        self.check_cancelled(exclude, "was blocked")

    def test_credit_arrived_since(self):
        self.check_cancelled(lambda _invoice: self.make_invoice(amount=-10), "credit or a payment")

    def test_credit_in_another_currency_changes_nothing(self):
        """It is not on the notice, which is in one currency: neither at first nor later."""
        self.make_invoice(amount=-10, currency_id=self.foreign_currency.id)
        notice = self.prepare()
        notice._action_send(TODAY)
        self.assertEqual(notice.state, "queued", notice.state_reason)

    def test_a_listed_invoice_blocked_since(self):
        """It claims what no step reaches too: what is blocked is not claimed."""
        listed = self.make_overdue_invoice(10)
        reminder = self.run_dunning(on_date=days_ago(9)).notice_ids
        reminder._action_send(TODAY)
        reminder._set_outcome(False)
        notice = self.prepare(5)
        self.assertEqual(notice.line_ids.filtered(lambda line: not line.step_id).move_id, listed)
        listed.action_toggle_block_payment()
        notice._action_send(TODAY)
        self.assertEqual(notice.state, "cancelled")

    def test_receivable_lines_made_anew_leave_the_history(self):
        """An invoice that was reminded can be reset to draft and changed."""
        halves = [
            Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
            for days in (0, 5)
        ]
        terms = self.env["account.payment.term"].create({"name": "Halves", "line_ids": halves})
        invoice = self.make_overdue_invoice(10, invoice_payment_term_id=terms.id)
        notice = self.run_dunning().notice_ids
        claimed = notice.line_ids.mapped("claimed")
        invoice.button_draft()
        invoice.invoice_payment_term_id = self.env.ref("account.account_payment_term_immediate")
        invoice.action_post()
        self.assertEqual(notice.line_ids.mapped("claimed"), claimed)
        notice._action_send(TODAY)
        self.assertEqual(notice.state, "cancelled")

    def test_nothing_changed(self):
        notice = self.prepare()
        self.make_overdue_invoice(3, partner=self.make_customer("Somebody else"))
        notice.with_user(self.collector).action_send()
        self.assertEqual(notice.state, "queued")

    def test_a_cancelled_notice_frees_its_step(self):
        notice = self.prepare()
        invoice = notice.line_ids.move_id
        self.pay(invoice, 100)
        notice._action_send(TODAY)
        again = self.run_dunning().notice_ids
        self.assertEqual(again.amount_claimed, 900)
        self.assertEqual(again.step_id, notice.step_id)

    # === States and rights ===#

    def test_a_formal_notice_waits_for_a_person(self):
        """Design, rule 10."""
        self.scenario.entry = "age"
        self.scenario.step_ids.is_automatic = True
        notice = self.prepare(40)
        self.assertEqual((notice.tone, notice.state), ("formal", "draft"))
        self.process()
        self.assertEqual(notice.state, "draft")

    def test_a_call_is_an_activity_of_the_collector(self):
        """S4.7."""
        self.customer.write({"collector_id": self.collector.id, "phone": "04 67 00 00 00"})
        notice = self.prepare(-10)
        self.assertEqual(notice.channel, "call")
        self.assertEqual(notice.activity_ids.user_id, self.collector)

    def test_an_assistant_posts_and_does_not_validate(self):
        notice = self.prepare(partner=self.make_customer("No address", email=False))
        as_assistant = notice.with_user(self.assistant)
        with self.assertRaisesRegex(UserError, "role"):
            as_assistant.action_validate()
        self.assertFalse(as_assistant.can_validate)
        notice.with_user(self.collector).action_validate()
        as_assistant.action_send()
        self.assertEqual(notice.state, "sent")

    def test_an_auditor_changes_nothing(self):
        notice = self.prepare()
        for method in ("action_validate", "action_send", "action_cancel"):
            with self.assertRaises(AccessError):
                getattr(notice.with_user(self.auditor), method)()

    def test_the_state_is_not_written_from_outside(self):
        notice = self.prepare()
        for context in ({}, {"account_dunning_transition": True}):
            with self.assertRaisesRegex(UserError, "by its buttons"):
                notice.with_user(self.manager).with_context(**context).write({"state": "sent"})

    def test_of_a_selection_those_that_can_are_done(self):
        notices = self.prepare(partner=self.make_customer("No address", email=False))
        notices |= self.prepare(partner=self.make_customer("Automatic"))
        notices.with_user(self.collector).action_validate()
        self.assertEqual(set(notices.mapped("state")), {"validated"})
        with self.assertRaisesRegex(UserError, "To send"):
            notices.with_user(self.collector).action_validate()

    def test_cancelling_asks_why(self):
        notice = self.prepare().with_user(self.collector)
        action = notice.action_cancel()
        wizard = self.env[action["res_model"]].with_user(self.collector)
        wizard.with_context(**action["context"]).create({"reason": "Paid in cash"}).action_confirm()
        self.assertRecordValues(notice, [{"state": "cancelled", "state_reason": "Paid in cash"}])

    def test_what_a_person_cancelled_waits_for_a_person(self):
        notice = self.prepare().with_user(self.collector)
        self.assertEqual(notice.state, "validated")
        action = notice.action_cancel()
        wizard = self.env[action["res_model"]].with_user(self.collector)
        wizard.with_context(**action["context"]).create({"reason": "Promised"}).action_confirm()
        again = self.run_dunning(TODAY + timedelta(days=1)).notice_ids
        self.assertEqual(again.line_ids.move_line_id, notice.line_ids.move_line_id)
        self.assertEqual(again.state, "draft")

    def test_gaps_count_from_the_day_it_left(self):
        """Prepared on D+21 and sent on D+45: the formal notice waits its ten days."""
        invoice = self.make_overdue_invoice(21)
        first = self.run_dunning(days_ago(20)).notice_ids
        first._action_send(days_ago(20))
        first._set_outcome(False)
        firm = self.run_dunning(TODAY).notice_ids
        self.assertEqual(firm.tone, "firm")
        sent_on = TODAY + timedelta(days=24)
        firm._transition("validated")
        firm._action_send(sent_on)
        firm._set_outcome(False)
        self.assertFalse(self.run_dunning(sent_on + timedelta(days=9)).notice_ids)
        formal = self.run_dunning(sent_on + timedelta(days=10)).notice_ids
        self.assertEqual((formal.tone, formal.line_ids.move_id), ("formal", invoice))

    def test_a_notice_does_not_leave_after_its_own_deadline(self):
        notice = self.prepare()
        late = notice.deadline + timedelta(days=1)
        notice._action_send(late)
        self.assertEqual(notice.state, "cancelled")
        self.assertIn("deadline", notice.state_reason)

    def test_what_was_sent_is_frozen(self):
        """Design, rule 6."""
        notice = self.prepare()
        notice._action_send(TODAY)
        with self.assertRaisesRegex(UserError, "frozen"):
            notice.with_user(self.manager).write({"amount_claimed": 1})
        with self.assertRaisesRegex(UserError, "frozen"):
            notice.with_user(self.manager).write({"pdf_sha256": "0" * 64})
        with self.assertRaisesRegex(UserError, "proof"):
            self.env["account.dunning.notice.line"].sudo().create(
                {"notice_id": notice.id, "move_line_id": notice.line_ids.move_line_id.id}
            )
        notice.with_user(self.collector).user_id = self.collector
        with self.assertRaisesRegex(UserError, "proof"):
            notice.with_user(self.manager).unlink()
        with self.assertRaisesRegex(UserError, "proof"):
            notice.line_ids.sudo().unlink()

    def test_nobody_makes_or_changes_a_notice_by_hand(self):
        """An assistant could otherwise have any attachment sent to any address."""
        notice = self.prepare()
        secret = self.env["ir.attachment"].create({"name": "Secret", "raw": b"secret"})
        for values in ({"attachment_id": secret.id}, {"contact_id": self.portal.partner_id.id}):
            with self.assertRaisesRegex(UserError, "frozen"):
                notice.with_user(self.assistant).write(values)
        values = notice.copy_data()[0] | {"state": "sent"}
        with self.assertRaises(AccessError):
            self.env["account.dunning.notice"].with_user(self.manager).create(values)

    def test_the_pdf_is_not_deleted(self):
        """Design, rule 6."""
        notice = self.prepare()
        notice._action_send(TODAY)
        with self.assertRaisesRegex(UserError, "is the proof of"):
            notice.attachment_id.with_user(self.collector).unlink()

    def test_one_bad_customer_does_not_stop_the_others(self):
        """Design, rule 8."""
        good = self.prepare()
        bad = self.prepare(partner=self.make_customer("Bad"))
        bad.sudo().lang = "xx_XX"
        self.process()
        self.assertEqual(good.state, "queued")
        self.assertTrue(good.attachment_id)
        self.assertEqual(bad.state, "failed")
        self.assertTrue(bad.state_reason)
