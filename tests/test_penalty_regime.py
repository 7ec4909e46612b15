"""Regimes: the same rules in Odoo as in the engine, chosen by country, debtor and date."""

from datetime import date
from decimal import Decimal

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, tagged

from odoo.addons.account_dispute_dunning.engine import penalty_error
from odoo.addons.account_dispute_dunning.engine.penalty_data import shipped
from odoo.addons.account_dispute_dunning.engine.penalty_error import PenaltyError
from odoo.addons.account_dispute_dunning.engine.penalty_regime import Origin

from .common import TODAY, CollectionsCommon

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

    def test_loading_rates_fills_free_days_and_leaves_what_was_typed(self):
        """A later version ships a later day: the value grows; a corrected or typed one stays."""
        ecb = self.env.ref(f"{MODULE}.reference_rate_ecb_mro")
        last, before, corrected, deleted = ecb.value_ids[:4]
        last.date_end = date(2026, 7, 1)
        corrected.percent = 9
        before.write({"date_start": date(2026, 1, 1), "source": "Typed"})
        day = deleted.date_start
        deleted.unlink()
        ecb._load_shipped()
        self.assertEqual(last.date_end, date(2026, 7, 23))
        self.assertEqual(corrected.percent, 9)
        self.assertEqual((before.date_start, before.source), (date(2026, 1, 1), "Typed"))
        self.assertIn(day, ecb.value_ids.mapped("date_start"))

    def test_a_renamed_regime_is_neither_overwritten_nor_loaded_twice(self):
        self.fr_private.write({"code": "our_rule", "margin": 12})
        self.regimes._load_shipped()
        self.assertEqual((self.fr_private.code, self.fr_private.margin), ("our_rule", 12))
        self.assertFalse(self.regimes.search([("code", "=", "fr_private")]))

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


@tagged("post_install", "-at_install")
class TestPenaltyRegimeChange(CollectionsCommon):
    """A regime in words, and a change of one that penalties are counted by (S4.24)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.regime = cls.env.ref(f"{MODULE}.penalty_regime_fr_private")
        cls.invoice = cls.make_invoice(amount=10000, due=date(2026, 5, 1))
        lines = cls.invoice._get_receivable_lines()
        cls.env["account.penalty"]._refresh(cls.company, TODAY, lines.ids)
        cls.penalty = cls.env["account.penalty"].search([("move_line_id", "in", lines.ids)])

    def make_draft(self):
        action = self.regime.with_user(self.manager).action_change()
        return self.regime.with_user(self.manager).browse(action["res_id"])

    def test_a_draft_counts_nothing_until_it_is_confirmed(self):
        """legal.md FR04: 60 days at 12.15 %: 199.73; with 12 points, 14.15 %: 232.60."""
        self.assertEqual((self.penalty.regime_id, self.penalty.accrued), (self.regime, 239.73))
        draft = self.make_draft()
        self.assertEqual(self.make_draft(), draft)
        draft.margin = 12
        draft.fee_tier_ids.amount = 50
        choice = self.env["account.penalty.regime"]._choose(
            self.env.ref("base.fr"), "professional", TODAY
        )
        self.assertEqual(choice, self.regime)
        action = draft.action_preview()
        preview = self.env[action["res_model"]].with_user(self.manager).browse(action["res_id"])
        self.assertEqual(preview.row_ids.mapped("after"), [282.60])
        self.assertEqual((self.regime.margin, self.penalty.accrued), (10, 239.73))
        preview.action_apply()
        self.assertEqual((self.regime.margin, self.regime.fee_tier_ids.amount), (12, 50))
        self.assertEqual(self.penalty.accrued, 282.60)
        self.assertFalse(draft.exists())

    def test_a_remote_call_changes_no_regime_in_use(self):
        """S4.24: what changes amounts is seen before; names and notes are free."""
        regime = self.regime.with_user(self.manager)
        tier = regime.fee_tier_ids
        value = regime.series_id.value_ids[0]
        unused = self.env.ref(f"{MODULE}.penalty_regime_ch").with_user(self.manager)
        for change in (
            lambda: regime.write({"margin": 0}),
            lambda: regime.write({"fee_tier_ids": [Command.clear()]}),
            lambda: tier.write({"amount": 400}),
            lambda: tier.unlink(),
            lambda: tier.copy({"threshold": 10}),
            lambda: unused.fee_tier_ids.create({"amount": 4, "regime_id": unused.id}).write(
                {"regime_id": regime.id}
            ),
            lambda: value.write({"percent": 9}),
            lambda: value.unlink(),
        ):
            with self.assertRaisesRegex(UserError, "Penalties are counted"), self.cr.savepoint():
                change()
        regime.note = "Looked at."
        unused.margin = 1
        self.assertEqual((regime.margin, tier.amount, self.penalty.accrued), (10, 40, 239.73))

    def test_only_a_manager_changes_a_regime(self):
        for user in (self.auditor, self.assistant, self.collector, self.invoicing, self.portal):
            with self.assertRaises(AccessError):
                self.regime.with_user(user).action_change()
            with self.assertRaises(AccessError):
                self.regime.with_user(user).action_preview()

    def test_who_reads_a_regime_reads_it_in_words(self):
        """The formula, the rate of today and the minimum of contracts: 2026-S1."""
        regime = self.regime.with_user(self.auditor)
        self.assertEqual(regime.rate_today, "2.15 + 10.00 = 12.15 %")
        self.assertTrue(regime.penalty_count)
        for part in (
            "European Central Bank, main refinancing operations, on the first day of each",
            "plus 10.00 points",
            "at least 3.00 ×",
            "7.86 % today",
            "without a reminder",
            "Days / 365",
            "40.00",
            "Once per invoice",
        ):
            self.assertIn(part, regime.words)
        self.assertEqual(regime.action_view_penalties()["domain"], [("regime_id", "=", regime.id)])

    def test_every_shipped_regime_has_words(self):
        """Fixed rates, rounding, tiers, frozen, notice, without indemnity."""
        for code, part in (
            ("ch", "5.00 % per year"),
            ("be", "multiple of 0.50"),
            ("ie", "above"),
            ("uk", "first day with interest"),
            ("fr_consumer", "formal notice"),
            ("nl", "full year"),
            ("fr_public", "can't agree another rate"),
            ("de_consumer", "No fixed indemnity"),
        ):
            self.assertIn(part, self.env.ref(f"{MODULE}.penalty_regime_{code}").words, code)

    def test_a_regime_without_its_rate_says_so_and_opens_the_wizard(self):
        """Austria's base rate is not shipped: a clear message, and the button that adds it."""
        austria = self.env.ref(f"{MODULE}.penalty_regime_at").with_user(self.manager)
        self.assertEqual(austria.rate_today, "Rate missing")
        self.assertIn("2026-S1", austria.problem)
        context = austria.action_add_rate()["context"]
        self.assertEqual(context["default_series_id"], austria.series_id.id)
        self.assertEqual(context["default_date_start"], date(2026, 1, 1))
        with self.assertRaises(UserError):
            self.regime.action_add_rate()
