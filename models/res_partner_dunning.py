from odoo import models


class ResPartner(models.Model):
    """How a customer is reminded: contacts, validation process, what is due, promised, late."""

    _inherit = "res.partner"
