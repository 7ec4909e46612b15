from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import CollectionsCommon


class ResolutionCommon(CollectionsCommon):
    """Invoices with taxes, and items contested on them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vat = cls.env["account.tax"].create(
            {"name": "VAT 20", "amount": 20.0, "type_tax_use": "sale"}
        )
        cls.low_vat = cls.vat.copy({"name": "VAT 5.5", "amount": 5.5})

    @classmethod
    def make_taxed_invoice(cls, *lines, **values):
        """A posted invoice; a line is a dict, with VAT 20 unless it says otherwise."""
        return cls.make_overdue_invoice(
            10,
            invoice_line_ids=[
                Command.create({"name": "Paper", "tax_ids": [Command.set(cls.vat.ids)]} | line)
                for line in lines
            ],
            **values,
        )

    def make_item(self, dispute, move_line, **values):
        return self.env["account.dispute.item"].create(
            {"dispute_id": dispute.id, "move_line_id": move_line.id} | values
        )


@tagged("post_install", "-at_install")
class TestContestedItems(ResolutionCommon):
    """What is wrong on an invoice, with its taxes, from the line and the kind alone."""

    def setUp(self):
        super().setUp()
        self.invoice = self.make_taxed_invoice(
            {"quantity": 10, "price_unit": 12, "discount": 50},
            {"quantity": 10, "price_unit": 12},
        )
        self.discounted, self.line = self.invoice.invoice_line_ids
        self.dispute = self.contest(self.invoice, 30)

    def test_each_kind_of_item_makes_its_amounts(self):
        """S2.12: 10 × (12 − 10) is 20 and its VAT; nothing to type but the difference."""
        cases = [
            (self.line, {"kind": "line"}, (120, 144)),
            (self.discounted, {"kind": "line"}, (60, 72)),
            (self.line, {"kind": "quantity", "quantity": 2}, (24, 28.8)),
            (self.discounted, {"kind": "quantity", "quantity": 2}, (12, 14.4)),
            (self.line, {"kind": "price", "price_unit": 2}, (20, 24)),
            (self.line, {"kind": "freight", "price_unit": 15}, (15, 18)),
            (self.line, {"kind": "freight"}, (120, 144)),
            (self.line, {"kind": "tax"}, (0, 24)),
            (self.line, {"kind": "tax", "price_unit": 10}, (0, 10)),
        ]
        for line, values, amounts in cases:
            with self.subTest(**values):
                item = self.make_item(self.dispute, line, **values)
                self.assertEqual((item.amount_untaxed, item.amount_total), amounts)
                self.assertEqual((item.move_id, item.name), (self.invoice, "Paper"))
                item.unlink()

    def test_no_more_than_the_line(self):
        self.make_item(self.dispute, self.line, kind="quantity", quantity=6)
        with self.assertRaisesRegex(ValidationError, "158.40.* would be contested, and .*144.00"):
            self.make_item(self.dispute, self.line, kind="quantity", quantity=5)

    def test_a_price_item_without_its_difference_says_what_to_type(self):
        with self.assertRaisesRegex(ValidationError, "an amount per unit"):
            self.make_item(self.dispute, self.line, kind="price")
