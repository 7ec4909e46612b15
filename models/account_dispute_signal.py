from odoo import fields, models


class AccountDispute(models.Model):
    """The signals of the customer, where somebody works on its dispute (S2.71)."""

    _inherit = "account.dispute"

    customer_signal_count = fields.Integer(related="commercial_partner_id.customer_signal_count")
    customer_signal_words = fields.Text(related="commercial_partner_id.customer_signal_words")

    def action_view_signals(self):
        """Show what warns about these customers.

        :raise AccessError: for a user who may not read signals.
        """
        self.check_access("read")
        return self.commercial_partner_id.action_view_signals()
