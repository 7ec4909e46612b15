from odoo import fields, models

from .account_customer_score import CLASSES

READERS = "account.group_account_invoice,account_dispute_dunning.group_auditor"


class ResPartner(models.Model):
    """How a customer pays: class, score, trend, signals."""

    _inherit = "res.partner"

    score_class = fields.Selection(CLASSES, company_dependent=True, readonly=True, groups=READERS)
    score_value = fields.Float(company_dependent=True, readonly=True, groups=READERS)
    score_trend = fields.Selection(
        [("up", "Better"), ("flat", "Stable"), ("down", "Worse")],
        company_dependent=True,
        readonly=True,
        groups=READERS,
    )
    dispute_propensity = fields.Float(company_dependent=True, readonly=True, groups=READERS)
