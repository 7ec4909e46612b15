from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine.dunning_facts import Step
from .account_dunning_rule import read_customer_domain

# From the softest to the firmest: a limit is compared by its place here.
TONES = [
    ("courteous", "Courteous"),
    ("neutral", "Neutral"),
    ("firm", "Firm"),
    ("formal", "Formal notice"),
]
TONE_RANK = {tone: rank for rank, (tone, _label) in enumerate(TONES)}
# Of these a letter is made, and frozen as proof.
WRITTEN_CHANNELS = ("email", "letter", "registered")


class AccountDunningScenarioStep(models.Model):
    """One step of a scenario: when, by which channel, in which tone, with which words."""

    _name = "account.dunning.scenario.step"
    _description = "Dunning Step"
    _order = "scenario_id, offset_days, id"

    scenario_id = fields.Many2one(
        "account.dunning.scenario", required=True, ondelete="cascade", index=True
    )
    name = fields.Char(required=True, translate=True)
    offset_days = fields.Integer(
        string="Days from Due Date",
        help="-15: fifteen days before the due date. 21: from the twenty-first day late.",
    )
    origin_id = fields.Many2one(
        "account.dunning.scenario.step",
        string="First Version",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="The same step in the first version that has it: it is done once, whatever the "
        "version.",
    )
    trigger = fields.Selection(
        [
            ("due", "Days from the due date"),
            ("previous", "Days after the previous step"),
            ("event", "On an event"),
        ],
        required=True,
        default="due",
    )
    delay_days = fields.Integer(
        string="Days after Previous Step",
        default=1,
        help="Counted from the day on which the previous step was done; for a registered letter, "
        "from its receipt.",
    )
    event = fields.Selection(
        [
            ("settled", "Settled after a reminder"),
            ("reply", "The customer replied"),
            ("bounce", "An e-mail bounced"),
            ("promise_broken", "A promise was broken"),
        ]
    )
    level = fields.Integer(
        help="How far collection has gone: 0 before the due date, 1 first reminder, 2 firm, 3 "
        "formal notice. From level 2 on, a person reviews what a strategic customer receives."
    )

    # === Conditions: a step whose conditions are not met is left out ===#
    minimum_amount = fields.Float(
        digits=(16, 2), help="In company currency: overdue and to claim, of the customer."
    )
    minimum_share = fields.Float(
        string="Overdue Share", help="Percentage of what the customer owes that is overdue."
    )
    customer_domain = fields.Char(string="Customers", help="Empty: all customers.")

    # === Who ===#
    signatory = fields.Selection(
        [("collector", "Collector"), ("salesperson", "Salesperson"), ("user", "A given person")],
        required=True,
        default="collector",
    )
    signatory_id = fields.Many2one("res.users", string="Signed by")
    copy_salesperson = fields.Boolean(string="Copy to the Salesperson")
    copy_partner_ids = fields.Many2many("res.partner", string="Copies to")

    # === What goes with it ===#
    attach_invoices = fields.Boolean(help="The PDFs as they were issued.")
    attach_statement = fields.Boolean(help="The statement of account, as a workbook.")
    script = fields.Html(translate=True, help="Of a call: what to ask, and in which words.")

    min_gap_days = fields.Integer(
        string="Minimum Days after Previous Step",
        help="For the same invoice, whatever its age. Leaves the customer time to answer.",
    )
    channel = fields.Selection(
        [
            ("call", "Call"),
            ("email", "E-mail"),
            ("letter", "Letter"),
            ("registered", "Registered letter"),
            ("task", "Internal task"),
        ],
        required=True,
        default="email",
    )
    tone = fields.Selection(
        TONES,
        required=True,
        default="courteous",
    )
    is_automatic = fields.Boolean(
        string="Send without review",
        help="Only e-mails leave by themselves, and never a formal notice.",
    )
    deadline_days = fields.Integer(
        string="Days to Pay",
        help="The letter asks for payment within this many days. 0: at once.",
    )
    subject = fields.Char(translate=True, help="Of the letter and of the e-mail.")
    body = fields.Html(string="Text", translate=True, help="Before the table of the amounts due.")

    _offset_once = models.UniqueIndex(
        "(scenario_id, offset_days) WHERE trigger != 'event'",
        "Two steps of a scenario can't fall on the same day.",
    )
    _share_is_percentage = models.Constraint(
        "CHECK(minimum_share BETWEEN 0 AND 100 AND minimum_amount >= 0)",
        "The overdue share is a percentage, and the minimum amount is not negative.",
    )
    _days_not_negative = models.Constraint(
        "CHECK(min_gap_days >= 0 AND deadline_days >= 0)", "Days can't be negative."
    )

    @api.depends("name", "offset_days", "trigger")
    def _compute_display_name(self):
        for step in self:
            if step.trigger == "event":
                step.display_name = step.name
                continue
            day = self.env._("D%(days)+d", days=step.offset_days)
            step.display_name = f"{day} {step.name}" if step.name else day

    @api.constrains("customer_domain")
    def _check_customer_domain(self):
        for step in self:
            if read_customer_domain(self.env, step.customer_domain) is None:
                raise ValidationError(
                    self.env._(
                        "The customers of “%(step)s” are not a valid filter: choose fields and "
                        "fixed values.",
                        step=step.display_name,
                    )
                )

    # === A version that has decided stays as it was ===#

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        steps.scenario_id._check_editable()
        return steps

    def write(self, vals):
        self.scenario_id._check_editable()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.scenario_id._check_editable()
        copies = self.env["account.dunning.scenario.step"].search(
            [("origin_id", "in", self.ids), ("id", "not in", self.ids)], limit=1
        )
        if copies:
            raise UserError(
                self.env._(
                    "“%(step)s” is in later versions of its scenario too: delete those drafts "
                    "first, or delete the step in them.",
                    step=copies.display_name,
                )
            )

    def _is_sent_without_review(self):
        self.ensure_one()
        return self.is_automatic and self.channel == "email" and self.tone != "formal"

    def _get_softer(self, firmest):
        """The step whose words this one takes where its own are too firm; empty if none fits.

        The nearest earlier one of its version that is written, comes on the same side of the due
        date, and is no firmer than `firmest` (S0.3, S2.76).
        """
        self.ensure_one()
        softer = self.scenario_id.step_ids.filtered(
            lambda step: (
                step.trigger != "event"
                and step.channel in WRITTEN_CHANNELS
                and step.offset_days < self.offset_days
                and (step.offset_days > 0) == (self.offset_days > 0)
                and TONE_RANK[step.tone] <= TONE_RANK[firmest]
            )
        )
        return softer.sorted("offset_days")[-1:]

    def _is_letter_after_call(self):
        """Whether it completes the call before it: for the customer, one contact (S2.69)."""
        self.ensure_one()
        if self.trigger != "previous" or self.channel in ("call", "task"):
            return False
        before = self.scenario_id.step_ids.filtered(
            lambda step: step.trigger != "event" and step.offset_days < self.offset_days
        )
        return before.sorted("offset_days")[-1:].channel == "call"

    @api.model
    def _get_letters_after_calls(self):
        """Those of all scenarios and versions, whatever the user may read."""
        following = self.sudo().search([("trigger", "=", "previous")])
        return following.filtered(lambda step: step._is_letter_after_call())

    def _to_engine(self):
        """This step as the engine reads it."""
        self.ensure_one()
        return Step(
            id=self.id,
            offset=self.offset_days,
            min_gap=self.min_gap_days,
            is_formal=self.tone == "formal",
            root=(self.origin_id or self).id,
            delay=self.delay_days if self.trigger == "previous" else None,
            level=self.level,
            minimum=Decimal(str(self.minimum_amount)),
            minimum_share=Decimal(str(self.minimum_share)),
            has_segment=(self.customer_domain or "[]") != "[]",
            is_contact=self.channel != "task" and not self._is_letter_after_call(),
        )
