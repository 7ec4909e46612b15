from odoo import api, models


class AccountDispute(models.Model):
    """The clocks of a dispute: first answer, qualification, resolution; pause and escalation."""

    _inherit = "account.dispute"

    @api.model
    def _escalate(self, company, on_date):
        """Bring the late disputes of a company to somebody's attention."""

    def action_wait(self):
        raise NotImplementedError

    def action_resume(self):
        raise NotImplementedError
