from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tests.common import freeze_time

from .common import TODAY, CollectionsCommon, days_ago

TOMORROW = TODAY + timedelta(days=1)


@tagged("post_install", "-at_install")
class TestDunningTreatment(CollectionsCommon):
    """A customer is treated differently for a while (S1.19)."""

    def treat(self, user=None, **values):
        treatments = self.env["account.dunning.treatment"].with_user(user or self.collector)
        return treatments.create(
            {"partner_id": self.customer.id, "reason": "Negotiating", "is_paused": True} | values
        )

    def test_a_pause_holds_until_its_last_day(self):
        invoice = self.make_overdue_invoice(10)
        self.treat(date_end=TOMORROW)
        self.run_dunning()
        self.assertEqual(self.get_decisions(invoice).reason, "paused")
        self.run_dunning(on_date=TOMORROW)
        self.assertEqual(self.get_decisions(invoice).reason, "paused")
        self.run_dunning(on_date=TOMORROW + timedelta(days=1))
        self.assertEqual(self.get_decisions(invoice).reason, "step")

    def test_a_pause_is_not_lifted_by_what_is_decided_later(self):
        """The customer promised on the phone; a softer tone since is no reason to write now."""
        invoice = self.make_overdue_invoice(10)
        self.treat(date_start=days_ago(2), date_end=TOMORROW)
        self.treat(is_paused=False, tone="neutral")
        self.run_dunning()
        self.assertRecordValues(
            self.get_decisions(invoice),
            [{"reason": "paused", "next_date": TOMORROW + timedelta(1)}],
        )

    def test_another_scenario_comes_before_all_others(self):
        soft = self.make_scenario(5, name="Soft")
        invoice = self.make_overdue_invoice(10)
        invoice.dunning_scenario_id = self.make_scenario(6)
        self.treat(is_paused=False, scenario_id=soft.id)
        self.run_dunning()
        self.assertEqual(self.get_decisions(invoice).scenario_id, soft)

    def test_it_is_for_one_company(self):
        invoice = self.make_overdue_invoice(10, company=self.branch)
        self.treat(company_id=self.company.id)
        self.run_dunning(company=self.branch)
        self.assertEqual(self.get_decisions(invoice).reason, "step")

    def test_the_latest_that_holds_counts(self):
        first = self.treat(date_start=days_ago(10))
        second = self.treat(date_start=days_ago(5), is_paused=False, tone="neutral")
        planned = self.treat(date_start=TOMORROW)
        standing = first._get_standing(self.customer, self.company, TODAY)
        self.assertEqual(standing, {self.customer: second})
        self.assertEqual(
            [first.state, second.state, planned.state], ["standing", "standing", "planned"]
        )

    def test_it_is_logged_on_the_customer_and_on_the_dispute(self):
        dispute = self.contest(self.make_overdue_invoice(10), 300)
        self.treat(
            is_paused=False,
            tone="courteous",
            channel="call",
            dispute_id=dispute.id,
            date_end=TOMORROW,
        )
        for record in (self.customer, dispute):
            body = record.message_ids[0].body
            self.assertIn("tone: at most courteous", body)
            self.assertIn("by call", body)
            self.assertIn("Negotiating", body)
            self.assertEqual(record.message_ids[0].author_id, self.collector.partner_id)

    def test_it_is_ended_and_says_so(self):
        treatment = self.treat(date_start=days_ago(3))
        treatment.action_end()
        self.assertEqual((treatment.state, treatment.date_end), ("ended", days_ago(1)))
        self.assertIn("treated as before again", self.customer.message_ids[0].body)
        today = self.treat()
        today.action_end()
        self.assertEqual((today.state, today.active), ("ended", False))
        with self.assertRaisesRegex(UserError, "over already"):
            today.action_end()

    def test_an_ended_treatment_changes_nothing(self):
        invoice = self.make_overdue_invoice(10)
        self.treat().action_end()
        self.run_dunning()
        self.assertEqual(self.get_decisions(invoice).reason, "step")

    def test_what_has_begun_stays_as_it_was(self):
        treatment = self.treat()
        treatment.date_start = TODAY  # the day it is decided, a slip may be mended
        with freeze_time(TOMORROW):
            with self.assertRaisesRegex(UserError, "end it"):
                treatment.is_paused = False
            treatment.date_end = TOMORROW
        with self.assertRaisesRegex(UserError, "end it instead"):
            treatment.with_user(self.manager).unlink()
        self.treat(date_start=TOMORROW).with_user(self.manager).unlink()

    def test_it_changes_something(self):
        with self.assertRaisesRegex(ValidationError, "Say what changes"):
            self.treat(is_paused=False)

    def test_the_contact_is_one_of_the_customer(self):
        stranger = self.make_customer("Stranger")
        with self.assertRaisesRegex(ValidationError, "not a contact of"):
            self.treat(contact_id=stranger.id)
        mine = self.make_customer("Accounts", is_company=False, parent_id=self.customer.id)
        self.treat(contact_id=mine.id)

    def test_the_dispute_is_about_the_customer(self):
        dispute = self.contest(self.make_overdue_invoice(10, partner=self.make_customer("Other")))
        with self.assertRaisesRegex(ValidationError, "is not about"):
            self.treat(dispute_id=dispute.id)

    def test_it_is_found_by_its_state(self):
        ended = self.treat(date_start=days_ago(9), date_end=days_ago(2))
        standing, planned = self.treat(), self.treat(date_start=TOMORROW)
        treatments = ended | standing | planned
        for state, expected in (("ended", ended), ("standing", standing), ("planned", planned)):
            found = treatments.search([("id", "in", treatments.ids), ("state", "=", state)])
            self.assertEqual(found, expected)

    def test_it_is_asked_for_from_a_dispute(self):
        dispute = self.contest(self.make_overdue_invoice(10), 300)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_dispute_dunning.account_dunning_treatment_action_new"
        )
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.collector)
            .with_context(default_partner_id=self.customer.id, default_dispute_id=dispute.id)
        )
        form.is_paused = True
        form.reason = "Until the credit note is there"
        self.assertEqual(form.save().dispute_id, dispute)

    def test_who_may_treat_differently(self):
        treatment = self.treat()
        for user in (self.auditor, self.assistant):
            self.assertEqual(treatment.with_user(user).reason, "Negotiating")
            with self.assertRaises(AccessError):
                self.treat(user=user)
            with self.assertRaises(AccessError):
                treatment.with_user(user).action_end()
        with self.assertRaises(AccessError):
            self.treat(user=self.invoicing)

    def test_the_treatments_of_another_company_are_not_seen(self):
        self.setup_other_company_data()
        theirs = self.treat(user=self.env.user, company_id=self.other_company.id)
        self.assertNotIn(theirs, theirs.with_user(self.collector).search([]))
        private = self.make_scenario(5, company_id=self.other_company.id)
        with self.assertRaises(UserError):
            self.treat(user=self.env.user, is_paused=False, scenario_id=private.id)
        shared = self.make_scenario(5, company_id=self.company.id)
        self.treat(is_paused=False, scenario_id=shared.id, company_id=self.branch.id)
