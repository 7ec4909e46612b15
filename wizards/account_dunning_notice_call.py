from odoo import fields, models


class AccountDunningNoticeCall(models.TransientModel):
    """What came out of a call, and what follows from it."""

    _name = "account.dunning.notice.call"
    _description = "Log a Call"

    notice_id = fields.Many2one("account.dunning.notice", required=True, readonly=True)
