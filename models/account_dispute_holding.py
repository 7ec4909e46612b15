from odoo import models


class AccountDispute(models.Model):
    """What a dispute does to reminders: what it holds, what it stops, and how they resume."""

    _inherit = "account.dispute"

    def action_veto(self):
        raise NotImplementedError
