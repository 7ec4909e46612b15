from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCase

from .common_exchanges import ExchangesCommon


@tagged("post_install", "-at_install")
class TestDisputeTimeline(ExchangesCommon, MailCase):
    """E-mails both ways, letters, calls: one timeline, which moves the clocks (S0.13)."""

    def reply(self, exchange, email_from, body="<p>We agree.</p>"):
        """An e-mail that answers an exchange arrives at the gateway."""
        mail = f"""From: {email_from}
To: whoever@example.com
Subject: Re: {exchange.subject}
Message-Id: <{email_from}-{exchange.id}@mail.example.com>
In-Reply-To: {exchange.message_id.message_id}
References: {exchange.message_id.message_id}
Content-Type: text/html; charset=utf-8

{body}
"""
        with self.mock_mail_gateway(), mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process("res.partner", mail)

    def test_a_reply_by_email_threads_on_the_dispute(self):
        """S0.13: a reply is on the timeline, and ends the waiting."""
        exchange = self.dispute_as_collector._send_letter("answer")
        self.wait()
        self.reply(exchange, self.customer.email)
        received = self.get_exchanges() - exchange
        self.assertRecordValues(
            received,
            [
                {
                    "channel": "email",
                    "direction": "in",
                    "author_id": self.customer.id,
                    "recipient_id": self.collector.partner_id.id,
                }
            ],
        )
        self.assertIn("We agree.", received.body)
        self.assertFalse(self.dispute.is_waiting)

    def test_an_unknown_address_that_replies_is_the_customers(self):
        """Their accountant answers from an address that we do not have."""
        exchange = self.dispute_as_collector._send_letter("answer")
        self.reply(exchange, "accounts@papeterie.example.com")
        received = self.get_exchanges() - exchange
        self.assertEqual((received.direction, len(received.author_id)), ("in", 0))

    def test_a_third_party_that_replies_is_not_the_customer(self):
        exchange = self.dispute_as_collector._send_letter("answer")
        carrier = self.make_customer("Transports Gay")
        self.wait()
        self.reply(exchange, carrier.email)
        self.assertEqual(self.get_exchanges(), exchange)
        self.assertTrue(self.dispute.is_waiting)

    def test_a_message_to_the_customer_in_the_chatter_is_an_exchange(self):
        """A note is not; nor is a message among colleagues."""
        post = self.dispute_as_collector.message_post
        post(body="Between us", subtype_xmlid="mail.mt_note")
        post(
            body="To a colleague",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.manager.partner_id.ids,
        )
        self.assertFalse(self.get_exchanges())
        post(
            body="Dear customer",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.customer.ids,
        )
        exchange = self.get_exchanges()
        self.assertEqual((exchange.direction, exchange.recipient_id), ("out", self.customer))
        self.assertTrue(self.dispute.first_answered_on)

    def test_the_first_answer_is_a_persons(self):
        """S1.11: an automatic letter does not stop the clock of the first answer."""
        self.dispute_as_collector._send_letter("acknowledgement", automatic=True)
        self.assertFalse(self.dispute.first_answered_on)
        exchange = self.dispute_as_collector._send_letter("answer")
        self.assertEqual(self.dispute.first_answered_on, exchange.date)

    def log_call(self, user, **values):
        action = self.dispute.with_user(user).action_log_call()
        model = self.env[action["res_model"]].with_user(user).with_context(**action["context"])
        with Form(
            model, view="account_dispute_dunning.account_dispute_exchange_view_form_quick"
        ) as form:
            for name, value in values.items():
                setattr(form, name, value)
        return form.record

    def test_no_default_makes_proof(self):
        """S0.14: a file that the user may not read does not become a letter of ours."""
        secret = self.env["ir.attachment"].create(
            {"name": "secret", "raw": b"1", "res_model": "res.company", "res_id": self.company.id}
        )
        exchanges = self.env["account.dispute.exchange"].with_user(self.assistant)
        exchange = exchanges.with_context(
            default_attachment_id=secret.id, default_is_automatic=True, default_pdf_sha256="0"
        ).create({"dispute_id": self.dispute.id, "channel": "letter", "direction": "out"})
        self.assertRecordValues(
            exchange, [{"attachment_id": False, "is_automatic": False, "pdf_sha256": False}]
        )

    def test_an_assistant_logs_a_call(self):
        """S0.13: channel, direction, author, recipient, time."""
        call = self.log_call(self.assistant, direction="out", body="<p>He pays on Friday.</p>")
        self.assertRecordValues(
            call,
            [
                {
                    "channel": "call",
                    "direction": "out",
                    "author_id": self.assistant.partner_id.id,
                    "recipient_id": self.customer.id,
                }
            ],
        )
        self.assertEqual(self.dispute.first_answered_on, call.date)
        self.wait()
        call = self.log_call(self.assistant, direction="in")
        self.assertEqual(call.author_id, self.customer)
        self.assertEqual(call.recipient_id, self.assistant.partner_id)
        self.assertFalse(self.dispute.is_waiting)

    def test_a_call_stays_as_it_was_logged(self):
        call = self.log_call(self.collector)
        for user in (self.assistant, self.collector, self.manager):
            with self.assertRaises(AccessError):
                call.with_user(user).body = "Something else"
            with self.assertRaises(AccessError):
                call.with_user(user).unlink()

    def test_an_auditor_only_reads(self):
        with self.assertRaises(AccessError):
            self.dispute.with_user(self.auditor).action_log_call()
        for method in ("action_write", "action_send_restatement", "action_send_invoice_again"):
            with self.assertRaises(AccessError):
                getattr(self.dispute.with_user(self.auditor), method)()

    # === The dialogue ===#

    def open_dialogue(self, method="action_write"):
        action = getattr(self.dispute_as_collector, method)()
        model = self.env[action["res_model"]].with_user(self.collector)
        return Form(model.with_context(**action["context"]))

    def test_the_dialogue_suggests_edits_and_sends(self):
        """S2.39, S2.58: the words of the letter that fits, editable before they are sent."""
        with self.open_dialogue() as form:
            self.assertEqual((form.kind, form.channel), ("answer", "email"))
            self.assertEqual(form.letter_id.name, "Answer: invoicing")
            self.assertIn("Thank you for checking our invoice", form.body)
            self.assertFalse(form.warning)
            form.body = form.body.replace("without delay", "today")
        form.record.action_send()
        exchange = self.get_exchanges()
        self.assertIn("we shall correct it today", " ".join(exchange.body.split()))
        self.assertEqual(exchange.author_id, self.collector.partner_id)
        self.assertTrue(exchange._verify())

    def test_the_dialogue_warns_of_threats(self):
        """S2.57: no threat while a dispute is open."""
        with self.open_dialogue() as form:
            form.body = "<p>Sans réponse, nous saisirons notre <b>Huissier</b>.</p>"
            self.assertIn("“huissier”", form.warning)
        self.close_dispute(self.dispute, "unfounded")
        form.record.invalidate_recordset(["warning"])
        self.assertFalse(form.record.warning)

    def test_the_dialogue_follows_the_kind(self):
        self.close_dispute(self.dispute, "unfounded")
        with self.open_dialogue() as form:
            self.assertEqual(form.kind, "resumption")
            form.kind = "other"
            self.assertEqual(form.letter_id.name, "Free text")

    def test_the_problem_is_restated_before_it_is_sent(self):
        """S2.56: mailed to the customer for confirmation."""
        with self.assertRaisesRegex(UserError, "Restate the problem first"):
            self.dispute_as_collector.action_send_restatement()
        self.dispute.problem = "Billed 70, agreed 60."
        with self.open_dialogue("action_send_restatement") as form:
            self.assertIn("Billed 70, agreed 60.", form.body)
        form.record.action_send()
        self.assertEqual(self.get_exchanges().kind, "restatement")

    def test_an_assistant_does_not_write_to_customers(self):
        with self.assertRaisesRegex(UserError, "Only a collector writes"):
            self.dispute.with_user(self.assistant).action_write()
