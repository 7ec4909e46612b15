import random

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TODAY, days_ago
from .common_penalty import PenaltyCommon


@tagged("post_install", "-at_install")
class TestPenaltyClaiming(PenaltyCommon):
    """What happens to what accrued: its events, and the amounts and states that follow."""

    def check_sums(self, penalties):
        """The amounts of a penalty are the sums of its events; no claim exceeds what accrued."""
        for penalty in penalties:
            total = {
                kind: sum(
                    event.interest + event.fee for event in penalty.event_ids if event.kind == kind
                )
                for kind in ("claim", "waive", "reinstate", "invoice", "reverse", "collect")
            }
            self.assertAlmostEqual(penalty.claimed, total["claim"])
            self.assertAlmostEqual(penalty.waived, total["waive"] - total["reinstate"])
            self.assertAlmostEqual(penalty.invoiced, total["invoice"] - total["reverse"])
            self.assertAlmostEqual(penalty.collected, total["collect"])
            self.assertGreaterEqual(penalty.open_amount, 0)

    # === Claim ===#

    def test_two_letters_claim_once(self):
        """S4.26: two letters on the same invoice, still 40."""
        invoice = self.make_overdue_invoice(30)
        penalty = self.accrue(invoice, days_ago(10))
        penalty._claim(days_ago(10), reason="First letter")
        self.assertEqual((penalty.claimed, penalty.claimed_fee), (46.66, 40))
        self.assertEqual(penalty.state, "claimed")
        self.refresh()
        penalty._claim(TODAY, reason="Second letter")
        self.assertEqual((penalty.claimed, penalty.claimed_fee), (49.99, 40))
        self.assertFalse(penalty._claim(TODAY))
        self.assertEqual(len(penalty.event_ids), 2)
        self.check_sums(penalty)

    def test_a_claim_is_what_was_shown_and_no_more_than_accrued(self):
        penalty = self.accrue(self.make_overdue_invoice(30))
        penalty._claim(TODAY, amounts={penalty: (5.0, 0.0)})
        self.assertEqual((penalty.claimed, penalty.claimed_fee), (5, 0))
        penalty._claim(TODAY, amounts={penalty: (500.0, 80.0)})
        self.assertEqual((penalty.claimed, penalty.claimed_fee), (49.99, 40))
        self.check_sums(penalty)

    def test_what_is_paid_can_still_be_claimed(self):
        """S4.24."""
        invoice = self.make_overdue_invoice(30)
        self.pay(invoice, on_date=TODAY)
        penalty = self.accrue(invoice)
        self.assertEqual(penalty._get_obstacle(TODAY), "")
        penalty._claim(TODAY)
        self.assertEqual(penalty.claimed, 49.99)

    def test_the_other_instalment_does_not_claim_the_indemnity_again(self):
        """S4.26: even when the first one is not late any more; nor when it was waived."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Two halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (0, 30)
                ],
            }
        )
        for kind in ("claim", "waive"):
            with self.subTest(kind=kind):
                invoice = self.make_invoice(due=days_ago(60), invoice_payment_term_id=term.id)
                first, second = self.accrue(invoice)
                first._add_event(kind, TODAY, 0, 40)
                first.move_line_id.date_maturity = days_ago(1)
                self.refresh(invoice)
                self.assertEqual(second.accrued_fee, 40)
                self.assertEqual(second._get_claimable()[second][1], 0)

    def test_our_own_unkept_promise_blocks_the_claim(self):
        """S2.61."""
        invoice = self.make_overdue_invoice(30)
        dispute = self.contest(invoice, 300, on_date=days_ago(20))
        penalty = self.accrue(invoice)
        self.assertEqual(penalty._get_obstacle(TODAY), "")
        task = self.env["account.dispute.task"].create(
            {
                "name": "Replace the goods",
                "kind": "commitment",
                "dispute_id": dispute.id,
                "department_id": self.env.ref(
                    "account_dispute_dunning.dispute_department_logistics"
                ).id,
                "date_deadline": days_ago(1),
            }
        )
        self.assertIn("not kept what we promised", penalty._get_obstacle(TODAY))
        self.assertEqual(penalty._get_obstacle(days_ago(1)), "")
        task.date_deadline = TODAY
        self.assertEqual(penalty._get_obstacle(TODAY), "")

    def test_a_small_claim_waits(self):
        first, second = self.accrue(self.make_overdue_invoice(30) | self.make_overdue_invoice(30))
        self.company.penalty_min_claim = 60
        self.assertIn("less than the smallest claim", first._get_obstacle(TODAY))
        self.assertEqual(set((first | second)._get_obstacles(TODAY).values()), {""})

    def test_nothing_is_said_twice(self):
        penalty = self.accrue(self.make_overdue_invoice(30))
        penalty._add_event("invoice", TODAY, 9.99, 40)
        self.assertIn("invoiced already", penalty._get_obstacle(TODAY))

    # === Events and states ===#

    def test_the_states_follow_from_the_events(self):
        penalty = self.accrue(self.make_overdue_invoice(30))
        steps = (
            ("claim", 9.99, 40, "claimed", 49.99),
            ("invoice", 9.99, 40, "invoiced", 49.99),
            ("collect", 5, 0, "invoiced", 44.99),
            ("collect", 4.99, 40, "collected", 0),
            ("uncollect", 9.99, 40, "invoiced", 49.99),
            ("reverse", 9.99, 40, "claimed", 49.99),
            ("waive", 0, 40, "claimed", 9.99),
            ("waive", 9.99, 0, "waived", 0),
            ("reinstate", 9.99, 40, "claimed", 49.99),
        )
        for kind, interest, fee, state, left in steps:
            event = penalty._add_event(kind, TODAY, interest, fee)
            self.assertRecordValues(penalty, [{"state": state, "open_amount": left}])
            self.assertEqual(event.working, penalty.working, "the proof is kept with the event")

    def test_the_amounts_are_the_sums_of_the_events(self):
        """Whatever happens, in whatever order: a property, on chains of events by chance."""
        invoices = self.make_overdue_invoice(30) | self.make_overdue_invoice(60, amount=33.33)
        penalties = self.accrue(invoices, days_ago(20))
        for seed in range(3):
            chance = random.Random(seed)
            for _step in range(12):
                penalty = chance.choice(penalties)
                most = {
                    "claim": penalty._get_claimable()[penalty],
                    "waive": penalty._get_claimable()[penalty],
                    "reinstate": (penalty.waived - penalty.waived_fee, penalty.waived_fee),
                }
                kind = chance.choice(("refresh", *most))
                if kind == "refresh":
                    self.refresh(invoices, days_ago(chance.randrange(20)))
                    continue
                amounts = {penalty: tuple(round(chance.random() * each, 2) for each in most[kind])}
                if kind == "claim":
                    if penalty._claim(TODAY, amounts=amounts):
                        self.assertLessEqual(penalty.claimed, penalty.accrued + 0.001)
                else:
                    getattr(penalty, f"_{kind}")(TODAY, amounts, "By chance")
                self.check_sums(penalty)
        self.assertTrue(penalties.event_ids)

    def test_an_event_without_amount_is_none(self):
        penalty = self.accrue(self.make_overdue_invoice(30))
        self.assertFalse(penalty._add_event("claim", TODAY, 0, 0))

    def test_what_happened_is_neither_changed_nor_deleted(self):
        penalty = self.accrue(self.make_overdue_invoice(30))
        event = penalty._add_event("claim", TODAY, 9.99, 40)
        for events in (event, event.sudo()):
            with self.assertRaisesRegex(UserError, "waive, reinstate or reverse"):
                events.interest = 1
            with self.assertRaisesRegex(UserError, "is kept"):
                events.unlink()

    def test_what_is_in_the_books_in_excess_is_shown(self):
        """The dispute was founded after the debit note."""
        invoice = self.make_overdue_invoice(30)
        penalty = self.accrue(invoice)
        penalty._add_event("invoice", TODAY, 9.99, 40)
        self.assertEqual(penalty.excess, 0)
        self.settle(invoice, 300)
        self.refresh()
        self.assertRecordValues(penalty, [{"accrued": 46.99, "excess": 3.0, "state": "invoiced"}])
