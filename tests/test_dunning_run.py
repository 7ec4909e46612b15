from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common import TODAY, CollectionsCommon, days_ago


@tagged("post_install", "-at_install")
class TestDunningRun(CollectionsCommon):
    """Facts → decisions → notices, on real entries."""

    def assert_reason(self, invoice, reason):
        self.assertEqual(self.get_decisions(invoice).mapped("reason"), [reason])

    # === Decisions ===#

    def test_each_receivable_has_one_decision_with_its_reason(self):
        """Design, rule 4."""
        late = self.make_overdue_invoice(10, partner=self.make_customer("Late"))
        coming = self.make_invoice(due=TODAY + timedelta(days=20))
        blocked = self.make_overdue_invoice(10, partner=self.make_customer("Blocked"))
        blocked.action_toggle_block_payment()
        excluded = self.make_overdue_invoice(10, partner=self.make_customer("Excluded"))
        excluded.no_followup = True
        contested = self.make_overdue_invoice(10, partner=self.make_customer("Contested"))
        self.contest(contested)
        small = self.make_overdue_invoice(10, amount=19.99, partner=self.make_customer("Small"))
        credited = self.make_customer("Credited")
        covered = self.make_overdue_invoice(10, amount=500, partner=credited)
        credit = self.make_invoice(amount=-500, partner=credited)

        run = self.run_dunning()

        self.assert_reason(late, "step")
        self.assert_reason(coming, "not_due")
        self.assert_reason(blocked, "blocked")
        self.assert_reason(excluded, "excluded")
        self.assert_reason(contested, "contested")
        self.assert_reason(small, "below_minimum")
        self.assert_reason(covered, "unallocated_credit")
        self.assert_reason(credit, "credit")
        self.assertEqual(run.receivable_count, 8)
        self.assertEqual((run.step_count, run.held_count), (1, 7))

    def test_every_decision_is_explained(self):
        invoice = self.make_overdue_invoice(10)
        self.run_dunning()
        decision = self.get_decisions(invoice)
        self.assertIn("D+1 First reminder", decision.explanation)
        self.assertIn("1,000.00", decision.explanation)
        selection = dict(decision._fields["reason"].selection)
        for reason in selection:
            self.assertTrue(decision.new({"reason": reason}, origin=decision).explanation)

    def test_only_the_contested_amount_leaves_the_claim(self):
        """S0.37: 1 000 € invoice, 300 € contested → the reminder claims 700 €."""
        invoice = self.make_overdue_invoice(10)
        self.contest(invoice, 300)
        notice = self.run_dunning().notice_ids
        self.assertRecordValues(notice, [{"amount_claimed": 700.0, "amount_contested": 300.0}])
        self.assertRecordValues(
            notice.line_ids, [{"residual": 1000.0, "contested": 300.0, "claimed": 700.0}]
        )

    def test_a_decision_has_letter_when_it_changes(self):
        invoice = self.make_invoice(due=TODAY + timedelta(days=40))
        first = self.run_dunning()
        decision = self.get_decisions(invoice)
        second = self.run_dunning(TODAY + timedelta(days=1))
        self.assertEqual(self.get_decisions(invoice), decision)
        self.contest(invoice)
        third = self.run_dunning(TODAY + timedelta(days=2))
        self.assertEqual(decision.superseded_by_id, third)
        self.assert_reason(invoice, "contested")
        # What stood after each run can still be told.
        for run, reason in ((first, "not_due"), (second, "not_due"), (third, "contested")):
            stood = self.env["account.dunning.decision"].search(run._decision_domain())
            self.assertEqual(stood.mapped("reason"), [reason])

    def test_a_settled_receivable_has_no_standing_decision(self):
        invoice = self.make_overdue_invoice(10)
        self.run_dunning()
        self.pay(invoice)
        self.run_dunning(TODAY + timedelta(days=1))
        self.assertFalse(self.get_decisions(invoice))

    def test_dry_run_decides_the_same_and_prepares_nothing(self):
        for days, amount in ((-20, 100), (-3, 700), (5, 10), (30, 2000), (90, 45)):
            self.make_overdue_invoice(days, amount=amount, partner=self.make_customer(f"C{days}"))
        dry = self.run_dunning(dry=True)
        self.assertFalse(dry.notice_ids)
        self.assertFalse(self.env["account.dunning.decision"].search([("is_current", "=", True)]))
        real = self.run_dunning()

        def decided(run):
            decisions = self.env["account.dunning.decision"].search(run._decision_domain())
            return {
                (d.move_line_id, d.reason, d.step_id, d.next_date, d.dunnable) for d in decisions
            }

        self.assertEqual(decided(dry), decided(real))
        self.assertEqual(dry._get_summary(), real._get_summary())

    # === Scenario ===#

    def test_a_dry_run_leaves_aside_what_a_run_would_cancel(self):
        """A notice about what was paid in part since is not being prepared any more."""
        invoice = self.make_overdue_invoice(10)
        self.run_dunning()
        self.pay(invoice, 400)
        dry, run = self.run_dunning(dry=True), self.run_dunning()
        [decision] = self.env["account.dunning.decision"].search(dry._decision_domain())
        self.assertEqual((decision.reason, decision.dunnable), ("step", 600))
        self.assertEqual(run.notice_ids.amount_claimed, 600)

    def test_nobody_is_reminded_without_a_scenario(self):
        """Installing writes to nobody."""
        self.company.dunning_scenario_id = False
        invoice = self.make_overdue_invoice(10)
        self.assertFalse(self.run_dunning().notice_ids)
        self.assert_reason(invoice, "no_scenario")
        with self.assertRaisesRegex(UserError, "No scenario is set"):
            self.env["account.dunning.run"].with_user(self.collector).action_run()

    def test_a_notice_to_review_counts_for_the_quiet_days(self):
        """Else the customer receives two on the day when it is reviewed."""
        self.scenario.step_ids.is_automatic = False
        self.make_overdue_invoice(10)
        self.run_dunning(on_date=days_ago(1))
        invoice = self.make_overdue_invoice(9)
        self.assertFalse(self.run_dunning().notice_ids)
        self.assertEqual(self.get_decisions(invoice).reason, "quiet_days")

    def test_an_archived_scenario_reminds_nobody(self):
        self.scenario.active = False
        invoice = self.make_overdue_invoice(10)
        self.assertFalse(self.run_dunning().notice_ids)
        self.assertEqual(self.get_decisions(invoice).reason, "no_scenario")

    def test_the_customer_s_scenario_comes_before_the_company_s(self):
        soft = self.make_scenario(30)
        self.customer.dunning_scenario_id = soft
        invoice = self.make_overdue_invoice(10)
        self.run_dunning()
        self.assert_reason(invoice, "awaiting_step")
        self.assertEqual(self.get_decisions(invoice).scenario_id, soft)

    def test_a_branch_follows_the_scenario_of_its_company(self):
        self.assertEqual(self.branch._get_dunning_scenario(), self.scenario)
        self.branch.dunning_scenario_id = self.make_scenario(5)
        self.assertEqual(self.branch._get_dunning_scenario().step_ids.offset_days, 5)

    def test_steps_follow_each_other(self):
        """S4.6, S4.14, S4.18: D−15 call, D+1, D+21, D+35 formal notice."""
        self.customer.phone = "+33 1 23 45 67 89"
        due = TODAY + timedelta(days=63)  # a Tuesday: no step falls on a day off
        invoice = self.make_invoice(due=due)
        done = []
        for offset in range(-20, 60):
            notice = self.run_dunning(due + timedelta(days=offset)).notice_ids
            if notice:
                done.append((offset, notice.channel, notice.tone))
                notice.filtered(lambda notice: notice.state == "draft")._transition("validated")
                notice._transition("queued") if notice.channel == "email" else None
                notice._transition("sent")
        self.assertEqual(
            done,
            [
                (-15, "call", "courteous"),
                (1, "email", "courteous"),
                (21, "email", "firm"),
                (35, "letter", "formal"),
            ],
        )
        self.assert_reason(invoice, "completed")

    # === Notices ===#

    def test_one_notice_lists_all_that_a_customer_owes(self):
        """S4.10: one message, all overdue invoices, net of credits."""
        self.make_overdue_invoice(10, amount=100)
        self.make_overdue_invoice(50, amount=200)
        self.make_invoice(amount=-30)
        self.make_invoice(amount=400, due=TODAY + timedelta(days=30))
        notice = self.run_dunning().notice_ids
        self.assertEqual(len(notice), 1)
        self.assertEqual(sorted(notice.line_ids.mapped("claimed")), [-30, 100, 200])
        self.assertEqual(notice.amount_claimed, 270)

    def test_a_formal_notice_claims_only_what_reaches_it(self):
        """A late invoice is not put under formal notice with an old one; credits count once."""
        self.scenario.entry = "age"
        old = self.make_overdue_invoice(40, amount=500)
        young = self.make_overdue_invoice(3, amount=200)
        self.make_invoice(amount=-50)
        notices = self.run_dunning().notice_ids
        formal = notices.filtered(lambda notice: notice.tone == "formal")
        reminder = notices - formal
        self.assertEqual(formal.amount_claimed, 450)
        self.assertEqual(formal.line_ids.filtered("step_id").move_id, old)
        self.assertEqual(reminder.amount_claimed, 200)
        self.assertEqual(reminder.line_ids.move_id, young)
        # Neither is outdated by the credit that the other one nets.
        self.assertFalse(notices._get_changes())

    def test_what_is_under_formal_notice_gets_no_softer_letter(self):
        self.scenario.entry = "age"
        self.scenario.quiet_days = 0
        self.make_overdue_invoice(40, amount=500)
        formal = self.run_dunning().notice_ids
        self.assertEqual(formal.tone, "formal")
        young = self.make_overdue_invoice(0, amount=200)
        reminder = self.run_dunning(TODAY + timedelta(days=1)).notice_ids
        self.assertEqual(reminder.line_ids.move_id, young)

    def test_credits_that_cover_the_formal_notice_leave_the_reminder(self):
        self.scenario.entry = "age"
        self.make_overdue_invoice(40, amount=500)
        young = self.make_overdue_invoice(3, amount=900)
        self.make_invoice(amount=-600)
        notice = self.run_dunning().notice_ids
        self.assertEqual(notice.tone, "courteous")
        self.assertEqual(notice.amount_claimed, 800)  # 500 + 900 − 600
        self.assertEqual(notice.line_ids.filtered("step_id").move_id, young)

    def test_one_notice_per_currency(self):
        self.make_overdue_invoice(10, amount=100)
        self.make_overdue_invoice(10, amount=300, currency_id=self.foreign_currency.id)
        notices = self.run_dunning().notice_ids
        self.assertEqual(
            {notice.currency_id.name: notice.amount_claimed for notice in notices},
            {"EUR": 100, "USD": 300},
        )

    def test_instalments_are_reminded_one_by_one(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Half now, half later",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 0}),
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 60}),
                ],
            }
        )
        self.make_invoice(due=days_ago(10), invoice_payment_term_id=terms.id)
        self.assertEqual(self.run_dunning().notice_ids.amount_claimed, 500)

    def test_running_twice_prepares_nothing_twice(self):
        """Design, rule 3."""
        invoice = self.make_overdue_invoice(10)
        first = self.run_dunning()
        second = self.run_dunning()
        self.assertEqual(len(first.notice_ids), 1)
        self.assertFalse(second.notice_ids)
        self.assert_reason(invoice, "notice_pending")

    def test_a_run_killed_before_its_notices_is_completed_by_the_next(self):
        invoice = self.make_overdue_invoice(10)
        killed = self.env["account.dunning.run"]._start(self.company, TODAY)
        self.assertFalse(killed.notice_ids)
        notice = self.run_dunning().notice_ids
        self.assertEqual(notice.line_ids.move_id, invoice)

    def test_a_killed_daily_job_goes_on_with_its_run(self):
        for number in range(3):
            self.make_overdue_invoice(10, partner=self.make_customer(f"Customer {number}"))
        killed = self.env["account.dunning.run"]._start(self.company, TODAY)
        next(killed._prepare_in_batches(batch_size=1))
        self.assertEqual(len(killed.notice_ids), 1)
        killed.notice_ids._transition("cancelled", "Paid in cash")
        with self.enter_registry_test_mode():
            self.env.ref("account_dispute_dunning.cron_dunning_daily").method_direct_trigger()
        self.assertEqual(len(killed.notice_ids), 3)
        runs = self.env["account.dunning.run"].search([("company_id", "=", self.company.id)])
        self.assertEqual(runs, killed)

    # === Public actions ===#

    def test_a_collector_runs_and_sees_why(self):
        invoice = self.make_overdue_invoice(10)
        action = self.env["account.dunning.run"].with_user(self.collector).action_run()
        run = self.env["account.dunning.run"].browse(action["res_id"])
        self.assertEqual(run.with_user(self.collector).notice_ids.line_ids.move_id, invoice)
        why = invoice.with_user(self.collector).action_why()
        answer = self.env[why["res_model"]].browse(why["res_id"])
        self.assertEqual(answer.decision_id, self.get_decisions(invoice))

    def test_the_buttons_of_the_list_run(self):
        """The web client calls a list's button with the ids selected: here none."""
        self.make_overdue_invoice(10)
        runs = self.env["account.dunning.run"].with_user(self.collector)
        for method, dry in (("action_dry_run", True), ("action_run", False)):
            action = call_kw(runs, method, [[]], {})
            self.assertEqual(runs.browse(action["res_id"]).is_dry, dry)

    def test_an_assistant_does_not_run(self):
        for method in ("action_run", "action_dry_run"):
            with self.assertRaises(AccessError):
                getattr(self.env["account.dunning.run"].with_user(self.assistant), method)()

    def test_the_daily_job_runs_each_company_once_a_day(self):
        self.make_overdue_invoice(10)
        with self.enter_registry_test_mode():
            for _time in range(2):
                self.env.ref("account_dispute_dunning.cron_dunning_daily").method_direct_trigger()
        runs = self.env["account.dunning.run"].search([("company_id", "=", self.company.id)])
        self.assertEqual(len(runs), 1)
        self.assertEqual(runs.date, TODAY)
