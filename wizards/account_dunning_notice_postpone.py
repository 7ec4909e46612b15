from odoo import fields, models


class AccountDunningNoticePostpone(models.TransientModel):
    """Let notices leave later: on which day, and why."""

    _name = "account.dunning.notice.postpone"
    _description = "Postpone Notices"

    notice_ids = fields.Many2many("account.dunning.notice", required=True)
    date = fields.Date(string="Until", required=True)
    reason = fields.Char(required=True)
