from odoo import api, fields, models

from .account_customer_score import CLASSES


class AccountDunningNotice(models.Model):
    """Whom to call first: how the customer pays."""

    _inherit = "account.dunning.notice"

    score_class = fields.Selection(
        CLASSES,
        string="Class",
        compute="_compute_score_class",
        search="_search_score_class",
        help="Of the customer, as of today.",
    )

    @api.depends("partner_id", "company_id")
    def _compute_score_class(self):
        for notice in self:
            partner = notice.partner_id.with_company(notice.company_id)
            notice.score_class = partner.score_class

    def _search_score_class(self, operator, value):
        """By the class in the current company."""
        return [("partner_id.score_class", operator, value)]
