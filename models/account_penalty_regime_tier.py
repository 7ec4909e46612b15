from odoo import api, fields, models

from ..engine.penalty_regime import FeeTier
from .account_penalty_regime import to_decimal


class AccountPenaltyRegimeTier(models.Model):
    """The fixed indemnity for debts from a threshold on, in the currencies of the regime."""

    _name = "account.penalty.regime.tier"
    _description = "Tier of a Fixed Indemnity"
    _order = "regime_id, threshold, above"

    regime_id = fields.Many2one(
        "account.penalty.regime", required=True, index=True, ondelete="cascade"
    )
    threshold = fields.Float(string="For Debts From", digits=(16, 2))
    above = fields.Boolean(string="Only Above", help="A debt of exactly this has the tier before.")
    amount = fields.Float(string="Indemnity", digits=(16, 2), required=True)

    @api.constrains("threshold", "above", "amount")
    def _check_tiers(self):
        """Tiers that are edited on their regime are checked with it, when all are written."""
        if not self.env.context.get("checks_tiers"):
            self.regime_id._check_formula()

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        tiers = super().create(vals_list)
        tiers.regime_id._check_not_in_use()
        return tiers

    def write(self, vals):
        """:raise UserError: when penalties are counted by the regime."""
        self.env.registry.clear_cache()
        self.regime_id._check_not_in_use()
        result = super().write(vals)
        self.regime_id._check_not_in_use()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        regimes = self.regime_id
        regimes._check_not_in_use()
        super().unlink()
        if not self.env.context.get("checks_tiers"):
            regimes._check_formula()
        return True

    def _to_engine(self):
        """This tier as an ``engine.penalty_regime.FeeTier``."""
        return FeeTier(to_decimal(self.amount), to_decimal(self.threshold), self.above)
