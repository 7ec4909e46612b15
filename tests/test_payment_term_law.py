"""Payment terms longer than French law allows: on terms, customers and invoices (S4.25)."""

from datetime import date, timedelta

from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import TODAY, CollectionsCommon

MODULE = "account_dispute_dunning"


@tagged("post_install", "-at_install")
class TestPaymentTermLaw(CollectionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.france = cls.env.ref("base.fr")
        cls.customer.country_id = cls.france

    @classmethod
    def make_term(cls, days, delay_type="days_after", on_the="0", **values):
        line = {"value": "percent", "value_amount": 100, "nb_days": days}
        line |= {"delay_type": delay_type, "days_next_month": on_the}
        return cls.env["account.payment.term"].create(
            {"name": f"{days} {delay_type}", "line_ids": [Command.create(line)]} | values
        )

    def make_sale(self, days, invoice_date=date(2026, 1, 15), partner=None, **values):
        """A posted invoice that is due so many days after its date, by agreed terms."""
        term = self.make_term(days)
        values = {"invoice_payment_term_id": term.id, "due": invoice_date} | values
        return self.make_invoice(partner=partner, **values)

    # === Terms ===#

    def test_lawful_terms_have_no_warning(self):
        """legal.md §3.1: 60 days, 45 days end of month by both counts, and shorter ones."""
        for days, kind in (
            (0, "days_after"),
            (30, "days_after"),
            (60, "days_after"),
            (45, "days_end_of_month_on_the"),
            (45, "days_after_end_of_month"),
            (30, "days_end_of_month_on_the"),
        ):
            self.assertFalse(self.make_term(days, kind).law_warning, (days, kind))

    def test_unlawful_terms_say_by_how_much_and_quote_the_law(self):
        """legal.md §3.1: 61 days; 60 days end of month by both counts; 45 of the next month."""
        for days, kind in (
            (61, "days_after"),
            (60, "days_end_of_month_on_the"),
            (60, "days_after_end_of_month"),
            (45, "days_after_end_of_next_month"),
        ):
            term = self.make_term(days, kind)
            self.assertIn("C. com. L441-10 I", term.law_warning, (days, kind))
            self.assertIn("60 days from the date of the invoice", term.law_text)

    def test_the_warning_names_a_day_that_proves_it(self):
        """61 days: an invoice of 1 January 2026 may be due on 2 March at the latest."""
        warning = self.make_term(61).law_warning
        for part in ("01/01/2026", "03/03/2026", "03/02/2026", "1 day"):
            self.assertIn(part, warning)

    def test_the_last_instalment_counts(self):
        term = self.make_term(30)
        term.line_ids = [
            Command.clear(),
            Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
            Command.create({"value": "percent", "value_amount": 50, "nb_days": 90}),
        ]
        self.assertTrue(term.law_warning)

    def test_a_derogation_and_other_countries_are_left_alone(self):
        term = self.make_term(90)
        term.derogation = "Interprofessional agreement"
        self.assertFalse(term.law_warning)
        term.derogation = False
        self.assertTrue(term.law_warning)
        self.company.account_fiscal_country_id = self.env.ref("base.de")
        term.invalidate_recordset()
        self.assertFalse(term.law_warning)

    def test_the_warning_follows_what_is_typed(self):
        """Before saving: the person sees it while choosing the days."""
        with Form(self.env["account.payment.term"]) as form:
            form.name = "Typed"
            with form.line_ids.edit(0) as line:
                line.nb_days = 75
            self.assertTrue(form.law_warning)
            with form.line_ids.edit(0) as line:
                line.nb_days = 45
            self.assertFalse(form.law_warning)

    # === Customers ===#

    def test_the_contract_of_a_customer_is_checked_by_its_own_limit(self):
        """legal.md §3.2, 3.4: 45 days are lawful, but not in carriage, nor for a public buyer."""
        self.customer.property_payment_term_id = self.make_term(45)
        self.assertFalse(self.customer.payment_term_warning)
        for values, limit in (
            ({"payment_sector": "transport"}, "carriage: 30 days"),
            ({"payment_sector": False, "penalty_debtor": "public"}, "public purchaser: 30 days"),
        ):
            self.customer.write(values)
            self.assertIn(limit, self.customer.payment_term_warning)
        self.customer.payment_sector = "public_health"
        self.assertFalse(self.customer.payment_term_warning)
        self.customer.write({"payment_sector": False, "penalty_debtor": "consumer"})
        self.assertFalse(self.customer.payment_term_warning)

    # === Invoices ===#

    def test_an_invoice_due_too_late_says_so_and_is_found(self):
        """legal.md §3.1: 15 January 2026 + 60 days is 16 March."""
        lawful, late = self.make_sale(60), self.make_sale(61)
        self.assertFalse(lawful.payment_term_warning)
        for part in ("03/17/2026", "03/16/2026", "60 days", "L441-10"):
            self.assertIn(part, late.payment_term_warning)
        found = self.env["account.move"].search([("is_due_too_late", "=", True)])
        self.assertIn(late, found)
        self.assertNotIn(lawful, found)
        rest = self.env["account.move"].search([("is_due_too_late", "=", False)])
        self.assertIn(lawful, rest)
        self.assertNotIn(late, rest)

    def test_a_summary_invoice_has_45_days(self):
        """legal.md §3.1: CGI 289 I 3, 15 January 2026 → 1 March."""
        invoice = self.make_sale(60)
        invoice.is_periodic_invoice = True
        self.assertIn("03/01/2026", invoice.payment_term_warning)

    def test_a_due_date_typed_without_terms_is_held_to_60_days(self):
        """legal.md §3.1: what the parties wrote on the invoice is agreed; 60 days at most."""
        at_most = self.make_invoice(due=TODAY, invoice_date=TODAY - timedelta(days=60))
        late = self.make_invoice(due=TODAY, invoice_date=TODAY - timedelta(days=61))
        self.assertFalse(at_most.invoice_payment_term_id)
        self.assertFalse(at_most.payment_term_warning)
        self.assertIn("60 days from the invoice", late.payment_term_warning)
        found = self.env["account.move"].search([("is_due_too_late", "=", True)])
        self.assertEqual(found & (at_most | late), late)

    def test_who_is_not_limited(self):
        """Consumers, customers abroad, credit notes, companies elsewhere: no warning."""
        person = self.make_customer("Jeanne Martin", is_company=False, country_id=self.france.id)
        abroad = self.make_customer("Handels GmbH", country_id=self.env.ref("base.de").id)
        for partner in (person, abroad):
            self.assertFalse(self.make_sale(90, partner=partner).is_due_too_late)
        self.assertFalse(self.make_sale(90, amount=-100).is_due_too_late)
        invoice = self.make_sale(90)
        self.assertTrue(invoice.is_due_too_late)
        self.company.account_fiscal_country_id = self.env.ref("base.de")
        invoice.invalidate_recordset()
        self.assertFalse(invoice.is_due_too_late)
        self.assertFalse(self.env["account.move"].search([("is_due_too_late", "=", True)]))

    def test_the_filter_and_the_warning_agree_on_every_kind_of_sale(self):
        """One engine decides both: sectors, public buyers, summary invoices, agreed ends of month.

        The number of statements of the filter does not grow with the invoices.
        """
        invoices = self.env["account.move"]
        for debtor in (False, "public", "consumer"):
            for sector in (False, "transport", "public_health", "perishable"):
                partner = self.make_customer(
                    f"Customer {debtor} {sector}",
                    penalty_debtor=debtor,
                    payment_sector=sector,
                    country_id=self.france.id,
                )
                for days in (31, 46, 61):
                    invoices |= self.make_sale(days, partner=partner)
        invoices[::5].is_periodic_invoice = True
        found = self.env["account.move"].search(
            [("is_due_too_late", "=", True), ("id", "in", invoices.ids)]
        )
        self.assertEqual(set(found), set(invoices.filtered("is_due_too_late")))
        self.assertTrue(invoices - found)

    def test_who_reads_invoices_reads_the_warning(self):
        invoice = self.make_sale(61)
        for user in (self.auditor, self.assistant, self.collector, self.manager, self.invoicing):
            self.assertTrue(invoice.with_user(user).payment_term_warning)
            self.assertTrue(
                self.env["account.move"].with_user(user).search([("is_due_too_late", "=", True)])
            )
