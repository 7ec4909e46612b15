from decimal import Decimal

from odoo.tests import tagged

from .common import TODAY, CollectionsCommon, days_ago


@tagged("post_install", "-at_install")
class TestDunningQueries(CollectionsCommon):
    """A run's statements do not grow with the receivables (design, section 6)."""

    def _make_receivables(self, count):
        """Open receivables of several customers and kinds: overdue, due later, contested."""
        for number in range(count):
            customer = self.make_customer(f"Customer {count} {number}")
            invoice = self.make_invoice(customer, due=days_ago(40 - number))
            if number % 5 == 0:
                self.contest(invoice, 100.0)

    def _count(self, action):
        """The statements of an action, and what it returns; undone, and with warm caches."""
        self.env.flush_all()
        self.env.invalidate_all()
        with self.env.cr.savepoint() as savepoint:
            before = self.env.cr.sql_log_count
            result = action()
            self.env.flush_all()
            statements = self.env.cr.sql_log_count - before
            savepoint.rollback()
        return statements, result

    def _plan(self, dry=False):
        runs = self.env["account.dunning.run"]
        return runs._start(self.company, TODAY, dry=dry).receivable_count

    def _tie_out(self):
        return self.env["account.receivable"]._tie_out(self.company)[self.company]["count"]

    def test_statements_do_not_grow_with_the_receivables(self):
        actions = (self._plan, lambda: self._plan(dry=True), self._tie_out)
        self._make_receivables(5)
        for action in actions:
            self._count(action)  # warm up
        few = [self._count(action) for action in actions]
        self._make_receivables(45)
        many = [self._count(action) for action in actions]
        self.assertEqual([rows for _statements, rows in few], [5, 5, 5])
        self.assertEqual([rows for _statements, rows in many], [50, 50, 50])
        self.assertEqual(
            [statements for statements, _rows in many], [statements for statements, _rows in few]
        )

    def test_second_run_on_the_same_day_writes_no_decision(self):
        self._make_receivables(5)
        self._plan()
        decisions = self.env["account.dunning.decision"].search([])
        self._plan()
        self.assertEqual(self.env["account.dunning.decision"].search([]), decisions)

    def test_customer_totals_are_exact_and_complete(self):
        """Rule 9: amounts are decimals, and totals count what was not asked for."""
        asked = self.make_overdue_invoice(amount=0.1)._get_receivable_lines()
        self.make_overdue_invoice(amount=0.2)
        runs = self.env["account.dunning.run"]
        [decision] = runs._decide(self.company, TODAY, asked.ids)
        self.assertEqual((decision.receivable, decision.dunnable), (asked.id, Decimal("0.1")))
        totals = {
            facts.customer_overdue for facts in runs._dunning_facts(self.company, TODAY, asked.ids)
        }
        self.assertEqual(totals, {Decimal("0.3")})
