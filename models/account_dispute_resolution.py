from odoo import api, fields, models

from .account_dispute_reason import PENALTY_POLICIES, RESUME_POLICIES


class AccountDisputeResolution(models.Model):
    """A way to settle a dispute: first an option among others, then what was agreed and done.

    States: *option* → *to approve* → *approved* → *proposed* to the customer → *accepted* →
    *done*; or *refused*, by the approver or by the customer. What is within the user's own limit
    is approved at once (S2.35); nobody approves an own resolution beyond it (S2.2).

    A collector writes options, asks, proposes and executes. A manager approves.
    """

    _name = "account.dispute.resolution"
    _description = "Dispute Resolution"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "dispute_id, id desc"
    _check_company_auto = True

    # === Identity ===#
    dispute_id = fields.Many2one("account.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    company_currency_id = fields.Many2one(related="dispute_id.company_currency_id")
    cycle = fields.Integer(readonly=True, copy=False)
    user_id = fields.Many2one(
        "res.users", string="Author", readonly=True, default=lambda self: self.env.user
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
        tracking=True,
    )
    line_ids = fields.One2many(
        "account.dispute.resolution.line", "resolution_id", string="Accepted Amounts"
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        currency_field="company_currency_id",
        tracking=True,
        help="What we give up, tax included, in company currency.",
    )
    description = fields.Html(string="Conditions", help="As the customer reads them.")
    internal_note = fields.Text()

    # === Weighing the options (S2.59, S2.75) ===#
    cost = fields.Monetary(
        string="Cost for Us", currency_field="company_currency_id", help="All included."
    )
    benefit = fields.Char(string="Benefit for the Customer")
    cash_date = fields.Date(string="Cash Expected On")
    acceptability = fields.Selection([("low", "Low"), ("medium", "Medium"), ("high", "High")])

    # === Proposal and agreement ===#
    valid_until = fields.Date(help="The customer accepts or refuses until this day.")
    proposed_on = fields.Datetime(readonly=True, copy=False)
    agreement_mode = fields.Selection(
        [
            ("portal", "On the portal"),
            ("email", "By e-mail"),
            ("letter", "By letter"),
            ("phone", "By phone, confirmed in writing"),
            ("tacit", "Tacitly: no answer in time"),
            ("internal", "Internal dispute: nobody to ask"),
        ],
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
    approver_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_on = fields.Datetime(readonly=True, copy=False)
    refusal_reason = fields.Char(readonly=True, copy=False)

    # === What was learned (S2.8) ===#
    cause_id = fields.Many2one("account.dispute.cause", string="Root Cause")
    department_id = fields.Many2one("account.dispute.department", string="Responsible Department")

    # === Afterwards ===#
    resume_policy = fields.Selection(RESUME_POLICIES, string="Reminders Resume")
    grace_days = fields.Integer()
    new_due_date = fields.Date(
        string="New Deadline",
        help="Given in writing to the customer: the reminders count from this day. The due date "
        "of the invoice stays as it is.",
    )
    penalty_policy = fields.Selection(PENALTY_POLICIES)
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

    @api.depends("line_ids.amount_company")
    def _compute_amount(self):
        for resolution in self:
            resolution.amount = sum(resolution.line_ids.mapped("amount_company"))

    @api.constrains("dispute_id")
    def _check_listened(self):
        self.dispute_id._check_listened()


class AccountDisputeResolutionLine(models.Model):
    """What is accepted of one contested amount, in the currency of its invoice."""

    _name = "account.dispute.resolution.line"
    _description = "Accepted Amount"
    _order = "resolution_id, id"

    resolution_id = fields.Many2one(
        "account.dispute.resolution", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="resolution_id.company_id", store=True, index=True)
    dispute_line_id = fields.Many2one(
        "account.dispute.line", required=True, ondelete="cascade", index=True
    )
    move_id = fields.Many2one(related="dispute_line_id.move_id", string="Invoice")
    currency_id = fields.Many2one(related="dispute_line_id.currency_id")
    company_currency_id = fields.Many2one(related="resolution_id.company_currency_id")
    contested = fields.Monetary(related="dispute_line_id.amount", string="Contested")
    amount = fields.Monetary(string="Accepted")
    amount_company = fields.Monetary(
        string="Accepted in Company Currency",
        compute="_compute_amount_company",
        store=True,
        currency_field="company_currency_id",
    )

    @api.depends("amount", "dispute_line_id.amount", "dispute_line_id.amount_company")
    def _compute_amount_company(self):
        for line in self:
            source = line.dispute_line_id
            ratio = source.amount_company / source.amount if source.amount else 1
            line.amount_company = line.company_currency_id.round(line.amount * ratio)
