from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import CollectionsCommon


class CaptureCommon(CollectionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.env["account.tax"].create({"name": "20 %", "amount": 20})
        cls.invoice = cls.make_overdue_invoice(10)

    def make_invoice_of(self, *lines, days=10, **values):
        """An invoice of lines (name, quantity, price, product), with 20 % of tax."""
        commands = [
            Command.create(
                {
                    "name": name,
                    "quantity": quantity,
                    "price_unit": price,
                    "product_id": product.id if product else False,
                    "tax_ids": [Command.set(self.tax.ids)],
                }
            )
            for name, quantity, price, product in lines
        ]
        return self.make_overdue_invoice(days, invoice_line_ids=commands, **values)

    def make_dialogue(self, action, user=None):
        """The form of the dialogue that an action opens, with a reason."""
        user = user or self.collector
        model = self.env[action["res_model"]].with_user(user).with_context(**action["context"])
        form = Form(model)
        form.reason_id = self.reason
        return form

    def contest_invoice(self, invoices=None, user=None):
        invoices = invoices or self.invoice
        return self.make_dialogue(invoices.with_user(user or self.collector).action_contest(), user)

    def confirm(self, form):
        action = form.save().action_confirm()
        return self.env[action["res_model"]].browse(action["res_id"])

    def set_row(self, form, index, **values):
        with form.line_ids.edit(index) as row:
            for name, value in values.items():
                setattr(row, name, value)

    def claimed(self, invoices):
        return sum(self.get_receivables(invoices).mapped("dunnable"))


@tagged("post_install", "-at_install")
class TestWaysIn(CaptureCommon):
    """A dispute is opened from the invoice, the receivable, the customer, or several lines."""

    def test_from_the_receivable(self):
        receivable = self.get_receivables(self.invoice).with_user(self.collector)
        form = self.make_dialogue(receivable.action_contest())
        form.amount = 300
        self.assertEqual(self.confirm(form).contested_amount, 300)
        self.assertEqual(self.claimed(self.invoice), 700)

    def test_from_several_invoices_the_oldest_first(self):
        """S0.37: the amount goes to the oldest due date first."""
        older = self.make_overdue_invoice(40, amount=200)
        form = self.contest_invoice(self.invoice | older)
        self.assertEqual(form.amount, 1200, "proposed: all that is open")
        form.amount = 500
        dispute = self.confirm(form)
        amounts = {line.move_id: line.amount for line in dispute.line_ids}
        self.assertEqual(amounts, {older: 200, self.invoice: 300})

    def test_the_table_is_changed_by_hand(self):
        older = self.make_overdue_invoice(40, amount=200)
        form = self.contest_invoice(self.invoice | older)
        form.amount = 500
        self.set_row(form, 0, amount=0)
        self.set_row(form, 1, amount=450)
        self.assertEqual(form.contested_amount, 450)
        dispute = self.confirm(form)
        self.assertRecordValues(dispute.line_ids, [{"move_id": self.invoice.id, "amount": 450}])

    def test_from_the_customer_receivables_are_ticked(self):
        """All that the customer has open and not contested is there to choose from."""
        older = self.make_overdue_invoice(40, amount=200)
        self.contest(self.make_overdue_invoice(50))
        self.make_overdue_invoice(5, partner=self.make_customer("Imprimerie du Nord"))
        action = self.customer.with_user(self.collector).action_contest()
        receivables = self.env[action["res_model"]].with_user(self.collector)
        listed = receivables.search(action["domain"])
        self.assertEqual(listed.move_id, older | self.invoice)
        ticked = listed.filtered(lambda receivable: receivable.move_id == older)
        dispute = self.confirm(self.make_dialogue(ticked.action_contest()))
        self.assertEqual((dispute.move_ids, dispute.contested_amount), (older, 200))

    def test_a_customer_with_one_invoice_goes_straight_to_the_dialogue(self):
        form = self.make_dialogue(self.customer.with_user(self.collector).action_contest())
        self.assertEqual(self.confirm(form).move_ids, self.invoice)

    def test_from_a_contact_of_the_customer(self):
        contact = self.env["res.partner"].create({"name": "Ana", "parent_id": self.customer.id})
        action = contact.with_user(self.collector).action_contest()
        form = self.make_dialogue(action)
        form.contact_id = contact
        dispute = self.confirm(form)
        self.assertRecordValues(
            dispute, [{"partner_id": self.customer.id, "contact_id": contact.id}]
        )

    def test_what_is_contested_already_is_not_proposed(self):
        self.contest(self.invoice)
        with self.assertRaisesRegex(UserError, "Nothing is open and uncontested"):
            self.customer.with_user(self.collector).action_contest()


@tagged("post_install", "-at_install")
class TestModes(CaptureCommon):
    """S0.37: a whole invoice, an amount, a percentage or items of it are contested."""

    def test_whole(self):
        self.contest(self.invoice, 100)
        form = self.contest_invoice()
        form.mode = "whole"
        dispute = self.confirm(form)
        self.assertRecordValues(dispute.line_ids, [{"amount": 900, "basis": "whole"}])
        self.assertEqual(self.claimed(self.invoice), 0)

    def test_a_percentage_of_what_was_invoiced(self):
        self.pay(self.invoice, 400)
        form = self.contest_invoice()
        form.mode = "percentage"
        form.percentage = 10
        dispute = self.confirm(form)
        self.assertRecordValues(
            dispute.line_ids, [{"amount": 100, "basis": "percentage", "percentage": 10}]
        )

    def test_a_percentage_holds_at_most_what_is_open(self):
        self.pay(self.invoice, 950)
        form = self.contest_invoice()
        form.mode = "percentage"
        form.percentage = 10
        self.assertEqual((form.wanted_amount, form.contested_amount), (100, 50))
        self.assertEqual(self.confirm(form).contested_amount, 50)

    def test_a_percentage_of_an_invoice_in_instalments(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (0, 30)
                ],
            }
        )
        invoice = self.make_overdue_invoice(60, invoice_payment_term_id=terms.id)
        form = self.contest_invoice(invoice)
        form.mode = "percentage"
        form.percentage = 60
        dispute = self.confirm(form)
        self.assertEqual(sorted(dispute.line_ids.mapped("amount")), [100, 500])

    def add_item(self, form, line, **values):
        with form.item_ids.new() as item:
            item.move_line_id = line
            for name, value in values.items():
                setattr(item, name, value)
            return {"untaxed": item.amount_untaxed, "total": item.amount_total}

    def test_items_with_their_taxes(self):
        """S2.12: 10 × (12 − 10) → 20 and the tax; a quantity, a whole line and a tax too."""
        invoice = self.make_invoice_of(
            ("Paper", 10, 12, None),
            ("Pens", 4, 5, None),
            ("Ink", 1, 50, None),
            ("Glue", 1, 10, None),
        )
        paper, pens, ink, glue = invoice.invoice_line_ids
        form = self.contest_invoice(invoice)
        form.mode = "items"
        price = self.add_item(form, paper, kind="price", price_unit=2)
        self.assertEqual(price, {"untaxed": 20, "total": 24})
        quantity = self.add_item(form, pens, kind="quantity", quantity=2)
        self.assertEqual(quantity, {"untaxed": 10, "total": 12})
        whole = self.add_item(form, ink)
        self.assertEqual(whole, {"untaxed": 50, "total": 60})
        tax = self.add_item(form, glue, kind="tax")
        self.assertEqual(tax, {"untaxed": 0, "total": 2})
        self.assertEqual(form.contested_amount, 98)
        dispute = self.confirm(form)
        self.assertRecordValues(dispute.line_ids, [{"amount": 98, "basis": "items"}])
        self.assertRecordValues(
            dispute.item_ids,
            [
                {"move_line_id": paper.id, "kind": "price", "amount_total": 24},
                {"move_line_id": pens.id, "kind": "quantity", "amount_total": 12},
                {"move_line_id": ink.id, "kind": "line", "amount_total": 60},
                {"move_line_id": glue.id, "kind": "tax", "amount_total": 2},
            ],
        )

    def test_freight_is_recognised(self):
        """A service whose words say carriage; a pallet for transport is a thing, not freight."""
        carriage = self.env["product.product"].create({"name": "Carriage", "type": "service"})
        pallet = self.env["product.product"].create({"name": "Transport pallet", "type": "consu"})
        invoice = self.make_invoice_of(
            ("Frais de port", 2, 15, carriage), ("Transport pallet", 1, 30, pallet)
        )
        form = self.contest_invoice(invoice)
        form.mode = "items"
        for line, kind in zip(invoice.invoice_line_ids, ("freight", "line"), strict=True):
            with form.item_ids.new() as item:
                item.move_line_id = line
                self.assertEqual((item.kind, item.amount_total), (kind, 36))

    def test_items_hold_at_most_what_is_open(self):
        invoice = self.make_invoice_of(("Paper", 10, 10, None))
        self.pay(invoice, 100)
        form = self.contest_invoice(invoice)
        form.mode = "items"
        self.add_item(form, invoice.invoice_line_ids)
        self.assertEqual((form.wanted_amount, form.contested_amount), (120, 20))
        self.assertEqual(self.confirm(form).contested_amount, 20)

    def test_no_item_is_refused(self):
        form = self.contest_invoice()
        form.mode = "items"
        with self.assertRaisesRegex(UserError, "Add the items"):
            form.save().action_confirm()


@tagged("post_install", "-at_install")
class TestDialogue(CaptureCommon):
    """What is noted at the opening, what is refused, and who may open."""

    def test_what_is_noted(self):
        """Of an internal dispute the customer is told nothing, whatever the company does."""
        self.company.dispute_acknowledge = True
        form = self.contest_invoice()
        form.description = "The boxes were wet."
        form.expectation = "replacement"
        form.is_internal = True
        self.assertRecordValues(
            self.confirm(form),
            [
                {
                    "state": "open",
                    "description": "The boxes were wet.",
                    "expectation": "replacement",
                    "is_internal": True,
                    "tell_customer": False,
                }
            ],
        )

    def test_acknowledging_is_proposed_as_the_company_says(self):
        for wanted in (True, False):
            self.company.dispute_acknowledge = wanted
            self.assertEqual(self.contest_invoice().tell_customer, wanted)

    def test_the_owner_is_whom_the_reason_designates_unless_chosen(self):
        """A price difference is for sales, which asks the invoice's salesperson (S2.11)."""
        other = self.make_overdue_invoice(20)
        other.invoice_user_id = self.manager
        self.assertEqual(self.confirm(self.contest_invoice(other)).user_id, self.manager)
        form = self.contest_invoice()
        self.assertFalse(form.user_id)
        form.user_id = self.manager
        self.assertEqual(self.confirm(form).user_id, self.manager)

    def test_an_invoice_of_the_same_amount_is_shown(self):
        """S2.13: perhaps billed twice, within a month; what a credit note reversed is not."""
        twin = self.make_overdue_invoice(25)
        self.make_overdue_invoice(61)
        self.make_overdue_invoice(15, amount=999)
        self.make_overdue_invoice(15, partner=self.make_customer("Imprimerie du Nord"))
        reversed_one = self.make_overdue_invoice(15)
        reversed_one._reverse_moves(cancel=True)
        self.assertEqual(self.contest_invoice().similar_move_ids[:], twin)
        self.assertFalse(self.contest_invoice(twin).similar_move_ids[:], "the later one is told")

    def make_file(self, name):
        """As the dialogue uploads one."""
        files = self.env["ir.attachment"].with_user(self.collector)
        return files.create({"name": name, "raw": b"png", "res_model": "account.dispute.open"})

    def test_files_are_attached(self):
        photo = self.make_file("wet.png")
        form = self.contest_invoice()
        form.attachment_ids.add(photo)
        dispute = self.confirm(form)
        self.assertEqual((photo.res_model, photo.res_id), ("account.dispute", dispute.id))

    def test_files_become_evidence(self):
        """S0.11: what is dropped in the dialogue proves something from the first day."""
        kinds = self.env["account.dispute.evidence.type"]
        photos = kinds.create({"name": "Test photos", "code": "test_photos"})
        form = self.contest_invoice()
        form.attachment_ids.add(self.make_file("wet.png"))
        form.evidence_type_id = photos
        evidence = self.confirm(form).evidence_ids.filtered(lambda row: row.type_id == photos)
        self.assertRecordValues(evidence.attachment_ids, [{"name": "wet.png"}])
        self.assertEqual(evidence.state, "present")

    def test_the_amounts_of_the_table_are_within_what_is_open(self):
        older = self.make_overdue_invoice(40, amount=200)
        form = self.contest_invoice(self.invoice | older)
        self.set_row(form, 0, amount=300)
        self.set_row(form, 1, amount=100)
        with self.assertRaisesRegex(UserError, "contest at most 200.00"):
            form.save().action_confirm()

    def test_mixed_invoices_are_refused_with_words(self):
        """Several customers, currencies or companies."""
        for other in (
            self.make_overdue_invoice(5, partner=self.make_customer("Imprimerie du Nord")),
            self.make_overdue_invoice(5, currency_id=self.foreign_currency.id),
            self.make_overdue_invoice(5, company=self.branch),
        ):
            with self.assertRaisesRegex(UserError, "one customer, in one currency, of one comp"):
                invoices = (self.invoice | other).with_user(self.collector)
                both = invoices.with_context(allowed_company_ids=(self.company | self.branch).ids)
                both.action_contest()

    def test_only_a_collector_contests(self):
        for user in (self.auditor, self.assistant, self.invoicing):
            with self.assertRaises(AccessError):
                self.invoice.with_user(user).action_contest()
            with self.assertRaises(AccessError):
                self.customer.with_user(user).action_contest()
            with self.assertRaises(AccessError):
                self.invoice.with_user(user).action_contest_remainder()

    def test_receivables_of_another_company_are_not_contested(self):
        self.setup_other_company_data()
        foreign = self.make_overdue_invoice(5, company=self.other_company)
        wizard = self.env["account.dispute.open"].create(
            {
                "move_line_ids": foreign._get_receivable_lines().ids,
                "reason_id": self.reason.id,
            }
        )
        wizard.sudo().create_uid = self.collector
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Nothing is open"):  # that the user may see
            wizard.with_user(self.collector).action_confirm()
