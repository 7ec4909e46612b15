from datetime import date

from odoo.tests import HttpCase, tagged

from .common_penalty import PenaltyCommon

PENALTY = "/odoo/action-account_dispute_dunning.account_penalty_action"


@tagged("post_install", "-at_install")
class TestPenaltyTours(PenaltyCommon, HttpCase):
    """Penalties in the browser."""

    def play(self, path, tour, login="collector"):
        self.start_tour(
            path, f"account_dispute_dunning_penalty_{tour}", login=f"collections_{login}"
        )

    def test_simulate_on_an_invoice(self):
        """S4.24: any day, a payment, both orders of settlement; nothing is written."""
        invoice = self.make_invoice(amount=10000, due=date(2026, 5, 1))
        self.play(f"/odoo/action-account.action_move_out_invoice_type/{invoice.id}", "simulate")
        self.assertFalse(self.get_penalties(invoice))

    def test_waive_with_a_reason(self):
        penalty = self.accrue(self.make_overdue_invoice(30))
        self.play(f"{PENALTY}/{penalty.id}", "waive")
        self.assertEqual((penalty.state, penalty.waived), ("waived", 49.99))
        self.assertEqual(penalty.event_ids.reason, "First late payment in three years")
        self.assertEqual(penalty.event_ids.user_id, self.collector)

    def test_book(self):
        """S4.28: a debit note, shown before it is made."""
        penalty = self.accrue(self.make_overdue_invoice(30))
        self.play(f"{PENALTY}/{penalty.id}", "book")
        self.assertEqual((penalty.state, penalty.invoiced), ("invoiced", 49.99))

    def test_add_the_rate_that_is_missing(self):
        """A half-year without a rate: its manager adds it from the penalty."""
        regime = self.env["account.penalty.regime"].search([("code", "=", "at")])
        penalty = self.accrue(self.make_overdue_invoice(30, penalty_regime_id=regime.id))
        self.assertEqual(penalty.problem_code, "rate_missing")
        self.play(f"{PENALTY}/{penalty.id}", "rate", login="manager")
        self.assertFalse(penalty.problem)
        self.assertEqual(penalty.accrued_interest, 8.82)
