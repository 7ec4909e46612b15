from odoo.tests import tagged

from .common import TODAY, CollectionsCommon
from .common_fake_models import load_fake_models


@tagged("post_install", "-at_install")
class TestDunningExtension(CollectionsCommon):
    """Another addon adds a channel and a reason to hold, and changes nothing of ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        load_fake_models(cls)
        cls.company.dunning_scenario_id = cls.make_scenario({"offset_days": 1, "channel": "pigeon"})

    def prepare(self):
        self.make_overdue_invoice(10)
        return self.run_dunning().notice_ids

    def test_a_channel_is_a_value_and_two_methods(self):
        self.customer.city = "Lyon"
        notice = self.prepare()
        self.assertEqual((notice.channel, notice.state, notice.obstacle), ("pigeon", "draft", ""))
        notice.with_user(self.collector).action_validate()
        notice.with_user(self.collector).action_send()
        self.assertEqual((notice.state, notice.done_on), ("sent", TODAY))

    def test_its_obstacle_is_told_before_and_when_it_leaves(self):
        self.customer.city = False
        notice = self.prepare()
        self.assertIn("needs a city", notice.obstacle)
        notice._action_send(TODAY)
        self.assertEqual(notice.state, "failed")
        self.assertIn("needs a city", notice.state_reason)

    def test_a_reason_holds_and_explains_itself(self):
        self.customer.city = "Lyon"
        away = self.make_customer("On holiday until Monday", city="Lyon")
        held = self.make_overdue_invoice(10, partner=away)
        notice = self.prepare()
        self.assertEqual(notice.partner_id, self.customer)
        decision = self.get_decisions(held)
        self.assertEqual(decision.reason, "on_holiday")
        self.assertEqual(decision.explanation, "The customer is on holiday.")
        labels = decision._fields["reason"]._description_selection(self.env)
        self.assertEqual(dict(labels)["on_holiday"], "On holiday")

    def test_a_dry_run_holds_as_well(self):
        self.make_overdue_invoice(10, partner=self.make_customer("On holiday for ever"))
        run = self.run_dunning(dry=True)
        self.assertEqual(list(run._get_summary()), ["on_holiday"])
