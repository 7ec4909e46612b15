from odoo import models


class AccountDispute(models.Model):
    """What is said: e-mails both ways, letters, calls, on one timeline."""

    _inherit = "account.dispute"

    def action_write(self):
        raise NotImplementedError

    def action_log_call(self):
        raise NotImplementedError

    def action_send_restatement(self):
        raise NotImplementedError

    def action_print_report(self):
        raise NotImplementedError

    def action_export_log(self):
        raise NotImplementedError

    def action_send_invoice_again(self):
        raise NotImplementedError

    def _send_letter(self, kind, channel=None, resolution=None, automatic=False):
        """Write to the customer; returns the exchanges."""
        return self.env["account.dispute.exchange"]
