from datetime import datetime, time, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import TODAY, days_ago
from .common_notices import NoticesCommon

TOMORROW = TODAY + timedelta(days=1)


@tagged("post_install", "-at_install")
class TestDunningReviewing(NoticesCommon):
    """What a person does with the notices of the day: validate, edit, postpone, skip, cancel."""

    def run_dialogue(self, action, user=None, **values):
        dialogue = self.env[action["res_model"]].with_user(user or self.collector)
        wizard = dialogue.with_context(**action["context"]).create(values)
        wizard.action_confirm()
        return wizard

    def prepare_two(self):
        """One that can be done and one that can't: a draft, and a cancelled one."""
        notice = self.prepare(partner=self.make_customer("First"))
        cancelled = self.prepare(partner=self.make_customer("Second"))
        cancelled._transition("cancelled", "Paid in cash")
        return notice, cancelled, (notice | cancelled).with_user(self.collector)

    # === Many at once ===#

    def test_of_a_selection_the_user_reads_how_many_stayed_and_why(self):
        notice, cancelled, selection = self.prepare_two()
        told = selection.action_validate()["params"]
        self.assertEqual(notice.state, "validated")
        self.assertEqual((told["title"], told["type"]), ("Validated: 1.", "warning"))
        self.assertIn(f"Left as they are: 1.\n1 × {cancelled.name} is “Cancelled”", told["message"])

    def test_what_was_cancelled_at_the_last_check_is_told(self):
        notice, _cancelled, selection = self.prepare_two()
        self.pay(notice.line_ids.move_id)
        selection.action_validate()
        told = selection.action_send()["params"]
        self.assertEqual(told["title"], "Sent: 0.")
        self.assertIn("was settled since", told["message"])

    def test_one_notice_tells_on_its_form(self):
        notice = self.prepare().with_user(self.collector)
        self.assertIsNone(notice.action_validate())

    def test_when_none_can_the_user_reads_why(self):
        _notice, cancelled, selection = self.prepare_two()
        for method in ("action_validate", "action_send", "action_cancel", "action_postpone"):
            with self.assertRaisesRegex(UserError, "is “Cancelled”"):
                getattr(cancelled.with_user(self.collector), method)()
        self.assertIn("is “Cancelled”", selection.action_cancel()["context"]["default_rest"])

    def test_calls_have_nothing_to_print(self):
        self.customer.phone = "04 67 00 00 00"
        with self.assertRaisesRegex(UserError, "no letter"):
            self.prepare("call").action_print()

    # === Postpone ===#

    def test_postponed_it_leaves_on_its_day(self):
        notice = self.prepare(automatic=True)
        action = notice.with_user(self.collector).action_postpone()
        self.run_dialogue(action, date=TODAY + timedelta(days=3), reason="Back on Friday")
        self.assertIn("Back on Friday", notice.message_ids[0].body)
        self.process()
        self.assertEqual(notice.state, "validated")
        self.process_on(TOMORROW)
        self.assertEqual(notice.state, "validated")
        self.process_on(TODAY + timedelta(days=3))
        self.assertEqual(notice.state, "queued")

    def process_on(self, day):
        notices = self.env["account.dunning.notice"]
        notices.search(notices._get_domain_to_process(day))._process(day)

    def test_it_is_checked_again_on_its_day(self):
        notice = self.prepare(automatic=True)
        notice._postpone(TOMORROW, "Later")
        self.pay(notice.line_ids.move_id)
        self.process_on(TOMORROW)
        self.assertEqual(notice.state, "cancelled")

    def test_what_was_postponed_is_not_claimed_beside_another_invoice(self):
        """S0.4: a person said when to ask for it."""
        notice = self.prepare(scenario={"quiet_days": 0})
        notice._postpone(TODAY + timedelta(days=3), "They pay on Friday")
        other = self.make_overdue_invoice(2)
        self.assertEqual(self.run_dunning().notice_ids.line_ids.move_id, other)

    def test_longer_terms_given_meanwhile_it_does_not_leave(self):
        notice = self.prepare(automatic=True)
        notice.line_ids.move_line_id.date_maturity = TOMORROW
        self.process()
        self.assertEqual(notice.state, "cancelled")
        self.assertIn("due date changed", notice.state_reason)

    def test_what_comes_before_the_due_date_does_not_come_after_it(self):
        """S4.6: it would be untrue; and what waits for it would never be reminded."""
        written = self.prepare(automatic=True, days=-2, offset_days=-5)
        self.assertEqual(written.kind, "preventive")
        self.process_on(TODAY + timedelta(days=3))
        self.assertEqual(written.state, "cancelled")
        self.assertIn("due date", written.state_reason)

    def test_not_beyond_its_own_deadline_nor_into_the_past(self):
        action = self.prepare(deadline_days=2).with_user(self.collector).action_postpone()
        with self.assertRaisesRegex(ValidationError, "asks for payment until"):
            self.run_dialogue(action, date=TODAY + timedelta(days=3), reason="Later")
        with self.assertRaisesRegex(ValidationError, "still to come"):
            self.run_dialogue(action, date=TODAY, reason="Later")

    # === Cancel, skip ===#

    def test_skipped_it_does_not_come_again(self):
        notice = self.prepare().with_user(self.collector)
        self.run_dialogue(notice.action_cancel(), reason="Spoke to them", is_skipped=True)
        self.assertRecordValues(
            notice, [{"state": "cancelled", "is_skipped": True, "is_refused": False}]
        )

    def test_cancelled_its_e_mail_never_leaves(self):
        notice = self.queue()
        self.run_dialogue(notice.with_user(self.collector).action_cancel(), reason="Paid in cash")
        self.assertEqual(self.get_mails(notice).state, "cancel")

    # === Edit ===#

    def test_a_collector_edits_before_sending(self):
        notice = self.prepare().with_user(self.collector)
        notice._render_pdf()
        first = notice.attachment_id
        with Form(notice) as form:
            form.custom_subject = "About your account"
            form.custom_body = "<p>We spoke this morning.</p>"
        self.assertFalse(notice.attachment_id)
        self.assertFalse(first.exists())
        notice.action_validate()
        notice.action_send()
        self.assertEqual(notice.message_id.subject, "About your account")

    def test_what_the_customer_has_is_not_edited(self):
        for state in ("queued", "sent", "cancelled"):
            notice = self.prepare(partner=self.make_customer(state))
            notice._transition(state)
            with self.assertRaisesRegex(UserError, "can't be changed any more"):
                notice.with_user(self.manager).custom_subject = "Other words"

    def test_an_assistant_does_not_edit(self):
        notice = self.prepare()
        with self.assertRaisesRegex(UserError, "role"):
            notice.with_user(self.assistant).custom_subject = "Other words"
        with self.assertRaises(AccessError):
            notice.with_user(self.auditor).custom_subject = "Other words"

    def test_no_threat_while_a_dispute_is_open(self):
        """S2.76."""
        notice = self.prepare().with_user(self.collector)
        notice.custom_body = "<p>Otherwise we go to <b>court</b>.</p>"
        self.contest(self.make_overdue_invoice(5, partner=self.customer), 100)
        with self.assertRaisesRegex(UserError, "“court”"):
            notice.custom_body = "<p>Otherwise: the court.</p>"
        notice.custom_body = "<p>Please call me.</p>"

    def test_no_threat_in_softened_words(self):
        notice = self.prepare().with_user(self.collector)
        notice._write_frozen(is_softened=True)
        with self.assertRaisesRegex(UserError, "lawyer"):
            notice.custom_subject = "Our lawyer"

    # === Recipient ===#

    def test_validated_again_it_goes_to_the_new_contact(self):
        notice = self.queue()
        notice._set_bounced("User unknown")
        first_file = notice.attachment_id
        contact = self.env["res.partner"].create(
            {
                "name": "Marie",
                "email": "marie@x.example",
                "parent_id": self.customer.id,
                "dunning_role": "payables",
            }
        )
        notice.with_user(self.collector).action_validate()
        self.assertRecordValues(
            notice, [{"state": "validated", "contact_id": contact.id, "is_bounced": False}]
        )
        notice.with_user(self.collector).action_send()
        self.assertEqual(notice.state, "queued")
        self.assertTrue(first_file.exists(), "what an e-mail tried to deliver is proof")
        self.assertNotEqual(notice.attachment_id, first_file)

    def test_validated_again_it_goes_to_whom_the_treatment_names(self):
        """S1.19: nobody else at the customer reads it because a first e-mail failed."""
        children = self.env["res.partner"].create(
            [
                {"name": "Payables", "parent_id": self.customer.id, "dunning_role": "payables"},
                {"name": "Director", "parent_id": self.customer.id, "email": "dir@x.example"},
            ]
        )
        children[0].email = "payables@x.example"
        self.env["account.dunning.treatment"].create(
            {
                "partner_id": self.customer.id,
                "contact_id": children[1].id,
                "reason": "The director only",
            }
        )
        notice = self.queue()
        self.assertEqual(notice.contact_id, children[1])
        notice._transition("failed", "Refused")
        notice.with_user(self.collector).action_validate()
        self.assertEqual(notice.contact_id, children[1])

    def test_by_letter_instead(self):
        notice = self.queue()
        notice._set_bounced("User unknown")
        notice.with_user(self.collector).action_send_by_letter()
        self.assertRecordValues(
            notice,
            [{"state": "validated", "channel": "letter", "channel_reason": "User unknown"}],
        )
        notice.with_user(self.assistant).action_send()
        self.assertEqual(notice.state, "sent")

    # === Roles ===#

    def test_who_may_not_decide(self):
        notice = self.prepare()
        for method in ("action_validate", "action_postpone", "action_send_by_letter"):
            with self.assertRaisesRegex(UserError, "role"):
                getattr(notice.with_user(self.assistant), method)()
            with self.assertRaises(AccessError):
                getattr(notice.with_user(self.auditor), method)()

    def test_an_assistant_does_not_send_what_failed_before_anybody_validated_it(self):
        notice = self.prepare("letter")
        notice._transition("failed", "No postal address")
        for method in ("action_send", "action_posted"):
            with self.assertRaisesRegex(UserError, "role"):
                getattr(notice.with_user(self.assistant), method)()
        self.assertEqual(notice.state, "failed")

    def test_who_clicked_and_who_did_not(self):
        """S0.39: the share of the steps that nobody had to touch."""
        automatic = self.prepare(automatic=True)
        clicked = self.prepare(partner=self.make_customer("Other"))
        clicked.with_user(self.collector).action_validate()
        self.process()
        self.assertEqual((automatic | clicked).mapped("state"), ["queued", "queued"])
        self.assertTrue(automatic.is_automatic)
        self.assertFalse(clicked.is_automatic)


@tagged("post_install", "-at_install")
class TestDunningWaiting(NoticesCommon):
    """What leaves by itself waits for an answer, for its hours, for a person where it must."""

    def assert_waits(self, notice, why):
        self.process()
        self.assertEqual(notice.state, "validated")
        self.assertIn(why, notice.state_reason)
        notice.with_user(self.collector).action_send()
        self.assertEqual(notice.state, "queued", "a person has decided")

    def test_it_waits_after_an_answer(self):
        """S0.29."""
        answered = self.queue()
        answered._set_outcome(False)
        notice = self.prepare(automatic=True)
        answered._set_replied()
        self.assert_waits(notice, "The customer answered")

    def test_days_after_the_answer_it_leaves(self):
        notice = self.prepare(automatic=True)
        day = days_ago(self.company.dunning_reply_days)
        notice._write_frozen(replied_on=datetime.combine(day, time(18)))
        self.process()
        self.assertEqual(notice.state, "queued")

    def test_it_waits_when_the_customer_was_contacted_often_enough(self):
        """S2.69."""
        self.queue()._set_outcome(False)
        notice = self.prepare(automatic=True)
        self.company.dunning_cap_count = 1
        self.assert_waits(notice, "contacted 1 times")

    def test_the_letter_after_the_call_leaves_whatever_the_limit(self):
        """S2.69, S4.10: as in the decisions, both are one contact."""
        self.customer.phone = "04 67 00 00 00"
        self.customer.dunning_scenario_id = self.make_scenario(
            {"offset_days": 1, "channel": "call"},
            {"offset_days": 2, "trigger": "previous", "is_automatic": True},
        )
        self.company.dunning_cap_count = 1
        self.make_overdue_invoice(10)
        self.run_dunning(days_ago(1)).notice_ids._transition("sent", done_on=days_ago(1))
        letter = self.run_dunning().notice_ids
        self.process()
        self.assertEqual(letter.state, "queued")
        self.assertEqual(letter._count_contacts(self.company, TODAY), {self.customer: 1})

    def test_nothing_but_a_letter_after_the_call_completes_a_contact(self):
        """S2.69: a chain of e-mails is as many contacts."""
        chain = ("call", "email", "email", "call", "task")
        steps = self.make_scenario(
            *(
                {"offset_days": day, "channel": channel, "trigger": "previous"}
                for day, channel in enumerate(chain, 1)
            )
        ).step_ids
        self.assertEqual(
            [step._to_engine().is_contact for step in steps], [True, False, True, True, False]
        )

    def test_prevention_and_thanks_leave_before_the_bank_is_read(self):
        """S4.6, S0.33: they claim nothing."""
        notice = self.prepare(automatic=True)
        self.company.dunning_bank_days = 3
        self.assertTrue(notice._get_reasons_to_wait(TODAY))
        for kind in ("preventive", "thanks"):
            notice._write_frozen(kind=kind)
            self.assertFalse(notice._get_reasons_to_wait(TODAY))

    def test_a_strategic_customer_is_reviewed(self):
        """S0.3."""
        notice = self.prepare(automatic=True, level=2)
        self.customer.is_strategic = True
        self.process()
        self.assertEqual(notice.state, "draft")
        self.assertIn("strategic", notice.state_reason)

    def test_a_paused_customer_is_not_written_to(self):
        notice = self.prepare(automatic=True)
        call = self.prepare("task")
        self.env["account.dunning.treatment"].create(
            {
                "partner_id": self.customer.id,
                "is_paused": True,
                "reason": "Talks",
                "date_end": TODAY,
            }
        )
        self.process()
        self.assertEqual(notice.state, "cancelled")
        self.assertIn("Talks", notice.state_reason)
        call.with_user(self.collector).action_done()
        self.assertEqual(call.state, "sent")

    def test_e_mails_leave_in_the_hours_of_the_scenario(self):
        """Noon in UTC is two in the afternoon in Paris."""
        self.company.resource_calendar_id.tz = "Europe/Paris"
        early, late = (
            self.prepare(
                automatic=True,
                partner=self.make_customer(f"Until {until}"),
                scenario={"send_from": 8, "send_until": until},
            )
            for until in (13, 18)
        )
        self.process()
        self.assertEqual((early.state, late.state), ("validated", "queued"))

    def test_e_mails_leave_on_working_days(self):
        notice = self.prepare(automatic=True, scenario={"working_days_only": True})
        self.assertTrue(notice._is_at_working_time(datetime.combine(TODAY, time(12))))
        sunday = TODAY + timedelta(days=(6 - TODAY.weekday()) % 7)
        self.assertFalse(notice._is_at_working_time(datetime.combine(sunday, time(12))))

    def test_a_person_sends_at_any_hour(self):
        notice = self.prepare(scenario={"send_from": 1, "send_until": 2})
        notice.with_user(self.collector).action_validate()
        self.process()
        self.assertEqual(notice.state, "queued")
