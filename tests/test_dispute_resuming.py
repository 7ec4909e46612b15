from datetime import date, timedelta

from odoo.tests import tagged

from .common import TODAY, days_ago
from .test_dispute_holding import HoldingCommon


@tagged("post_install", "-at_install")
class TestTwoClocks(HoldingCommon):
    """The dunning clock stands still or starts anew; the due date never moves (domain 5, 2)."""

    def setUp(self):
        super().setUp()
        self.due = days_ago(100)
        self.invoice = self.make_invoice(due=self.due)

    def day(self, offset):
        return self.due + timedelta(days=offset)

    def settle(self, dispute, offset, **values):
        self.close_dispute(dispute, "unfounded", self.day(offset), **values)

    def check_due_date(self):
        self.assertEqual(self.get_receivables(self.invoice).date_maturity, self.due)
        self.assertEqual(self.invoice._get_receivable_lines().date_maturity, self.due)

    def test_frozen_twenty_days_the_second_level_comes_on_d_41(self):
        self.assertEqual(self.play(self.day(1), 1), [(self.day(1), 1)])
        dispute = self.contest(self.invoice, on_date=self.day(2))
        self.settle(dispute, 22)
        self.assertEqual(self.play(self.day(38), 5), [(self.day(41), 21)])
        self.check_due_date()
        ageing = self.get_receivables(self.invoice)
        self.assertEqual((ageing.days_overdue, ageing.bucket), (100, "over_90"))

    def test_a_part_contested_does_not_stop_the_clock(self):
        self.run_and_send(self.day(1))
        self.settle(self.contest(self.invoice, 300, on_date=self.day(2)), 20)
        self.assertEqual(self.play(self.day(20), 3), [(self.day(21), 21)])

    def test_a_part_contested_of_which_all_that_is_left_stops_it(self):
        """The rest was paid: what is left was contested all the time."""
        self.run_and_send(self.day(1))
        dispute = self.contest(self.invoice, 300, on_date=self.day(2))
        self.pay(self.invoice, 700, on_date=self.day(10))
        self.settle(dispute, 22)
        self.assertEqual(self.play(self.day(38), 5), [(self.day(41), 21)])

    def test_each_cycle_of_a_dispute_stops_it(self):
        self.run_and_send(self.day(1))
        dispute = self.contest(self.invoice, on_date=self.day(2))
        self.settle(dispute, 7)
        dispute._action_open(self.day(10))
        self.settle(dispute, 15)
        self.assertEqual(self.play(self.day(28), 5), [(self.day(31), 21)])

    def test_a_policy_stops_the_clock_of_all_that_it_held(self):
        """The other invoices of the customer too: they were not claimed either."""
        other = self.make_invoice(due=self.due, amount=500)
        self.run_and_send(self.day(1))
        dispute = self.contest(self.invoice, 300, on_date=self.day(2))
        dispute.hold_policy = "customer"
        self.settle(dispute, 22, grace_days=3)
        self.run_dunning(self.day(23))
        for invoice in self.invoice + other:
            decision = self.get_decisions(invoice)
            self.assertEqual((decision.reason, decision.next_date), ("awaiting_step", self.day(41)))

    def test_no_step_before_the_grace_is_over(self):
        dispute = self.contest(self.invoice, on_date=self.day(1))
        self.settle(dispute, 21, grace_days=8)
        self.run_dunning(self.day(28))
        decision = self.get_decisions(self.invoice)
        self.assertEqual((decision.reason, decision.next_date), ("resumed", self.day(29)))
        self.assertIn("not before", decision.explanation)
        self.assertEqual(self.play(self.day(28), 2), [(self.day(29), 1)])

    def test_in_its_grace_it_is_on_no_other_invoice_s_reminder(self):
        dispute = self.contest(self.invoice, on_date=self.day(1))
        self.settle(dispute, 21, grace_days=8)
        other = self.make_invoice(due=self.day(22), amount=500)
        notice = self.run_dunning(self.day(23)).notice_ids
        self.assertEqual(notice.line_ids.move_id, other)

    def test_the_reason_s_terms_without_a_resolution(self):
        self.reason.grace_days = 5
        dispute = self.contest(self.invoice, on_date=self.day(1))
        dispute._action_close(self.day(10))
        self.assertEqual(dispute.line_ids.resume_on, self.day(15))

    def test_what_held_nothing_needs_no_grace(self):
        dispute = self.contest(self.invoice, on_date=self.day(2))
        dispute.hold_policy = "none"
        self.settle(dispute, 10, grace_days=8)
        self.assertRecordValues(dispute.line_ids, [{"resume_on": False, "held_all": False}])

    # === A new deadline ===#

    def check_due_from_the_resolution(self, **values):
        """S2.33: resolved on 10/03 + 15 days → due on 25/03 for the reminders."""
        due = date(2026, 1, 10)
        invoice = self.make_invoice(due=due, amount=700, partner=self.make_customer("S2.33"))
        dispute = self.contest(invoice, on_date=date(2026, 2, 1))
        self.close_dispute(dispute, "unfounded", date(2026, 3, 10), **values)
        self.assertEqual(dispute.line_ids.new_due_date, date(2026, 3, 25))
        sent = [
            (day, offset)
            for day, offset in self.play(date(2026, 3, 10), 40)
            if offset > 0 and day > date(2026, 3, 24)
        ]
        self.assertEqual(sent[0], (date(2026, 3, 26), 1))
        self.assertEqual(sent[1], (date(2026, 4, 15), 21))
        self.assertEqual(invoice._get_receivable_lines().date_maturity, due)

    def test_the_delay_runs_from_the_resolution(self):
        self.invoice.no_followup = True
        self.check_due_from_the_resolution(resume_policy="restart", grace_days=15)

    def test_a_new_deadline_in_writing(self):
        self.invoice.no_followup = True
        self.check_due_from_the_resolution(new_due_date=date(2026, 3, 25))

    def test_a_deadline_in_writing_outlives_another_closing(self):
        dispute = self.contest(self.invoice, on_date=self.day(2))
        self.settle(dispute, 10, new_due_date=self.day(50))
        dispute._action_open(self.day(12))
        self.settle(dispute, 15)
        self.assertEqual(dispute.line_ids.new_due_date, self.day(50))

    # === Resume policies ===#

    def dispute_after_two_levels(self, **values):
        self.run_and_send(self.day(1))
        self.run_and_send(self.day(21))
        dispute = self.contest(self.invoice, on_date=self.day(22))
        self.settle(dispute, 32, **values)
        return dispute

    def test_same_step(self):
        self.dispute_after_two_levels(resume_policy="same", grace_days=8)
        self.assertEqual(self.play(self.day(32), 20), [(self.day(45), 35)])

    def test_one_step_lower(self):
        """The second level is done again, once, and the formal notice follows it."""
        dispute = self.dispute_after_two_levels(resume_policy="step_down", grace_days=8)
        self.assertRecordValues(dispute.line_ids, [{"dunning_cycle": 1, "resume_offset": 1}])
        self.assertEqual(self.play(self.day(32), 40), [(self.day(40), 21), (self.day(50), 35)])

    def test_from_the_first_step(self):
        dispute = self.dispute_after_two_levels(resume_policy="restart", grace_days=8)
        self.assertRecordValues(
            dispute.line_ids,
            [{"dunning_cycle": 1, "resume_offset": 0, "new_due_date": self.day(40)}],
        )
        self.assertEqual(
            self.play(self.day(32), 50),
            [(self.day(41), 1), (self.day(61), 21), (self.day(75), 35)],
        )

    def test_one_step_lower_than_nothing_is_the_same(self):
        dispute = self.contest(self.invoice, on_date=self.day(1))
        self.settle(dispute, 2, resume_policy="step_down")
        self.assertRecordValues(dispute.line_ids, [{"dunning_cycle": 0}])

    def test_once_per_step_and_cycle(self):
        """Design, rule 3."""
        self.dispute_after_two_levels(resume_policy="restart")
        first = self.run_dunning(self.day(33)).notice_ids
        self.assertFalse(self.run_dunning(self.day(33)).notice_ids)
        self.assertEqual(first.line_ids.cycle, 1)
        first._transition("sent", done_on=self.day(33))
        self.run_dunning(self.day(34))
        self.assertEqual(self.get_decisions(self.invoice).reason, "awaiting_step")
        lines = self.env["account.dunning.notice.line"].search(
            [("move_line_id.move_id", "=", self.invoice.id), ("step_id", "!=", False)]
        )
        self.assertEqual(
            sorted((line.step_id.offset_days, line.cycle) for line in lines),
            [(1, 0), (1, 1), (21, 0)],
        )

    def test_a_second_dispute_begins_a_third_cycle(self):
        self.dispute_after_two_levels(resume_policy="restart")
        again = self.contest(self.invoice, on_date=self.day(40))
        self.settle(again, 41, resume_policy="restart")
        self.assertEqual(again.line_ids.dunning_cycle, 2)


@tagged("post_install", "-at_install")
class TestSettled(HoldingCommon):
    """A dispute of which everything was paid closes by itself; nothing less closes one."""

    def setUp(self):
        super().setUp()
        self.invoice = self.make_overdue_invoice(10)
        self.dispute = self.contest(self.invoice, 300, on_date=days_ago(5))

    def close_settled(self):
        return self.env["account.dispute"]._close_settled(TODAY)

    def test_a_partial_payment_never_closes_it(self):
        self.pay(self.invoice, 999.99)
        self.assertFalse(self.close_settled())
        self.assertEqual(self.dispute.state, "open")

    def test_a_full_payment_closes_it(self):
        payment = self.pay(self.invoice)
        self.assertEqual(self.close_settled(), self.dispute)
        self.assertRecordValues(
            self.dispute,
            [
                {
                    "state": "closed",
                    "outcome": "withdrawal",
                    "validity": "withdrawn",
                    "date_closed": TODAY,
                }
            ],
        )
        self.assertRecordValues(
            self.dispute.resolution_id, [{"agreement_mode": "payment", "agreement_date": TODAY}]
        )
        history = " ".join(self.dispute.message_ids.mapped("body"))
        self.assertIn(f'data-oe-id="{payment.move_id.id}"', history)

    def test_one_invoice_of_two_paid_does_not_close_it(self):
        other = self.make_overdue_invoice(10)
        dispute = self.contest(self.make_overdue_invoice(20) + other)
        self.pay(other)
        self.assertNotIn(dispute, self.close_settled())

    def test_a_credit_note_asks_the_owner_once(self):
        self.dispute.user_id = self.collector
        credit = self.make_invoice(amount=-1000)
        (credit + self.invoice)._get_receivable_lines().reconcile()
        for _day in range(2):
            self.assertFalse(self.close_settled())
        self.assertEqual(self.dispute.state, "open")
        self.assertEqual(self.dispute.activity_ids.user_id, self.collector)
        self.assertEqual(len(self.dispute.activity_ids), 1)

    def test_what_was_rejected_and_then_paid_keeps_its_resolution(self):
        resolution = self.env["account.dispute.resolution"].create(
            {"dispute_id": self.dispute.id, "outcome": "rejection", "validity": "unfounded"}
        )
        self.dispute._action_decide(resolution, days_ago(2))
        self.pay(self.invoice)
        self.close_settled()
        self.assertRecordValues(
            self.dispute, [{"state": "closed", "outcome": "rejection", "validity": "unfounded"}]
        )

    def test_a_real_run_closes_it_first_and_a_dry_run_changes_nothing(self):
        self.pay(self.invoice)
        self.run_dunning(dry=True)
        self.assertEqual(self.dispute.state, "open")
        self.env["account.dunning.run"].with_user(self.collector).action_run()
        self.assertEqual(self.dispute.state, "closed")

    def test_late_disputes_are_brought_up_before_anybody_is_reminded(self):
        """S2.36."""
        order = []

        def escalate(escalations, company, on_date):
            order.append(("escalated", company, on_date))

        def decide(runs, company, on_date, move_line_ids=None, simulated=None):
            order.append(("decided", company, on_date))
            return []

        self.patch(self.registry["account.dispute.escalation"], "_escalate", escalate)
        self.patch(self.registry["account.dunning.run"], "_decide", decide)
        self.run_dunning()
        self.assertEqual(
            order, [("escalated", self.company, TODAY), ("decided", self.company, TODAY)]
        )
        self.run_dunning(dry=True)
        self.assertEqual(len(order), 3, "a dry run tells nobody")
