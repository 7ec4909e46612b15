from odoo import api, fields, models

from odoo.addons.queue_job.job import identity_exact


class AccountDunningNotice(models.Model):
    """Rendering, and queueing in Odoo's mail queue, as jobs.

    Nothing leaves from a job: Odoo's mail queue sends, and what it could not tell (the connection
    broke) is never sent again without a person. So a job may always be tried again.
    """

    _inherit = "account.dunning.notice"

    @api.model
    def _cron_process(self, batch_size=50, on_date=None):
        """One job for each batch of what there is to render or to queue."""
        on_date = on_date or fields.Date.context_today(self)
        notices = self.search(self._get_domain_to_process())
        for start in range(0, len(notices), batch_size):
            batch = notices[start : start + batch_size]
            batch.with_delay(
                identity_key=identity_exact,
                description=self.env._("Render and send reminders"),
            )._job_process(on_date)

    def _job_process(self, on_date):
        """What is still to do of one batch, and no other worker is at; returns the number."""
        waiting = self.search([*self._get_domain_to_process(), ("id", "in", self.ids)])
        mine = waiting.try_lock_for_update()
        mine._process(on_date)
        return len(mine)
