from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

CLOSED_FIELDS = {"partner_id", "company_id", "reason_id", "line_ids", "outcome"}

# Only code of this file can hold this object: a context that comes from outside can not.
TRANSITION = object()


class AccountDispute(models.Model):
    """What a customer contests of one or several receivables.

    Only the contested amount leaves the claim; the rest of the invoice is dunned as usual.

    States: *suspicion* (holds nothing yet) → *open* (its amounts are not claimed) → *closed*,
    with an outcome. A closed dispute can be reopened; it keeps its number.

    The stage is the column of the board where people put it; only closing brings it to a settled
    stage.

    An auditor reads. An assistant writes notes and prepares suspicions. A collector opens, closes
    and reopens. A manager also deletes, as long as it was never opened.
    """

    _name = "account.dispute"
    _description = "Dispute"
    _inherit = ["mail.tracking.duration.mixin", "mail.activity.mixin"]
    _order = "date_opened desc, id desc"
    _check_company_auto = True
    _track_duration_field = "stage_id"

    # === Identity ===#
    name = fields.Char(
        string="Number",
        readonly=True,
        copy=False,
        default=lambda self: self.env._("New"),
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
    reason_id = fields.Many2one(
        "account.dispute.reason", required=True, index="btree_not_null", tracking=True
    )
    family = fields.Selection(related="reason_id.family", string="Reason Family", store=True)
    description = fields.Text(
        string="What the Customer Says", help="In the customer's words; internal notes go below."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        domain=[("share", "=", False)],
        index="btree_not_null",
        tracking=True,
        default=lambda self: self.env.user,
    )

    # === State ===#
    state = fields.Selection(
        [("suspicion", "Suspicion"), ("open", "Open"), ("closed", "Closed")],
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
        default=lambda self: self._default_stage_id(),
    )
    date_last_stage_update = fields.Datetime(
        compute="_compute_date_last_stage_update", store=True, readonly=True
    )
    date_opened = fields.Date(readonly=True, copy=False)
    date_closed = fields.Date(readonly=True, copy=False)
    outcome = fields.Selection(
        [
            ("founded", "Founded"),
            ("partly", "Partly founded"),
            ("unfounded", "Unfounded"),
            ("withdrawn", "Withdrawn"),
        ],
        copy=False,
        tracking=True,
    )
    resolution = fields.Text(copy=False, help="How it was settled, for who looks at it later.")
    age_days = fields.Integer(
        string="Age (days)",
        compute="_compute_age_days",
        help="Days since it was opened; until it was closed.",
    )
    can_open = fields.Boolean(compute="_compute_can")
    can_close = fields.Boolean(compute="_compute_can")

    # === Amounts ===#
    line_ids = fields.One2many("account.dispute.line", "dispute_id", string="Contested Amounts")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    contested_amount = fields.Monetary(
        compute="_compute_contested_amount",
        store=True,
        currency_field="company_currency_id",
        help="What was contested when the dispute was opened, in company currency.",
    )
    move_ids = fields.Many2many("account.move", compute="_compute_moves", string="Invoices")
    move_count = fields.Integer(string="Number of Invoices", compute="_compute_moves")

    @api.model
    def _default_stage_id(self):
        return self.env["account.dispute.stage"].search([("is_settled", "=", False)], limit=1)

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

    @api.depends("state", "line_ids.amount", "outcome")
    @api.depends_context("uid")
    def _compute_can(self):
        for dispute in self:
            dispute.can_open = not dispute._why_not("open")
            dispute.can_close = not dispute._why_not("closed")

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
        for vals in vals_list:
            if vals.get("state", "suspicion") != "suspicion":
                raise UserError(self.env._("The state changes by its buttons only."))
            if not vals.get("name"):
                vals["name"] = self.env["ir.sequence"].next_by_code("account.dispute")
        return super().create(vals_list)

    def write(self, vals):
        if self.env.context.get("account_dispute_transition") is not TRANSITION:
            self._check_write(vals)
        return super().write(vals)

    def _check_write(self, vals):
        """What only a transition may change, and what a closed dispute keeps as it is."""
        if vals.keys() & {"state", "date_opened", "date_closed"}:
            raise UserError(self.env._("The state changes by its buttons only."))
        closed = self.filtered(lambda dispute: dispute.state == "closed")
        if closed and vals.keys() & CLOSED_FIELDS:
            raise UserError(
                self.env._(
                    "%(dispute)s is closed: reopen it to change what was contested or decided.",
                    dispute=closed[0].name,
                )
            )
        if "stage_id" in vals:
            settled = self.env["account.dispute.stage"].browse(vals["stage_id"]).is_settled
            for dispute in self:
                if settled != (dispute.state == "closed"):
                    raise UserError(
                        self.env._(
                            "%(dispute)s is %(state)s. Close a dispute with its outcome, or "
                            "reopen it: its stage follows.",
                            dispute=dispute.name,
                            state=dispute._state_label(),
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

    # === Transitions ===#

    @api.model
    def _get_holding_states(self):
        """The states in which the contested amounts are kept out of the claim."""
        return ("open",)

    @api.model
    def _get_transitions(self):
        """``{state: states that may follow}``, for everybody; :meth:`_why_not` says who."""
        return {"suspicion": {"open", "closed"}, "open": {"closed"}, "closed": {"open"}}

    def _why_not(self, state):
        """Why this dispute can't go to `state` now, in words; an empty string if it can."""
        self.ensure_one()
        if state not in self._get_transitions()[self.state]:
            return self.env._(
                "%(dispute)s is %(state)s: this is not possible from there.",
                dispute=self.name,
                state=self._state_label(),
            )
        if not self._is_collector():
            return self.env._("Only a collector opens, closes or reopens a dispute.")
        if state == "open" and not self.line_ids.move_line_id:
            return self.env._(
                "Say what is contested first: add an invoice and an amount to %(dispute)s.",
                dispute=self.name,
            )
        return ""

    def _is_collector(self):
        return self.env.su or self.env.user.has_group("account_dispute_dunning.group_collector")

    def _check_transition(self, state):
        for dispute in self:
            if message := dispute._why_not(state):
                raise UserError(message)

    def _state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _transition(self, values):
        self.with_context(account_dispute_transition=TRANSITION).write(values)

    def action_open(self):
        """Open, or reopen: from now on the contested amounts are not claimed.

        :raise UserError: when the dispute can't be opened; the message says why.
        """
        self.check_access("write")
        self._check_transition("open")
        self._action_open(fields.Date.context_today(self))

    def _action_open(self, on_date):
        """Open on a day; a dispute that is reopened keeps the day on which it was first opened."""
        values = {"state": "open", "date_closed": False, "outcome": False}
        reopened = self.filtered(lambda dispute: dispute.state == "closed")
        reopened._transition({**values, "stage_id": self._default_stage_id().id})
        (self - reopened)._transition({**values, "date_opened": on_date})
        self.line_ids._check_amount()
        self.line_ids._log_amounts(dict.fromkeys(self.line_ids, 0.0))

    def action_view_close(self):
        """Ask for the outcome, then close.

        :raise UserError: when the dispute can't be closed; the message says why.
        """
        self.ensure_one()
        self.check_access("write")
        self._check_transition("closed")
        view = self.env.ref("account_dispute_dunning.account_dispute_view_form_close")
        return self._get_records_action(
            name=self.env._("Close %(dispute)s", dispute=self.name),
            views=[(view.id, "form")],
            target="new",
            context={},
        )

    def action_close(self):
        """Close with the outcome chosen on the form: the amounts can be claimed again.

        :raise UserError: when the dispute can't be closed, or no outcome was chosen.
        """
        self.check_access("write")
        self._check_transition("closed")
        if self.filtered(lambda dispute: not dispute.outcome):
            raise UserError(self.env._("Choose an outcome before closing the dispute."))
        self._action_close(fields.Date.context_today(self))

    def _action_close(self, on_date):
        values = {"state": "closed", "date_closed": on_date}
        settled = self.env["account.dispute.stage"].search([("is_settled", "=", True)], limit=1)
        if settled:
            values["stage_id"] = settled.id
        self._transition(values)

    # === Actions ===#

    def action_view_invoices(self):
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
