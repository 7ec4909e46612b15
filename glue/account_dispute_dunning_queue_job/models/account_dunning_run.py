from odoo import api, fields, models

from odoo.addons.queue_job.delay import group
from odoo.addons.queue_job.job import identity_exact


class AccountDunningRun(models.Model):
    """The parts of a day's work as jobs: several companies, and several batches of one, at once.

    A job is one transaction: one that is tried again, or whose worker was killed, does again what
    was undone with it. It sends nothing itself: e-mails wait in Odoo's mail queue.
    """

    _inherit = "account.dunning.run"

    @api.model
    def _cron_run_daily(self):
        """One job for each company, however often this is called on a day."""
        today = fields.Date.context_today(self)
        for company in self._get_companies():
            self.with_company(company).with_delay(
                identity_key=identity_exact,
                description=self.env._("Reminders of %(company)s", company=company.name),
            )._job_run_day(company, today)

    @api.model
    def _job_run_day(self, company, on_date):
        """Decide for a company, and leave its notices to other jobs.

        :return: what the list of jobs shows as the result.
        """
        runs = self._in_company(company)
        if not runs._try_lock(company):
            return self.env._("Another worker is at it.")
        run = runs._get_run_of_day(company, on_date) or runs._start(company, on_date)
        run._delay_preparation()
        return self.env._("%(count)s steps reached", count=run.step_count)

    def _delay_preparation(self, batch_size=500):
        """A job for each batch of customers, then one for what comes after the notices.

        With a limit of notices there is one batch: its rest is counted as it goes.
        """
        customers = self._get_unprepared().grouped("partner_id")
        if self.company_id.dunning_run_limit:
            batch_size = len(customers)
        batches = list(customers.values())
        prepare = [
            self._delayable(self.env._("Prepare reminders"))._job_prepare(
                self._concat(batches[start : start + batch_size])
            )
            for start in range(0, len(batches), batch_size or 1)
        ]
        finish = self._delayable(self.env._("After the reminders"))._job_finish()
        if prepare:
            group(*prepare).on_done(finish).delay()
        else:
            finish.delay()

    def _delayable(self, description):
        return self.delayable(identity_key=identity_exact, description=description)

    def _job_prepare(self, decisions):
        """Prepare the notices of some customers, up to the limit of the run."""
        self.ensure_one()
        if self.company_id.dunning_run_limit:
            return sum(self._prepare_in_batches())
        return self._prepare_batch(decisions)

    def _job_finish(self):
        """What is done every day after the notices; then they are rendered."""
        self.ensure_one()
        for do_duty in self._get_daily_duties():
            self._do_duty(do_duty)
        self.env.ref("account_dispute_dunning.cron_dunning_notices").sudo()._trigger()
