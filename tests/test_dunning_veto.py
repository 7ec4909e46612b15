from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common import TODAY, CollectionsCommon, days_ago


@tagged("post_install", "-at_install")
class TestDunningVeto(CollectionsCommon):
    """A salesperson stops formal notices for a while: with a reason, until a day (S1.24)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scenario.entry = "age"
        cls.salesperson = cls.make_user("salesperson", "base.group_user")

    def setUp(self):
        super().setUp()
        self.invoice = self.make_overdue_invoice(40, invoice_user_id=self.salesperson.id)
        # Contested itself, it would not be certain: no formal notice either.
        other = self.make_invoice(
            due=TODAY + timedelta(days=30), invoice_user_id=self.salesperson.id
        )
        self.dispute = self.contest(other, 300)
        self.until = TODAY + timedelta(days=10)

    def veto(self, user):
        """Through the button of the dispute, as the web client does."""
        action = self.dispute.with_user(user).action_veto()
        model = self.env[action["res_model"]].with_user(user)
        with Form(model.with_context(**action["context"])) as form:
            form.reason = "We negotiate next year's contract"
            form.date_end = self.until
        return form.record

    def test_the_salesperson_of_the_invoice_vetoes(self):
        veto = self.veto(self.salesperson)
        self.assertRecordValues(
            veto,
            [
                {
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "user_id": self.salesperson.id,
                    "dispute_id": self.dispute.id,
                }
            ],
        )
        history = " ".join(self.dispute.message_ids.mapped("body"))
        self.assertIn("asks for no formal notice", history)
        self.assertFalse(self.run_dunning().notice_ids)
        decision = self.get_decisions(self.invoice)
        self.assertEqual(
            (decision.reason, decision.next_date), ("vetoed", self.until + timedelta(days=1))
        )
        self.assertFalse(self.run_dunning(self.until).notice_ids)
        notice = self.run_dunning(self.until + timedelta(days=1)).notice_ids
        self.assertEqual(notice.tone, "formal")

    def test_a_collector_vetoes_too(self):
        self.assertEqual(self.veto(self.collector).user_id, self.collector)

    def test_reminders_go_on(self):
        self.veto(self.salesperson)
        young = self.make_overdue_invoice(5)
        notice = self.run_dunning().notice_ids
        self.assertEqual(notice.tone, "courteous")
        self.assertIn(young, notice.line_ids.move_id)

    def test_a_formal_notice_that_did_not_leave_is_cancelled(self):
        notice = self.run_dunning().notice_ids
        self.assertEqual(notice.tone, "formal")
        self.veto(self.salesperson)
        self.assertEqual(notice.state, "cancelled")
        self.assertIn("We negotiate", notice.state_reason)

    def test_checked_again_before_it_leaves(self):
        """Prepared by a run that decided before the veto."""
        killed = self.env["account.dunning.run"]._start(self.company, TODAY)
        self.veto(self.salesperson)
        for _count in killed._prepare_in_batches():
            pass
        notice = killed.notice_ids
        notice._transition("validated")
        notice._action_send(TODAY)
        self.assertEqual(notice.state, "cancelled")
        self.assertIn("We negotiate", notice.state_reason)

    def test_ended_early(self):
        self.veto(self.salesperson).with_user(self.collector).action_archive()
        self.assertEqual(self.run_dunning().notice_ids.tone, "formal")

    def test_a_contact_s_veto_is_the_company_s(self):
        contact = self.make_customer("Desk", parent_id=self.customer.id, is_company=False)
        values = {"partner_id": contact.id, "reason": "Talks", "date_end": self.until}
        self.env["account.dunning.veto"].with_user(self.collector).create(values)
        self.assertFalse(self.run_dunning().notice_ids)

    def test_a_reason_and_a_day_to_come_are_needed(self):
        vetoes = self.env["account.dunning.veto"].with_user(self.collector)
        with self.assertRaisesRegex(ValidationError, "is over"):
            vetoes.create(
                {"partner_id": self.customer.id, "reason": "Talks", "date_end": days_ago(1)}
            )
        for field in ("reason", "date_end"):
            self.assertTrue(vetoes._fields[field].required)

    def test_other_salespeople_do_not(self):
        stranger = self.make_user("stranger", "base.group_user")
        with self.assertRaises(AccessError):
            self.dispute.with_user(stranger).action_veto()
        for user in (self.auditor, self.invoicing):
            with self.assertRaises(AccessError):
                self.dispute.with_user(user).action_veto()

    def test_a_salesperson_without_role_only_from_an_own_dispute(self):
        other = self.contest(self.make_overdue_invoice(5, invoice_user_id=self.manager.id), 10)
        vetoes = self.env["account.dunning.veto"].with_user(self.salesperson)
        values = {"partner_id": self.customer.id, "reason": "Talks", "date_end": self.until}
        for dispute in (self.env["account.dispute"], other):
            with self.assertRaises(AccessError):
                vetoes.create(values | {"dispute_id": dispute.id})
        veto = self.veto(self.salesperson)
        with self.assertRaises(AccessError):
            veto.date_end = self.until + timedelta(days=100)

    def test_a_dispute_of_another_customer(self):
        stranger = self.make_customer("Somebody else")
        with self.assertRaisesRegex(ValidationError, "is not about"):
            self.env["account.dunning.veto"].create(
                {
                    "partner_id": stranger.id,
                    "dispute_id": self.dispute.id,
                    "reason": "Talks",
                    "date_end": self.until,
                }
            )
