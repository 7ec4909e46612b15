from datetime import datetime, time, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import TODAY, CollectionsCommon, days_ago


class ResolutionCommon(CollectionsCommon):
    """Invoices with taxes, and items contested on them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vat = cls.env["account.tax"].create(
            {"name": "VAT 20", "amount": 20.0, "type_tax_use": "sale"}
        )
        cls.low_vat = cls.vat.copy({"name": "VAT 5.5", "amount": 5.5})

    @classmethod
    def make_taxed_invoice(cls, *lines, **values):
        """A posted invoice; a line is a dict, with VAT 20 unless it says otherwise."""
        return cls.make_overdue_invoice(
            10,
            invoice_line_ids=[
                Command.create({"name": "Paper", "tax_ids": [Command.set(cls.vat.ids)]} | line)
                for line in lines
            ],
            **values,
        )

    def make_item(self, dispute, move_line, **values):
        return self.env["account.dispute.item"].create(
            {"dispute_id": dispute.id, "move_line_id": move_line.id} | values
        )


@tagged("post_install", "-at_install")
class TestContestedItems(ResolutionCommon):
    """What is wrong on an invoice, with its taxes, from the line and the kind alone."""

    def setUp(self):
        super().setUp()
        self.invoice = self.make_taxed_invoice(
            {"quantity": 10, "price_unit": 12, "discount": 50},
            {"quantity": 10, "price_unit": 12},
        )
        self.discounted, self.line = self.invoice.invoice_line_ids
        self.dispute = self.contest(self.invoice, 30)

    def test_each_kind_of_item_makes_its_amounts(self):
        """S2.12: 10 × (12 − 10) is 20 and its VAT; nothing to type but the difference."""
        cases = [
            (self.line, {"kind": "line"}, (120, 144)),
            (self.discounted, {"kind": "line"}, (60, 72)),
            (self.line, {"kind": "quantity", "quantity": 2}, (24, 28.8)),
            (self.discounted, {"kind": "quantity", "quantity": 2}, (12, 14.4)),
            (self.line, {"kind": "price", "price_unit": 2}, (20, 24)),
            (self.line, {"kind": "freight", "price_unit": 15}, (15, 18)),
            (self.line, {"kind": "freight"}, (120, 144)),
            (self.line, {"kind": "tax"}, (0, 24)),
            (self.line, {"kind": "tax", "price_unit": 10}, (0, 10)),
        ]
        for line, values, amounts in cases:
            with self.subTest(**values):
                item = self.make_item(self.dispute, line, **values)
                self.assertEqual((item.amount_untaxed, item.amount_total), amounts)
                self.assertEqual((item.move_id, item.name), (self.invoice, "Paper"))
                item.unlink()

    def test_no_more_than_the_line(self):
        self.make_item(self.dispute, self.line, kind="quantity", quantity=6)
        with self.assertRaisesRegex(ValidationError, "158.40.* would be contested, and .*144.00"):
            self.make_item(self.dispute, self.line, kind="quantity", quantity=5)

    def test_a_price_item_without_its_difference_says_what_to_type(self):
        with self.assertRaisesRegex(ValidationError, "an amount per unit"):
            self.make_item(self.dispute, self.line, kind="price")


class SettlingCommon(ResolutionCommon):
    """Disputes with all that settling asks for; the tests take one thing away."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cause = cls.env["account.dispute.cause"].create({"name": "Price", "code": "t_price"})
        cls.department = cls.env["account.dispute.department"].create(
            {"name": "Sales desk", "code": "t_sales"}
        )
        cls.reason.origin_id = False
        cls.reason.required_evidence_ids = False
        cls.other_manager = cls.make_user("boss", "account_dispute_dunning.group_manager")

    def make_dispute(self, invoices=None, amount=None, **values):
        dispute = self.contest(invoices or self.make_taxed_invoice({"price_unit": 1000}), amount)
        dispute.write({"description": "Not what we agreed.", "tell_customer": False} | values)
        return dispute

    def make_option(self, dispute, user=None, accept=None, **values):
        """An option that is complete: the customer agreed by phone today."""
        options = self.env["account.dispute.resolution"].with_user(user or self.collector)
        option = options.create(
            {
                "dispute_id": dispute.id,
                "cause_id": self.cause.id,
                "department_id": self.department.id,
                "agreement_mode": "phone",
                "agreement_date": TODAY,
                "agreement_note": "Ms Durand: that is fair.",
            }
            | values
        )
        if accept is not None:
            option.line_ids.amount = accept
        return option


@tagged("post_install", "-at_install")
class TestDeciding(SettlingCommon):
    """Who decides what: approval by amount, proposal, agreement (S2.2, S2.35, S1.14)."""

    def test_within_the_own_limit_it_is_approved_at_once(self):
        """S2.35: 500 € is a collector's own; one cent more asks a manager."""
        invoice = self.make_overdue_invoice(10, amount=500)
        own = self.make_option(self.make_dispute(invoice))
        own.action_submit()
        self.assertRecordValues(own, [{"state": "approved", "approver_id": self.collector.id}])
        invoice = self.make_overdue_invoice(10, amount=500.01)
        beyond = self.make_option(self.make_dispute(invoice))
        beyond.action_submit()
        self.assertEqual(beyond.state, "to_approve")
        self.assertIn(self.manager, beyond.activity_ids.user_id)
        with self.assertRaisesRegex(UserError, "a manager approves"):
            beyond.action_approve()

    def test_a_manager_approves_and_the_requests_go(self):
        option = self.make_option(self.make_dispute())
        option.action_submit()
        self.assertFalse(option.can_approve)
        option = option.with_user(self.manager)
        self.assertTrue(option.can_approve)
        option.action_approve()
        self.assertRecordValues(option, [{"state": "approved", "approver_id": self.manager.id}])
        self.assertFalse(option.activity_ids)

    def test_nobody_approves_an_own_resolution_beyond_the_limit(self):
        """S2.2: beyond a manager's limit, another manager than the author."""
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=5000.01))
        option = self.make_option(dispute, self.manager)
        option.action_submit()
        self.assertEqual(option.state, "to_approve")
        self.assertNotIn(self.manager, option.activity_ids.user_id)
        with self.assertRaisesRegex(UserError, "another manager approves"):
            option.action_approve()
        option.with_user(self.other_manager).action_approve()
        self.assertEqual(option.state, "approved")

    def test_who_changes_the_terms_becomes_their_author(self):
        """S2.2: a manager can't approve figures of the own by editing a colleague's option."""
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=9000))
        option = self.make_option(dispute, accept=10)
        option.with_user(self.manager).line_ids.amount = 9000
        option.with_user(self.manager).action_submit()
        self.assertRecordValues(option, [{"state": "to_approve", "user_id": self.manager.id}])
        with self.assertRaisesRegex(UserError, "another manager"):
            option.with_user(self.manager).action_approve()
        with self.assertRaisesRegex(UserError, "by its buttons"):
            option.with_user(self.manager).user_id = self.collector

    def test_without_another_manager_the_user_is_told_what_to_do(self):
        group = self.env.ref("account_dispute_dunning.group_manager")
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=9000))
        option = self.make_option(dispute, self.manager)
        others = (group.all_user_ids - self.manager).sudo()
        others.group_ids = self.env.ref("base.group_user")
        with self.assertRaisesRegex(UserError, "needs another manager"):
            option.action_submit()

    def test_a_gesture_has_a_cap_of_its_own(self):
        """S2.74: 50 € of goodwill for a collector, though 500 € of a founded dispute."""
        option = self.make_option(
            self.make_dispute(), outcome="gesture", validity="unfounded", accept=50.01
        )
        option.action_submit()
        self.assertEqual(option.state, "to_approve")
        with self.assertRaisesRegex(UserError, "Your limit is 50.00"):
            option.action_approve()

    def test_what_was_given_before_counts(self):
        """S2.2: an amount is not split over two resolutions to stay within the limit."""
        dispute = self.make_dispute()
        first = self.make_option(dispute, outcome="partial_credit", accept=300)
        first.action_settle()
        dispute.with_user(self.collector).action_open()
        second = self.make_option(dispute, outcome="partial_credit", accept=300)
        second.action_submit()
        self.assertEqual(second.state, "to_approve")

    def test_other_terms_begin_again(self):
        for change in ({"outcome": "rejection"}, {"cost": 2.0}, {"line": 3.0}):
            option = self.make_option(self.make_dispute(), outcome="partial_credit", accept=10)
            option.action_submit()
            self.assertEqual(option.state, "approved")
            if "line" in change:
                option.line_ids.amount = change["line"]
            else:
                option.write(change)
            self.assertRecordValues(option, [{"state": "draft", "approver_id": False}])

    def test_the_state_changes_by_its_buttons_only(self):
        option = self.make_option(self.make_dispute())
        for values in ({"state": "done"}, {"approver_id": self.manager.id}):
            with self.assertRaisesRegex(UserError, "by its buttons"):
                option.write(values)
            with self.assertRaisesRegex(UserError, "by its buttons"):
                self.make_option(option.dispute_id, **values)

    def test_a_refusal_says_why_and_tells_the_author(self):
        option = self.make_option(self.make_dispute())
        option.action_submit()
        with self.assertRaisesRegex(UserError, "Say why"):
            option.with_user(self.manager).action_refuse()
        option.with_user(self.manager).action_refuse("Only half of it is ours.")
        self.assertRecordValues(
            option, [{"state": "refused", "refusal_reason": "Only half of it is ours."}]
        )
        self.assertEqual(option.activity_ids.user_id, self.collector)
        option.action_reset()
        self.assertEqual(option.state, "draft")

    def test_a_proposal_leads_the_dispute(self):
        """S2.60: proposed until a day; refused by the customer, it is investigated again."""
        dispute = self.make_dispute()
        option = self.make_option(dispute, outcome="partial_credit", accept=300)
        with self.assertRaisesRegex(UserError, "not possible from there"):
            option.action_propose()
        option.action_submit()
        option.action_propose()
        self.assertRecordValues(dispute, [{"state": "proposal", "resolution_id": option.id}])
        self.assertEqual(option.valid_until, TODAY + timedelta(days=15))
        option.action_refuse_by_customer("Not enough.")
        self.assertEqual((option.state, dispute.state), ("refused", "investigating"))

    def test_one_proposal_at_a_time(self):
        dispute = self.make_dispute()
        first, second = (
            self.make_option(dispute, outcome="partial_credit", accept=amount)
            for amount in (100, 200)
        )
        (first + second).action_submit()
        first.action_propose()
        second.action_propose()
        self.assertEqual((first.state, second.state), ("draft", "proposed"))
        self.assertEqual(dispute.resolution_id, second)

    def test_what_was_agreed_is_not_edited(self):
        dispute = self.make_dispute()
        option = self.make_option(dispute, outcome="partial_credit", accept=300)
        option.action_submit()
        option.action_accept()
        self.assertRecordValues(dispute, [{"state": "agreed", "validity": "partly"}])
        for record, values in (
            (option, {"validity": "unfounded"}),
            (option, {"agreement_date": days_ago(3)}),
            (option.line_ids, {"amount": 1}),
        ):
            with self.assertRaisesRegex(UserError, "was agreed with the customer"):
                record.write(values)
        option.action_reset()
        self.assertEqual((option.state, dispute.state), ("draft", "investigating"))

    def test_the_outcome_decides_on_the_dispute(self):
        """S2.40: the validity comes with the outcome, and a person may say otherwise."""
        cases = [
            ("credit", "founded", "agreed"),
            ("partial_credit", "partly", "agreed"),
            ("rejection", "unfounded", "rejected"),
            ("withdrawal", "withdrawn", "withdrawn"),
        ]
        for outcome, validity, state in cases:
            dispute = self.make_dispute(self.make_overdue_invoice(10, amount=100))
            option = self.make_option(dispute, outcome=outcome)
            self.assertEqual(option.validity, validity)
            option.action_submit()
            option.action_accept()
            self.assertRecordValues(dispute, [{"state": state, "validity": validity}])

    def test_a_gesture_does_not_say_who_was_right(self):
        option = self.make_option(self.make_dispute(), outcome="gesture", accept=10)
        with self.assertRaisesRegex(UserError, "whether the dispute was founded"):
            option.action_submit()

    def test_only_roles_that_settle(self):
        option = self.make_option(self.make_dispute())
        for user in (self.auditor, self.assistant, self.invoicing):
            for action in ("submit", "approve", "propose", "accept", "execute", "settle", "reset"):
                with self.assertRaises(AccessError):
                    getattr(option.with_user(user), f"action_{action}")()
            with self.assertRaises(AccessError):
                self.make_option(option.dispute_id, user)


@tagged("post_install", "-at_install")
class TestAgreement(SettlingCommon):
    """Closing takes the customer's agreement, with its date and proof (S1.14)."""

    def setUp(self):
        super().setUp()
        self.dispute = self.make_dispute()
        self.option = self.make_option(
            self.dispute, outcome="partial_credit", accept=100, agreement_note=False
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
        self.option.write({"agreement_note": "Ms Durand"})
        self.option.action_submit()
        self.option.action_accept()
        self.option.cause_id = False
        self.assertRegex(self.dispute._why_not("closed"), "Still missing: the root cause")
        with self.assertRaisesRegex(UserError, "the root cause"):
            self.option.action_execute()

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
            pass
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
