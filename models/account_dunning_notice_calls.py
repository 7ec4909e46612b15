from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

CALL = "account_dispute_dunning.mail_activity_type_dunning_call"
# Nobody answered so often: the call is done, and the next step may come.
MAX_ATTEMPTS = 3


class AccountDunningNotice(models.Model):
    """Calls: a script, an outcome, and the action that follows from it.

    A call is done once its outcome is logged; an assistant may log it without anybody's
    validation. Until then the next step of its receivables waits (S4.9).
    """

    _inherit = "account.dunning.notice"

    call_attempts = fields.Integer(
        readonly=True, copy=False, help="Calls that nobody answered count too."
    )
    contact_phone = fields.Char(related="contact_id.phone", string="Phone of the Recipient")
    customer_phone = fields.Char(related="partner_id.phone", string="Phone of the Customer")
    call_script = fields.Html(
        compute="_compute_call_script", help="What to ask, in the collector's language."
    )
    call_history_ids = fields.Many2many(
        "account.dunning.notice",
        string="Earlier Calls",
        compute="_compute_call_history_ids",
        help="To the same customer, the latest first.",
    )

    @api.depends("step_id.script", "step_id.body", "user_id.lang")
    @api.depends_context("lang")
    def _compute_call_script(self):
        for notice in self:
            step = notice.step_id.with_context(lang=notice.user_id.lang or self.env.lang)
            notice.call_script = notice.channel == "call" and (step.script or step.body)

    @api.depends("partner_id", "company_id")
    def _compute_call_history_ids(self):
        """Read when the form is opened: nothing triggers it."""
        calls = self.search(
            Domain("channel", "=", "call")
            & Domain("state", "=", "sent")
            & Domain("partner_id", "in", self.partner_id.ids)
        ).grouped(lambda call: (call.partner_id, call.company_id))
        none = self.browse()
        for notice in self:
            account = (notice.partner_id, notice.company_id)
            notice.call_history_ids = calls.get(account, none) - notice

    # === Logging ===#

    def _why_not(self, state):
        why_not = super()._why_not(state)
        if not why_not and state == "sent" and self.channel == "call" and not self.call_outcome:
            return self.env._(
                "%(notice)s: log the call, for what came out of it decides what follows.",
                notice=self.name,
            )
        return why_not

    def _why_not_log(self):
        """Why the outcome of this call can't be logged now, in words; empty when it can."""
        self.ensure_one()
        if self.channel != "call":
            return self.env._("%(notice)s is not a call.", notice=self.name)
        if self.state in ("sent", "cancelled"):
            return self.env._("%(notice)s: this call is over.", notice=self.name)
        if not self.env.su and not self.env.user.has_group(
            "account_dispute_dunning.group_assistant"
        ):
            return self.env._("Your role in Collections does not allow this.")
        return ""

    def action_done(self):
        """A call was made: ask for its outcome.

        :raise UserError: for several calls at once, or one that is over.
        """
        if not self.filtered(lambda notice: notice.channel == "call"):
            return super().action_done()
        self.check_access("write")
        if len(self) > 1:
            raise UserError(self.env._("Log the calls one by one: each has its own outcome."))
        if why_not := self._why_not_log():
            raise UserError(why_not)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log the call"),
            "res_model": "account.dunning.notice.call",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_notice_id": self.id},
        }

    def _log_call(self, outcome, on_date, contact, note=""):
        """Keep what came out of a call; it counts as the step and as a contact.

        One that nobody answered is made again on the next working day, at most three times.

        :param outcome: a code of `call_outcome`.
        :param on_date: the day of the call.
        :param contact: who was spoken to.
        :raise UserError: when this call is over, or the user's role does not allow it.
        """
        self.ensure_one()
        if why_not := self._why_not_log():
            raise UserError(why_not)
        is_over = outcome != "no_answer" or self._is_last_attempt()
        values = {"call_attempts": self.call_attempts + 1, "contact_id": contact.id}
        if not is_over:
            self._write_frozen(**values)
            self._call_again(on_date, note)
            return
        self._transition(
            "sent",
            call_outcome=outcome,
            call_note=note,
            sent_on=fields.Datetime.now(),
            done_on=on_date,
            **values,
        )

    def _is_last_attempt(self):
        return self.call_attempts + 1 >= MAX_ATTEMPTS

    def _call_again(self, on_date, note):
        """Nobody answered: the same activity, on the next working day."""
        day = self.company_id._add_working_days(on_date, 1)
        self._message_log(
            body=self.env._(
                "Nobody answered (%(count)s of %(most)s). %(note)s",
                count=self.call_attempts,
                most=MAX_ATTEMPTS,
                note=note or "",
            )
        )
        if activities := self.activity_search([CALL]):
            activities.write({"date_deadline": day})
        else:
            self._plan(CALL, day, self.step_id.name)

    def _plan(self, activity_type, day, summary, note="", user=None):
        """Plan what comes next for the collector, or for `user`."""
        self.activity_schedule(
            activity_type,
            date_deadline=day,
            summary=summary,
            note=note,
            user_id=(user or self.user_id or self.env.user).id,
        )

    def _get_managers(self):
        """The managers of Collections of this notice's company."""
        group = self.env.ref("account_dispute_dunning.group_manager").sudo()
        return group.all_user_ids.filtered(
            lambda user: (
                user.active
                and not user.share
                and self.company_id in user.company_ids
                and not user._is_superuser()
            )
        ).sudo(False)
