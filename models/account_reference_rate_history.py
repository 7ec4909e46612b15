from odoo import fields, models
from odoo.tools import SQL


class AccountReferenceRateHistory(models.Model):
    """The value of each series at the end of each month: what the graph draws.

    A value may hold for years or for days: months make the time axis even.
    """

    _name = "account.reference.rate.history"
    _description = "Reference Rate over Time"
    _auto = False
    _order = "date, series_id"

    series_id = fields.Many2one("account.reference.rate", readonly=True)
    date = fields.Date(string="Month", readonly=True)
    percent = fields.Float(string="Rate (%)", digits=(8, 4), readonly=True, aggregator="avg")

    _depends = {"account.reference.rate.value": ["series_id", "date_start", "date_end", "percent"]}

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT DISTINCT ON (value.series_id, month.day)
                   value.series_id * 100000
                   + EXTRACT(YEAR FROM month.day)::int * 12
                   + EXTRACT(MONTH FROM month.day)::int AS id,
                   value.series_id, month.day::date AS date, value.percent
              FROM account_reference_rate_value value
        CROSS JOIN LATERAL generate_series(
                       date_trunc('month', value.date_start), value.date_end, interval '1 month'
                   ) month (day)
          ORDER BY value.series_id, month.day, value.date_start DESC
            """
        )
