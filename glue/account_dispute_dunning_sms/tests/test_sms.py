from odoo.tests import tagged

from odoo.addons.account_dispute_dunning.tests.common import TODAY, CollectionsCommon
from odoo.addons.sms.tests.common import SMSCase

NUMBER = "+33612345678"


@tagged("post_install", "-at_install")
class TestSms(CollectionsCommon, SMSCase):
    """A step by text message: prepared, checked, queued and answered as an e-mail is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dunning_scenario_id = cls.make_scenario(
            {"offset_days": 1, "channel": "sms", "is_automatic": True, "sms_text": "Hello!"}
        )
        cls.customer.write({"phone": NUMBER, "country_id": cls.env.ref("base.fr").id})

    def prepare(self):
        self.make_overdue_invoice(10, amount=250)
        return self.run_dunning().notice_ids

    def get_texts(self, notice):
        return self.env["sms.sms"].search([("mail_message_id", "in", notice.message_id.ids)])

    def test_an_automatic_text_leaves_through_the_queue(self):
        notice = self.prepare()
        self.assertEqual((notice.channel, notice.state), ("sms", "validated"))
        notice._process(TODAY)
        self.assertEqual(notice.state, "queued")
        [text] = self.get_texts(notice)
        self.assertEqual((text.number, text.state), (NUMBER, "outgoing"))
        self.assertTrue(text.body.startswith("Hello! "), text.body)
        self.assertIn("250.00", text.body)
        self.assertFalse(notice.attachment_id, "no letter is rendered")
        with self.mockSMSGateway():
            text._send()
        self.assertEqual(notice.state, "sent")
        self.assertEqual(notice.done_on, TODAY)
        self.assertEqual([sms["number"] for sms in self._sms], [NUMBER])

    def test_the_queue_is_found_by_the_scheduled_action(self):
        notice = self.prepare()
        waiting = self.env["account.dunning.notice"].search(notice._get_domain_to_process(TODAY))
        self.assertIn(notice, waiting)

    def test_without_a_valid_number_it_is_an_email(self):
        self.customer.phone = False
        notice = self.prepare()
        self.assertEqual((notice.channel, notice.state), ("email", "draft"))
        self.assertIn("no valid phone number", notice.channel_reason)

    def test_a_number_that_became_wrong_is_told(self):
        notice = self.prepare()
        self.customer.phone = False
        notice._process(TODAY)
        self.assertEqual(notice.state, "failed")
        self.assertIn("no valid phone number", notice.state_reason)

    def test_who_asked_for_none_gets_none(self):
        notice = self.prepare()
        self.env["phone.blacklist"].add(NUMBER)
        notice._process(TODAY)
        self.assertEqual(notice.state, "failed")
        self.assertFalse(self.get_texts(notice))

    def test_a_payment_before_it_leaves_stops_it(self):
        """Design, rule 5."""
        notice = self.prepare()
        notice._process(TODAY)
        text = self.get_texts(notice)
        self.pay(notice.line_ids.move_id)
        with self.mockSMSGateway():
            text._send()
        self.assertFalse(self._sms)
        self.assertEqual((notice.state, text.state), ("cancelled", "canceled"))

    def test_a_refused_text_says_why(self):
        notice = self.prepare()
        notice._process(TODAY)
        with self.mockSMSGateway(sim_error="wrong_number_format"):
            self.get_texts(notice)._send()
        self.assertEqual((notice.state, notice.is_ambiguous), ("failed", False))
        self.assertEqual(notice.state_reason, "Wrong Number Format")

    def test_a_service_that_does_not_answer_leaves_a_doubt(self):
        """It may have been sent: nothing sends it again without a person."""
        notice = self.prepare()
        notice._process(TODAY)
        text = self.get_texts(notice)
        with self.mockSMSGateway(sim_error="jsonrpc_exception"):
            text._send()
        self.assertEqual((notice.state, notice.is_ambiguous), ("failed", True))
        with self.mockSMSGateway():
            text.resend_failed()
        self.assertFalse(self._sms)

    def test_a_formal_notice_never_goes_by_itself(self):
        step = self.company.dunning_scenario_id.step_ids
        self.assertTrue(step._is_sent_without_review())
        step.tone = "formal"
        self.assertFalse(step._is_sent_without_review())
