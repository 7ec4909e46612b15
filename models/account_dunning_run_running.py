from odoo import models


class AccountDunningRun(models.Model):
    """Unattended: a log, limits, one customer's failure alone, several workers."""

    _inherit = "account.dunning.run"
