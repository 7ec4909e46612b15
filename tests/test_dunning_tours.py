from datetime import timedelta

from odoo.tests import HttpCase, tagged

from .common import TODAY
from .common_notices import NoticesCommon
from .test_dunning_answers import REPLY

NOTICES = "/odoo/action-account_dispute_dunning.account_dunning_notice_action"


@tagged("post_install", "-at_install")
class TestDunningTours(NoticesCommon, HttpCase):
    """Reminders in the browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.alias_domain_id = cls.env["mail.alias.domain"].create(
            {"name": "collections.example"}
        )

    def play(self, path, tour, login="collector"):
        self.start_tour(path, f"account_dispute_dunning_{tour}", login=f"collections_{login}")

    def test_from_a_simulation_to_an_answer(self):
        """Simulate, activate, run, review, send; the customer answers, and the next step waits."""
        self.steps[1].is_automatic = False
        self.steps[21].min_gap_days = 0
        partner = self.make_customer("Answering Customer", collector_id=self.collector.id)
        invoice = self.make_overdue_invoice(22, partner=partner)
        action = "/odoo/action-account_dispute_dunning.account_dunning_scenario_action"
        self.play(f"{action}/{self.scenario.id}", "scenario", login="manager")
        version = self.scenario.version_ids
        self.assertEqual((version.state, version.date_start), ("active", TODAY))

        self.play("/odoo/action-account_dispute_dunning.account_dunning_run_action", "send")
        line = self.env["account.dunning.notice.line"].search([("move_id", "=", invoice.id)])
        notice = line.notice_id
        self.assertEqual((notice.state, notice.scenario_id), ("queued", version))
        self.assertEqual(line.root_step_id, self.steps[1])

        with self.mock_mail_gateway():
            self.get_mails(notice).send()
            answer = REPLY.format(
                sender=partner.email_formatted,
                to=notice.message_id.reply_to,
                number="answer",
                message_id=notice.message_id.message_id,
                headers="",
            )
            self.env["mail.thread"].sudo().message_process(None, answer)
        self.assertEqual(notice.state, "sent")
        self.play(f"{NOTICES}/{notice.id}", "answered")
        self.assertFalse(self.run_dunning().notice_ids)
        self.assertEqual(self.get_decisions(invoice).reason, "waiting_reply")
        self.play(f"/odoo/action-account.action_move_out_invoice_type/{invoice.id}", "why")

    def test_a_call_and_what_follows(self):
        """S4.13: the outcome leads to the next action."""
        partner = self.make_customer(
            "Called Customer", collector_id=self.collector.id, phone="+33 4 00 00 00 40"
        )
        self.make_invoice(due=TODAY + timedelta(days=10), partner=partner)
        call = self.run_dunning().notice_ids
        self.play(f"{NOTICES}/{call.id}", "call")
        self.assertEqual((call.state, call.call_outcome), ("sent", "promise"))
        treatment = self.env["account.dunning.treatment"].search([("partner_id", "=", partner.id)])
        self.assertTrue(treatment.is_paused)
        self.assertEqual(treatment.notice_id, call)

    def test_a_formal_notice_is_decided_by_a_person(self):
        """S4.18: certain, liquid, due; and who sends it in spite of that says why."""
        notice = self.prepare(channel="letter", tone="formal", deadline_days=8)
        self.assertEqual((notice.state, notice.checklist_light), ("draft", "orange"))
        self.play(f"{NOTICES}/{notice.id}", "formal")
        self.assertEqual((notice.state, notice.override_user_id), ("validated", self.collector))
        self.assertIn("paper file", notice.override_reason)
