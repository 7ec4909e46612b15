from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.account_dispute_dunning.tests.common import days_ago

from .common import OrderCommon

# One transparent pixel, as a signature.
IMAGE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
    "gg=="
)


@tagged("post_install", "-at_install")
class TestFindings(OrderCommon):
    """What is found is proposed in the dialogue, and one tick makes a dispute of it."""

    def make_dialogue(self, invoices):
        action = invoices.with_user(self.collector).action_contest()
        model = self.env[action["res_model"]].with_user(self.collector)
        return Form(model.with_context(**action["context"]))

    def use(self, form, reason):
        for index in range(len(form.finding_ids)):
            with form.finding_ids.edit(index) as finding:
                if finding.reason_id.code == reason:
                    finding.is_used = True

    def confirm(self, form):
        action = form.save().action_confirm()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_one_tick_contests_a_price_difference(self):
        """S2.12: 10 × (12 − 10) → 20 and the tax."""
        order = self.make_order(price=10)
        self.deliver(order, on_date=days_ago(31))
        invoice = self.invoice_order(order, price=12)
        form = self.make_dialogue(invoice)
        self.use(form, "price_difference")
        self.assertEqual(form.mode, "items")
        self.assertEqual(form.contested_amount, 24)
        dispute = self.confirm(form)
        self.assertEqual(dispute.reason_id.code, "price_difference")
        self.assertRecordValues(
            dispute.item_ids,
            [
                {
                    "move_line_id": invoice.invoice_line_ids.id,
                    "kind": "price",
                    "amount_untaxed": 20,
                    "amount_total": 24,
                }
            ],
        )
        self.assertRecordValues(dispute.line_ids, [{"amount": 24, "basis": "items"}])

    def test_what_is_unticked_is_taken_back(self):
        order = self.make_order()
        self.deliver(order, 7, on_date=days_ago(31))
        form = self.make_dialogue(self.invoice_order(order, price=12))
        self.use(form, "price_difference")
        self.use(form, "not_delivered")
        self.assertEqual(form.contested_amount, 24 + 43.2)
        with form.finding_ids.edit(0) as finding:
            self.assertEqual(finding.reason_id.code, "price_difference")
            finding.is_used = False
        self.assertEqual(form.contested_amount, 43.2)
        self.assertEqual(len(form.item_ids), 1)

    def test_an_item_added_by_hand_stays(self):
        order = self.make_order()
        self.deliver(order, on_date=days_ago(31))
        invoice = self.invoice_order(order, price=12)
        form = self.make_dialogue(invoice)
        form.mode = "items"
        with form.item_ids.new() as item:
            item.move_line_id = invoice.invoice_line_ids
            item.kind = "quantity"
            item.quantity = 1
        self.use(form, "price_difference")
        self.assertEqual(len(form.item_ids), 2)

    def test_a_double_billing_contests_the_whole_second_invoice(self):
        """S2.13"""
        order = self.make_order()
        self.deliver(order, on_date=days_ago(40))
        self.invoice_order(order)
        second = self.invoice_order(order, on_date=days_ago(20))
        form = self.make_dialogue(second)
        self.use(form, "double_billing")
        dispute = self.confirm(form)
        self.assertEqual(dispute.contested_amount, second.amount_residual)

    def test_nothing_found_proposes_nothing(self):
        self.assertFalse(self.make_dialogue(self.make_overdue_invoice()).finding_ids)

    # === On the dispute ===#

    def test_the_dispute_shows_orders_deliveries_and_returns(self):
        """S3.2, S3.26: from the invoice's lines to the documents."""
        order = self.make_order()
        picking = self.deliver(order, on_date=days_ago(31))
        dispute = self.contest(self.invoice_order(order))
        self.assertEqual(dispute.order_ids, order)
        self.assertEqual(dispute.picking_ids, picking)
        wizard = self.env["stock.return.picking"].with_context(
            active_id=picking.id, active_model="stock.picking"
        )
        returned = wizard.create({}).action_create_returns_all()
        self.env.invalidate_all()
        self.assertEqual(set(dispute.picking_ids.ids), {picking.id, returned["res_id"]})
        self.assertEqual(len(dispute.comparison_ids), 1)
        seen = dispute.with_user(self.collector)
        self.assertEqual(seen.action_view_orders()["res_id"], order.id)
        self.assertEqual(seen.action_view_deliveries()["res_model"], "stock.picking")

    def test_the_contract_is_the_orders_files_and_its_evidence(self):
        order = self.make_order()
        dispute = self.contest(self.invoice_order(order))
        self.assertEqual(dispute.contract_count, 0)
        signed = self.env["ir.attachment"].create(
            {"name": "signed.pdf", "res_model": "sale.order", "res_id": order.id, "raw": b"pdf"}
        )
        frame = self.env["ir.attachment"].create({"name": "frame.pdf", "raw": b"pdf"})
        row = self.get_evidence(dispute, "contract")
        row.attachment_ids = frame
        self.env.invalidate_all()
        self.assertEqual(dispute.contract_count, 2)
        action = dispute.with_user(self.collector).action_view_contract()
        found = self.env["ir.attachment"].search(action["domain"])
        self.assertEqual(found, signed | frame)

    def test_what_odoo_holds_is_evidence_without_a_file(self):
        """S2.38: the delivery note from the delivery on; a proof once it is signed for."""
        order = self.make_order()
        dispute = self.contest(self.invoice_order(order))
        quote = self.get_evidence(dispute, "quote")
        note = self.get_evidence(dispute, "delivery_note")
        proof = self.get_evidence(dispute, "delivery_proof")
        self.assertEqual({row.state for row in quote | note | proof}, {"missing"})
        order.signature = IMAGE
        self.assertEqual(quote.state, "present")
        picking = self.deliver(order)
        self.assertEqual((note.state, proof.state), ("present", "missing"))
        picking.signature = IMAGE
        self.assertEqual(proof.state, "present")

    def get_evidence(self, dispute, code):
        """The row of a kind in the evidence matrix of a dispute, made when it is not there."""
        kind = self.env["account.dispute.evidence.type"].search([("code", "=", code)])
        rows = dispute.evidence_ids.filtered(lambda row: row.type_id == kind)
        return rows or rows.create({"dispute_id": dispute.id, "type_id": kind.id})

    def test_the_orders_salesperson_is_asked(self):
        """S1.10: roles resolve to the order's salesperson, then to the invoice's."""
        order = self.make_order(user_id=self.manager.id)
        invoice = self.invoice_order(order, on_date=days_ago(30))
        invoice.invoice_user_id = self.collector
        department = self.env["account.dispute.department"].create(
            {"name": "Sales", "code": "test_sales", "assignment": "salesperson"}
        )
        dispute = self.contest(invoice)
        self.assertEqual(department._get_user(dispute), self.manager)

    def test_an_invoice_without_order_shows_none_of_it(self):
        dispute = self.contest(self.make_overdue_invoice())
        self.assertRecordValues(
            dispute,
            [{"order_count": 0, "picking_count": 0, "contract_count": 0, "comparison_ids": []}],
        )

    def test_a_colleague_reads_none_of_it(self):
        """The amounts of orders and invoices are for readers of disputes."""
        dispute = self.contest(self.invoice_order(self.make_order()))
        colleague = new_test_user(self.env, "collections_colleague", groups="base.group_user")
        with self.assertRaises(AccessError):
            dispute.with_user(colleague).read(["comparison_ids"])
        with self.assertRaises(AccessError):
            dispute.with_user(colleague).action_view_orders()

    def test_many_disputes_read_their_documents_together(self):
        disputes = self.env["account.dispute"]
        for _number in range(8):
            order = self.make_order()
            self.deliver(order, on_date=days_ago(31))
            disputes |= self.contest(self.invoice_order(order))
        names = ["order_count", "picking_count", "contract_count", "comparison_ids"]
        few, many = self.count_statements(lambda some: some.read(names), disputes[:2], disputes)
        self.assertEqual(few, many)
