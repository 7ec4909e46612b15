from odoo import api, fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    contested_amount = fields.Monetary(
        compute="_compute_contested_amount",
        help="What open disputes hold of this invoice: not claimed until they are closed.",
    )
    dispute_count = fields.Integer(compute="_compute_contested_amount")

    @api.depends("line_ids")
    def _compute_contested_amount(self):
        rows = self.env["account.dispute.line"]._read_group(
            [("move_line_id.move_id", "in", self.ids)],
            ["move_line_id", "dispute_id"],
            ["amount:sum"],
        )
        holding = self.env["account.dispute"]._get_holding_states()
        amounts, disputes = {}, {}
        for line, dispute, amount in rows:
            disputes.setdefault(line.move_id, set()).add(dispute)
            if dispute.state in holding:
                amounts[line.move_id] = amounts.get(line.move_id, 0.0) + amount
        for move in self:
            move.contested_amount = amounts.get(move._origin, 0.0)
            move.dispute_count = len(disputes.get(move._origin, ()))

    def _get_receivable_lines(self):
        """The open receivable lines of these invoices."""
        return self.line_ids.filtered(
            lambda line: (
                line.account_id.account_type == "asset_receivable"
                and line.parent_state == "posted"
                and not line.reconciled
            )
        )

    def action_contest(self):
        """Open the dialogue that contests a part of this invoice."""
        self.check_access("read")
        return self.env["account.dispute.open"]._get_action(self._get_receivable_lines())

    def action_view_disputes(self):
        self.check_access("read")
        disputes = self.env["account.dispute"].search(
            [("line_ids.move_line_id.move_id", "in", self.ids)]
        )
        return disputes._get_records_action(name=self.env._("Disputes"))

    def action_why(self):
        """Show what was decided about the reminders of this invoice, and why."""
        self.check_access("read")
        decisions = self.env["account.dunning.decision"].search(
            [("move_line_id.move_id", "in", self.ids), ("is_current", "=", True)]
        )
        return decisions._get_records_action(name=self.env._("Why?"))


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    dispute_line_ids = fields.One2many("account.dispute.line", "move_line_id")

    def _get_contested(self):
        """What open disputes hold: ``{line id: amount in the line's currency}``."""
        rows = (
            self.env["account.dispute.line"]
            .sudo()
            ._read_group(
                [
                    ("move_line_id", "in", self.ids),
                    ("dispute_id.state", "in", self.env["account.dispute"]._get_holding_states()),
                ],
                ["move_line_id"],
                ["amount:sum"],
            )
        )
        return dict.fromkeys(self.ids, 0.0) | {line.id: amount for line, amount in rows}

    def _get_uncontested_residual(self):
        self.ensure_one()
        return max(0.0, self.amount_residual_currency - self._get_contested()[self.id])
