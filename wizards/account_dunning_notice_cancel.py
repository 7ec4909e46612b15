from odoo import fields, models


class AccountDunningNoticeCancel(models.TransientModel):
    """Cancel notices, with the reason that their history keeps."""

    _name = "account.dunning.notice.cancel"
    _description = "Cancel Notices"

    notice_ids = fields.Many2many("account.dunning.notice", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """:raise UserError: when a notice can't be cancelled any more; the message says why."""
        self.ensure_one()
        self.notice_ids.check_access("write")
        self.notice_ids._check_transition("cancelled")
        self.notice_ids._transition("cancelled", self.reason, is_refused=True)
