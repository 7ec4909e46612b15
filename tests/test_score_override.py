from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, days_ago
from .common_score import ScoreCommon

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestScoreOverride(ScoreCommon):
    """A class set by hand: with reason, author and expiry; the computed one stays visible."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rate(cls.customer, "D")

    def expire(self, on_date):
        self.env["account.customer.score.override"]._expire(self.company, on_date)

    def get_messages(self):
        return "\n".join(self.customer.message_ids.mapped("body"))

    def test_its_class_is_the_customers_class_everywhere(self):
        override = self.override(self.customer, "B")
        self.assertEqual(self.get_class(self.customer), "B")
        partners = self.env["res.partner"].with_company(self.company)
        self.assertIn(self.customer, partners.search([("score_class", "=", "B")]))
        self.assertNotIn(self.customer, partners.search([("score_class", "=", "D")]))
        self.assertFalse(self.get_class(self.customer, self.branch))
        self.assertEqual(self.customer.score_override_id, override)

    def test_the_computed_class_stays_visible(self):
        override = self.override(self.customer, "B")
        self.assertEqual(override.computed_class, "D")
        self.assertEqual(self.customer.computed_score_class, "D")

    def test_it_says_who_why_and_until_when(self):
        override = self.override(self.customer, "B", user_id=self.manager.id)
        self.assertEqual(override.user_id, self.collector, "The author is who sets it")
        self.assertIn("Collector set the class to B", self.get_messages())
        self.assertIn("The owner guarantees its debts", self.get_messages())

    def test_reason_and_expiry_are_mandatory(self):
        for name in ("reason", "date_end"):
            with (
                self.subTest(name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.override(self.customer, "B", **{name: False})
        with self.assertRaisesRegex(ValidationError, "Today or later"):
            self.override(self.customer, "B", days=-1)

    def test_it_expires_by_itself(self):
        override = self.override(self.customer, "B", days=10)
        self.expire(TODAY + 10 * DAY)
        self.assertTrue(override.active, "Its last day counts")
        self.rate(self.customer, "C")
        self.expire(TODAY + 11 * DAY)
        self.assertFalse(override.active)
        self.assertEqual(self.get_class(self.customer), "C")
        self.assertIn("has expired", self.get_messages())

    def test_ending_it_gives_the_computed_class_back(self):
        override = self.override(self.customer, "B")
        override.action_end()
        self.assertEqual(self.get_class(self.customer), "D")
        with self.assertRaisesRegex(UserError, "over already"):
            override.action_end()

    def test_a_new_one_ends_the_former(self):
        former = self.override(self.customer, "B")
        latter = self.override(self.customer, "A")
        self.assertEqual((former.active, latter.active), (False, True))
        self.assertEqual(self.get_class(self.customer), "A")

    def test_what_was_decided_is_not_edited(self):
        override = self.override(self.customer, "B")
        for vals in ({"score_class": "A"}, {"user_id": self.manager.id}, {"active": False}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "end it"):
                override.write(vals)
        override.date_end = TODAY + 60 * DAY
        self.assertEqual(override.date_end, TODAY + 60 * DAY)

    def test_a_contact_has_no_class_of_its_own(self):
        contact = self.make_customer("Contact", parent_id=self.customer.id, is_company=False)
        with self.assertRaisesRegex(ValidationError, "choose Papeterie du Midi"):
            self.override(contact, "B")

    def test_who_may(self):
        for role in (self.auditor, self.assistant, self.invoicing):
            with self.subTest(role.login), self.assertRaises(AccessError):
                self.override(self.customer, "B", user=role)
        override = self.override(self.customer, "B")
        self.assertEqual(override.with_user(self.auditor).score_class, "B")
        with self.assertRaises(AccessError):
            override.with_user(self.assistant).action_end()
        with self.assertRaises(AccessError):
            override.with_user(self.collector).unlink()

    def test_one_that_has_held_is_not_deleted(self):
        override = self.override(self.customer, "B").with_user(self.manager)
        override.sudo().date_start = days_ago(3)
        with self.assertRaisesRegex(UserError, "end it instead"):
            override.unlink()
        override.sudo().date_start = TODAY
        override.unlink()
        self.assertEqual(self.get_class(self.customer), "D")

    def test_signals_and_ended_classes_are_deleted_when_scores_are(self):
        """GDPR: what is noted of a customer is kept as long as the company says."""
        old, standing = (
            self.override(self.make_customer(name), "D", days=1) for name in ("Old", "Standing")
        )
        old.action_end()
        signals = self.env["account.customer.signal"].sudo()
        changes = {self.customer.id: ("B", "D")}
        signal = signals._record_class_changes(self.company, TODAY, changes)
        scores = self.env["account.customer.score"]
        vacuum = (scores._gc_signals, scores._gc_overrides)
        self.assertEqual([each() for each in vacuum], [(0, False), (0, False)])
        with freeze_time(TODAY + timedelta(days=800)):
            self.assertEqual([each() for each in vacuum], [(1, True), (1, True)])
        self.assertFalse(old.exists() or signal.exists())
        self.assertTrue(standing.exists())


@tagged("post_install", "-at_install")
class TestScoreTrust(ScoreCommon):
    """The class is copied to Odoo's degree of trust only where the company wants it."""

    def test_nothing_is_written_without_the_setting(self):
        self.customer.trust = "good"
        self.rate(self.customer, "E")
        self.override(self.customer, "D")
        self.env["res.partner"].with_company(self.company)._copy_all_trust()
        self.assertEqual(self.customer.trust, "good")

    def test_each_class_has_its_trust(self):
        self.company.score_copies_trust = True
        partners = self.env["res.partner"].with_company(self.company)
        trusts = {}
        for letter in ("A", "B", "C", "NR", "D", "E"):
            partner = self.make_customer(f"Class {letter}", trust="normal")
            self.rate(partner, letter)
            trusts[partner] = {"A": "good", "B": "good", "D": "bad", "E": "bad"}.get(letter)
        partners._copy_all_trust()
        for partner, trust in trusts.items():
            self.assertEqual(partner.trust, trust or "normal", partner.name)
            changed = "Degree of trust" in "".join(partner.message_ids.mapped("body"))
            self.assertEqual(changed, bool(trust), "Only what changes is said")

    def test_a_class_set_by_hand_is_copied_at_once(self):
        self.company.score_copies_trust = True
        self.rate(self.customer, "D")
        self.override(self.customer, "B")
        self.assertEqual(self.customer.trust, "good")
        self.assertIn("as the class is B", self.customer.message_ids[0].body)

    def test_a_customer_that_was_never_scored_keeps_its_trust(self):
        self.company.score_copies_trust = True
        self.customer.trust = "bad"
        self.env["res.partner"].with_company(self.company)._copy_all_trust()
        self.assertEqual(self.customer.trust, "bad")
