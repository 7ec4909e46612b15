from datetime import datetime, time

from odoo.fields import Command
from odoo.tests import freeze_time

from odoo.addons.account_dispute_dunning.tests.common import TODAY, CollectionsCommon, days_ago


class OrderCommon(CollectionsCommon):
    """Short words to order, to deliver and to invoice; prices are without the tax of 20 %."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("sales_team.group_sale_manager")
        cls.env.user.group_ids |= cls.env.ref("stock.group_stock_manager")
        cls.tax = cls.env["account.tax"].create({"name": "20 %", "amount": 20})
        cls.paper = cls.make_product("Paper")

    @classmethod
    def make_product(cls, name, **values):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": True,
                "invoice_policy": "order",
                "taxes_id": [Command.set(cls.tax.ids)],
            }
            | values
        )

    @classmethod
    def make_order(cls, quantity=10, price=10.0, product=None, line_values=None, **values):
        """A confirmed order of one line."""
        line = {
            "product_id": (product or cls.paper).id,
            "product_uom_qty": quantity,
            "price_unit": price,
            "tax_ids": [Command.set(cls.tax.ids)],
        }
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "order_line": [Command.create(line | (line_values or {}))],
            }
            | values
        )
        order.action_confirm()
        return order

    @classmethod
    def deliver(cls, order, quantity=10, on_date=TODAY):
        """Deliver so many of an order of one line, on a day; the rest stays to be delivered."""
        with freeze_time(datetime.combine(on_date, time(9))):
            move = order.order_line.move_ids.filtered(lambda move: move.state != "done")[:1]
            move.quantity = quantity
            move.picked = True
            move.picking_id._action_done()
        return move.picking_id

    @classmethod
    def invoice_order(cls, order, quantity=None, price=None, on_date=None, **line_values):
        """A posted invoice of an order of one line; a second one too, which Odoo would not make."""
        source = order.order_line
        line = {
            "product_id": source.product_id.id,
            "product_uom_id": source.product_uom_id.id,
            "quantity": source.product_uom_qty if quantity is None else quantity,
            "price_unit": source.price_unit if price is None else price,
            "tax_ids": [Command.set(cls.tax.ids)],
            "sale_line_ids": [Command.set(source.ids)],
        }
        return cls.make_invoice(
            due=TODAY,
            invoice_date=on_date or days_ago(30),
            invoice_line_ids=[Command.create(line | line_values)],
        )

    def count_statements(self, read, *recordsets):
        """How many SQL statements `read` takes on each of these, once all else is loaded."""
        counts = []
        for records in (recordsets[0], *recordsets):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            read(records)
            counts.append(self.env.cr.sql_log_count - before)
        return counts[1:]

    def compare(self, invoice):
        rows = self.env["account.dispute.comparison"].search([("move_id", "in", invoice.ids)])
        self.assertEqual(len(rows), 1)
        return rows

    def found(self, invoice):
        """What is found on an invoice of one line: [(reason, kind, quantity, unit, days)]."""
        return [
            (f.reason, f.kind, float(f.quantity), float(f.price_unit), f.days)
            for f in self.compare(invoice)._find()
        ]
