from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class AccountDunningScenarioSimulate(models.TransientModel):
    """What a version of a scenario would do on a day, beside what is done now (S1.16).

    Two dry runs of the same code on the facts as they are now: one as things are, one that takes
    the version as if it were active. Nothing is prepared or sent.
    """

    _name = "account.dunning.scenario.simulate"
    _description = "Simulate a Scenario"
    _rec_name = "scenario_id"

    scenario_id = fields.Many2one("account.dunning.scenario", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    now_run_id = fields.Many2one("account.dunning.run", string="As Things Are", readonly=True)
    simulated_run_id = fields.Many2one("account.dunning.run", readonly=True)
    row_ids = fields.One2many(
        "account.dunning.scenario.simulate.row", "simulation_id", string="Comparison"
    )
    difference_count = fields.Integer(
        string="Receivables Decided Otherwise", compute="_compute_difference_count"
    )

    @api.depends("row_ids")
    def _compute_difference_count(self):
        for simulation in self:
            simulation.difference_count = simulation.env[
                "account.dunning.scenario.simulate.line"
            ].search_count([("simulation_id", "=", simulation._origin.id)])

    def action_simulate(self):
        """Decide twice, and show what would change.

        :raise UserError: when the day is over: a simulation takes the facts as they are now.
        """
        self.ensure_one()
        if self.date < fields.Date.context_today(self):
            raise UserError(self.env._("This day is over: choose today or a later day."))
        runs = self.env["account.dunning.run"].with_company(self.company_id)
        runs.check_access("read")
        self.now_run_id = runs._start(self.company_id, self.date, dry=True)
        self.simulated_run_id = runs._start(
            self.company_id, self.date, dry=True, simulated=self.scenario_id
        )
        self._compare()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Simulation of %(scenario)s", scenario=self.scenario_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [
                [
                    self.env.ref(
                        "account_dispute_dunning.account_dunning_scenario_simulate_view_result"
                    ).id,
                    "form",
                ]
            ],
        }

    def action_view_differences(self):
        """The receivables whose decision differs."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_dispute_dunning.account_dunning_scenario_simulate_line_action"
        )
        return action | {"domain": [("simulation_id", "=", self.id)]}

    def _compare(self):
        """Write the rows and the lines of the comparison: two statements, whatever the number."""
        self.env.flush_all()
        runs = {"now": self.now_run_id.id, "simulated": self.simulated_run_id.id}
        user = {"simulation": self.id, "uid": self.env.uid}
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO account_dunning_scenario_simulate_row
                       (simulation_id, create_uid, write_uid, create_date, write_date, reason,
                        root_step_id, now_count, now_amount, simulated_count, simulated_amount)
                SELECT %(simulation)s, %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC',
                       now() AT TIME ZONE 'UTC', decision.reason, root.id,
                       COUNT(*) FILTER (WHERE decision.run_id = %(now)s),
                       COALESCE(SUM(dunnable) FILTER (WHERE decision.run_id = %(now)s), 0),
                       COUNT(*) FILTER (WHERE decision.run_id = %(simulated)s),
                       COALESCE(SUM(dunnable) FILTER (WHERE decision.run_id = %(simulated)s), 0)
                  FROM account_dunning_decision decision
             LEFT JOIN account_dunning_scenario_step step
                    ON step.id = decision.step_id AND decision.reason = 'step'
             LEFT JOIN account_dunning_scenario_step root
                    ON root.id = COALESCE(step.origin_id, step.id)
                 WHERE decision.run_id IN (%(now)s, %(simulated)s)
              GROUP BY decision.reason, root.id
                """,
                **runs,
                **user,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO account_dunning_scenario_simulate_line
                       (simulation_id, create_uid, write_uid, create_date, write_date,
                        company_id, move_line_id, now_decision_id, decision_id)
                SELECT %(simulation)s, %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC',
                       now() AT TIME ZONE 'UTC', simulated.company_id, simulated.move_line_id,
                       present.id, simulated.id
                  FROM account_dunning_decision simulated
                  JOIN account_dunning_decision present
                    ON present.move_line_id = simulated.move_line_id
                   AND present.run_id = %(now)s
             LEFT JOIN account_dunning_scenario_step step ON step.id = simulated.step_id
             LEFT JOIN account_dunning_scenario_step present_step
                    ON present_step.id = present.step_id
                 WHERE simulated.run_id = %(simulated)s
                   AND (simulated.reason, simulated.next_date,
                        COALESCE(step.origin_id, step.id))
                       IS DISTINCT FROM
                       (present.reason, present.next_date,
                        COALESCE(present_step.origin_id, present_step.id))
                """,
                **runs,
                **user,
            )
        )
        self.env.invalidate_all()


class AccountDunningScenarioSimulateRow(models.TransientModel):
    """Of one reason, and of one step where it is reached: how many and how much, twice."""

    _name = "account.dunning.scenario.simulate.row"
    _description = "Row of a Simulation"
    _order = "simulated_amount desc, id"

    simulation_id = fields.Many2one(
        "account.dunning.scenario.simulate", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="simulation_id.company_id.currency_id")
    reason = fields.Selection(
        selection=lambda self: (
            self.env["account.dunning.decision"]._fields["reason"]._description_selection(self.env)
        ),
        string="Decision",
    )
    root_step_id = fields.Many2one("account.dunning.scenario.step", string="Step")
    now_count = fields.Integer(string="Now")
    now_amount = fields.Monetary(string="To Claim Now")
    simulated_count = fields.Integer(string="Simulated")
    simulated_amount = fields.Monetary(string="To Claim, Simulated")


class AccountDunningScenarioSimulateLine(models.TransientModel):
    """A receivable that the simulated version decides otherwise."""

    _name = "account.dunning.scenario.simulate.line"
    _description = "Receivable Decided Otherwise"
    _rec_name = "move_line_id"

    simulation_id = fields.Many2one(
        "account.dunning.scenario.simulate", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company")
    move_line_id = fields.Many2one("account.move.line", string="Receivable", ondelete="cascade")
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    partner_id = fields.Many2one(
        related="move_line_id.partner_id.commercial_partner_id", string="Customer"
    )
    date_maturity = fields.Date(related="move_line_id.date_maturity", string="Due Date")
    now_decision_id = fields.Many2one("account.dunning.decision", ondelete="cascade")
    decision_id = fields.Many2one("account.dunning.decision", ondelete="cascade")
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    dunnable = fields.Monetary(related="decision_id.dunnable", currency_field="company_currency_id")
    now_explanation = fields.Char(related="now_decision_id.explanation", string="Now")
    explanation = fields.Char(related="decision_id.explanation", string="Simulated")
