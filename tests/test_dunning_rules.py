from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import TODAY, CollectionsCommon

TOMORROW = TODAY + timedelta(days=1)


@tagged("post_install", "-at_install")
class TestDunningRules(CollectionsCommon):
    """Which scenario a segment of customers follows (S1.25, S0.24)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.dunning.rule"].search([]).active = False
        cls.soft = cls.make_scenario(10, name="Soft")
        cls.strategic = cls.make_customer("Strategic", is_strategic=True)

    def make_rule(self, **values):
        return self.env["account.dunning.rule"].create(
            {
                "name": "Strategic customers",
                "customer_domain": "[('is_strategic', '=', True)]",
                "scenario_id": self.soft.id,
            }
            | values
        )

    def follows(self, invoice):
        return self.get_decisions(invoice).scenario_id

    def test_the_first_rule_that_fits_decides(self):
        self.make_rule(sequence=20)
        firm = self.make_scenario(3, name="Firm")
        self.make_rule(
            name="Companies",
            sequence=10,
            customer_domain="[('name', 'like', 'Strat')]",
            scenario_id=firm.id,
        )
        invoice = self.make_overdue_invoice(15, partner=self.strategic)
        other = self.make_overdue_invoice(15)
        self.run_dunning()
        self.assertEqual(self.follows(invoice), firm)
        self.assertEqual(self.follows(other), self.scenario)

    def test_the_customer_s_and_the_invoice_s_scenario_come_before(self):
        self.make_rule()
        own, invoiced = self.make_scenario(2, name="Own"), self.make_scenario(3, name="Invoiced")
        self.strategic.dunning_scenario_id = own
        invoice = self.make_overdue_invoice(15, partner=self.strategic)
        special = self.make_overdue_invoice(15, partner=self.strategic)
        special.dunning_scenario_id = invoiced
        self.run_dunning()
        self.assertEqual(self.follows(invoice), own)
        self.assertEqual(self.follows(special), invoiced)

    def test_rules_need_a_default_scenario(self):
        """Installing writes to nobody."""
        self.make_rule()
        self.company.dunning_scenario_id = False
        invoice = self.make_overdue_invoice(15, partner=self.strategic)
        self.run_dunning()
        self.assertEqual(self.get_decisions(invoice).reason, "no_scenario")

    def test_a_customer_that_leaves_its_segment_changes_scenario_and_is_told_apart(self):
        """S0.24: the next run decides by the other scenario, and says why."""
        rule = self.make_rule()
        invoice = self.make_overdue_invoice(15, partner=self.strategic)
        self.run_dunning()
        self.strategic.is_strategic = False
        run = self.run_dunning(on_date=TOMORROW)
        self.assertEqual(self.follows(invoice), self.scenario)
        body = self.strategic.message_ids[0].body
        self.assertIn("“Four steps” instead of “Soft”", body)
        self.assertIn("no rule fits", body)
        self.assertIn("instead of “Soft”", run.log)
        self.strategic.is_strategic = True
        self.run_dunning(on_date=TOMORROW + timedelta(days=1))
        self.assertIn(f"the rule “{rule.name}” fits", self.strategic.message_ids[0].body)

    def test_nothing_is_said_when_a_new_version_takes_over(self):
        self.make_overdue_invoice(15)
        self.run_dunning()
        before = self.customer.message_ids
        draft = self.scenario._create_version()
        draft._activate(TOMORROW, TODAY)
        self.run_dunning(on_date=TOMORROW)
        self.assertEqual(self.customer.message_ids, before)

    def test_a_rule_says_how_many_customers_it_fits(self):
        rule = self.make_rule()
        self.make_customer(
            "Contact", is_strategic=True, is_company=False, parent_id=self.customer.id
        )
        self.assertEqual(rule.customer_count, 1)
        action = rule.with_user(self.auditor).action_view_customers()
        self.assertEqual(self.env["res.partner"].search(action["domain"]), self.strategic)

    def test_a_filter_that_is_not_valid_is_refused(self):
        for domain in ("[('nonsense', '=', 1)]", "[(", "__import__('os')", "[('id', '~', 1)]"):
            with self.assertRaisesRegex(ValidationError, "not a valid filter"):
                self.make_rule(customer_domain=domain)

    def test_a_filter_that_is_valid_no_more_is_told(self):
        """A field may go with the addon that had it."""
        rule = self.make_rule()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_dunning_rule SET customer_domain = %s WHERE id = %s",
            ["[('gone', '=', 1)]", rule.id],
        )
        rule.invalidate_recordset()
        self.assertIn("not a valid filter any more", rule.warning)
        with self.assertRaisesRegex(UserError, "any more"):
            rule.action_view_customers()
        invoice = self.make_overdue_invoice(15, partner=self.strategic)
        self.run_dunning()
        self.assertEqual(self.follows(invoice), self.scenario)

    def test_a_rule_without_version_in_force_warns(self):
        rule = self.make_rule(scenario_id=self.make_scenario(5, state="draft").id)
        self.assertIn("No version", rule.warning)

    def test_a_rule_gives_a_scenario_not_a_version(self):
        with self.assertRaisesRegex(ValidationError, "not one of its later versions"):
            self.make_rule(scenario_id=self.soft._create_version().id)

    def test_the_shipped_rule_is_for_strategic_customers(self):
        rule = self.env.ref("account_dispute_dunning.dunning_rule_strategic")
        fits = rule._get_first_fits(self.strategic | self.customer, self.company)
        self.assertFalse(fits[self.strategic])  # archived here
        rule.active = True
        fits = rule._get_first_fits(self.strategic | self.customer, self.company)
        self.assertEqual((fits[self.strategic], fits[self.customer]), (rule, rule.browse()))

    # === Companies and roles ===#

    def test_a_branch_follows_the_rules_of_its_company(self):
        self.make_rule(company_id=self.company.id)
        invoice = self.make_overdue_invoice(15, partner=self.strategic, company=self.branch)
        self.run_dunning(company=self.branch)
        self.assertEqual(self.follows(invoice), self.soft)

    def test_the_rules_of_another_company_are_not_ours(self):
        self.setup_other_company_data()
        rule = self.make_rule(company_id=self.other_company.id)
        invoice = self.make_overdue_invoice(15, partner=self.strategic)
        self.run_dunning()
        self.assertEqual(self.follows(invoice), self.scenario)
        self.assertNotIn(rule, rule.with_user(self.manager).search([]))

    def test_everybody_reads_and_a_manager_writes(self):
        rule = self.make_rule()
        for user in (self.auditor, self.assistant, self.collector, self.invoicing):
            self.assertEqual(rule.with_user(user).name, rule.name)
            with self.assertRaises(AccessError):
                rule.with_user(user).name = "Mine"
        rule.with_user(self.manager).sequence = 5
