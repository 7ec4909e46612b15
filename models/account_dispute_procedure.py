from odoo import models


class AccountDispute(models.Model):
    """What a reason calls for: tasks, evidence, the guided conversation, and who is asked."""

    _inherit = "account.dispute"

    def action_request_help(self):
        raise NotImplementedError

    def action_add_commitment(self):
        raise NotImplementedError

    def action_view_tasks(self):
        raise NotImplementedError

    def action_discuss(self):
        raise NotImplementedError

    def _get_missing_sections(self):
        """The departments' sections that closing waits for, in words (S2.29)."""
        return []
