from odoo import models


class ResCompany(models.Model):
    """How a company scores its customers."""

    _inherit = "res.company"
