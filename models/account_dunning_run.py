from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..engine import dunning
from ..engine.dunning_facts import Limits, Reason


class AccountDunningRun(models.Model):
    """One execution of the dunning of one company on one date: facts → decisions → notices.

    A dry run decides with the same code, keeps its decisions for a week to be looked at, and
    prepares nothing.

    Everybody in Collections reads; a collector runs.
    """

    _name = "account.dunning.run"
    _description = "Dunning Run"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", readonly=True, default=lambda self: self.env._("New"))
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    date = fields.Date(required=True, readonly=True, index=True)
    is_dry = fields.Boolean(string="Dry Run", readonly=True)
    receivable_count = fields.Integer(string="Receivables", readonly=True)
    step_count = fields.Integer(string="Steps Reached", readonly=True)
    held_count = fields.Integer(string="Held", readonly=True)
    failed_count = fields.Integer(
        string="Customers Failed", readonly=True, help="Nothing was prepared for them: see the log."
    )
    is_limited = fields.Boolean(
        readonly=True, help="The limit of notices per run was reached: the next run goes on."
    )
    log = fields.Text(readonly=True)
    simulated_scenario_id = fields.Many2one(
        "account.dunning.scenario",
        string="Simulates",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="The version that this dry run takes as if it were active.",
    )
    notice_ids = fields.One2many("account.dunning.notice", "run_id")
    notice_count = fields.Integer(string="Notices", compute="_compute_notice_count")
    summary_html = fields.Html(compute="_compute_summary_html", string="Summary")

    @api.depends("notice_ids")
    def _compute_notice_count(self):
        counts = dict(
            self.env["account.dunning.notice"]._read_group(
                [("run_id", "in", self.ids)], ["run_id"], ["__count"]
            )
        )
        for run in self:
            run.notice_count = counts.get(run, 0)

    def _compute_summary_html(self):
        """How many receivables, for how much, by reason; the reasons that matter most first."""
        reasons = dict(
            self.env["account.dunning.decision"]._fields["reason"]._description_selection(self.env)
        )
        table = Markup(
            '<table class="table table-sm"><thead><tr><th>%s</th><th class="text-end">%s</th>'
            '<th class="text-end">%s</th></tr></thead><tbody>%s</tbody></table>'
        )
        row = Markup('<tr><td>%s</td><td class="text-end">%s</td><td class="text-end">%s</td></tr>')
        for run in self:
            summary = sorted(run._get_summary().items(), key=lambda item: -item[1][1])
            currency = run.company_id.currency_id
            rows = [
                row % (reasons[reason], count, currency.format(amount))
                for reason, (count, amount) in summary
            ]
            run.summary_html = table % (
                self.env._("Decision"),
                self.env._("Receivables"),
                self.env._("To Claim"),
                Markup().join(rows),
            )

    def _decision_domain(self):
        """The decisions that stood after this run: exactly one per open receivable.

        A decision that a later run confirms is not written again, so it spans several runs.
        """
        self.ensure_one()
        if self.is_dry:
            return [("run_id", "=", self.id)]
        return [
            ("company_id", "=", self.company_id.id),
            ("is_dry", "=", False),
            ("run_number", "<=", self.id),
            "|",
            ("superseded_number", "=", 0),
            ("superseded_number", ">", self.id),
        ]

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not vals.get("name"):
                vals["name"] = self.env["ir.sequence"].next_by_code("account.dunning.run")
        return super().create(vals_list)

    # === Actions ===#

    def action_run(self):
        """Run the dunning of the current company today: decide, and prepare the notices.

        :return: an action that shows the run.
        :raise AccessError: for a user who may not run.
        :raise UserError: when no scenario is set.
        """
        return self._action_run(dry=False)

    def action_dry_run(self):
        """Decide only, with the same code; nothing is prepared or sent. See :meth:`action_run`."""
        return self._action_run(dry=True)

    @api.model
    def _action_run(self, dry):
        if not self.env.user.has_group("account_dispute_dunning.group_collector"):
            raise AccessError(self.env._("Your role in Collections does not allow this."))
        company = self.env.company
        if not self._has_scenario(company):
            raise UserError(
                self.env._(
                    "No scenario is set for %(company)s. Choose a default scenario in the "
                    "Invoicing settings, or a scenario on a customer.",
                    company=company.name,
                )
            )
        run = self._run(company, fields.Date.context_today(self), dry=dry)
        if not dry:
            self.env.ref("account_dispute_dunning.cron_dunning_notices").sudo()._trigger()
        return run._get_records_action(name=run.name)

    @api.model
    def _has_scenario(self, company):
        """Whether anything says how somebody is reminded; rules do only beside a default."""
        if company._get_dunning_scenario():
            return True
        self.env["res.partner"].flush_model(["dunning_scenario_id"])
        self.env["account.move"].flush_model(["company_id", "dunning_scenario_id"])
        self.env["account.dunning.treatment"].flush_model(["company_id", "scenario_id"])
        [(followed,)] = self.env.execute_query(
            SQL(
                """
                SELECT EXISTS (SELECT FROM res_partner WHERE dunning_scenario_id ? %(key)s)
                    OR EXISTS (SELECT FROM account_move
                                WHERE dunning_scenario_id IS NOT NULL
                                  AND company_id = %(company)s)
                    OR EXISTS (SELECT FROM account_dunning_treatment
                                WHERE scenario_id IS NOT NULL AND company_id = %(company)s)
                """,
                key=str(company.id),
                company=company.id,
            )
        )
        return followed

    def action_view_decisions(self):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_dispute_dunning.account_dunning_decision_action"
        )
        return action | {"domain": self._decision_domain(), "context": {}}

    def action_view_notices(self):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_dispute_dunning.account_dunning_notice_action"
        )
        return action | {"domain": [("run_id", "=", self.id)], "context": {}}

    # === Decide ===#

    @api.model
    def _decide(self, company, on_date, move_line_ids=None, simulated=None):
        """Facts → decisions, for a company on a date. Writes nothing.

        :param move_line_ids: only these receivables.
        :param simulated: a version of a scenario, taken as if it held instead of the one that does.
        :return: a list of `engine.dunning_facts.Decision`, one per open receivable.
        """
        decisions = dunning.decide_all(
            self._dunning_facts(company, on_date, move_line_ids),
            self._get_scenarios(company, on_date, simulated),
            on_date,
            self._get_limits(company, on_date),
            self._held_by_others(company, on_date),
        )
        if move_line_ids is None:
            return decisions
        asked = set(move_line_ids)
        return [decision for decision in decisions if decision.receivable in asked]

    @api.model
    def _get_scenarios(self, company, on_date, simulated=None):
        """``{first version's id: the version that holds, as the engine reads it}``.

        An archived scenario reminds nobody, nor does one without an active version.
        """
        origins = (
            self.env["account.dunning.scenario"]
            .sudo()
            .search(
                [
                    ("origin_id", "=", False),
                    ("company_id", "in", [False, *company.sudo().parent_ids.ids]),
                ]
            )
        )
        versions = origins._get_versions_on(on_date)
        if simulated:
            versions[simulated.origin_id or simulated] = simulated
        return {origin.id: version._to_engine() for origin, version in versions.items() if version}

    @api.model
    def _get_limits(self, company, on_date):
        """What holds for all customers of the company on that day."""
        return Limits(
            working_day=company._get_next_working_day(on_date),
            cap_count=company.dunning_cap_count,
            cap_days=company.dunning_cap_days,
            reply_days=company.dunning_reply_days,
            is_bank_up_to_date=company._is_bank_up_to_date(on_date),
        )

    @api.model
    def _held_by_others(self, company, on_date):
        """The receivables that another addon holds: ``{move line id: reason's code}``.

        An addon that extends this adds its code to the selection of a decision's `reason`, and
        its sentence to :meth:`account.dunning.decision._get_explanations`.
        """
        return {}

    # === Act ===#

    def _plan(self):
        """Decide and store: the part of the run that a dry run shares."""
        self.ensure_one()
        simulated = self.simulated_scenario_id
        decisions = self._decide(self.company_id, self.date, simulated=simulated)
        reached = sum(decision.reason == Reason.STEP for decision in decisions)
        self.env["account.dunning.decision"].sudo()._store(self, decisions)
        self.write(
            {
                "receivable_count": len(decisions),
                "step_count": reached,
                "held_count": len(decisions) - reached,
            }
        )

    def _get_summary(self):
        """The decisions that stand after this run: ``{reason code: (count, amount to claim)}``."""
        self.ensure_one()
        rows = self.env["account.dunning.decision"]._read_group(
            self._decision_domain(), ["reason"], ["__count", "dunnable:sum"]
        )
        return {reason: (count, amount) for reason, count, amount in rows}

    @api.autovacuum
    def _gc_dry_runs(self):
        """Dry runs are looked at for a week."""
        limit = fields.Date.subtract(fields.Date.context_today(self), days=7)
        runs = self.search([("is_dry", "=", True), ("create_date", "<", limit)])
        self.env["account.dunning.decision"].search([("run_id", "in", runs.ids)]).unlink()
        runs.unlink()
