from odoo import models


class AccountDunningNotice(models.Model):
    """Thank-yous on settlement, and other notices that an event calls for."""

    _inherit = "account.dunning.notice"
