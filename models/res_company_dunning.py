from odoo import models


class ResCompany(models.Model):
    """What a company needs to remind: legal mentions, working days, freshness of its bank."""

    _inherit = "res.company"
