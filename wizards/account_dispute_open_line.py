from odoo import api, fields, models


class AccountDisputeOpenLine(models.TransientModel):
    """One receivable in the dialogue that contests: how much of it."""

    _name = "account.dispute.open.line"
    _description = "Receivable to Contest"

    wizard_id = fields.Many2one(
        "account.dispute.open", required=True, ondelete="cascade", index=True
    )
    move_line_id = fields.Many2one(
        "account.move.line", string="Receivable", required=True, ondelete="cascade"
    )
    move_id = fields.Many2one(related="move_line_id.move_id")
    name = fields.Char(related="move_line_id.move_name", string="Number")
    date_maturity = fields.Date(related="move_line_id.date_maturity")
    currency_id = fields.Many2one(related="move_line_id.currency_id")
    residual = fields.Monetary(related="move_line_id.amount_residual_currency", string="Open")
    uncontested = fields.Monetary(
        string="Not Contested",
        compute="_compute_uncontested",
        help="Open, and held by no other open dispute.",
    )
    amount = fields.Monetary(
        string="Contested", compute="_compute_amount", store=True, readonly=False
    )

    @api.depends("move_line_id")
    def _compute_uncontested(self):
        uncontested = self.move_line_id._get_uncontested()
        for row in self:
            row.uncontested = uncontested.get(row.move_line_id.id, 0.0)

    @api.depends(
        "uncontested",
        "wizard_id.mode",
        "wizard_id.amount",
        "wizard_id.percentage",
        "wizard_id.item_ids.amount_total",
    )
    def _compute_amount(self):
        for wizard, rows in self.grouped("wizard_id").items():
            amounts = wizard._spread()
            for row in rows:
                row.amount = amounts.get(row, 0.0)

    def _get_invoiced(self):
        """What was invoiced with these rows, all of one entry, in its currency."""
        move = self.move_id
        if move.is_invoice(include_receipts=True):
            return move.amount_total
        return sum(self.move_line_id.mapped("amount_currency"))

    def _prepare_dispute_line_values(self):
        mode = self.wizard_id.mode
        return {
            "move_line_id": self.move_line_id.id,
            "amount": self.amount,
            "basis": mode,
            "percentage": self.wizard_id.percentage if mode == "percentage" else 0.0,
        }
