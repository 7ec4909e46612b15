from odoo import fields, models


class AccountLegalText(models.Model):
    """A text of the law that a letter or a screen quotes, in the version of a day."""

    _name = "account.legal.text"
    _description = "Legal Text"
    _order = "code, date_start desc"

    code = fields.Char(required=True, index=True)
    country_id = fields.Many2one("res.country")
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To")
    body = fields.Text(required=True, translate=True)
    source = fields.Char(required=True)
    verified_on = fields.Date(string="Checked On")
