import ast
import inspect
import re
from datetime import timedelta

from odoo.tests import tagged

from ..engine import score as engine
from ..engine.score_formula import tidy
from .common import TODAY, CollectionsCommon, days_ago

COMPONENTS = {function.__name__ for function in engine.MEASURES.values()}
REASON = re.compile(r"[a-z_]+")


@tagged("post_install", "-at_install")
class TestScoreExplanation(CollectionsCommon):
    """A score says why: in words, in figures that add up, and by its records (S0.22, S0.23)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scores = cls.env["account.customer.score"]
        cls.invoices = cls.env["account.move"]
        for late in (12, 4, -6):
            invoice = cls.make_invoice(due=days_ago(100))
            cls.pay(invoice, on_date=days_ago(100 - late))
            cls.invoices |= invoice
        cls.overdue = cls.make_overdue_invoice(20, amount=400.0)
        cls.dispute = cls.contest(cls.make_overdue_invoice(5), 200.0)
        cls.close_dispute(cls.dispute, "unfounded")

    def refresh(self, on_date=TODAY):
        self.scores._refresh(self.company, on_date)
        return self.scores.search(
            [("partner_id", "=", self.customer.id), ("superseded_on", "=", False)]
        )

    def of(self, score, code):
        return score.component_ids.filtered(lambda each: each.code == code)

    def test_the_total_is_recomputed_by_hand_from_what_is_stored(self):
        score = self.refresh()
        self.env.invalidate_all()
        known = score.component_ids.filtered("has_data")
        self.assertLess(len(known), len(score.component_ids))
        weight = sum(known.mapped("weight"))
        total = sum(each.points * each.weight for each in known)
        self.assertEqual(score.score, tidy(total / weight))
        self.assertEqual(score.confidence, weight)
        self.assertAlmostEqual(sum(score.component_ids.mapped("share")), 100, 0)
        self.assertAlmostEqual(sum(score.component_ids.mapped("contribution")), score.score, 0)
        self.assertIn(f"÷ {score._write_number(weight)} = ", score.working)
        self.assertTrue(score.working.endswith(f"= {score._write_number(score.score)}"))

    def test_the_points_follow_from_the_value_and_the_formula(self):
        score = self.refresh()
        formula = score.formula_id._to_engine()
        for component in formula.components:
            stored = self.of(score, component.code)
            if stored.has_data:
                self.assertEqual(stored.points, component.points(stored.value), component.code)

    def test_each_component_says_why(self):
        score = self.refresh()
        says = {each.code: each.sentence for each in score.component_ids}
        self.assertIn("days late on average, by amount", says["delay"])
        self.assertIn("1,400.00", says["overdue"].replace("\u202f", ","))
        self.assertEqual(says["promises"], "No promise or instalment has fallen due.")
        self.assertIn("200.00", says["unfounded"])
        self.assertEqual(says["incidents"], "No payment of 12 months came back.")
        self.assertEqual(says["solvency"], "No value is known.")

    def test_every_reason_of_the_engine_has_its_sentence(self):
        """Read in the engine's own words, so that a new one is not forgotten."""
        reasons = set()
        for node in ast.walk(ast.parse(inspect.getsource(engine))):
            if isinstance(node, ast.FunctionDef) and node.name in COMPONENTS:
                texts = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
                reasons.update(text for text in texts if REASON.fullmatch(str(text)))
        keys = {"days", "count", "amount", "percent", "kept", "due", "level", "value", "on"}
        keys |= {"answered", "contacts", "verified"}
        missing = reasons - set(self.scores._get_sentences()) - keys
        self.assertFalse(missing)
        self.assertGreater(len(reasons), 20)

    def test_a_sentence_is_in_the_readers_language(self):
        """Amounts, days and decimals as he writes them; nothing stored is in a language."""
        self.customer.write({"solvency_value": 72.5, "solvency_date": days_ago(30)})
        score = self.refresh()
        solvency = self.of(score, "solvency")
        self.assertEqual(solvency.params, {"value": 72.5, "on": "2026-05-31"})
        self.assertEqual(solvency.sentence, "72.5 of 100 on 05/31/2026.")
        french = solvency.with_context(lang="fr_FR").sentence
        self.assertIn("72,5", french)
        self.assertIn("31/05/2026", french)

    def test_what_is_not_known_is_said_with_its_rule(self):
        score = self.refresh()
        self.assertIn("Promises and instalments", score.missing)
        self.assertIn("in proportion to theirs", score.missing)
        self.assertIn(f"is {score._write_number(score.confidence)} %", score.missing)

    def test_a_score_that_is_limited_says_so(self):
        self.customer.insolvency_date = TODAY
        score = self.refresh()
        self.assertIn("29.9 of 100: class E.", score.summary)
        self.assertIn("Insolvent", score.summary)
        self.assertTrue(score.working.endswith(f"= {score._write_number(score.uncapped)}"))

    def test_who_is_not_rated_is_told_what_is_missing(self):
        other = self.make_customer("New one")
        self.make_invoice(other, due=days_ago(3))
        self.refresh()
        score = self.scores.search([("partner_id", "=", other.id)])
        self.assertIn("invoices settled in 24 months: 0; needed: 3", score.summary)
        self.assertFalse(score.working)

    def test_the_previous_score_and_the_change(self):
        first = self.refresh()
        self.pay(self.overdue)
        score = self.refresh()
        self.assertEqual(score.previous_score, first.score)
        self.assertAlmostEqual(score.delta, score.score - first.score)
        self.assertGreater(score.delta, 0)
        self.assertEqual(first.with_user(self.auditor).is_current, False)

    # === The records behind ===#

    def behind(self, score, code):
        action = self.of(score, code).with_user(self.auditor).action_view_records()
        return self.env[action["res_model"]].search(action["domain"])

    def test_each_component_opens_its_records(self):
        score = self.refresh()
        receivables = self.behind(score, "delay")
        self.assertLessEqual(self.invoices, receivables.move_id)
        self.assertEqual(len(receivables), self.of(score, "delay").params["count"])
        self.assertEqual(
            self.behind(score, "overdue").move_id, self.overdue + self.dispute.line_ids.move_id
        )
        self.assertEqual(self.behind(score, "unfounded"), self.dispute)
        self.assertEqual(len(self.behind(score, "incidents")), 3)
        self.assertFalse(self.behind(score, "communication"))

    def test_the_customer_opens_its_score(self):
        customer = self.customer.with_user(self.collector)
        self.assertEqual(customer.action_view_score()["res_model"], "account.customer.score")
        score = self.refresh()
        self.assertEqual(customer.action_view_score()["res_id"], score.id)
        action = score.with_user(self.collector).action_view_history()
        self.assertEqual(self.scores.search(action["domain"]), score)

    # === For the customer who asks ===#

    def test_what_is_printed_for_the_customer_says_everything(self):
        """Every factor, its points and weight, how to contest, how long it is kept (GDPR)."""
        score = self.refresh()
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "account_dispute_dunning.report_score", score.ids
        )
        text = html.decode()
        for component in score.component_ids:
            self.assertIn(component.name, text)
        for words in (
            score.working,
            "a person decides",
            "tell us which invoice",
            "Former scores are deleted after 24 months",
        ):
            self.assertIn(words, text)
        self.assertNotIn("fingerprint", text)

    def test_what_a_person_decided_instead_is_printed(self):
        """Who asks is told who replaced the score, why and until when; former ones are as was."""
        score = self.refresh()
        self.env["account.customer.score.override"].with_user(self.collector).create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "score_class": "E",
                "reason": "Its bank has left it",
                "date_end": TODAY + timedelta(days=30),
            }
        )
        for user in (self.auditor, self.invoicing):
            self.env.invalidate_all()
            reports = self.env["ir.actions.report"].with_user(user)
            html, _kind = reports._render_qweb_html(
                "account_dispute_dunning.report_score", score.ids
            )
            self.assertIn("Its bank has left it", html.decode())
            self.assertIn(self.collector.name, html.decode())
        score.sudo().superseded_on = TODAY
        self.assertFalse(score._get_override())

    def test_it_is_printed_in_the_customers_language(self):
        self.customer.lang = "fr_FR"
        self.customer.write({"solvency_value": 72.5, "solvency_date": days_ago(30)})
        score = self.refresh()
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "account_dispute_dunning.report_score", score.ids
        )
        self.assertIn("31/05/2026", html.decode())
