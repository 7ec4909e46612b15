from odoo import api, models
from odoo.fields import Command

from ..engine.penalty_data import shipped
from ..engine.penalty_regime import Regime

MODULE = "account_dispute_dunning"


def get_text(value):
    """An engine's number or code as a field holds it."""
    return value.value if hasattr(value, "value") else value


class AccountReferenceRate(models.Model):
    _inherit = "account.reference.rate"

    @api.model
    def _load_shipped(self):
        """Add the days of the shipped rates that no value covers yet.

        On installation and on each update. What a user typed stays: nothing is overwritten.
        """
        rates = shipped().series
        for series in self.search([("code", "in", list(rates))]):
            series._add_shipped(rates[series.code].values)

    def _add_shipped(self, values):
        """Add those of a series' shipped values whose days are free; extend what only grew."""
        self.ensure_one()
        missing = []
        for value in values:
            overlapping = self.value_ids.filtered(
                lambda other, value=value: (
                    other.date_start <= value.until and other.date_end >= value.since
                )
            )
            if not overlapping:
                missing.append(
                    {
                        "series_id": self.id,
                        "date_start": value.since,
                        "date_end": value.until,
                        "percent": float(value.percent),
                        "source": value.source,
                        "verified_on": value.verified_on,
                    }
                )
            elif (
                len(overlapping) == 1
                and overlapping._to_engine().percent == value.percent
                and overlapping.date_start == value.since
                and overlapping.date_end < value.until
            ):
                overlapping.write({"date_end": value.until, "verified_on": value.verified_on})
        self.env["account.reference.rate.value"].create(missing)


class AccountPenaltyRegime(models.Model):
    _inherit = "account.penalty.regime"

    @api.model
    def _load_shipped(self):
        """Create the shipped regimes that were never created; what a user edited stays.

        Each has the external id ``penalty_regime_<code>``.
        """
        regimes = shipped().regimes
        known = self.with_context(active_test=False).search([("code", "in", list(regimes))])
        missing = [regimes[code] for code in regimes if code not in known.mapped("code")]
        self._load_records(
            [
                {
                    "xml_id": f"{MODULE}.penalty_regime_{regime.code}",
                    "noupdate": True,
                    "values": self._from_engine(regime),
                }
                for regime in missing
            ],
            update=True,
        )

    @api.model
    def _from_engine(self, regime: Regime):
        """The values of the fields for a shipped regime."""
        series = {
            series.code: series.id for series in self.env["account.reference.rate"].search([])
        }
        currencies = self.env["res.currency"].with_context(active_test=False)
        country = self.env["res.country"].search([("code", "=", regime.country)])
        same = {
            name: get_text(getattr(regime, name))
            for name in (
                *("code", "name", "law", "debtor", "anchor", "frozen", "semesters_from"),
                *("contract_allowed", "agreed", "day_count", "interest_from", "start_offset"),
                *("grace_days", "compounding", "fee_scope", "allocation", "valid_from"),
                *("valid_until", "source", "verified_on", "note"),
            )
        }
        return same | {
            "country_id": country.id,
            "formula": "series" if regime.series else "fixed",
            "series_id": series.get(regime.series),
            "factor": float(regime.factor),
            "margin": float(regime.margin),
            "fixed": float(regime.fixed or 0),
            "rate_step": float(regime.rate_step or 0),
            "floor_series_id": series.get(regime.floor_series),
            "floor_factor": float(regime.floor_factor),
            "stops_at_insolvency": {True: "yes", False: "no"}.get(regime.stops_at_insolvency),
            "fee_tier_ids": [
                Command.create(
                    {
                        "amount": float(tier.amount),
                        "threshold": float(tier.threshold),
                        "above": tier.above,
                    }
                )
                for tier in regime.fee_tiers
            ],
            "fee_currency_id": currencies.search([("name", "=", regime.fee_currency)]).id,
            "threshold_currency_id": currencies.search(
                [("name", "=", regime.threshold_currency)]
            ).id,
        }
