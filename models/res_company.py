from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    dunning_scenario_id = fields.Many2one(
        "account.dunning.scenario",
        string="Default Scenario",
        help="Followed by every customer without a scenario of its own. Empty: nobody is "
        "reminded, so that installing writes to nobody.",
    )

    def _get_dunning_scenario(self):
        """The company's default scenario, or that of the nearest parent company."""
        self.ensure_one()
        for company in self.sudo().parent_ids[::-1]:
            if company.dunning_scenario_id:
                return company.dunning_scenario_id
        return self.env["account.dunning.scenario"]
