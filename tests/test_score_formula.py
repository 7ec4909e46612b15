from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged, users

from ..engine import score_formula as engine
from .common import CollectionsCommon, days_ago


@tagged("post_install", "-at_install")
class TestScoreFormula(CollectionsCommon):
    """The formula: checked in words, frozen once activated, tried before (S0.23)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.formulas = cls.env["account.customer.score.formula"]
        cls.shipped = cls.formulas._get_active(cls.company)

    def make_draft(self):
        return self.formulas.browse(self.shipped.action_new_version()["res_id"])

    def get_component(self, formula, code):
        return formula.component_ids.filtered(lambda each: each.code == code)

    def activate(self, formula):
        action = formula.action_try()
        trial = self.env[action["res_model"]].browse(action["res_id"])
        trial.action_activate()
        return trial

    # === What is shipped ===#

    def test_what_is_shipped_is_the_engines(self):
        formula = self.shipped._to_engine()
        self.assertEqual(formula.components, engine.DEFAULT.components)
        self.assertEqual(formula.classes, engine.DEFAULT.classes)
        self.assertEqual(self.shipped.state, "active")
        self.assertFalse(self.shipped.problems)

    def test_a_formula_that_is_there_stays(self):
        self.formulas._load_shipped()
        self.assertEqual(self.formulas._get_active(self.company), self.shipped)

    # === Checked ===#

    def test_a_draft_says_everything_that_is_wrong_with_it(self):
        draft = self.make_draft()
        delay, margin = (self.get_component(draft, code) for code in ("delay", "margin"))
        delay.weight += 5
        margin.break_ids[0].points = 120
        self.get_component(draft, "promises").break_ids[1:].unlink()
        self.get_component(draft, "effort").break_ids = [
            Command.create({"value": 2, "points": 90}),
            Command.create({"value": 2, "points": 40}),
        ]
        draft.lowest_b = 85
        self.assertEqual(draft.total_weight, 105)
        for words in (
            "The weights add up to 105.0",
            "Around the due date: at the value -15.0 there are 120.0 points.",
            "Promises and instalments: enter two break points at least",
            "Reminders needed: the value 2.0 is there twice.",
            "Each class must start lower than the better one",
        ):
            self.assertIn(words, draft.problems)
        with self.assertRaisesRegex(UserError, "add up to 105.0"):
            draft.action_try()

    def test_a_better_payer_never_has_fewer_points(self):
        draft = self.make_draft()
        breaks = self.get_component(draft, "solvency").break_ids.sorted("value")
        breaks[0].points, breaks[1].points = 100, 0
        self.assertIn("Solvency, by a third party: a better payer would have fewer", draft.problems)

    def test_each_problem_has_its_words(self):
        sentences = (
            self.formulas._get_formula_sentences() | self.formulas._get_component_sentences()
        )
        for problem in sentences:
            with self.subTest(problem):
                params = {"total": 1, "lowest": 1, "weight": 1, "left": 1, "right": 1}
                params |= {"value": 1, "points": 1, "component": "X"}
                self.assertTrue(sentences[problem] % params)

    # === Versions ===#

    def test_an_activated_version_is_frozen(self):
        """Scores refer to it as it was: not even its weights can be changed beneath them."""
        component = self.shipped.component_ids[0]
        for change in (
            lambda: self.shipped.write({"lowest_a": 90}),
            lambda: component.write({"weight": 30}),
            lambda: component.break_ids[0].write({"points": 1}),
            lambda: component.copy(),
            lambda: component.break_ids[0].copy(),
            lambda: component.unlink(),
            lambda: component.break_ids[0].unlink(),
            lambda: self.shipped.unlink(),
        ):
            with self.assertRaisesRegex(UserError, "New Version"):
                change()
        with self.assertRaisesRegex(UserError, "from its trial"):
            self.make_draft().state = "active"

    def test_a_break_point_cannot_move_into_an_activated_version(self):
        moved = self.get_component(self.make_draft(), "delay").break_ids[0]
        with self.assertRaisesRegex(UserError, "New Version"):
            moved.component_id = self.shipped.component_ids[0]

    def test_a_new_version_takes_the_place_of_the_former(self):
        draft = self.make_draft()
        self.assertEqual(draft.version, self.shipped.version + 1)
        self.assertEqual(draft._to_engine().components, self.shipped._to_engine().components)
        draft.lowest_a = 90
        self.activate(draft)
        self.assertEqual((draft.state, self.shipped.state), ("active", "archived"))
        self.assertEqual(draft.activated_by_id, self.env.user)
        self.assertIn("activated it after a trial", draft.message_ids[0].body)
        self.assertEqual(self.formulas._get_formula(self.company).classes[0], ("A", 90.0))

    def test_a_company_may_have_its_own(self):
        own = self.make_draft()
        own.company_id = self.company
        self.activate(own)
        self.assertEqual(self.shipped.state, "active")
        self.assertEqual(self.formulas._get_active(self.company), own)
        self.assertEqual(self.formulas._get_active(self.branch), own)
        self.setup_other_company_data()
        self.assertEqual(self.formulas._get_active(self.other_company), self.shipped)

    # === Trial ===#

    def make_payer(self, name, late):
        customer = self.make_customer(name)
        for age in (50, 80, 110):
            invoice = self.make_invoice(customer, due=days_ago(age))
            self.pay(invoice, on_date=days_ago(age - late))
        return customer

    def test_a_trial_says_who_changes_class_and_writes_nothing(self):
        early, late = self.make_payer("Early", -10), self.make_payer("Late", 45)
        scores = self.env["account.customer.score"]
        before = {
            each.customer: each.letter for _f, each in scores._score(self.company, days_ago(0))
        }
        draft = self.make_draft()
        draft.lowest_a = 99
        action = draft.action_try()
        trial = self.env["account.customer.score.try"].browse(action["res_id"])
        self.assertEqual((trial.customer_count, trial.changed_count), (2, 1))
        self.assertEqual((trial.better_count, trial.worse_count), (0, 1))
        line = trial.line_ids
        self.assertEqual(line.partner_id, early)
        self.assertEqual((line.class_before, line.class_after), (before[early.id], "B"))
        self.assertEqual(sum(trial.row_ids.mapped("before")), 2)
        self.assertEqual(sum(trial.row_ids.mapped("difference")), 0)
        self.assertFalse(scores.search([("partner_id", "in", (early + late).ids)]))
        self.assertFalse(early.score_class)

    def test_what_was_changed_since_its_trial_is_tried_again(self):
        draft = self.make_draft()
        action = draft.action_try()
        draft.lowest_a = 85
        with self.assertRaisesRegex(UserError, "try it again"):
            self.env["account.customer.score.try"].browse(action["res_id"]).action_activate()

    # === Who ===#

    @users("collections_collector")
    def test_a_collector_reads_and_changes_nothing(self):
        formula = self.shipped.with_env(self.env)
        self.assertTrue(formula.component_ids.break_ids.mapped("points"))
        for method in (formula.action_new_version, formula.action_try):
            with self.assertRaises(AccessError):
                method()
        with self.assertRaises(UserError):
            formula.component_ids[0].weight = 3

    @users("collections_manager")
    def test_a_manager_tries_and_activates(self):
        draft = self.formulas.with_env(self.env).browse(
            self.shipped.with_env(self.env).action_new_version()["res_id"]
        )
        self.activate(draft)
        self.assertEqual(draft.state, "active")
