from odoo import models


class AccountDunningScenario(models.Model):
    """Versions: drafts, simulation, dated activation; what was activated is not edited any more."""

    _inherit = "account.dunning.scenario"
