from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

# Who sees more of a dispute than its colleagues who are asked: see the last fields below.
READERS = "account.group_account_invoice,account_dispute_dunning.group_auditor"

# The states to which a dispute goes only when its file is complete (S0.11).
COMPLETE_STATES = ("investigating", "proposal", "agreed", "rejected")


class AccountDispute(models.Model):
    """What a reason calls for: owner, tasks, evidence, the guided conversation, who is asked.

    The reason's procedure comes when the dispute is opened. Another reason replaces what nobody
    has touched yet, and keeps what was worked on; reopening adds nothing twice.
    """

    _inherit = "account.dispute"

    playbook = fields.Html(related="reason_id.playbook", string="Advice")
    missing_words = fields.Char(
        string="Still Missing",
        compute="_compute_missing_words",
        help="Needed before the dispute is investigated or decided.",
    )
    task_count = fields.Integer(string="Open Tasks", compute="_compute_task_counts")
    late_task_count = fields.Integer(string="Late Tasks", compute="_compute_task_counts")
    guide_progress = fields.Integer(
        string="Conversation", compute="_compute_guide_progress", help="Steps done, in percent."
    )
    claim_back_amount = fields.Monetary(
        string="Claimed from Third Parties",
        compute="_compute_claim_back",
        store=True,
        groups=READERS,
        currency_field="company_currency_id",
    )
    recovered_amount = fields.Monetary(
        string="Recovered from Third Parties",
        compute="_compute_claim_back",
        store=True,
        groups=READERS,
        currency_field="company_currency_id",
    )
    recurrence_count = fields.Integer(
        readonly=True,
        copy=False,
        help="When it was opened: disputes of this customer for this reason in twelve months.",
    )
    is_recurring = fields.Boolean(compute="_compute_is_recurring")
    channel_id = fields.Many2one(
        "discuss.channel",
        string="Discussion",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    # === What a colleague who is asked does not see (S1.23, S3.16) ===#
    line_ids = fields.One2many(groups=READERS)
    item_ids = fields.One2many(groups=READERS)
    move_ids = fields.Many2many(groups=READERS, compute_sudo=True)
    move_count = fields.Integer(compute_sudo=True)
    cycle_ids = fields.One2many(groups=READERS)
    guide_step_ids = fields.One2many(groups=READERS)
    third_party_ids = fields.One2many(groups=READERS)
    resolution_ids = fields.One2many(groups=READERS)
    exchange_ids = fields.One2many(groups=READERS)
    escalation_ids = fields.One2many(groups=READERS)

    @api.depends("state", "reason_id", "contested_amount", "description", "evidence_ids.state")
    def _compute_missing_words(self):
        for dispute in self:
            is_asked = dispute.state in ("suspicion", "open")
            dispute.missing_words = is_asked and ", ".join(dispute._get_missing())

    @api.depends("task_ids.state", "task_ids.date_deadline", "state")
    def _compute_task_counts(self):
        for dispute in self:
            tasks = dispute.sudo().task_ids.filtered(lambda task: task._is_to_do())
            dispute.task_count = len(tasks)
            dispute.late_task_count = len(tasks.filtered("is_late"))

    @api.depends("guide_step_ids.done_on")
    def _compute_guide_progress(self):
        for dispute in self:
            steps = dispute.sudo().guide_step_ids
            done = len(steps.filtered("done_on"))
            dispute.guide_progress = steps and round(100 * done / len(steps))

    @api.depends("third_party_ids.claimed_amount", "third_party_ids.recovered_amount")
    def _compute_claim_back(self):
        for dispute in self:
            dispute.claim_back_amount = sum(dispute.third_party_ids.mapped("claimed_amount"))
            dispute.recovered_amount = sum(dispute.third_party_ids.mapped("recovered_amount"))

    @api.depends("recurrence_count", "company_id.dispute_recurrence_count")
    def _compute_is_recurring(self):
        for dispute in self:
            threshold = dispute.company_id.dispute_recurrence_count
            dispute.is_recurring = 0 < threshold <= dispute.recurrence_count

    # === Low level ===#

    @api.model_create_multi
    def create(self, vals_list):
        disputes = super().create(vals_list)
        disputes._assign_owner()
        return disputes

    def write(self, vals):
        if "reason_id" not in vals:
            return super().write(vals)
        reasons = {dispute: dispute.reason_id for dispute in self}
        result = super().write(vals)
        holding = self._get_holding_states()
        self.filtered(
            lambda dispute: dispute.state in holding and dispute.reason_id != reasons[dispute]
        )._replace_procedure()
        return result

    def _is_assistant(self):
        return self.env.su or self.env.user.has_group("account_dispute_dunning.group_assistant")

    # === Transitions ===#

    def _why_not(self, state):
        """A dispute leaves *open* when its file is complete (S0.11)."""
        message = super()._why_not(state)
        if message or self.state != "open" or state not in COMPLETE_STATES:
            return message
        if missing := self._get_missing():
            return self.env._(
                "%(dispute)s is not complete yet. Still missing: %(missing)s.",
                dispute=self.name,
                missing=", ".join(missing),
            )
        return ""

    def _get_missing(self):
        """What a complete file lacks, in words; an empty list when it is complete (S0.11).

        A small dispute needs no evidence.
        """
        self.ensure_one()
        dispute = self.sudo()
        missing = []
        if not dispute.reason_id:
            missing.append(self.env._("the reason"))
        if dispute.company_currency_id.compare_amounts(dispute.contested_amount, 0) <= 0:
            missing.append(self.env._("the contested amount"))
        if not (dispute.description or "").strip():
            missing.append(self.env._("what the customer says"))
        if not self._is_small():
            rows = dispute.evidence_ids.filtered("is_required")
            missing += rows.filtered(lambda row: row.state == "missing").mapped("type_id.name")
        return missing

    def _get_missing_sections(self):
        """The departments' sections that closing waits for, in words (S2.29).

        :return: a list of “Department · Task”, empty for a small dispute.
        """
        self.ensure_one()
        if self._is_small():
            return []
        tasks = self.task_ids.filtered(
            lambda task: (
                task.kind == "procedure"
                and task.is_mandatory
                and task.state != "cancelled"
                and task._is_section_empty()
            )
        )
        return [task._get_title() for task in tasks]

    def _check_listened(self):
        """Where the company listens first: no solution before the customer's words (S2.54).

        :raise UserError: when nothing was written yet.
        """
        for dispute in self.filtered("company_id.dispute_listen_first"):
            if not (dispute.description or "").strip():
                raise UserError(
                    self.env._(
                        "Listen first: write under “What the Customer Says” on %(dispute)s what "
                        "the customer told you. Then the solutions.",
                        dispute=dispute.name,
                    )
                )

    def _action_open(self, on_date):
        result = super()._action_open(on_date)
        self._assign_owner()
        self._apply_procedure()
        # Activities of what was left to do when it was closed.
        self.task_ids._sync_activities()
        steps = self.env["account.dispute.guide.step"]
        new = self.filtered(lambda dispute: not dispute.guide_step_ids)
        steps.create([values for dispute in new for values in steps._prepare_steps_values(dispute)])
        self.filtered(lambda dispute: dispute.cycle == 1)._detect_recurrence()
        return result

    def _action_close(self, on_date):
        result = super()._action_close(on_date)
        self.task_ids._sync_activities()
        return result

    # === Procedure ===#

    def _assign_owner(self):
        """Who settles a dispute when nobody was chosen: as its reason says (S2.11, S2.14)."""
        for dispute in self.filtered(lambda dispute: not dispute.user_id):
            department = dispute.reason_id.department_id
            dispute.user_id = (
                department._get_user(dispute)
                or dispute.commercial_partner_id.collector_id
                or self.env.user.filtered(lambda user: not user.share)
            )

    def _get_cycle_start(self):
        """The day when the current cycle began: the tasks count from it."""
        self.ensure_one()
        return self.sudo().cycle_ids.sorted("number")[-1:].date_opened or self.date_opened

    def _apply_procedure(self):
        """Bring what the reasons of these open disputes call for, unless it is there."""
        tasks, evidence = [], []
        for dispute in self:
            dispute._renew_deadlines()
            new = dispute.reason_id.task_ids - dispute.task_ids.template_id
            tasks += dispute._prepare_tasks_values(new)
            evidence += dispute._prepare_evidence_values()
            informed = new.informed_department_ids.with_company(dispute.company_id)
            # Leaders are looked up for users who may not read them.
            dispute.message_subscribe(partner_ids=informed.sudo().user_id.partner_id.ids)
        self.env["account.dispute.task"].create(tasks)
        self.env["account.dispute.evidence"].create(evidence)

    def _prepare_tasks_values(self, templates):
        """Values of the tasks of a procedure; a department is asked through one person."""
        self.ensure_one()
        start = self._get_cycle_start()
        departments = templates.department_id
        users = {department: department._get_user(self) for department in departments}
        return [
            {
                "dispute_id": self.id,
                "template_id": template.id,
                "sequence": template.sequence,
                "name": template.name,
                "instructions": template.instructions,
                "department_id": template.department_id.id,
                "user_id": users[template.department_id].id,
                "date_deadline": self.company_id._add_working_days(start, template.days),
                "is_mandatory": template.is_mandatory,
            }
            for template in templates
        ]

    def _renew_deadlines(self):
        """What is still to do counts from the opening of the current cycle."""
        self.ensure_one()
        start = self._get_cycle_start()
        for task in self.task_ids.filtered(lambda task: task.template_id and task.state == "todo"):
            task.date_deadline = self.company_id._add_working_days(start, task.template_id.days)

    def _prepare_evidence_values(self):
        """Values of the rows that the evidence matrix lacks; the others are marked anew."""
        self.ensure_one()
        required = self.reason_id.required_evidence_ids
        for row in self.evidence_ids:
            row.is_required = row.type_id in required
        wanted = required | self.reason_id.useful_evidence_ids
        return [
            {"dispute_id": self.id, "type_id": kind.id, "is_required": kind in required}
            for kind in wanted - self.evidence_ids.type_id
        ]

    def _replace_procedure(self):
        """Another reason was chosen: replace what nobody has touched, keep the rest."""
        for dispute in self:
            reason = dispute.reason_id
            dispute.task_ids.filtered(
                lambda task, reason=reason: (
                    task.template_id
                    and task.template_id.reason_id != reason
                    and task._is_untouched()
                )
            ).unlink()
            wanted = reason.required_evidence_ids | reason.useful_evidence_ids
            dispute.evidence_ids.filtered(
                lambda row, wanted=wanted: row.type_id not in wanted and row._is_untouched()
            ).unlink()
        self._apply_procedure()
        self._detect_recurrence()

    def _detect_recurrence(self):
        """Count the customer's disputes for the same reason in twelve months (S0.12).

        The one that makes the company's number is brought to the quality department, once.
        """
        quality = self.env["account.dispute.department"]._get_by_code("quality")
        for dispute in self.filtered("reason_id"):
            dispute.recurrence_count = self.search_count(
                [
                    ("company_id", "=", dispute.company_id.id),
                    ("commercial_partner_id", "=", dispute.commercial_partner_id.id),
                    ("reason_id", "=", dispute.reason_id.id),
                    ("date_opened", ">", dispute.date_opened - relativedelta(months=12)),
                    ("date_opened", "<=", dispute.date_opened),
                ]
            )
            if dispute.recurrence_count == dispute.company_id.dispute_recurrence_count:
                dispute._tell_recurrence(quality._get_user(dispute) if quality else dispute.user_id)

    def _tell_recurrence(self, user):
        """Ask a user to look for what is behind the disputes of this customer."""
        self.ensure_one()
        # A follower reads the dispute, whatever the user's other rights.
        self.message_subscribe(partner_ids=user.partner_id.ids)
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._(
                "%(customer)s: %(count)s disputes for “%(reason)s” in twelve months",
                customer=self.commercial_partner_id.display_name,
                count=self.recurrence_count,
                reason=self.reason_id.name,
            ),
            note=self.env._("Look for the cause, and write down an improvement."),
            user_id=user.id,
        )

    def _has_overdue_commitment(self, on_date):
        """Whether we have not kept on a day what we promised in this dispute (S2.61)."""
        self.ensure_one()
        return any(
            task.kind == "commitment" and task.state == "todo" and task.date_deadline < on_date
            for task in self.sudo().task_ids
        )

    # === Actions ===#

    def action_request_help(self):
        """Ask a colleague or a department (S2.25).

        :return: the form of the question; saving it asks.
        """
        self.check_access("read")
        self.ensure_one()
        return self._get_new_task_action(
            self.env._("Ask for help"),
            "account_dispute_dunning.account_dispute_task_view_form_help",
            default_kind="help",
        )

    def action_add_commitment(self):
        """Note what we promised to the customer, and until when (S2.61).

        :return: the form of the commitment.
        """
        self.check_access("write")
        self.ensure_one()
        return self._get_new_task_action(
            self.env._("What we promise"),
            "account_dispute_dunning.account_dispute_task_view_form_commitment",
            default_kind="commitment",
            default_user_id=self.user_id.id or self.env.uid,
        )

    def _get_new_task_action(self, name, view, **context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "account.dispute.task",
            "views": [(self.env.ref(view).id, "form")],
            "target": "new",
            "context": {"default_dispute_id": self.id, **context},
        }

    def action_view_tasks(self):
        """The tasks of these disputes."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tasks"),
            "res_model": "account.dispute.task",
            "view_mode": "list,form,kanban,calendar,activity",
            "domain": [("dispute_id", "in", self.ids)],
            "context": {"default_dispute_id": self.id if len(self) == 1 else False},
        }

    def action_discuss(self):
        """Open the discussion of a dispute, for who takes part in it (S3.27)."""
        self.check_access("read")
        self.ensure_one()
        # Participants enter, whoever began the discussion and whatever their rights on it.
        dispute = self.sudo()
        participants = dispute._get_participants() | self.env.user
        if dispute.channel_id:
            dispute.channel_id._add_members(users=participants)
        else:
            channels = self.env["discuss.channel"]
            dispute.channel_id = channels.sudo()._create_group(
                participants.partner_id.ids,
                name=f"{self.name} · {self.partner_id.display_name}",
            )
        return {
            "type": "ir.actions.client",
            "tag": "mail.action_discuss",
            "name": self.env._("Discuss"),
            "params": {"active_id": f"discuss.channel_{dispute.channel_id.id}"},
        }

    def _get_participants(self):
        """The owner and who is asked: internal users who take part in the dispute."""
        self.ensure_one()
        tasks = self.task_ids.filtered(lambda task: task.state != "cancelled")
        return (self.user_id | tasks.user_id).filtered(lambda user: user.active and not user.share)
