from datetime import timedelta

from odoo.fields import Command
from odoo.tests import tagged

from ..engine.signal import Signal
from .common import TODAY, days_ago
from .common_fake_models import load_fake_models
from .common_score import ScoreCommon


@tagged("post_install", "-at_install")
class TestScoreExtension(ScoreCommon):
    """Another addon adds a component and a signal, and changes nothing of ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        load_fake_models(cls, "FakeScore", "FakeSignal")
        cls.formula = cls.env["account.customer.score.formula"]._get_active(cls.company).copy()
        for number in range(2, 6):
            due = days_ago(30 * number)
            cls.pay(cls.make_invoice(due=due), on_date=due + timedelta(days=12))

    def activate(self):
        """A fifth of the score is the height of the lighthouse: 100 points from 50 metres on."""
        for component in self.formula.component_ids:
            component.weight *= 0.8
        self.formula.component_ids = [
            Command.create(
                {
                    "sequence": 900,
                    "code": "lighthouse",
                    "weight": 20,
                    "break_ids": [
                        Command.create({"value": 0, "points": 0}),
                        Command.create({"value": 50, "points": 100}),
                    ],
                }
            )
        ]
        self.formula._activate()

    def score(self):
        scores = self.env["account.customer.score"]
        scores._refresh(self.company, TODAY)
        return scores.search([("partner_id", "=", self.customer.id), ("superseded_on", "=", False)])

    def test_it_counts_with_its_weight_and_says_why(self):
        without = self.score()
        self.customer.ref = "40m"
        self.activate()
        score = self.score()
        component = score.component_ids.filtered(lambda each: each.code == "lighthouse")
        self.assertEqual((component.value, component.points, component.weight), (40, 80, 20))
        self.assertEqual(component.name, "Lighthouse")
        self.assertEqual(component.sentence, "It lives 40 metres high.")
        self.assertEqual(component.action_view_records()["url"], "https://lighthouse.example")
        self.assertAlmostEqual(
            score.score,
            sum(each.points * each.weight for each in score.component_ids if each.has_data)
            / sum(each.weight for each in score.component_ids if each.has_data),
            places=1,
        )
        self.assertNotEqual(score.score, without.score)

    def test_without_data_its_weight_goes_to_the_others(self):
        before = self.score()
        self.activate()
        score = self.score()
        component = score.component_ids.filtered(lambda each: each.code == "lighthouse")
        self.assertFalse(component.has_data)
        self.assertEqual(score.score, before.score)
        self.assertLess(score.confidence, before.confidence)

    def test_it_can_be_chosen_in_a_formula(self):
        codes = self.formula.component_ids._fields["code"]._description_selection(self.env)
        self.assertIn(("lighthouse", "Lighthouse"), codes)

    def test_a_signal_brings_its_sentence_and_its_advice(self):
        signals = self.env["account.customer.signal"]
        fog = Signal(self.customer.id, "fog", "1", {"height": 40})
        signal = signals._record(self.company, TODAY, [fog, fog])
        self.assertEqual((signal.name, signal.advice), ("Fog at 40 metres.", "Sound the horn."))
