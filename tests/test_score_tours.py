from datetime import timedelta

from odoo.tests import HttpCase, tagged

from .common import TODAY, days_ago
from .common_score import ScoreCommon


@tagged("post_install", "-at_install")
class TestScoreTours(ScoreCommon, HttpCase):
    """Signals and classes in the browser."""

    def play(self, path, tour):
        self.start_tour(path, f"account_dispute_dunning_{tour}", login="collections_collector")

    def test_a_signal_is_handled_undone_and_ignored(self):
        for days in (200, 170, 140):
            due = days_ago(days)
            self.pay(self.make_invoice(due=due, amount=100), on_date=due)
        self.make_overdue_invoice(6)
        signal = self.env["account.customer.signal"]._detect(self.company, TODAY)
        self.play("/odoo/customer-signals", "signal")
        self.assertEqual(signal.state, "ignored")

    def test_a_class_is_set_by_hand_from_the_customer(self):
        self.rate(self.customer, "D")
        self.play(
            f"/odoo/action-account.res_partner_action_customer/{self.customer.id}", "override"
        )
        override = self.env["account.customer.score.override"].search([])
        self.assertEqual((override.score_class, override.user_id), ("B", self.collector))
        self.assertEqual(override.date_end, TODAY + timedelta(days=62))
        self.assertEqual(self.get_class(self.customer), "B")
