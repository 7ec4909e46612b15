from datetime import timedelta

from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import TODAY, CollectionsCommon


@tagged("post_install", "-at_install")
class TestTours(CollectionsCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Letters are rendered while the test holds the database: nobody could serve their styles.
        cls.env["ir.config_parameter"].set_param("report.url", "http://127.0.0.1:9")

    def contest_in_browser(self, tour, name):
        """Play a tour on an overdue invoice of 1,000; returns the invoice and its dispute."""
        customer = self.make_customer(name, collector_id=self.collector.id)
        invoice = self.make_overdue_invoice(40, partner=customer)
        self.start_tour(
            f"/odoo/action-account.action_move_out_invoice_type/{invoice.id}",
            f"account_dispute_dunning_{tour}",
            login="collections_collector",
        )
        return invoice, self.env["account.dispute"].search([("partner_id", "=", customer.id)])

    def test_contest_a_receivable(self):
        """From the list: contest 300 of 1,000; 700 is left to claim, and the ledger agrees."""
        self.make_overdue_invoice(40, partner=self.make_customer("Contesting Customer"))
        self.start_tour(
            "/odoo/receivables", "account_dispute_dunning_contest", login="collections_collector"
        )
        dispute = self.env["account.dispute"].search([("contested_amount", "=", 300)])
        self.assertEqual(dispute.partner_id.name, "Contesting Customer")
        self.assertEqual(dispute.state, "open")

    def test_a_founded_dispute(self):
        """S3.15, S2.73: what was contested is credited, and the credit reconciled."""
        invoice, dispute = self.contest_in_browser("founded", "Right Customer")
        self.assertEqual((dispute.state, dispute.validity), ("closed", "founded"))
        self.assertEqual(dispute.resolution_id.credit_move_ids.payment_state, "paid")
        self.assertEqual(invoice.amount_residual, 700)
        self.assertEqual(invoice.contested_amount, 0)
        self.assert_ties_out()

    def test_a_partly_founded_dispute(self):
        """S2.40: a part is credited, and the rest is owed again."""
        invoice, dispute = self.contest_in_browser("partly", "Half Right Customer")
        self.assertEqual((dispute.state, dispute.validity), ("closed", "partly"))
        self.assertEqual(dispute.resolution_id.credit_move_ids.amount_total, 150)
        self.assertEqual(invoice.amount_residual, 850)
        self.assertEqual(self.get_receivables(invoice).dunnable, 850)

    def test_an_unfounded_dispute(self):
        """S1.15: nothing is credited; the reminders resume, and claim the whole again."""
        invoice, dispute = self.contest_in_browser("unfounded", "Wrong Customer")
        self.assertEqual((dispute.state, dispute.validity), ("closed", "unfounded"))
        self.assertFalse(dispute.resolution_id.credit_move_ids)
        self.run_dunning()
        self.assertNotEqual(self.get_decisions(invoice).reason, "step")
        resumed_on = dispute.line_ids.new_due_date + timedelta(days=1)
        run = self.run_dunning(on_date=resumed_on)
        notice = run.notice_ids.filtered(lambda notice: notice.partner_id == invoice.partner_id)
        self.start_tour(
            f"/odoo/action-account_dispute_dunning.account_dunning_notice_action/{notice.id}",
            "account_dispute_dunning_resumed",
            login="collections_collector",
        )
        self.assertEqual(notice.amount_claimed, 1000)

    def test_a_colleague_answers(self):
        """S1.23: logistics writes its section from the activity, without any accounting right."""
        colleague = self.make_user("louis", "base.group_user")
        logistics = self.env.ref("account_dispute_dunning.dispute_department_logistics")
        logistics.with_company(self.company).write(
            {"user_id": colleague.id, "member_ids": [Command.link(colleague.id)]}
        )
        dispute = self.contest(
            self.make_overdue_invoice(40),
            300,
            self.env.ref("account_dispute_dunning.dispute_reason_damaged_goods"),
        )
        dispute.description = "Two boards came split."
        self.start_tour("/odoo", "account_dispute_dunning_colleague", login="collections_louis")
        task = dispute.task_ids.filtered(lambda task: task.name == "Say where it broke")
        self.assertEqual((task.state, task.done_by_id), ("done", colleague))
        self.assertEqual(task.done_on.date(), TODAY)
