from odoo import models


class AccountCustomerScore(models.Model):
    _inherit = "account.customer.score"
