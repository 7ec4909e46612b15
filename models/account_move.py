from odoo import api, fields, models
from odoo.tools import SQL

# Who sees what is contested: invoices are also read by people without any accounting role.
READERS = "account.group_account_invoice,account_dispute_dunning.group_auditor"


class AccountMove(models.Model):
    _inherit = "account.move"

    contested_amount = fields.Monetary(
        string="Contested",
        compute="_compute_disputes",
        compute_sudo=True,
        groups=READERS,
        help="Held by open disputes: not claimed until they are closed.",
    )
    dispute_count = fields.Integer(
        string="Disputes", compute="_compute_disputes", compute_sudo=True, groups=READERS
    )
    is_collectable = fields.Boolean(
        compute="_compute_is_collectable",
        groups=READERS,
        help="A posted customer invoice with something left to pay.",
    )

    @api.depends(
        "state",
        "amount_residual",
        "line_ids.dispute_line_ids.amount",
        "line_ids.dispute_line_ids.dispute_id.state",
    )
    def _compute_disputes(self):
        """As in `account.receivable`: what is contested is at most what is open, per line."""
        rows = self.env["account.dispute.line"]._read_group(
            [("move_id", "in", self.ids)], ["move_id"], ["dispute_id:count_distinct"]
        )
        counts = dict(rows)
        receivables = self._get_receivable_lines()
        contested = receivables._get_contested()
        amounts = dict.fromkeys(self, 0.0)
        for line in receivables:
            open_amount = max(0.0, line.amount_residual_currency)
            amounts[line.move_id] += min(open_amount, contested.get(line._origin.id, 0.0))
        for move in self:
            move.contested_amount = amounts[move]
            move.dispute_count = counts.get(move._origin, 0)

    @api.depends("state", "move_type", "amount_residual")
    def _compute_is_collectable(self):
        for move in self:
            move.is_collectable = (
                move.state == "posted"
                and move.is_sale_document(include_receipts=True)
                and move.move_type != "out_refund"
                and move.currency_id.compare_amounts(move.amount_residual, 0) > 0
            )

    def _get_receivable_lines(self):
        """The open receivable lines of these invoices."""
        return self.line_ids.filtered(
            lambda line: (
                line.account_id.account_type == "asset_receivable"
                and line.parent_state == "posted"
                and not line.reconciled
            )
        )

    def _get_open_disputes(self):
        """The disputes that hold amounts of these invoices, whoever asks; with all rights."""
        lines = self.env["account.dispute.line"].sudo().search([("move_id", "in", self.ids)])
        states = lines.dispute_id._get_holding_states()
        return lines.dispute_id.filtered(lambda dispute: dispute.state in states)

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._restore_contests()
        return posted

    def _restore_contests(self):
        """Let disputes hold again what they held before the invoice was reset to draft.

        Its receivable lines may be others than before: then the amounts go to the new ones, the
        oldest due date first, and the dispute's history says so.
        """
        lost = (
            self.env["account.dispute.line"]
            .sudo()
            .search(
                [
                    ("move_id", "in", self.ids),
                    ("move_line_id", "=", False),
                    ("dispute_id.state", "!=", "closed"),
                ]
            )
        )
        for (dispute, move), lines in lost.grouped(
            lambda line: (line.dispute_id, line.move_id)
        ).items():
            amount = sum(lines.mapped("amount"))
            lines.unlink()
            dispute.line_ids = dispute._prepare_from_amounts(
                move._get_receivable_lines() - dispute.line_ids.move_line_id, amount
            )

    # === Actions ===#

    def action_contest(self):
        """Open the dialogue that contests a part of these invoices.

        :raise UserError: when they do not belong together, or nothing is left to contest.
        """
        self.check_access("read")
        return self.env["account.dispute.open"]._get_action(self._get_receivable_lines())

    def action_view_disputes(self):
        """Show the disputes about these invoices, closed ones too."""
        self.check_access("read")
        disputes = self.env["account.dispute"].search([("line_ids.move_id", "in", self.ids)])
        return disputes._get_records_action(name=self.env._("Disputes"), context={})

    def action_why(self):
        """Show what was decided about the reminders of these invoices, and why.

        :raise UserError: when no run has looked at them yet.
        """
        self.check_access("read")
        decisions = self.env["account.dunning.decision"].search(
            [("move_line_id.move_id", "in", self.ids), ("is_current", "=", True)]
        )
        return self.env["account.receivable"]._get_why_action(decisions)


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

    def _get_uncontested(self):
        """What is open and not contested: ``{line id: amount in the line's currency}``."""
        contested = self._get_contested()
        return {
            line.id: line.currency_id.round(
                max(0.0, line.amount_residual_currency - contested[line.id])
            )
            for line in self
        }

    def _serialise_contests(self):
        """Let one transaction at a time change what is contested of these receivables.

        An update, not a lock: a transaction that only waited for a lock would go on with the
        snapshot it began with, blind to what the other has just contested. After an update
        PostgreSQL refuses it instead, and Odoo runs the request again.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE account_move_line SET write_date = write_date WHERE id = ANY(%s)",
                sorted(self.ids),
            )
        )
