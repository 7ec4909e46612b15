from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountDisputeOpen(models.TransientModel):
    """Contest a part of one or several receivables of a customer."""

    _name = "account.dispute.open"
    _description = "Contest an Amount"

    move_line_ids = fields.Many2many("account.move.line", string="Receivables", required=True)
    partner_id = fields.Many2one("res.partner", string="Customer", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    residual = fields.Monetary(string="Not Contested Yet", readonly=True)
    amount = fields.Monetary(string="Contested Amount", required=True)
    reason_id = fields.Many2one("account.dispute.reason", required=True)
    description = fields.Text(help="What the customer says, in the customer's words.")
    is_suspicion = fields.Boolean(
        string="Only a suspicion",
        help="Noted and followed up, but everything is still claimed.",
    )

    @api.model
    def _get_action(self, move_lines):
        """The dialogue for these receivable lines.

        :raise UserError: when they do not belong together, or nothing is left to contest.
        """
        currency = move_lines.currency_id
        partner = move_lines.partner_id.commercial_partner_id
        if len(currency) > 1 or len(partner) > 1 or len(move_lines.company_id) > 1:
            raise UserError(
                self.env._("Choose invoices of one customer, in one currency, of one company.")
            )
        residual = sum(line._get_uncontested_residual() for line in move_lines)
        if not residual:
            raise UserError(
                self.env._("Nothing is open and uncontested here: there is nothing to contest.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Contest an amount"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_move_line_ids": move_lines.ids,
                "default_partner_id": partner.id,
                "default_company_id": move_lines.company_id.id,
                "default_currency_id": currency.id,
                "default_residual": residual,
                "default_amount": residual,
            },
        }

    def action_confirm(self):
        """Create the dispute, and open it unless it is only a suspicion.

        :return: an action that shows the dispute.
        :raise UserError: when the amount is not within what is open and uncontested.
        """
        self.ensure_one()
        self.move_line_ids.check_access("read")
        residual = sum(line._get_uncontested_residual() for line in self.move_line_ids)
        if not 0 < self.amount <= self.currency_id.round(residual):
            raise UserError(
                self.env._(
                    "The contested amount is more than zero and at most %(residual)s.",
                    residual=self.currency_id.format(residual),
                )
            )
        dispute = self.env["account.dispute"].create(
            {
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "reason_id": self.reason_id.id,
                "description": self.description,
                "line_ids": self.env["account.dispute"]._prepare_from_amounts(
                    self.move_line_ids, self.amount
                ),
            }
        )
        if not self.is_suspicion:
            dispute.action_open()
        return dispute._get_records_action()
