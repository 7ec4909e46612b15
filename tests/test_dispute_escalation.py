from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..engine.dispute import Kind
from .common import TODAY, days_ago
from .test_dispute_deadlines import NOON, DeadlinesCommon, hours


@tagged("post_install", "-at_install")
class TestDisputePriority(DeadlinesCommon):
    """How urgent a dispute is, and why (S1.8, S1.18)."""

    def large(self, **values):
        """12,000 contested of the 20,000 that the customer owes."""
        invoice = self.make_overdue_invoice(30, amount=20000)
        dispute = self.contest(invoice, 12000, self.reason)
        dispute.write({"user_id": self.collector.id} | values)
        return dispute

    def test_the_working_is_visible(self):
        """S1.8."""
        dispute = self.large()
        self.assertEqual(dispute.priority, "1")
        working = dispute.priority_working
        self.assertRegex(working, r"amount 12,000.00.€: \+2")
        self.assertRegex(working, r"50 % or more of what the customer owes: \+1")
        self.assertIn("Together 3: Normal", working)
        self.env["res.lang"]._activate_lang("fr_FR")
        self.assertIn("12", dispute.with_context(lang="fr_FR").priority_working)

    def test_a_flag_raises_it_at_once(self):
        """S2.44."""
        dispute = self.open_dispute(amount=10)
        self.assertEqual(dispute.priority, "0")
        dispute.has_reputation_risk = True
        self.assertEqual(dispute.priority, "2")
        dispute.has_reputation_risk = False
        self.assertEqual(dispute.priority, "0")

    def test_a_changed_amount_changes_it_at_once(self):
        dispute = self.large()
        dispute.line_ids.amount = 100
        self.assertEqual(dispute.priority, "0")

    def test_time_and_recurrence_count(self):
        self.company.dispute_recurrence_count = 2
        first = self.large()
        second = self.open_dispute(on_date=days_ago(29))
        self.refresh_all(TODAY)
        self.assertIn("2 disputes of this customer", first.priority_working)
        self.assertIn("the deadline has passed", second.priority_working)
        self.assertIn("open for 15 days or more", second.priority_working)

    def refresh_all(self, on_date):
        return list(self.env["account.dispute"]._refresh_all_priorities(self.company, on_date))

    def test_a_persons_priority_stays_and_is_logged(self):
        """S1.8: manual override logged."""
        dispute = self.large()
        dispute.with_user(self.collector).priority = "3"
        self.assertRegex(dispute.message_ids[0].body, "by hand: Normal → Urgent")
        self.assertEqual(dispute.message_ids[0].author_id, self.collector.partner_id)
        self.refresh_all(TODAY)
        self.assertEqual((dispute.priority, dispute.has_own_priority), ("3", True))
        self.assertIn("Set by hand: Urgent", dispute.priority_working)
        dispute.with_user(self.collector).action_reset_priority()
        self.assertEqual((dispute.priority, dispute.has_own_priority), ("1", False))

    def test_a_copy_is_as_urgent_as_its_own_facts(self):
        copy = self.large().copy()
        self.assertEqual((copy.priority, copy.has_own_priority), ("0", False))

    def test_the_order_is_deterministic(self):
        """S1.8: the same disputes, made in another order, are read in the same order."""
        small = self.open_dispute(amount=10)
        large, urgent = self.large(), self.large(has_reputation_risk=True)
        disputes = small | large | urgent
        self.assertEqual(urgent.priority, "3")
        for _time in range(2):
            found = self.env["account.dispute"].search([("id", "in", disputes.ids)])
            self.assertEqual(found, urgent | large | small)
            self.refresh_all(TODAY)

    def test_the_daily_computation_writes_only_what_changed(self):
        dispute = self.large()
        before = self.get_row_version(dispute)
        self.refresh_all(TODAY + timedelta(days=1))
        self.assertEqual(self.get_row_version(dispute), before)
        self.refresh_all(TODAY + timedelta(days=15))
        self.assertNotEqual(self.get_row_version(dispute), before, "15 days of age count")

    def get_row_version(self, dispute):
        """Where PostgreSQL keeps the row: another place after each write."""
        self.env.flush_all()
        self.cr.execute("SELECT ctid FROM account_dispute WHERE id = %s", [dispute.id])
        return self.cr.fetchone()


@tagged("post_install", "-at_install")
class TestDisputeEscalation(DeadlinesCommon):
    """Who is told of what, once (S1.1, S1.12, S1.20, S2.44-46, S3.13)."""

    def escalate(self, days=0):
        """What the daily job does, so many days from now."""
        with freeze_time(hours(24 * days)):
            return self.env["account.dispute.escalation"]._escalate(
                self.company, TODAY + timedelta(days=days)
            )

    def kinds(self, escalations, dispute):
        return set(escalations.filtered(lambda each: each.dispute_id == dispute).mapped("kind"))

    def in_order(self, **values):
        """A dispute without anything late, for weeks: answered, qualified, with time."""
        dispute = self.open_dispute(
            date_deadline=TODAY + timedelta(days=90), review_date=TODAY + timedelta(days=90)
        )
        dispute._set_first_answer(NOON)
        self.investigate(dispute)
        dispute.write(values)
        return dispute

    def test_silence_is_told_on_the_day_after_n_once(self):
        """S1.1: day N + 1 creates it once, for the owner; N days later for the manager."""
        dispute = self.in_order()
        self.assertFalse(self.escalate(7))
        [told] = self.escalate(8)
        self.assertRecordValues(
            told, [{"kind": "idle", "user_id": self.collector.id, "dispute_id": dispute.id}]
        )
        activity = dispute.activity_ids.filtered(lambda each: each.user_id == self.collector)
        self.assertEqual(activity.summary, "Nothing happens")
        self.assertFalse(self.escalate(8) | self.escalate(14))
        [told] = self.escalate(15)
        self.assertEqual((told.kind, told.user_id), ("idle_manager", self.manager))
        self.assertFalse(self.escalate(16) | self.escalate(40))

    def test_what_a_person_does_ends_the_silence(self):
        """A note, an exchange, a task or an activity done; not what a job writes."""
        self.escalate()
        noted, called, answered, done, ignored = (self.in_order() for _number in range(5))
        task = self.add_task(answered, TODAY + timedelta(days=90))
        activity = done.activity_schedule(user_id=self.collector.id)
        with freeze_time(hours(24 * 5)):
            noted.with_user(self.collector).message_post(body="Called the warehouse")
            self.add_exchange(called, "in", hours(24 * 5))
            self.set_stored(task, state="done", done_on=hours(24 * 5))
            activity.with_user(self.collector).action_feedback("Done")
            ignored._message_log(body="A job", author_id=self.env.ref("base.partner_root").id)
        self.assertEqual(self.escalate(8).dispute_id, ignored)

    def test_a_late_first_answer_is_the_managers(self):
        """S2.46."""
        dispute = self.open_dispute()
        self.assertNotIn("first_answer", self.kinds(self.escalate(), dispute))
        told = self.escalate(1).filtered(lambda each: each.dispute_id == dispute)
        self.assertEqual((told.kind, told.user_id), ("first_answer", self.manager))
        self.assertRegex(dispute.message_ids[0].body, "Manager was told: Nobody answered")

    def test_each_clock_is_told_of(self):
        """S3.13, S1.11."""
        dispute = self.open_dispute(review_date=TODAY + timedelta(days=90))
        dispute._set_first_answer(NOON)
        self.assertEqual(self.kinds(self.escalate(2), dispute), {"qualification"})
        self.assertIn("resolution", self.kinds(self.escalate(15), dispute))

    def test_a_dispute_without_next_action_is_told_of(self):
        """S1.20."""
        dispute = self.in_order(next_action_date=TODAY)
        self.assertFalse(self.escalate())
        self.assertEqual(self.kinds(self.escalate(1), dispute), {"no_next_action"})

    def test_a_suspension_is_reviewed_and_never_lifted_by_itself(self):
        """S1.12."""
        dispute = self.in_order(review_date=TODAY + timedelta(days=3))
        [told] = self.escalate(3)
        self.assertEqual((told.kind, told.user_id), ("suspension", self.manager))
        self.assertEqual(dispute.state, "investigating")
        self.assertEqual(self.get_receivables(dispute.move_ids).contested, 300)
        later = TODAY + timedelta(days=30)
        dispute.with_user(self.manager).review_date = later
        review = dispute.activity_ids.filtered(lambda each: each.date_deadline == later)
        self.assertEqual(review.user_id, self.manager, "put off, it is not forgotten")

    def test_a_reputation_at_risk_is_told_at_once_and_again_after_24_hours(self):
        """S2.44, S2.45: also where the reason allows more time."""
        self.reason.first_answer_hours = 72
        dispute = self.open_dispute()
        dispute.with_user(self.assistant).has_reputation_risk = True
        self.assertRecordValues(
            dispute.escalation_ids, [{"kind": "reputation", "user_id": self.manager.id}]
        )
        dispute.has_reputation_risk = False
        dispute.has_reputation_risk = True
        self.assertEqual(len(dispute.escalation_ids), 1, "once")
        self.assertEqual(self.kinds(self.escalate(1), dispute), {"first_answer"})

    def test_the_job_wakes_when_a_first_answer_becomes_due(self):
        """S2.45, S2.46: hours matter, the job is daily."""
        cron = self.env.ref("account_dispute_dunning.cron_dispute_escalation")
        self.open_dispute()
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertIn(hours(24), triggers.mapped("call_at"))

    def test_silence_about_a_proposal_may_be_agreement(self):
        dispute = self.in_order()
        resolution = self.env["account.dispute.resolution"].create(
            {"dispute_id": dispute.id, "outcome": "credit"}
        )
        self.set_stored(resolution, state="proposed", proposed_on=hours(1))
        dispute._action_propose(resolution, TODAY)
        self.assertNotIn("tacit", self.kinds(self.escalate(14), dispute))
        self.assertIn("tacit", self.kinds(self.escalate(15), dispute))

    def test_an_answer_to_a_proposal_is_no_silence(self):
        dispute = self.in_order()
        resolution = self.env["account.dispute.resolution"].create(
            {"dispute_id": dispute.id, "outcome": "credit"}
        )
        self.set_stored(resolution, state="proposed", proposed_on=hours(1))
        dispute._action_propose(resolution, TODAY)
        self.add_exchange(dispute, "in", hours(5))
        self.assertNotIn("tacit", self.kinds(self.escalate(30), dispute))

    def test_late_tasks_are_told_to_the_owner(self):
        dispute = self.in_order()
        self.add_task(dispute, TODAY)
        self.assertFalse(self.escalate())
        [told] = self.escalate(1)
        self.assertEqual((told.kind, told.user_id), ("task", self.collector))

    def test_waiting_stops_the_clocks_alerts(self):
        dispute = self.open_dispute(next_action_date=TODAY)
        dispute._action_wait("Photos", TODAY + timedelta(days=20), NOON)
        self.assertFalse(self.escalate(16))
        kinds = self.kinds(self.escalate(21), dispute)
        self.assertEqual(kinds, {"idle", "no_next_action"}, "we forgot to ask again")

    def test_a_reopened_dispute_is_told_of_again(self):
        dispute = self.in_order()
        self.escalate(8)
        self.close_dispute(dispute, on_date=TODAY + timedelta(days=9))
        self.assertFalse(self.escalate(30))
        with freeze_time(hours(24 * 31)):
            dispute._action_open(TODAY + timedelta(days=31))
        self.assertIn("idle", self.kinds(self.escalate(40), dispute))

    def test_a_closed_dispute_asks_nobody_any_more(self):
        dispute = self.in_order()
        self.escalate(8)
        alert = self.env.ref("account_dispute_dunning.mail_activity_type_dispute_alert")
        self.assertIn(alert, dispute.activity_ids.activity_type_id)
        self.close_dispute(dispute, on_date=TODAY + timedelta(days=9))
        self.assertNotIn(alert, dispute.activity_ids.activity_type_id)

    def test_a_dispute_without_owner_is_the_managers(self):
        dispute = self.in_order(user_id=False)
        self.escalate(8)
        self.assertEqual(dispute.escalation_ids.user_id, self.manager)

    def test_without_a_leader_any_manager_is_told(self):
        self.management.with_company(self.company).user_id = False
        manager = self.env["account.dispute.escalation"]._get_manager(self.company)
        self.assertTrue(manager.has_group("account_dispute_dunning.group_manager"))
        self.assertIn(self.company, manager.company_ids)

    def test_two_jobs_at_once_tell_once(self):
        """The same alerts, decided twice before either acted: the second tells nobody."""
        dispute = self.in_order(next_action_date=days_ago(1))
        escalations = self.env["account.dispute.escalation"]
        alerts = escalations._decide(self.company, TODAY)
        self.assertEqual([alert.kind for alert in alerts], [Kind.NO_NEXT_ACTION])
        self.assertEqual(len(escalations._tell(self.company, alerts, TODAY)), 1)
        before = len(dispute.message_ids), len(dispute.activity_ids)
        self.assertFalse(escalations._tell(self.company, alerts, TODAY))
        self.assertEqual((len(dispute.message_ids), len(dispute.activity_ids)), before)

    def test_nobody_writes_an_escalation(self):
        dispute = self.in_order()
        self.escalate(8)
        for user in (self.assistant, self.manager):
            with self.assertRaises(AccessError), mute_logger("odoo.models"):
                dispute.escalation_ids.with_user(user).write({"reason": "None"})

    def test_one_company_does_not_see_the_others(self):
        dispute = self.in_order()
        told = self.env["account.dispute.escalation"]._escalate(
            self.branch, TODAY + timedelta(days=8)
        )
        self.assertFalse(told)
        self.assertFalse(dispute.escalation_ids)

    def test_the_daily_job(self):
        """Everything above in one call, for every company, committing as it goes."""
        dispute = self.in_order(next_action_date=days_ago(1))
        cron = self.env.ref("account_dispute_dunning.cron_dispute_escalation")
        self.env.flush_all()
        with self.enter_registry_test_mode():
            cron.sudo().method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(dispute.escalation_ids.mapped("kind"), ["no_next_action"])
        self.assertEqual(dispute.escalation_ids.user_id, self.collector)
