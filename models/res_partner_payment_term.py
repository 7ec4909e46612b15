from odoo import api, fields, models

from ..engine import payment_term as engine
from .account_payment_term import FRANCE
from .res_partner import READERS

SECTORS = [
    ("transport", "Carriage and forwarding (30 days)"),
    ("perishable", "Perishable food (30 days after the ten days of delivery)"),
    ("cattle", "Live cattle and fresh meat (20 days after delivery)"),
    ("alcohol", "Alcohol with consumption duty (30 days after the month of delivery)"),
    ("export", "Goods bought for export (90 days)"),
    ("public_health", "Public health establishment (50 days)"),
    ("public_undertaking", "Public undertaking (60 days)"),
]


class ResPartner(models.Model):
    """Which limit the law sets on the payment terms of a customer, and whether they respect it."""

    _inherit = "res.partner"

    payment_sector = fields.Selection(
        SECTORS,
        string="Limit of Payment Terms",
        groups=READERS,
        help="Empty: the general limit, 60 days from the invoice or 45 days end of month; 30 days "
        "for a public purchaser.",
    )
    payment_term_warning = fields.Char(
        compute="_compute_payment_term_warning", compute_sudo=True, groups=READERS
    )

    @api.depends("property_payment_term_id", "payment_sector", "penalty_debtor", "country_id")
    @api.depends_context("company", "lang")
    def _compute_payment_term_warning(self):
        today = fields.Date.context_today(self)
        for partner in self:
            term = partner.property_payment_term_id
            excess = None
            if term and partner._is_limited_by_law(self.env.company):
                excess = term._find_excess(today, **partner._get_payment_limit())
            partner.payment_term_warning = excess and term._explain_excess(*excess)

    def _is_limited_by_law(self, company):
        """Whether the French limits hold for a sale of `company` to this customer."""
        self.ensure_one()
        entity = self.commercial_partner_id
        return (
            company._is_in_france()
            and (not entity.country_id or entity.country_id.code in FRANCE)
            and entity._get_penalty_debtor() != "consumer"
        )

    def _get_payment_limit(self):
        """What the engine asks of a customer: its sector, and whether it is a public purchaser."""
        self.ensure_one()
        entity = self.commercial_partner_id
        return {
            "sector": entity.payment_sector and engine.Sector(entity.payment_sector) or None,
            "is_public": entity._get_penalty_debtor() == "public",
        }
