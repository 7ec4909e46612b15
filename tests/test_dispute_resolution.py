from datetime import timedelta

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import TODAY, days_ago
from .common_resolution import ResolutionCommon, SettlingCommon


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
            (option, {"description": "<p>And a discount.</p>"}),
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
