from datetime import timedelta

from odoo.tests import tagged

from .common import TODAY, days_ago
from .common_score import ScoreCommon

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestScoreUse(ScoreCommon):
    """A score advises: whom to look at, and, where a user allows it, by which scenario."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scores = cls.env["account.customer.score"]
        cls.good = cls.env.ref("account_dispute_dunning.dunning_rule_good_payers")
        cls.bad = cls.env.ref("account_dispute_dunning.dunning_rule_bad_payers")

    def change_class(self, before, after, on_date=TODAY):
        self.rate(self.customer, after, on_date=on_date)
        signals = self.env["account.customer.signal"]
        return signals._record_class_changes(
            self.company, on_date, {self.customer.id: (before, after)}
        )

    def follows(self, invoice):
        scenario = self.get_decisions(invoice).scenario_id
        return scenario.origin_id or scenario

    # === Another scenario ===#

    def test_no_class_changes_anybodys_reminders_until_a_user_allows_it(self):
        self.assertFalse(self.good.active or self.bad.active)
        self.rate(self.customer, "E")
        invoice = self.make_overdue_invoice(15)
        self.run_dunning()
        self.assertEqual(self.follows(invoice), self.scenario)

    def test_from_b_to_d_the_next_run_follows_the_other_scenario_and_says_why(self):
        """S0.24."""
        self.bad.active = True
        self.rate(self.customer, "B")
        invoice = self.make_overdue_invoice(15)
        self.run_dunning()
        self.assertEqual(self.follows(invoice), self.scenario)
        self.change_class("B", "D", TODAY + DAY)
        run = self.run_dunning(on_date=TODAY + DAY)
        self.assertEqual(self.follows(invoice), self.bad.scenario_id)
        message = self.customer.message_ids[0].body
        for words in ("“Firm” instead of “Four steps”", self.bad.name, "class B → D"):
            self.assertIn(words, message)
        self.assertIn("class B → D", run.log)

    def test_a_class_set_by_hand_decides_as_well_and_is_named(self):
        self.bad.active = True
        self.rate(self.customer, "B")
        invoice = self.make_overdue_invoice(15)
        self.run_dunning()
        self.override(self.customer, "E", reason="Its bank has left it")
        self.run_dunning(on_date=TODAY + DAY)
        self.assertEqual(self.follows(invoice), self.bad.scenario_id)
        self.assertIn(
            "class E, set by hand: Its bank has left it", self.customer.message_ids[0].body
        )

    def test_an_override_that_ended_is_named_where_the_scenario_changes_back(self):
        self.bad.active = True
        self.rate(self.customer, "B")
        self.make_overdue_invoice(15)
        override = self.override(self.customer, "E", days=1)
        self.run_dunning()
        self.env["account.customer.score.override"]._expire(self.company, TODAY + 2 * DAY)
        run = self.run_dunning(on_date=TODAY + 2 * DAY)
        self.assertIn("“Four steps” instead of “Firm”", run.log)
        self.assertIn("class B: E, set by hand, ended on", run.log)
        self.assertFalse(override.active)

    def test_a_bad_class_never_replaces_what_a_person_decided(self):
        """The customer's scenario, and that of a treatment, precede every rule."""
        self.bad.active = True
        other = self.make_customer("Treated")
        for partner in (self.customer, other):
            self.rate(partner, "E")
        self.customer.with_company(self.company).dunning_scenario_id = self.scenario
        self.env["account.dunning.treatment"].create(
            {
                "partner_id": other.id,
                "company_id": self.company.id,
                "scenario_id": self.scenario.id,
                "reason": "Agreed with its owner",
                "date_start": TODAY,
            }
        )
        for partner in (self.customer, other):
            invoice = self.make_overdue_invoice(15, partner=partner)
            self.run_dunning()
            self.assertEqual(self.follows(invoice), self.scenario)

    def test_another_formula_warns_of_nobody_and_is_said_where_a_scenario_changes(self):
        self.bad.active = True
        self.customer.collector_id = self.collector
        self.make_history(0, 0, 0, 0)
        self.refresh(TODAY)
        self.make_overdue_invoice(3)
        self.run_dunning()
        formula = self.env["account.customer.score.formula"]._get_active(self.company)
        bounds = {"lowest_a": 99.9, "lowest_b": 99.8, "lowest_c": 99.7, "lowest_d": 99.6}
        formula.copy(bounds)._activate()
        self.refresh(TODAY + DAY)
        self.assertEqual(self.get_class(self.customer), "E")
        self.assertNotIn("class_change", self.customer.customer_signal_ids.mapped("kind"))
        run = self.run_dunning(on_date=TODAY + DAY)
        self.assertIn("class A → E", run.log)

    def test_saying_why_takes_as_many_statements_for_many_customers(self):
        self.bad.active = True
        self.run_dunning()  # the one before
        counts = []
        for count in (2, 8):
            run = self.run_dunning()
            partners = self.env["res.partner"]
            for number in range(count):
                partners |= self.make_customer(f"Switch {count} {number}")
            for partner in partners:
                self.rate(partner, "D")
            scenarios = dict.fromkeys(partners, self.bad.scenario_id)
            run._why_scenarios(scenarios)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(run._why_scenarios(scenarios)), count)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_class_a_has_no_reminder_of_level_1_before_the_tenth_day(self):
        """S1.25, with the rule and the scenario that are shipped."""
        self.good.active = True
        self.rate(self.customer, "A")
        other = self.make_customer("Class C")
        self.rate(other, "C")
        due = days_ago(20)
        invoices = self.make_invoice(due=due) | self.make_invoice(due=due, partner=other)
        days = {self.customer: [], other: []}
        for number in range(-8, 15):
            run = self.run_dunning(on_date=due + number * DAY)
            for notice in run.notice_ids.filtered(lambda notice: notice.step_id.level >= 1):
                days[notice.partner_id].append(number)
        self.assertTrue(invoices)
        self.assertGreaterEqual(min(days[self.customer]), 10)
        self.assertLess(min(days[other]), 10)

    # === Signals and activities of a change ===#

    def test_a_fall_is_a_signal_and_a_rise_is_good_news(self):
        self.customer.collector_id = self.collector
        fall = self.change_class("B", "D")
        self.assertEqual((fall.kind, fall.name), ("class_change", "Class B → D."))
        self.assertIn("Look at what made the score fall", fall.advice)
        self.assertTrue(fall.activity_ids)
        rise = self.change_class("D", "B", TODAY + DAY)
        self.assertIn("It pays better than before", rise.advice)
        self.assertFalse(rise.activity_ids)

    def test_a_first_rating_is_no_change(self):
        for before, after in ((None, "D"), ("NR", "D"), ("B", "NR"), ("B", "B")):
            self.assertFalse(self.change_class(before, after))

    # === The daily job ===#

    def make_history(self, *delays):
        for number, delay in enumerate(delays, start=2):
            due = days_ago(30 * number)
            self.pay(self.make_invoice(due=due), on_date=due + delay * DAY)

    def refresh(self, on_date):
        """What the scheduled actions of a night do."""
        self.scores._refresh(self.company, on_date)
        self.scores._follow(self.company, on_date)
        self.customer.invalidate_recordset()

    def test_the_daily_job_brings_all_of_it_up_to_date(self):
        self.company.score_copies_trust = True
        self.make_history(0, 0, 0, 0)
        self.refresh(TODAY)
        self.assertEqual((self.get_class(self.customer), self.customer.trust), ("A", "good"))
        invoice = self.make_overdue_invoice(60)
        self.make_overdue_invoice(50)
        self.refresh(TODAY + DAY)
        after = self.get_class(self.customer)
        self.assertGreater(after, "B")
        kinds = self.customer.customer_signal_ids.mapped("kind")
        self.assertEqual(sorted(kinds), ["class_change", "first_late"])
        self.assertTrue(invoice.expected_payment_date)
        self.assertEqual(self.customer.trust, "bad" if after in "DE" else "normal")

    def test_what_a_branch_expects_follows_from_its_whole_company(self):
        self.make_history(20, 20, 20)
        invoice = self.make_invoice(company=self.branch, due=TODAY + 20 * DAY)
        for companies in (self.company + self.branch, self.branch + self.company):
            for company in companies:
                self.scores._follow(company, TODAY)
            invoice.invalidate_recordset()
            self.assertIn("3 in 24 months", invoice.expected_payment_basis)

    def test_the_jobs_do_all_companies(self):
        self.make_history(0, 0, 0)
        invoice = self.make_overdue_invoice(6)
        for job in ("cron_customer_score", "cron_customer_score_follow"):
            with self.enter_registry_test_mode():
                self.env.ref(f"account_dispute_dunning.{job}").method_direct_trigger()
        self.assertEqual(self.customer.customer_signal_ids.kind, "first_late")
        self.assertTrue(invoice.expected_payment_date)

    def test_a_class_set_by_hand_prevails_over_what_is_computed_until_it_expires(self):
        self.make_history(0, 0, 0, 0)
        self.override(self.customer, "D", days=3)
        self.refresh(TODAY)
        self.assertEqual(self.get_class(self.customer), "D")
        self.assertEqual(self.customer.computed_score_class, "A")
        self.refresh(TODAY + 4 * DAY)
        self.assertEqual(self.get_class(self.customer), "A")
        self.assertFalse(self.customer.score_override_id)

    # === Where it is seen ===#

    def test_receivables_invoices_and_notices_are_found_by_class(self):
        self.rate(self.customer, "D")
        other = self.make_overdue_invoice(15, partner=self.make_customer("Never rated"))
        invoice = self.make_overdue_invoice(15)
        run = self.run_dunning()
        for model, mine in (
            ("account.receivable", self.get_receivables(invoice)),
            ("account.move", invoice),
            (
                "account.dunning.notice",
                run.notice_ids.filtered("line_ids.move_id").filtered(
                    lambda notice: notice.partner_id == self.customer
                ),
            ),
        ):
            with self.subTest(model):
                self.assertEqual(mine.score_class, "D")
                found = (
                    self.env[model]
                    .with_user(self.collector)
                    .search([("score_class", "in", ("D", "E"))])
                )
                self.assertEqual(found, mine)
        self.assertFalse(other.score_class)

    def test_the_dispute_figure_is_apart_from_the_payment_figure(self):
        """S0.22, S2.32: a customer that disputes but pays is not downgraded."""
        self.make_history(0, 0, 0, 0)
        self.refresh(TODAY)
        before = self.customer.score_value
        dispute = self.contest(self.make_invoice(due=TODAY + 20 * DAY), 500)
        self.refresh(TODAY + DAY)
        self.assertTrue(dispute)
        self.assertGreater(self.customer.dispute_propensity, 0)
        self.assertGreaterEqual(self.customer.score_value, before)
        partners = self.env["res.partner"].with_user(self.collector)
        self.assertIn(self.customer, partners.search([("dispute_propensity", ">", 5)]))
        self.assertIn(self.customer, partners.search([("score_class", "in", ("A", "B"))]))

    def test_a_class_by_itself_blocks_nothing(self):
        self.rate(self.customer, "E")
        invoice = self.make_invoice()
        self.assertEqual(invoice.state, "posted")
        self.assertFalse(self.get_receivables(invoice).is_blocked)
