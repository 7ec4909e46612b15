from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from .account_dispute_reason import PENALTY_POLICIES, RESUME_POLICIES
from .guard import check_not_typed, recompute

# Outcomes that take something off what the customer owes; the others accept nothing by default.
CREDITING = ("credit", "partial_credit", "reinvoice", "gesture")
# What an approval, a proposal and an agreement are about: changing it begins again.
TERMS = {"outcome", "line_ids", "instalment_ids", "cost"}
# Fixed once the customer agreed, and part of the agreement.
AGREED = TERMS | {
    "agreement_attachment_ids",
    "agreement_date",
    "agreement_mode",
    "agreement_note",
    "commitment_date",
    "description",
    "grace_days",
    "new_due_date",
    "penalty_date",
    "penalty_policy",
    "resume_policy",
    "validity",
}
# Only transitions write these; the author is who wrote the terms last.
TRANSITION_FIELDS = {
    "approved_on",
    "approver_id",
    "credit_move_ids",
    "invoice_move_ids",
    "proposed_on",
    "state",
    "user_id",
}
# Only code of this addon can hold this object: a context that comes from outside can not.
TRANSITION = object()


class AccountDisputeResolution(models.Model):
    """A way to settle a dispute: first an option among others, then what was agreed and done.

    States: *option* → *to approve* → *approved* → *proposed* to the customer → *accepted* →
    *done*; or *refused*, by the approver or by the customer. What is within the user's own limit
    is approved at once (S2.35); nobody approves an own resolution beyond it (S2.2). Changing the
    terms makes it an option again.

    A collector writes options, asks, proposes and executes. A manager approves.

    This file has what a resolution is; `_deciding.py` who decides what and when, `_agreement.py`
    what proves that the customer agreed, `_planning.py` what it would book, `_books.py` books it.
    """

    _name = "account.dispute.resolution"
    _description = "Dispute Resolution"
    _inherit = ["mail.thread", "mail.activity.mixin", "analytic.mixin"]
    _order = "dispute_id, id desc"
    _check_company_auto = True

    # === Identity ===#
    dispute_id = fields.Many2one("account.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    company_currency_id = fields.Many2one(related="dispute_id.company_currency_id")
    partner_id = fields.Many2one(related="dispute_id.partner_id")
    cycle = fields.Integer(compute="_compute_cycle", store=True, precompute=True)
    user_id = fields.Many2one(
        "res.users",
        string="Author",
        readonly=True,
        copy=False,
        default=lambda self: self.env.user,
        help="Who wrote its terms last: that person does not approve it alone beyond the own "
        "limit.",
    )

    # === What ===#
    outcome = fields.Selection(
        [
            ("credit", "Credit note"),
            ("partial_credit", "Partial credit note"),
            ("reinvoice", "Credit and new invoice"),
            ("replacement", "Replacement"),
            ("gesture", "Goodwill gesture"),
            ("instalments", "Instalments"),
            ("rejection", "Reasoned rejection"),
            ("withdrawal", "Withdrawal by the customer"),
        ],
        required=True,
        default="credit",
        tracking=True,
    )
    validity = fields.Selection(
        selection=lambda self: (
            self.env["account.dispute"]._fields["validity"]._description_selection(self.env)
        ),
        compute="_compute_validity",
        store=True,
        readonly=False,
        tracking=True,
        help="Whether the customer was right. Only an unfounded dispute counts against the "
        "customer.",
    )
    line_ids = fields.One2many(
        "account.dispute.resolution.line", "resolution_id", string="Accepted Amounts"
    )
    instalment_ids = fields.One2many(
        "account.dispute.resolution.instalment",
        "resolution_id",
        string="Agreed Instalments",
        help="Dates and amounts that the customer agreed to. Until payment plans come, each of "
        "them is an activity for the dispute's owner, and reminders wait for the first.",
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        currency_field="company_currency_id",
        tracking=True,
        help="What we give up, tax included, in company currency.",
    )
    remaining = fields.Monetary(
        string="Still Owed",
        compute="_compute_amount",
        store=True,
        currency_field="company_currency_id",
        help="Of what was contested, in company currency.",
    )
    commitment_date = fields.Date(
        string="Replacement Until", help="The day by which logistics has replaced the goods."
    )
    description = fields.Html(string="Conditions", help="As the customer reads them.")
    internal_note = fields.Text()

    # === Weighing the options (S2.59, S2.75) ===#
    cost = fields.Monetary(
        string="Cost for Us",
        compute="_compute_cost",
        store=True,
        readonly=False,
        currency_field="company_currency_id",
        tracking=True,
        help="All included; proposed: what we give up. It needs approval as the amount does.",
    )
    benefit = fields.Char(string="Benefit for the Customer")
    cash_date = fields.Date(
        string="Cash Expected On",
        compute="_compute_cash_date",
        store=True,
        readonly=False,
        help="Proposed: the new deadline, or the dispute's deadline and the days of grace.",
    )
    acceptability = fields.Selection([("low", "Low"), ("medium", "Medium"), ("high", "High")])

    # === Proposal and agreement ===#
    send_letter = fields.Boolean(
        string="Write to the Customer",
        compute="_compute_send_letter",
        store=True,
        readonly=False,
        precompute=True,
        help="The proposal, and what was decided, with the reason and the amounts.",
    )
    valid_until = fields.Date(help="The customer accepts or refuses until this day.")
    proposed_on = fields.Datetime(readonly=True, copy=False)
    agreement_mode = fields.Selection(
        [
            ("portal", "On the portal"),
            ("email", "By e-mail"),
            ("letter", "By letter"),
            ("phone", "By phone, confirmed in writing"),
            ("tacit", "Tacitly: no answer in time"),
            ("granted", "All granted (small dispute)"),
            ("internal", "Internal dispute: nobody to ask"),
            ("payment", "By paying all of it"),
        ],
        string="Agreement",
        compute="_compute_agreement_mode",
        store=True,
        readonly=False,
        copy=False,
        tracking=True,
    )
    agreement_date = fields.Date(copy=False, tracking=True)
    agreement_attachment_ids = fields.Many2many(
        "ir.attachment", string="Proof of Agreement", copy=False
    )
    agreement_note = fields.Char(copy=False, help="Who agreed, in which words.")

    # === Approval ===#
    state = fields.Selection(
        [
            ("draft", "Option"),
            ("to_approve", "To approve"),
            ("approved", "Approved"),
            ("proposed", "Proposed"),
            ("accepted", "Accepted"),
            ("refused", "Refused"),
            ("done", "Done"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        tracking=True,
        index=True,
    )
    approver_id = fields.Many2one("res.users", readonly=True, copy=False, tracking=True)
    approved_on = fields.Datetime(readonly=True, copy=False)
    refusal_reason = fields.Char(
        string="Refused Because", copy=False, tracking=True, help="Said by who refuses it."
    )

    # === What was learned (S2.8) ===#
    cause_id = fields.Many2one(
        "account.dispute.cause",
        string="Root Cause",
        compute="_compute_cause",
        store=True,
        readonly=False,
    )
    department_id = fields.Many2one(
        "account.dispute.department",
        string="Responsible Department",
        compute="_compute_department",
        store=True,
        readonly=False,
    )

    # === Afterwards ===#
    resume_policy = fields.Selection(
        RESUME_POLICIES,
        string="Reminders Resume",
        compute="_compute_from_reason",
        store=True,
        readonly=False,
        precompute=True,
    )
    grace_days = fields.Integer(
        compute="_compute_from_reason",
        store=True,
        readonly=False,
        precompute=True,
        help="Days without reminder after the dispute is closed.",
    )
    new_due_date = fields.Date(
        string="New Deadline",
        compute="_compute_new_due_date",
        store=True,
        readonly=False,
        help="Given in writing to the customer: the reminders count from this day. The due date "
        "of the invoice stays as it is.",
    )
    penalty_policy = fields.Selection(
        PENALTY_POLICIES,
        string="Late-Payment Penalties",
        compute="_compute_penalty_policy",
        store=True,
        readonly=False,
    )
    penalty_date = fields.Date(string="Penalties From")

    # === Books ===#
    credit_move_ids = fields.Many2many(
        "account.move",
        "account_dispute_resolution_credit_rel",
        string="Credit Notes",
        readonly=True,
        copy=False,
    )
    invoice_move_ids = fields.Many2many(
        "account.move",
        "account_dispute_resolution_invoice_rel",
        string="New Invoices",
        readonly=True,
        copy=False,
    )

    @api.depends("dispute_id", "outcome")
    def _compute_display_name(self):
        outcomes = dict(self._fields["outcome"]._description_selection(self.env))
        for resolution in self:
            parts = (resolution.dispute_id.name, outcomes.get(resolution.outcome))
            resolution.display_name = ": ".join(part for part in parts if part)

    @api.depends("dispute_id")
    def _compute_cycle(self):
        for resolution in self:
            resolution.cycle = resolution.dispute_id.cycle

    @api.depends("outcome", "line_ids.amount")
    def _compute_validity(self):
        """Credited in full: founded; in part: partly. A gesture or more time does not say."""
        for resolution in self:
            credited = "founded" if resolution._accepts_all() else "partly"
            resolution.validity = {
                "credit": credited,
                "reinvoice": credited,
                "partial_credit": "partly",
                "replacement": "founded",
                "rejection": "unfounded",
                "withdrawal": "withdrawn",
            }.get(resolution.outcome, resolution.validity)

    @api.depends("line_ids.amount_company", "line_ids.contested_company")
    def _compute_amount(self):
        """What is done stays what it was, also when the dispute is reopened for less."""
        for resolution in self.filtered(lambda each: each.state != "done"):
            resolution.amount = sum(resolution.line_ids.mapped("amount_company"))
            contested = sum(resolution.line_ids.mapped("contested_company"))
            resolution.remaining = contested - resolution.amount

    @api.constrains("dispute_id")
    def _check_listened(self):
        self.dispute_id._check_listened()

    @api.depends("amount")
    def _compute_cost(self):
        for resolution in self:
            resolution.cost = resolution.amount

    @api.depends("new_due_date", "grace_days", "remaining", "dispute_id.date_deadline")
    def _compute_cash_date(self):
        for resolution in self:
            settled = resolution.dispute_id.date_deadline
            owed = (resolution.company_currency_id or self.env.company.currency_id).compare_amounts(
                resolution.remaining, 0
            )
            resolution.cash_date = owed > 0 and (
                resolution.new_due_date
                or (settled and fields.Date.add(settled, days=resolution.grace_days))
            )

    @api.depends("dispute_id")
    def _compute_send_letter(self):
        for resolution in self:
            resolution.send_letter = not resolution.dispute_id.is_internal

    @api.depends("dispute_id", "outcome", "line_ids.amount")
    def _compute_agreement_mode(self):
        for resolution in self:
            if resolution.dispute_id.is_internal:
                resolution.agreement_mode = "internal"
            elif resolution._is_granted():
                resolution.agreement_mode = resolution.agreement_mode or "granted"
            elif resolution.agreement_mode in ("internal", "granted"):
                resolution.agreement_mode = False
            else:
                resolution.agreement_mode = resolution.agreement_mode

    @api.depends("dispute_id")
    def _compute_cause(self):
        """The only cause of the origin; of a small dispute, the first. Else a person says it."""
        for resolution in self:
            origin = resolution.dispute_id.origin_id
            causes = origin.child_ids or origin
            if len(causes) == 1 or (resolution.dispute_id and resolution.dispute_id._is_small()):
                resolution.cause_id = causes[:1]
            else:
                resolution.cause_id = resolution.cause_id

    @api.depends("cause_id")
    def _compute_department(self):
        for resolution in self:
            resolution.department_id = (
                resolution.cause_id.department_id
                or resolution.department_id
                or resolution.dispute_id.reason_id.department_id
            )

    @api.depends("dispute_id")
    def _compute_from_reason(self):
        for resolution in self:
            reason = resolution.dispute_id.reason_id
            resolution.resume_policy = reason.resume_policy or "same"
            resolution.grace_days = reason.grace_days

    @api.depends("outcome", "instalment_ids.date", "commitment_date")
    def _compute_new_due_date(self):
        """The first instalment; or when the replacement has arrived."""
        for resolution in self:
            if resolution.outcome == "instalments":
                dates = [each.date for each in resolution.instalment_ids if each.date]
                resolution.new_due_date = min(dates, default=False)
            elif resolution.outcome == "replacement":
                resolution.new_due_date = resolution.commitment_date
            else:
                resolution.new_due_date = resolution.new_due_date

    @api.depends("validity", "dispute_id")
    def _compute_penalty_policy(self):
        """Of what was never owed there are none; else as the reason or the company says."""
        for resolution in self:
            dispute = resolution.dispute_id
            resolution.penalty_policy = (
                "none"
                if resolution.validity == "founded"
                else dispute.reason_id.penalty_policy or dispute.company_id.dispute_penalty_policy
            )

    @api.onchange("validity")
    def _onchange_validity(self):
        """Proposes the outcome that usually goes with it."""
        usual = {
            "founded": ("credit", "reinvoice", "replacement", "gesture", "instalments"),
            "partly": ("partial_credit", "credit", "reinvoice", "gesture", "instalments"),
            "unfounded": ("rejection", "gesture", "instalments"),
            "withdrawn": ("withdrawal",),
        }
        outcomes = usual.get(self.validity, ())
        if outcomes and self.outcome not in outcomes:
            self.outcome = outcomes[0]

    # === Constraints ===#

    @api.constrains("dispute_id", "outcome", "line_ids")
    def _check_lines(self):
        for resolution in self:
            if resolution.line_ids.dispute_line_id.dispute_id - resolution.dispute_id:
                raise ValidationError(
                    self.env._("The accepted amounts are those of another dispute.")
                )

    # === Low level ===#

    @api.model
    def default_get(self, fields):
        """What is contested, line by line, when the dispute is known."""
        defaults = super().default_get(fields)
        if "line_ids" in fields and defaults.get("dispute_id"):
            dispute = self.env["account.dispute"].browse(defaults["dispute_id"])
            defaults.setdefault("line_ids", self._prepare_lines(dispute))
        return defaults

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            if vals.keys() & TRANSITION_FIELDS:
                raise UserError(self.env._("The state changes by its buttons only."))
            if "line_ids" not in vals and vals.get("dispute_id"):
                dispute = self.env["account.dispute"].browse(vals["dispute_id"])
                vals["line_ids"] = self._prepare_lines(dispute)
            # Said here, so that no default value says otherwise.
            vals |= dict.fromkeys(TRANSITION_FIELDS, False)
            vals |= {"state": "draft", "user_id": self.env.uid}
        resolutions = super().create(vals_list)
        recompute(resolutions)
        return resolutions

    def write(self, vals):
        if self.env.context.get("account_dispute_resolution_transition") is TRANSITION:
            return super().write(vals)
        if vals.keys() & (TRANSITION_FIELDS | {"dispute_id"}):
            raise UserError(self.env._("The state changes by its buttons only."))
        check_not_typed(self, vals)
        if vals.keys() & AGREED:
            self._check_not_agreed()
        if vals.keys() & TERMS:
            self._begin_again()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        if self.filtered(lambda resolution: resolution.state not in ("draft", "refused")):
            raise UserError(
                self.env._("A resolution that was decided is kept: refuse it, or change it.")
            )

    def _write_guarded(self, **values):
        """Write what only transitions may: see `TRANSITION_FIELDS`."""
        self.with_context(account_dispute_resolution_transition=TRANSITION).write(values)

    def _check_not_agreed(self):
        """:raise UserError: when the customer agreed: what was agreed is not edited."""
        agreed = self.filtered(lambda resolution: resolution.state in ("accepted", "done"))
        if agreed:
            raise UserError(
                self.env._(
                    "%(resolution)s was agreed with the customer. Press “Change” first, while it "
                    "is not done; afterwards, reopen the dispute.",
                    resolution=agreed[0].display_name,
                )
            )

    def _begin_again(self):
        """Other terms: their author is who writes them, and an approval is to be asked again."""
        self.filtered(lambda each: each.state in ("to_approve", "approved", "proposed"))._reset()
        if not self.env.su:
            others = self.filtered(lambda resolution: resolution.user_id != self.env.user)
            others._write_guarded(user_id=self.env.uid)

    # === Business ===#

    @api.model
    def _prepare_lines(self, dispute):
        """Commands for `line_ids`: one for each amount that the dispute contests."""
        return [Command.create({"dispute_line_id": line.id}) for line in dispute.line_ids]
