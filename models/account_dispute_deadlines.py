from odoo import models


class AccountDispute(models.Model):
    """The clocks of a dispute: first answer, qualification, resolution; pause and escalation."""

    _inherit = "account.dispute"

    def action_wait(self):
        raise NotImplementedError

    def action_resume(self):
        raise NotImplementedError

    def _on_customer_message(self, moment):
        """The customer wrote or called at a moment: nobody waits for it any more."""
        waiting = self.filtered("is_waiting")
        waiting._write_guarded(is_waiting=False, waiting_since=False)

    def _set_first_answer(self, moment):
        """A person answered the customer at a moment; the first time counts."""
        unanswered = self.filtered(lambda dispute: not dispute.first_answered_on)
        unanswered._write_guarded(first_answered_on=moment)
