from odoo import models


class AccountDunningNotice(models.Model):
    """Formal notices: certain, liquid, due; confirmed by a person; their deadline is watched."""

    _inherit = "account.dunning.notice"
