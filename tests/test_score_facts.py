import random
from datetime import timedelta

from odoo.tests import tagged

from ..engine.score_facts import Item, summarise
from .common import TODAY, CollectionsCommon, days_ago


@tagged("post_install", "-at_install")
class TestScoreFacts(CollectionsCommon):
    """The facts of a score, as the ledger, the disputes and the reminders tell them (S0.23)."""

    def get_facts(self, partner=None, on_date=TODAY, company=None):
        scores = self.env["account.customer.score"]
        partner = partner or self.customer
        facts = scores._get_facts(company or self.company, on_date, partner.ids)
        return facts[0] if facts else None

    def make_paid(self, late, age=100, amount=1000.0, **values):
        """An invoice due `age` days ago and paid `late` days after that."""
        invoice = self.make_invoice(amount=amount, due=days_ago(age), **values)
        self.pay(invoice, on_date=days_ago(age - late))
        return invoice

    def assert_same(self, facts, *items, on_date=TODAY):
        """The statement says the same as the engine's definition in Python."""
        expected = summarise(facts.customer, items, on_date)
        for name in ("settled", "recent"):
            self.assertEqual(getattr(facts, name), getattr(expected, name), name)
        for name in ("by_amount", "by_invoice"):
            found, wanted = getattr(facts, name), getattr(expected, name)
            self.assertEqual(found.count, wanted.count, name)
            self.assertAlmostEqual(found.weight, wanted.weight, 6, name)
            self.assertAlmostEqual(found.total, wanted.total, 6, name)
            pairs = zip(sorted(found.favourable), sorted(wanted.favourable), strict=True)
            for (weight, delay), (wanted_weight, wanted_delay) in pairs:
                self.assertAlmostEqual(weight, wanted_weight, 6)
                self.assertEqual(delay, wanted_delay)
        for found, wanted in zip(facts.overdue, expected.overdue, strict=True):
            self.assertAlmostEqual(found, wanted, 2)

    def item(self, invoice, settled=None, **values):
        return Item(
            amount=values.pop("amount", invoice.amount_total),
            due=invoice.invoice_date_due,
            settled=settled,
            invoiced_on=invoice.invoice_date,
            **values,
        )

    # === Receivables ===#

    def test_the_statement_sums_what_the_engine_defines(self):
        """Settled late, early and before a due date ahead, overdue in each band, not due yet, too
        old to count, and open however old."""
        paid = {
            self.make_paid(12, age=100): days_ago(88),
            self.make_paid(-5, age=40, amount=300.0): days_ago(45),
            self.make_paid(40, age=500, amount=700.0): days_ago(460),
            self.make_paid(3, age=800): days_ago(797),
            self.make_paid(-10, age=-6, amount=50.0): days_ago(4),
            self.make_paid(-20, age=-20): TODAY,
            self.make_paid(0, age=0): TODAY,
        }
        is_open = [
            self.make_invoice(amount=10.0 * number, due=days_ago(age))
            for number, age in enumerate((-10, 0, 1, 15, 16, 30, 31, 60, 61, 400, 900), start=1)
        ]
        items = [self.item(invoice, settled) for invoice, settled in paid.items()]
        self.assert_same(self.get_facts(), *items, *map(self.item, is_open))

    def test_a_past_day_does_not_know_what_came_later(self):
        invoice = self.make_paid(50, age=100)
        self.make_invoice(due=days_ago(20))  # invoiced 50 days ago
        facts = self.get_facts(on_date=days_ago(80))
        self.assert_same(facts, self.item(invoice), on_date=days_ago(80))
        self.assertEqual(facts.overdue, (0.0, 1000.0, 0.0, 0.0))

    def test_a_part_that_was_paid_is_not_overdue(self):
        invoice = self.make_overdue_invoice(10)
        self.pay(invoice, 400, on_date=days_ago(2))
        facts = self.get_facts()
        self.assertEqual(facts.overdue[0], 600.0)
        self.assertEqual(facts.settled, 0)

    def test_instalments_are_receivables_of_their_own(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half and half",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (0, 30)
                ],
            }
        )
        self.make_invoice(due=days_ago(50), invoice_payment_term_id=term.id)
        facts = self.get_facts()
        self.assertEqual(facts.overdue, (0.0, 500.0, 500.0, 0.0))

    def test_what_a_credit_note_took_off_was_never_owed(self):
        """Cancelled whole, an invoice is no payment; in part, the rest was paid when it was."""
        whole, part = self.make_overdue_invoice(50), self.make_invoice(due=days_ago(40))
        for invoice, amount, day in ((whole, -1000.0, 1), (part, -300.0, 2)):
            credit = self.make_invoice(amount=amount, due=days_ago(day))
            (credit + invoice)._get_receivable_lines().reconcile()
        self.pay(part, on_date=days_ago(38))
        self.assert_same(self.get_facts(), self.item(part, days_ago(38), amount=700.0))

    def test_a_payment_that_waits_for_the_bank_counts_on_its_day(self):
        """Without an outstanding account the payment has no entry until the bank's line."""
        invoice = self.make_overdue_invoice(10)
        moves = self.env.registry["account.move"]
        self.patch(moves, "_get_invoice_in_payment_state", lambda move: "in_payment")
        self.env["account.payment.method.line"].search([]).payment_account_id = False
        payment = self.pay(invoice, on_date=days_ago(4))
        self.assertFalse(payment.move_id)
        self.assert_same(self.get_facts(), self.item(invoice, days_ago(4)))

    def test_a_foreign_invoice_counts_in_company_currency(self):
        invoice = self.make_overdue_invoice(10, currency_id=self.foreign_currency.id)
        facts = self.get_facts()
        self.assertEqual(facts.overdue[0], 500.0)
        self.assert_same(facts, self.item(invoice, amount=500.0))

    # === Disputes ===#

    def test_an_open_dispute_is_nobodys_delay(self):
        invoice = self.make_overdue_invoice(40)
        self.contest(invoice, 300, on_date=days_ago(30))
        item = self.item(invoice, contested_days=30, contested_amount=300.0)
        self.assert_same(self.get_facts(), item)

    def test_days_before_the_due_date_and_overlapping_ones_count_once(self):
        invoice = self.make_overdue_invoice(40)
        self.close_dispute(
            self.contest(invoice, 100, on_date=days_ago(50)), "founded", days_ago(20)
        )
        self.contest(invoice, 200, on_date=days_ago(30))
        item = self.item(invoice, contested_days=40, contested_amount=300.0)
        self.assert_same(self.get_facts(), item)

    def test_an_unfounded_dispute_is_the_customers_delay(self):
        invoice = self.make_overdue_invoice(40)
        dispute = self.contest(invoice, 300, on_date=days_ago(30))
        self.close_dispute(dispute, "unfounded", days_ago(10))
        facts = self.get_facts()
        self.assert_same(facts, self.item(invoice))
        self.assertEqual((facts.contested, facts.unfounded), (300.0, 300.0))
        self.assert_same(
            self.get_facts(on_date=days_ago(15)),
            self.item(invoice, contested_days=15, contested_amount=300.0),
            on_date=days_ago(15),
        )

    def test_a_founded_dispute_settled_by_its_credit_note(self):
        invoice = self.make_overdue_invoice(40)
        dispute = self.contest(invoice, 300, on_date=days_ago(30))
        credit = self.make_invoice(amount=-300.0, due=days_ago(5))
        (credit + invoice)._get_receivable_lines().reconcile()
        self.close_dispute(dispute, "founded", days_ago(5))
        self.pay(invoice, on_date=days_ago(3))
        item = self.item(invoice, days_ago(3), contested_days=25, contested_amount=300.0)
        self.assert_same(self.get_facts(), item)

    def test_dispute_propensity_is_of_twelve_months(self):
        invoice = self.make_overdue_invoice(40)
        self.close_dispute(self.contest(invoice, 300, on_date=days_ago(30)), "founded")
        old = self.make_overdue_invoice(400)
        self.contest(old, 500, on_date=days_ago(30))
        facts = self.get_facts()
        self.assertEqual((facts.invoiced, facts.contested), (1000.0, 300.0))

    # === Histories drawn at random ===#

    def test_random_histories_sum_as_the_engine_defines(self):
        """Amounts, currencies, days of payment and disputes of each verdict, mixed."""
        draw = random.Random(7)
        for number in range(12):
            customer = self.make_customer(f"Random {number}")
            items = [self.draw_item(customer, draw) for _ in range(draw.randint(1, 6))]
            # What was settled of more than 24 months ago is not looked at.
            items = [item for item in items if not item.settled or item.due >= days_ago(730)]
            facts = self.get_facts(customer)
            with self.subTest(number, items=items):
                if items:
                    self.assert_same(facts, *items)
                else:
                    self.assertIsNone(facts)

    def draw_item(self, customer, draw):
        """A receivable with a dispute and a payment, or none; returns its engine's item."""
        ages = (-20, -1, 0, 1, 14, 15, 16, 45, 90, 91, 200, 365, 366, 700, 730, 731, 800)
        invoice = self.make_invoice(
            customer,
            amount=2.0 * draw.randint(5, 900),
            due=days_ago(draw.choice(ages)),
            currency_id=draw.choice([self.company.currency_id, self.foreign_currency]).id,
        )
        amount = sum(invoice._get_receivable_lines().mapped("balance"))
        opened, closed, contested = self.draw_dispute(invoice, draw)
        settled = None
        if draw.random() < 0.6:
            settled = min(TODAY, invoice.invoice_date + timedelta(draw.randint(0, 120)))
            self.pay(invoice, on_date=settled)
        days = 0
        if contested:
            last = min(closed or TODAY, settled or TODAY)
            days = max(0, (last - max(opened, invoice.invoice_date_due)).days)
        return self.item(
            invoice, settled, amount=amount, contested_days=days, contested_amount=contested
        )

    def draw_dispute(self, invoice, draw):
        """When a dispute of the invoice was opened and closed, and how much of it is spared."""
        if draw.random() < 0.5:
            return None, None, 0.0
        opened = min(TODAY, invoice.invoice_date_due + timedelta(draw.randint(-30, 30)))
        dispute = self.contest(
            invoice, invoice.amount_total * draw.choice([1.0, 0.5]), on_date=opened
        )
        verdict = draw.choice(["open", "founded", "partly", "unfounded", "withdrawn"])
        closed = None
        if verdict != "open":
            closed = min(TODAY, opened + timedelta(draw.randint(0, 40)))
            self.close_dispute(dispute, verdict, closed)
        is_spared = verdict in ("open", "founded", "partly")
        return opened, closed, sum(dispute.line_ids.mapped("amount_company")) * is_spared

    # === What else is known ===#

    def remind(self, invoice, days, done_on):
        """Have a step of the scenario prepared and sent on a day."""
        notice = self.run_dunning(done_on).notice_ids.filtered(
            lambda notice: notice.step_id == self.steps[days]
        )
        notice._transition("sent", done_on=done_on)
        return notice

    def test_the_reminders_needed_are_those_before_payment(self):
        self.assertEqual(self.get_facts(), None)
        paid = self.make_paid(2, age=200)
        self.assertEqual(self.get_facts().reminded, 0, "nobody is reminded in this company")
        late = self.make_overdue_invoice(30)
        self.remind(late, 1, days_ago(29))
        self.remind(late, 21, days_ago(9))
        facts = self.get_facts()
        self.assertEqual((facts.reminded, facts.reminder_levels), (2, 2.0))
        self.contest(late, 100)
        self.assertEqual(self.get_facts().reminder_levels, 0.0, "contested")
        self.assertTrue(paid)

    def test_an_answer_is_a_reply_a_payment_or_a_dispute(self):
        invoice = self.make_overdue_invoice(60)
        notice = self.remind(invoice, 1, days_ago(59))
        self.assertEqual((self.get_facts().contacts, self.get_facts().answered), (1, 0))
        self.pay(invoice, on_date=days_ago(50))
        self.assertEqual((self.get_facts().contacts, self.get_facts().answered), (1, 1))
        self.assertEqual(self.get_facts(on_date=days_ago(55)).contacts, 0, "it is too early")
        notice._write_frozen(replied_on=f"{days_ago(57)} 09:00:00")
        self.assertEqual(self.get_facts(on_date=days_ago(55)).answered, 1)

    def test_a_contact_counts_from_the_day_it_was_verified(self):
        self.make_overdue_invoice(10)
        contact = self.env["res.partner"].create(
            {"name": "Payables", "parent_id": self.customer.id, "dunning_verified_on": TODAY}
        )
        self.assertEqual(self.get_facts().contact_verified_on, TODAY)
        contact.is_unreachable = True
        self.assertFalse(self.get_facts().contact_verified_on)

    def test_a_rejected_payment_is_an_incident(self):
        invoice = self.make_overdue_invoice(10)
        self.assertIsNone(self.get_facts().rejected_payments, "no payment is known")
        payment = self.pay(invoice, on_date=days_ago(4))
        self.assertEqual(self.get_facts().rejected_payments, 0)
        payment.action_reject()
        self.assertEqual(self.get_facts().rejected_payments, 1)

    def test_a_payment_that_was_reversed_came_back(self):
        payment = self.pay(self.make_overdue_invoice(10), on_date=days_ago(4))
        self.assertTrue(payment.move_id)
        payment.move_id._reverse_moves([{"date": TODAY}], cancel=True)
        self.assertEqual(self.get_facts().rejected_payments, 1)

    def test_a_value_of_somebody_else_needs_its_day(self):
        self.make_overdue_invoice(10)
        self.customer.solvency_value = 70
        self.assertIsNone(self.get_facts().external_value)
        self.customer.solvency_date = days_ago(30)
        facts = self.get_facts()
        self.assertEqual((facts.external_value, facts.external_on), (70.0, days_ago(30)))

    def test_insolvency_counts_from_the_judgment(self):
        self.make_overdue_invoice(10)
        self.customer.insolvency_date = TODAY + timedelta(days=1)
        self.assertFalse(self.get_facts().insolvent)
        self.customer.insolvency_date = TODAY
        self.assertTrue(self.get_facts().insolvent)

    # === Whose ===#

    def test_a_contact_counts_for_its_company(self):
        contact = self.env["res.partner"].create({"name": "Shop", "parent_id": self.customer.id})
        self.make_invoice(contact, due=days_ago(10))
        self.assertEqual(self.get_facts().overdue[0], 1000.0)

    def test_a_company_counts_its_branches_and_no_stranger(self):
        self.setup_other_company_data()
        self.make_overdue_invoice(10, amount=1.0)
        self.make_overdue_invoice(10, amount=20.0, company=self.branch)
        self.make_overdue_invoice(10, amount=300.0, company=self.other_company)
        for company, overdue in (
            (self.company, 21.0),
            (self.branch, 20.0),
            (self.other_company, 300.0),
        ):
            with self.subTest(company.name):
                self.assertEqual(self.get_facts(company=company).overdue[0], overdue)
