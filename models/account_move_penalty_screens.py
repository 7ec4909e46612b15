from odoo import api, fields, models

from .account_move import READERS


class AccountMove(models.Model):
    """Penalties on the invoice's form: what they come to, and whether the agreed rate is legal."""

    _inherit = "account.move"

    penalty_accrued = fields.Monetary(
        string="Penalties", compute="_compute_penalty_accrued", groups=READERS
    )
    penalty_rate_warning = fields.Char(compute="_compute_penalty_rate_warning", groups=READERS)
    can_simulate_penalties = fields.Boolean(
        compute="_compute_can_simulate_penalties", groups=READERS
    )

    @api.depends("penalty_ids.accrued")
    def _compute_penalty_accrued(self):
        for move in self:
            move.penalty_accrued = sum(move.penalty_ids.mapped("accrued"))

    @api.depends("penalty_rate", "penalty_regime_id", "partner_id", "invoice_date")
    @api.depends_context("company", "lang")
    def _compute_penalty_rate_warning(self):
        today = fields.Date.context_today(self)
        for move in self:
            customer = move.commercial_partner_id.with_company(move.company_id)
            regime = move.penalty_regime_id or customer._get_penalty_regime(
                move.invoice_date or today
            )
            move.penalty_rate_warning = regime._get_rate_warning(move.penalty_rate, today)

    @api.depends("state", "move_type")
    def _compute_can_simulate_penalties(self):
        for move in self:
            move.can_simulate_penalties = move.state == "posted" and move.move_type in (
                "out_invoice",
                "out_receipt",
            )

    def action_view_penalties(self):
        """Show what late payment of these invoices costs."""
        self.check_access("read")
        self.env["account.penalty"].check_access("read")
        return self.penalty_ids._get_records_action(name=self.env._("Penalties"), context={})

    def action_simulate_penalties(self):
        """What late payment of these invoices costs on any day; writes nothing.

        :raise UserError: when none of them is a posted customer invoice.
        """
        self.check_access("read")
        lines = self.filtered("can_simulate_penalties").line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        return self.env["account.penalty.simulate"]._get_action(lines)
