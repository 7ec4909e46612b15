from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.mail.tests.common import MailCase

from .common import TODAY, CollectionsCommon, days_ago

TOMORROW = TODAY + timedelta(days=1)


@tagged("post_install", "-at_install")
class TestDunningCalls(CollectionsCommon, MailCase):
    """A call is a step with a script and an outcome, and each outcome has its next action."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calls = cls.make_scenario(
            {"offset_days": 1, "channel": "call", "level": 1, "script": "<p>Ask why</p>"},
            {"offset_days": 2, "channel": "letter", "level": 1},
        )
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.calls.step_ids[0].with_context(lang="fr_FR").script = "<p>Demandez pourquoi</p>"
        cls.company.dunning_scenario_id = cls.calls
        cls.customer.write({"collector_id": cls.collector.id, "phone": "+33 4 67 00 00 00"})

    def setUp(self):
        super().setUp()
        self.invoice = self.make_overdue_invoice(5)
        self.notice = self.run_dunning().notice_ids

    def log(self, outcome, user=None, **values):
        """Through the dialogue, as the web client does; returns what it opens next."""
        notice = self.notice.with_user(user or self.collector)
        action = notice.action_done()
        model = self.env[action["res_model"]].with_user(notice.env.user)
        with Form(model.with_context(**action["context"])) as form:
            form.outcome = outcome
            for name, value in values.items():
                form[name] = value
        self.assertTrue(form.record.next_action)
        return form.record.action_confirm()

    def get_planned(self):
        return self.notice.activity_ids

    def test_invoices_are_sent_again_to_the_customer_only(self):
        """Whatever the dialogue is sent: a neighbour does not read the customer's invoices."""
        stranger = self.make_customer("Neighbour")
        wizard = self.env["account.dunning.notice.call"].with_user(self.assistant)
        values = {"outcome": "not_received", "invoice_contact_id": stranger.id}
        with self.assertRaisesRegex(UserError, "no contact of"):
            wizard.create(values | {"notice_id": self.notice.id}).action_confirm()
        self.assertEqual(self.notice.state, "draft")

    # === The call as a step ===#

    def test_the_activity_carries_the_script_in_the_collector_s_language(self):
        """S4.7, S4.15."""
        self.collector.lang = "fr_FR"
        other = self.make_customer(
            "Librairie", collector_id=self.collector.id, phone="+33 4 67 00 00 01"
        )
        self.make_overdue_invoice(5, partner=other)
        notice = self.run_dunning().notice_ids
        self.assertIn("Demandez pourquoi", notice.activity_ids.note)
        self.assertIn("Demandez pourquoi", notice.call_script)
        self.assertEqual(notice.activity_ids.user_id, self.collector)

    def test_the_letter_waits_for_the_outcome_of_the_call(self):
        """S4.9: no letter step before the call's outcome is logged."""
        self.assertEqual(self.notice.channel, "call")
        self.assertFalse(self.run_dunning(TOMORROW).notice_ids)
        self.assertEqual(self.get_decisions(self.invoice).reason, "notice_pending")
        self.log("not_validated")
        letter = self.run_dunning(TOMORROW).notice_ids
        self.assertEqual(letter.step_id, self.calls.step_ids[1])

    def test_a_call_is_not_done_without_an_outcome(self):
        """Nor by the buttons of other notices, one or many."""
        self.notice.with_user(self.collector).action_validate()
        with self.assertRaisesRegex(UserError, "log the call"):
            self.notice.with_user(self.collector).action_send()
        self.assertEqual(self.notice.state, "validated")

    def test_a_call_done_counts_as_contact_and_as_step(self):
        self.company.write({"dunning_cap_count": 1, "dunning_cap_days": 30})
        self.log("not_validated")
        self.assertRecordValues(
            self.notice,
            [{"state": "sent", "done_on": TODAY, "call_outcome": "not_validated"}],
        )
        self.run_dunning(TOMORROW)
        decision = self.get_decisions(self.invoice)
        self.assertEqual(
            (decision.reason, decision.step_id), ("contact_cap", self.calls.step_ids[1])
        )

    def test_who_was_called_and_what_was_said_is_kept(self):
        person = self.env["res.partner"].create({"name": "Anne", "parent_id": self.customer.id})
        self.log("not_validated", contact_id=person, note="She waits for the order number")
        self.assertEqual(self.notice.contact_id, person)
        self.assertEqual(self.notice.call_note, "She waits for the order number")
        with self.assertRaises(UserError):
            self.notice.with_user(self.manager).call_note = "Nothing"

    def test_a_stranger_is_not_whom_we_called(self):
        stranger = self.make_customer("Stranger")
        with self.assertRaisesRegex(UserError, "no contact of"):
            self.log("not_validated", contact_id=stranger)

    def test_the_next_call_shows_the_earlier_ones(self):
        self.log("not_validated")
        self.pay(self.invoice)
        second = self.make_overdue_invoice(5)
        notice = self.run_dunning(TOMORROW).notice_ids
        self.assertIn(second, notice.line_ids.move_id)
        self.assertEqual(notice.call_history_ids, self.notice)

    def test_a_payment_since_is_shown_before_it_is_logged(self):
        self.pay(self.invoice, 400)
        action = self.notice.with_user(self.collector).action_done()
        wizard = self.env[action["res_model"]].with_context(**action["context"]).new({})
        self.assertIn("open amount changed", wizard.change)

    def test_an_assistant_logs_and_validates_nothing(self):
        self.log("promise", self.assistant, date=TOMORROW)
        self.assertEqual(self.notice.state, "sent")
        treatment = self.env["account.dunning.treatment"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertEqual(treatment.user_id, self.assistant)

    def test_others_do_not_log(self):
        for user in (self.auditor, self.invoicing, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.notice.with_user(user).action_done()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["account.dunning.notice.call"].with_user(user).create(
                    {"notice_id": self.notice.id, "outcome": "no_answer"}
                )

    def test_a_call_is_logged_once(self):
        self.log("not_validated")
        with self.assertRaisesRegex(UserError, "over"):
            self.log("promise", date=TOMORROW)

    # === Outcomes: each with its next action (S4.13) ===#

    def check_sent_again(self, user):
        accounts = self.env["res.partner"].create(
            {"name": "Accounts", "email": "accounts@example.com", "parent_id": self.customer.id}
        )
        issued = self.env["ir.attachment"].create(
            {
                "name": "issued.pdf",
                "raw": b"%PDF as issued",
                "mimetype": "application/pdf",
                "res_model": "account.move",
                "res_id": self.invoice.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        self.invoice.invalidate_recordset(["invoice_pdf_report_id"])
        with self.mock_mail_gateway():
            self.log("not_received", user, invoice_contact_id=accounts)
            mail = self._new_mails.filtered(lambda each: accounts in each.recipient_ids)
            self.assertEqual(len(mail), 1)
            self.assertIn(issued.raw, mail.attachment_ids.mapped("raw"))

    def test_not_received_sends_the_invoices_again_as_issued(self):
        """S4.13."""
        self.check_sent_again(self.collector)

    def test_an_assistant_has_them_sent_again_too(self):
        self.check_sent_again(self.assistant)

    def test_not_validated_leads_to_who_approves(self):
        """S4.12, S4.13."""
        approver = self.env["res.partner"].create(
            {"name": "Paul", "parent_id": self.customer.id, "dunning_role": "approver"}
        )
        self.log("not_validated")
        self.assertIn(approver.name, self.get_planned().note)
        self.assertRecordValues(
            self.get_planned(), [{"date_deadline": TOMORROW, "user_id": self.collector.id}]
        )

    def test_not_scheduled_is_called_before_the_next_payment_run(self):
        self.customer.payment_run_days = "10, 25"
        self.log("validated_not_scheduled")
        self.assertEqual(self.get_planned().date_deadline, date(2026, 7, 9))

    def test_not_scheduled_without_known_payment_runs_is_called_in_three_days(self):
        self.log("validated_not_scheduled")
        self.assertEqual(self.get_planned().date_deadline, date(2026, 7, 3))

    def test_a_cash_problem_goes_to_a_manager(self):
        self.log("cash_problem", note="They wait for a client")
        self.assertTrue(
            self.get_planned().user_id.has_group("account_dispute_dunning.group_manager")
        )
        self.assertIn("They wait", self.get_planned().note)

    def test_a_dispute_opens_the_dialogue_on_the_invoices(self):
        action = self.log("dispute", note="Two pallets are missing")
        self.assertEqual(action["res_model"], "account.dispute.open")
        self.assertEqual(
            action["context"]["default_move_line_ids"],
            self.invoice._get_receivable_lines().ids,
        )
        self.assertEqual(action["context"]["default_description"], "Two pallets are missing")

    def test_an_assistant_asks_the_collector_to_open_the_dispute(self):
        self.log("dispute", self.assistant)
        self.assertEqual(self.get_planned().user_id, self.collector)
        self.assertIn("dispute", self.get_planned().summary)

    def test_an_announced_payment_pauses_the_reminders(self):
        """Until two working days after it: Friday and two working days make Tuesday."""
        for outcome in ("promise", "scheduled"):
            with self.subTest(outcome=outcome):
                self.log(outcome, date=date(2026, 7, 3), amount=400)
                treatment = self.env["account.dunning.treatment"].search(
                    [("notice_id", "=", self.notice.id)]
                )
                self.assertRecordValues(
                    treatment,
                    [
                        {
                            "is_paused": True,
                            "date_start": TODAY,
                            "date_end": date(2026, 7, 7),
                            "partner_id": self.customer.id,
                        }
                    ],
                )
                self.assertIn("400.00", treatment.reason)
            self.notice = self.notice.sudo().copy({"state": "draft"}).sudo(False)

    def test_an_announced_payment_has_a_day(self):
        for day in (False, days_ago(1)):
            wizard = self.env["account.dunning.notice.call"].create(
                {"notice_id": self.notice.id, "outcome": "promise", "date": day}
            )
            with self.subTest(day=day), self.assertRaisesRegex(UserError, "which day"):
                wizard.action_confirm()
        self.assertEqual(self.notice.state, "draft")

    def test_a_wrong_contact_is_looked_for(self):
        """S4.11, S4.13."""
        self.log("wrong_contact")
        self.assertTrue(self.notice.contact_id.is_unreachable)
        self.assertEqual(self.get_planned().user_id, self.collector)
        self.assertIn("contact", self.get_planned().summary)

    def test_without_an_address_the_contact_is_looked_for(self):
        self.customer.email = False
        self.log("not_received")
        self.assertIn("contact", self.get_planned().summary)

    def test_nobody_answers_three_times_at_most(self):
        for day in (TOMORROW, TODAY + timedelta(days=1)):
            self.log("no_answer")
            self.assertEqual(self.notice.state, "draft")
            self.assertEqual(self.get_planned().date_deadline, day)
        self.log("no_answer")
        self.assertRecordValues(
            self.notice, [{"state": "sent", "call_outcome": "no_answer", "call_attempts": 3}]
        )
        self.assertFalse(self.get_planned())
        self.assertEqual(self.run_dunning(TOMORROW).notice_ids.channel, "letter")
