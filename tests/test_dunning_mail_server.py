import smtplib
import socket
from contextlib import contextmanager, suppress
from datetime import datetime, time
from unittest.mock import patch

from aiosmtpd.controller import Controller

from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_notices import NoticesCommon

LOGGERS = ("odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server")


class Server:
    """An SMTP server that accepts, refuses an address, or breaks the connection after DATA."""

    def __init__(self):
        self.received = []
        self.refusals = {}  # address: answer
        self.breaks_after_data = False

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if answer := self.refusals.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):
        self.received.append(envelope.rcpt_tos[0])
        if self.breaks_after_data:
            server.transport.abort()
        return "250 Message accepted"


@tagged("post_install", "-at_install")
class TestDunningMailServer(NoticesCommon):
    """E-mails through a real SMTP server on this computer, and what may happen to them."""

    def setUp(self):
        super().setUp()
        self.server = Server()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.start(port)
        self.addCleanup(self.stop)
        self.env["ir.mail_server"].search([]).active = False
        self.env["ir.mail_server"].create(
            {"name": "Local", "smtp_host": "127.0.0.1", "smtp_port": port, "sequence": 1}
        )
        # Nothing but what a test queues.
        self.env["mail.mail"].search([("state", "=", "outgoing")]).state = "cancel"

    def start(self, port):
        self.controller = Controller(self.server, hostname="127.0.0.1", port=port)
        self.controller.start()

    def stop(self):
        if self.controller.server:
            self.controller.stop()

    @contextmanager
    def sending(self):
        """Odoo sends nothing in tests: here it does, and says in its log what fails."""
        servers = self.registry["ir.mail_server"]
        with patch.object(servers, "_disable_send", lambda _model: False), mute_logger(*LOGGERS):
            yield

    def run_queue(self):
        with self.sending():
            self.env["mail.mail"].sudo().process_email_queue()

    def queue_for(self, *names):
        return [self.queue(partner=self.make_customer(name)) for name in names]

    def test_accepted_it_is_sent_once(self):
        notice = self.queue()
        self.run_queue()
        self.run_queue()
        self.assertEqual(notice.state, "sent")
        self.assertEqual(self.server.received, [self.customer.email])

    def test_paid_between_queueing_and_sending(self):
        """S0.4: nothing reaches the server, and the notice says why."""
        notice = self.queue()
        self.pay(notice.line_ids.move_id)
        self.run_queue()
        self.assertFalse(self.server.received)
        self.assertEqual(notice.state, "cancelled")
        self.assertIn("was settled since", notice.state_reason)
        self.assertEqual(self.get_mails(notice).state, "cancel")

    def test_server_down_it_is_tried_again_and_sent_once(self):
        notice = self.queue()
        self.stop()
        self.run_queue()
        self.assertEqual(notice.state, "queued")
        self.assertIn("it is tried again", notice.state_reason)
        self.assertEqual(self.get_mails(notice).state, "outgoing")
        self.start(self.controller.port)
        self.run_queue()
        self.assertEqual(notice.state, "sent")
        self.assertFalse(notice.state_reason)
        self.assertEqual(self.server.received, [self.customer.email])

    def test_what_is_tried_again_leaves_in_the_hours_of_its_scenario(self):
        hours = {"send_from": 8, "send_until": 18}
        notices = self.queue(automatic=True, scenario=hours) | self.queue(
            partner=self.make_customer("By hand"), scenario=hours
        )
        self.stop()
        self.run_queue()
        self.start(self.controller.port)
        with freeze_time(datetime.combine(TODAY, time(22))):
            self.run_queue()
        self.assertEqual(notices.mapped("state"), ["queued", "sent"])
        self.run_queue()
        self.assertEqual(notices.mapped("state"), ["sent", "sent"])

    def test_server_down_too_long_a_person_is_told(self):
        notice = self.queue()
        notice.message_id.date = TODAY.replace(day=1)
        self.stop()
        self.run_queue()
        self.assertEqual(notice.state, "failed")

    def test_one_address_refused_the_others_leave(self):
        """S4.11: the refusal comes back to its notice, and somebody looks for a contact."""
        first, second, third = self.queue_for("First", "Second", "Third")
        self.server.refusals[second.contact_id.email] = "550 5.1.1 User unknown"
        second.user_id = self.collector
        self.run_queue()
        self.assertEqual((first.state, third.state), ("sent", "sent"))
        self.assertRecordValues(second, [{"state": "failed", "is_bounced": True}])
        self.assertIn("User unknown", second.state_reason)
        self.assertTrue(second.contact_id.is_unreachable)
        self.assertEqual(second.activity_ids.user_id, self.collector)
        self.assertFalse(first.activity_ids)

    def test_refused_for_the_moment_it_is_tried_again(self):
        """Greylisting: nothing was delivered, and nobody needs another contact."""
        notice = self.queue()
        self.server.refusals[self.customer.email] = "450 4.2.0 Greylisted"
        self.run_queue()
        self.assertEqual(notice.state, "queued")
        self.assertFalse(self.customer.is_unreachable)
        self.server.refusals.clear()
        self.run_queue()
        self.assertEqual(notice.state, "sent")
        self.assertEqual(self.server.received, [self.customer.email])

    # === Nobody knows ===#

    def break_connection(self):
        notice = self.queue()
        self.server.breaks_after_data = True
        self.run_queue()
        self.server.breaks_after_data = False
        return notice

    def test_dropped_after_data_it_is_never_sent_again_by_itself(self):
        notice = self.break_connection()
        self.assertRecordValues(notice, [{"state": "failed", "is_ambiguous": True}])
        self.assertIn("the customer may have it", notice.state_reason)
        mail = self.get_mails(notice)
        self.assertEqual(mail.state, "cancel")
        mail.mark_outgoing()  # an administrator's “Retry”
        self.run_queue()
        self.assertEqual(self.server.received, [self.customer.email])
        as_manager = notice.with_user(self.manager)
        for method in ("action_validate", "action_send", "action_send_by_letter"):
            with self.assertRaisesRegex(Exception, "whether it was received"):
                getattr(as_manager, method)()

    def test_nobody_deletes_what_may_have_arrived(self):
        """Its step would be prepared again, and sent, by the next run."""
        notice = self.break_connection()
        with self.assertRaisesRegex(Exception, "can't be deleted"):
            notice.with_user(self.manager).unlink()

    def test_the_rest_of_the_batch_stays_in_the_queue(self):
        first, second = self.queue_for("First", "Second")
        self.server.breaks_after_data = True
        self.run_queue()
        self.assertEqual((first.state, second.state), ("failed", "queued"))
        self.server.breaks_after_data = False
        self.run_queue()
        self.assertEqual((first.state, second.state), ("failed", "sent"))

    def test_not_received_a_person_sends_it_again(self):
        notice = self.break_connection().with_user(self.collector)
        notice.action_not_received()
        self.assertRecordValues(notice, [{"state": "validated", "is_ambiguous": False}])
        notice.action_send()
        self.run_queue()
        self.assertEqual(notice.state, "sent")
        self.assertEqual(self.server.received.count(self.customer.email), 2)

    def test_received_it_counts_as_sent(self):
        notice = self.break_connection().with_user(self.collector)
        with self.assertRaisesRegex(Exception, "role"):
            notice.with_user(self.assistant).action_received()
        notice.action_received()
        self.assertRecordValues(notice, [{"state": "sent", "is_ambiguous": False}])
        with self.assertRaisesRegex(Exception, "no doubt"):
            notice.action_received()

    def test_server_killed_while_it_is_sent(self):
        """What is committed before it leaves is the doubt: whatever happens then, Odoo does not
        send it again."""
        notice = self.queue()
        number = notice.id

        def kill(*_args, **_options):
            raise KeyboardInterrupt

        with self.enter_registry_test_mode():
            # Not `assertRaises`, which undoes what was committed.
            with (
                suppress(KeyboardInterrupt),
                self.sending(),
                patch.object(smtplib.SMTP, "send_message", kill),
                self.registry.cursor() as cr,
            ):
                self.get_mails(notice).with_env(self.env(cr=cr)).sudo().send(auto_commit=True)
            with self.registry.cursor() as cr:
                after = self.env(cr=cr)["account.dunning.notice"].browse(number)
                self.assertRecordValues(after, [{"state": "failed", "is_ambiguous": True}])

    def kill_while_sending(self):
        """What is left of it: the doubt, and Odoo's e-mail that is still in the queue."""
        notice = self.queue()
        notice._transition("failed", "The server stopped", is_ambiguous=True)
        self.assertEqual(self.get_mails(notice).state, "outgoing")
        return notice

    def test_received_before_the_server_was_killed_it_is_not_sent_again(self):
        """S0.4: neither when a person says so, nor when the customer answers."""
        said, answered = self.kill_while_sending(), self.kill_while_sending()
        said.with_user(self.collector).action_received()
        answered._set_replied()
        self.run_queue()
        self.assertNotIn(self.customer.email, self.server.received)
        self.assertEqual((said | answered).mapped("state"), ["sent", "sent"])

    def test_not_received_before_the_server_was_killed_it_is_sent_once(self):
        notice = self.kill_while_sending()
        notice.with_user(self.collector).action_not_received()
        self.run_queue()
        self.process()
        self.run_queue()
        self.assertEqual(self.server.received.count(self.customer.email), 1)

    def test_what_became_a_letter_is_not_tried_again_by_e_mail(self):
        notice = self.queue()
        mail = self.get_mails(notice)
        self.server.refusals[self.customer.email] = "550 5.1.1 User unknown"
        self.run_queue()
        notice.with_user(self.collector).action_send_by_letter()
        notice.with_user(self.assistant).action_send()
        self.server.refusals.clear()
        mail.mark_outgoing()  # an administrator's “Retry”
        self.run_queue()
        self.assertNotIn(self.customer.email, self.server.received)

    def test_what_was_queued_anew_leaves_no_earlier_mail_to_retry(self):
        notice = self.queue()
        first = self.get_mails(notice)
        notice._transition("failed", "Refused")
        first.state = "exception"
        notice.with_user(self.collector).action_send()
        self.assertNotEqual(self.get_mails(notice), first)
        self.assertEqual(first.state, "cancel")
