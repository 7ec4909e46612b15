from odoo import models


class AccountDispute(models.Model):
    """From a dispute to its resolution: who may decide what, and what closing takes."""

    _inherit = "account.dispute"

    def _is_small(self):
        """Whether the dispute passes in one click: small, and its reason allows it (S2.35)."""
        self.ensure_one()
        return (
            self.reason_id.is_fast_lane
            and self.company_currency_id.compare_amounts(
                self.contested_amount, self.company_id.dispute_small_amount
            )
            <= 0
        )

    def action_resolve(self):
        raise NotImplementedError
