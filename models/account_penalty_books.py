from odoo import models


class AccountPenalty(models.Model):
    _inherit = "account.penalty"
