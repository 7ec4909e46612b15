from odoo import fields, models
from odoo.exceptions import UserError


class AccountDispute(models.Model):
    """Waiting for the customer: a pause of the clocks, not a state."""

    _inherit = "account.dispute"

    waiting_for = fields.Char(readonly=True, copy=False, tracking=True)

    def action_wait(self):
        """Ask what is awaited of the customer; the clocks stand still from then on.

        :return: an action that opens the dialogue.
        :raise UserError: when one of the disputes is not open, or waits already.
        """
        self.check_access("write")
        self._check_can_wait()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Wait for the Customer"),
            "res_model": "account.dispute.wait",
            "view_mode": "form",
            "target": "new",
            "context": {"default_dispute_ids": self.ids},
        }

    def _check_can_wait(self):
        for dispute in self:
            if not dispute._is_collector():
                raise UserError(self.env._("Only a collector lets the clocks stand still."))
            if dispute.state not in dispute._get_holding_states():
                raise UserError(
                    self.env._("%(dispute)s is not open: no clock runs.", dispute=dispute.name)
                )
            if dispute.is_waiting:
                raise UserError(
                    self.env._(
                        "%(dispute)s waits for the customer already: resume it first.",
                        dispute=dispute.name,
                    )
                )

    def _action_wait(self, awaited, ask_again_on, moment):
        """Let the clocks stand still from a moment on.

        :param awaited: what the customer is to do or to send, in words.
        :param ask_again_on: the day of the next action: to ask again.
        """
        self._track_set_log_message(
            self.env._("The clocks stand still: we wait for the customer. %(what)s", what=awaited)
        )
        self._write_guarded(
            is_waiting=True,
            waiting_since=moment,
            waiting_for=awaited,
            next_action=self.env._("Ask the customer again: %(what)s", what=awaited),
            next_action_date=ask_again_on,
        )

    def action_resume(self):
        """The customer did what we waited for, or we go on without: the clocks run again.

        :raise UserError: for a user who may not.
        """
        self.check_access("write")
        if not all(dispute._is_collector() for dispute in self):
            raise UserError(self.env._("Only a collector lets the clocks run again."))
        self._action_resume(fields.Datetime.now())

    def _on_customer_message(self, moment):
        """The customer wrote or called at `moment` (UTC): what waited for it goes on.

        What it said before we began to wait is not what we wait for.
        """
        self.filtered(
            lambda dispute: dispute.is_waiting and dispute.waiting_since <= moment
        )._action_resume(moment)

    def _action_resume(self, moment):
        """Let the clocks of those that wait run again: what they had left, they have now.

        Deadlines in days, and those of the procedure's open tasks, move by the working days of
        the pause; the first answer's by its hours.
        """
        for dispute in self.filtered("is_waiting"):
            company = dispute.company_id
            moment = max(moment, dispute.waiting_since)
            today = fields.Date.context_today(dispute, moment)
            since = fields.Date.context_today(dispute, dispute.waiting_since)
            days = company._count_working_days(since, today)
            dispute._track_set_log_message(
                dispute.env._(
                    "The clocks run again: deadlines moved by %(days)s working days.", days=days
                )
            )
            dispute._write_guarded(
                is_waiting=False,
                waiting_since=False,
                waiting_for=False,
                waiting_days=dispute.waiting_days + days,
                next_action=dispute.env._("Go on: we waited for the customer"),
                next_action_date=today,
                **dispute._get_moved_deadlines(days, moment),
            )
            for task in dispute._get_open_procedure_tasks():
                task.date_deadline = company._add_working_days(task.date_deadline, days)

    def _get_moved_deadlines(self, days, moment):
        """The deadlines not reached yet, after a pause of so many working days until `moment`."""
        company = self.company_id
        values = {}
        if self.first_answer_deadline and not self.first_answered_on:
            values["first_answer_deadline"] = company._add_answer_hours(
                self.first_answer_deadline, company._count_answer_hours(self.waiting_since, moment)
            )
        if self.qualification_deadline and not self.qualified_on:
            values["qualification_deadline"] = company._add_working_days(
                self.qualification_deadline, days
            )
        if self.date_deadline:
            values["date_deadline"] = company._add_working_days(self.date_deadline, days)
        return values

    def _action_close(self, on_date):
        """What is closed waits for nobody; its waiting time is counted."""
        self._action_resume(self._get_moment(on_date))
        return super()._action_close(on_date)
