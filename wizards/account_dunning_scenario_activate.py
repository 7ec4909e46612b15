from odoo import fields, models


class AccountDunningScenarioActivate(models.TransientModel):
    """From which day a version of a scenario holds."""

    _name = "account.dunning.scenario.activate"
    _description = "Activate a Scenario"

    scenario_id = fields.Many2one("account.dunning.scenario", required=True, readonly=True)
    date_start = fields.Date(string="From", required=True, default=fields.Date.context_today)
