from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TODAY, CollectionsCommon, days_ago

REPORT = "account_dispute_dunning.report_dunning_notice"


@tagged("post_install", "-at_install")
class TestDunningFormal(CollectionsCommon):
    """Formal notices: certain, liquid and due, confirmed by a person, and watched."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dunning_scenario_id = cls.make_scenario(
            {
                "offset_days": 35,
                "channel": "registered",
                "tone": "formal",
                "deadline_days": 8,
                "level": 3,
            }
        )
        cls.customer.write(
            {
                "collector_id": cls.collector.id,
                "street": "1 rue des Arts",
                "zip": "34000",
                "city": "Montpellier",
            }
        )

    def make_certain_invoice(self, days=40, **values):
        """With an order reference, a delivery date, and sent: nothing is missing."""
        values = {"ref": "PO 4711", "delivery_date": days_ago(days + 30)} | values
        invoice = self.make_overdue_invoice(days, **values)
        invoice.is_move_sent = True
        return invoice

    def prepare(self, **values):
        self.invoice = self.make_certain_invoice(**values)
        notice = self.run_dunning().notice_ids
        self.assertEqual((notice.tone, notice.state), ("formal", "draft"))
        return notice

    def light(self, notice, code=None):
        """The light of one row, or of the whole checklist."""
        if code is None:
            notice.invalidate_recordset(["checklist_light"])
            return notice.checklist_light
        return {row.code: row.light.value for row in notice._get_checklist()}[code]

    def override(self, notice, reason="Their director agreed by phone", user=None):
        """Through the dialogue, as the web client does."""
        action = notice.with_user(user or self.collector).action_override()
        wizard = self.env[action["res_model"]].with_user(user or self.collector)
        wizard.with_context(**action["context"]).create({"reason": reason}).action_confirm()

    def post(self, notice):
        """As a person does: number and deposit, then “posted”."""
        as_collector = notice.with_user(self.collector)
        as_collector.action_validate()
        as_collector.write({"registered_number": "1A 234", "deposit_date": TODAY})
        notice._transition("sent", done_on=TODAY)

    # === The checklist (S2.31) ===#

    def test_in_order(self):
        notice = self.prepare()
        self.assertEqual(self.light(notice), "green")
        notice.with_user(self.collector).action_validate()
        self.assertEqual(notice.state, "validated")
        self.assertFalse(notice.override_reason)

    def test_what_is_missing_needs_a_reason(self):
        """S2.31: green, or an override with its reason, its author and its day."""
        notice = self.prepare()
        self.company.dunning_sent_from = days_ago(90)
        for values, code in (
            ({"ref": False}, "order"),
            ({"delivery_date": False}, "delivery"),
            ({"is_move_sent": False}, "sent"),
        ):
            before = {name: self.invoice[name] for name in values}
            self.invoice.write(values)
            with self.subTest(code=code):
                self.assertEqual(self.light(notice, code), "orange")
                self.assertEqual(self.light(notice), "orange")
                with self.assertRaisesRegex(UserError, "certain, liquid and due"):
                    notice.with_user(self.collector).action_validate()
            self.invoice.write(before)
        self.invoice.ref = False
        self.override(notice)
        self.assertRecordValues(
            notice,
            [
                {
                    "state": "validated",
                    "override_reason": "Their director agreed by phone",
                    "override_user_id": self.collector.id,
                    "override_date": TODAY,
                }
            ],
        )

    def test_what_failed_before_it_was_validated_is_not_sent_without_a_reason(self):
        """S2.31: failing, for want of an address, is no way around the checklist."""
        notice = self.prepare(ref=False)
        notice._transition("failed", "No postal address")
        notice.write({"registered_number": "1A 234", "deposit_date": TODAY})
        with self.assertRaisesRegex(UserError, "certain, liquid and due"):
            notice.with_user(self.collector).action_send()
        self.override(notice)
        notice.with_user(self.collector).action_send()
        self.assertEqual(notice.state, "sent")

    def test_it_is_looked_at_again_when_it_leaves(self):
        """S0.4, S2.31: a payment that came in since is no reason to post it all the same."""
        notice = self.prepare()
        notice.with_user(self.collector).action_validate()
        notice.write({"registered_number": "1A 234", "deposit_date": TODAY})
        self.invoice.ref = False
        with self.assertRaisesRegex(UserError, "certain, liquid and due"):
            notice.with_user(self.assistant).action_posted()
        self.assertEqual(notice.state, "validated")
        self.override(notice)
        notice.with_user(self.assistant).action_posted()
        self.assertEqual(notice.state, "sent")

    def test_by_e_mail_it_waits_for_a_person_once_more(self):
        notice = self.prepare()
        notice.with_user(self.collector).action_validate()
        self.invoice.ref = False
        self.assertFalse(notice._keep_those_that_wait(TODAY))
        self.assertEqual(notice.state, "draft")
        self.assertIn("certain, liquid and due", notice.state_reason)

    def test_a_dispute_that_holds_nothing_back_makes_it_uncertain(self):
        notice = self.prepare()
        self.reason.hold_policy = "none"
        self.contest(self.invoice, 100)
        self.assertEqual(self.light(notice, "undisputed"), "orange")
        with self.assertRaisesRegex(UserError, "certain, liquid and due"):
            notice.with_user(self.collector).action_validate()

    def test_an_entry_without_invoice_date_has_a_checklist(self):
        """An opening balance; and one whose journal item is there no more."""
        notice = self.prepare()
        self.company.dunning_sent_from = days_ago(90)
        self.invoice.is_move_sent = False
        self.invoice.line_ids.flush_recordset()
        self.env.cr.execute(
            "UPDATE account_move SET invoice_date = NULL, move_type = 'entry' WHERE id = %s",
            (self.invoice.id,),
        )
        self.env.invalidate_all()
        self.assertEqual(self.light(notice, "sent"), "green")

    def test_a_file_beside_the_invoice_proves_the_delivery(self):
        notice = self.prepare(delivery_date=False)
        self.assertEqual(self.light(notice, "delivery"), "orange")
        self.env["ir.attachment"].create(
            {
                "name": "signed note.pdf",
                "raw": b"signed",
                "res_model": "account.move",
                "res_id": self.invoice.id,
            }
        )
        self.assertEqual(self.light(notice, "delivery"), "green")

    def test_an_unallocated_credit_is_not_liquid(self):
        notice = self.prepare()
        self.make_invoice(amount=-200, due=TODAY)
        self.assertEqual(self.light(notice, "credit"), "orange")

    def test_an_unreconciled_bank_line_is_not_liquid(self):
        notice = self.prepare()
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": TODAY,
                "partner_id": self.customer.id,
                "payment_ref": "transfer",
                "amount": 300,
            }
        )
        self.assertEqual(self.light(notice, "bank"), "orange")

    def test_a_paused_customer_is_not_due(self):
        notice = self.prepare()
        self.env["account.dunning.treatment"].create(
            {
                "partner_id": self.customer.id,
                "date_start": TODAY,
                "is_paused": True,
                "reason": "Pays on Friday",
            }
        )
        self.assertEqual(self.light(notice, "promise"), "orange")

    def test_red_is_never_overridden(self):
        """Not due, wholly contested, vetoed, settled: nobody sends it."""
        notice = self.prepare()
        veto = {
            "partner_id": self.customer.id,
            "reason": "We negotiate",
            "date_end": TODAY,
        }
        self.env["account.dunning.veto"].create(veto)
        self.assertEqual(notice.state, "cancelled")
        notice = notice.sudo().copy({"state": "draft"}).sudo(False)
        self.assertEqual(self.light(notice), False)
        self.env["account.dunning.veto"].search([]).active = False
        notice = self.prepare_again()
        self.invoice._get_receivable_lines().date_maturity = TODAY
        self.assertEqual(self.light(notice, "due"), "red")
        for call in (notice.action_validate, notice.action_override):
            with self.assertRaisesRegex(UserError, "can't be sent"):
                call()
        with self.assertRaisesRegex(UserError, "can't be sent"):
            self.env["account.dunning.notice.override"].create(
                {"notice_id": notice.id, "reason": "All the same"}
            ).action_confirm()
        self.assertEqual(notice.state, "draft")

    def prepare_again(self):
        """A formal notice of the same receivables, whatever became of the first one."""
        notice = self.run_dunning(TODAY + timedelta(days=1)).notice_ids
        self.assertEqual(notice.tone, "formal")
        return notice

    def test_a_settled_claim_is_red(self):
        notice = self.prepare()
        self.pay(self.invoice)
        self.assertEqual(self.light(notice, "open"), "red")

    def test_a_strategic_customer_s_needs_a_reason(self):
        """S0.3."""
        notice = self.prepare()
        self.customer.is_strategic = True
        self.assertEqual(self.light(notice, "relation"), "orange")
        self.assertEqual(self.light(notice), "orange")

    def test_an_electronic_letter_to_a_person_needs_consent(self):
        """Legal, 4.1: who is no professional has to agree to it first."""
        notice = self.prepare()
        notice.is_electronic = True
        self.assertEqual(self.light(notice, "consent"), "green")
        self.customer.is_company = False
        self.assertEqual(self.light(notice, "consent"), "orange")

    def test_what_is_in_order_needs_no_reason(self):
        notice = self.prepare()
        with self.assertRaisesRegex(UserError, "validate it"):
            notice.with_user(self.collector).action_override()

    def test_it_never_leaves_by_itself(self):
        """Design, rule 10: a person confirms every formal notice."""
        self.company._get_dunning_scenario().step_ids.write(
            {"is_automatic": True, "channel": "email"}
        )
        notice = self.prepare()
        domain = [*notice._get_domain_to_process(), ("id", "=", notice.id)]
        self.assertFalse(
            notice.search(domain).filtered(lambda each: each.state == "validated"),
            "the job may make its letter, and does not send it",
        )
        notice._transition("validated")
        notice._transition("draft")
        self.assertEqual(notice.state, "draft")

    def test_who_may_override(self):
        notice = self.prepare(ref=False)
        values = {"notice_id": notice.id, "reason": "They agreed"}
        for user in (self.auditor, self.assistant, self.invoicing, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["account.dunning.notice.override"].with_user(user).create(values)
        with self.assertRaises(UserError):
            notice.with_user(self.assistant).action_override()
        with self.assertRaises(UserError):
            notice.with_user(self.manager).override_reason = "By hand"

    # === Contested in part ===#

    def test_one_open_dispute_is_excluded_and_printed_apart(self):
        """Domain, scenario 11: the amount excludes it and the letter lists it as contested."""
        self.invoice = self.make_certain_invoice()
        self.contest(self.invoice, 300)
        self.run_dunning()
        decision = self.get_decisions(self.invoice)
        self.assertEqual(decision.reason, "not_certain")
        self.release(decision)
        notice = self.run_dunning(TODAY + timedelta(days=1)).notice_ids
        self.assertEqual(self.get_decisions(self.invoice).reason, "step")
        self.assertRecordValues(
            notice, [{"tone": "formal", "amount_claimed": 700.0, "amount_contested": 300.0}]
        )
        self.assertEqual(self.light(notice, "undisputed"), "orange")
        self.override(notice)
        self.assertEqual(notice.state, "validated")
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(REPORT, notice.ids)
        contested = html.decode().split("Contested amount", 1)[1]
        self.assertIn("300.00", contested)

    def release(self, decision, user=None):
        action = decision.with_user(user or self.collector).action_release()
        wizard = self.env[action["res_model"]].with_user(user or self.collector)
        wizard.with_context(**action["context"]).create(
            {"reason": "They accept the rest in writing"}
        ).action_confirm()

    def test_a_release_is_decided_by_a_collector_and_written_down(self):
        invoice = self.make_certain_invoice()
        dispute = self.contest(invoice, 300)
        self.run_dunning()
        decision = self.get_decisions(invoice)
        for user in (self.auditor, self.assistant):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.release(decision, user)
        with self.assertRaises(UserError):
            dispute.line_ids.with_user(self.manager).is_released = True
        self.release(decision)
        self.assertEqual(dispute.line_ids.release_user_id, self.collector)
        self.assertIn("accept the rest", " ".join(dispute.message_ids.mapped("body")))
        with self.assertRaisesRegex(UserError, "No open dispute"):
            decision.with_user(self.collector).action_release()

    def test_a_release_ends_with_the_cycle_of_the_dispute(self):
        invoice = self.make_certain_invoice()
        dispute = self.contest(invoice, 300)
        self.run_dunning()
        self.release(self.get_decisions(invoice))
        self.close_dispute(dispute)
        dispute._action_open(TODAY)
        self.assertFalse(dispute.line_ids.is_released)

    # === Deadline (S4.20) ===#

    def test_the_deadline_counts_from_the_validation(self):
        notice = self.prepare()
        self.assertEqual(notice.deadline, TODAY + timedelta(days=8))
        notice._write_frozen(deadline=TODAY + timedelta(days=2), date=days_ago(6))
        notice.with_user(self.collector).action_validate()
        self.assertEqual(notice.deadline, TODAY + timedelta(days=8))

    def test_the_deadline_of_a_registered_letter_counts_from_its_deposit(self):
        """Legal, 4.1: an electronic one gives 15 days to accept it."""
        notice = self.prepare()
        notice.with_user(self.collector).action_validate()
        printed = TODAY + timedelta(days=3)
        notice._write_frozen(deadline=printed, date=days_ago(5))  # validated five days ago
        as_collector = notice.with_user(self.collector)
        as_collector.write({"registered_number": "1A 234", "deposit_date": TODAY})
        self.assertEqual(notice.deadline, TODAY + timedelta(days=8))
        self.assertEqual(notice.deadline_printed, printed)
        as_collector.is_electronic = True
        self.assertEqual(notice.deadline, TODAY + timedelta(days=23))
        as_collector.write({"is_electronic": False, "deposit_date": days_ago(5)})
        self.assertEqual(notice.deadline, printed, "never before what the letter says")

    def test_the_list_of_prelitigation(self):
        """S4.20: expiry without full payment is found the day after; what is settled leaves."""
        notice = self.prepare()
        self.post(notice)
        self.assertFalse(notice._expire(notice.deadline))
        tomorrow = notice.deadline + timedelta(days=1)
        self.pay(self.invoice, 400, on_date=notice.deadline)
        self.assertEqual(notice._expire(tomorrow), notice)
        self.assertFalse(notice._expire(tomorrow), "once")
        self.assertRecordValues(
            notice,
            [{"expired_on": tomorrow, "amount_remaining": 600.0, "is_prelitigation": True}],
        )
        self.assertEqual(notice.activity_ids.user_id, self.collector)
        self.assertIn("600.00", notice.activity_ids.note)
        self.assertEqual(self.get_listed(), notice)
        dispute = self.contest(self.invoice, 100)
        notice.invalidate_recordset()
        self.assertEqual(notice.dispute_since_count, 1)
        self.assertEqual(notice.amount_remaining_contested, 100)
        self.close_dispute(dispute)
        self.pay(self.invoice)
        self.assertFalse(self.get_listed())
        self.assertTrue(notice.expired_on, "it stays in the history")

    def get_listed(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_dispute_dunning.account_dunning_formal_expired_action"
        )
        self.env.invalidate_all()
        return self.env["account.dunning.notice"].search(
            [("is_prelitigation", "=", True)]
            if action["domain"] == '[("is_prelitigation", "=", True)]'
            else []
        )

    def test_what_was_paid_in_time_does_not_expire(self):
        notice = self.prepare()
        self.post(notice)
        self.pay(self.invoice)
        self.assertFalse(notice._expire(notice.deadline + timedelta(days=1)))

    def test_what_is_contested_in_full_expires_once_the_dispute_is_over(self):
        notice = self.prepare()
        self.post(notice)
        dispute = self.contest(self.invoice)
        tomorrow = notice.deadline + timedelta(days=1)
        self.assertFalse(notice._expire(tomorrow))
        self.close_dispute(dispute)
        self.assertEqual(notice._expire(tomorrow), notice)

    def test_the_job_finds_what_expired(self):
        notice = self.prepare()
        self.post(notice)
        notice._write_frozen(deadline=days_ago(1))
        with self.enter_registry_test_mode():
            self.env.ref(
                "account_dispute_dunning.cron_dunning_formal_expired"
            ).method_direct_trigger()
        self.assertEqual(notice.expired_on, TODAY)
        self.assertEqual(notice.days_since_expiry, 1)

    def test_two_invoices_are_one_formal_notice(self):
        """All rows count: one that is settled leaves the other one to claim."""
        first = self.make_certain_invoice()
        second = self.make_certain_invoice(
            invoice_line_ids=[
                Command.create({"name": "More", "price_unit": 500, "tax_ids": [Command.clear()]})
            ]
        )
        notice = self.run_dunning().notice_ids
        self.assertEqual(notice.line_ids.move_id, first | second)
        self.post(notice)
        self.pay(first)
        self.assertEqual(notice._expire(notice.deadline + timedelta(days=1)), notice)
        self.assertEqual(notice.amount_remaining, second.amount_residual)
