from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime

from ..engine.dispute import SOON, Clock, Kind, Pace, pace

# Activities that end with the dispute.
ALERT = "account_dispute_dunning.mail_activity_type_dispute_alert"
SETTLED = "account_dispute_dunning.mail_activity_type_dispute_settled"
# What the clocks measure: nobody types it.
MEASURED_FIELDS = {
    "clocks_started_on",
    "detection_days",
    "first_answer_deadline",
    "first_answer_hours",
    "first_answered_on",
    "is_waiting",
    "priority_parts",
    "qualification_deadline",
    "qualified_on",
    "treatment_days",
    "waiting_days",
    "waiting_for",
    "waiting_since",
}


class AccountDispute(models.Model):
    """The clocks of a dispute: first answer, qualification, resolution; and the next action.

    Three clocks start when it is opened or reopened. They stand still while we wait for the
    customer (`account_dispute_waiting.py`), and are reached by a person's answer, by leaving
    *open* with a reason, by closing.
    """

    _inherit = "account.dispute"

    clocks_started_on = fields.Datetime(
        readonly=True, copy=False, help="When it was opened, or last reopened."
    )
    deadline_state = fields.Selection(
        [
            ("on_time", "On time"),
            ("soon", "Soon"),
            ("late", "Late"),
            ("waiting", "Waiting for the customer"),
        ],
        string="Deadlines",
        compute="_compute_deadline_state",
        search="_search_deadline_state",
        help="The worst of the clocks that still run: first answer, qualification, resolution.",
    )
    is_late = fields.Boolean(
        string="Late", compute="_compute_deadline_state", search="_search_is_late"
    )
    is_without_next_action = fields.Boolean(
        string="Without Next Action",
        compute="_compute_is_without_next_action",
        search="_search_is_without_next_action",
        help="Open, and nothing is planned from today on. There should be none.",
    )
    clocks_html = fields.Html(string="Clocks", compute="_compute_clocks_html")

    # === What was measured ===#
    detection_days = fields.Integer(
        string="Days to Detect",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="From the first contested invoice to the opening.",
    )
    treatment_days = fields.Integer(
        string="Days to Settle",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="From opening to closing, all cycles together.",
    )
    first_answer_hours = fields.Float(
        string="Hours to the First Answer",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="From the customer's message, or else the opening, to a person's answer.",
    )

    # === Computes and searches ===#

    @api.depends(
        "state",
        "is_waiting",
        "first_answer_deadline",
        "first_answered_on",
        "qualification_deadline",
        "qualified_on",
        "date_deadline",
    )
    def _compute_deadline_state(self):
        moment = fields.Datetime.now()
        today = fields.Date.context_today(self)
        for dispute in self:
            paces = [clock["pace"] for clock in dispute._get_clocks(moment, today)]
            running = [each for each in paces if each]
            if dispute.state not in dispute._get_holding_states():
                dispute.deadline_state = False
            elif dispute.is_waiting:
                dispute.deadline_state = "waiting"
            else:
                worst = max(running, key=list(Pace).index, default=Pace.ON_TIME)
                dispute.deadline_state = worst.value
            dispute.is_late = dispute.deadline_state == "late"

    def _get_clocks(self, moment, today):
        """The clocks of this dispute that were started, in the order in which they come.

        :return: dicts with `clock` (its code), `deadline` (a datetime for the first answer, else
            a date), `reached_on` (or False), and `pace`: how it stands, None once reached.
        """
        self.ensure_one()
        clocks = []
        for clock, deadline, reached_on in (
            (Clock.FIRST_ANSWER, self.first_answer_deadline, self.first_answered_on),
            (Clock.QUALIFICATION, self.qualification_deadline, self.qualified_on),
            (Clock.RESOLUTION, self.date_deadline, self.date_closed),
        ):
            if deadline:
                now = moment if clock is Clock.FIRST_ANSWER else today
                clocks.append(
                    {
                        "clock": clock.value,
                        "deadline": deadline,
                        "reached_on": reached_on,
                        "pace": None if reached_on else pace(clock, deadline, now),
                    }
                )
        return clocks

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._search_deadline_state("in" if True in value else "not in", ["late"])

    def _search_deadline_state(self, operator, values):
        """The states of :meth:`_compute_deadline_state`, as domains on what is stored."""
        if operator not in ("in", "not in"):
            return NotImplemented
        moment = fields.Datetime.now()
        today = fields.Date.context_today(self)
        running = Domain("state", "in", self._get_holding_states())
        ticking = running & Domain("is_waiting", "=", False)
        late = self._get_deadline_domain(("<=", moment), ("<", today), ("<", today))
        soon = self._get_deadline_domain(
            ("<=", moment + SOON[Clock.FIRST_ANSWER]),
            ("<=", today + SOON[Clock.QUALIFICATION]),
            ("<=", today + SOON[Clock.RESOLUTION]),
        )
        domains = {
            "waiting": running & Domain("is_waiting", "=", True),
            "late": ticking & late,
            "soon": ticking & soon & ~late,
            "on_time": ticking & ~soon,
            False: ~running,
        }
        domain = Domain.OR(domains[value] for value in values if value in domains)
        return domain if operator == "in" else ~domain

    @api.model
    def _get_deadline_domain(self, first_answer, qualification, resolution):
        """Disputes with a running clock that fulfils its condition: an operator and a value."""
        return (
            Domain("first_answered_on", "=", False) & Domain("first_answer_deadline", *first_answer)
            | Domain("qualified_on", "=", False) & Domain("qualification_deadline", *qualification)
            | Domain("date_deadline", *resolution)
        )

    @api.depends("state", "next_action_date")
    def _compute_is_without_next_action(self):
        today = fields.Date.context_today(self)
        for dispute in self:
            day = dispute.next_action_date
            is_open = dispute.state in dispute._get_holding_states()
            dispute.is_without_next_action = is_open and not (day and day >= today)

    def _search_is_without_next_action(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("state", "in", self._get_holding_states()) & (
            Domain("next_action_date", "=", False)
            | Domain("next_action_date", "<", fields.Date.context_today(self))
        )
        return domain if True in value else ~domain

    @api.depends("deadline_state")
    @api.depends_context("lang", "tz")
    def _compute_clocks_html(self):
        moment = fields.Datetime.now()
        today = fields.Date.context_today(self)
        row = Markup('<tr><th>%s</th><td>%s</td><td class="text-%s">%s</td></tr>')
        for dispute in self:
            rows = [
                row % dispute._word_clock(clock, moment, today)
                for clock in dispute._get_clocks(moment, today)
            ]
            table = Markup('<table class="table table-sm mb-0">%s</table>')
            dispute.clocks_html = rows and table % Markup().join(rows)

    def _word_clock(self, clock, moment, today):
        """A clock in words: its name, its deadline, a colour, what is left or how it ended."""
        names = {
            "first_answer": self.env._("First answer"),
            "qualification": self.env._("Qualification"),
            "resolution": self.env._("Resolution"),
        }
        is_moment = clock["clock"] == "first_answer"
        now, show = (moment, format_datetime) if is_moment else (today, format_date)
        name, deadline = names[clock["clock"]], show(self.env, clock["deadline"])
        if reached_on := clock["reached_on"]:
            colour = "success" if reached_on <= clock["deadline"] else "danger"
            words = self.env._("Reached: %(date)s", date=show(self.env, reached_on))
            return name, deadline, colour, words
        if self.is_waiting:
            return name, deadline, "muted", self.env._("Stands still")
        words = self._word_time_left(clock["deadline"] - now, in_hours=is_moment)
        colours = {Pace.ON_TIME: "muted", Pace.SOON: "warning", Pace.LATE: "danger"}
        return name, deadline, colours[clock["pace"]], words

    @api.model
    def _word_time_left(self, left, in_hours):
        """What is left of a clock, or how much it is late; in hours below two days."""
        hours = abs(left) // timedelta(hours=1)
        if in_hours and hours < 48:
            amount = self.env._("%(hours)s h", hours=hours)
        else:
            amount = self.env._("%(days)s d", days=abs(left).days)
        if left < timedelta(0):
            return self.env._("%(amount)s late", amount=amount)
        return self.env._("%(amount)s left", amount=amount)

    # === Start and reach ===#

    def _check_write(self, vals):
        result = super()._check_write(vals)
        if vals.keys() & MEASURED_FIELDS:
            raise UserError(
                self.env._("The clocks measure this: it is not typed. Use the buttons instead.")
            )
        return result

    def write(self, vals):
        if "reason_id" in vals:
            before = {dispute: dispute._get_allotted_days() for dispute in self}
        result = super().write(vals)
        if "reason_id" in vals:
            if "date_deadline" not in vals:
                self._move_deadline(before)
            self._set_qualified(fields.Date.context_today(self))
        if vals.get("review_date"):
            self._plan_review()
        return result

    def _move_deadline(self, before):
        """A new reason brings its own time to settle: the deadline moves by the difference.

        :param before: the working days that were allotted, by dispute.
        """
        for dispute in self.filtered(lambda each: each.state in each._get_holding_states()):
            days = dispute._get_allotted_days() - before[dispute]
            if days and dispute.date_deadline:
                company = dispute.company_id
                dispute.date_deadline = company._add_working_days(dispute.date_deadline, days)

    def _plan_review(self):
        """A review that was put off comes back: the alert comes once, this each time (S1.12)."""
        for dispute in self.filtered(
            lambda dispute: any(
                (told.cycle, told.kind) == (dispute.cycle, Kind.SUSPENSION.value)
                for told in dispute.escalation_ids
            )
        ):
            dispute.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=dispute.review_date,
                summary=self.env._("Review what is held"),
                user_id=self.env.uid,
            )

    def _get_allotted_days(self):
        """The working days to settle it: its reason's, or what a new reason would have."""
        return (self.reason_id or self.reason_id.new()).resolution_days

    @api.model
    def _get_moment(self, on_date):
        """This time of the day, on a day: where a clock needs hours and the caller has a date."""
        return fields.Datetime.now() + (on_date - fields.Date.context_today(self))

    def _action_open(self, on_date):
        result = super()._action_open(on_date)
        self._start_clocks(on_date)
        return result

    def _start_clocks(self, on_date):
        """Start, or start again, the three clocks; plan the review and the next action."""
        moment = self._get_moment(on_date)
        for dispute in self:
            company = dispute.company_id
            reason = dispute.reason_id or dispute.reason_id.new()
            hours = dispute.reason_id.first_answer_hours or company.dispute_first_answer_hours
            values = {
                "clocks_started_on": moment,
                # Nobody is answered about what we found ourselves.
                "first_answer_deadline": not dispute.is_internal
                and company._add_answer_hours(moment, hours),
                "first_answered_on": False,
                "qualification_deadline": company._add_working_days(
                    on_date, reason.qualification_days
                ),
                "qualified_on": False,
                "date_deadline": company._add_working_days(on_date, reason.resolution_days),
                "review_date": on_date + timedelta(days=company.dispute_review_days),
            }
            if dispute.cycle == 1:
                values["detection_days"] = dispute._get_detection_days()
            dispute._write_guarded(**values)
            if not dispute.next_action_date or dispute.next_action_date < on_date:
                dispute._plan_next_action(on_date)
        self._wake_escalation(self.mapped("first_answer_deadline"))

    @api.model
    def _wake_escalation(self, moments):
        """Have the job look at these moments: a first answer is a matter of hours, not of days."""
        now = fields.Datetime.now()
        if moments := {moment for moment in moments if moment and moment > now}:
            self.env.ref("account_dispute_dunning.cron_dispute_escalation").sudo()._trigger(moments)

    def _get_detection_days(self):
        days = [move.invoice_date or move.date for move in self.move_ids]
        return max(0, (self.date_opened - min(days)).days) if days else 0

    def _set_first_answer(self, moment):
        """A person answered the customer: the first clock is reached (S2.27, S3.34).

        :param moment: a datetime in UTC. Only the first one of a cycle counts.
        """
        for dispute in self.filtered(
            lambda each: each.clocks_started_on and not each.first_answered_on
        ):
            start = dispute._get_asked_on()
            step = dispute._get_next_step()
            dispute._write_guarded(
                first_answered_on=moment,
                first_answer_hours=max(0, (moment - start).total_seconds() / 3600),
            )
            if dispute.next_action == step[0]:
                dispute._plan_next_action(fields.Date.context_today(dispute, moment))

    def _get_asked_on(self):
        """When the customer told us, in this cycle; else when the clocks were started."""
        closed_on = max(self.cycle_ids.filtered("date_closed").mapped("date_closed"), default=None)
        messages = self.exchange_ids.filtered(
            lambda exchange: (
                exchange.direction == "in" and not (closed_on and exchange.date.date() < closed_on)
            )
        )
        return min([*messages.mapped("date"), self.clocks_started_on])

    def _action_investigate(self, on_date):
        result = super()._action_investigate(on_date)
        self._set_qualified(on_date)
        return result

    def _action_propose(self, resolution, on_date):
        result = super()._action_propose(resolution, on_date)
        self._set_qualified(on_date)
        return result

    def _action_decide(self, resolution, on_date):
        result = super()._action_decide(resolution, on_date)
        self._set_qualified(on_date)
        return result

    def _set_qualified(self, on_date):
        """Its reason is known and somebody works on it: the second clock is reached (S3.13)."""
        self.filtered(
            lambda dispute: (
                dispute.state in dispute._get_holding_states()
                and dispute.state != "open"
                and dispute.reason_id
                and not dispute.qualified_on
            )
        )._write_guarded(qualified_on=on_date)

    def _action_close(self, on_date):
        result = super()._action_close(on_date)
        for dispute in self:
            cycles = dispute.cycle_ids.filtered("date_closed")
            values = {"next_action": False, "next_action_date": False}
            if cycles:
                values["treatment_days"] = sum(cycles.mapped("days"))
            dispute._write_guarded(**values)
        # Somebody else's alerts too: there is nothing left to look at.
        self.sudo().activity_unlink([ALERT, SETTLED])
        return result

    # === Next action (S1.20) ===#

    def _plan_next_action(self, on_date):
        """Plan what comes first: the answer to the customer, or a task of the procedure."""
        for dispute in self:
            action, day = dispute._get_next_step()
            dispute.write({"next_action": action, "next_action_date": max(day, on_date)})

    def _get_next_step(self):
        """What is to be done first, in words, and until when."""
        self.ensure_one()
        steps = [(task.date_deadline, task.name) for task in self._get_open_procedure_tasks()]
        if self.first_answer_deadline and not self.first_answered_on:
            day = fields.Date.context_today(self, self.first_answer_deadline)
            steps.insert(0, (day, self.env._("Answer the customer")))
        if not steps:
            day = self.date_deadline or self.review_date or self.date_opened
            steps = [(day, self.env._("Settle the dispute"))]
        day, action = min(steps, key=lambda step: step[0])
        return action, day

    def _get_open_procedure_tasks(self):
        return self.task_ids.filtered(
            lambda task: task.state == "todo" and task.kind == "procedure" and task.date_deadline
        )
