from odoo import models

from ..engine.penalty_error import PenaltyError
from ..engine.penalty_regime import Origin
from .account_penalty_regime import to_decimal


class AccountPenaltyRegime(models.Model):
    """What a screen says of a rate that was agreed with a customer."""

    _inherit = "account.penalty.regime"

    def _get_rate_warning(self, rate, on_date):
        """Why an agreed rate will not be applied as it is; empty when it will.

        :param rate: in percent per year; 0: none was agreed.
        """
        if not rate or not self:
            return ""
        try:
            applied = self._get_rulebook().tariff(self.code, to_decimal(rate)).on(on_date)
        except PenaltyError as error:
            return self._explain(error)
        if applied.origin is not Origin.FLOOR:
            return ""
        return self.env._(
            "Below the legal minimum of this half-year: %(minimum)s %% is applied instead.",
            minimum=self._explain_param("percent", applied.percent),
        )
