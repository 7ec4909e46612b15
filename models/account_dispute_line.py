from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AccountDisputeLine(models.Model):
    """The contested part of one receivable line, in the line's currency."""

    _name = "account.dispute.line"
    _description = "Contested Amount"
    _check_company_auto = True

    dispute_id = fields.Many2one("account.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    dispute_state = fields.Selection(related="dispute_id.state", string="Dispute State")
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Receivable",
        required=True,
        index=True,
        check_company=True,
        domain="[('account_id.account_type', '=', 'asset_receivable'),"
        " ('parent_state', '=', 'posted'), ('reconciled', '=', False),"
        " ('partner_id', 'child_of', parent.partner_id)]",
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    date_maturity = fields.Date(related="move_line_id.date_maturity", string="Due Date")
    currency_id = fields.Many2one(related="move_line_id.currency_id")
    residual = fields.Monetary(
        related="move_line_id.amount_residual_currency", string="Open Amount"
    )
    amount = fields.Monetary(string="Contested", required=True)
    company_currency_id = fields.Many2one(
        related="dispute_id.company_currency_id", string="Company Currency"
    )
    amount_company = fields.Monetary(
        string="Contested in Company Currency",
        compute="_compute_amount_company",
        store=True,
        currency_field="company_currency_id",
        help="At the rate of the invoice.",
    )

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "A contested amount is more than zero."
    )
    _receivable_once = models.UniqueIndex(
        "(dispute_id, move_line_id)", "A dispute names each receivable once."
    )

    @api.depends("amount", "move_line_id")
    def _compute_amount_company(self):
        for line in self:
            source = line.move_line_id
            ratio = abs(source.balance / source.amount_currency) if source.amount_currency else 1
            line.amount_company = line.company_currency_id.round(line.amount * ratio)

    @api.constrains("amount", "move_line_id")
    def _check_amount(self):
        """Two open disputes can't hold the same cent, nor more than what is open."""
        holding = self.filtered(
            lambda line: line.dispute_state in self.env["account.dispute"]._get_holding_states()
        )
        if not holding:
            return
        # Serialises two users who contest the same receivable at the same time.
        holding.move_line_id.lock_for_update(allow_referencing=True)
        contested = holding.move_line_id._get_contested()
        for line in holding:
            total, residual = contested[line.move_line_id.id], line.residual
            if line.currency_id.compare_amounts(total, residual) > 0:
                raise ValidationError(
                    self.env._(
                        "%(invoice)s: %(total)s would be contested, and only %(residual)s is "
                        "open. Lower the amount, or look at its other disputes.",
                        invoice=line.move_id.display_name,
                        total=line.currency_id.format(total),
                        residual=line.currency_id.format(residual),
                    )
                )
