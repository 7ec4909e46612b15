from odoo import fields, models


class AccountReferenceRateValue(models.Model):
    """One value of a series, and the days on which it holds, both included."""

    _name = "account.reference.rate.value"
    _description = "Value of a Reference Rate"
    _order = "series_id, date_start desc"

    series_id = fields.Many2one(
        "account.reference.rate", required=True, index=True, ondelete="cascade"
    )
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To", required=True)
    percent = fields.Float(string="Rate (%)", digits=(8, 4), required=True)
    source = fields.Char(required=True)
    verified_on = fields.Date(string="Checked On")
