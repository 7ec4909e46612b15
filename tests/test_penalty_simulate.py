from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import TODAY
from .common_penalty import PenaltyCommon


@tagged("post_install", "-at_install")
class TestPenaltySimulate(PenaltyCommon):
    """S4.24: what late payment costs on any day, with its working; nothing is written."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.make_invoice(amount=10000, due=date(2026, 5, 1))

    def simulate(self, *invoices, user=None, **values):
        """The simulation of invoices as the dialogue shows it."""
        moves = self.env["account.move"].union(*(invoices or (self.invoice,)))
        action = moves.with_user(user or self.collector).action_simulate_penalties()
        simulations = self.env[action["res_model"]].with_user(user or self.collector)
        return simulations.with_context(**action["context"]).create(values)

    def get_open(self, simulation):
        """What is still to pay: payments settle the invoice first, or interest first."""
        (total,) = simulation._get_totals(simulation._simulate())
        return total["open"]

    def test_two_half_years(self):
        """legal.md FR04: 60 days at 12.15 % and 63 at 12.40 %, rounded once; a future day."""
        simulation = self.simulate(date=date(2026, 9, 1))
        (total,) = simulation._get_totals(simulation._simulate())
        self.assertEqual((total["interest"], total["fee"]), (413.75, 40.0))
        segments = simulation._simulate()[0].outcomes[0].segments
        self.assertEqual([segment.days for segment in segments], [60, 63])
        for shown in ("12.15", "12.40", "199.7260", "214.0274", "413.75"):
            self.assertIn(shown, simulation.result_html)

    def test_what_a_payment_would_leave(self):
        """legal.md FR15a and FR15b: both orders of settlement."""
        simulation = self.simulate(
            date=date(2026, 9, 3), payment_amount=4000, payment_date=date(2026, 7, 1)
        )
        self.assertEqual(self.get_open(simulation), [6373.58, 6377.99])

    def test_a_payment_settles_what_is_due_first(self):
        second = self.make_invoice(amount=2000, due=date(2026, 5, 31))
        simulation = self.simulate(
            self.invoice, second, date=TODAY, payment_amount=11000, payment_date=TODAY
        )
        rows = simulation._simulate()
        left = [float(row.outcomes[0].total_open) for row in rows]
        interest = round(10000 * 0.1215 * 60 / 365, 2)
        of_second = round(2000 * 0.1215 * 30 / 365, 2)
        paid_to_second = 11000 - (10000 + interest + 40)
        self.assertEqual(left[0], 0.0)
        self.assertAlmostEqual(left[1], 2000 + of_second + 40 - paid_to_second, places=2)

    def test_a_payment_of_one_instalment(self):
        """The other instalments of the invoice share its indemnity, and not the payment."""
        half = {"value": "percent", "value_amount": 50}
        term = self.env["account.payment.term"].create(
            {
                "name": "Two halves",
                "line_ids": [
                    Command.create(half | {"nb_days": 0}),
                    Command.create(half | {"nb_days": 30}),
                ],
            }
        )
        invoice = self.make_invoice(
            amount=1000, due=date(2026, 4, 1), invoice_payment_term_id=term.id
        )
        penalty = self.accrue(invoice)[-1]
        action = penalty.with_user(self.collector).action_simulate()
        simulation = (
            self.env[action["res_model"]]
            .with_context(**action["context"])
            .create({"date": TODAY, "payment_amount": 500, "payment_date": TODAY})
        )
        (row,) = simulation._simulate()
        self.assertEqual(row.facts.move_line_id, penalty.move_line_id.id)
        self.assertEqual(row.outcomes[0].fee, 0)
        self.assertEqual(row.outcomes[0].principal_open, 0)

    def test_a_payment_after_the_day_is_not_counted(self):
        simulation = self.simulate(date=TODAY, payment_amount=4000, payment_date=date(2026, 7, 1))
        self.assertTrue(simulation.is_payment_late)
        self.assertEqual(self.get_open(simulation), self.get_open(self.simulate(date=TODAY)))

    def test_a_day_without_a_rate(self):
        """A half-year that nobody knows yet: a message and the dialogue that adds it, no guess."""
        simulation = self.simulate(date=date(2027, 3, 1))
        self.assertEqual(simulation.missing_series_id.code, "ecb_mro")
        self.assertEqual(simulation.missing_date, date(2027, 1, 1))
        self.assertIn("2027-S1", simulation.result_html)
        self.assertFalse(simulation._get_totals(simulation._simulate()))
        with self.assertRaises(AccessError):
            simulation.action_add_rate()
        action = simulation.with_user(self.manager).action_add_rate()
        self.assertEqual(action["res_model"], "account.reference.rate.change")

    def test_what_is_not_late(self):
        later = self.make_invoice(amount=500, due=date(2026, 7, 20))
        self.assertIn("Nothing is late", self.simulate(later, date=TODAY).result_html)
        both = self.simulate(self.invoice, later, date=TODAY)
        self.assertEqual(len(both._simulate()), 1)
        self.assertIn("they are not late on this day", " ".join(both.result_html.split()))

    def test_nothing_is_written(self):
        penalties = self.env["account.penalty"].search([("company_id", "=", self.company.id)])
        simulation = self.simulate(date=date(2026, 9, 1), payment_amount=100)
        self.assertTrue(simulation.result_html)
        self.env.flush_all()
        self.assertEqual(
            self.env["account.penalty"].search([("company_id", "=", self.company.id)]), penalties
        )
        self.assertEqual(self.invoice.amount_residual, 10000)

    def test_it_recomputes_as_one_types(self):
        action = self.invoice.with_user(self.collector).action_simulate_penalties()
        simulations = self.env[action["res_model"]].with_user(self.collector)
        with Form(simulations.with_context(**action["context"])) as form:
            form.date = date(2026, 9, 1)
            self.assertIn("413.75", form.result_html)
            form.payment_amount = 4000
            form.payment_date = date(2026, 7, 1)
            self.assertNotIn("413.75", form.result_html)

    def test_the_customer(self):
        """All that is open of a customer, and the sums by currency."""
        self.make_invoice(amount=1000, due=date(2026, 5, 31), currency_id=self.foreign_currency.id)
        action = self.customer.with_user(self.collector).action_simulate_penalties()
        simulation = self.env[action["res_model"]].with_context(**action["context"]).create({})
        totals = simulation._get_totals(simulation._simulate())
        self.assertEqual({total["currency"].name for total in totals}, {"EUR", "USD"})
        self.assertFalse(simulation.currency_id)

    def test_the_printed_simulation(self):
        simulation = self.simulate(date=date(2026, 9, 1))
        report = "account_dispute_dunning.action_report_penalty_simulation"
        html, _type = self.env["ir.actions.report"]._render_qweb_html(report, simulation.ids)
        self.assertIn("413.75", html.decode())
        self.assertIn("It claims nothing", html.decode())

    def test_who_may(self):
        """Who reads invoices simulates; a customer does not."""
        for user in (self.auditor, self.assistant, self.invoicing):
            self.assertTrue(self.simulate(user=user, date=TODAY).result_html)
        own = self.make_invoice(partner=self.portal.partner_id, due=date(2026, 5, 1))
        for invoice in (self.invoice, own):
            with self.assertRaises(AccessError):
                self.simulate(invoice, user=self.portal)

    def test_what_can_t_be_simulated(self):
        draft = self.invoice.copy()
        with self.assertRaisesRegex(UserError, "posted customer invoices"):
            self.simulate(draft)
