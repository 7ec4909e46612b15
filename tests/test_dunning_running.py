from datetime import timedelta

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY, CollectionsCommon, days_ago


@tagged("post_install", "-at_install")
class TestDunningRunning(CollectionsCommon):
    """A run that nobody watches: failures alone, limits, every day once (issue: Running)."""

    def make_late_customers(self, count, **values):
        customers = self.env["res.partner"]
        for number in range(count):
            customers |= self.make_customer(f"Late customer {len(customers)} {number}", **values)
            self.make_overdue_invoice(10, partner=customers[-1])
        return customers

    def run_daily(self):
        with self.enter_registry_test_mode():
            self.env.ref("account_dispute_dunning.cron_dunning_daily").method_direct_trigger()
        return self.env["account.dunning.run"].search([("company_id", "=", self.company.id)])

    # === One customer's failure ===#

    def break_customer(self, customer):
        """Another addon's rule refuses every notice to this customer."""
        self.env.cr.execute(
            f"ALTER TABLE account_dunning_notice ADD CONSTRAINT broken CHECK"
            f" (partner_id != {customer.id})"
        )

    def test_a_customer_that_fails_does_not_stop_the_others(self):
        """Design, rule 8: the run says who, why, and what to do."""
        customers = self.make_late_customers(5)
        self.break_customer(customers[3])
        with mute_logger("odoo.sql_db"):
            run = self.run_dunning()
        self.assertEqual(run.notice_ids.partner_id, customers - customers[3])
        self.assertEqual(run.failed_count, 1)
        self.assertEqual(len(run.log.splitlines()), 1)
        self.assertIn(customers[3].name, run.log)
        self.assertIn("broken", run.log)
        self.assertIn("run again", run.log)

    def test_a_failure_that_was_mended_is_prepared_by_the_next_run(self):
        [customer] = self.make_late_customers(1)
        self.break_customer(customer)
        with mute_logger("odoo.sql_db"):
            self.assertFalse(self.run_dunning().notice_ids)
        self.env.cr.execute("ALTER TABLE account_dunning_notice DROP CONSTRAINT broken")
        self.assertEqual(self.run_dunning().notice_ids.partner_id, customer)

    def test_a_failure_is_counted_once_however_often_it_is_tried(self):
        customers = self.make_late_customers(2)
        self.break_customer(customers[0])
        with mute_logger("odoo.sql_db"):
            self.run_daily()
            run = self.run_daily()
        self.assertEqual((run.failed_count, len(run.log.splitlines())), (1, 1))

    def test_a_duty_that_fails_does_not_stop_the_next(self):
        run = self.run_dunning()
        done, problem = [], "No sender is set."

        def fail(_company, _on_date):
            raise UserError(problem)

        for do_duty in (fail, lambda *arguments: done.append(arguments)):
            run._do_duty(do_duty)
        self.assertEqual(done, [(self.company, TODAY)])
        self.assertIn("No sender is set", run.log)
        self.assertFalse(run.failed_count, "no customer failed")

    # === Limits ===#

    def test_a_limited_run_is_gone_on_with_by_the_next(self):
        self.company.dunning_run_limit = 2
        self.make_late_customers(5)
        runs = [self.run_dunning() for _time in range(4)]
        self.assertEqual([run.notice_count for run in runs], [2, 2, 1, 0])
        self.assertEqual([run.is_limited for run in runs], [True, True, False, False])

    def test_the_daily_job_keeps_the_limit_however_often_it_is_called(self):
        self.company.dunning_run_limit = 2
        self.make_late_customers(3)
        for _time in range(2):
            run = self.run_daily()
            self.assertEqual((len(run), run.notice_count, run.is_limited), (1, 2, True))

    def test_a_limit_never_splits_a_customer(self):
        """Else a credit would be taken off one of its notices, and off the other the next day."""
        self.company.dunning_run_limit = 2
        customers = self.make_late_customers(2)
        for customer in customers:
            self.make_overdue_invoice(10, partner=customer, currency_id=self.foreign_currency.id)
        run = self.run_dunning()
        self.assertEqual((len(run.notice_ids.partner_id), run.notice_count), (1, 2))

    def test_a_limit_of_exactly_what_there_is_leaves_nothing(self):
        self.company.dunning_run_limit = 3
        self.make_late_customers(3)
        self.assertFalse(self.run_dunning().is_limited)

    # === Preparation ===#

    def test_statements_do_not_grow_with_the_customers(self):
        """Design, section 6: a batch takes as many statements whatever it holds."""
        self.scenario.step_ids.filtered(lambda step: step.offset_days <= 1).channel = "call"
        counts = []
        for count in (4, 24):
            for customer in self.make_late_customers(
                count, collector_id=self.collector.id, phone="01 02 03 04 05"
            ):
                customer.child_ids = [Command.create({"name": "Accounting", "type": "invoice"})]
            run = self.env["account.dunning.run"]._start(self.company, TODAY)
            self.count_statements(run)  # warm up
            counts.append(self.count_statements(run))
            self.assertEqual(sum(run._prepare_in_batches()), count)
        self.assertEqual(counts[0], counts[1])

    def count_statements(self, run):
        """Those that prepare the notices of a run, which is undone."""
        self.env.flush_all()
        self.env.invalidate_all()
        with self.env.cr.savepoint() as savepoint:
            before = self.env.cr.sql_log_count
            self.assertTrue(sum(run._prepare_in_batches()))
            self.env.flush_all()
            statements = self.env.cr.sql_log_count - before
            savepoint.rollback()
        return statements

    def test_calls_are_activities_without_an_email_each(self):
        self.scenario.step_ids.channel = "call"
        self.make_late_customers(3, collector_id=self.collector.id, phone="01 02 03 04 05")
        messages = self.env["mail.message"].search_count([])
        notices = self.run_dunning().notice_ids
        self.assertEqual(notices.activity_ids.user_id, self.collector)
        self.assertEqual(len(notices.activity_ids), 3)
        self.assertEqual(self.env["mail.message"].search_count([]), messages)

    def test_numbers_follow_each_other_whatever_the_sequence(self):
        sequence = self.env.ref("account_dispute_dunning.sequence_account_dunning_notice")
        for implementation in ("standard", "no_gap"):
            sequence.write({"implementation": implementation, "number_next": 100})
            names = self.env["account.dunning.notice"]._take_numbers(3)
            year = TODAY.year
            self.assertEqual(names, [f"NOT/{year}/{number:06}" for number in (100, 101, 102)])

    def test_lines_are_complete_as_if_made_one_by_one(self):
        """They are inserted in one statement: the fields that follow from others hold as well."""
        self.make_overdue_invoice(10, amount=99.9)
        notice = self.run_dunning().notice_ids
        [line] = notice.line_ids
        self.assertEqual(line.company_id, self.company)
        self.assertEqual(line.state, notice.state)
        self.assertEqual(line.root_step_id, line.step_id.origin_id or line.step_id)
        self.assertEqual((line.claimed, line.residual, line.contested), (99.9, 99.9, 0))
        self.assertTrue(line.create_date and line.create_uid)
        notice._transition("cancelled", "Paid in cash")
        self.assertEqual(line.state, "cancelled")

    def test_a_strategic_customer_is_reviewed_from_level_two_on(self):
        """S0.3, and a formal notice never leaves by itself."""
        self.scenario = self.make_scenario(
            *({"offset_days": day, "level": level, "is_automatic": True} for day, level in LEVELS)
        )
        self.company.dunning_scenario_id = self.scenario
        strategic = self.make_customer("Strategic", is_strategic=True)
        # By itself it would follow the softer scenario that is ready for such customers.
        strategic.with_company(self.company).dunning_scenario_id = self.scenario
        for customer in (strategic, self.customer):
            self.make_overdue_invoice(1, partner=customer)
        states = []
        for days, _level in LEVELS:
            notices = self.run_dunning(TODAY + timedelta(days=days - 1)).notice_ids
            by_customer = {notice.partner_id: notice.state for notice in notices}
            states.append((by_customer[strategic], by_customer[self.customer]))
            for notice in notices:
                notice._transition("sent", done_on=notice.date)
        self.assertEqual(states, [("validated", "validated"), ("draft", "validated")])

    def test_a_softer_tone_for_a_customer_keeps_the_step(self):
        """The words of the nearest earlier step that the customer bears; the step counts."""
        self.company.dunning_scenario_id = self.make_scenario(
            {"offset_days": 1, "tone": "courteous"},
            {"offset_days": 5, "tone": "neutral"},
            {"offset_days": 9, "tone": "firm"},
            entry="age",
        )
        self.customer.dunning_tone = "neutral"
        self.make_overdue_invoice(10)
        notice = self.run_dunning().notice_ids
        self.assertEqual((notice.step_id.offset_days, notice.tone), (9, "neutral"))
        self.assertTrue(notice.is_softened)

    def test_the_run_writes_to_whom_the_treatment_says(self):
        """S1.19: the latest treatment that holds on the day counts."""
        contacts = [
            self.make_customer(name, is_company=False, parent_id=self.customer.id)
            for name in ("Accountant", "Managing director")
        ]
        for days, contact in zip((20, 5), contacts, strict=True):
            self.env["account.dunning.treatment"].create(
                {
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "date_start": days_ago(days),
                    "contact_id": contact.id,
                    "reason": "Asked for by phone",
                }
            )
        self.make_overdue_invoice(10)
        self.assertEqual(self.run_dunning().notice_ids.contact_id, contacts[1])


LEVELS = ((1, 1), (4, 2))  # no weekend between


@tagged("post_install", "-at_install")
class TestDunningWorkers(CollectionsCommon):
    """Two workers at once, each in a transaction of its own."""

    def setUp(self):
        super().setUp()
        self.partner_ids, self.move_ids, self.company_id = self.make_committed()

    def make_committed(self):
        """Two late customers that other transactions see; deleted after the test."""
        with self.registry.cursor() as cr:
            env = self.env(cr=cr, user=SUPERUSER_ID, context={})
            account = env["account.account"].search(
                [("account_type", "=", "asset_receivable")], limit=1
            )
            company = account.company_ids[:1]
            journal = env["account.journal"].search(
                [("type", "=", "general"), ("company_id", "=", company.id)], limit=1
            )
            scenario = env.ref("account_dispute_dunning.dunning_scenario_standard")
            partners = env["res.partner"].create(
                [{"name": name, "email": "x@example.com"} for name in ("First", "Second")]
            )
            partners.with_company(company).dunning_scenario_id = scenario
            moves = env["account.move"].create(
                [self.entry(journal, account, partner) for partner in partners]
            )
            moves.action_post()
            self.addCleanup(self.delete_committed, partners.ids, moves.ids)
            return partners.ids, moves.ids, company.id

    def entry(self, journal, account, partner):
        income = account.search(
            [
                ("account_type", "=", "income"),
                ("company_ids", "in", journal.company_id.ids),
            ],
            limit=1,
        )
        items = (
            {
                "account_id": account.id,
                "debit": 1000,
                "date_maturity": days_ago(10),
                "no_followup": False,
            },
            {"account_id": income.id, "credit": 1000},
        )
        return {
            "journal_id": journal.id,
            "date": days_ago(40),
            "line_ids": [Command.create(item | {"partner_id": partner.id}) for item in items],
        }

    def delete_committed(self, partner_ids, move_ids):
        with self.registry.cursor() as cr:
            env = self.env(cr=cr, user=SUPERUSER_ID, context={})
            # What a run made is kept, whoever asks: so not by the ORM.
            cr.execute(
                "DELETE FROM account_dunning_notice WHERE partner_id = ANY(%s)", [partner_ids]
            )
            cr.execute("DELETE FROM account_dunning_run")
            moves = env["account.move"].browse(move_ids)
            moves.button_draft()
            moves.unlink()
            env["res.partner"].browse(partner_ids).unlink()

    def runs(self, cr):
        env = self.env(cr=cr, user=SUPERUSER_ID, context={})
        return env["account.dunning.run"].with_company(self.company_id)

    def get_lines(self, cr):
        lines = self.runs(cr).env["account.dunning.notice.line"]
        return lines.search([("move_line_id.move_id", "in", self.move_ids)])

    def test_two_workers_prepare_each_customer_once(self):
        """Each takes the customers that the other has not: SKIP LOCKED."""
        with self.registry.cursor() as first, self.registry.cursor() as second:
            company = self.runs(first).env.company
            run = self.runs(first)._start(company, TODAY)
            first.commit()
            at_work = run._prepare_in_batches(batch_size=1)
            self.assertEqual(next(at_work), 1)
            other = self.runs(second).browse(run.id)
            self.assertEqual(sum(other._prepare_in_batches()), 1, "the customer not taken")
            second.commit()
            first.commit()
            self.assertEqual(sum(at_work), 0, "nothing is left")
            first.commit()
            self.assertCountEqual(self.get_lines(first).move_id.ids, self.move_ids)
            self.assertEqual(len(self.get_lines(first)), 2)
            self.assertFalse(run.failed_count)

    def test_a_worker_blind_to_the_other_prepares_nothing_twice(self):
        """Its transaction began before: the unique index decides, and nobody has failed."""
        with self.registry.cursor() as first, self.registry.cursor() as second:
            company = self.runs(first).env.company
            run = self.runs(first)._start(company, TODAY)
            first.commit()
            late = self.runs(second).browse(run.id)
            decisions = late._get_unprepared()
            self.assertEqual(sum(run._prepare_in_batches()), 2)
            first.commit()
            with mute_logger("odoo.sql_db"):
                self.assertEqual(late._prepare_batch(decisions), 0)
            second.commit()
            self.assertEqual(len(self.get_lines(second)), 2)
            self.assertFalse(late.failed_count or late.log)

    def test_one_worker_at_a_time_decides_for_a_company(self):
        """A click during the daily job is told; the daily job leaves it to the other."""
        with self.registry.cursor() as first, self.registry.cursor() as second:
            company = self.runs(first).env.company
            self.assertTrue(self.runs(first)._try_lock(company))
            with self.assertRaisesRegex(UserError, "decided on elsewhere"):
                self.runs(second)._run(self.runs(second).env.company, TODAY)
            second.rollback()
            parts = list(self.runs(second)._run_day(self.runs(second).env.company, TODAY))
            self.assertEqual(parts, [])
            second.rollback()
            first.rollback()
            self.assertTrue(self.runs(second)._run(self.runs(second).env.company, TODAY))
            second.rollback()
