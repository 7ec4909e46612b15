from datetime import timedelta

from psycopg2.errors import NotNullViolation

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY, CollectionsCommon, days_ago


class PeersCommon(CollectionsCommon):
    """Where open-source peers break: each defect that their users report is a test of ours.

    In the docstrings: B1–B10, bugs of OCA account_credit_control; cc, aft, ap, air, OCA's issues of
    credit-control, account-financial-tools, account-payment, account-invoice-reporting; AIOR,
    account_invoice_overdue_reminder; OM, om_account_followup.

    Proven elsewhere: letters of one customer sent to another (aft#559, `TestDunningLetter`), a
    mail refused (cc#447, `TestDunningNotice`).
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Letters are rendered while the test holds the database: nobody could serve their styles.
        cls.env["ir.config_parameter"].set_param("report.url", "http://127.0.0.1:9")

    def act_run(self, company=None):
        """Run as a collector who presses the button; returns the notices."""
        runs = self.env["account.dunning.run"].with_user(self.collector)
        action = runs.with_company(company or self.company).action_run()
        return self.env["account.dunning.run"].browse(action["res_id"]).notice_ids

    def run_and_send(self, on_date, company=None):
        """A day on which all that was prepared also left; returns the notices."""
        notices = self.run_dunning(on_date, company=company).notice_ids
        notices.filtered(lambda notice: notice.state == "draft")._transition("validated")
        for notice in notices:
            if notice.channel == "email":
                notice._transition("queued", done_on=on_date)
            notice._transition("sent", done_on=on_date)
        return notices

    def assert_claimed(self, notices, amount):
        self.assertEqual(notices.mapped("amount_claimed"), [amount])

    def assert_reason(self, invoice, reason):
        self.assertEqual(self.get_decisions(invoice).mapped("reason"), [reason])


@tagged("post_install", "-at_install")
class TestDunningPeersAmounts(PeersCommon):
    """What is claimed."""

    def test_the_minimum_is_in_company_currency_whatever_the_invoice_s(self):
        """B1: the peer converts the tolerance the wrong way round. 1 EUR = 2 USD = 100 JPY."""
        yen = self.setup_other_currency("JPY", rounding=1, rates=[("1900-01-01", 100.0)])
        for currency, below, above in ((self.foreign_currency, 39, 41), (yen, 1999, 2001)):
            for amount, reason in ((below, "below_minimum"), (above, "step")):
                with self.subTest(currency=currency.name, amount=amount):
                    partner = self.make_customer(f"Owes {amount} {currency.name}")
                    invoice = self.make_overdue_invoice(
                        10, amount=amount, partner=partner, currency_id=currency.id
                    )
                    self.run_dunning()
                    self.assert_reason(invoice, reason)

    def test_what_was_paid_after_the_run_is_not_claimed(self):
        """B2: mailed with the balance of the day of the run."""
        first, second = self.make_overdue_invoice(10), self.make_overdue_invoice(12)
        notice = self.act_run()
        self.pay(first)
        notice.action_send()
        self.assertEqual(notice.state, "cancelled")
        self.assertIn(first.name, notice.state_reason)
        again = self.act_run()
        self.assert_claimed(again, 1000)
        self.assertEqual(again.line_ids.move_id, second)

    def test_a_call_about_what_was_paid_is_not_made(self):
        """B2: what waits for a person is prepared anew by the next run."""
        self.customer.write({"phone": "+33 4 00 00 00 30", "collector_id": self.collector.id})
        due = TODAY + timedelta(days=15)
        first, second = self.make_invoice(due=due), self.make_invoice(due=due)
        call = self.act_run()
        self.assertEqual((call.channel, call.amount_claimed), ("call", 2000))
        self.pay(first)
        again = self.run_dunning(TODAY + timedelta(days=1)).notice_ids
        self.assertEqual(call.state, "cancelled")
        self.assertFalse(call.activity_ids)
        self.assertEqual((again.line_ids.move_id, again.amount_claimed), (second, 1000))

    def test_credit_notes_and_payments_on_account_reduce_the_claim(self):
        """B3, cc#211, cc#226."""
        self.make_overdue_invoice(10)
        self.make_invoice(amount=-150)
        payment = self.env["account.payment"].create(
            {"partner_id": self.customer.id, "amount": 50, "payment_type": "inbound"}
        )
        payment.action_post()
        notice = self.act_run()
        self.assert_claimed(notice, 800)
        self.assertEqual(sorted(notice.line_ids.mapped("claimed")), [-150, -50, 1000])

    def test_cancelled_credit_notes_are_not_listed(self):
        """cc#562."""
        self.make_overdue_invoice(10)
        credit = self.make_invoice(amount=-150)
        credit.button_draft()
        credit.button_cancel()
        notice = self.act_run()
        self.assert_claimed(notice, 1000)
        self.assertNotIn(credit, notice.line_ids.move_id)

    def test_partly_paid_invoices_are_reminded_of_their_rest(self):
        """cc#330, cc#457: what is left, not what was invoiced."""
        self.pay(self.make_overdue_invoice(10), 400)
        notice = self.act_run()
        self.assert_claimed(notice, 600)
        body = self.env["ir.qweb"]._render(
            "account_dispute_dunning.dunning_notice_mail", {"notice": notice}
        )
        self.assertIn("600.00", body)
        self.assertNotIn("1,000.00", body)

    def test_an_overdue_instalment_is_reminded_before_the_last_is_due(self):
        """cc#374, cc#529, AIOR: only after the final due date."""
        terms = self.env["account.payment.term"].create(
            {
                "name": "In three parts",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": part, "nb_days": days})
                    for part, days in ((30, 0), (30, 5), (40, 90))
                ],
            }
        )
        invoice = self.make_invoice(due=days_ago(10), invoice_payment_term_id=terms.id)
        notice = self.act_run()
        self.assert_claimed(notice, 600)
        self.pay(invoice, 300)
        again = self.run_dunning(TODAY + timedelta(days=1))
        self.assertFalse(again.notice_ids & notice)
        self.assertEqual(invoice.amount_residual, 700)

    def test_one_notice_per_currency_in_its_own(self):
        """ERPNext 56006: dunning in the wrong currency; aft#618: company currency left out."""
        self.make_overdue_invoice(10, amount=100)
        self.make_overdue_invoice(10, amount=300, currency_id=self.foreign_currency.id)
        claims = {notice.currency_id.name: notice.amount_claimed for notice in self.act_run()}
        self.assertEqual(claims, {"EUR": 100, "USD": 300})

    def make_entry(self, amount, due):
        """A receivable without an invoice, such as an opening balance, in company currency."""
        receivable = self.customer.property_account_receivable_id
        lines = [
            {"account_id": receivable.id, "debit": amount, "date_maturity": due},
            {"account_id": self.company_data["default_account_revenue"].id, "credit": amount},
        ]
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": days_ago(20),
                "line_ids": [
                    Command.create(line | {"partner_id": self.customer.id, "name": "Opening"})
                    for line in lines
                ],
            }
        )
        entry.action_post()
        entry.line_ids.filtered(lambda line: line.account_id == receivable).no_followup = False
        return entry

    def test_entries_in_company_currency_are_reminded(self):
        """aft#618: lines without a foreign currency were ignored."""
        self.make_entry(250, days_ago(10))
        self.assert_claimed(self.act_run(), 250)

    def test_a_missing_due_date_is_the_day_of_the_entry(self):
        """cc#213, cc#215: the peer crashes."""
        entry = self.make_entry(250, False)
        notice = self.act_run()
        self.assert_claimed(notice, 250)
        self.assertEqual(notice.line_ids.date_maturity, entry.date)

    def test_nothing_is_booked_by_a_reminder(self):
        """ERPNext 27528, 58220: fees booked as receivables, interest twice."""
        self.make_overdue_invoice(60)
        before = self.env["account.move"].search_count([])
        for days in (0, 20, 40):
            self.run_and_send(TODAY + timedelta(days=days))
        self.assertEqual(self.env["account.move"].search_count([]), before)
        self.assert_ties_out()


@tagged("post_install", "-at_install")
class TestDunningPeersDecisions(PeersCommon):
    """Who is reminded, at which step, and how often."""

    def test_no_followup_is_honoured(self):
        """B4."""
        invoice = self.make_overdue_invoice(10)
        invoice.no_followup = True
        self.assertFalse(self.act_run())
        self.assert_reason(invoice, "excluded")

    def test_drafts_and_cancelled_invoices_are_not_reminded(self):
        """OM24 duns them."""
        draft, cancelled = self.make_overdue_invoice(10), self.make_overdue_invoice(10)
        (draft | cancelled).button_draft()
        cancelled.button_cancel()
        self.assertFalse(self.act_run())
        self.assertFalse(self.get_decisions(draft | cancelled))

    def test_the_counters_count_what_exists(self):
        """B6: the peer reports 12 lines where there are 8."""
        for number in range(3):
            partner = self.make_customer(f"Customer {number}")
            self.make_overdue_invoice(10, partner=partner)
            self.make_overdue_invoice(15, partner=partner)
            self.make_invoice(partner=partner, due=TODAY + timedelta(days=40))
        run = self.act_run().run_id
        decisions = self.env["account.dunning.decision"].search(run._decision_domain())
        self.assertEqual((run.receivable_count, len(decisions)), (9, 9))
        self.assertEqual(run.step_count, len(run.notice_ids.line_ids.filtered("step_id")))
        self.assertEqual((run.step_count, run.held_count, run.notice_count), (6, 3, 3))

    def test_days_without_a_change_write_nothing(self):
        """The peer writes 100 rows anew for 100 drafts on each of four runs."""
        self.scenario.step_ids.is_automatic = False
        for number in range(5):
            self.make_overdue_invoice(10, partner=self.make_customer(f"Customer {number}"))
        notices = self.act_run()
        self.run_dunning(TODAY + timedelta(days=1))
        decisions = self.env["account.dunning.decision"].search_count([])
        for days in (2, 3, 4):
            self.assertFalse(self.run_dunning(TODAY + timedelta(days=days)).notice_ids)
        self.assertEqual(self.env["account.dunning.decision"].search_count([]), decisions)
        self.assertEqual(set(notices.mapped("state")), {"draft"})

    def test_the_job_of_every_day_needs_nobody(self):
        """cc#58, aft#653: the run and the sending, by themselves."""
        invoice = self.make_overdue_invoice(10)
        with self.enter_registry_test_mode():
            for job in ("daily", "notices"):
                self.env.ref(f"account_dispute_dunning.cron_dunning_{job}").method_direct_trigger()
        line = self.env["account.dunning.notice.line"].search([("move_id", "=", invoice.id)])
        self.assertEqual(line.notice_id.state, "queued", line.notice_id.state_reason)

    def test_several_levels_make_one_mail_at_the_furthest(self):
        """cc#21, cc#432: monthly invoices, and one mail per level and month."""
        self.scenario.entry = "age"
        for days in (2, 22, 25, 30):
            self.make_overdue_invoice(days)
        notice = self.act_run()
        self.assertEqual(notice.step_id.offset_days, 21)
        self.assertEqual(notice.amount_claimed, 4000)

    def test_steps_come_by_their_day_not_by_their_number(self):
        """OM24 takes the level with the highest database id for the furthest."""
        scenario = self.make_scenario(30, 10)
        scenario.entry = "age"
        self.customer.dunning_scenario_id = scenario
        self.make_overdue_invoice(35)
        self.assertEqual(self.act_run().step_id.offset_days, 30)

    def test_a_late_start_enters_where_the_scenario_says(self):
        """cc#35, Tryton: an invoice met late starts at whatever level comes first."""
        invoice = self.make_overdue_invoice(40)
        for entry, offset in (("first", 1), ("age", 35)):
            self.scenario.entry = entry
            self.run_dunning(dry=True)
            (decision,) = self.env["account.dunning.run"]._decide(
                self.company, TODAY, invoice._get_receivable_lines().ids
            )
            step = self.env["account.dunning.scenario.step"].browse(decision.step)
            self.assertEqual(step.offset_days, offset)

    def test_prevention_comes_before_the_due_date(self):
        """cc#79: in one old version only; AIOR: calls count for nothing."""
        self.customer.phone = "+33 4 00 00 00 30"
        invoice = self.make_invoice(due=TODAY + timedelta(days=15))
        call = self.run_and_send(TODAY)
        self.assertEqual((call.channel, call.step_id.offset_days), ("call", -15))
        self.run_dunning(TODAY + timedelta(days=1))
        self.assert_reason(invoice, "not_due")
        self.assertEqual(self.get_decisions(invoice).step_id.offset_days, 1)

    def test_a_pause_has_a_reason_and_ends_by_itself(self):
        """cc#208, Tryton: blocked without a reason, and for ever."""
        invoice = self.make_overdue_invoice(10)
        treatment = {"partner_id": self.customer.id, "is_paused": True, "date_start": TODAY}
        treatments = self.env["account.dunning.treatment"].with_user(self.collector)
        treatments.create(treatment | {"reason": "Audit", "date_end": TODAY + timedelta(days=9)})
        self.assertFalse(self.act_run())
        self.assert_reason(invoice, "paused")
        self.assertTrue(self.run_dunning(TODAY + timedelta(days=10)).notice_ids)
        with mute_logger("odoo.sql_db"), self.assertRaises(NotNullViolation):
            treatments.create(treatment)

    def test_money_at_the_bank_is_looked_at_first(self):
        """Odoo's documentation, AIOR: import and reconcile the bank before, or remind wrongly."""
        invoice = self.make_overdue_invoice(10)
        bank = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "partner_id": self.customer.id,
                "payment_ref": "Transfer",
                "amount": 1000,
                "date": TODAY,
            }
        )
        self.assertFalse(self.act_run())
        self.assert_reason(invoice, "bank_pending")
        bank.unlink()
        self.assertTrue(self.act_run())

    def test_one_invoice_in_conflict_does_not_hold_the_others(self):
        """cc#170, cc#281; Clearnox, LeanPay: all or nothing."""
        contested, other = self.make_overdue_invoice(10), self.make_overdue_invoice(12)
        self.contest(contested)
        notice = self.act_run()
        self.assertEqual(notice.line_ids.filtered("claimed").move_id, other)
        self.assert_claimed(notice, 1000)
        self.assertEqual(notice.amount_contested, 1000)

    def test_a_reminded_invoice_does_not_silence_the_others(self):
        """cc#460: they wait for the quiet days, say until when, and then come."""
        self.make_overdue_invoice(1)
        self.run_and_send(TODAY)
        later = self.make_invoice(due=TODAY + timedelta(days=1))
        self.assertFalse(self.run_and_send(TODAY + timedelta(days=3)))
        decision = self.get_decisions(later)
        self.assertEqual(
            (decision.reason, decision.next_date), ("quiet_days", TODAY + timedelta(days=7))
        )
        notice = self.run_and_send(TODAY + timedelta(days=7))
        self.assertEqual(notice.line_ids.filtered("step_id").move_id, later)

    def test_an_excess_of_paid_invoices_does_not_close_the_others(self):
        """ERPNext: the last row alone decided on the whole dunning."""
        paid, open_ = self.make_overdue_invoice(10), self.make_overdue_invoice(12)
        notice = self.run_and_send(TODAY)
        self.pay(paid)
        self.run_dunning(TODAY + timedelta(days=1))
        self.assertFalse(self.get_decisions(paid))
        self.assert_reason(open_, "awaiting_step")
        self.assertEqual(notice.state, "sent")

    def test_the_number_of_statements_does_not_grow(self):
        """The peers: one, four or fifteen per line or customer."""
        counts = []
        for size in (4, 16):
            for number in range(size):
                partner = self.make_customer(f"Customer {size} {number}")
                self.make_overdue_invoice(10, partner=partner)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env["account.dunning.run"]._decide(self.company, TODAY)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
