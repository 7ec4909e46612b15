from datetime import timedelta

from odoo.tests import tagged

from .common import TODAY, CollectionsCommon, days_ago


@tagged("post_install", "-at_install")
class TestAccountMode(CollectionsCommon):
    """By account: one message at the furthest step, about all that is overdue (S4.10)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scenario.write({"mode": "account", "quiet_days": 0})

    def send(self, run, on_date):
        run.notice_ids._transition("sent", done_on=on_date)
        return run.notice_ids

    def test_the_furthest_step_holds_for_all_that_is_overdue(self):
        """Peers send one message per invoice and level: monthly invoices make too many (cc#21)."""
        old = self.make_overdue_invoice(25, amount=100)
        self.send(self.run_dunning(days_ago(24)), days_ago(24))
        young = self.make_overdue_invoice(3, amount=200)
        coming = self.make_invoice(amount=400, due=TODAY + timedelta(days=30))
        notice = self.run_dunning().notice_ids
        self.assertRecordValues(
            notice, [{"step_id": self.steps[21].id, "tone": "firm", "amount_claimed": 300}]
        )
        self.assertEqual(notice.line_ids.move_id, old | young)
        self.assertEqual(notice.line_ids.step_id, self.steps[21])
        self.assertNotIn(coming, notice.line_ids.move_id)
        self.send(notice.run_id, TODAY)
        # Each counts as reminded at it: what comes next is the formal notice.
        self.assertEqual(self.get_decisions(old | young).step_id.mapped("offset_days"), [21])
        self.run_dunning(TODAY + timedelta(days=1))
        decisions = self.get_decisions(old | young)
        self.assertEqual(set(decisions.mapped("reason")), {"awaiting_step"})
        self.assertEqual(decisions.step_id, self.steps[35])

    def test_a_formal_notice_is_only_for_what_reaches_it(self):
        old = self.make_overdue_invoice(45, amount=100)
        for day in (44, 24):
            self.send(self.run_dunning(days_ago(day)), days_ago(day))
        young = self.make_overdue_invoice(3, amount=200)
        notices = self.run_dunning().notice_ids
        formal = notices.filtered(lambda notice: notice.tone == "formal")
        self.assertEqual((formal.line_ids.move_id, formal.amount_claimed), (old, 100))
        self.assertEqual((notices - formal).line_ids.move_id, young)
        self.assertEqual((notices - formal).step_id, self.steps[1])

    def test_the_account_is_that_of_one_scenario(self):
        """An invoice with a scenario of its own keeps its pace."""
        old = self.make_overdue_invoice(25)
        self.send(self.run_dunning(days_ago(24)), days_ago(24))
        apart = self.make_overdue_invoice(5)
        apart.dunning_scenario_id = self.make_scenario(2, 40)
        self.run_dunning()
        self.assertEqual(self.get_decisions(old).step_id, self.steps[21])
        self.assertEqual(self.get_decisions(apart).step_id.offset_days, 2)

    def test_what_is_contested_or_paused_is_not_reminded_with_the_others(self):
        self.make_overdue_invoice(25, amount=100)
        self.send(self.run_dunning(days_ago(24)), days_ago(24))
        contested = self.make_overdue_invoice(3, amount=200)
        self.contest(contested)
        notice = self.run_dunning().notice_ids
        self.assertEqual((notice.amount_claimed, notice.amount_contested), (100, 200))
        self.assertFalse(notice.line_ids.filtered(lambda line: line.move_id == contested).step_id)

    def test_each_customer_has_an_account(self):
        self.make_overdue_invoice(25)
        self.send(self.run_dunning(days_ago(24)), days_ago(24))
        other = self.make_overdue_invoice(3, partner=self.make_customer("Else"))
        self.run_dunning()
        self.assertEqual(self.get_decisions(other).step_id, self.steps[1])
