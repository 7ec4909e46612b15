from datetime import timedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TODAY, CollectionsCommon, days_ago


class FactsCommon(CollectionsCommon):
    """Decisions on real entries: what the statement of facts says is what the engine is told."""

    def decide(self, invoice, on_date=TODAY, company=None):
        """``(reason, day on which it may change)`` of an invoice with one receivable."""
        company = company or self.company
        runs = self.env["account.dunning.run"].with_company(company)
        [decision] = runs._decide(company, on_date, invoice._get_receivable_lines().ids)
        return str(decision.reason), decision.on

    def assert_reason(self, invoice, reason, on_date=TODAY, until=None):
        self.assertEqual(self.decide(invoice, on_date), (reason, until))

    def send(self, run, on_date=TODAY, **values):
        """Mark the notices of a run as sent on a day; returns them."""
        notices = run.notice_ids
        notices._transition("sent", done_on=on_date, **values)
        return notices


@tagged("post_install", "-at_install")
class TestDecisionFacts(FactsCommon):
    """What holds a reminder back, and until when."""

    # === Never sent ===#

    def test_an_invoice_that_was_never_sent_is_not_reminded(self):
        """S0.16."""
        self.company.dunning_sent_from = days_ago(90)
        invoice = self.make_overdue_invoice(10)
        self.assert_reason(invoice, "never_sent")
        invoice.is_move_sent = True
        self.assert_reason(invoice, "step")

    def test_invoices_of_before_the_check_are_taken_as_sent(self):
        self.company.dunning_sent_from = days_ago(30)
        self.assert_reason(self.make_overdue_invoice(10), "step")
        self.company.dunning_sent_from = False
        self.assert_reason(self.make_overdue_invoice(10), "step")

    def test_what_is_no_invoice_need_not_be_sent(self):
        """An opening entry, for instance."""
        self.company.dunning_sent_from = days_ago(90)
        receivable = {
            "account_id": self.company_data["default_account_receivable"].id,
            "partner_id": self.customer.id,
            "debit": 500,
            "date_maturity": days_ago(10),
            "no_followup": False,
        }
        sales = {"account_id": self.company_data["default_account_revenue"].id, "credit": 500}
        lines = [Command.create(receivable), Command.create(sales)]
        entry = self.env["account.move"].create({"date": days_ago(40), "line_ids": lines})
        entry.action_post()
        [decision] = self.env["account.dunning.run"]._decide(self.company, TODAY)
        self.assertEqual(str(decision.reason), "step")

    # === Treatments ===#

    def treat(self, **values):
        values = {"partner_id": self.customer.id, "reason": "Talks"} | values
        return self.env["account.dunning.treatment"].create(values)

    def test_a_pause_holds_until_its_last_day(self):
        """S1.19."""
        invoice = self.make_overdue_invoice(10)
        coming = self.make_invoice(due=TODAY + timedelta(days=10))
        until = TODAY + timedelta(days=3)
        self.treat(is_paused=True, date_end=until)
        for receivable in (invoice, coming):
            self.assert_reason(receivable, "paused", until=until + timedelta(days=1))
            self.assert_reason(receivable, "paused", until, until + timedelta(days=1))
            self.assert_reason(receivable, "step", until + timedelta(days=1))

    def test_a_pause_without_end_has_no_day(self):
        invoice = self.make_overdue_invoice(10)
        treatment = self.treat(is_paused=True)
        self.assert_reason(invoice, "paused")
        treatment.active = False
        self.assert_reason(invoice, "step")

    def test_the_latest_treatment_that_holds_counts(self):
        invoice = self.make_overdue_invoice(10)
        other = self.make_scenario(5, name="Other")
        self.treat(scenario_id=self.make_scenario(5).id, date_start=days_ago(20))
        self.treat(scenario_id=other.id, date_start=days_ago(10))
        self.treat(is_paused=True, date_start=days_ago(5), date_end=days_ago(1))
        self.assert_reason(invoice, "step")
        decided = self.env["account.dunning.run"]._decide(self.company, TODAY)
        self.assertEqual(decided[0].scenario, other.id)

    def test_a_contact_s_treatment_is_the_company_s(self):
        invoice = self.make_overdue_invoice(10)
        contact = self.make_customer("Desk", parent_id=self.customer.id, is_company=False)
        self.treat(partner_id=contact.id, is_paused=True)
        self.assert_reason(invoice, "paused")

    def test_no_formal_notice_to_who_bears_none(self):
        """S2.76: by the customer, or for a while."""
        self.scenario.entry = "age"
        invoice = self.make_overdue_invoice(40)
        self.assert_reason(invoice, "step")
        self.customer.dunning_tone = "firm"
        self.assert_reason(invoice, "too_firm")
        self.customer.dunning_tone = "formal"
        self.treat(tone="neutral")
        self.assert_reason(invoice, "too_firm")

    def test_no_formal_notice_of_what_is_not_certain(self):
        """S4.18: an open dispute, whatever it holds back."""
        self.scenario.entry = "age"
        invoice = self.make_overdue_invoice(40)
        dispute = self.contest(invoice, 100)
        self.assert_reason(invoice, "not_certain")
        dispute.hold_policy = "none"
        self.assert_reason(invoice, "not_certain")

    # === Credits and the bank ===#

    def test_an_unallocated_payment_covers_what_is_due(self):
        """S4.4: a credit of 500, and no reminder up to 500."""
        invoice = self.make_overdue_invoice(10, amount=500)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 500,
                "date": TODAY,
            }
        )
        payment.action_post()
        self.assert_reason(invoice, "unallocated_credit")
        self.make_overdue_invoice(10, amount=100)
        self.assertEqual(self.run_dunning().notice_ids.amount_claimed, 100)

    def test_credits_are_netted_by_currency(self):
        """A notice that would claim nothing is no step reached."""
        dollars = {"currency_id": self.foreign_currency.id}
        euro = self.make_overdue_invoice(10, amount=1000)
        dollar = self.make_overdue_invoice(10, amount=100, **dollars)
        self.make_invoice(amount=-200, **dollars)
        self.assert_reason(euro, "step")
        self.assert_reason(dollar, "unallocated_credit")
        notices = self.run_dunning().notice_ids
        self.assertEqual(notices.line_ids.move_id, euro)

    def make_bank_line(self, amount=300, **values):
        journal = self.company_data["default_journal_bank"]
        return self.env["account.bank.statement.line"].create(
            {
                "journal_id": journal.id,
                "amount": amount,
                "payment_ref": "VIR",
                "date": TODAY,
                "partner_id": self.customer.id,
            }
            | values
        )

    def test_money_in_the_bank_waits_for_its_reconciliation(self):
        """S4.4: a claim is withheld, a call before the due date is not (S4.6)."""
        invoice = self.make_overdue_invoice(10)
        coming = self.make_invoice(due=TODAY + timedelta(days=10))
        stranger = self.make_overdue_invoice(10, partner=self.make_customer("Else"))
        line = self.make_bank_line()
        self.assert_reason(invoice, "bank_pending")
        self.assert_reason(coming, "step")
        self.assert_reason(stranger, "step")
        self.assert_reason(invoice, "step", days_ago(1))
        line.unlink()
        self.make_bank_line(-300)
        self.assert_reason(invoice, "step")

    def test_money_of_a_known_account_is_the_customer_s(self):
        invoice = self.make_overdue_invoice(10)
        account = "FR76 3000 6000 0112 3456 7890 189"
        self.env["res.partner.bank"].create({"acc_number": account, "partner_id": self.customer.id})
        self.make_bank_line(partner_id=False, account_number=account.replace(" ", "").lower())
        self.assert_reason(invoice, "bank_pending")

    def test_nobody_is_reminded_while_the_bank_is_not_up_to_date(self):
        invoice = self.make_overdue_invoice(10)
        self.company.dunning_bank_days = 3
        self.assert_reason(invoice, "bank_pending")
        self.make_bank_line(date=days_ago(3), partner_id=False)
        self.assert_reason(invoice, "step")
        self.assert_reason(invoice, "bank_pending", TODAY + timedelta(days=1))

    # === Contacts ===#

    def test_contacts_are_capped_across_scenarios_and_channels(self):
        """S2.69: two scenarios together contact a customer no more often than allowed."""
        self.company.write({"dunning_cap_count": 2, "dunning_cap_days": 30})
        self.scenario.quiet_days = 0
        other = self.make_scenario({"offset_days": 1, "channel": "call"})
        first = self.make_overdue_invoice(20)
        second = self.make_overdue_invoice(18)
        second.dunning_scenario_id = other
        third = self.make_overdue_invoice(10)
        self.send(self.run_dunning(days_ago(19)), days_ago(19))
        self.send(self.run_dunning(days_ago(17)), days_ago(17))
        self.assertEqual(len(first.line_ids | second.line_ids), 4)
        free = TODAY + timedelta(days=11)
        self.assert_reason(third, "contact_cap", until=free)
        self.assert_reason(third, "contact_cap", free - timedelta(days=1), free)
        self.assert_reason(third, "step", free)

    def test_what_another_run_prepared_today_is_a_contact(self):
        self.scenario.quiet_days = 0
        self.scenario.step_ids.is_automatic = False
        self.company.write({"dunning_cap_count": 1, "dunning_cap_days": 7})
        self.make_overdue_invoice(10)
        self.assertTrue(self.run_dunning().notice_ids)
        self.assert_reason(self.make_overdue_invoice(9), "contact_cap", until=TODAY + timedelta(7))

    def test_a_thank_you_is_no_contact(self):
        invoice = self.make_overdue_invoice(10)
        notice = self.send(self.run_dunning(days_ago(5)), days_ago(5))
        paid = self.make_overdue_invoice(6)
        self.assert_reason(paid, "quiet_days", until=days_ago(5) + timedelta(days=7))
        notice._write_frozen(kind="thanks")
        self.assert_reason(paid, "step")
        self.assertTrue(invoice)

    def test_an_answer_is_waited_for(self):
        """S0.29."""
        self.scenario.quiet_days = 0
        self.make_overdue_invoice(20)
        notice = self.send(self.run_dunning(days_ago(15)), days_ago(15))
        invoice = self.make_overdue_invoice(10)
        notice._write_frozen(replied_on=f"{days_ago(3)} 10:00:00")
        until = days_ago(3) + timedelta(days=5)
        self.assert_reason(invoice, "waiting_reply", until=until)
        self.assert_reason(invoice, "step", until)
        self.assert_reason(invoice, "step", days_ago(4))

    def test_a_first_reminder_waits_for_the_payment_run(self):
        """S4.12."""
        invoice = self.make_overdue_invoice(3)
        self.customer.payment_run_days = "2, 17"
        self.assert_reason(invoice, "payment_run", until=TODAY + timedelta(days=3))
        self.assert_reason(invoice, "step", TODAY + timedelta(days=3))
        self.customer.payment_run_days = "29"
        self.assert_reason(invoice, "step")  # it has just let one pass

    # === Minimum ===#

    def test_a_few_cents_of_an_invoice_are_not_claimed(self):
        invoice = self.make_overdue_invoice(10, amount=3000)
        self.make_overdue_invoice(10, amount=100)
        self.pay(invoice, 2971, on_date=days_ago(5))
        self.assert_reason(invoice, "below_minimum")
        notice = self.run_dunning().notice_ids
        self.assertEqual(notice.amount_claimed, 100)

    # === Registered letters ===#

    def send_registered(self, deposited, received=None):
        """The scenario's first step by registered letter; returns the invoice and the notice."""
        self.company.dunning_scenario_id = self.make_scenario(
            {"offset_days": 1, "channel": "registered"},
            {"offset_days": 4, "trigger": "previous", "delay_days": 3, "channel": "call"},
        )
        invoice = self.make_overdue_invoice(20)
        notice = self.run_dunning(deposited).notice_ids
        proof = {"deposit_date": deposited, "registered_number": "1A 000"}
        notice._transition("sent", done_on=deposited, **proof)
        if received:
            notice.receipt_date = received
        return invoice

    def test_the_next_step_waits_for_the_receipt(self):
        """S4.17: three days after it."""
        invoice = self.send_registered(days_ago(10), days_ago(4))
        self.assert_reason(invoice, "awaiting_step", days_ago(2), days_ago(1))
        self.assert_reason(invoice, "step", days_ago(1))

    def test_a_receipt_that_is_not_known_is_waited_for_fifteen_days(self):
        invoice = self.send_registered(days_ago(10))
        received = days_ago(10) + timedelta(days=15)
        self.assert_reason(invoice, "awaiting_receipt", until=received)
        self.assert_reason(invoice, "awaiting_step", received, received + timedelta(days=3))
        self.assert_reason(invoice, "step", received + timedelta(days=3))

    # === Steps done ===#

    def test_a_skipped_step_is_done_and_no_contact(self):
        """S4.9: skipped with a reason."""
        invoice = self.make_overdue_invoice(30)
        self.run_dunning(days_ago(20)).notice_ids._transition("cancelled", is_skipped=True)
        [decision] = self.env["account.dunning.run"]._decide(self.company, TODAY)
        self.assertEqual((str(decision.reason), decision.step), ("step", self.steps[21].id))
        self.assertTrue(invoice)

    def test_a_step_is_done_once_whatever_the_version(self):
        """The next version reminds of it later; it was done all the same."""
        invoice = self.make_overdue_invoice(30)
        self.send(self.run_dunning(days_ago(29)), days_ago(29))
        self.send(self.run_dunning(days_ago(9)), days_ago(9))
        later = self.scenario._create_version()
        firm = later.step_ids.filtered(lambda step: step.offset_days == 21)
        firm.offset_days = 25
        later._write_lifecycle(state="active", date_start=days_ago(1))
        later._chain_versions()
        self.assertEqual(self.decide(invoice, days_ago(2))[0], "awaiting_step")
        [decision] = self.env["account.dunning.run"]._decide(self.company, TODAY)
        step = later.step_ids.filtered(lambda step: step.offset_days == 35)
        self.assertEqual((decision.scenario, decision.step), (later.id, step.id))

    def test_a_day_off_is_waited_out(self):
        """TODAY is a Tuesday: a step of Saturday is done on Monday."""
        self.scenario.working_days_only = True
        saturday = TODAY + timedelta(days=4)
        invoice = self.make_invoice(due=saturday - timedelta(days=1))
        for day in (saturday, saturday + timedelta(days=1)):
            self.assert_reason(invoice, "awaiting_step", day, saturday + timedelta(days=2))
        self.assert_reason(invoice, "step", saturday + timedelta(days=2))

    # === Extension ===#

    def test_another_addon_holds_a_receivable(self):
        """Its code is stored and explained; the receivable is not on a reminder about others."""
        field = self.env["account.dunning.decision"]._fields["reason"]
        self.patch(field, "selection", [*field.selection, ("inspection", "Under inspection")])
        held = self.make_overdue_invoice(10)
        other = self.make_overdue_invoice(12)
        line = held._get_receivable_lines()
        runs = type(self.env["account.dunning.run"])
        self.patch(runs, "_held_by_others", lambda runs, *args: {line.id: "inspection"})
        notice = self.run_dunning().notice_ids
        self.assertEqual(notice.line_ids.move_id, other)
        decision = self.get_decisions(held)
        self.assertEqual(
            (decision.reason, decision.explanation), ("inspection", "Under inspection")
        )


@tagged("post_install", "-at_install")
class TestFollowedScenario(FactsCommon):
    """Treatment, invoice, customer, rule, company: the first that says something (S0.31, S1.25)."""

    def followed(self, invoice, company=None, **values):
        company = company or self.company
        [decision] = self.env["account.dunning.run"]._decide(
            company, TODAY, invoice._get_receivable_lines().ids, **values
        )
        return self.env["account.dunning.scenario"].browse(decision.scenario or [])

    def make_rule(self, scenario, domain, **values):
        return self.env["account.dunning.rule"].create(
            {"name": "Rule", "scenario_id": scenario.id, "customer_domain": domain} | values
        )

    def test_precedence(self):
        by_rule, later, by_customer, by_invoice, by_treatment = (
            self.make_scenario(5, name=name)
            for name in ("rule", "later", "customer", "invoice", "treatment")
        )
        invoice = self.make_overdue_invoice(10)
        self.assertEqual(self.followed(invoice), self.scenario)
        self.make_rule(later, "[]", sequence=20)
        self.make_rule(by_rule, str([("id", "=", self.customer.id)]), sequence=1)
        self.make_rule(by_invoice, "[('name', '=', 'Nobody')]", sequence=0)
        self.assertEqual(self.followed(invoice), by_rule)
        self.customer.dunning_scenario_id = by_customer
        self.assertEqual(self.followed(invoice), by_customer)
        invoice.dunning_scenario_id = by_invoice
        self.assertEqual(self.followed(invoice), by_invoice)
        self.env["account.dunning.treatment"].create(
            {"partner_id": self.customer.id, "reason": "Talks", "scenario_id": by_treatment.id}
        )
        self.assertEqual(self.followed(invoice), by_treatment)

    def test_a_rule_whose_filter_is_not_valid_any_more_fits_nobody(self):
        """The run goes on; the rule says that its customers must be chosen again."""
        rule = self.make_rule(self.make_scenario(5), "[]")
        self.env.cr.execute(
            "UPDATE account_dunning_rule SET customer_domain = '[(' WHERE id = %s", [rule.id]
        )
        rule.invalidate_recordset()
        self.assertEqual(self.followed(self.make_overdue_invoice(10)), self.scenario)

    def test_rules_remind_nobody_without_a_default(self):
        """Installing writes to nobody."""
        self.company.dunning_scenario_id = False
        self.make_rule(self.make_scenario(5), "[]")
        invoice = self.make_overdue_invoice(10)
        self.assert_reason(invoice, "no_scenario")
        self.assertFalse(self.env["account.dunning.run"]._has_scenario(self.company))
        with self.assertRaisesRegex(UserError, "No scenario is set"):
            self.env["account.dunning.run"].with_user(self.collector).action_run()

    def test_whatever_names_a_scenario_makes_the_daily_job_run(self):
        self.company.dunning_scenario_id = False
        runs, soft = self.env["account.dunning.run"], self.make_scenario(5)
        invoice = self.make_overdue_invoice(10)
        for record in (invoice, self.customer):
            record.dunning_scenario_id = soft
            self.assertTrue(runs._has_scenario(self.company))
            self.assert_reason(invoice, "step")
            record.dunning_scenario_id = False
            self.assertFalse(runs._has_scenario(self.company))
        self.env["account.dunning.treatment"].create(
            {"partner_id": self.customer.id, "reason": "Talks", "scenario_id": soft.id}
        )
        self.assertTrue(runs._has_scenario(self.company))
        self.assert_reason(invoice, "step")

    def test_a_rule_of_another_company_is_not_followed(self):
        elsewhere = self._create_company(name="Elsewhere")
        self.make_rule(
            self.make_scenario(5, company_id=elsewhere.id), "[]", company_id=elsewhere.id
        )
        self.assertEqual(self.followed(self.make_overdue_invoice(10)), self.scenario)

    def test_a_rule_reads_what_depends_on_the_company(self):
        soft = self.make_scenario(5)
        self.make_rule(soft, str([("collector_id", "=", self.collector.id)]))
        invoice = self.make_overdue_invoice(10)
        self.customer.with_company(self.branch).collector_id = self.collector
        self.assertEqual(self.followed(invoice), self.scenario)
        self.customer.with_company(self.company).collector_id = self.collector
        self.assertEqual(self.followed(invoice), soft)

    def test_a_draft_reminds_nobody(self):
        self.customer.dunning_scenario_id = self.make_scenario(5, state="draft")
        self.assert_reason(self.make_overdue_invoice(10), "no_scenario")

    def test_a_simulated_version_holds_instead_of_the_current_one(self):
        """S1.16: on live data, before it is activated."""
        invoice = self.make_overdue_invoice(10)
        draft = self.make_scenario(30, state="draft", origin_id=self.scenario.id, version=2)
        self.assertEqual(self.followed(invoice), self.scenario)
        self.assertEqual(self.followed(invoice, simulated=draft), draft)
        run = self.env["account.dunning.run"]._run(self.company, TODAY, dry=True, simulated=draft)
        self.assertEqual(run.simulated_scenario_id, draft)
        decision = self.env["account.dunning.decision"].search(run._decision_domain())
        self.assertEqual((decision.scenario_id, decision.reason), (draft, "awaiting_step"))
        self.assertFalse(run.notice_ids)

    def test_a_step_for_a_segment_is_left_out_for_others(self):
        scenario = self.make_scenario(
            {"offset_days": 5, "customer_domain": "[('is_strategic', '=', True)]"}, 10
        )
        self.customer.dunning_scenario_id = scenario
        invoice = self.make_overdue_invoice(7)
        self.assertEqual(self.decide(invoice)[0], "awaiting_step")
        self.customer.is_strategic = True
        self.assertEqual(self.decide(invoice)[0], "step")

    def test_what_has_no_customer_is_not_reminded(self):
        """And it says what to do."""
        line = self.make_overdue_invoice(10)._get_receivable_lines()
        self.env.cr.execute(
            "UPDATE account_move_line SET partner_id = NULL WHERE id = %s", [line.id]
        )
        self.env.invalidate_all()
        self.assertFalse(self.run_dunning().notice_ids)
        decision = self.get_decisions(line.move_id)
        self.assertEqual(decision.reason, "no_scenario")
        self.assertIn("has no customer", decision.explanation)


@tagged("post_install", "-at_install")
class TestDecisionScreens(FactsCommon):
    """A decision says what to do and leads there."""

    def test_each_reason_is_explained(self):
        self.make_overdue_invoice(10)
        self.run_dunning()
        decision = self.env["account.dunning.decision"].search([])
        explanations = decision._get_explanations()
        self.assertEqual(explanations.keys(), dict(decision._fields["reason"].selection).keys())
        self.assertFalse(
            [text for text in explanations.values() if "%" in text.replace("1.00%", "")]
        )

    def test_a_decision_leads_to_its_notice_invoice_and_customer(self):
        invoice = self.make_overdue_invoice(10)
        notice = self.run_dunning().notice_ids
        decision = self.get_decisions(invoice).with_user(self.auditor)
        self.assertEqual(decision.notice_id, notice)
        self.assertEqual(decision.action_open_notice()["res_id"], notice.id)
        self.assertEqual(decision.action_open_invoice()["res_id"], invoice.id)
        self.assertEqual(decision.action_open_customer()["res_id"], self.customer.id)
        notice._transition("cancelled")
        decision.invalidate_recordset()
        self.assertFalse(decision.notice_id)
        with self.assertRaisesRegex(UserError, "No notice was prepared"):
            decision.action_open_notice()
