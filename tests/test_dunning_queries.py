from decimal import Decimal

from odoo.tests import tagged
from odoo.tools import SQL

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

    def _add_all_that_decides(self):
        """A rule, a step for a segment, a treatment, money in the bank, an answered notice."""
        soft = self.make_scenario(
            {"offset_days": 1, "customer_domain": "[('is_strategic', '=', True)]"}, 3
        )
        rules = self.env["account.dunning.rule"]
        rules.create({"name": "Some", "customer_domain": "[]", "scenario_id": soft.id})
        self.env["account.dunning.treatment"].create(
            {"partner_id": self.customer.id, "reason": "Talks", "scenario_id": self.scenario.id}
        )
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "amount": 100,
                "date": TODAY,
                "partner_id": self.customer.id,
            }
        )
        self.make_overdue_invoice(30)
        notice = self.run_dunning(days_ago(29)).notice_ids
        notice._transition("sent", done_on=days_ago(29))
        notice._write_frozen(replied_on=f"{days_ago(20)} 09:00:00")

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

    def test_the_facts_are_one_statement(self):
        """Whatever decides: rules, segments, treatments, the bank, contacts."""
        runs = self.env["account.dunning.run"]

        def read_facts():
            return len(runs._dunning_facts(self.company, TODAY))

        self._make_receivables(5)
        self._add_all_that_decides()
        self._count(read_facts)  # warm up
        few = self._count(read_facts)
        self._make_receivables(45)
        self.assertEqual(self._count(read_facts)[0], few[0])

    def test_each_receivable_is_looked_up_by_an_index(self):
        """The ledger and the notices ever sent are not read from end to end."""
        self._make_receivables(3)
        self._add_all_that_decides()
        runs = self.env["account.dunning.run"]
        statements = []
        original = type(self.env.cr).execute

        def spy(cursor, query, *args, **kwargs):
            if isinstance(query, SQL) and "WITH receivable" in query.code:
                statements.append(query)
            return original(cursor, query, *args, **kwargs)

        self.patch(type(self.env.cr), "execute", spy)
        runs._dunning_facts(self.company, TODAY)
        [statement] = statements
        # Tables are small here: the planner reads them whole, unless it is told not to.
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(row for (row,) in self.env.execute_query(SQL("EXPLAIN %s", statement)))
        self.env.cr.execute("SET LOCAL enable_seqscan = on")
        for table in ("account_dunning_notice", "account_dunning_notice_line", "account_move"):
            self.assertNotRegex(plan, rf"Seq Scan on {table}\b")

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
