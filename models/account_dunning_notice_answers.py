from odoo import models


class AccountDunningNotice(models.Model):
    """What comes back: replies, bounces, refusals, and what could not be known."""

    _inherit = "account.dunning.notice"
