from datetime import datetime, time, timedelta

from odoo import SUPERUSER_ID
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
        cls.reason.task_ids.is_mandatory = False
        cls.other_manager = cls.make_user("boss", "account_dispute_dunning.group_manager")

    def make_dispute(self, invoices=None, amount=None, **values):
        dispute = self.contest(invoices or self.make_taxed_invoice({"price_unit": 1000}), amount)
        dispute.write({"description": "Not what we agreed.", "tell_customer": False} | values)
        return dispute

    def make_option(self, dispute, user=None, accept=None, **values):
        """An option that is complete: the customer agreed today; nobody writes a letter."""
        options = self.env["account.dispute.resolution"].with_user(user or self.collector)
        option = options.create(
            {
                "dispute_id": dispute.id,
                "cause_id": self.cause.id,
                "department_id": self.department.id,
                "agreement_mode": "portal",
                "agreement_date": TODAY,
                "agreement_note": "Ms Durand: that is fair.",
                "send_letter": False,
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
        others = group.all_user_ids - self.manager - self.env.ref("base.user_root")
        others.with_user(SUPERUSER_ID).active = False
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

    def test_what_is_computed_is_not_typed(self):
        """S2.2: no limit is passed by writing a smaller amount than the lines accept."""
        option = self.make_option(self.make_dispute())
        line = option.line_ids
        for record, values in (
            (option, {"amount": 1.0}),
            (line, {"amount_company": 1.0}),
            (line.dispute_line_id, {"amount_company": 1.0}),
            (option.dispute_id, {"contested_amount": 1.0}),
        ):
            with self.assertRaisesRegex(UserError, "computed"):
                record.with_user(self.collector).write(values)
        with self.assertRaisesRegex(UserError, "limit"):
            option.action_settle()

    def test_defaults_decide_nothing(self):
        """S2.2: neither a context nor a user's default brings an option beyond its beginning."""
        options = self.env["account.dispute.resolution"].with_context(
            default_state="approved",
            default_user_id=self.other_manager.id,
            default_approver_id=self.other_manager.id,
            default_amount=1.0,
            default_cost=1.0,
        )
        dispute = self.make_dispute()
        for lines in ({}, {"line_ids": []}):
            option = options.with_user(self.manager).create({"dispute_id": dispute.id} | lines)
            self.assertRecordValues(
                option,
                [
                    {
                        "state": "draft",
                        "user_id": self.manager.id,
                        "approver_id": False,
                        "amount": sum(option.line_ids.mapped("amount_company")),
                    }
                ],
            )

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


@tagged("post_install", "-at_install")
class TestBooks(SettlingCommon):
    """From the resolution to the ledger in one click (S0.28, S2.12, S2.74)."""

    def setUp(self):
        super().setUp()
        self.company.dispute_collector_limit = 100000

    def settle(self, dispute, accept=None, **values):
        option = self.make_option(dispute, accept=accept, **values)
        option.action_settle()
        self.assertEqual((option.state, dispute.state), ("done", "closed"))
        return option

    def dunnable(self, invoices):
        return sum(self.get_receivables(invoices).mapped("dunnable_currency"))

    def test_a_founded_line_is_credited_as_it_was_invoiced(self):
        """Domain 1.5 scenario 5: 120 € on line 2; same tax and account, reconciled, the rest is
        claimed again.
        """
        analytic = self.env["account.analytic.account"].create(
            {
                "name": "Paper",
                "plan_id": self.env["account.analytic.plan"].create({"name": "Range"}).id,
            }
        )
        account = self.company_data["default_account_revenue"].copy()
        invoice = self.make_taxed_invoice(
            {"price_unit": 500},
            {
                "price_unit": 100,
                "account_id": account.id,
                "analytic_distribution": {analytic.id: 100},
            },
        )
        line = invoice.invoice_line_ids[1]
        dispute = self.make_dispute(invoice, 120)
        self.make_item(dispute, line)
        credit = self.settle(dispute, outcome="partial_credit").credit_move_ids
        self.assertRecordValues(
            credit,
            [
                {
                    "move_type": "out_refund",
                    "state": "posted",
                    "amount_untaxed": 100,
                    "amount_total": 120,
                    "amount_residual": 0,
                    "invoice_date": TODAY,
                    "reversed_entry_id": invoice.id,
                    "fiscal_position_id": invoice.fiscal_position_id.id,
                    "currency_id": invoice.currency_id.id,
                }
            ],
        )
        self.assertIn(invoice.name, credit.ref)
        self.assertRecordValues(
            credit.invoice_line_ids,
            [
                {
                    "account_id": account.id,
                    "tax_ids": self.vat.ids,
                    "analytic_distribution": {str(analytic.id): 100},
                    "quantity": 1,
                    "price_unit": 100,
                }
            ],
        )
        self.assertEqual(invoice.amount_residual, 600)
        self.assertEqual(invoice.contested_amount, 0)
        self.assertEqual(self.dunnable(invoice), 600)

    def test_two_of_ten_units(self):
        """Peers' test: 2 × 10 € of 10 units → credit 20 € and its VAT."""
        invoice = self.make_taxed_invoice({"quantity": 10, "price_unit": 10})
        dispute = self.make_dispute(invoice, 24)
        self.make_item(dispute, invoice.invoice_line_ids, kind="quantity", quantity=2)
        credit = self.settle(dispute).credit_move_ids
        self.assertRecordValues(
            credit.invoice_line_ids, [{"quantity": 2, "price_unit": 10, "price_total": 24}]
        )
        self.assertEqual(self.dunnable(invoice), 96)

    def test_a_price_difference(self):
        """S2.12: 10 × (12 − 10) → 20 € and its VAT."""
        invoice = self.make_taxed_invoice({"quantity": 10, "price_unit": 12})
        dispute = self.make_dispute(invoice, 24)
        self.make_item(dispute, invoice.invoice_line_ids, kind="price", price_unit=2)
        credit = self.settle(dispute).credit_move_ids
        self.assertRecordValues(credit, [{"amount_untaxed": 20, "amount_tax": 4}])
        self.assertRecordValues(credit.invoice_line_ids, [{"quantity": 10, "price_unit": 2}])

    def test_a_tax_alone(self):
        invoice = self.make_taxed_invoice({"price_unit": 100}, {"price_unit": 50})
        dispute = self.make_dispute(invoice, 20)
        self.make_item(dispute, invoice.invoice_line_ids[0], kind="tax")
        credit = self.settle(dispute).credit_move_ids
        self.assertRecordValues(credit, [{"amount_untaxed": 0, "amount_tax": 20}])
        self.assertEqual(self.dunnable(invoice), 160)

    def test_without_items_in_proportion_of_all_lines(self):
        other = self.company_data["default_account_revenue"].copy()
        invoice = self.make_taxed_invoice(
            {"price_unit": 100},
            {"price_unit": 200, "account_id": other.id},
            {"price_unit": 100, "tax_ids": [Command.set(self.low_vat.ids)]},
        )
        credit = self.settle(self.make_dispute(invoice, 46.55)).credit_move_ids
        self.assertEqual(credit.amount_total, 46.55)
        self.assertEqual(
            [
                (line.account_id, line.tax_ids, line.price_subtotal)
                for line in credit.invoice_line_ids
            ],
            [
                (line.account_id, line.tax_ids, line.price_subtotal / 10)
                for line in invoice.invoice_line_ids
            ],
        )

    def test_any_amount_to_the_cent(self):
        """Whatever is accepted is what the credit note says, with any taxes."""
        included = self.vat.copy(
            {"name": "VAT 20 included", "price_include_override": "tax_included"}
        )
        fixed = self.vat.copy({"name": "Fee", "amount_type": "fixed", "amount": 0.37})
        lines = [
            {"quantity": 3, "price_unit": 33.33, "discount": 7},
            {"price_unit": 19.99, "tax_ids": [Command.set(self.low_vat.ids)]},
            {"quantity": 7, "price_unit": 1.01, "tax_ids": [Command.set(included.ids)]},
            {"quantity": 2, "price_unit": 5, "tax_ids": [Command.set((fixed + self.vat).ids)]},
            {"price_unit": -4, "tax_ids": [Command.clear()]},
        ]
        for rounding in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = rounding
            invoice = self.make_taxed_invoice(*lines)
            for amount in (0.01, 0.03, 0.05, 1.23, 17.77, 33.34):
                with self.subTest(rounding=rounding, amount=amount):
                    credit = self.settle(self.make_dispute(invoice, amount)).credit_move_ids
                    self.assertEqual(credit.amount_total, amount)
                    self.assertEqual(credit.amount_residual, 0)
        self.assert_ties_out()

    def test_a_part_of_the_contested_items(self):
        """Half of what is contested is half of its lines, not of the whole invoice."""
        invoice = self.make_taxed_invoice(
            {"price_unit": 100, "tax_ids": [Command.set(self.low_vat.ids)]}, {"price_unit": 100}
        )
        dispute = self.make_dispute(invoice, 120)
        self.make_item(dispute, invoice.invoice_line_ids[1])
        resolution = self.settle(dispute, outcome="partial_credit", accept=60)
        self.assertRecordValues(
            resolution.credit_move_ids.invoice_line_ids,
            [{"tax_ids": self.vat.ids, "price_subtotal": 50}],
        )
        self.assertEqual(dispute.validity, "partly")

    def test_the_whole_invoice_is_copied_by_core(self):
        invoice = self.make_taxed_invoice(
            {"price_unit": 100}, {"name": "A note", "display_type": "line_note", "tax_ids": False}
        )
        credit = self.settle(self.make_dispute(invoice)).credit_move_ids
        self.assertEqual(len(credit.invoice_line_ids), 2)
        self.assertEqual((credit.amount_total, invoice.payment_state), (120, "reversed"))

    def test_the_first_open_day_after_a_lock_date(self):
        """A closed period is not written to; the credit note comes on the first open day."""
        invoice = self.make_taxed_invoice({"price_unit": 100})
        dispute = self.make_dispute(invoice)
        self.company.sudo().sale_lock_date = TODAY + timedelta(days=1)
        credit = self.settle(dispute).credit_move_ids
        self.assertRecordValues(credit, [{"state": "posted", "date": TODAY + timedelta(days=2)}])

    def test_a_paid_invoice_leaves_a_credit_of_the_customer(self):
        invoice = self.make_taxed_invoice({"price_unit": 100})
        dispute = self.make_dispute(invoice, 60)
        self.pay(invoice, 90)
        option = self.make_option(dispute)
        self.assertIn("stays as a credit", option.preview)
        option.action_settle()
        self.assertRecordValues(option.credit_move_ids, [{"amount_residual": 30}])
        self.assertEqual(invoice.amount_residual, 0)

    def test_a_deleted_invoice_can_not_be_credited(self):
        invoice = self.make_taxed_invoice({"price_unit": 100})
        dispute = self.make_dispute(invoice)
        invoice.button_draft()
        option = self.make_option(dispute)
        with self.assertRaisesRegex(UserError, "not posted any more"):
            option.action_settle()
        invoice.with_context(force_delete=True).unlink()
        self.assertIn("was deleted", option.preview)
        with self.assertRaisesRegex(UserError, "was deleted"):
            option.action_settle()
        self.assertEqual((option.state, dispute.state), ("draft", "open"), "nothing half done")
        self.settle(dispute, outcome="withdrawal")

    def test_an_entry_is_not_an_invoice(self):
        account = self.company_data["default_account_receivable"]
        entry = self.env["account.move"].create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create(
                        {"account_id": each.id, "debit": debit, "credit": credit}
                        | {"partner_id": self.customer.id}
                    )
                    for each, debit, credit in (
                        (account, 100, 0),
                        (self.company_data["default_account_revenue"], 0, 100),
                    )
                ],
            }
        )
        entry.action_post()
        option = self.make_option(self.make_dispute(entry))
        with self.assertRaisesRegex(UserError, "is not an invoice"):
            option.action_settle()

    def test_no_more_than_the_invoice_is_credited(self):
        invoice = self.make_taxed_invoice({"price_unit": 100})
        self.settle(self.make_dispute(invoice, 60))
        option = self.make_option(self.make_dispute(invoice, 60), outcome="reinvoice")
        with self.assertRaisesRegex(UserError, "60.00.* of .*120.00.* are credited already"):
            option.action_settle()

    def test_several_invoices_in_several_currencies(self):
        """One credit note per invoice, in its currency and at its rate."""
        euro = self.make_taxed_invoice({"price_unit": 100})
        dollar = self.make_taxed_invoice({"price_unit": 100}, currency_id=self.foreign_currency.id)
        self.env["res.currency.rate"].create(
            {"name": TODAY, "rate": 4.0, "currency_id": self.foreign_currency.id}
        )
        dispute = self.make_dispute(euro)
        dispute.line_ids = self.env["account.dispute"]._prepare_from_amounts(
            dollar._get_receivable_lines(), 60
        )
        option = self.settle(dispute, outcome="partial_credit")
        self.assertEqual(option.amount, 120 + 30)
        by_currency = {credit.currency_id: credit for credit in option.credit_move_ids}
        self.assertEqual(by_currency[euro.currency_id].amount_total, 120)
        credit = by_currency[self.foreign_currency]
        self.assertEqual((credit.amount_total, credit.amount_total_signed), (60, -30))
        self.assertEqual((dollar.amount_residual, euro.amount_residual), (60, 0))
        self.assertFalse(credit.line_ids.matched_debit_ids.exchange_move_id)

    def test_the_contested_instalment_is_settled_first(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
                ],
            }
        )
        invoice = self.make_taxed_invoice(
            {"price_unit": 1000}, invoice_payment_term_id=terms.id, invoice_date=days_ago(60)
        )
        first, second = invoice._get_receivable_lines().sorted("date_maturity")
        dispute = self.make_dispute(invoice, 1)
        dispute.line_ids.unlink()
        dispute.line_ids = [Command.create({"move_line_id": second.id, "amount": 300})]
        self.settle(dispute)
        self.assertEqual((first.amount_residual, second.amount_residual), (600, 300))

    def test_what_was_claimed_beside_the_dispute_goes_on(self):
        """1,000 open, 600 contested, 500 credited: the other 400 were claimed all the time."""
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=1000), 600)
        self.settle(dispute, outcome="partial_credit", accept=500)
        self.assertFalse(dispute.line_ids.held_all)
        self.assertEqual(self.dunnable(dispute.move_ids), 500)

    def test_a_gesture_has_its_own_account(self):
        """S2.74: on the goodwill account, with the taxes of the invoice, and what it is for."""
        dispute = self.make_dispute()
        option = self.make_option(
            dispute, self.manager, 60, outcome="gesture", validity="unfounded"
        )
        with self.assertRaisesRegex(UserError, "no account for goodwill gestures yet"):
            option.action_settle()
        self.assertIn("no account for goodwill", option.preview)
        self.company.gesture_account_id = self.company_data["default_account_revenue"].copy()
        option.action_settle()
        self.assertRecordValues(
            option.credit_move_ids.invoice_line_ids,
            [
                {
                    "name": "Goodwill gesture",
                    "account_id": self.company.gesture_account_id.id,
                    "tax_ids": self.vat.ids,
                    "price_subtotal": 50,
                    "price_total": 60,
                }
            ],
        )
        self.assertEqual(dispute.validity, "unfounded")

    def test_credit_and_new_invoice(self):
        """All is credited; a draft without what was wrong is shown, for a person to post."""
        invoice = self.make_taxed_invoice(
            {"quantity": 10, "price_unit": 12}, {"quantity": 10, "price_unit": 5}
        )
        dispute = self.make_dispute(invoice, 36)
        cheap, wrong = invoice.invoice_line_ids[1], invoice.invoice_line_ids[0]
        self.make_item(dispute, wrong, kind="price", price_unit=2)
        self.make_item(dispute, cheap, kind="quantity", quantity=2)
        option = self.make_option(dispute, outcome="reinvoice")
        action = option.action_settle()
        new = option.invoice_move_ids
        self.assertEqual(option.credit_move_ids.amount_total, invoice.amount_total)
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertEqual((action["res_model"], action["res_id"]), ("account.move", new.id))
        self.assertEqual((new.state, new.amount_total), ("draft", invoice.amount_total - 36))

    def test_a_replacement_is_a_commitment_of_logistics(self):
        logistics = self.env["account.dispute.department"].search([("code", "=", "logistics")])
        dispute = self.make_dispute()
        option = self.make_option(dispute, outcome="replacement")
        with self.assertRaisesRegex(UserError, "the goods are replaced"):
            option.action_settle()
        option.commitment_date = days_ago(-10)
        option.action_settle()
        self.assertFalse(option.credit_move_ids)
        self.assertRecordValues(
            dispute.task_ids.filtered(lambda task: task.kind == "commitment"),
            [{"date_deadline": days_ago(-10), "department_id": logistics.id}],
        )
        self.assertEqual(option.new_due_date, days_ago(-10))

    def test_instalments_add_up_to_what_is_owed(self):
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=1000))
        days = (days_ago(-30), days_ago(-60))
        option = self.make_option(
            dispute,
            outcome="instalments",
            validity="unfounded",
            instalment_ids=[Command.create({"date": day, "amount": 400}) for day in days],
        )
        with self.assertRaisesRegex(UserError, "add up to the 1,000.00"):
            option.action_settle()
        option.instalment_ids[0].amount = 600
        option.action_settle()
        self.assertEqual(option.new_due_date, days[0])
        self.assertEqual(
            [(activity.date_deadline, activity.user_id) for activity in dispute.activity_ids],
            [(day, dispute.user_id) for day in days],
        )

    def test_a_rejection_books_nothing(self):
        """S0.28: a rejection leaves all to be claimed."""
        invoice = self.make_overdue_invoice(10, amount=1000)
        option = self.settle(self.make_dispute(invoice, 300), outcome="rejection")
        self.assertFalse(option.credit_move_ids)
        self.assertEqual((option.amount, option.remaining), (0, 300))
        self.assertEqual(self.dunnable(invoice), 1000)

    def test_the_preview_is_what_is_posted(self):
        invoice = self.make_taxed_invoice({"quantity": 10, "price_unit": 10})
        dispute = self.make_dispute(invoice, 24)
        self.make_item(dispute, invoice.invoice_line_ids, kind="quantity", quantity=2)
        option = self.make_option(dispute)
        shown = option.preview
        option.action_settle()
        line = option.credit_move_ids.invoice_line_ids
        for words in (line.name, line.account_id.code, self.vat.name, "20.00", "24.00"):
            self.assertIn(words, shown)
        self.assertIn(
            "Nothing is booked", self.make_option(self.make_dispute(), outcome="rejection").preview
        )

    def test_a_second_click_books_nothing_more(self):
        option = self.settle(self.make_dispute())
        for action in (option.action_settle, option.action_execute):
            with self.assertRaises(UserError):
                action()
        self.assertEqual(len(option.credit_move_ids), 1)

    def test_one_resolution_is_executed(self):
        """Two that were accepted, or one named twice, are not credited twice."""
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=1000), 100)
        first, second = (self.make_option(dispute), self.make_option(dispute))
        for option in (first, second):
            option.action_submit()
            option.action_accept()
        self.assertEqual((first.state, second.state), ("draft", "accepted"))
        with self.assertRaises(UserError):
            (first | second).action_execute()
        with self.assertRaises(UserError), self.cr.savepoint():
            second.browse([second.id, second.id]).action_execute()
        self.assertFalse((first | second).credit_move_ids)
        second.action_execute()
        self.assertEqual(len(second.credit_move_ids), 1)

    def test_no_more_than_is_contested_when_it_is_booked(self):
        """What is contested became less after the customer agreed: it is to be decided again."""
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=1000), 100)
        option = self.make_option(dispute)
        option.action_submit()
        option.action_accept()
        dispute.line_ids.with_user(self.collector).amount = 40
        with self.assertRaisesRegex(UserError, "contested"):
            option.action_execute()

    def test_an_invoice_posted_again_keeps_what_was_agreed(self):
        """Its receivable lines are others: the accepted amounts follow, nothing is lost."""
        invoice = self.make_overdue_invoice(10, amount=1000)
        dispute = self.make_dispute(invoice, 100)
        option = self.make_option(dispute)
        option.action_submit()
        option.action_accept()
        invoice.button_draft()
        invoice.invoice_payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (0, 30)
                ],
            }
        )
        invoice.action_post()
        self.assertEqual(dispute.contested_amount, 100)
        option.action_execute()
        self.assertEqual(sum(option.credit_move_ids.mapped("amount_total")), 100)

    def test_a_new_invoice_answers_for_all_that_is_credited(self):
        """S2.2: credit and new invoice takes all of the invoice off until somebody posts it."""
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=5000), 10)
        option = self.make_option(dispute, outcome="reinvoice")
        with self.assertRaisesRegex(UserError, "limit"):
            option.action_settle()

    def test_other_terms_need_another_agreement(self):
        """S1.14: what the customer agreed to before is no proof of what was changed since."""
        option = self.make_option(self.make_dispute(self.make_overdue_invoice(10), 100))
        option.action_submit()
        option.action_accept()
        option.action_reset()
        self.assertRecordValues(
            option,
            [{"agreement_mode": False, "agreement_date": False, "agreement_note": False}],
        )

    def test_reopening_leaves_what_is_posted_and_says_so(self):
        dispute = self.make_dispute(self.make_overdue_invoice(10, amount=1000), 1000)
        option = self.settle(dispute, outcome="partial_credit", accept=300)
        dispute.with_user(self.collector).action_open()
        self.assertEqual(option.credit_move_ids.state, "posted")
        self.assertTrue(
            any(option.credit_move_ids.name in body for body in dispute.message_ids.mapped("body"))
        )
        self.assertEqual(dispute.contested_amount, 700, "at most what is open")
        self.assertEqual((option.amount, option.remaining), (300, 700))

    def test_what_is_credited_in_full_is_not_reopened(self):
        dispute = self.make_dispute()
        self.settle(dispute)
        with self.assertRaisesRegex(UserError, "there is nothing left to hold"):
            dispute.with_user(self.collector).action_open()


@tagged("post_install", "-at_install")
class TestLetters(SettlingCommon):
    """Which letter says how it ended (S1.15, S2.73); an internal dispute writes to nobody."""

    def test_each_ending_has_its_letter(self):
        dispute = self.make_dispute()
        cases = [
            ({"outcome": "credit"}, "apology"),
            ({"outcome": "partial_credit"}, "resumption"),
            ({"outcome": "rejection"}, "rejection"),
            ({"outcome": "withdrawal"}, "resumption"),
        ]
        for values, kind in cases:
            with self.subTest(**values):
                self.assertEqual(self.make_option(dispute, **values)._get_closing_letter(), kind)

    def test_a_rejection_that_was_sent_ends_with_the_resumption(self):
        option = self.make_option(self.make_dispute(), outcome="rejection", send_letter=False)
        option.action_submit()
        option.action_propose()
        self.assertEqual(option._get_closing_letter(), "resumption")

    def test_an_internal_dispute_writes_to_nobody(self):
        self.company.dispute_collector_limit = 10000
        dispute = self.make_dispute(is_internal=True)
        option = self.make_option(dispute, agreement_mode="internal", send_letter=True)
        option.action_settle()
        self.assertEqual(dispute.state, "closed")
        self.assertFalse(dispute.exchange_ids)

    def test_closing_writes_to_the_customer(self):
        """S2.73: excuses for a founded dispute, sent when the credit note is there."""
        dispute = self.make_dispute()
        self.company.dispute_collector_limit = 10000
        option = self.make_option(dispute, send_letter=True)
        option.action_settle()
        self.assertEqual(dispute.exchange_ids.mapped("kind"), ["apology"])
        self.assertIn(option.credit_move_ids.name, dispute.exchange_ids.body)
