from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..models import account_customer_score_scoring as scoring
from .common import TODAY, CollectionsCommon, days_ago


@tagged("post_install", "-at_install")
class TestScore(CollectionsCommon):
    """Snapshots: made when something changed, by company, kept for a while (S0.21 to S0.24)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scores = cls.env["account.customer.score"]

    def make_paid(self, late, age=100, amount=1000.0, partner=None, **values):
        invoice = self.make_invoice(partner, amount=amount, due=days_ago(age), **values)
        self.pay(invoice, on_date=days_ago(age - late))
        return invoice

    def make_payer(self, late=0, partner=None, **values):
        """A customer that paid three invoices so many days late."""
        for age in (60, 90, 120):
            self.make_paid(late, age + max(late, 0), partner=partner, **values)

    def refresh(self, on_date=TODAY, company=None, **values):
        return self.scores._refresh(company or self.company, on_date, **values)

    def get_current(self, partner=None, company=None):
        return self.scores.search(
            [
                ("partner_id", "=", (partner or self.customer).id),
                ("company_id", "=", (company or self.company).id),
                ("superseded_on", "=", False),
            ]
        )

    def get_component(self, code, **values):
        return self.get_current(**values).component_ids.filtered(lambda each: each.code == code)

    # === Snapshots ===#

    def test_the_published_example(self):
        """7, 55 and 10 days late, by amount: 17.8 days and 66.3 points (domain rules, 2.7)."""
        for amount, late in ((140.0, 7), (85.0, 55), (214.0, 10)):
            self.make_paid(late, amount=amount)
        self.refresh()
        delay = self.get_component("delay")
        self.assertEqual((delay.value, delay.points), (17.8, 66.3))

    def test_the_published_example_with_a_founded_dispute(self):
        """40 of the 55 days were in a founded dispute about one cent: 10.0 days, 80.7 points."""
        self.make_paid(7, amount=140.0)
        self.make_paid(10, amount=214.0)
        invoice = self.make_invoice(amount=85.0, due=days_ago(100))
        dispute = self.contest(invoice, 0.01, on_date=days_ago(90))
        self.close_dispute(dispute, "founded", days_ago(50))
        self.pay(invoice, on_date=days_ago(45))
        self.refresh()
        delay = self.get_component("delay")
        self.assertEqual((delay.value, delay.points), (10.0, 80.7))

    def test_a_good_payer_and_what_its_list_shows(self):
        self.make_payer(-20)
        self.refresh()
        score = self.get_current()
        self.assertEqual((score.score_class, score.is_rated), ("A", True))
        self.assertEqual(score.formula_id, self.scores._get_active_formula(self.company))
        self.assertEqual(self.customer.score_class, "A")
        self.assertEqual(self.customer.score_value, score.score)
        self.assertEqual(self.customer.dispute_propensity, 0.0)
        found = self.env["res.partner"].search([("score_class", "=", "A")])
        self.assertEqual(found, self.customer)
        self.assertEqual(
            self.env["res.partner"]._read_group(
                [("id", "=", self.customer.id)], ["score_class"], ["score_value:avg"]
            ),
            [("A", score.score)],
        )

    def test_under_three_settled_invoices_nobody_is_rated(self):
        self.make_paid(50)
        self.make_paid(50, 90)
        self.make_overdue_invoice(60)
        self.refresh()
        score = self.get_current()
        self.assertEqual((score.score_class, score.is_rated, score.score), ("NR", False, 0.0))
        self.assertEqual((self.customer.score_class, self.customer.score_value), ("NR", 0.0))

    def test_an_insolvent_customer_is_in_the_last_class(self):
        self.make_payer(0)
        self.customer.insolvency_date = days_ago(1)
        self.refresh()
        score = self.get_current()
        self.assertEqual((score.score_class, score.cap, score.score), ("E", "insolvency", 29.9))
        self.assertGreater(score.uncapped, 80)

    def test_dispute_propensity_is_in_no_component(self):
        """Disputed but solvent: not downgraded for it (S0.21, S2.32)."""
        self.make_payer(0)
        self.refresh()
        before = self.get_current().score
        self.contest(self.make_invoice(due=TODAY + timedelta(days=9)), 400)
        self.refresh()
        score = self.get_current()
        self.assertEqual((score.score, score.dispute_propensity), (before, 10.0))
        self.assertEqual(self.customer.dispute_propensity, 10.0)

    def test_what_says_the_same_is_not_written_again(self):
        self.make_payer(2)
        self.assertEqual(self.refresh(), 1)
        first = self.get_current()
        writes = []
        execute = type(self.env.cr).execute

        def listen(cr, query, *arguments, **options):
            if " ".join(str(query).split()).startswith(("INSERT", "UPDATE", "SQL('INSERT")):
                writes.append(query)
            return execute(cr, query, *arguments, **options)

        self.env.flush_all()
        with patch.object(type(self.env.cr), "execute", listen):
            self.assertEqual(self.refresh(), 0)
        self.assertFalse(writes)
        self.assertEqual(self.get_current(), first)

    def test_a_change_supersedes_the_former_snapshot(self):
        self.make_payer(2)
        self.refresh(days_ago(1))
        first = self.get_current()
        invoice = self.make_overdue_invoice(40)
        self.assertEqual(self.refresh(), 1)
        second = self.get_current()
        self.assertEqual(second.previous_id, first)
        self.assertEqual((first.superseded_on, second.date), (TODAY, TODAY))
        self.assertLess(second.delta, 0)
        self.pay(invoice)
        self.assertEqual(self.refresh(), 1, "the same day again")
        self.assertEqual(self.get_current().previous_id, second)

    def test_a_day_that_is_over_is_not_scored_again(self):
        self.make_payer(2)
        self.refresh()
        self.make_overdue_invoice(40)
        self.assertEqual(self.refresh(days_ago(10)), 0)

    def test_a_customer_without_invoices_any_more_is_no_longer_rated(self):
        self.make_payer(2)
        self.refresh()
        self.refresh(TODAY + timedelta(days=800))
        self.assertEqual(self.get_current().score_class, "NR")

    def test_the_trend_is_beside_three_months_before(self):
        self.make_payer(2)
        self.refresh(days_ago(0))
        self.assertFalse(self.customer.score_trend)
        self.make_invoice(amount=9000.0, due=TODAY)
        self.refresh(TODAY + timedelta(days=60))
        self.assertFalse(self.customer.score_trend, "two months are no trend")
        self.refresh(TODAY + timedelta(days=100))
        self.assertEqual(self.customer.score_trend, "down")
        self.assertEqual(self.get_current().trend, "down")

    def test_only_some_customers(self):
        other = self.make_customer("Other")
        self.make_payer(2)
        self.make_payer(2, other)
        self.assertEqual(self.refresh(partner_ids=other.ids), 1)
        self.assertFalse(self.get_current())
        self.assertEqual(self.get_current(other).score_class, other.score_class)

    # === Fair ===#

    def test_founding_a_dispute_never_lowers_a_score(self):
        """Whatever it is about, paid or not; and an unfounded one is never better (fairness)."""
        for number, (paid, contested, late) in enumerate(
            ((True, 1000, 50), (True, 300, 50), (False, 300, 50), (True, 300, 5), (False, 1000, 20))
        ):
            customer = self.make_customer(f"Fair {number}")
            self.make_payer(10, customer)
            invoice = self.make_invoice(customer, due=days_ago(late))
            dispute = self.contest(invoice, contested, on_date=days_ago(late - 2))
            if paid:
                self.pay(invoice, 1000 - contested or 1000, on_date=days_ago(1))

            def score(customer=customer):
                [(_facts, result)] = self.scores._score(self.company, TODAY, customer.ids)
                return result.score

            found = {"open": score()}
            for validity in ("founded", "partly", "withdrawn", "unfounded"):
                with self.env.cr.savepoint() as savepoint, self.subTest(number, validity=validity):
                    self.close_dispute(dispute, validity)
                    found[validity] = score()
                    savepoint.rollback()
                    self.env.invalidate_all()
            self.assertGreaterEqual(found["founded"], found["open"], found)
            self.assertEqual(found["partly"], found["founded"], found)
            self.assertGreaterEqual(found["founded"], found["withdrawn"], found)
            self.assertGreaterEqual(found["withdrawn"], found["unfounded"], found)

    def test_another_customer_changes_nothing(self):
        self.make_payer(7)
        before = self.scores._score(self.company, TODAY, self.customer.ids)
        self.make_payer(90, self.make_customer("Bad"))
        self.assertEqual(self.scores._score(self.company, TODAY, self.customer.ids), before)

    def test_another_customers_reminder_changes_nothing(self):
        """Whether scored alone or with all, before or after the other is reminded."""
        self.make_payer(7)
        other = self.make_customer("Reminded")
        self.make_overdue_invoice(30, partner=other)
        run = self.run_dunning(days_ago(9))

        def score(partner_ids):
            pairs = self.scores._score(self.company, TODAY, partner_ids)
            return next(result for facts, result in pairs if facts.customer == self.customer.id)

        before = score(None)
        run.notice_ids._transition("sent", done_on=days_ago(9))
        self.assertEqual(score(None), before)
        self.assertEqual(score(self.customer.ids), before)

    def test_paying_earlier_never_lowers_a_score(self):
        """On the ledger, with the reminders that were sent (fairness)."""
        self.make_payer(10)
        invoice = self.make_overdue_invoice(60)
        for day in (59, 39):
            notices = self.run_dunning(days_ago(day)).notice_ids
            notices.filtered("step_id.level")._transition("sent", done_on=days_ago(day))
        found = []
        for day in (0, 1, 20, 38, 40, 58, 60, 61, 80):
            with self.env.cr.savepoint() as savepoint:
                self.pay(invoice, on_date=days_ago(day))
                [(_facts, result)] = self.scores._score(self.company, TODAY, self.customer.ids)
                found.append(result.score)
                savepoint.rollback()
                self.env.invalidate_all()
        self.assertEqual(found, sorted(found))
        self.assertLess(found[0], found[-1])

    def test_it_advises_and_blocks_nothing(self):
        """A bad class changes neither what is claimed nor what is sent (rule 10)."""
        self.make_payer(150)
        invoice = self.make_overdue_invoice(2)
        self.refresh()
        self.assertEqual(self.customer.score_class, "D")
        self.run_dunning()
        self.assertEqual(self.get_decisions(invoice).reason, "step")
        self.assertEqual(self.make_invoice().state, "posted")

    # === Job ===#

    def test_a_job_that_was_killed_goes_on(self):
        customers = [self.make_customer(f"Customer {number}") for number in range(3)]
        for customer in customers:
            self.make_payer(3, customer)
        ids = [customer.id for customer in customers]
        job = self.scores._refresh_in_batches(self.company, TODAY, ids, batch_size=1)
        self.assertEqual(next(job), 1)
        job.close()
        self.assertEqual(self.refresh(partner_ids=ids), 2)
        self.assertEqual(self.refresh(partner_ids=ids), 0)
        self.assertEqual(len(self.scores.search([("partner_id", "in", ids)])), 3)

    def test_the_job_scores_every_company_and_commits_each_batch(self):
        self.make_payer(2)
        self.make_payer(2, company=self.branch)
        commits = []
        with patch.object(
            type(self.env["ir.cron"]),
            "_commit_progress",
            lambda self, processed=0, *, remaining=None: commits.append(remaining) or 1000,
        ):
            self.scores._cron_refresh()
        self.assertEqual(commits[-1], 0)
        self.assertTrue(self.get_current())
        self.assertEqual(self.get_current(company=self.branch).settled_count, 3)
        self.assertEqual(self.get_current().settled_count, 6, "a company counts its branches")

    def test_a_company_that_fails_does_not_stop_the_others(self):
        self.make_payer(2)
        original, failed = type(self.scores)._score, []

        def score(scores, company, *args):
            if not failed:
                failed.append(company)
                raise ValueError("broken")
            return original(scores, company, *args)

        with (
            patch.object(type(self.scores), "_score", score),
            self.enter_registry_test_mode(),
            self.assertLogs(scoring.__name__, "ERROR"),
        ):
            self.env.ref("account_dispute_dunning.cron_customer_score").method_direct_trigger()
        self.assertTrue(failed)
        companies = self.env["res.company"].search([]) - failed[0]
        scored = self.scores.search([("company_id", "in", companies.ids)])
        self.assertEqual(bool(scored), self.company in companies)

    def test_a_customer_that_cannot_be_scored_does_not_stop_the_others(self):
        other = self.make_customer("Other")
        for partner in (self.customer, other):
            self.make_payer(2, partner)
        broken = {other.id: {"x": "no measure"}}
        with (
            patch.object(type(self.scores), "_get_extra_components", lambda *args: broken),
            self.assertLogs(scoring.__name__, "ERROR"),
        ):
            self.refresh()
        self.assertTrue(self.get_current())
        self.assertFalse(self.get_current(other))

    def test_what_another_worker_scored_meanwhile_is_kept(self):
        self.make_payer(2)
        job = self.scores._refresh_in_batches(self.company, TODAY)
        known = self.scores._get_known(self.company, TODAY, None)
        results = self.scores._score(self.company, TODAY)
        formula = self.scores._get_active_formula(self.company)
        self.assertEqual(sum(job), 1)
        args = (self.company, TODAY, formula, results, known)
        self.assertEqual(self.scores._write_batch(*args), 0)
        self.assertEqual(len(self.get_current().component_ids), 9)

    def test_what_follows_is_told_of_every_new_snapshot(self):
        self.make_payer(0)
        told = []
        with patch.object(
            type(self.scores),
            "_after_scoring",
            lambda self, company, on_date, changes: told.extend(changes),
        ):
            self.refresh(days_ago(1))
            self.customer.insolvency_date = TODAY
            self.refresh()
        self.assertEqual(
            told,
            [
                scoring.Change(self.customer.id, None, "A"),
                scoring.Change(self.customer.id, "A", "E"),
            ],
        )

    def test_without_an_active_formula_it_says_what_to_do(self):
        self.env.cr.execute("UPDATE account_customer_score_formula SET state = 'archived'")
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "activate one"):
            self.refresh()

    # === Kept for a while ===#

    def test_former_snapshots_are_deleted_in_time(self):
        """Storage limitation: the current one stays, however old (legal facts, 7)."""
        self.company.score_keep_months = 12
        self.make_payer(2)
        self.refresh(days_ago(50))
        self.customer.insolvency_date = days_ago(45)
        self.refresh(days_ago(40))
        self.customer.insolvency_date = False
        self.refresh()
        former = self.scores.sudo().search(
            [("partner_id", "=", self.customer.id), ("superseded_on", "!=", False)]
        )
        self.assertEqual(len(former), 2)
        former[0].superseded_on = days_ago(20)
        former[1].superseded_on = days_ago(400)
        components = former[1].component_ids
        self.scores._gc_scores()
        self.assertEqual(former.exists(), former[0])
        self.assertFalse(components.exists())
        self.assertTrue(self.get_current())

    def test_a_company_keeps_them_one_to_three_years(self):
        for months in (11, 37):
            with self.assertRaisesRegex(ValidationError, "from 12 to 36 months"):
                self.company.score_keep_months = months

    def test_a_solvency_value_is_of_100(self):
        with self.assertRaisesRegex(ValidationError, "between 0"):
            self.customer.solvency_value = 101

    # === Who ===#

    def test_who_reads_scores(self):
        """Collections and Invoicing read; a salesperson and a customer on the portal do not."""
        self.make_payer(2)
        self.refresh()
        score = self.get_current()
        salesperson = self.make_user("sales", "base.group_user")
        for user in (self.auditor, self.collector, self.invoicing):
            with self.subTest(user.name):
                self.assertTrue(score.with_user(user).component_ids.mapped("sentence"))
                self.assertTrue(score.with_user(user).summary)
                self.assertTrue(score.with_user(user).class_scale)
                self.assertTrue(self.customer.with_user(user).score_class)
                with self.assertRaises(UserError):
                    score.with_user(user).score = 100
                with self.assertRaises(AccessError):
                    score.with_user(user).unlink()
        for user in (salesperson, self.portal):
            with self.subTest(user.name):
                with self.assertRaises(AccessError):
                    score.with_user(user).read(["score"])
                with self.assertRaises(AccessError):
                    score.component_ids.with_user(user).read(["points"])
                for name in ("score_class", "score_value", "dispute_propensity", "solvency_value"):
                    self.assert_hidden(self.customer.with_user(user), name)
        with self.assertRaises(AccessError):
            self.scores.with_user(self.collector).action_refresh()

    def assert_hidden(self, partner, name):
        """A field of the customer that its user gets at by no way."""
        filled = [(name, "!=", False)]
        for look in (
            lambda: partner.read([name]),
            lambda: partner.export_data([name]),
            lambda: partner.search(filled),
            lambda: partner.name_search("", filled),
            lambda: partner.search([], order=name),
            lambda: partner.formatted_read_group([], [name]),
            lambda: partner.formatted_read_group([], [], [f"{name}:max"]),
        ):
            with self.assertRaises(UserError):  # an AccessError is one
                look()

    def test_another_company_reads_nothing(self):
        self.make_payer(2)
        self.refresh()
        self.setup_other_company_data()
        stranger = self.make_user(
            "stranger",
            "account_dispute_dunning.group_manager",
            company_id=self.other_company.id,
            company_ids=[(6, 0, self.other_company.ids)],
        )
        scores = self.scores.with_user(stranger).with_company(self.other_company)
        self.assertFalse(scores.search([("partner_id", "=", self.customer.id)]))
        self.assertFalse(self.customer.with_user(stranger).score_class)
        with self.assertRaises(AccessError):
            self.get_current().with_user(stranger).read(["score"])

    def test_a_class_set_by_hand_stays_on_the_customer(self):
        self.make_payer(150)
        self.env["account.customer.score.override"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "score_class": "B",
                "reason": "Their bank failed",
                "date_end": TODAY + timedelta(days=30),
            }
        )
        self.customer.score_class = "B"
        self.refresh()
        self.assertEqual((self.customer.score_class, self.get_current().score_class), ("B", "D"))
        self.assertEqual(self.refresh(), 0)
