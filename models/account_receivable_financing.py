from decimal import Decimal

from odoo import api, fields, models

from ..engine import financing


class AccountReceivable(models.Model):
    """What an overdue receivable costs the company to finance (S4.19).

    Open amount × financing rate of the company × days late / 365, in company currency. It is no
    claim: the law's interest is in `account.penalty`.
    """

    _inherit = "account.receivable"

    financing_cost = fields.Monetary(
        currency_field="company_currency_id",
        compute="_compute_financing_cost",
        help="Open amount × financing rate of the settings × days late / 365.",
    )

    @api.depends("residual", "days_overdue", "company_id.financing_rate")
    def _compute_financing_cost(self):
        for receivable in self:
            receivable.financing_cost = self._get_financing_cost(
                receivable.company_id,
                receivable.residual,
                receivable.days_overdue,
                receivable.company_currency_id,
            )

    @api.model
    def _get_financing_cost(self, company, amount, days, currency):
        """What so many days without an amount cost a company; 0.0 for a credit.

        :param amount: in `currency`; so is what is returned.
        """
        cost = financing.get_cost(
            Decimal(str(amount)),
            Decimal(str(company.sudo().financing_rate)),
            days,
            Decimal(1).scaleb(-currency.decimal_places),
        )
        return float(cost)
