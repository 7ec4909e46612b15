from odoo import api, fields, models

from .account_penalty_regime import DEBTORS, check_agreed_rate
from .res_partner import READERS


class ResPartner(models.Model):
    """Which law a customer's late payment follows, and what it comes to."""

    _inherit = "res.partner"

    penalty_debtor = fields.Selection(
        DEBTORS,
        string="Kind of Debtor",
        groups=READERS,
        help="Empty: a company, or anybody with a VAT number, is a professional; anybody else is a "
        "consumer, who owes no indemnity.",
    )
    penalty_regime_id = fields.Many2one(
        "account.penalty.regime",
        company_dependent=True,
        groups=READERS,
        help="Instead of that of the country and the kind of debtor.",
    )
    penalty_rate = fields.Float(
        string="Agreed Penalty Rate (%)",
        digits=(8, 4),
        company_dependent=True,
        groups=READERS,
        help="As agreed in writing. It is raised to the legal minimum where there is one.",
    )
    insolvency_date = fields.Date(
        groups=READERS,
        help="The judgment that opened insolvency proceedings: interest stops on that day.",
    )
    penalty_ids = fields.One2many("account.penalty", "partner_id", groups=READERS)

    def _get_penalty_debtor(self):
        """What kind of debtor this customer is, a key of `DEBTORS`: as it says, or as it looks."""
        self.ensure_one()
        entity = self.commercial_partner_id.sudo()
        # "/" is how Odoo writes that somebody has no VAT number.
        looks_professional = entity.is_company or len(entity.vat or "") > 1
        return entity.penalty_debtor or ("professional" if looks_professional else "consumer")

    @api.constrains("penalty_rate")
    def _check_penalty_rate(self):
        check_agreed_rate(self)
