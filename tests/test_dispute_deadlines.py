from datetime import date, datetime, time, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL, mute_logger

from .common import TODAY, CollectionsCommon, days_ago

NOON = datetime.combine(TODAY, time(12))


def hours(count):
    return NOON + timedelta(hours=count)


class DeadlinesCommon(CollectionsCommon):
    """Tuesday 30 June 2026; the company works Monday to Friday, in UTC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "UTC"
        cls.reason = cls.env["account.dispute.reason"].create(
            {
                "name": "Wrong colour",
                "code": "wrong_colour",
                "parent_id": cls.env.ref("account_dispute_dunning.dispute_family_quality").id,
                "first_answer_hours": 24,
                "qualification_days": 1,
                "resolution_days": 10,
            }
        )
        cls.management = cls.env["account.dispute.department"].search(
            [("code", "=", "management")]
        ) or cls.env["account.dispute.department"].create(
            {"name": "Management", "code": "management"}
        )
        cls.management.with_company(cls.company).user_id = cls.manager

    def open_dispute(self, amount=300, on_date=TODAY, **values):
        """An open dispute of the collector, with a next action for the weeks to come."""
        dispute = self.contest(self.make_overdue_invoice(30), amount, self.reason, on_date)
        dispute.write(
            {"user_id": self.collector.id, "next_action_date": TODAY + timedelta(days=60)} | values
        )
        return dispute

    def investigate(self, dispute, on_date=TODAY):
        dispute._action_investigate(on_date)

    def add_task(self, dispute, deadline, **values):
        return self.env["account.dispute.task"].create(
            {"name": "Say what was shipped", "dispute_id": dispute.id, "date_deadline": deadline}
            | values
        )

    def add_exchange(self, dispute, direction, moment):
        return self.env["account.dispute.exchange"].create(
            {"dispute_id": dispute.id, "direction": direction, "date": moment}
        )

    def set_stored(self, record, **values):
        """Set what only the buttons of another model set, on a day of our choosing."""
        self.env.flush_all()
        for name, value in values.items():
            self.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE id = %s",
                    SQL.identifier(record._table),
                    SQL.identifier(name),
                    value,
                    record.id,
                )
            )
        record.invalidate_recordset()


@tagged("post_install", "-at_install")
class TestDisputeClocks(DeadlinesCommon):
    """First answer, qualification, resolution: started, reached, late (S1.11, S2.46, S3.13)."""

    # === Working days ===#

    def test_friday_and_two_working_days_make_tuesday(self):
        """S1.11."""
        friday = date(2026, 7, 3)
        self.assertEqual(self.company._add_working_days(friday, 2), date(2026, 7, 7))
        self.assertEqual(self.company._add_working_days(date(2026, 7, 7), -2), friday)
        self.assertEqual(self.company._count_working_days(friday, date(2026, 7, 7)), 2)
        self.assertEqual(self.company._add_working_days(friday, 0), friday)

    def test_leaves_of_the_company_do_not_count(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Bank holiday",
                "calendar_id": self.company.resource_calendar_id.id,
                "company_id": self.company.id,
                "date_from": datetime.combine(date(2026, 7, 6), time.min),
                "date_to": datetime.combine(date(2026, 7, 6), time(23)),
            }
        )
        friday = date(2026, 7, 3)
        self.assertEqual(self.company._add_working_days(friday, 2), date(2026, 7, 8))
        self.assertEqual(self.company._count_working_days(friday, date(2026, 7, 7)), 1)

    def test_working_days_are_those_of_where_the_company_is(self):
        """West of UTC an evening is the next day there; east of it a morning the one before."""
        friday = date(2026, 7, 3)
        for zone in ("America/Los_Angeles", "Pacific/Auckland"):
            self.company.resource_calendar_id.tz = zone
            self.assertEqual(self.company._add_working_days(friday, 2), date(2026, 7, 7), zone)
            self.assertEqual(self.company._add_working_days(friday, -1), date(2026, 7, 2), zone)
            self.assertEqual(self.company._count_working_days(friday, date(2026, 7, 7)), 2, zone)

    def test_every_day_counts_where_no_working_time_is_known(self):
        self.company.resource_calendar_id.attendance_ids.unlink()
        self.assertEqual(self.company._add_working_days(TODAY, 10), date(2026, 7, 10))

    # === Start ===#

    def test_three_clocks_start_at_the_opening(self):
        dispute = self.open_dispute()
        self.assertRecordValues(
            dispute,
            [
                {
                    "clocks_started_on": NOON,
                    "first_answer_deadline": hours(24),
                    "qualification_deadline": date(2026, 7, 1),
                    "date_deadline": date(2026, 7, 14),
                    "review_date": TODAY + timedelta(days=60),
                    "deadline_state": "on_time",
                    "is_late": False,
                }
            ],
        )

    def test_a_suspicion_has_no_deadline(self):
        dispute = self.env["account.dispute"].create({"partner_id": self.customer.id})
        self.assertFalse(dispute.date_deadline)
        self.assertFalse(dispute.deadline_state)

    def test_nobody_is_answered_about_what_we_found_ourselves(self):
        disputes = self.env["account.dispute"]
        dispute = disputes.create(
            {
                "partner_id": self.customer.id,
                "is_internal": True,
                "line_ids": disputes._prepare_from_amounts(
                    self.make_overdue_invoice()._get_receivable_lines(), 100
                ),
            }
        )
        dispute.action_open()
        self.assertFalse(dispute.first_answer_deadline)
        self.assertEqual(dispute.date_deadline, date(2026, 7, 14), "what a new reason would have")

    def test_first_answer_in_working_hours(self):
        """S2.46: around the clock, or in working hours where the company says so."""
        self.company.dispute_answer_in_working_hours = True
        self.reason.first_answer_hours = 8
        friday_noon = datetime.combine(date(2026, 7, 3), time(12))
        with freeze_time(friday_noon):
            dispute = self.open_dispute(on_date=friday_noon.date())
        self.assertEqual(dispute.first_answer_deadline.date(), date(2026, 7, 6))
        self.company.dispute_answer_in_working_hours = False
        with freeze_time(friday_noon):
            dispute = self.open_dispute(on_date=friday_noon.date())
        self.assertEqual(dispute.first_answer_deadline, friday_noon + timedelta(hours=8))

    def test_first_answer_by_the_company_where_the_reason_says_nothing(self):
        self.reason.first_answer_hours = 0
        self.company.dispute_first_answer_hours = 6
        self.assertEqual(self.open_dispute().first_answer_deadline, hours(6))

    # === Reach ===#

    def test_at_24_hours_without_answer_the_first_answer_is_late(self):
        """S2.46."""
        dispute = self.open_dispute()
        with freeze_time(hours(24) - timedelta(minutes=1)):
            dispute.invalidate_recordset()
            self.assertEqual(dispute.deadline_state, "soon")
        with freeze_time(hours(24)):
            dispute.invalidate_recordset()
            self.assertTrue(dispute.is_late)
            dispute._set_first_answer(hours(24))
            self.assertFalse(dispute.is_late)

    def test_first_answer_is_measured_from_the_customers_message(self):
        """S2.27, S3.34: from what the customer sent, before we opened the dispute."""
        dispute = self.open_dispute()
        self.add_exchange(dispute, "in", hours(-6))
        dispute._set_first_answer(hours(3))
        dispute._set_first_answer(hours(9))
        self.assertEqual((dispute.first_answered_on, dispute.first_answer_hours), (hours(3), 9))

    def test_first_answer_is_measured_from_the_opening(self):
        dispute = self.open_dispute()
        dispute._set_first_answer(hours(3))
        self.assertEqual(dispute.first_answer_hours, 3)

    def test_qualified_when_a_reason_is_set_and_work_begins(self):
        """S3.13."""
        dispute = self.open_dispute(reason_id=False)
        self.assertFalse(dispute.qualified_on)
        self.investigate(dispute)
        self.assertFalse(dispute.qualified_on, "without a reason nobody knows who settles it")
        dispute.reason_id = self.reason
        self.assertEqual(dispute.qualified_on, TODAY)

    def test_a_reason_alone_does_not_qualify(self):
        self.assertFalse(self.open_dispute().qualified_on)

    def test_a_new_reason_moves_the_deadline(self):
        """Ten working days become three, or ten again; without the days that we waited."""
        quick = self.reason.copy({"code": "quick", "name": "Quick", "resolution_days": 3})
        dispute = self.open_dispute()
        dispute.reason_id = quick
        self.assertEqual(dispute.date_deadline, date(2026, 7, 3))
        dispute.reason_id = self.reason
        self.assertEqual(dispute.date_deadline, date(2026, 7, 14))
        dispute.write({"reason_id": quick.id, "date_deadline": "2026-07-31"})
        self.assertEqual(dispute.date_deadline, date(2026, 7, 31), "a person's deadline holds")

    def test_reopening_starts_the_clocks_again(self):
        dispute = self.open_dispute(on_date=days_ago(29))
        dispute._set_first_answer(hours(-24 * 28))
        self.investigate(dispute, days_ago(28))
        self.close_dispute(dispute, on_date=days_ago(20))
        dispute._action_open(TODAY)
        self.assertRecordValues(
            dispute,
            [
                {
                    "clocks_started_on": NOON,
                    "first_answer_deadline": hours(24),
                    "first_answered_on": False,
                    "qualified_on": False,
                    "date_deadline": date(2026, 7, 14),
                }
            ],
        )

    def test_detection_and_treatment_are_measured(self):
        """S1.2: invoice to opening; opening to closing, the cycles together."""
        dispute = self.open_dispute(on_date=days_ago(29))
        self.assertEqual(dispute.detection_days, 31, "the invoice is 60 days old")
        self.close_dispute(dispute, on_date=days_ago(20))
        self.assertEqual(dispute.treatment_days, 9)
        dispute._action_open(days_ago(5))
        self.close_dispute(dispute, on_date=TODAY)
        self.assertEqual((dispute.treatment_days, dispute.detection_days), (14, 31))

    def test_what_was_not_measured_does_not_count_in_averages(self):
        measured = self.open_dispute()
        measured._set_first_answer(hours(4))
        self.close_dispute(measured, on_date=TODAY + timedelta(days=6))
        unmeasured = self.open_dispute()
        [(hours_mean, days_mean)] = self.env["account.dispute"]._read_group(
            [("id", "in", (measured | unmeasured).ids)],
            aggregates=["first_answer_hours:avg", "treatment_days:avg"],
        )
        self.assertEqual((hours_mean, days_mean), (4, 6))

    def test_nobody_types_what_the_clocks_measure(self):
        dispute = self.open_dispute()
        for name in ("first_answered_on", "waiting_days", "treatment_days", "qualified_on"):
            with self.assertRaisesRegex(UserError, "not typed"):
                dispute.with_user(self.manager).write({name: False})

    # === Look ===#

    def make_all_kinds(self):
        """Open disputes whose deadlines lie around today, in all combinations with what ran."""
        disputes = self.env["account.dispute"]
        invoice = self.make_overdue_invoice(30)
        for answer in (None, 0, 3, 5):
            for qualification in (None, -1, 0, 1):
                for resolution in (None, -1, 2, 3):
                    dispute = self.contest(invoice, 1, self.reason)
                    dispute._write_guarded(
                        first_answer_deadline=answer is not None and hours(answer),
                        qualification_deadline=qualification is not None
                        and TODAY + timedelta(days=qualification),
                        date_deadline=resolution is not None and TODAY + timedelta(days=resolution),
                    )
                    disputes |= dispute
        disputes[::3]._write_guarded(first_answered_on=NOON)
        disputes[::4]._write_guarded(qualified_on=TODAY)
        disputes[::7]._write_guarded(is_waiting=True, waiting_since=NOON)
        disputes[:2]._action_close(TODAY)
        return disputes

    def test_filters_find_what_the_form_shows(self):
        """Each state of the deadlines, and late: the search is the compute."""
        disputes = self.make_all_kinds()
        model = self.env["account.dispute"].search
        mine = [("id", "in", disputes.ids)]
        for state in ("on_time", "soon", "late", "waiting", False):
            expected = disputes.filtered(lambda each: each.deadline_state == state)  # noqa: B023
            self.assertTrue(expected, state)
            self.assertEqual(
                model([*mine, ("deadline_state", "=", state)]), expected.sorted(), state
            )
            self.assertEqual(
                model([*mine, ("deadline_state", "!=", state)]), (disputes - expected).sorted()
            )
        late = disputes.filtered("is_late")
        self.assertEqual(model([*mine, ("is_late", "=", True)]), late.sorted())
        self.assertEqual(model([*mine, ("is_late", "=", False)]), (disputes - late).sorted())

    def test_the_form_shows_three_clocks(self):
        dispute = self.open_dispute()
        self.investigate(dispute)
        html = dispute.with_user(self.collector).clocks_html
        for words in ("First answer", "24 h left", "Reached", "Resolution", "14 d left"):
            self.assertIn(words, html)
        with freeze_time(hours(24 * 16)):
            dispute.invalidate_recordset()
            self.assertIn("2 d late", dispute.clocks_html)

    # === Next action ===#

    def test_an_open_dispute_has_a_next_action(self):
        """S1.20: proposed at the opening; a person's own stays."""
        dispute = self.contest(self.make_overdue_invoice(), 100, self.reason)
        self.assertEqual(dispute.next_action, "Answer the customer")
        self.assertEqual(dispute.next_action_date, date(2026, 7, 1))
        task = self.add_task(dispute, date(2026, 7, 3))
        dispute._set_first_answer(hours(1))
        self.assertEqual(
            (dispute.next_action, dispute.next_action_date), (task.name, date(2026, 7, 3))
        )
        dispute.next_action = "Visit the customer"
        dispute._set_first_answer(hours(2))
        self.assertEqual(dispute.next_action, "Visit the customer")

    def test_without_next_action_is_found(self):
        """S1.20: the filter counts those with nothing planned from today on; its target is 0."""
        dispute = self.open_dispute()
        mine = [("id", "=", dispute.id), ("is_without_next_action", "=", True)]
        search = self.env["account.dispute"].search_count
        for day, count in ((TODAY, 0), (days_ago(1), 1), (False, 1)):
            dispute.next_action_date = day
            self.assertEqual((search(mine), dispute.is_without_next_action), (count, bool(count)))
        self.close_dispute(dispute)
        self.assertEqual(search(mine), 0)


@tagged("post_install", "-at_install")
class TestDisputeWaiting(DeadlinesCommon):
    """While we wait for the customer the clocks stand still."""

    def wait(self, dispute, user=None):
        """Wait through the dialogue, from noon today."""
        user = user or self.collector
        action = dispute.with_user(user).action_wait()
        model = self.env[action["res_model"]].with_user(user).with_context(**action["context"])
        with Form(model) as form:
            form.awaited = "Photos of the pallet"
        form.record.action_confirm()

    def test_a_pause_of_two_working_days_moves_the_deadlines_by_two(self):
        """Domain 5.11: and the procedure's open tasks with them, over a week-end."""
        dispute = self.open_dispute()
        task = self.add_task(dispute, date(2026, 7, 2))
        help_asked = self.add_task(dispute, date(2026, 7, 2), kind="help")
        thursday = hours(48)
        with freeze_time(thursday):
            self.wait(dispute)
            self.assertEqual((dispute.is_waiting, dispute.deadline_state), (True, "waiting"))
            self.assertIn("Photos of the pallet", dispute.next_action)
        monday = hours(24 * 6)
        with freeze_time(monday):
            dispute.with_user(self.collector).action_resume()
        self.assertRecordValues(
            dispute,
            [
                {
                    "is_waiting": False,
                    "waiting_days": 2,
                    "qualification_deadline": date(2026, 7, 3),
                    "date_deadline": date(2026, 7, 16),
                    "next_action_date": date(2026, 7, 6),
                }
            ],
        )
        self.assertEqual(task.date_deadline, date(2026, 7, 6))
        self.assertEqual(help_asked.date_deadline, date(2026, 7, 2), "our own do not wait")

    def test_what_the_first_answer_had_left_it_still_has(self):
        """Hours stand still by the hour: 20 left before the week-end, 20 left after it."""
        dispute = self.open_dispute()
        with freeze_time(hours(4)):
            self.wait(dispute)
        dispute._on_customer_message(hours(100))
        self.assertEqual(dispute.first_answer_deadline, hours(120))

    def test_a_clock_that_was_reached_does_not_move(self):
        dispute = self.open_dispute()
        dispute._set_first_answer(hours(1))
        self.investigate(dispute)
        self.wait(dispute)
        dispute._on_customer_message(hours(48))
        self.assertEqual(dispute.first_answer_deadline, hours(24))
        self.assertEqual(dispute.qualification_deadline, date(2026, 7, 1))
        self.assertEqual(dispute.date_deadline, date(2026, 7, 16))

    def test_waiting_times_add_up(self):
        dispute = self.open_dispute()
        for day in (0, 2):
            with freeze_time(hours(24 * day)):
                self.wait(dispute)
            dispute._on_customer_message(hours(24 * (day + 1)))
        self.assertEqual(dispute.waiting_days, 2)

    def test_a_message_of_a_customer_for_whom_nobody_waits_changes_nothing(self):
        dispute = self.open_dispute()
        dispute._on_customer_message(hours(48))
        self.assertEqual((dispute.waiting_days, dispute.date_deadline), (0, date(2026, 7, 14)))

    def test_what_the_customer_said_before_we_waited_is_not_what_we_wait_for(self):
        """A call of this morning that is logged now does not end the pause."""
        dispute = self.open_dispute()
        self.wait(dispute)
        dispute._on_customer_message(hours(-3))
        self.assertTrue(dispute.is_waiting)

    def test_what_is_closed_waits_for_nobody(self):
        dispute = self.open_dispute()
        self.wait(dispute)
        self.close_dispute(dispute, on_date=TODAY + timedelta(days=2))
        self.assertEqual((dispute.is_waiting, dispute.waiting_days), (False, 2))

    def test_the_pause_is_in_the_history(self):
        dispute = self.open_dispute()
        dispute = dispute.with_context(tracking_disable=False, mail_notrack=False)
        self.cr.precommit.run()  # what is tracked begins after the request that created it
        dispute._action_wait("Photos of the pallet", TODAY, NOON)
        self.assertRegex(self.read_history(dispute), "stand still.*Photos of the pallet")
        dispute._on_customer_message(hours(48))
        self.assertIn("2 working days", self.read_history(dispute))

    def read_history(self, dispute):
        """The last message, with what Odoo's tracking adds at the end of the request."""
        self.env.flush_all()
        self.cr.precommit.run()
        dispute.invalidate_recordset(["message_ids"])
        return dispute.message_ids[0].body

    def test_who_may_let_the_clocks_stand_still(self):
        dispute = self.open_dispute()
        for user, error in ((self.assistant, UserError), (self.auditor, AccessError)):
            for action in ("action_wait", "action_resume"):
                with self.assertRaises(error), mute_logger("odoo.models"):
                    getattr(dispute.with_user(user), action)()

    def test_only_an_open_dispute_waits_and_once(self):
        dispute = self.open_dispute()
        self.wait(dispute)
        with self.assertRaisesRegex(UserError, "waits for the customer already"):
            self.wait(dispute)
        self.close_dispute(dispute)
        with self.assertRaisesRegex(UserError, "no clock runs"):
            self.wait(dispute)
