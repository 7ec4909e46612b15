from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .account_dispute_resolution import CREDITING
from .guard import check_not_typed, recompute


class AccountDisputeResolutionLine(models.Model):
    """What is accepted of one contested amount, in the currency of its invoice."""

    _name = "account.dispute.resolution.line"
    _description = "Accepted Amount"
    _order = "resolution_id, id"

    resolution_id = fields.Many2one(
        "account.dispute.resolution", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="resolution_id.company_id", store=True, index=True)
    dispute_line_id = fields.Many2one(
        "account.dispute.line", required=True, ondelete="cascade", index=True
    )
    name = fields.Char(related="dispute_line_id.name", string="Number")
    move_id = fields.Many2one(related="dispute_line_id.move_id", string="Invoice")
    currency_id = fields.Many2one(related="dispute_line_id.currency_id")
    company_currency_id = fields.Many2one(related="resolution_id.company_currency_id")
    contested = fields.Monetary(related="dispute_line_id.amount", string="Contested")
    contested_company = fields.Monetary(
        related="dispute_line_id.amount_company",
        string="Contested in Company Currency",
        currency_field="company_currency_id",
    )
    amount = fields.Monetary(
        string="Accepted",
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        help="Proposed: all that is contested; nothing for a rejection or a withdrawal.",
    )
    amount_company = fields.Monetary(
        string="Accepted in Company Currency",
        compute="_compute_amount_company",
        store=True,
        currency_field="company_currency_id",
    )

    @api.depends("resolution_id.outcome", "dispute_line_id")
    def _compute_amount(self):
        for line in self:
            accepts = line.resolution_id.outcome in CREDITING
            line.amount = line.dispute_line_id.amount if accepts else 0.0

    @api.depends("amount", "dispute_line_id.amount", "dispute_line_id.amount_company")
    def _compute_amount_company(self):
        for line in self:
            source = line.dispute_line_id
            ratio = source.amount_company / source.amount if source.amount else 1
            currency = line.company_currency_id or self.env.company.currency_id
            line.amount_company = currency.round(line.amount * ratio)

    @api.constrains("amount", "dispute_line_id")
    def _check_amount(self):
        """Nobody gives up more than what is contested, nor less than nothing."""
        for line in self:
            currency = line.currency_id
            if (
                currency.compare_amounts(line.amount, line.contested) > 0
                or currency.compare_amounts(line.amount, 0) < 0
            ):
                raise ValidationError(
                    self.env._(
                        "%(invoice)s: accept between nothing and the %(contested)s that are "
                        "contested, not %(amount)s. To give more, raise the contested amount of "
                        "the dispute first.",
                        invoice=line.name,
                        contested=currency.format(line.contested),
                        amount=currency.format(line.amount),
                    )
                )

    # === Low level ===#

    def write(self, vals):
        check_not_typed(self, vals)
        if vals.keys() & {"amount", "dispute_line_id", "resolution_id"}:
            self.resolution_id._check_not_agreed()
            self.resolution_id._begin_again()
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        recompute(lines)
        lines.resolution_id._check_not_agreed()
        lines.resolution_id._begin_again()
        return lines

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        self.resolution_id._check_not_agreed()
        self.resolution_id._begin_again()
