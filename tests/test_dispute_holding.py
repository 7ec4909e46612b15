"""The acceptance scenarios of a dispute's effect on dunning, and what goes with them.

Of the twelve scenarios (domain 1.5), here are 1, 2, 3, 4, 5 (its effect; the credit note itself is
in test_dispute_resolution.py), 6 and 11. Scenario 9 is in test_dispute.py, 10 and 12 are in
test_receivable.py and, at random, in test_dispute_properties.py. Scenarios 7 and 8 are about
promises and payment plans, whose models come with their own issue: there is nothing to test yet.
"""

import io
from datetime import timedelta

from pypdf import PdfReader

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from ..hooks import uninstall_hook
from .common import TODAY, CollectionsCommon, days_ago


class HoldingCommon(CollectionsCommon):
    def claimed(self, invoices):
        return sum(self.get_receivables(invoices).mapped("dunnable"))

    def overdue(self, invoices):
        return sum(self.get_receivables(invoices).mapped("overdue"))

    def run_and_send(self, on_date):
        """Run on a day and count what was prepared as sent on it; returns the notices."""
        notices = self.run_dunning(on_date).notice_ids
        notices._transition("sent", done_on=on_date)
        return notices

    def play(self, start, days):
        """Run every day from `start`: ``[(day, offset of the step)]`` of what was sent."""
        sent = []
        for number in range(days):
            day = start + timedelta(days=number)
            for notice in self.run_and_send(day):
                sent.append((day, notice.step_id.offset_days))
        return sent


@tagged("post_install", "-at_install")
class TestAcceptanceScenarios(HoldingCommon, MailCase):
    def test_scenario_1_only_the_contested_amount_leaves_the_claim(self):
        """1,000 invoiced, 300 contested → reminder 700; 300 shown contested; ageing 1,000."""
        invoice = self.make_overdue_invoice(10)
        self.contest(invoice, 300)
        notice = self.run_dunning().notice_ids
        self.assertRecordValues(notice, [{"amount_claimed": 700, "amount_contested": 300}])
        ageing = self.env["account.receivable"]._read_group(
            [("move_id", "=", invoice.id)], ["bucket"], ["residual:sum", "contested:sum"]
        )
        self.assertEqual(ageing, [("1_30", 1000, 300)])

    def test_scenario_2_the_whole_invoice_contested(self):
        """No reminder, `no_followup` set; closed → as it was, also when it was set before."""
        for was_excluded in (False, True):
            invoice = self.make_overdue_invoice(10)
            invoice.no_followup = was_excluded
            dispute = self.contest(invoice)
            self.assertTrue(invoice.no_followup)
            self.assertFalse(self.run_dunning().notice_ids)
            reason = "excluded" if was_excluded else "contested"
            self.assertEqual(self.get_decisions(invoice).reason, reason)
            self.close_dispute(dispute, "unfounded")
            self.assertEqual(invoice.no_followup, was_excluded)
            invoice.no_followup = True  # out of the way of the next round

    def test_scenario_3_opened_between_queueing_and_sending(self):
        """The mail is cancelled, and the attempt is in the history of both."""
        invoice = self.make_overdue_invoice(10)
        notice = self.run_dunning().notice_ids
        with self.mock_mail_gateway():
            notice._action_send(TODAY)
            mail = self.env["mail.mail"].search([("mail_message_id", "=", notice.message_id.id)])
            self.assertEqual(mail.state, "outgoing")
            dispute = self.contest(invoice, 300)
            self.assertEqual(mail.state, "cancel")
            mail.send()
            self.assertNotSentEmail()
        self.assertEqual(notice.state, "cancelled")
        self.assertEqual(notice.state_reason, f"{invoice.name} is contested: {dispute.name}.")
        self.assertIn(notice.name, " ".join(dispute.message_ids.mapped("body")))
        again = self.run_dunning().notice_ids
        self.assertEqual((again.amount_claimed, again.step_id), (700, notice.step_id))

    def test_scenario_4_same_level_eight_days_after_an_unfounded_dispute(self):
        """Level 2 three days away, ten days of dispute → level 2 eight days after the closing."""
        due = days_ago(60)
        invoice = self.make_invoice(due=due)
        self.run_and_send(due + timedelta(days=1))
        opened, closed = due + timedelta(days=18), due + timedelta(days=28)
        dispute = self.contest(invoice, on_date=opened)
        self.assertEqual(self.play(opened, 10), [], "nothing while it is contested")
        self.close_dispute(dispute, "unfounded", closed, resume_policy="same", grace_days=8)
        sent = self.play(closed, 30)
        self.assertEqual(
            sent[:2], [(closed + timedelta(days=8), 21), (closed + timedelta(days=18), 35)]
        )
        self.assertEqual(len({day for day, _offset in sent}), len(sent), "never two on one day")
        self.assertEqual(invoice.line_ids.filtered("date_maturity").date_maturity, due)

    def test_scenario_4_the_original_day_when_it_is_later(self):
        """Ten days of dispute, but no grace: the clock itself stood still for ten days."""
        due = days_ago(60)
        invoice = self.make_invoice(due=due)
        self.run_and_send(due + timedelta(days=1))
        dispute = self.contest(invoice, on_date=due + timedelta(days=18))
        closed = due + timedelta(days=28)
        self.close_dispute(dispute, "unfounded", closed, resume_policy="same", grace_days=0)
        self.assertEqual(self.play(closed, 5), [(due + timedelta(days=31), 21)])

    def test_scenario_5_after_a_founded_dispute_the_rest_is_claimed(self):
        invoice = self.make_overdue_invoice(10)
        dispute = self.contest(invoice, 120)
        credit = self.make_invoice(amount=-120)
        (credit + invoice)._get_receivable_lines().reconcile()
        self.assertEqual(self.claimed(invoice), 760, "until it is closed, 120 more are held")
        self.close_dispute(dispute, "founded")
        row = self.get_receivables(invoice)
        self.assertEqual((row.contested, row.dunnable), (0, 880))

    def test_scenario_6_a_short_payment_leaves_nothing_to_claim(self):
        """940 paid of 1,000, the rest contested."""
        invoice = self.make_overdue_invoice(10)
        credit = self.make_invoice(amount=-940)  # stands for the bank's line
        (credit + invoice)._get_receivable_lines().reconcile()
        self.contest(invoice)
        row = self.get_receivables(invoice)
        self.assertEqual((row.residual, row.contested, row.dunnable), (60, 60, 0))
        self.assertFalse(self.run_dunning().notice_ids)

    def test_scenario_11_a_reminder_lists_what_is_contested(self):
        """Rule 7: it is not in the claim, and the letter says so; there is no formal notice.

        S2.76: while the dispute is open, the firm reminder speaks as the one before it.
        """
        self.scenario.entry = "age"
        invoice = self.make_overdue_invoice(30)
        self.contest(invoice, 300)
        notice = self.run_dunning().notice_ids
        self.assertEqual(notice.step_id.tone, "firm")
        self.assertRecordValues(
            notice,
            [
                {
                    "tone": "courteous",
                    "is_softened": True,
                    "amount_claimed": 700.0,
                    "amount_contested": 300.0,
                }
            ],
        )
        notice._render_pdf()
        text = " ".join(
            page.extract_text() for page in PdfReader(io.BytesIO(notice.attachment_id.raw)).pages
        )
        text = " ".join(text.split())
        self.assertIn("Contested amount (not claimed)", text)
        self.assertIn("300.00", text)
        self.assertIn("700.00", text)
        self.assertNotRegex(text, "Amount to pay .{0,9}1,000.00")


@tagged("post_install", "-at_install")
class TestOpening(HoldingCommon):
    """What opening a dispute stops and whom it tells."""

    def test_only_notices_with_the_receivable_are_cancelled(self):
        contested = self.make_overdue_invoice(10, partner=self.make_customer("Contests"))
        other = self.make_overdue_invoice(10, partner=self.make_customer("Pays"))
        notices = self.run_dunning().notice_ids
        self.contest(contested, 300)
        states = {notice.line_ids.move_id: notice.state for notice in notices}
        self.assertEqual(states, {contested: "cancelled", other: "validated"})

    def test_what_was_sent_stays_sent(self):
        invoice = self.make_overdue_invoice(10)
        notice = self.run_and_send(TODAY)
        self.contest(invoice)
        self.assertEqual(notice.state, "sent")

    def test_a_suspicion_stops_nothing(self):
        """S0.19."""
        invoice = self.make_overdue_invoice(10)
        notice = self.run_dunning().notice_ids
        disputes = self.env["account.dispute"]
        disputes.create(
            {
                "partner_id": self.customer.id,
                "reason_id": self.reason.id,
                "line_ids": disputes._prepare_from_amounts(invoice._get_receivable_lines(), 1000),
            }
        )
        self.assertEqual(notice.state, "validated")
        self.assertFalse(invoice.no_followup)
        self.assertEqual(self.claimed(invoice), 1000)

    def get_told(self, dispute):
        messages = self.env["mail.message"].search(
            [
                ("model", "=", "account.dispute"),
                ("res_id", "=", dispute.id),
                ("message_type", "=", "user_notification"),
                ("subject", "like", "contests"),
            ]
        )
        return messages.notification_ids

    def test_the_collector_is_told_and_nobody_else(self):
        """S0.36: in the inbox or by e-mail, as the collector prefers."""
        self.customer.collector_id = self.collector
        for preference in ("inbox", "email"):
            self.collector.notification_type = preference
            invoice = self.make_overdue_invoice(10)
            invoice.invoice_user_id = self.manager
            told = self.get_told(self.contest(invoice, 300))
            self.assertRecordValues(
                told,
                [
                    {
                        "res_partner_id": self.collector.partner_id.id,
                        "notification_type": preference,
                    }
                ],
            )
            self.assertIn("300.00", told.mail_message_id.body)

    def test_who_opens_it_is_not_told(self):
        self.customer.collector_id = self.env.user
        self.assertFalse(self.get_told(self.contest(self.make_overdue_invoice(10))))

    def test_the_salesperson_follows(self):
        """S1.24."""
        salesperson = self.make_user("salesperson", "base.group_user")
        invoice = self.make_overdue_invoice(10, invoice_user_id=salesperson.id)
        self.assertIn(salesperson.partner_id, self.contest(invoice, 300).message_partner_ids)


@tagged("post_install", "-at_install")
class TestNoFollowup(HoldingCommon):
    """Odoo's own exclusion follows what is held, and gets back what it was."""

    def setUp(self):
        super().setUp()
        self.invoice = self.make_overdue_invoice(10)

    def test_a_part_contested_leaves_it(self):
        self.contest(self.invoice, 999.99)
        self.assertFalse(self.invoice.no_followup)

    def test_two_disputes_that_hold_all_together(self):
        first = self.contest(self.invoice, 600)
        self.assertFalse(self.invoice.no_followup)
        second = self.contest(self.invoice, 400)
        self.assertTrue(self.invoice.no_followup)
        self.close_dispute(first)
        self.assertFalse(self.invoice.no_followup)
        self.close_dispute(second)
        self.assertFalse(self.invoice.no_followup)

    def test_two_disputes_that_each_hold_all(self):
        """The one that ticked it closes first: it stays ticked until the other closes too."""
        first, second = self.contest(self.invoice, 600), self.contest(self.invoice, 400)
        (first + second).hold_policy = "invoice"
        self.close_dispute(first)
        self.assertTrue(self.invoice.no_followup)
        self.close_dispute(second)
        self.assertFalse(self.invoice.no_followup)

    def test_an_amount_that_changes(self):
        dispute = self.contest(self.invoice)
        dispute.line_ids.amount = 400
        self.assertFalse(self.invoice.no_followup)
        dispute.line_ids.amount = 1000
        self.assertTrue(self.invoice.no_followup)
        dispute.line_ids = [Command.clear()]
        self.assertFalse(self.invoice.no_followup)

    def test_an_invoice_added_while_open(self):
        dispute = self.contest(self.invoice)
        other = self.make_overdue_invoice(5)
        line = {"move_line_id": other._get_receivable_lines().id, "amount": 1000}
        dispute.line_ids = [Command.create(line)]
        self.assertTrue(other.no_followup)

    def test_reopened_it_is_ticked_again(self):
        dispute = self.contest(self.invoice)
        self.close_dispute(dispute)
        dispute.action_open()
        self.assertTrue(self.invoice.no_followup)
        self.close_dispute(dispute)
        self.assertFalse(self.invoice.no_followup)

    def test_uninstalled_it_is_given_back(self):
        """Odoo's own follow-up goes on where we stopped it, and only there."""
        self.contest(self.invoice)
        other = self.make_overdue_invoice(10)
        other.no_followup = True
        self.contest(other)
        uninstall_hook(self.env)
        self.assertEqual((self.invoice | other).mapped("no_followup"), [False, True])

    def test_reset_to_draft_and_posted_in_instalments(self):
        dispute = self.contest(self.invoice)
        self.invoice.button_draft()
        self.invoice.invoice_payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (0, 30)
                ],
            }
        )
        self.invoice.action_post()
        self.assertTrue(all(self.invoice._get_receivable_lines().mapped("no_followup")))
        self.close_dispute(dispute)
        self.assertFalse(any(self.invoice._get_receivable_lines().mapped("no_followup")))

    def test_our_own_tick_is_not_an_exclusion(self):
        self.contest(self.invoice)
        row = self.get_receivables(self.invoice)
        self.assertFalse(row.is_excluded)
        self.assertEqual(row.contested, 1000)


@tagged("post_install", "-at_install")
class TestHoldPolicy(HoldingCommon):
    """What is kept out of the reminders as long as a dispute is open."""

    def setUp(self):
        super().setUp()
        self.invoice = self.make_overdue_invoice(10)
        self.other = self.make_overdue_invoice(10, amount=500)
        self.dispute = self.contest(self.invoice, 300)

    def check_held(self, policy, claimed):
        """Under a policy, a run claims so much; its decisions are of the reasons given."""
        self.dispute.hold_policy = policy
        self.assertEqual(self.run_dunning().notice_ids.amount_claimed, claimed)

    def test_the_amount(self):
        self.check_held("amount", 1200)

    def test_the_whole_invoice(self):
        self.check_held("invoice", 500)
        row = self.get_receivables(self.invoice)
        self.assertEqual((row.is_on_hold, row.overdue, row.contested), (True, 0, 300))
        self.assertEqual(self.get_decisions(self.invoice).reason, "on_hold")
        self.assertEqual(self.overdue(self.other), 500)
        self.assertTrue(self.invoice.no_followup)

    def test_all_that_the_customer_owes(self):
        stranger = self.make_overdue_invoice(10, partner=self.make_customer("Somebody else"))
        self.dispute.hold_policy = "customer"
        notice = self.run_dunning().notice_ids
        self.assertEqual(notice.line_ids.move_id, stranger)
        self.assertEqual(self.get_decisions(self.other).reason, "on_hold")
        self.assertEqual(self.overdue(self.invoice + self.other), 0)
        self.assertFalse(self.other.no_followup, "only of the invoices that it names")

    def test_nothing(self):
        self.check_held("none", 1500)
        self.assertEqual(self.get_receivables(self.invoice).contested, 0)
        self.assertEqual(self.invoice.contested_amount, 0)

    def test_a_policy_of_another_company_holds_nothing_here(self):
        branch = self.make_overdue_invoice(10, company=self.branch)
        self.contest(branch, 100).hold_policy = "customer"
        self.assertFalse(self.get_receivables(self.invoice).is_on_hold)

    def test_notices_that_the_policy_holds_are_cancelled(self):
        notice = self.run_dunning().notice_ids
        self.assertEqual(notice.line_ids.move_id, self.invoice + self.other)
        self.dispute.hold_policy = "customer"
        self.assertEqual(notice.state, "cancelled")

    def test_held_between_preparation_and_sending(self):
        notice = self.run_dunning().notice_ids
        self.patch(self.registry["account.dispute"], "_stop_notices", lambda dispute: None)
        self.dispute.hold_policy = "invoice"
        notice._action_send(TODAY)
        self.assertEqual(notice.state, "cancelled")
        self.assertIn("held by a dispute", notice.state_reason)

    def test_what_held_nothing_may_not_hold_what_another_holds(self):
        """Rule 2."""
        self.dispute.hold_policy = "none"
        self.contest(self.invoice)
        with self.assertRaisesRegex(ValidationError, "1,300.00.€ would be contested"):
            self.dispute.hold_policy = "amount"

    def test_the_reason_brings_the_policy(self):
        reason = self.reason.copy({"code": "test_hold", "hold_policy": "invoice"})
        invoice = self.make_overdue_invoice(10)
        self.contest(invoice, 100, reason=reason)
        self.assertTrue(self.get_receivables(invoice).is_on_hold)
