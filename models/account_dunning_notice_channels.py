from odoo import models


class AccountDunningNotice(models.Model):
    """How a notice leaves by each channel; another addon adds a channel with two methods."""

    _inherit = "account.dunning.notice"
