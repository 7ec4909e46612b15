from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TODAY, CollectionsCommon


@tagged("post_install", "-at_install")
class TestDunningCoverage(CollectionsCommon):
    """Contacted ÷ eligible, by month, and why the others were not contacted (S0.33)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dunning_scenario_id = cls.make_scenario(
            {"offset_days": 1, "channel": "call"}, {"offset_days": 60, "channel": "call"}
        )
        cls.customer.phone = "+33 4 67 00 00 00"

    def get_rows(self, invoices=None, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        if invoices:
            domain.append(("move_id", "in", invoices.ids))
        return self.env["account.dunning.coverage"].search(domain)

    def get_coverage(self):
        rows = self.env["account.dunning.coverage"]._read_group(
            [("company_id", "=", self.company.id), ("month", "=", date(2026, 6, 1))],
            aggregates=["eligible:sum", "contacted:sum", "coverage:avg"],
        )
        return rows[0]

    def call(self, notice, on_date=TODAY):
        notice._log_call("not_validated", on_date, notice.contact_id)

    def test_coverage_and_exceptions(self):
        called = self.make_overdue_invoice(5)
        contested = self.make_overdue_invoice(5, partner=self.make_customer("Contests"))
        blocked = self.make_overdue_invoice(5, partner=self.make_customer("Blocked"))
        waiting = self.make_overdue_invoice(5, partner=self.make_customer("Waiting"))
        not_due = self.make_invoice(due=TODAY + timedelta(days=20))
        self.contest(contested)
        blocked.payment_state = "blocked"
        notices = self.run_dunning().notice_ids
        self.call(notices.filtered(lambda notice: called in notice.line_ids.move_id))
        outcomes = {
            row.move_id: row.outcome
            for row in self.get_rows(called + contested + blocked + waiting + not_due)
        }
        self.assertEqual(
            outcomes,
            {called: "contacted", contested: "contested", blocked: "blocked", waiting: "pending"},
        )
        self.assertEqual(self.get_coverage(), (4, 1, 25.0))

    def test_what_a_person_cancelled_is_an_exception(self):
        invoice = self.make_overdue_invoice(5)
        self.run_dunning().notice_ids._transition("cancelled", "They are friends")
        self.assertEqual(self.get_rows(invoice).outcome, "cancelled")

    def test_a_receivable_counts_once_a_month(self):
        """Whatever the number of decisions: withheld first, contacted in the end."""
        invoice = self.make_overdue_invoice(5)
        dispute = self.contest(invoice)
        self.run_dunning(TODAY - timedelta(days=2))
        self.assertEqual(self.get_rows(invoice).outcome, "contested")
        self.close_dispute(dispute, on_date=TODAY - timedelta(days=1))
        self.call(self.run_dunning().notice_ids)
        self.assertRecordValues(
            self.get_rows(invoice), [{"outcome": "contacted", "eligible": 1, "contacted": 1}]
        )

    def test_an_exception_counts_in_each_month_in_which_it_stands(self):
        invoice = self.make_overdue_invoice(60)
        self.contest(invoice, on_date=date(2026, 5, 10))
        self.run_dunning(date(2026, 5, 12))
        self.run_dunning()
        months = self.get_rows(invoice).mapped("month")
        self.assertEqual(set(months), {date(2026, 5, 1), date(2026, 6, 1)})
        self.assertEqual(set(self.get_rows(invoice).mapped("outcome")), {"contested"})

    def test_dry_runs_do_not_count(self):
        invoice = self.make_overdue_invoice(5)
        self.run_dunning(dry=True)
        self.assertFalse(self.get_rows(invoice))

    def test_who_reads(self):
        self.make_overdue_invoice(5)
        self.run_dunning()
        coverage = self.env["account.dunning.coverage"]
        self.assertTrue(coverage.with_user(self.auditor).search([]))
        stranger = self.make_user(
            "stranger",
            "account_dispute_dunning.group_manager",
            company_id=self.branch.id,
            company_ids=[(6, 0, self.branch.ids)],
        )
        self.assertFalse(coverage.with_user(stranger).search([]))
        for user in (self.invoicing, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                coverage.with_user(user).search([])
        with self.assertRaises(AccessError):
            coverage.with_user(self.manager).create({})

    def test_its_action_opens(self):
        self.make_overdue_invoice(5)
        self.run_dunning()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_dispute_dunning.account_dunning_coverage_action"
        )
        model = self.env[action["res_model"]].with_user(self.auditor)
        for view in action["view_mode"].split(","):
            self.assertTrue(model.get_views([(False, view)])["views"][view]["arch"])
        self.assertEqual(self.get_rows()[:1].action_open_invoice()["res_model"], "account.move")
