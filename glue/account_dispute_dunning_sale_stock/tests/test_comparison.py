import doctest
from datetime import timedelta

from odoo.fields import Command
from odoo.tests import BaseCase, tagged

from odoo.addons.account_dispute_dunning.tests.common import TODAY, days_ago

from ..engine import comparison
from .common import OrderCommon


@tagged("post_install", "-at_install")
class TestEngine(BaseCase):
    def test_the_examples_in_its_docstrings_hold(self):
        result = doctest.testmod(comparison)
        self.assertGreater(result.attempted, 5)
        self.assertFalse(result.failed)


@tagged("post_install", "-at_install")
class TestComparison(OrderCommon):
    """Invoice, order and deliveries compared (S2.12, S2.13, S2.19, S3.11, S3.12)."""

    def test_an_invoice_as_ordered_and_delivered(self):
        order = self.make_order()
        self.deliver(order, on_date=days_ago(31))
        invoice = self.invoice_order(order)
        row = self.compare(invoice)
        self.assertRecordValues(
            row,
            [
                {
                    "order_id": order.id,
                    "quantity": 10,
                    "ordered": 10,
                    "delivered": 10,
                    "invoiced": 10,
                    "before": 0,
                    "order_price": 10,
                    "price_unit": 10,
                    "findings": "",
                }
            ],
        )
        self.assertEqual(row.last_delivery.date(), days_ago(31))

    def test_a_price_above_the_order(self):
        """S2.12: 10 × (12 − 10)."""
        order = self.make_order(price=10)
        self.deliver(order, on_date=days_ago(31))
        invoice = self.invoice_order(order, price=12)
        self.assertEqual(self.found(invoice), [("price_difference", "price", 10, 2, 0)])
        self.assertIn("2.00", self.compare(invoice).findings)

    def test_prices_are_compared_net_of_discounts(self):
        order = self.make_order(price=12, line_values={"discount": 50})
        self.deliver(order, on_date=days_ago(31))
        cheaper = self.invoice_order(order, price=5)
        self.assertEqual(self.found(cheaper), [])
        dearer = self.invoice_order(self.make_order(price=6), price=8, discount=0)
        self.assertIn(("price_difference", "price", 10, 2, 0), self.found(dearer))

    def test_an_order_in_another_currency_is_not_compared_by_price(self):
        pricelist = self.env["product.pricelist"].create(
            {"name": "Dollars", "currency_id": self.foreign_currency.id}
        )
        order = self.make_order(price=10, pricelist_id=pricelist.id)
        self.deliver(order, on_date=days_ago(31))
        invoice = self.invoice_order(order, price=12)
        self.assertFalse(self.compare(invoice).has_order_price)
        self.assertEqual(self.found(invoice), [])

    def test_quantities_and_prices_in_other_units(self):
        """Ordered 2 dozens at 120, invoiced 24 units at 10."""
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.make_order(2, 120, line_values={"product_uom_id": dozen.id})
        self.deliver(order, 24, days_ago(31))
        unit = self.env.ref("uom.product_uom_unit")
        invoice = self.invoice_order(order, 24, 10, product_uom_id=unit.id)
        self.assertRecordValues(
            self.compare(invoice), [{"ordered": 24, "delivered": 24, "order_price": 10}]
        )
        self.assertEqual(self.found(invoice), [])

    # === Twice ===#

    def test_the_same_order_line_invoiced_twice(self):
        """S2.13: the second invoice is found, not the first."""
        order = self.make_order()
        self.deliver(order, on_date=days_ago(40))
        first = self.invoice_order(order)
        second = self.invoice_order(order, on_date=days_ago(20))
        self.assertEqual(self.found(first), [])
        self.assertEqual(self.found(second), [("double_billing", "quantity", 10, 10, 0)])
        self.assertIn(first.name, self.compare(second).findings)

    def test_a_second_invoice_for_the_rest_is_none(self):
        order = self.make_order()
        self.deliver(order, on_date=days_ago(40))
        self.invoice_order(order, 6)
        rest = self.invoice_order(order, 4, on_date=days_ago(20))
        self.assertEqual(self.found(rest), [])
        too_much = self.invoice_order(order, 3, on_date=days_ago(10))
        self.assertEqual(self.found(too_much), [("double_billing", "quantity", 3, 10, 0)])

    def test_a_credit_note_makes_up_for_it(self):
        order = self.make_order()
        self.deliver(order, on_date=days_ago(40))
        first = self.invoice_order(order)
        second = self.invoice_order(order, on_date=days_ago(20))
        first._reverse_moves([{"invoice_date": days_ago(10)}], cancel=True)
        self.assertEqual(self.found(second), [])

    # === Deliveries ===#

    def test_not_delivered(self):
        """S3.12: ordered and delivered compared."""
        invoice = self.invoice_order(self.make_order())
        self.assertEqual(self.found(invoice), [("not_delivered", "quantity", 10, 10, 0)])

    def test_invoiced_above_delivered(self):
        order = self.make_order()
        self.deliver(order, 7, days_ago(31))
        invoice = self.invoice_order(order)
        self.assertEqual(self.found(invoice), [("not_delivered", "quantity", 3, 10, 0)])

    def test_each_unit_is_found_once(self):
        """Invoiced twice and half delivered: 10 billed twice, 5 of the others missing."""
        order = self.make_order()
        self.deliver(order, 5, days_ago(40))
        first = self.invoice_order(order)
        second = self.invoice_order(order, on_date=days_ago(20))
        self.assertEqual(self.found(first), [("not_delivered", "quantity", 5, 10, 0)])
        self.assertEqual(self.found(second), [("double_billing", "quantity", 10, 10, 0)])

    def test_invoiced_before_delivery(self):
        """S2.19: the invoice's date is before the day when the goods left."""
        order = self.make_order()
        invoice = self.invoice_order(order, on_date=days_ago(30))
        self.deliver(order, on_date=days_ago(27))
        self.assertEqual(self.found(invoice), [("invoiced_before_delivery", "line", 10, 10, 3)])
        self.assertIn("3 days too early", self.compare(invoice).findings)

    def test_late_delivery(self):
        """S3.11: promised and actual date."""
        order = self.make_order(commitment_date=days_ago(45))
        self.deliver(order, on_date=days_ago(40))
        invoice = self.invoice_order(order)
        self.assertEqual(self.found(invoice), [("late_delivery", "line", 10, 10, 5)])

    def test_without_a_promise_nothing_is_late(self):
        order = self.make_order()
        self.deliver(order, on_date=days_ago(31))
        self.assertEqual(self.found(self.invoice_order(order)), [])

    def test_a_service_has_no_delivery_to_look_at(self):
        advice = self.make_product("Advice", type="service", is_storable=False)
        order = self.make_order(product=advice, commitment_date=days_ago(60))
        self.assertEqual(self.found(self.invoice_order(order)), [])

    # === What is compared, and for whom ===#

    def test_only_what_was_ordered_is_compared(self):
        """No row for an invoice without order, a draft or a credit note."""
        order = self.make_order()
        invoice = self.invoice_order(order)
        credit = invoice._reverse_moves([{"invoice_date": TODAY}])
        draft = invoice.copy()
        others = self.make_invoice() | credit | draft
        self.assertFalse(
            self.env["account.dispute.comparison"].search([("move_id", "in", others.ids)])
        )

    def test_several_order_lines_on_one_invoice_line(self):
        first, second = self.make_order(4), self.make_order(6)
        for order in (first, second):
            self.deliver(order, order.order_line.product_uom_qty, days_ago(31))
        items = (first | second).order_line
        invoice = self.invoice_order(
            first, 10, sale_line_ids=[Command.set(items.ids)], name="Paper of two orders"
        )
        self.assertRecordValues(self.compare(invoice), [{"ordered": 10, "delivered": 10}])
        self.assertEqual(self.found(invoice), [])

    def test_who_reads_it(self):
        """Readers of disputes, of their own companies; nobody else."""
        invoice = self.invoice_order(self.make_order())
        comparisons = self.env["account.dispute.comparison"]
        for user in (self.auditor, self.collector, self.invoicing):
            found = comparisons.with_user(user).search([("move_id", "=", invoice.id)])
            self.assertEqual(len(found), 1, user.name)
            self.assertTrue(found.findings)
        self.assertFalse(comparisons.with_user(self.portal).has_access("read"))
        elsewhere = comparisons.with_user(self.collector).with_context(
            allowed_company_ids=self.branch.ids
        )
        self.assertFalse(elsewhere.search([("move_id", "=", invoice.id)]))

    def test_the_number_of_statements_does_not_grow(self):
        """Facts are one statement, for 2 and for 20 invoices."""
        invoices = self.env["account.move"]
        for number in range(20):
            order = self.make_order(price=10 + number)
            invoices |= self.invoice_order(order, on_date=days_ago(40) + timedelta(days=number))

        def read(some):
            rows = self.env["account.dispute.comparison"].search([("move_id", "in", some.ids)])
            self.assertEqual(len(rows.filtered("findings")), len(some))

        few, many = self.count_statements(read, invoices[:2], invoices)
        self.assertEqual(few, many)
