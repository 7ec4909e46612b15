from odoo.fields import Command

from .common import TODAY, CollectionsCommon


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


class SettlingCommon(ResolutionCommon):
    """Disputes with all that settling asks for; the tests take one thing away."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cause = cls.env["account.dispute.cause"].create({"name": "Price", "code": "t_price"})
        cls.department = cls.env["account.dispute.department"].create(
            {"name": "Sales desk", "code": "t_sales"}
        )
        cls.reason.origin_id = False
        cls.reason.required_evidence_ids = False
        cls.reason.task_ids.is_mandatory = False
        cls.other_manager = cls.make_user("boss", "account_dispute_dunning.group_manager")

    def make_dispute(self, invoices=None, amount=None, **values):
        dispute = self.contest(invoices or self.make_taxed_invoice({"price_unit": 1000}), amount)
        dispute.write({"description": "Not what we agreed.", "tell_customer": False} | values)
        return dispute

    def make_option(self, dispute, user=None, accept=None, **values):
        """An option that is complete: the customer agreed today; nobody writes a letter."""
        options = self.env["account.dispute.resolution"].with_user(user or self.collector)
        option = options.create(
            {
                "dispute_id": dispute.id,
                "cause_id": self.cause.id,
                "department_id": self.department.id,
                "agreement_mode": "portal",
                "agreement_date": TODAY,
                "agreement_note": "Ms Durand: that is fair.",
                "send_letter": False,
            }
            | values
        )
        if accept is not None:
            option.line_ids.amount = accept
        return option
