from odoo import api, fields, models


class AccountCustomerScoreFormulaBreak(models.Model):
    """At this value, a component gives so many points. It changes with its formula only."""

    _name = "account.customer.score.formula.break"
    _description = "Break Point of a Score Formula"
    _order = "component_id, value"
    _rec_name = "value"

    component_id = fields.Many2one(
        "account.customer.score.formula.component", required=True, index=True, ondelete="cascade"
    )
    value = fields.Float(digits=(12, 1), required=True)
    points = fields.Float(digits=(5, 1), required=True, help="From 0 to 100, the best.")

    @api.model_create_multi
    def create(self, vals_list):
        breaks = super().create(vals_list)
        breaks.component_id.formula_id._check_draft()
        return breaks

    def write(self, vals):
        self.component_id.formula_id._check_draft()
        result = super().write(vals)
        self.component_id.formula_id._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_activated(self):
        self.component_id.formula_id._check_draft()
