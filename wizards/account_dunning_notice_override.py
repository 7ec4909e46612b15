from odoo import fields, models


class AccountDunningNoticeOverride(models.TransientModel):
    """Send a formal notice although its checklist is not complete: why."""

    _name = "account.dunning.notice.override"
    _description = "Send in spite of the Checklist"

    notice_id = fields.Many2one("account.dunning.notice", required=True, readonly=True)
    reason = fields.Char(required=True)
