"""Reference rates: added and corrected after seeing what it changes, and never guessed (S4.24)."""

from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import TODAY, CollectionsCommon

MODULE = "account_dispute_dunning"


@tagged("post_install", "-at_install")
class TestReferenceRate(CollectionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ecb = cls.env.ref(f"{MODULE}.reference_rate_ecb_mro")
        cls.legal = cls.env.ref(f"{MODULE}.reference_rate_fr_legal_professional")
        cls.invoice = cls.make_invoice(amount=10000, due=date(2026, 5, 1))

    def get_penalty(self, on_date=TODAY, invoice=None):
        lines = (invoice or self.invoice)._get_receivable_lines()
        self.env["account.penalty"]._refresh(self.company, on_date, lines.ids)
        return self.env["account.penalty"].search([("move_line_id", "in", lines.ids)])

    def value_on(self, day, series=None):
        return (series or self.ecb).value_ids.filtered(
            lambda value: value.date_start <= day <= value.date_end
        )

    def change(self, value=None, **values):
        """The wizard on a value, or for a new one, as `manager`."""
        values = {
            "series_id": (value.series_id if value else self.ecb).id,
            "value_id": value and value.id,
            "source": "Official Journal",
        } | values
        return self.env["account.reference.rate.change"].with_user(self.manager).create(values)

    def preview(self, change):
        action = change.action_preview()
        return self.env[action["res_model"]].with_user(self.manager).browse(action["res_id"])

    # === Preview and apply ===#

    def test_a_preview_shows_each_penalty_and_changes_nothing(self):
        """legal.md FR04: 60 days at 12.15 % are 199.73; at 13.15 %, 216.16 (and 40.00)."""
        penalty = self.get_penalty()
        preview = self.preview(self.change(self.value_on(date(2026, 1, 1)), percent=3.15))
        self.assertEqual(preview.row_ids.mapped("before"), [239.73])
        self.assertEqual(preview.row_ids.mapped("after"), [256.16])
        self.assertEqual(preview.total_ids.mapped("after"), [256.16])
        self.assertEqual(preview.row_ids.move_id, self.invoice)
        self.assertEqual(self.value_on(date(2026, 1, 1)).percent, 2.15)
        self.assertEqual(self.get_penalty().accrued, penalty.accrued)

    def test_applying_changes_what_the_preview_showed(self):
        penalty = self.get_penalty()
        preview = self.preview(self.change(self.value_on(date(2026, 1, 1)), percent=3.15))
        preview.action_apply()
        self.assertEqual(self.value_on(date(2026, 1, 1)).percent, 3.15)
        self.assertEqual(penalty.accrued, 256.16)
        self.assertIn("3.15", self.ecb.message_ids[0].body)

    def test_what_was_claimed_is_kept(self):
        """A claim is not rewritten: 239.73 were claimed, whatever the rate becomes."""
        penalty = self.get_penalty()
        penalty._claim(TODAY)
        preview = self.preview(self.change(self.value_on(date(2026, 1, 1)), percent=1.15))
        self.assertEqual((preview.kept_count, preview.row_ids.claimed), (1, 239.73))
        self.assertTrue(preview.row_ids.is_kept)
        preview.action_apply()
        self.assertEqual(penalty.claimed, 239.73)
        self.assertEqual(penalty.accrued, 223.29)

    def test_a_missing_half_year_is_added_and_penalties_go_on(self):
        """legal.md §0: never an extrapolation; the wizard comes filled with the days that lack."""
        penalty = self.get_penalty(date(2027, 1, 31))
        self.assertEqual(penalty.problem_code, "rate_missing")
        action = self.env["account.reference.rate"]._get_add_action(
            penalty.problem_series_id, penalty.problem_date
        )
        context = action["context"]
        self.assertEqual(context["default_date_start"], date(2027, 1, 1))
        self.assertEqual(context["default_date_end"], date(2027, 6, 30))
        wizard = self.env["account.reference.rate.change"].with_user(self.manager)
        with Form(wizard.with_context(**context)) as form:
            form.percent = 2.40
            form.source = "European Central Bank, 1 January 2027"
        self.preview(form.record).action_apply()
        penalty = self.get_penalty(date(2027, 1, 31))
        self.assertFalse(penalty.problem_code)
        # 61 days at 12.15 %, 184 + 31 at 12.40 %: 203.0548 + 730.4110
        self.assertEqual(penalty.accrued_interest, 930.14)

    def test_a_new_value_ends_the_one_that_holds(self):
        """A central bank's decision: the rate before it ends on the day before."""
        change = self.change(date_start="2026-07-10", date_end="2026-12-31", percent=2.65)
        self.assertIn("07/09/2026", change.advice)
        self.preview(change).action_apply()
        self.assertEqual(self.value_on(date(2026, 7, 9)).percent, 2.40)
        self.assertEqual(self.value_on(date(2026, 7, 10)).percent, 2.65)

    def test_the_days_before_a_half_year_are_proposed_when_they_are_needed(self):
        """Spain and Belgium take the rate of the eve: 31 December."""
        first, last = self.ecb._get_free_days(date(2026, 12, 31))
        self.assertEqual((first, last), (date(2026, 7, 24), date(2026, 12, 31)))

    # === Bad input ===#

    def test_absurd_values_and_dates_are_refused_with_what_to_do(self):
        """Each says which value, and what is wrong with it."""
        for values, part in (
            ({"percent": 240}, "not between"),
            ({"percent": -11}, "not between"),
            ({"date_start": "2027-01-01", "date_end": "2026-12-31"}, "which is before it"),
            ({"date_start": "2026-01-01", "date_end": "2027-06-30"}, "both hold"),
            ({"date_start": "2010-01-01", "date_end": "2012-01-01"}, "both hold"),
        ):
            change = self.change(
                **{"date_start": "2027-01-01", "date_end": "2027-06-30", "percent": 2.4} | values
            )
            with self.assertRaises(ValidationError) as caught:
                change.action_preview()
            self.assertIn(part, str(caught.exception))

    def test_a_base_rate_may_be_negative_but_not_what_a_debtor_pays(self):
        """legal.md §2.2: DE, −0.88 % from 2016 on. A rule with −11 points of margin can't be."""
        base = self.env.ref(f"{MODULE}.reference_rate_de_base")
        self.assertEqual(self.value_on(date(2020, 1, 1), base).percent, -0.88)
        days = {"series_id": base.id, "date_start": "2027-01-01", "date_end": "2027-06-30"}
        self.preview(self.change(**days, percent=-0.88)).action_apply()
        days = {"series_id": base.id, "date_start": "2027-07-01", "date_end": "2027-12-31"}
        with self.assertRaisesRegex(UserError, "Correct the margin"):
            self.change(**days, percent=-9).action_preview()

    def test_a_slip_of_the_decimal_point_and_a_gap_are_pointed_out(self):
        """24 for 2.4; no value from 24 July to 31 December 2026."""
        change = self.change(date_start="2027-01-01", date_end="2027-06-30", percent=24)
        self.assertIn("decimal point", change.advice)
        self.assertIn("07/24/2026", change.advice)
        self.preview(change).action_apply()
        self.assertIn("07/24/2026", self.ecb.warning)

    def test_the_graph_has_one_point_per_month(self):
        """legal.md §2.1: May 2026 at 2.15; in June the last value of the month, 2.40."""
        history = self.env["account.reference.rate.history"].with_user(self.auditor)
        domain = [("series_id", "=", self.ecb.id), ("date", ">=", "2026-05-01")]
        self.assertEqual(history.search(domain).mapped("percent"), [2.15, 2.40, 2.40])

    # === Alert ===#

    def test_managers_are_told_once_and_until_it_is_added(self):
        """A half-year that has begun without its rate blocks penalties: somebody must know."""
        series = self.env["account.reference.rate"]
        series._alert(TODAY)
        self.assertFalse(self.ecb.activity_ids)
        for _twice in range(2):
            series._alert(date(2027, 1, 1))
        told = self.ecb.activity_ids.filtered(lambda one: one.user_id == self.manager)
        self.assertEqual(len(told), 1)
        self.assertIn("01/01/2027", told.summary)
        self.assertFalse(self.ecb.activity_ids.filtered(lambda one: one.user_id == self.collector))
        for one in self.ecb | self.legal:
            one.value_ids = [
                Command.create(
                    {
                        "date_start": "2027-01-01",
                        "date_end": "2027-06-30",
                        "percent": 2.4,
                        "source": "test",
                    }
                )
            ]
        series._alert(date(2027, 1, 1))
        self.assertFalse((self.ecb | self.legal).activity_ids)

    def test_a_country_that_nobody_needs_alerts_nobody(self):
        """Austria's base rate is not shipped: only who counts by it must add it."""
        austria = self.env.ref(f"{MODULE}.reference_rate_at_base")
        self.assertNotIn(austria, self.env["account.reference.rate"]._get_missing(TODAY))
        self.company.account_fiscal_country_id = self.env.ref("base.at")
        self.assertIn(austria, self.env["account.reference.rate"]._get_missing(TODAY))

    # === Access ===#

    def test_everybody_in_collections_reads_and_a_manager_writes(self):
        """Each role, on the rates, their values, the regimes, their tiers and the legal texts."""
        values = {
            "account.reference.rate": {"sequence": 5},
            "account.reference.rate.value": {"verified_on": TODAY},
            "account.penalty.regime": {"sequence": 5},
            "account.penalty.regime.tier": {"amount": 41},
            "account.legal.text": {"verified_on": TODAY},
        }
        for model, changes in values.items():
            record = self.env[model].search([], limit=1)
            for user in (self.auditor, self.assistant, self.collector, self.invoicing):
                as_user = record.with_user(user)
                self.assertTrue(as_user.read(list(changes)))
                with self.assertRaises(AccessError):
                    as_user.write(changes)
                with self.assertRaises(AccessError):
                    as_user.unlink()
            with self.assertRaises(AccessError):
                record.with_user(self.portal).read(list(changes))
            record.with_user(self.manager).write(changes)

    def test_only_a_manager_opens_the_wizard(self):
        for user in (self.auditor, self.assistant, self.collector, self.portal):
            with self.assertRaises(AccessError):
                self.ecb.with_user(user).action_add_value()
            with self.assertRaises(AccessError):
                self.env["account.reference.rate.change"].with_user(user).create(
                    {"series_id": self.ecb.id}
                )
