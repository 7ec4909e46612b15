from odoo import fields, models


class AccountDunningScenarioSimulate(models.TransientModel):
    """What a version of a scenario would do on a day, beside what is done now."""

    _name = "account.dunning.scenario.simulate"
    _description = "Simulate a Scenario"

    scenario_id = fields.Many2one("account.dunning.scenario", required=True, readonly=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
