"""Regimes: the same rules in Odoo as in the engine, chosen by country, debtor and date."""

from datetime import date
from decimal import Decimal

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, tagged

from odoo.addons.account_dispute_dunning.engine import penalty_error
from odoo.addons.account_dispute_dunning.engine.penalty_data import shipped
from odoo.addons.account_dispute_dunning.engine.penalty_error import PenaltyError
from odoo.addons.account_dispute_dunning.engine.penalty_regime import Origin

MODULE = "account_dispute_dunning"
DAY = date(2026, 7, 1)


@tagged("post_install", "-at_install")
class TestPenaltyRegime(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.regimes = cls.env["account.penalty.regime"]
        cls.fr_private = cls.env.ref(f"{MODULE}.penalty_regime_fr_private")
        cls.france = cls.env.ref("base.fr")

    def choose(self, country, debtor="professional", day=DAY):
        return self.regimes._choose(self.env.ref(f"base.{country}"), debtor, day).code

    # === What is shipped ===#

    def test_every_shipped_regime_and_rate_computes_as_in_the_engine(self):
        """legal.md §2: loading loses nothing, whatever the field."""
        rulebook = self.regimes._get_rulebook()
        for code, regime in shipped().regimes.items():
            self.assertEqual(rulebook.regime(code), regime)
        for code, series in shipped().series.items():
            self.assertEqual(rulebook.series[code].values, series.values)

    def test_loading_again_adds_what_was_deleted_and_keeps_what_was_edited(self):
        """An update restores a regime that is missing, and never a value that a user changed."""
        self.fr_private.margin = 12
        self.env.ref(f"{MODULE}.penalty_regime_ch").unlink()
        self.regimes._load_shipped()
        self.assertEqual(self.fr_private.margin, 12)
        self.assertEqual(self.env.ref(f"{MODULE}.penalty_regime_ch").fixed, 5)

    def test_the_rulebook_follows_what_is_edited(self):
        """S4.24: no restart, no stale rate: a regime, its tiers, a rate."""
        self.regimes._get_rulebook()
        self.fr_private.margin = 11
        rate = self.regimes._get_rulebook().tariff("fr_private").on(DAY)
        self.assertEqual(rate.percent, Decimal("13.40"))
        self.fr_private.fee_tier_ids.amount = 45
        self.assertEqual(self.regimes._get_rulebook().regime("fr_private").fee_for(1), 45)
        value = self.env["account.reference.rate.value"].search(
            [("series_id.code", "=", "ecb_mro"), ("date_start", "=", "2026-06-17")]
        )
        value.percent = 3
        rate = self.regimes._get_rulebook().tariff("fr_private").on(DAY)
        self.assertEqual(rate.percent, Decimal("14.00"))

    def test_an_archived_regime_is_not_chosen_but_still_computes(self):
        self.fr_private.active = False
        self.assertNotEqual(self.choose("fr"), "fr_private")
        self.assertIn("fr_private", self.regimes._get_rulebook().regimes)

    # === Choice ===#

    def test_country_and_kind_of_debtor_choose(self):
        """legal.md §2.3, S4.24."""
        for country, debtor, code in (
            ("fr", "professional", "fr_private"),
            ("fr", "public", "fr_public"),
            ("fr", "consumer", "fr_consumer"),
            ("de", "consumer", "de_consumer"),
            ("uk", "professional", "uk"),
            ("ch", "professional", "ch"),
            ("uk", "consumer", False),
        ):
            self.assertEqual(self.choose(country, debtor), code)

    def test_the_date_of_the_invoice_chooses_the_version_of_the_law(self):
        """legal.md §2.2 †: Germany, 9 points since 29 July 2014, 8 before."""
        self.assertEqual(self.choose("de", day=date(2014, 7, 28)), "de_until_2014_07_28")
        self.assertEqual(self.choose("de", day=date(2014, 7, 29)), "de")

    def test_a_companys_own_regime_comes_first_and_only_there(self):
        own = self.fr_private.copy({"company_id": self.env.company.id, "sequence": 99})
        self.assertEqual(self.choose("fr"), own.code)
        stranger = self.env["res.company"].create({"name": "Ateliers voisins"})
        regimes = self.regimes.with_company(stranger)
        self.assertEqual(regimes._choose(self.france, "professional", DAY), self.fr_private)

    # === Bad input ===#

    def test_what_the_engine_refuses_is_refused_with_what_to_do(self):
        """Each limit of the engine's regime, as a sentence."""
        for values, part in (
            ({"series_id": False}, "choose its reference rate"),
            ({"margin": 500}, "not between"),
            ({"margin": -20}, "not between"),
            ({"factor": -1}, "factor"),
            ({"rate_step": 2}, "step"),
            ({"grace_days": -1}, "negative"),
            ({"valid_from": "2026-02-01", "valid_until": "2026-01-31"}, "ends before"),
            ({"fee_tier_ids": [Command.create({"amount": 40, "threshold": 0})]}, "tiers"),
        ):
            with self.assertRaises(ValidationError) as caught:
                self.fr_private.write(values)
            self.assertIn(part, str(caught.exception))

    def test_tiers_are_checked_together(self):
        """Replacing the first tier is one change, whatever its order; a lone bad one is refused."""
        ireland = self.env.ref(f"{MODULE}.penalty_regime_ie")
        first, second, _third = ireland.fee_tier_ids
        ireland.write(
            {
                "fee_tier_ids": [
                    Command.update(second.id, {"threshold": 0, "above": False}),
                    Command.delete(first.id),
                ]
            }
        )
        self.assertEqual(ireland._to_engine().fee_for(Decimal(500)), 70)
        with self.assertRaises(ValidationError):
            second.threshold = 5
        with self.assertRaises(ValidationError):
            second.unlink()

    def test_every_error_that_records_can_cause_has_a_sentence(self):
        """A closed set: a new code of the engine needs its sentence."""
        shell = {"not_json", "not_cases", "not_an_object", "not_a_list", "reference_duplicate"}
        shell |= {"field_missing", "field_unknown", "field_invalid"}
        params = dict.fromkeys(
            (
                *("series", "semester", "percent", "what", "low", "high", "since", "until"),
                *("first", "second", "regime", "problem", "period", "known", "value", "currency"),
                *("digits", "needed", "invoice_date", "credits", "amount", "dispute"),
                *("contested", "days", "reference", "country", "debtor"),
            ),
            "fr_private",
        ) | {"day": DAY}
        for code in penalty_error.MESSAGES.keys() - shell:
            error = PenaltyError(code, **params)
            self.assertNotEqual(self.regimes._explain(error), str(error), code)

    def test_a_missing_rate_is_named_with_its_half_year(self):
        """Never an extrapolation: which series, which half-year, which day."""
        with self.assertRaises(PenaltyError) as caught:
            self.regimes._get_rulebook().tariff("fr_private").on(date(2027, 3, 1))
        sentence = self.regimes._explain(caught.exception)
        for part in ("European Central Bank", "2027-S1", "01/01/2027", "Add it"):
            self.assertIn(part, sentence)

    def test_a_contract_below_the_minimum_is_raised(self):
        """legal.md P10: 2024-S2, the floor 14.76 % is above the default 14.25 %."""
        tariff = self.regimes._get_rulebook().tariff("fr_private", Decimal(12))
        rate = tariff.on(date(2024, 9, 1))
        self.assertEqual((rate.percent, rate.origin), (Decimal("14.76"), Origin.FLOOR))

    def test_a_copy_is_another_regime(self):
        """A variant keeps the formula and the tiers, and gets a code of its own."""
        copy = self.fr_private.copy()
        self.assertEqual(copy.code, "fr_private_2")
        self.assertEqual(self.fr_private.copy().code, "fr_private_3")
        self.assertEqual(copy._to_engine().fee_tiers, self.fr_private._to_engine().fee_tiers)
        with Form(copy) as form:
            form.margin = 9
        self.assertEqual(self.fr_private.margin, 10)
