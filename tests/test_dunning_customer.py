from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common import TODAY, CollectionsCommon


@tagged("post_install", "-at_install")
class TestDunningCustomer(CollectionsCommon):
    """What a customer owes, how it pays, who answers, what is missing (S0.30, S4.11, S4.12)."""

    def open_items(self, partner):
        return self.env["account.move.line"].search(
            [
                ("partner_id", "child_of", partner.id),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("company_id", "child_of", self.company.id),
            ]
        )

    def test_due_late_and_promised_are_those_of_the_ledger(self):
        """S0.30: computed = ledger."""
        contact = self.make_customer("Accounts", parent_id=self.customer.id, is_company=False)
        invoice = self.make_overdue_invoice(40)
        self.pay(invoice, 100.55)
        self.make_overdue_invoice(partner=contact, amount=30)
        self.make_overdue_invoice(amount=70, company=self.branch)
        self.make_overdue_invoice(amount=200, currency_id=self.foreign_currency.id)
        self.make_invoice(amount=500)
        self.make_overdue_invoice(amount=-60)
        self.contest(invoice, 300)
        items = self.open_items(self.customer)
        late = items.filtered(lambda item: item.date_maturity < TODAY and item.amount_residual > 0)
        for partner in (self.customer, contact):
            self.assertAlmostEqual(partner.due_amount, sum(items.mapped("balance")), 2)
            self.assertAlmostEqual(partner.late_amount, sum(late.mapped("amount_residual")), 2)
            self.assertEqual(partner.promised_amount, 0)
            self.assertEqual(partner.contested_amount, 300)
        self.assertAlmostEqual(self.customer.late_amount, 899.45 + 30 + 70 + 100, 2)

    def test_the_late_ones_are_found(self):
        self.make_overdue_invoice(1)
        punctual = self.make_customer("Punctual")
        self.make_invoice(punctual)
        customers = self.customer | punctual
        late = self.env["res.partner"].search(
            [("id", "in", customers.ids), ("late_amount", ">", 0)]
        )
        self.assertEqual(late, self.customer)

    def test_a_list_of_customers_takes_a_fixed_number_of_statements(self):
        """Of 80 customers as of 8."""
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {number}", "is_company": True} for number in range(80)]
        )
        for customer in customers[:8]:
            self.make_overdue_invoice(partner=customer)
        for customer in customers[40:45]:
            self.make_overdue_invoice(partner=customer)
        names = ["due_amount", "late_amount", "promised_amount", "contested_amount"]

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            rows = records.with_user(self.auditor).read(names)
            self.assertEqual(rows[0]["due_amount"], 1000)
            return self.cr.sql_log_count - before

        count(customers[:8])
        self.assertEqual(count(customers), count(customers[:8]))

    def test_days_of_payment_runs(self):
        """S4.12: numbers of days, in words that say what to write."""
        for text, days in (("10, 25", [10, 25]), ("31", [31]), ("25,10,", [10, 25]), (False, [])):
            self.customer.payment_run_days = text
            self.assertEqual(self.customer._get_payment_run_days(), days)
        for text in ("the 10th", "0", "32", "10;25", "10 25", "-1", "²"):
            with self.assertRaisesRegex(ValidationError, "from 1 to 31"):
                self.customer.payment_run_days = text

    def test_what_is_missing_is_said(self):
        """S2.41 without payment mode; S4.11 without e-mail, or unreachable."""
        self.make_invoice()
        terms = self.env.ref("account.account_payment_term_30days")
        self.customer.property_payment_term_id = terms
        self.assertFalse(self.customer.dunning_warning)
        self.customer.property_payment_term_id = False
        self.assertIn("How it pays", self.customer.dunning_warning)
        method = self.company_data["default_journal_bank"].inbound_payment_method_line_ids[:1]
        self.customer.property_inbound_payment_method_line_id = method
        self.assertFalse(self.customer.dunning_warning)
        self.customer.email = False
        self.assertIn("No e-mail", self.customer.dunning_warning)
        contact = self.make_customer("Ms Lost", parent_id=self.customer.id, is_company=False)
        contact.is_unreachable = True
        self.assertIn("Ms Lost can't be reached", self.customer.dunning_warning)

    def test_a_new_address_may_reach_whom_the_former_one_did_not(self):
        """S4.11."""
        self.customer.is_unreachable = True
        self.customer.email = self.customer.email
        self.assertTrue(self.customer.is_unreachable)
        self.customer.email = "accounts@example.com"
        self.assertFalse(self.customer.is_unreachable)

    def test_a_supplier_has_no_warnings(self):
        self.assertFalse(self.env["res.partner"].create({"name": "Vendor"}).dunning_warning)

    def test_a_collector_fills_in_the_sheet(self):
        with Form(self.customer.with_user(self.collector)) as form:
            form.payment_portal = "Chorus Pro"
            form.payment_references = "PO number"
            form.payment_run_days = "10, 25"
            form.payment_process = "Site manager, then accounts payable by the 20th"
            form.dunning_role = "payables"
            form.is_strategic = True
        self.assertEqual(self.customer.payment_run_days, "10, 25")

    def test_the_history_of_reminders(self):
        self.make_overdue_invoice(40)
        notices = self.run_dunning().notice_ids
        customer = self.customer.with_user(self.auditor)
        self.assertEqual(customer.dunning_notice_count, len(notices))
        action = customer.action_view_notices()
        self.assertEqual(self.env["account.dunning.notice"].search(action["domain"]), notices)

    def test_treatments_are_counted_and_shown(self):
        treatment = self.env["account.dunning.treatment"].create(
            {"partner_id": self.customer.id, "reason": "Talks", "is_paused": True}
        )
        customer = self.customer.with_user(self.auditor)
        self.assertEqual(customer.dunning_treatment_count, 1)
        action = customer.action_view_treatments()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), treatment)

    def test_roles_see_the_tab_and_strangers_do_not(self):
        self.make_overdue_invoice(40)
        for role in ("auditor", "assistant", "collector", "manager"):
            user = getattr(self, role)
            arch = self.customer.with_user(user).get_view(view_type="form")["arch"]
            self.assertIn('name="collections"', arch, role)
            self.assertEqual(self.customer.with_user(user).due_amount, 1000)
        colleague = self.make_user("colleague", "base.group_user")
        for user in (self.invoicing, colleague):
            customer = self.customer.with_user(user)
            self.assertNotIn('name="collections"', customer.get_view(view_type="form")["arch"])
            with self.assertRaises(AccessError):
                customer.read(["due_amount"])
        for user in (self.portal, colleague):
            for method in ("action_view_notices", "action_view_treatments"):
                with self.assertRaises(AccessError):
                    getattr(self.customer.with_user(user), method)()

    def test_everybody_may_still_open_and_save_a_contact(self):
        """Without a role in Collections: no field of the form asks for one."""
        editor = self.make_user("editor", "base.group_user", "base.group_partner_manager")
        with Form(self.customer.with_user(editor)) as form:
            form.phone = "+33 4 00 00 00 00"
        with Form(self.env["res.partner"].with_user(editor)) as form:
            form.name = "New customer"
