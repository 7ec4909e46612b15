from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class AccountPaymentRegister(models.TransientModel):
    """A customer pays less than is due: what is missing becomes a dispute at once (S3.33, S4.2)."""

    _inherit = "account.payment.register"

    payment_difference_handling = fields.Selection(
        selection_add=[("contest", "Keep open and contest the difference")],
        ondelete={"contest": "set null"},
    )
    difference_choices = fields.Json(compute="_compute_difference_choices")
    contest_reason_id = fields.Many2one(
        "account.dispute.reason",
        string="Reason",
        domain=[("parent_id", "!=", False)],
        compute="_compute_contest_reason_id",
        store=True,
        readonly=False,
    )
    contest_description = fields.Text(
        string="What the Customer Says", help="In the customer's words, or as the payment says."
    )

    @api.depends(
        "payment_type", "partner_type", "payment_difference", "early_payment_discount_mode"
    )
    @api.depends_context("uid")
    def _compute_difference_choices(self):
        """The ways to treat the difference that make sense for the payment and the user."""
        is_collector = self.env["account.dispute.open"].has_access("create")
        for wizard in self:
            choices = ["open", "reconcile"]
            if (
                is_collector
                and wizard.payment_type == "inbound"
                and wizard.partner_type == "customer"
                and wizard.payment_difference > 0
                and not wizard.early_payment_discount_mode
            ):
                choices.append("contest")
            wizard.difference_choices = choices

    @api.depends("payment_method_line_id", "partner_id")
    def _compute_contest_reason_id(self):
        """Paid by another method than agreed with the customer: proposed as the reason (S2.42)."""
        other_method = self.env.ref(
            "account_dispute_dunning.dispute_reason_payment_mode", raise_if_not_found=False
        )
        for wizard in self:
            agreed = wizard.partner_id.with_company(
                wizard.company_id
            ).property_inbound_payment_method_line_id
            method = wizard.payment_method_line_id
            is_other = agreed and method and agreed != method
            if is_other and not wizard.contest_reason_id:
                wizard.contest_reason_id = other_method
            else:
                wizard.contest_reason_id = wizard.contest_reason_id

    def _create_payments(self):
        if self.payment_difference_handling != "contest":
            return super()._create_payments()
        self._check_contest()
        lines = self._get_total_amounts_to_pay(self.batches)["lines"]
        difference = self.payment_difference
        payments = super()._create_payments()
        self._contest_difference(lines, difference)
        return payments

    def _check_contest(self):
        """:raise UserError: when the difference can't be contested; says what to do."""
        if "contest" not in self.difference_choices:
            raise UserError(
                self.env._(
                    "Only a collector contests a difference, and only what a customer paid too "
                    "little. Choose another way to treat it."
                )
            )
        if not self.contest_reason_id:
            raise UserError(self.env._("Say why the difference is contested: choose a reason."))

    def _contest_difference(self, lines, difference):
        """Open a dispute about what the payment left open of these receivable lines.

        :param difference: in the currency of the payment. What the lines have open is contested
            in their own currency, and at most the difference when the two are the same.
        """
        receivables = self.env["account.receivable"].search([("move_line_id", "in", lines.ids)])
        commands = []
        for line, remainder in receivables._get_remainders().items():
            amount = remainder
            if line.currency_id == self.currency_id:
                amount = min(remainder, line.currency_id.round(difference))
                difference -= amount
            if amount > 0:
                commands.append(Command.create({"move_line_id": line.id, "amount": amount}))
        if not commands:
            raise UserError(
                self.env._(
                    "This payment leaves nothing open that is not contested already. Keep the "
                    "difference open, and look at the disputes of the invoice."
                )
            )
        dispute = self.env["account.dispute"].create(
            {
                "partner_id": lines.partner_id.commercial_partner_id.id,
                "company_id": lines.company_id.id,
                "reason_id": self.contest_reason_id.id,
                "description": self.contest_description,
                "line_ids": commands,
            }
        )
        dispute.action_open()
