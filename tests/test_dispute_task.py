from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, days_ago
from .common_procedure import ProcedureCommon

FRIDAY, MONDAY, TUESDAY = date(2026, 7, 3), date(2026, 7, 6), date(2026, 7, 7)


@tagged("post_install", "-at_install")
class TestTask(ProcedureCommon):
    """Tasks, questions and promises, and the activities that follow them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dispute = cls.contest(cls.invoice, 300)
        cls.task = cls.dispute.task_ids[0]

    def assert_activity(self, task, user, deadline=None):
        """The task has exactly one activity, of `user`; none if no user is given."""
        activities = task.activity_ids
        self.assertEqual(activities.user_id, user)
        self.assertEqual(len(activities), len(user))
        if deadline:
            self.assertEqual(activities.date_deadline, deadline)

    def test_one_activity_follows_the_task(self):
        """S1.23: assigned, reassigned, moved, done, reopened, cancelled."""
        nobody = self.env["res.users"]
        self.assert_activity(self.task, self.salesperson, self.task.date_deadline)
        self.task.write({"user_id": self.packer.id, "date_deadline": MONDAY})
        self.assert_activity(self.task, self.packer, MONDAY)
        self.task.facts = "70 was agreed."
        self.task.action_done()
        self.assert_activity(self.task, nobody)
        self.task.action_reopen()
        self.assert_activity(self.task, self.packer)
        self.task.action_cancel()
        self.assert_activity(self.task, nobody)

    def test_a_closed_dispute_asks_nobody_any_more(self):
        promise = self.make_task(
            self.dispute, "commitment", user_id=self.collector.id, date_deadline=MONDAY
        )
        self.close_dispute(self.dispute)
        self.assert_activity(self.task, self.env["res.users"])
        self.assert_activity(promise, self.collector)
        self.dispute._action_open(TODAY)
        self.assert_activity(self.task, self.salesperson)

    def test_a_mandatory_section_is_not_left_empty(self):
        self.task.facts = " "
        with self.assertRaisesRegex(UserError, "Write what you found"):
            self.task.action_done()
        self.task.cause = "The price list was old."
        self.task.with_user(self.salesperson).action_done()
        self.assertRecordValues(
            self.task,
            [{"done_on": fields.Datetime.now(), "done_by_id": self.salesperson.id}],
        )
        message = self.dispute.message_ids[0]
        self.assertIn("Sales · Find the agreed price: done", message.body)
        self.assertEqual(message.author_id, self.salesperson.partner_id)

    def test_an_answer_stays_as_it_was_given(self):
        self.task.facts = "70 was agreed."
        self.task.action_done()
        with self.assertRaisesRegex(UserError, "Reopen the task"):
            self.task.with_user(self.collector).facts = "80 was agreed."
        with self.assertRaisesRegex(UserError, "by its buttons"):
            self.task.with_user(self.collector).state = "todo"

    def test_a_question_to_a_department_measures_the_answer(self):
        """S2.25"""
        action = self.dispute.with_user(self.collector).action_request_help()
        tasks = self.env["account.dispute.task"].with_user(self.collector)
        with Form(tasks.with_context(**action["context"]), view=action["views"][0][0]) as form:
            form.name = "Was the pallet complete?"
            form.department_id = self.logistics
            form.date_deadline = MONDAY
        task = form.record
        self.assertIn(task.user_id, self.logistics.member_ids)
        self.assert_activity(task, task.user_id, MONDAY)
        with self.assertRaisesRegex(UserError, "Write your answer"):
            task.action_done()
        with freeze_time(fields.Datetime.now() + timedelta(hours=5, minutes=30)):
            task.with_user(self.driver).answer = "Yes, twelve boxes."
            task.with_user(self.driver).action_done()
        self.assertEqual(task.answer_hours, 5.5)

    def test_our_promises_have_a_deadline_and_turn_red(self):
        """S2.61"""
        action = self.dispute.with_user(self.collector).action_add_commitment()
        tasks = self.env["account.dispute.task"].with_user(self.collector)
        with Form(tasks.with_context(**action["context"]), view=action["views"][0][0]) as form:
            form.name = "Deliver the missing boxes"
            form.date_deadline = days_ago(1)
        promise = form.record
        self.assertEqual((promise.kind, promise.user_id), ("commitment", self.salesperson))
        self.assertTrue(promise.is_late)
        self.assertFalse(self.dispute._has_overdue_commitment(days_ago(1)))
        self.assertTrue(self.dispute._has_overdue_commitment(TODAY))
        promise.action_done()
        self.assertFalse(self.dispute._has_overdue_commitment(TODAY))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.make_task(self.dispute, "commitment")

    def test_one_discussion_per_dispute_with_those_who_take_part(self):
        """S3.27"""
        action = self.dispute.with_user(self.collector).action_discuss()
        channel = self.dispute.channel_id
        self.assertEqual(action["params"]["active_id"], f"discuss.channel_{channel.id}")
        members = channel.channel_partner_ids
        self.assertEqual(
            members & (self.collector | self.salesperson | self.packer).partner_id,
            (self.collector | self.salesperson).partner_id,
        )
        self.make_task(self.dispute, user_id=self.packer.id)
        self.dispute.with_user(self.packer).action_discuss()
        self.assertEqual(self.dispute.channel_id, channel)
        self.assertIn(self.packer.partner_id, channel.channel_partner_ids)

    def test_the_tasks_of_a_dispute(self):
        action = self.dispute.with_user(self.auditor).action_view_tasks()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, self.dispute.task_ids)
        self.task.date_deadline = days_ago(1)
        self.assertEqual((self.dispute.task_count, self.dispute.late_task_count), (3, 1))
