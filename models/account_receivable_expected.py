from odoo import fields, models
from odoo.tools import SQL

from .account_customer_score import CLASSES, TRENDS


class AccountReceivable(models.Model):
    """When each receivable is expected to be paid, how likely it is late, and by whom."""

    _inherit = "account.receivable"
    _depends = {
        "account.receivable.forecast": ["expected_date", "late_probability", "move_line_id"],
        "res.partner": ["dispute_propensity", "score_class", "score_trend", "score_value"],
    }

    forecast_id = fields.Many2one("account.receivable.forecast", readonly=True)
    expected_date = fields.Date(
        string="Expected Payment",
        readonly=True,
        help="From how the customer has paid so far; computed every night.",
    )
    expected_low = fields.Date(related="forecast_id.date_low")
    expected_high = fields.Date(related="forecast_id.date_high")
    expected_basis = fields.Char(related="forecast_id.basis")
    late_probability = fields.Float(
        string="Late (%)",
        digits=(5, 1),
        readonly=True,
        aggregator="avg",
        help="How likely it is paid after its due date; 100 when that is past.",
    )
    score_class = fields.Selection(CLASSES, string="Class", readonly=True)
    score_value = fields.Float(string="Score", digits=(5, 1), readonly=True, aggregator="avg")
    score_trend = fields.Selection(TRENDS, string="Trend", readonly=True)

    @property
    def _table_query(self):
        """Both joins are by a unique key: PostgreSQL leaves them out where nothing of them is
        read, such as in a run."""
        return SQL(
            """
            SELECT receivable.*, expected.id AS forecast_id, expected.expected_date,
                   expected.late_probability,
                   rated.score_class->>receivable.company_id::text AS score_class,
                   (rated.score_value->>receivable.company_id::text)::float8 AS score_value,
                   rated.score_trend->>receivable.company_id::text AS score_trend
              FROM (%s) receivable
         LEFT JOIN account_receivable_forecast expected
                ON expected.move_line_id = receivable.id
         LEFT JOIN res_partner rated ON rated.id = receivable.partner_id
            """,
            super()._table_query,
        )
