from odoo import api, fields, models
from odoo.fields import Domain

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
        notices = self.search(self._get_domain_to_process(on_date), order="id")
        for start in range(0, len(notices), batch_size):
            notices[start : start + batch_size].with_delay(
                identity_key=identity_exact,
                description=self.env._("Render and send reminders"),
            )._job_process(on_date)

    def _job_process(self, on_date=None):
        """What is still to do of one batch, and no other worker is at; returns the number.

        :param on_date: the day that is played; by default it is now, in the hours of the scenarios.
        """
        moment = None if on_date else fields.Datetime.now()
        day = on_date or fields.Date.context_today(self)
        waiting = self.search(self._get_domain_to_process(day) & Domain("id", "in", self.ids))
        mine = waiting.try_lock_for_update()
        mine._process(day, moment)
        return len(mine)
