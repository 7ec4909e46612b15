from odoo import api, fields, models
from odoo.exceptions import ValidationError

HOLD_POLICIES = [
    ("amount", "The contested amount"),
    ("invoice", "The whole invoice"),
    ("customer", "All that the customer owes"),
    ("none", "Nothing"),
]
PENALTY_POLICIES = [
    ("from_resolution", "From the resolution"),
    ("from_original_due_date", "From the original due date"),
    ("exclude_dispute_days", "From the original due date, without the days of the dispute"),
    ("none", "None on the contested part"),
    ("manual", "From a date"),
]
RESUME_POLICIES = [
    ("same", "At the step where they were"),
    ("step_down", "One step lower"),
    ("restart", "From the first step"),
]


class AccountDisputeReason(models.Model):
    """Why customers contest: a tree of families and reasons, each with its procedure.

    A reason brings what is to be done: tasks by department, evidence, delays, what is held, and
    how reminders go on afterwards. The code is stable, for reports and for other software.
    """

    _name = "account.dispute.reason"
    _description = "Dispute Reason"
    _order = "sequence, id"
    _parent_store = True

    # === Identity ===#
    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    parent_id = fields.Many2one(
        "account.dispute.reason",
        string="Belongs to",
        index="btree_not_null",
        ondelete="restrict",
        domain=[("parent_id", "=", False)],
        help="Empty: a family of reasons.",
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("account.dispute.reason", "parent_id", string="Reasons")
    origin_id = fields.Many2one("account.dispute.cause", domain=[("parent_id", "=", False)])
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    # === Procedure ===#
    department_id = fields.Many2one(
        "account.dispute.department",
        string="Owner's Department",
        help="Who settles such a dispute when nobody was chosen.",
    )
    task_ids = fields.One2many("account.dispute.reason.task", "reason_id", string="Procedure")
    required_evidence_ids = fields.Many2many(
        "account.dispute.evidence.type",
        "account_dispute_reason_required_evidence",
        help="Present, or said not to apply, before the dispute is investigated.",
    )
    useful_evidence_ids = fields.Many2many(
        "account.dispute.evidence.type",
        "account_dispute_reason_useful_evidence",
    )
    question_definition = fields.PropertiesDefinition(string="Questions")
    question_summary = fields.Text(string="Questions to Ask", compute="_compute_question_summary")
    playbook = fields.Html(
        translate=True, help="Advice for whoever works on such a dispute; shown on its form."
    )
    first_answer_hours = fields.Integer(default=24, help="0: the company's own.")
    qualification_days = fields.Integer(default=1, help="In working days.")
    resolution_days = fields.Integer(default=10, help="In working days, without waiting times.")
    is_fast_lane = fields.Boolean(
        string="Small Disputes in One Click",
        default=True,
        help="A small amount is settled at once, within the limit of the user.",
    )

    # === Effect on reminders and penalties ===#
    hold_policy = fields.Selection(
        HOLD_POLICIES,
        string="Not Claimed Meanwhile",
        required=True,
        default="amount",
    )
    resume_policy = fields.Selection(
        RESUME_POLICIES, string="Reminders Resume", required=True, default="same"
    )
    grace_days = fields.Integer(
        default=8, help="Days without reminder after a dispute was closed (new deadline)."
    )
    penalty_policy = fields.Selection(
        PENALTY_POLICIES, help="Empty: the company's own. The law does not say it for you."
    )

    # === Electronic invoicing ===#
    einvoice_code_ids = fields.Many2many(
        "account.dispute.einvoice.code",
        string="E-Invoicing Codes",
        help="Codes of XP Z12-012 by which a platform may report this dispute, the best first.",
    )

    _code_uniq = models.UniqueIndex(
        "(code, (parent_id IS NULL))",
        "Two dispute reasons, or two families, can't have the same code.",
    )

    @api.depends("question_definition")
    def _compute_question_summary(self):
        for reason in self:
            labels = [part.get("string", "") for part in reason.question_definition or []]
            reason.question_summary = "\n".join(filter(None, labels))

    @api.constrains("parent_id")
    def _check_parent(self):
        for reason in self:
            if reason.parent_id.parent_id or (reason.parent_id and reason.child_ids):
                raise ValidationError(
                    self.env._(
                        "%(reason)s: reasons have one level of families above them, no more.",
                        reason=reason.name,
                    )
                )
