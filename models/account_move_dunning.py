from odoo import models


class AccountMove(models.Model):
    """Reminders of an invoice: its own scenario, whether it was sent, and why nothing leaves."""

    _inherit = "account.move"
