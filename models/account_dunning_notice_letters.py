from odoo import models


class AccountDunningNotice(models.Model):
    """What a letter says and encloses: words, history, enclosures, the print run for the post."""

    _inherit = "account.dunning.notice"
