from datetime import datetime, time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import TODAY, days_ago
from .common_resolution import SettlingCommon


@tagged("post_install", "-at_install")
class TestAgreement(SettlingCommon):
    """Closing takes the customer's agreement, with its date and proof (S1.14)."""

    def setUp(self):
        super().setUp()
        self.dispute = self.make_dispute()
        self.option = self.make_option(
            self.dispute,
            outcome="partial_credit",
            accept=100,
            agreement_mode="phone",
            agreement_note=False,
            send_letter=True,
        )

    def missing(self, **values):
        self.option.write(values)
        return ", ".join(self.option._get_missing_agreement(TODAY))

    def exchange(self, days, **values):
        return self.env["account.dispute.exchange"].create(
            {"dispute_id": self.dispute.id, "date": datetime.combine(days_ago(days), time(9))}
            | values
        )

    def test_closing_without_agreement_says_all_that_is_missing(self):
        """S1.14, S2.8: one message for all of it."""
        self.option.write(
            {
                "agreement_mode": False,
                "agreement_date": False,
                "cause_id": False,
                "department_id": False,
            }
        )
        with self.assertRaises(UserError) as caught:
            self.option.action_settle()
        message = str(caught.exception)
        for words in ("how the customer", "when the customer", "root cause", "responsible dep"):
            self.assertIn(words, message)
        self.assertEqual((self.option.state, self.dispute.state), ("draft", "open"))

    def test_a_dispute_is_closed_by_a_resolution_only(self):
        self.assertFalse(self.dispute.can_close)
        self.option.write({"agreement_note": "Ms Durand", "agreement_mode": "portal"})
        self.option.action_submit()
        self.option.action_accept()
        self.option.cause_id = False
        self.assertRegex(self.dispute._why_not("closed"), "Still missing: the root cause")
        with self.assertRaisesRegex(UserError, "the root cause"):
            self.option.action_execute()

    def test_mandatory_sections_are_asked_for(self):
        """S2.29: what a department has not written yet is named with all the rest."""
        self.env["account.dispute.task"].create(
            {"dispute_id": self.dispute.id, "name": "Ask the driver", "is_mandatory": True}
        )
        with self.assertRaisesRegex(UserError, "who agreed on the phone.*Ask the driver"):
            self.option.action_settle()

    def test_a_suspicion_is_dismissed_without_all_that(self):
        dispute = self.env["account.dispute"].create({"partner_id": self.customer.id})
        dispute.with_user(self.collector).action_dismiss()
        self.assertEqual(dispute.state, "closed")

    def test_each_way_of_agreeing_has_its_proof(self):
        files = self.env["ir.attachment"].with_user(self.collector)
        proof = files.create({"name": "yes.pdf", "raw": b"yes"})
        attached = {"agreement_attachment_ids": proof.ids}
        none = {"agreement_attachment_ids": [Command.clear()], "agreement_note": False}
        for mode, wanted in (("email", "e-mail"), ("letter", "letter"), ("portal", "portal")):
            self.assertIn(wanted, self.missing(agreement_mode=mode, **none))
            self.assertFalse(self.missing(**attached))
        self.assertIn("who agreed", self.missing(agreement_mode="phone", **none))
        self.assertFalse(self.missing(agreement_note="Ms Durand"))
        self.assertIn("written confirmation", self.missing(send_letter=False))
        self.assertIn("not in the future", self.missing(agreement_date=days_ago(-1)))

    def test_what_came_by_mail_is_proof(self):
        self.assertTrue(self.missing(agreement_mode="email"))
        self.exchange(0, channel="email", direction="in")
        self.assertTrue(self.missing(), "an unknown address proves nothing")
        self.exchange(90, channel="email", direction="in", author_id=self.customer.id)
        self.assertTrue(self.missing(), "nor does what was said before this cycle")
        self.exchange(0, channel="email", direction="in", author_id=self.customer.id)
        self.assertFalse(self.missing())

    def test_silence_agrees_after_enough_days(self):
        """S1.14: tacit 15 days after a proposal that nobody answered."""
        self.assertIn("was sent", self.missing(agreement_mode="tacit"))
        self.exchange(14, channel="email", direction="out", kind="proposal")
        self.assertIn("15 days without an answer", self.missing())
        self.exchange(20, channel="call", direction="in")
        self.exchange(15, channel="email", direction="out", kind="proposal")
        self.assertIn("15 days without an answer", self.missing(), "the last one counts")

    def test_silence_of_fifteen_days_is_enough(self):
        self.exchange(15, channel="letter", direction="out", kind="rejection")
        self.assertFalse(self.missing(agreement_mode="tacit"))
        self.exchange(3, channel="call", direction="in")
        self.assertIn("did answer", self.missing())

    def test_only_an_internal_dispute_goes_without(self):
        self.assertIn("not internal", self.missing(agreement_mode="internal"))
        self.dispute.is_internal = True
        self.assertFalse(self.missing())


@tagged("post_install", "-at_install")
class TestOneClick(SettlingCommon):
    """Small disputes are settled in one click; others take the normal way (S2.35)."""

    def settle(self, amount, user=None):
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=amount))
        action = dispute.with_user(user or self.collector).action_resolve()
        options = self.env[action["res_model"]].with_user(user or self.collector)
        with Form(options.with_context(**action["context"])) as form:
            form.send_letter = False
        form.record.action_settle()
        return dispute

    def test_forty_five_euros_are_one_click(self):
        self.reason.write({"origin_id": self.cause.id, "department_id": self.department.id})
        dispute = self.settle(45)
        self.assertRecordValues(
            dispute,
            [
                {
                    "state": "closed",
                    "validity": "founded",
                    "cause_id": self.cause.id,
                    "responsible_department_id": self.department.id,
                }
            ],
        )
        resolution = dispute.resolution_id
        self.assertEqual((resolution.agreement_mode, resolution.agreement_date), ("granted", TODAY))
        self.assertEqual(dispute.move_ids.payment_state, "reversed")
        self.assertEqual(sum(self.get_receivables(dispute.move_ids).mapped("dunnable")), 0)

    def test_fifty_one_euros_take_the_normal_way(self):
        self.reason.write({"origin_id": self.cause.id, "department_id": self.department.id})
        with self.assertRaisesRegex(UserError, "how the customer agreed"):
            self.settle(51)

    def test_a_reason_may_refuse_one_click(self):
        self.reason.write(
            {
                "origin_id": self.cause.id,
                "department_id": self.department.id,
                "is_fast_lane": False,
            }
        )
        with self.assertRaisesRegex(UserError, "how the customer agreed"):
            self.settle(45)

    def test_one_click_stays_within_the_limit(self):
        self.reason.write({"origin_id": self.cause.id, "department_id": self.department.id})
        self.company.dispute_collector_limit = 40
        with self.assertRaisesRegex(UserError, "Your limit is 40.00"):
            self.settle(45)
        self.assertEqual(self.settle(45, self.manager).state, "closed")

    def test_the_dialogue_is_prefilled_from_the_dispute(self):
        """S2.59: what is contested, what the reason says, what the customer expects."""
        self.reason.write({"resume_policy": "step_down", "grace_days": 12})
        dispute = self.make_dispute(amount=300, expectation="replacement")
        action = dispute.with_user(self.collector).action_resolve()
        options = self.env[action["res_model"]].with_user(self.collector)
        with Form(options.with_context(**action["context"])) as form:
            self.assertEqual((form.outcome, form.validity), ("replacement", "founded"))
            form.validity = "partly"
            self.assertEqual((form.outcome, form.amount), ("partial_credit", 300))
            form.outcome = "rejection"
            self.assertEqual((form.validity, form.amount, form.remaining), ("unfounded", 0, 300))
            self.assertEqual(form.penalty_policy, self.company.dispute_penalty_policy)
            form.outcome = "credit"
            self.assertEqual((form.validity, form.penalty_policy), ("founded", "none"))
            with form.line_ids.edit(0) as line:
                line.amount = 200
            self.assertEqual((form.validity, form.remaining), ("partly", 100))
            self.assertEqual((form.resume_policy, form.grace_days), ("step_down", 12))
        again = dispute.with_user(self.collector).action_resolve()
        self.assertEqual(again["res_id"], form.record.id, "the option in hand")

    def test_cash_is_expected_after_the_deadline_and_the_days_of_grace(self):
        """S3.3."""
        dispute = self.make_dispute(date_deadline=days_ago(-10))
        option = self.make_option(dispute, outcome="rejection", grace_days=5)
        self.assertEqual(option.cash_date, days_ago(-15))
        option.new_due_date = days_ago(-20)
        self.assertEqual(option.cash_date, days_ago(-20))

    def test_no_more_is_accepted_than_contested(self):
        option = self.make_option(self.make_dispute(amount=300))
        for amount in (300.01, -1):
            with self.assertRaisesRegex(ValidationError, "between nothing and the 300.00"):
                option.line_ids.amount = amount

    def test_only_open_disputes_are_resolved(self):
        dispute = self.env["account.dispute"].create({"partner_id": self.customer.id})
        with self.assertRaisesRegex(UserError, "open it first"):
            dispute.with_user(self.collector).action_resolve()
        with self.assertRaises(AccessError):
            self.make_dispute().with_user(self.assistant).action_resolve()
