from odoo import models


class ResPartner(models.Model):
    """How a customer pays: class, score, trend, signals."""

    _inherit = "res.partner"
