from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from .account_dispute_reason import HOLD_POLICIES
from .guard import check_not_typed, recompute

CLOSED_FIELDS = {"partner_id", "company_id", "reason_id", "line_ids", "validity", "hold_policy"}
# Only transitions (account_dispute_transitions.py) write these.
TRANSITION_FIELDS = {"state", "date_opened", "date_closed", "cycle", "resolution_id", "validity"}
# What is claimed meanwhile follows from these: of an open dispute a collector changes them.
HOLDING_FIELDS = {"company_id", "hold_policy", "partner_id", "reason_id"}

# Only our code can hold this object: a context that comes from outside can not.
TRANSITION = object()


class AccountDispute(models.Model):
    """What a customer contests of one or several receivables: a case, from suspicion to proof.

    States: *suspicion* (holds nothing yet) → *open* (its amounts are not claimed) →
    *investigating* → *proposal* → *agreed*, *rejected* or *withdrawn* → *closed*. Waiting for the
    customer is a pause of the clocks in any of them, not a state. A closed dispute can be
    reopened: it keeps its number and begins another cycle.

    The stage is the column of the board where it stands; each stage belongs to a state.

    An auditor reads. An assistant writes notes and prepares suspicions. A collector opens, settles,
    closes and reopens. A manager also deletes, as long as it was never opened. A colleague who has
    a task in it reads it.

    This file has its identity and its amounts, `account_dispute_transitions.py` its states;
    `account_dispute_procedure.py` what its reason calls for, `_deadlines.py` its clocks,
    `_holding.py` its effect on reminders, `_settling.py` its resolution, `_exchanges.py` what is
    said to the customer.
    """

    _name = "account.dispute"
    _description = "Dispute"
    _inherit = ["portal.mixin", "mail.tracking.duration.mixin", "mail.activity.mixin"]
    _order = "priority desc, date_opened desc, id desc"
    _check_company_auto = True
    _track_duration_field = "stage_id"

    # === Identity ===#
    name = fields.Char(
        string="Number",
        readonly=True,
        copy=False,
        default=lambda self: self.env._("New"),
    )
    side = fields.Selection(
        [("customer", "Customer"), ("vendor", "Vendor")],
        required=True,
        readonly=True,
        default="customer",
        help="Who contests: a customer our invoice. Disputes of vendor bills may follow.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        tracking=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Commercial Entity",
        store=True,
        index=True,
    )
    contact_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        help="Who contests, and whom we answer. Empty: the customer's invoice contact.",
    )
    reason_id = fields.Many2one(
        "account.dispute.reason",
        index="btree_not_null",
        tracking=True,
        domain=[("parent_id", "!=", False)],
    )
    family_id = fields.Many2one(
        related="reason_id.parent_id", string="Family", store=True, index="btree_not_null"
    )
    origin_id = fields.Many2one(
        "account.dispute.cause",
        domain=[("parent_id", "=", False)],
        compute="_compute_from_reason",
        store=True,
        readonly=False,
        index="btree_not_null",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        domain=[("share", "=", False)],
        index="btree_not_null",
        tracking=True,
        help="Who settles it. Empty: whom the reason's department designates.",
    )
    is_internal = fields.Boolean(
        string="Internal",
        tracking=True,
        help="We found it ourselves: the customer is told nothing, and need not agree.",
    )
    tell_customer = fields.Boolean(
        string="Acknowledge to the Customer",
        default=lambda self: self.env.company.dispute_acknowledge,
        help="When it is opened, the customer is told its number, its owner and its deadline.",
    )
    has_reputation_risk = fields.Boolean(
        string="Reputation at Risk",
        tracking=True,
        help="Raises the priority; management is told at once.",
    )

    # === What the customer says ===#
    description = fields.Text(
        string="What the Customer Says",
        help="Word for word; internal notes go below.",
    )
    expectation = fields.Selection(
        [
            ("credit", "A credit note"),
            ("replacement", "A replacement"),
            ("time", "More time"),
            ("apology", "An apology"),
            ("document", "A document"),
            ("other", "Something else"),
        ],
        string="What the Customer Expects",
    )
    problem = fields.Text(
        string="The Problem, Restated", help="In our words; sent to the customer to be confirmed."
    )
    question_properties = fields.Properties(
        "Questions", definition="reason_id.question_definition", copy=True
    )

    # === State ===#
    state = fields.Selection(
        [
            ("suspicion", "Suspicion"),
            ("open", "Open"),
            ("investigating", "Investigating"),
            ("proposal", "Proposal"),
            ("agreed", "Agreed"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
            ("closed", "Closed"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="suspicion",
        tracking=True,
        index=True,
    )
    stage_id = fields.Many2one(
        "account.dispute.stage",
        tracking=True,
        index="btree_not_null",
        copy=False,
        group_expand="_read_group_expand_full",
        default=lambda self: self._get_stage("suspicion"),
    )
    date_last_stage_update = fields.Datetime(
        compute="_compute_date_last_stage_update", store=True, readonly=True
    )
    date_opened = fields.Date(readonly=True, copy=False)
    date_closed = fields.Date(readonly=True, copy=False)
    cycle = fields.Integer(readonly=True, copy=False, help="1 at first; one more each reopening.")
    cycle_ids = fields.One2many("account.dispute.cycle", "dispute_id", string="Cycles")
    age_days = fields.Integer(
        string="Age (days)",
        compute="_compute_age_days",
        help="Days since it was opened; until it was closed.",
    )
    can_open = fields.Boolean(compute="_compute_can")
    can_investigate = fields.Boolean(compute="_compute_can")
    can_close = fields.Boolean(compute="_compute_can")

    # === Amounts ===#
    line_ids = fields.One2many("account.dispute.line", "dispute_id", string="Contested Amounts")
    item_ids = fields.One2many("account.dispute.item", "dispute_id", string="Contested Items")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    contested_amount = fields.Monetary(
        compute="_compute_contested_amount",
        store=True,
        currency_field="company_currency_id",
        help="What was contested when the dispute was opened, in company currency.",
    )
    hold_policy = fields.Selection(
        HOLD_POLICIES,
        string="Not Claimed Meanwhile",
        compute="_compute_from_reason",
        store=True,
        readonly=False,
        tracking=True,
        help="What is kept out of the reminders as long as the dispute is open.",
    )
    move_ids = fields.Many2many("account.move", compute="_compute_moves", string="Invoices")
    move_count = fields.Integer(string="Number of Invoices", compute="_compute_moves")

    # === Procedure (account_dispute_procedure.py) ===#
    task_ids = fields.One2many("account.dispute.task", "dispute_id", string="Tasks")
    evidence_ids = fields.One2many("account.dispute.evidence", "dispute_id")
    guide_step_ids = fields.One2many(
        "account.dispute.guide.step", "dispute_id", string="Guided Conversation"
    )
    third_party_ids = fields.One2many(
        "account.dispute.third.party", "dispute_id", string="Third Parties"
    )

    # === Resolution (account_dispute_settling.py) ===#
    resolution_ids = fields.One2many("account.dispute.resolution", "dispute_id", string="Solutions")
    resolution_id = fields.Many2one(
        "account.dispute.resolution",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The one that is proposed, agreed or done in this cycle.",
    )
    outcome = fields.Selection(related="resolution_id.outcome", store=True)
    validity = fields.Selection(
        [
            ("founded", "Founded"),
            ("partly", "Partly founded"),
            ("unfounded", "Unfounded"),
            ("withdrawn", "Withdrawn"),
        ],
        readonly=True,
        copy=False,
        tracking=True,
    )
    cause_id = fields.Many2one(related="resolution_id.cause_id", store=True, index="btree_not_null")
    responsible_department_id = fields.Many2one(
        related="resolution_id.department_id",
        string="Responsible Department",
        store=True,
        index="btree_not_null",
    )
    resolution = fields.Text(
        string="How It Was Settled", copy=False, help="For who looks at it later."
    )

    # === Exchanges (account_dispute_exchanges.py) ===#
    exchange_ids = fields.One2many("account.dispute.exchange", "dispute_id", string="Exchanges")
    escalation_ids = fields.One2many(
        "account.dispute.escalation", "dispute_id", string="Escalations"
    )

    # === Clocks (account_dispute_deadlines.py) ===#
    first_answer_deadline = fields.Datetime(readonly=True, copy=False)
    first_answered_on = fields.Datetime(readonly=True, copy=False)
    qualification_deadline = fields.Date(readonly=True, copy=False)
    qualified_on = fields.Date(readonly=True, copy=False)
    date_deadline = fields.Date(
        string="Deadline",
        copy=False,
        tracking=True,
        index="btree_not_null",
        help="When it is to be settled: the working days of its reason, without waiting times.",
    )
    is_waiting = fields.Boolean(
        string="Waiting for the Customer", readonly=True, copy=False, tracking=True
    )
    waiting_since = fields.Datetime(readonly=True, copy=False)
    waiting_days = fields.Integer(
        readonly=True, copy=False, help="Working days during which the clocks stood still."
    )
    review_date = fields.Date(
        string="Suspension to Review",
        copy=False,
        help="No invoice is held for ever: on this day somebody looks whether it still should be.",
    )
    next_action = fields.Char(
        tracking=True,
        copy=False,
        help="What is done next, and below when. An open dispute always has one.",
    )
    next_action_date = fields.Date(tracking=True, copy=False, index="btree_not_null")
    priority = fields.Selection(
        [("0", "Low"), ("1", "Normal"), ("2", "High"), ("3", "Urgent")],
        default="0",
        required=True,
        copy=False,
        help="As of the last computation; its working is beside it.",
    )
    priority_parts = fields.Json(readonly=True, copy=False)
    priority_working = fields.Text(compute="_compute_priority_working")
    has_own_priority = fields.Boolean(string="Priority Set by Hand", copy=False, tracking=True)

    @api.model
    def _get_stage(self, state):
        """The first stage of a state; a decided dispute without a stage of its own is *agreed*."""
        stages = self.env["account.dispute.stage"]
        fallback = "agreed" if state in ("rejected", "withdrawn") else state
        return stages.search([("state", "=", state)], limit=1) or stages.search(
            [("state", "=", fallback)], limit=1
        )

    @api.depends("reason_id")
    def _compute_from_reason(self):
        for dispute in self:
            dispute.origin_id = dispute.reason_id.origin_id or dispute.origin_id
            dispute.hold_policy = dispute.reason_id.hold_policy or "amount"

    @api.depends("stage_id")
    def _compute_date_last_stage_update(self):
        self.date_last_stage_update = fields.Datetime.now()

    @api.depends("line_ids.amount_company")
    def _compute_contested_amount(self):
        for dispute in self:
            dispute.contested_amount = sum(dispute.line_ids.mapped("amount_company"))

    @api.depends("line_ids.move_id")
    def _compute_moves(self):
        for dispute in self:
            dispute.move_ids = dispute.line_ids.move_id
            dispute.move_count = len(dispute.move_ids)

    @api.depends("date_opened", "date_closed", "state")
    def _compute_age_days(self):
        today = fields.Date.context_today(self)
        for dispute in self:
            start = dispute.date_opened or fields.Date.to_date(dispute.create_date) or today
            dispute.age_days = max(0, ((dispute.date_closed or today) - start).days)

    @api.depends("state", "line_ids.amount", "resolution_id.state")
    @api.depends_context("uid")
    def _compute_can(self):
        for dispute in self:
            dispute.can_open = not dispute._why_not("open")
            dispute.can_investigate = not dispute._why_not("investigating")
            dispute.can_close = not dispute._why_not("closed")

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for dispute in self:
            dispute.access_url = f"/my/disputes/{dispute.id}"
        return result

    def _get_rotting_depends_fields(self):
        return [*super()._get_rotting_depends_fields(), "state"]

    def _get_rotting_domain(self):
        return super()._get_rotting_domain() & Domain("state", "!=", "closed")

    @api.constrains("partner_id", "company_id")
    def _check_lines(self):
        self.line_ids._check_receivable()
        self.line_ids._check_company()

    # === Low level ===#

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            if vals.get("state", "suspicion") != "suspicion" or vals.keys() & {
                "date_opened",
                "date_closed",
                "cycle",
            }:
                raise UserError(self.env._("The state changes by its buttons only."))
            # Said here, so that no default value says otherwise.
            vals |= dict.fromkeys(TRANSITION_FIELDS, False) | {"state": "suspicion", "cycle": 0}
            if not vals.get("name"):
                vals["name"] = self.env["ir.sequence"].next_by_code("account.dispute")
            if vals.get("company_id") and "tell_customer" not in vals:
                company = self.env["res.company"].sudo().browse(vals["company_id"])
                vals["tell_customer"] = company.dispute_acknowledge
        disputes = super().create(vals_list)
        recompute(disputes)
        return disputes

    def write(self, vals):
        if self.env.context.get("account_dispute_transition") is not TRANSITION:
            self._check_write(vals)
            if "stage_id" in vals:
                self._move_to_stage(self.env["account.dispute.stage"].browse(vals["stage_id"]))
        return super().write(vals)

    def _check_write(self, vals):
        """What only a transition may change, and what a closed dispute keeps as it is."""
        if vals.keys() & TRANSITION_FIELDS:
            raise UserError(self.env._("The state changes by its buttons only."))
        check_not_typed(self, vals)
        holding = self.filtered(lambda dispute: dispute.state in dispute._get_holding_states())
        if holding and vals.keys() & HOLDING_FIELDS and not self._is_collector():
            raise UserError(
                self.env._("Only a collector changes what an open dispute holds, and why.")
            )
        closed = self.filtered(lambda dispute: dispute.state == "closed")
        if closed and vals.keys() & CLOSED_FIELDS:
            raise UserError(
                self.env._(
                    "%(dispute)s is closed: reopen it to change what was contested or decided.",
                    dispute=closed[0].name,
                )
            )

    def _move_to_stage(self, stage):
        """A card was dropped in a column: make the transition to the column's state.

        :raise UserError: when it is not possible, or takes more than a drop.
        """
        for dispute in self.filtered(lambda dispute: dispute.state != stage.state):
            if stage.state == "open":
                dispute.action_open()
            elif stage.state == "investigating":
                dispute.action_investigate()
            else:
                raise UserError(
                    self.env._(
                        "“%(stage)s” comes from a decision: use “Resolve…” on %(dispute)s, and "
                        "its stage follows.",
                        stage=stage.name,
                        dispute=dispute.name,
                    )
                )

    def _check_lines_editable(self):
        """Raise unless the user may change what these disputes contest, in their state."""
        for dispute in self:
            if dispute.state == "closed":
                raise UserError(
                    self.env._(
                        "%(dispute)s is closed: reopen it to change its amounts.",
                        dispute=dispute.name,
                    )
                )
            if dispute.state in self._get_holding_states() and not self._is_collector():
                raise UserError(
                    self.env._("Only a collector changes the amounts of an open dispute.")
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_opened(self):
        if self.filtered("date_opened"):
            raise UserError(
                self.env._("A dispute that was opened is kept: close it as withdrawn instead.")
            )

    # === Actions ===#

    def action_view_invoices(self):
        """Show the invoices about which these disputes are."""
        self.check_access("read")
        return self.move_ids._get_records_action(name=self.env._("Contested Invoices"), context={})

    # === Business ===#

    def _schedule_suspicion_call(self):
        """Call before the customer makes it official (S0.19)."""
        for dispute in self:
            dispute.activity_schedule(
                "mail.mail_activity_data_call",
                summary=self.env._("Call the customer before this becomes a dispute"),
                user_id=dispute.user_id.id or self.env.uid,
            )

    @api.model
    def _prepare_from_amounts(self, move_lines, amount):
        """Spread `amount` over receivable lines, the oldest due date first.

        :param move_lines: open receivable lines of one customer, in one currency.
        :param amount: in the currency of the lines, positive.
        :return: commands for `line_ids`; a line takes at most what no other open dispute holds.
        """
        commands = []
        uncontested = move_lines._get_uncontested()
        for line in move_lines.sorted(lambda line: (line.date_maturity or line.date, line.id)):
            part = min(amount, uncontested[line.id])
            if line.currency_id.compare_amounts(part, 0) > 0:
                commands.append(Command.create({"move_line_id": line.id, "amount": part}))
                amount -= part
        return commands
