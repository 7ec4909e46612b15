from odoo import fields, models


class AccountDunningNoticeCancel(models.TransientModel):
    """Cancel notices, with the reason that their history keeps."""

    _name = "account.dunning.notice.cancel"
    _description = "Cancel Notices"

    notice_ids = fields.Many2many("account.dunning.notice", required=True)
    rest = fields.Text(string="The Others", readonly=True)
    reason = fields.Char(required=True)
    is_skipped = fields.Boolean(
        string="Let the next step come",
        help="This step counts as done, and the next one comes on its day. Otherwise the step is "
        "prepared again by the next run, for a person to review.",
    )

    def action_confirm(self):
        """:raise UserError: when a notice can't be cancelled any more; the message says why."""
        self.ensure_one()
        self.notice_ids.check_access("write")
        self.notice_ids._check_transition("cancelled")
        self.notice_ids._cancel_by_person(self.reason, self.is_skipped)
