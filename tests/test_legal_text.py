"""Texts of the law: the version of the day, in the reader's language (S4.25)."""

from datetime import date

from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

MODULE = "account_dispute_dunning"
DAY = date(2026, 11, 21)


@tagged("post_install", "-at_install")
class TestLegalText(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.texts = cls.env["account.legal.text"]
        cls.fines = cls.env.ref(f"{MODULE}.legal_text_fr_fines")

    def test_what_is_shipped_has_its_source_and_its_day(self):
        """legal.md §1.1, 3: penalties, indemnity, fines and payment terms, checked on a day."""
        for code, part in (
            ("fr_penalties", "10 percentage points"),
            ("fr_indemnity", "€40"),
            ("fr_fines", "€2 million"),
            ("fr_payment_terms", "60 days"),
            ("fr_public_payment_terms", "50 days"),
        ):
            self.assertIn(part, self.texts._get_text(code, DAY))
            version = self.texts._get_version(code, DAY)
            self.assertTrue(version.source)
            self.assertTrue(version.verified_on)

    def test_a_french_reader_gets_the_french_text(self):
        """As soon as the language is there: the French text comes with the translations."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms([MODULE], ["fr_FR"])
        text = self.texts._get_text("fr_fines", DAY, "fr_FR")
        self.assertIn("amende administrative", text)
        self.assertIn("administrative fine", self.texts._get_text("fr_fines", DAY, "en_US"))

    def test_a_letter_quotes_what_held_on_its_day(self):
        """A change of the law (a pending bill) is a new version; the one before it ends."""
        new = self.fines.copy(
            {"date_start": date(2027, 1, 1), "body": "Up to 1 % of the worldwide turnover."}
        )
        self.assertEqual(self.fines.date_end, date(2026, 12, 31))
        self.assertIn("€2 million", self.texts._get_text("fr_fines", date(2026, 12, 31)))
        self.assertEqual(self.texts._get_text("fr_fines", date(2027, 1, 1)), new.body)
        self.assertEqual(self.texts._get_text("fr_fines", date(2019, 1, 1)), "")
        self.assertEqual(self.texts._get_text("unknown", DAY), "")

    def test_two_versions_never_hold_on_one_day(self):
        with self.assertRaisesRegex(ValidationError, "end the first one"):
            self.fines.copy({"date_start": date(2019, 1, 1)})
        with self.assertRaisesRegex(ValidationError, "ends before it begins"):
            self.fines.date_end = date(2019, 1, 1)
