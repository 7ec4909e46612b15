from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.dunning_facts import Scenario


class AccountDunningScenario(models.Model):
    """What is done to be paid, step by step, before and after the due date.

    Everybody in Collections reads; a manager writes.
    """

    _name = "account.dunning.scenario"
    _description = "Dunning Scenario"
    _order = "sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index="btree_not_null")
    description = fields.Text(translate=True)

    # === Versions: see `account_dunning_scenario_version.py` ===#
    origin_id = fields.Many2one(
        "account.dunning.scenario",
        string="Scenario",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="The first version. Customers, invoices and companies refer to that one.",
    )
    version_ids = fields.One2many("account.dunning.scenario", "origin_id", string="Later Versions")
    version = fields.Integer(default=1, readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        help="A draft reminds nobody. What was activated is not edited any more: make another "
        "version.",
    )
    date_start = fields.Date(string="Active from", readonly=True, copy=False)
    date_end = fields.Date(
        string="Replaced on",
        readonly=True,
        copy=False,
        help="The first day of the version that replaces it.",
    )
    step_ids = fields.One2many("account.dunning.scenario.step", "scenario_id", copy=True)

    minimum_amount = fields.Float(
        digits=(16, 2),
        help="In company currency. A customer who owes less than this is not reminded after the "
        "due date. Contested amounts do not count.",
    )
    quiet_days = fields.Integer(
        default=7, help="At least this many days between two notices to the same customer."
    )
    minimum_percent = fields.Float(
        default=1.0,
        help="Of the invoice. Less than this left of it, such as a few cents, is not claimed.",
    )
    mode = fields.Selection(
        [("receivable", "Each invoice by itself"), ("account", "The customer's account")],
        string="Reminds of",
        required=True,
        default="receivable",
        help="By account, the furthest step that an invoice reaches holds for all that is overdue, "
        "in one message. A formal notice always concerns only the invoices that reach it.",
    )
    working_days_only = fields.Boolean(
        default=True, help="A step that falls on a day off is done on the next working day."
    )
    send_from = fields.Float(
        string="E-mails from",
        default=8.0,
        help="E-mails that nobody reviews leave between these hours, in the company's time zone.",
    )
    send_until = fields.Float(string="E-mails until", default=18.0)
    entry = fields.Selection(
        [("first", "At the first step after the due date"), ("age", "At the step of its age")],
        string="An invoice met late enters",
        required=True,
        default="first",
        help="For invoices that were already overdue when the scenario started: by default "
        "nobody's first letter is a formal notice.",
    )

    is_default = fields.Boolean(
        compute="_compute_is_default", help="The default of the current company."
    )

    _minimum_not_negative = models.Constraint(
        "CHECK(minimum_amount >= 0 AND quiet_days >= 0)",
        "The minimum amount and the quiet days can't be negative.",
    )

    @api.depends_context("company")
    def _compute_is_default(self):
        default = self.env.company._get_dunning_scenario()
        for scenario in self:
            scenario.is_default = bool(default) and (scenario.origin_id or scenario) == default

    def action_set_default(self):
        """Make this the scenario of the customers of the current company that have none.

        Companies refer to the first version: the one that holds on the day decides.

        :raise UserError: when no version of it is active.
        """
        self.ensure_one()
        self.check_access("write")
        origin = self.origin_id or self
        if not self._get_versions().filtered(lambda version: version.state == "active"):
            raise UserError(
                self.env._(
                    "“%(scenario)s” is a draft: activate it first, or nobody would be reminded.",
                    scenario=origin.name,
                )
            )
        # Collections managers need not be allowed to write on companies.
        self.env.company.sudo().dunning_scenario_id = origin

    def _to_engine(self):
        """This version as the engine reads it; event steps are no part of the path."""
        self.ensure_one()
        path = self.step_ids.filtered(lambda step: step.trigger != "event")
        return Scenario(
            id=self.id,
            steps=tuple(step._to_engine() for step in path.sorted("offset_days")),
            minimum=Decimal(str(self.minimum_amount)),
            quiet_days=self.quiet_days,
            enter_by_age=self.entry == "age",
            by_account=self.mode == "account",
            minimum_percent=Decimal(str(self.minimum_percent)),
            working_days_only=self.working_days_only,
        )
