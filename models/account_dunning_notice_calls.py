from odoo import models


class AccountDunningNotice(models.Model):
    """Calls: a script, an outcome, and the action that follows from it."""

    _inherit = "account.dunning.notice"
