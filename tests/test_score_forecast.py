from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TODAY, days_ago
from .common_score import ScoreCommon

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestScoreForecast(ScoreCommon):
    """When each open receivable is expected to be paid, from how its customer paid before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.forecasts = cls.env["account.receivable.forecast"]
        cls.others = [cls.make_customer(f"Other {number}") for number in range(3)]
        for partner in cls.others:
            cls.make_history(partner, 2, 2, 2)
        cls.slow = cls.make_customer("Slow payer")
        cls.make_history(cls.slow, 20, 20, 20, 20)

    @classmethod
    def make_history(cls, partner, *delays):
        """Invoices that were paid so many days after their due dates, the latest one last."""
        for number, delay in enumerate(reversed(delays)):
            due = days_ago(60 + 30 * number)
            cls.pay(cls.make_invoice(partner=partner, due=due), on_date=due + delay * DAY)

    def refresh(self, on_date=TODAY):
        self.forecasts._refresh(self.company, on_date)
        self.env["account.receivable"].invalidate_model()

    def expect(self, invoice):
        self.refresh()
        return self.get_receivables(invoice)

    def test_a_slow_payer_is_expected_late(self):
        due = TODAY + 10 * DAY
        slow = self.expect(self.make_invoice(partner=self.slow, due=due))
        quick = self.expect(self.make_invoice(partner=self.others[0], due=due))
        self.assertGreater(slow.expected_date, due + 10 * DAY)
        self.assertLess(quick.expected_date, due + 6 * DAY)
        self.assertGreater(slow.late_probability, 90)
        self.assertLess(quick.late_probability, slow.late_probability)
        for receivable in (slow, quick):
            self.assertLess(receivable.expected_low, receivable.expected_date)
            self.assertLess(receivable.expected_date, receivable.expected_high)

    def test_a_customer_without_history_pays_as_the_others(self):
        new = self.make_customer("New")
        receivable = self.expect(self.make_invoice(partner=new, due=TODAY + 10 * DAY))
        mean = self.forecasts.search([]).filtered(lambda each: not each.params["count"]).params
        self.assertIn("settled nothing in 24 months", receivable.expected_basis)
        self.assertIn(str(mean["mean"]), receivable.expected_basis)

    def test_the_basis_says_what_counts(self):
        receivable = self.expect(self.make_invoice(partner=self.slow, due=TODAY + 10 * DAY))
        self.assertIn(
            "paid 20.0 days after the due date on average (4 in", receivable.expected_basis
        )
        quick = self.make_customer("Quick payer")
        self.make_history(quick, -4, -4, -4)
        early = self.expect(self.make_invoice(partner=quick, due=TODAY + 10 * DAY))
        self.assertIn("paid 4.0 days before the due date on average", early.expected_basis)

    def test_what_is_overdue_is_expected_from_now_on(self):
        receivable = self.expect(self.make_overdue_invoice(45, partner=self.others[0]))
        self.assertGreaterEqual(receivable.expected_date, TODAY)
        self.assertEqual(receivable.late_probability, 100)

    def test_what_is_paid_is_expected_no_more(self):
        invoice = self.make_invoice(partner=self.slow)
        self.refresh()
        self.assertTrue(invoice.expected_payment_date)
        self.pay(invoice)
        self.refresh()
        self.assertFalse(self.forecasts.search([("move_line_id.move_id", "=", invoice.id)]))
        self.assertFalse(invoice.expected_payment_date)

    def test_it_is_the_same_on_the_invoice(self):
        invoice = self.make_invoice(partner=self.slow)
        receivable = self.expect(invoice)
        self.assertEqual(invoice.expected_payment_date, receivable.expected_date)
        self.assertEqual(invoice.late_probability, receivable.late_probability)
        self.assertEqual(invoice.expected_payment_basis, receivable.expected_basis)
        self.assertFalse(self.make_invoice(amount=-10).expected_payment_date)

    def test_the_list_sorts_and_the_pivot_groups_by_it(self):
        """It orders the work: what is expected first, what is most probably late."""
        first = self.make_invoice(partner=self.others[0], due=TODAY + 10 * DAY, amount=100)
        second = self.make_invoice(partner=self.slow, due=TODAY + 5 * DAY, amount=200)
        self.refresh()
        receivables = self.env["account.receivable"]
        domain = [("move_id", "in", (first | second).ids)]
        by_date = receivables.search(domain, order="expected_date")
        self.assertEqual(by_date.move_id.ids, [first.id, second.id])
        by_risk = receivables.search(domain, order="late_probability desc")
        self.assertEqual(by_risk.move_id.ids, [second.id, first.id])
        groups = receivables._read_group(domain, ["expected_date:month"], ["residual:sum"])
        self.assertEqual(sum(amount for _month, amount in groups), 300)

    def test_refreshing_twice_changes_nothing(self):
        self.make_invoice(partner=self.slow)
        self.refresh()
        before = self.forecasts.search([]).read(["expected_date", "late_probability"])
        self.refresh()
        self.assertEqual(
            self.forecasts.search([]).read(["expected_date", "late_probability"]), before
        )

    def test_its_facts_are_one_statement(self):
        """However many there are; the others are the companies and the accounts."""
        self.make_invoice(partner=self.slow)
        self.forecasts._get_forecast_facts(self.company, TODAY)
        for _more in range(2):
            with self.assertQueryCount(4):
                self.forecasts._get_forecast_facts(self.company, TODAY)
            self.make_invoice(partner=self.others[0])
            self.env.flush_all()

    def test_who_reads_it(self):
        self.make_invoice(partner=self.slow)
        self.refresh()
        forecast = self.forecasts.search([], limit=1)
        for user in (self.auditor, self.invoicing):
            self.assertTrue(forecast.with_user(user).basis)
        for user in (self.manager, self.auditor):
            with self.assertRaises(AccessError):
                forecast.with_user(user).write({"expected_date": TODAY})
        with self.assertRaises(AccessError):
            forecast.with_user(self.portal).read(["expected_date"])
