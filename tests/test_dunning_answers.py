from odoo.tests import tagged

from .common import TODAY
from .common_notices import NoticesCommon

REPLY = """\
From: {sender}
To: {to}
Subject: Re: Payment due
Message-ID: <{number}@customer.example>
In-Reply-To: {message_id}
References: {message_id}
{headers}MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"

We pay on Friday.
"""
BOUNCE = """\
From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{number}@mx.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain; charset="utf-8"

I could not deliver your message: mailbox full.

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.2.2

--part
Content-Type: text/rfc822-headers

Message-ID: {message_id}
Subject: Payment due

--part--
"""


@tagged("post_install", "-at_install")
class TestDunningAnswers(NoticesCommon):
    """What comes back by e-mail: answers, machines' answers, mails that bounce."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.alias_domain_id = cls.env["mail.alias.domain"].create(
            {"name": "collections.example"}
        )

    def send(self, **values):
        notice = self.queue(**values)
        with self.mock_mail_gateway():
            self.get_mails(notice).sudo().send()
        self.assertEqual(notice.state, "sent")
        return notice

    def receive(self, template, notice, sender=None, headers=""):
        """The mail gateway reads a raw e-mail that answers a notice."""
        mail = template.format(
            sender=sender or self.customer.email_formatted,
            recipient=self.customer.email,
            to=notice.message_id.reply_to,
            message_id=notice.message_id.message_id,
            number=f"{len(notice.message_ids)}-{notice.id}",
            headers=headers,
        )
        with self.mock_mail_gateway():
            self.env["mail.thread"].sudo().message_process(None, mail)

    # === Replies (S0.29) ===#

    def test_an_answer_comes_to_the_notice_and_its_collector(self):
        notice = self.send()
        self.receive(REPLY, notice)
        answer = notice.message_ids[0]
        self.assertIn("catchall@collections.example", notice.message_id.reply_to)
        self.assertIn("We pay on Friday", answer.body)
        self.assertEqual(notice.replied_on.date(), TODAY)
        self.assertEqual(notice.state, "sent")
        self.assertIn(self.collector.partner_id, answer.notified_partner_ids)

    def test_what_leaves_by_itself_waits_for_days(self):
        notice = self.send()
        again = self.prepare(automatic=True)
        self.receive(REPLY, notice)
        self.process()
        self.assertEqual(again.state, "validated")
        self.assertIn("The customer answered", again.state_reason)

    def test_the_answer_of_a_machine_is_none(self):
        notice = self.send()
        for header in (
            "Auto-Submitted: auto-replied\n",
            "Auto-Submitted: auto-generated; owner-email=x\n",
            "X-Autoreply: yes\n",
            "X-Autorespond: On holiday\n",
            "Precedence: auto_reply\n",
            "Precedence: bulk\n",
        ):
            self.receive(REPLY, notice, headers=header)
            self.assertFalse(notice.replied_on, header)
        self.receive(REPLY, notice, headers="Auto-Submitted: no\n")
        self.assertTrue(notice.replied_on)

    def test_the_answer_of_a_colleague_is_none(self):
        notice = self.send()
        self.receive(REPLY, notice, sender=self.collector.email_formatted)
        self.assertFalse(notice.replied_on)

    def test_another_address_of_the_customer_answers_as_well(self):
        notice = self.send()
        self.receive(REPLY, notice, sender="Marie <marie@elsewhere.example>")
        self.assertTrue(notice.replied_on)

    def test_who_answers_has_received_it(self):
        """The connection broke while it was sent, and nobody knew."""
        notice = self.queue()
        notice._set_ambiguous("Connection unexpectedly closed")
        self.receive(REPLY, notice)
        self.assertRecordValues(notice, [{"state": "sent", "is_ambiguous": False}])

    # === Bounces (S4.11) ===#

    def test_a_mail_that_bounces_is_shown_and_a_contact_is_looked_for(self):
        notice = self.send()
        self.receive(BOUNCE, notice)
        self.assertRecordValues(notice, [{"state": "failed", "is_bounced": True}])
        self.assertIn("came back", notice.state_reason)
        self.assertTrue(self.customer.is_unreachable)
        self.assertEqual(notice.activity_ids.user_id, self.collector)
        self.assertIn("came back", notice.activity_ids.note)
        self.assertFalse(notice.replied_on)

    def test_one_activity_however_often_it_bounces(self):
        notice = self.send()
        self.receive(BOUNCE, notice)
        notice._ask_for_contact("Wrong contact")
        self.assertEqual(len(notice.activity_ids), 1)

    def test_what_a_person_cancelled_is_not_revived_by_a_second_bounce(self):
        notice = self.send()
        self.receive(BOUNCE, notice)
        notice.with_user(self.collector)._cancel_by_person("They moved")
        again = self.run_dunning().notice_ids
        self.assertEqual(again.line_ids.root_step_id, notice.line_ids.root_step_id)
        self.receive(BOUNCE, notice)
        self.assertEqual(notice.state, "cancelled")

    def test_without_collector_somebody_is_asked(self):
        notice = self.send()
        notice.user_id = False
        self.receive(BOUNCE, notice)
        self.assertTrue(
            notice.activity_ids.user_id.has_group("account_dispute_dunning.group_collector")
        )

    def test_a_copy_that_bounces_changes_nothing(self):
        notice = self.send()
        notice._message_receive_bounce("somebody@else.example", self.manager.partner_id)
        self.assertEqual(notice.state, "sent")

    def test_no_mail_goes_to_who_bounced(self):
        self.receive(BOUNCE, self.send())
        step = self.make_scenario(1).step_ids
        channel, reason = self.env["account.dunning.notice"]._choose_channel(step, self.customer)
        self.assertEqual(channel, "letter")
        self.assertIn("can't be reached by e-mail", reason)
