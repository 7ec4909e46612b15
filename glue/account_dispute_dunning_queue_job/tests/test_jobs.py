from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.account_dispute_dunning.tests.common import TODAY, CollectionsCommon
from odoo.addons.queue_job.job import Job
from odoo.addons.queue_job.tests.common import trap_jobs


@tagged("post_install", "-at_install")
class TestJobs(CollectionsCommon):
    """The day's work in OCA's job queue does what it does without it."""

    def make_late_customers(self, count):
        customers = self.env["res.partner"]
        for number in range(count):
            customers |= self.make_customer(f"Late customer {number}")
            self.make_overdue_invoice(10, partner=customers[-1])
        return customers

    @property
    def runs(self):
        return self.env["account.dunning.run"].with_company(self.company)

    def get_notices(self):
        return self.env["account.dunning.notice"].search([("company_id", "=", self.company.id)])

    def test_the_daily_job_delays_one_job_per_company(self):
        with trap_jobs() as trap:
            for _time in range(2):
                self.env["account.dunning.run"]._cron_run_daily()
            trap.assert_enqueued_job(self.runs._job_run_day, args=(self.company, TODAY))
            companies = [job.args[0] for job in trap.enqueued_jobs]
            self.assertEqual(len(companies), len(set(companies)), "the second call adds none")
        self.assertFalse(self.get_notices())

    def test_all_that_is_late_is_prepared_in_batches(self):
        customers = self.make_late_customers(5)
        run = self.runs._start(self.company, TODAY)
        with trap_jobs() as trap:
            run._delay_preparation(batch_size=2)
            trap.assert_jobs_count(3, only=run._job_prepare)
            trap.assert_jobs_count(1, only=run._job_finish)
            trap.perform_enqueued_jobs()
        self.assertEqual(run.notice_ids.partner_id, customers)

    def test_a_job_that_runs_again_prepares_nothing_twice(self):
        """The worker was killed after its transaction, and the queue starts the job once more."""
        self.make_late_customers(3)
        run = self.runs._start(self.company, TODAY)
        decisions = run._get_unprepared()
        self.assertEqual([run._job_prepare(decisions) for _time in range(2)], [3, 0])

    def test_the_day_is_decided_once(self):
        self.make_late_customers(2)
        with trap_jobs() as trap:
            for _time in range(2):
                self.runs._job_run_day(self.company, TODAY)
            trap.perform_enqueued_jobs()
        runs = self.runs.search([("company_id", "=", self.company.id)])
        self.assertEqual((len(runs), runs.notice_count), (1, 2))

    def test_the_limit_of_a_run_holds(self):
        self.company.dunning_run_limit = 2
        self.make_late_customers(3)
        with trap_jobs() as trap:
            self.runs._job_run_day(self.company, TODAY)
            trap.perform_enqueued_jobs()
        run = self.runs._get_run_of_day(self.company, TODAY)
        self.assertEqual((run.notice_count, run.is_limited), (2, True))

    def test_a_customer_that_fails_does_not_fail_the_job(self):
        customers = self.make_late_customers(3)
        # Another addon's rule refuses every notice to this customer.
        self.env.cr.execute(
            f"ALTER TABLE account_dunning_notice ADD CONSTRAINT broken CHECK"
            f" (partner_id != {customers[1].id})"
        )
        with mute_logger("odoo.sql_db"), trap_jobs() as trap:
            self.runs._job_run_day(self.company, TODAY)
            trap.perform_enqueued_jobs()
        run = self.runs._get_run_of_day(self.company, TODAY)
        self.assertEqual(run.notice_ids.partner_id, customers - customers[1])
        self.assertEqual(run.failed_count, 1)

    def test_a_stored_job_is_performed(self):
        """As by a worker: the job is read back from the database."""
        [customer] = self.make_late_customers(1)
        self.runs.with_delay()._job_run_day(self.company, TODAY)
        records = self.env["queue.job"].sudo().search([("method_name", "=", "_job_run_day")])
        self.assertEqual(records.channel, "root.dunning")
        Job.load(self.env, records.uuid).perform()
        waiting = self.env["queue.job"].sudo().search([("method_name", "=", "_job_prepare")])
        self.assertEqual(Job.load(self.env, waiting.uuid).perform(), 1)
        self.assertEqual(self.get_notices().partner_id, customer)

    # === Rendering and queueing ===#

    def test_a_batch_is_rendered_and_queued_once(self):
        """A notice that is in two jobs leaves once: nothing is tried again that was done."""
        self.scenario.step_ids.filtered(lambda step: step.channel == "email").is_automatic = True
        self.make_late_customers(2)
        notices = self.run_dunning().notice_ids
        with trap_jobs() as trap:
            self.env["account.dunning.notice"]._cron_process(batch_size=1, on_date=TODAY)
            ours = [job for job in trap.enqueued_jobs if job.recordset in notices]
            self.assertEqual(len(ours), 2)
        self.assertEqual([notices._job_process(TODAY) for _time in range(2)], [2, 0])
        self.assertEqual(set(notices.mapped("state")), {"queued"})
        mails = self.env["mail.mail"].search([("mail_message_id", "in", notices.message_id.ids)])
        self.assertEqual(len(mails), 2)
