from odoo import models


class AccountReceivable(models.Model):
    """When each receivable is expected to be paid, and how likely it is late."""

    _inherit = "account.receivable"
