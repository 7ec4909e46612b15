from datetime import timedelta

from odoo.tests import tagged

from .common import TODAY, CollectionsCommon, days_ago


@tagged("post_install", "-at_install")
class TestScoreQueries(CollectionsCommon):
    """The job's statements do not grow with the customers (design, section 6)."""

    def make_customers(self, count):
        """Customers who paid, are late, contest, and were reminded."""
        for number in range(count):
            customer = self.make_customer(f"Customer {count} {number}")
            paid = self.make_invoice(customer, due=days_ago(100 - number))
            self.pay(paid, on_date=days_ago(90 - number))
            late = self.make_overdue_invoice(30 + number, partner=customer)
            if number % 2:
                self.contest(late, 100.0)

    def count(self, action):
        """The statements of an action with warm caches, and what it returns; undone."""
        self.env.flush_all()
        with self.env.cr.savepoint() as savepoint:
            before = self.env.cr.sql_log_count
            result = action()
            self.env.flush_all()
            statements = self.env.cr.sql_log_count - before
            savepoint.rollback()
            self.env.invalidate_all()
        return statements, result

    def test_statements_do_not_grow_with_the_customers(self):
        scores = self.env["account.customer.score"]

        def facts():
            return len(scores._get_facts(self.company, TODAY))

        def job():
            return scores._refresh(self.company, TODAY)

        def again():
            scores._refresh(self.company, TODAY)
            return scores._refresh(self.company, TODAY + timedelta(days=10))

        actions = (facts, job, again)
        self.make_customers(3)
        for action in actions:
            self.count(action)
        few = [self.count(action) for action in actions]
        self.make_customers(12)
        many = [self.count(action) for action in actions]
        self.assertEqual([rows for _statements, rows in few[:2]], [3, 3])
        self.assertEqual([rows for _statements, rows in many[:2]], [15, 15])
        self.assertGreater(many[2][1], few[2][1])
        for (statements, _rows), (fewer, _few_rows) in zip(many, few, strict=True):
            self.assertLessEqual(statements, fewer)

    def test_the_facts_are_one_statement(self):
        """Beside those that find the accounts and the branches, which are few."""
        self.make_customers(2)
        scores = self.env["account.customer.score"]
        statements, _rows = self.count(lambda: scores._get_facts(self.company, TODAY))
        self.assertLessEqual(statements, 4)

    def test_a_list_explains_itself_in_the_same_statements(self):
        scores = self.env["account.customer.score"]

        def read():
            self.env.invalidate_all()
            found = scores.search([("superseded_on", "=", False)])
            return len(found.component_ids.mapped("sentence"))

        self.make_customers(2)
        scores._refresh(self.company, TODAY)
        read()
        few = self.count(read)
        self.make_customers(8)
        scores._refresh(self.company, TODAY)
        many = self.count(read)
        self.assertLessEqual(many[0], few[0])
        self.assertGreater(many[1], few[1])
