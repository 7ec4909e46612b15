from odoo import api, fields, models
from odoo.tools import format_date, format_datetime

from ..engine.dispute import Pace
from .account_dispute_procedure import READERS


class AccountDispute(models.Model):
    """What is to be known before anything else: shown above the form, in words, with what to do.

    An alert is what the `actionable_errors` widget of Invoicing shows: ``{"level", "message"}``,
    and ``action_text`` with ``action_call`` (or ``action``) when one click is the answer.
    """

    _inherit = "account.dispute"

    alerts = fields.Json(compute="_compute_alerts", groups=READERS)

    @api.depends("state", "is_waiting", "date_deadline", "next_action_date", "has_reputation_risk")
    @api.depends_context("uid", "lang")
    def _compute_alerts(self):
        for dispute in self:
            dispute.alerts = dispute._get_alerts(fields.Date.context_today(dispute)) or False

    def _get_alerts(self, on_date):
        """``{key: alert}`` of one dispute on a day."""
        self.ensure_one()
        alerts = self._get_case_alerts(on_date)
        if self.state in self._get_holding_states():
            alerts |= self._get_clock_alerts(on_date) | self._get_resolution_alerts(on_date)
        return alerts

    def _get_case_alerts(self, on_date):
        """What this case is, and what it lacks."""
        alerts = {}
        if self.state == "suspicion" and self.line_ids:
            alerts["suspicion"] = self._prepare_alert(
                self.env._("Only a suspicion: everything is still claimed.")
            )
        if self.missing_words:
            alerts["missing"] = self._prepare_alert(
                self.env._("To go on, still missing: %(missing)s.", missing=self.missing_words),
                "warning",
            )
        if self.has_reputation_risk and self.state != "closed":
            alerts["reputation"] = self._prepare_alert(
                self.env._("Reputation at risk: the customer may complain in public."), "danger"
            )
        if self.is_recurring and self.state != "closed":
            alerts["recurring"] = self._prepare_alert(
                self.env._(
                    "It is dispute number %(count)s of this customer for this reason in twelve "
                    "months.",
                    count=self.recurrence_count,
                ),
                action_text=self.env._("Look at them"),
                action=self._get_same_reason_action(),
            )
        return alerts

    def _get_same_reason_action(self):
        """The disputes of this customer for this reason, the settled ones too."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Same Customer, Same Reason"),
            "res_model": self._name,
            "views": [(False, "list"), (False, "form")],
            "domain": [
                ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ("reason_id", "=", self.reason_id.id),
            ],
        }

    def _get_clock_alerts(self, on_date):
        """What is late, and what stands still."""
        alerts = {}
        if self.is_waiting:
            alerts["waiting"] = self._prepare_alert(
                self.env._(
                    "Waiting for the customer since %(date)s: %(awaited)s. The clocks stand still.",
                    date=format_date(self.env, self.waiting_since),
                    awaited=self.waiting_for or self.env._("an answer"),
                ),
            )
        elif late := [
            self._word_late_clock(clock)
            for clock in self._get_clocks(fields.Datetime.now(), on_date)
            if clock["pace"] == Pace.LATE
        ]:
            alerts["late"] = self._prepare_alert(" ".join(late), "danger")
        if self.is_without_next_action and not self.is_waiting:
            alerts["next_action"] = self._prepare_alert(self._word_next_action(), "warning")
        if self.late_task_count:
            alerts["tasks"] = self._prepare_alert(
                self.env._("Tasks that are late: %(count)s.", count=self.late_task_count),
                "warning",
                action_text=self.env._("Look at them"),
                action=self.action_view_tasks() | {"views": [(False, "list"), (False, "form")]},
            )
        if self.review_date and self.review_date <= on_date:
            alerts["review"] = self._prepare_alert(
                self.env._(
                    "Held for a long time: look whether it still should be, then set another day "
                    "of review in the follow-up."
                ),
                "warning",
            )
        return alerts

    def _word_late_clock(self, clock):
        """A clock that has run out, in words, with what was to be done by when."""
        if clock["clock"] == "first_answer":
            return self.env._(
                "The customer still waits for a first answer; it was due on %(date)s.",
                date=format_datetime(self.env, clock["deadline"]),
            )
        date = format_date(self.env, clock["deadline"])
        if clock["clock"] == "qualification":
            return self.env._("To be qualified by %(date)s: begin to investigate.", date=date)
        return self.env._("Late: it was to be settled by %(date)s.", date=date)

    def _word_next_action(self):
        if not self.next_action_date:
            return self.env._("No next action is planned: say what comes next, and when.")
        return self.env._(
            "The next action was due on %(date)s: do it, then say what comes next.",
            date=format_date(self.env, self.next_action_date),
        )

    def _get_resolution_alerts(self, on_date):
        """Where its resolution stands."""
        alerts = {}
        for resolution in self.resolution_ids.filtered(lambda item: item.state == "to_approve"):
            alerts[f"approve_{resolution.id}"] = self._prepare_alert(
                self.env._(
                    "%(amount)s wait for an approval.",
                    amount=self.company_currency_id.format(resolution.amount),
                ),
                "warning",
                action_text=self.env._("Look at it"),
                action=resolution._get_records_action(context={}),
            )
        return alerts

    @api.model
    def _prepare_alert(self, message, level="info", **values):
        return {"level": level, "message": message, **values}
