from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import TODAY, days_ago
from .common_penalty import PenaltyCommon


@tagged("post_install", "-at_install")
class TestPenaltyWaive(PenaltyCommon):
    """Penalties are waived with a reason, within a limit, one or many at once; and taken back."""

    def open(self, penalties, user=None, reinstate=False, **values):
        """The dialogue, as the web client opens it."""
        penalties = penalties.with_user(user or self.collector)
        action = penalties.action_reinstate() if reinstate else penalties.action_waive()
        wizards = penalties.env[action["res_model"]].with_context(**action["context"])
        return wizards.create({"reason": "Good customer"} | values)

    def test_waive_and_take_back(self):
        penalty = self.accrue(self.make_overdue_invoice(30))
        self.open(penalty).action_confirm()
        self.assertRecordValues(
            penalty, [{"waived": 49.99, "waived_fee": 40, "open_amount": 0, "state": "waived"}]
        )
        self.assertRecordValues(
            penalty.event_ids,
            [{"kind": "waive", "user_id": self.collector.id, "reason": "Good customer"}],
        )
        self.assertIn("Reinstate it first", penalty._get_obstacle(TODAY))
        self.open(penalty, reinstate=True, reason="Paid late again").action_confirm()
        self.assertRecordValues(penalty, [{"waived": 0, "open_amount": 49.99, "state": "accruing"}])

    def test_what_accrues_after_the_waiver_is_due(self):
        invoice = self.make_overdue_invoice(30)
        penalty = self.accrue(invoice, days_ago(10))
        penalty._waive(days_ago(10), penalty._get_claimable(), "Agreed until today")
        self.refresh()
        self.assertRecordValues(penalty, [{"open_amount": 3.33, "state": "accruing"}])

    def test_interest_or_indemnities_of_many(self):
        penalties = self.accrue(
            self.make_overdue_invoice(30) | self.make_overdue_invoice(60, amount=100)
        )
        with Form(self.open(penalties, self.manager)) as form:
            form.part = "fee"
            self.assertEqual(form.summary, self.company.currency_id.format(80))
            form.part = "interest"
        form.record.action_confirm()
        self.assertEqual(penalties.mapped("waived_fee"), [0, 0])
        self.assertEqual(penalties.mapped("open_amount"), [40, 40])

    def test_an_amount_of_one(self):
        penalty = self.accrue(self.make_overdue_invoice(30))
        self.open(penalty, part="amount", interest=5, fee=0).action_confirm()
        self.assertEqual(penalty.open_amount, 44.99)
        with self.assertRaisesRegex(UserError, "between nothing and .*4.99"):
            self.open(penalty, part="amount", interest=5, fee=0).action_confirm()
        with self.assertRaisesRegex(UserError, "between nothing"):
            self.open(penalty, part="amount", interest=-1, fee=0).action_confirm()

    def test_an_amount_is_not_for_many(self):
        penalties = self.accrue(self.make_overdue_invoice(30) | self.make_overdue_invoice(60))
        with self.assertRaisesRegex(UserError, "An amount is for one"):
            self.open(penalties, part="amount", interest=5).action_confirm()

    def test_a_reason_is_said(self):
        penalty = self.accrue(self.make_overdue_invoice(30))
        with self.assertRaisesRegex(UserError, "Say why"):
            self.open(penalty, reason="  ").action_confirm()

    def test_a_collector_has_a_limit_per_customer_and_year(self):
        """Many small waivers are one large one."""
        first, second = self.accrue(
            self.make_overdue_invoice(30) | self.make_overdue_invoice(30, amount=500)
        )
        self.assertIn("50.00", self.open(first).limit)
        self.open(first).action_confirm()
        with self.assertRaisesRegex(UserError, "your limit is .*50.00.*ask a manager"):
            self.open(second).action_confirm()
        self.open(second, self.manager).action_confirm()
        other = self.make_customer("Librairie")
        third = self.accrue(self.make_overdue_invoice(30, partner=other))
        self.open(third).action_confirm()
        self.assertEqual(third.state, "waived")

    def test_a_manager_has_the_limit_that_the_company_says(self):
        penalty = self.accrue(self.make_overdue_invoice(30))
        self.assertFalse(self.open(penalty, self.manager).limit)
        self.company.penalty_waive_manager = 20
        with self.assertRaisesRegex(UserError, "your limit is .*20.00"):
            self.open(penalty, self.manager).action_confirm()

    def test_a_limit_is_in_the_currency_of_the_company(self):
        """49.99 USD are 25 EUR."""
        invoice = self.make_overdue_invoice(30, currency_id=self.foreign_currency.id)
        penalty = self.accrue(invoice)
        self.assertEqual(penalty.accrued_fee, 80)
        self.company.penalty_waive_collector = 45
        self.open(penalty).action_confirm()
        self.assertEqual(penalty.state, "waived")

    def test_nothing_to_waive_is_said(self):
        penalty = self.accrue(self.make_overdue_invoice(30))
        with self.assertRaisesRegex(UserError, "Nothing of this was waived"):
            self.open(penalty, reinstate=True).action_confirm()
        penalty._add_event("invoice", TODAY, 9.99, 40)
        with self.assertRaisesRegex(UserError, "nothing to waive"):
            self.open(penalty).action_confirm()
