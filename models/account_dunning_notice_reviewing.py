from odoo import models


class AccountDunningNotice(models.Model):
    """Before it leaves: edit, postpone, skip."""

    _inherit = "account.dunning.notice"
