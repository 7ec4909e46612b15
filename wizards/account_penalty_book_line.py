from odoo import api, fields, models


class AccountPenaltyBookLine(models.TransientModel):
    """What would be booked of one penalty, or why it is left out."""

    _name = "account.penalty.book.line"
    _description = "Penalty to Book"

    book_id = fields.Many2one("account.penalty.book", required=True, index=True, ondelete="cascade")
    penalty_id = fields.Many2one("account.penalty", required=True, readonly=True)
    partner_id = fields.Many2one(related="penalty_id.partner_id")
    move_id = fields.Many2one(related="penalty_id.move_id")
    move_name = fields.Char(related="penalty_id.move_name")
    currency_id = fields.Many2one(related="penalty_id.currency_id")
    interest = fields.Monetary(readonly=True)
    fee = fields.Monetary(string="Indemnity", readonly=True)
    amount = fields.Monetary(string="Total", compute="_compute_amount")
    problem = fields.Char(string="Left Out Because", readonly=True)

    @api.depends("interest", "fee")
    def _compute_amount(self):
        for line in self:
            line.amount = line.interest + line.fee
