from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

ACTIVITY_TYPE = "mail.mail_activity_data_todo"
# What a department writes; frozen once the task is done.
SECTION_FIELDS = {"facts", "cause", "proposal", "answer"}
# Only the buttons write these.
TRANSITION_FIELDS = {"state", "done_on", "done_by_id"}

# Only code of this file can hold this object: a context that comes from outside can not.
TRANSITION = object()


class AccountDisputeTask(models.Model):
    """What a department, a colleague or ourselves have to do in a dispute.

    Three kinds: a task of the *procedure*, with the department's section (facts, cause, proposal);
    a *request for help* with its question and answer; and a *commitment* that we made to the
    customer. States: *to do* → *done*, or *cancelled*; both can be reopened.

    Who is asked, and the members of its department, answer without any role in accounting
    (S1.23), and may ask for help in their turn (S2.25). Roles in Collections see and edit all of
    them. A task to do has one activity, of who is asked, as long as its dispute is not closed.
    """

    _name = "account.dispute.task"
    _description = "Dispute Task"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "dispute_id, sequence, date_deadline, id"

    # === Identity ===#
    name = fields.Char(string="Task", required=True)
    kind = fields.Selection(
        [
            ("procedure", "Procedure"),
            ("help", "Request for help"),
            ("commitment", "Our commitment"),
        ],
        required=True,
        default="procedure",
    )
    dispute_id = fields.Many2one("account.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    template_id = fields.Many2one(
        "account.dispute.reason.task",
        string="Task of the Procedure",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    sequence = fields.Integer(default=10)
    instructions = fields.Text(string="What is asked")
    department_id = fields.Many2one("account.dispute.department", index="btree_not_null")
    user_id = fields.Many2one(
        "res.users",
        string="Assigned to",
        domain=[("share", "=", False)],
        index="btree_not_null",
        tracking=True,
        help="Empty: whom the department designates.",
    )
    requested_by_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    date_deadline = fields.Date(string="Deadline", index=True, tracking=True)
    is_mandatory = fields.Boolean(string="Mandatory Section")
    is_late = fields.Boolean(compute="_compute_is_late")
    can_edit = fields.Boolean(compute="_compute_can", help="Also what is asked, not only answer.")
    can_cancel = fields.Boolean(compute="_compute_can")

    # === What who is asked needs to know; read for them, whatever their rights ===#
    customer_id = fields.Many2one(related="dispute_id.partner_id")
    reason_id = fields.Many2one(related="dispute_id.reason_id")
    customer_words = fields.Text(related="dispute_id.description")
    customer_expectation = fields.Selection(related="dispute_id.expectation")
    problem = fields.Text(related="dispute_id.problem")
    invoice_numbers = fields.Char(compute="_compute_invoice_numbers", compute_sudo=True)
    contested_amount = fields.Monetary(
        related="dispute_id.contested_amount", currency_field="company_currency_id"
    )
    company_currency_id = fields.Many2one(related="dispute_id.company_currency_id")
    dispute_deadline = fields.Date(related="dispute_id.date_deadline", string="To Be Settled By")
    owner_id = fields.Many2one(related="dispute_id.user_id", string="Dispute's Owner")
    evidence_ids = fields.One2many(
        "account.dispute.evidence",
        compute="_compute_evidence",
        readonly=False,
        help="Add the documents that you have.",
    )

    # === The department's section ===#
    facts = fields.Text(help="What happened, as your department sees it.")
    cause = fields.Text(help="Why it happened.")
    proposal = fields.Text(help="What your department proposes.")
    answer = fields.Text(help="To what you were asked.")

    # === State ===#
    state = fields.Selection(
        [("todo", "To do"), ("done", "Done"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="todo",
        copy=False,
        tracking=True,
        index=True,
    )
    asked_on = fields.Datetime(readonly=True, copy=False, default=fields.Datetime.now)
    done_on = fields.Datetime(readonly=True, copy=False)
    done_by_id = fields.Many2one("res.users", string="Done by", readonly=True, copy=False)
    answer_hours = fields.Float(
        string="Answer Time (hours)",
        compute="_compute_answer_hours",
        store=True,
        aggregator="avg",
        help="From the question to the answer, around the clock.",
    )

    _template_once = models.UniqueIndex(
        "(dispute_id, template_id) WHERE template_id IS NOT NULL",
        "A task of the procedure comes once.",
    )
    _commitment_has_deadline = models.Constraint(
        "CHECK(kind != 'commitment' OR date_deadline IS NOT NULL)",
        "Say until when: a commitment has a deadline.",
    )

    @api.depends("date_deadline", "state", "dispute_id.state")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for task in self:
            task.is_late = task._is_to_do() and bool(
                task.date_deadline and task.date_deadline < today
            )

    @api.depends("state", "kind", "requested_by_id", "is_mandatory")
    @api.depends_context("uid")
    def _compute_can(self):
        is_assistant = self.env["account.dispute"]._is_assistant()
        for task in self:
            task.can_edit = is_assistant
            task.can_cancel = not task._why_not_cancel()

    @api.depends("dispute_id.line_ids.name")
    def _compute_invoice_numbers(self):
        for task in self:
            names = task.dispute_id.line_ids.mapped("name")
            task.invoice_numbers = ", ".join(dict.fromkeys(filter(None, names)))

    @api.depends("dispute_id.evidence_ids")
    def _compute_evidence(self):
        for task in self:
            task.evidence_ids = task.dispute_id.evidence_ids

    @api.depends("kind", "asked_on", "done_on")
    def _compute_answer_hours(self):
        for task in self:
            task.answer_hours = (
                task.kind == "help"
                and task.done_on
                and (task.done_on - task.asked_on).total_seconds() / 3600
            )

    def _is_to_do(self):
        """Whether somebody still has to act; of a closed dispute only commitments are left."""
        self.ensure_one()
        return self.state == "todo" and (
            self.kind == "commitment" or self.sudo().dispute_id.state != "closed"
        )

    def _is_untouched(self):
        """Whether nobody has worked on this task yet."""
        self.ensure_one()
        return (
            self.state == "todo"
            and not any(self[name] for name in SECTION_FIELDS)
            and not self.message_ids.filtered(lambda message: message.message_type == "comment")
        )

    def _is_section_empty(self):
        self.ensure_one()
        return not any((self[name] or "").strip() for name in ("facts", "cause", "proposal"))

    # === Low level ===#

    @api.model_create_multi
    def create(self, vals_list):
        self._check_create(vals_list)
        quiet = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
        tasks = super(AccountDisputeTask, quiet).create(vals_list).with_env(self.env)
        for task in tasks.filtered(lambda task: task.department_id and not task.user_id):
            task.user_id = task.department_id._get_user(task.sudo().dispute_id)
        tasks._sync_activities()
        return tasks

    @api.model
    def _check_create(self, vals_list):
        """Who asks reads the dispute; without a role in Collections one only asks for help."""
        if self.env.su:
            return
        disputes = self.env["account.dispute"]
        default = self.env.context.get("default_dispute_id")
        dispute_ids = {vals.get("dispute_id", default) for vals in vals_list}
        disputes.browse(filter(None, dispute_ids)).check_access("read")
        if any(TRANSITION_FIELDS & vals.keys() for vals in vals_list):
            raise UserError(self.env._("The state changes by its buttons only."))
        if disputes._is_assistant():
            return
        for vals in vals_list:
            vals["requested_by_id"] = self.env.uid
            if vals.get("kind", self.env.context.get("default_kind")) != "help":
                raise AccessError(self.env._("You can ask for help; the rest is for Collections."))

    def write(self, vals):
        if self.env.context.get("account_dispute_task_transition") is not TRANSITION:
            self._check_write(vals)
        result = super().write(vals)
        if vals.keys() & {"name", "user_id", "date_deadline", "state"}:
            self._sync_activities()
        return result

    def _check_write(self, vals):
        """What only the buttons change, what stays as it was answered, and who may edit what."""
        if vals.keys() & TRANSITION_FIELDS:
            raise UserError(self.env._("The state changes by its buttons only."))
        if self.env.su:
            return
        if "dispute_id" in vals and self.dispute_id.ids != [vals["dispute_id"]]:
            raise UserError(self.env._("A task stays in its dispute: cancel it, and add another."))
        if vals.keys() & SECTION_FIELDS and self.filtered(lambda task: task.state != "todo"):
            raise UserError(self.env._("Reopen the task to change what was answered."))
        others = {
            name
            for name in vals.keys() - SECTION_FIELDS - {"evidence_ids"}
            if not name.startswith(("message_", "activity_"))
        }
        if others and not self.dispute_id._is_assistant():
            raise AccessError(
                self.env._("You can write your section and answer; the rest is for Collections.")
            )

    def _transition(self, state, **values):
        self.with_context(account_dispute_task_transition=TRANSITION).write(
            {"state": state, **values}
        )

    # === Activities ===#

    def _sync_activities(self):
        """Make activities follow their tasks; the only place that plans or ends them."""
        # Those of others too: who answers for a department ends the activity of who was asked.
        for task in self.sudo():
            activities = task.activity_ids.filtered("automated")
            if not task._is_to_do() or not task.user_id:
                task._end_activities(activities)
            elif activities:
                task._move_activity(activities[0])
            else:
                task.activity_schedule(ACTIVITY_TYPE, **task._prepare_activity_values())

    def _end_activities(self, activities):
        if self.state == "done":
            activities.action_feedback()
        else:
            activities.unlink()

    def _move_activity(self, activity):
        values = self._prepare_activity_values()
        values["date_deadline"] = values["date_deadline"] or activity.date_deadline
        changes = {
            name: value
            for name, value in values.items()
            if activity._fields[name].convert_to_write(activity[name], activity) != value
        }
        if changes:
            activity.write(changes)

    def _prepare_activity_values(self):
        self.ensure_one()
        return {
            "summary": f"{self.dispute_id.name}: {self.name}",
            "user_id": self.user_id.id,
            "date_deadline": self.date_deadline,
        }

    def _message_auto_subscribe_followers(self, updated_values, default_subtype_ids):
        """The activity tells who is asked: no second e-mail."""
        followers = super()._message_auto_subscribe_followers(updated_values, default_subtype_ids)
        return [(partner, subtypes, False) for partner, subtypes, _template in followers]

    # === Actions ===#

    def action_done(self):
        """Answer: the section is written, or the question answered, or the commitment kept.

        :raise UserError: when nothing was written where something must be.
        """
        self.check_access("write")
        for task in self:
            if task.state != "todo":
                raise UserError(self.env._("“%(task)s” is not to do.", task=task.name))
            if task.kind == "procedure" and task.is_mandatory and task._is_section_empty():
                raise UserError(
                    self.env._(
                        "Write what you found first: the facts, the cause or what you propose."
                    )
                )
            if task.kind == "help" and not (task.answer or "").strip():
                raise UserError(self.env._("Write your answer first."))
            task._transition("done", done_on=fields.Datetime.now(), done_by_id=self.env.uid)
            task._log_in_dispute(self.env._("%(task)s: done", task=task._get_title()))

    def action_cancel(self):
        """Cancel what needs no answer any more.

        :raise UserError: when the user may not; the message says who may.
        """
        self.check_access("write")
        for task in self:
            if message := task._why_not_cancel():
                raise UserError(message)
            task._transition("cancelled", done_on=False, done_by_id=False)
            task._log_in_dispute(self.env._("%(task)s: cancelled", task=task._get_title()))

    def _why_not_cancel(self):
        """Why the user can't cancel this task, in words; an empty string if it can be."""
        self.ensure_one()
        disputes = self.env["account.dispute"]
        if self.state != "todo":
            return self.env._("“%(task)s” is not to do.", task=self.name)
        has_asked = self.kind == "help" and self.requested_by_id == self.env.user
        if not has_asked and not disputes._is_assistant():
            return self.env._("Only who asked, or Collections, cancels a task.")
        if self.kind == "procedure" and self.is_mandatory and not disputes._is_collector():
            return self.env._("Only a collector does without a mandatory section.")
        return ""

    def action_reopen(self):
        """Make it to do again, with what was written."""
        self.check_access("write")
        for task in self.filtered(lambda task: task.state != "todo"):
            task._transition("todo", done_on=False, done_by_id=False)
            task._log_in_dispute(self.env._("%(task)s: to do again", task=task._get_title()))

    def action_request_help(self):
        """Ask a colleague or a department in the same dispute.

        :return: the form of the question.
        """
        self.check_access("read")
        self.ensure_one()
        return self.dispute_id.action_request_help()

    def action_view_dispute(self):
        """Show the dispute of this task."""
        self.check_access("read")
        return self.dispute_id._get_records_action(context={})

    def _get_title(self):
        self.ensure_one()
        names = (self.department_id.name, self.name)
        return " · ".join(name for name in names if name)

    def _log_in_dispute(self, body):
        """Leave a trace, in the user's name, in a dispute that the user may only read (S3.18)."""
        self.sudo().dispute_id._message_log(body=body, author_id=self.env.user.partner_id.id)
