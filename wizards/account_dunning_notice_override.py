from odoo import fields, models
from odoo.exceptions import UserError


class AccountDunningNoticeOverride(models.TransientModel):
    """A person decides that a formal notice leaves, and says why.

    Of a notice whose checklist is not complete; or, before there is a notice, about the part of
    receivables that open disputes do not contest.
    """

    _name = "account.dunning.notice.override"
    _description = "Send in spite of the Checklist"

    notice_id = fields.Many2one("account.dunning.notice", readonly=True)
    checklist_html = fields.Html(related="notice_id.checklist_html")
    dispute_line_ids = fields.Many2many(
        "account.dispute.line", string="Contested Amounts", readonly=True
    )
    reason = fields.Char(required=True)

    def action_confirm(self):
        """:raise UserError: when it can't leave all the same; the message says why."""
        self.ensure_one()
        if not self.reason.strip():
            raise UserError(self.env._("Say why: the reason stays with the notice."))
        if self.notice_id:
            self.notice_id.check_access("write")
            self.notice_id._override(self.reason, fields.Date.context_today(self))
        self.dispute_line_ids.check_access("read")
        self.dispute_line_ids._release(self.reason)
