from odoo import models

from .account_payment_term import FRANCE


class ResCompany(models.Model):
    _inherit = "res.company"

    def _is_in_france(self):
        """Whether the French law on payment terms holds for what this company sells."""
        self.ensure_one()
        return (self.account_fiscal_country_id or self.country_id).code in FRANCE
