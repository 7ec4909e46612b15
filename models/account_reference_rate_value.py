from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.penalty_rates import RateValue, tidy
from .account_penalty_regime import to_decimal


class AccountReferenceRateValue(models.Model):
    """One value of a series, in percent per year, and the days on which it holds, both included.

    A base rate may be negative (Germany, 2013 to 2022). Values of a series never overlap.
    """

    _name = "account.reference.rate.value"
    _description = "Value of a Reference Rate"
    _order = "series_id, date_start desc"
    _rec_name = "date_start"

    series_id = fields.Many2one(
        "account.reference.rate", required=True, index=True, ondelete="cascade"
    )
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(
        string="Until", required=True, help="The last day on which it is known to hold."
    )
    percent = fields.Float(string="Rate (%)", digits=(8, 4), required=True, aggregator="max")
    source = fields.Char(required=True)
    verified_on = fields.Date(string="Checked On")

    @api.constrains("series_id", "date_start", "date_end", "percent")
    def _check_series(self):
        """:raise ValidationError: for an absurd value, or two on one day; says which."""
        self.series_id._check_values()

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        """:raise UserError: when a remote call changes amounts without the preview (S4.24)."""
        if not {"series_id", "date_start", "date_end", "percent"}.isdisjoint(vals):
            self._check_not_in_use()
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        """:raise UserError: when penalties are counted by the series."""
        self._check_not_in_use()
        self.env.registry.clear_cache()
        return super().unlink()

    def _check_not_in_use(self):
        """:raise UserError: when penalties are counted by a series; a corrected rate may."""
        if self.env.su:
            return
        by_series = ["|", ("series_id", "in", self.series_id.ids)]
        by_series.append(("floor_series_id", "in", self.series_id.ids))
        regimes = self.env["account.penalty.regime"].with_context(active_test=False)
        if regimes.search(by_series).filtered("penalty_count"):
            raise UserError(
                self.env._(
                    "Penalties are counted by this rate: correct it with the button “Correct”, "
                    "which shows first what the correction changes."
                )
            )

    def _to_engine(self):
        """This value as an ``engine.penalty_rates.RateValue``."""
        self.ensure_one()
        return RateValue(
            series=self.series_id.code,
            since=self.date_start,
            until=self.date_end,
            percent=tidy(to_decimal(self.percent)),
            source=self.source,
            verified_on=self.verified_on or None,
        )
