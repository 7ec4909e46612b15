from odoo.tests import tagged

from .common import TODAY, days_ago
from .common_penalty import PenaltyCommon


@tagged("post_install", "-at_install")
class TestPenaltyQueries(PenaltyCommon):
    """The statements of penalties do not grow with the receivables (design, section 6)."""

    def make_receivables(self, count):
        """Late receivables of several customers: partly paid, contested, in dollars."""
        for number in range(count):
            customer = self.make_customer(f"Customer {count} {number}")
            values = {"currency_id": self.foreign_currency.id} if number % 4 == 1 else {}
            invoice = self.make_overdue_invoice(40 + number, partner=customer, **values)
            if number % 3 == 0:
                self.pay(invoice, 100, on_date=days_ago(10))
            elif number % 3 == 1:
                self.contest(invoice, 100, on_date=days_ago(20))

    def count(self, action):
        """The statements of an action and what it returns; undone, and with warm caches."""
        self.env.flush_all()
        self.env.invalidate_all()
        with self.env.cr.savepoint() as savepoint:
            before = self.env.cr.sql_log_count
            result = action()
            self.env.flush_all()
            statements = self.env.cr.sql_log_count - before
            savepoint.rollback()
        return statements, result

    def compute(self):
        return len(self.penalties._compute_penalties(self.company, TODAY))

    def next_day(self):
        """What a second night writes."""
        self.refresh(on_date=days_ago(1))
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        written = self.refresh()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before, written

    def test_statements_do_not_grow_with_the_receivables(self):
        actions = (self.compute, self.refresh, self.next_day)
        self.make_receivables(6)
        for action in actions:
            self.count(action)  # warm up
        few = [self.count(action) for action in actions]
        self.make_receivables(30)
        many = [self.count(action) for action in actions]
        self.assertEqual([few[0][1], few[1][1], few[2][1][1]], [6, 6, 6])
        self.assertEqual([many[0][1], many[1][1], many[2][1][1]], [36, 36, 36])
        self.assertEqual([each[0] for each in many], [each[0] for each in few])
        self.assertEqual(many[2][1][0], few[2][1][0])

    def test_the_facts_are_one_statement(self):
        """And one for the accounts, before it; no fee here is in another currency."""
        for number in range(3):
            self.make_overdue_invoice(30 + number)

        def read_facts():
            return len(self.penalties._get_cases(self.company, TODAY))

        self.count(read_facts)
        few = self.count(read_facts)
        for number in range(9):
            self.make_overdue_invoice(30 + number)
        many = self.count(read_facts)
        self.assertEqual((few[1], many[1]), (3, 12))
        self.assertEqual(few[0], many[0])

    def test_obstacles_and_claims_of_many(self):
        def claim():
            penalties = self.penalties.search([])
            free = [each for each, why in penalties._get_obstacles(TODAY).items() if not why]
            return len(self.penalties.union(*free)._claim(TODAY))

        self.make_receivables(6)
        self.refresh()
        self.count(claim)
        few = self.count(claim)
        self.make_receivables(30)
        self.refresh()
        many = self.count(claim)
        self.assertEqual((few[1], many[1]), (6, 36))
        self.assertEqual(few[0], many[0])
