from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import TODAY, CollectionsCommon, days_ago


@tagged("post_install", "-at_install")
class TestDisputeOverview(CollectionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.make_overdue_invoice(40)
        cls.dispute = cls.contest(cls.invoice, 300)

    def alerts(self, dispute=None):
        dispute = dispute or self.dispute
        dispute.invalidate_recordset()
        return dispute.alerts or {}

    def make_suspicion(self, amount):
        disputes = self.env["account.dispute"]
        lines = self.make_overdue_invoice(20)._get_receivable_lines()
        return disputes.create(
            {
                "partner_id": self.customer.id,
                "reason_id": self.reason.id,
                "line_ids": disputes._prepare_from_amounts(lines, amount),
            }
        )

    def test_totals_leave_out_suspicions_and_what_is_settled(self):
        """The sum of *In Dispute* is what is held; a suspicion has a column of its own."""
        suspicion = self.make_suspicion(200)
        settled = self.contest(self.make_overdue_invoice(10), 150)
        self.close_dispute(settled)
        disputes = self.dispute | suspicion | settled
        self.assertRecordValues(
            disputes,
            [
                {"open_amount": 300, "suspected_amount": 0},
                {"open_amount": 0, "suspected_amount": 200},
                {"open_amount": 0, "suspected_amount": 0},
            ],
        )
        rows = self.env["account.dispute"]._read_group(
            [("id", "in", disputes.ids)], [], ["open_amount:sum", "suspected_amount:sum"]
        )
        self.assertEqual(rows, [(300, 200)])

    def test_a_suspicion_says_that_all_is_claimed(self):
        """S0.19: who looks at a suspicion knows that it holds nothing."""
        self.assertEqual(list(self.alerts(self.make_suspicion(100))), ["suspicion", "missing"])

    def test_what_is_missing_is_said_first(self):
        """S0.11: the form says what the dispute lacks, and no more once it is there."""
        message = self.alerts()["missing"]["message"]
        self.assertIn("what the customer says", message)
        self.dispute.description = "The price is not the one of the order."
        self.assertNotIn("what the customer says", self.alerts()["missing"]["message"])

    def test_a_late_dispute_is_red(self):
        """S2.46, S1.11: the clocks that ran out are one alert, in words."""
        self.dispute.date_deadline = days_ago(1)
        self.assertEqual(self.alerts()["late"]["level"], "danger")
        self.dispute._action_wait("The signed order", TODAY + timedelta(days=5), self.env.cr.now())
        self.assertNotIn("late", self.alerts())
        self.assertIn("The signed order", self.alerts()["waiting"]["message"])

    def test_a_next_action_in_the_past_is_said(self):
        """S1.20: every open dispute has a next action from today on."""
        self.assertNotIn("next_action", self.alerts())
        self.dispute.next_action_date = days_ago(2)
        self.assertIn("06/28/2026", self.alerts()["next_action"]["message"])
        self.dispute.next_action_date = False
        self.assertIn("No next action", self.alerts()["next_action"]["message"])

    def test_a_closed_dispute_has_no_alert(self):
        self.close_dispute(self.dispute)
        self.assertFalse(self.alerts())

    def test_the_customer_shows_its_disputes(self):
        """The settled ones are counted too: the button stays when nothing is contested."""
        self.assertEqual(self.customer.dispute_count, 1)
        self.close_dispute(self.dispute)
        self.customer.invalidate_recordset()
        self.assertEqual((self.customer.dispute_count, self.customer.contested_amount), (1, 0))

    def test_invoices_in_dispute_are_found(self):
        other = self.make_overdue_invoice(5)
        domain = [
            ("id", "in", (self.invoice | other).ids),
            (
                "line_ids.dispute_line_ids.dispute_id.state",
                "not in",
                (False, "suspicion", "closed"),
            ),
        ]
        self.assertEqual(self.env["account.move"].search(domain), self.invoice)

    def test_every_role_opens_the_form(self):
        """Also a colleague who is asked, without what is not for colleagues (S1.23, S3.16)."""
        colleague = self.make_user("louis", "base.group_user")
        self.env["account.dispute.task"].create(
            {"dispute_id": self.dispute.id, "name": "Was it whole?", "user_id": colleague.id}
        )
        for user in (colleague, self.auditor, self.invoicing, self.assistant, self.collector):
            with self.subTest(user=user.name):
                form = Form(self.dispute.with_user(user).with_company(self.company))
                self.assertEqual(form.name, self.dispute.name)
                fields = form._view["fields"]
                self.assertEqual("line_ids" in fields, user != colleague)

    def test_settings_are_the_company_s(self):
        settings = self.env["res.config.settings"].create({"dispute_collector_limit": 750})
        settings.execute()
        self.assertEqual(self.company.dispute_collector_limit, 750)

    def test_the_board_moves_a_card_as_the_button_does(self):
        """A drop is the transition, with its guard: it says what is missing, or is done."""
        investigation = self.env.ref("account_dispute_dunning.dispute_stage_investigation")
        with self.assertRaisesRegex(UserError, "what the customer says"):
            self.dispute.stage_id = investigation
        self.dispute.description = "The price is not the one of the order."
        self.dispute.evidence_ids.write({"is_not_applicable": True})
        self.dispute.stage_id = investigation
        self.assertEqual(self.dispute.state, "investigating")
