from odoo import fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date


class AccountDunningNoticePostpone(models.TransientModel):
    """Let notices leave later: on which day, and why."""

    _name = "account.dunning.notice.postpone"
    _description = "Postpone Notices"

    notice_ids = fields.Many2many("account.dunning.notice", required=True)
    rest = fields.Text(string="The Others", readonly=True)
    date = fields.Date(string="Until", required=True, help="They leave on this day or later.")
    reason = fields.Char(required=True)

    def action_confirm(self):
        """:raise UserError: for a day or a notice with which it is not possible, in words."""
        self.ensure_one()
        self.notice_ids.check_access("write")
        self._check_date(fields.Date.context_today(self))
        for notice in self.notice_ids:
            if why_not := notice._why_not_postponed():
                raise UserError(why_not)
        self.notice_ids._postpone(self.date, self.reason)

    def _check_date(self, on_date):
        if self.date <= on_date:
            raise ValidationError(self.env._("Choose a day that is still to come."))
        late = self.notice_ids.filtered(lambda each: each.deadline and each.deadline < self.date)
        if late:
            raise ValidationError(
                self.env._(
                    "%(notice)s asks for payment until %(deadline)s, which is before that day. "
                    "Choose an earlier day; or cancel it, and the next run prepares it anew.",
                    notice=late[0].name,
                    deadline=format_date(self.env, late[0].deadline),
                )
            )
