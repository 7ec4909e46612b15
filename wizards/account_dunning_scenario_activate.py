from odoo import api, fields, models


class AccountDunningScenarioActivate(models.TransientModel):
    """From which day a version of a scenario holds (S1.16)."""

    _name = "account.dunning.scenario.activate"
    _description = "Activate a Scenario"

    scenario_id = fields.Many2one("account.dunning.scenario", required=True, readonly=True)
    date_start = fields.Date(string="From", required=True, default=fields.Date.context_today)
    replaced_id = fields.Many2one(
        "account.dunning.scenario", string="Replaces", compute="_compute_replaced_id"
    )

    @api.depends("scenario_id", "date_start")
    def _compute_replaced_id(self):
        for wizard in self:
            origin = wizard.scenario_id.origin_id or wizard.scenario_id
            day = wizard.date_start or fields.Date.context_today(wizard)
            wizard.replaced_id = origin._get_versions_on(day).get(origin)

    def action_confirm(self):
        """:raise UserError: when it can't be activated from that day; the message says why."""
        self.ensure_one()
        self.scenario_id.check_access("write")
        self.scenario_id._activate(self.date_start, fields.Date.context_today(self))
        return self.scenario_id._get_records_action(name=self.scenario_id.name)
