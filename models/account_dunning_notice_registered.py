from odoo import models


class AccountDunningNotice(models.Model):
    """Registered letters: number, deposit, receipt; the next step waits for them."""

    _inherit = "account.dunning.notice"
