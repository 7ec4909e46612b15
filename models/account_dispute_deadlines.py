from odoo import models


class AccountDispute(models.Model):
    """The clocks of a dispute: first answer, qualification, resolution; pause and escalation."""

    _inherit = "account.dispute"

    def action_wait(self):
        raise NotImplementedError

    def action_resume(self):
        raise NotImplementedError
