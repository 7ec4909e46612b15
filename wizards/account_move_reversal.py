from odoo import api, fields, models


class AccountMoveReversal(models.TransientModel):
    """Reversing a debit note of penalties: whether they may be claimed again."""

    _inherit = "account.move.reversal"

    has_penalties = fields.Boolean(compute="_compute_has_penalties")
    penalty_after = fields.Selection(
        [("claim", "They stay claimable"), ("waive", "They are waived")],
        string="The Penalties",
        default="claim",
    )

    @api.depends("move_ids")
    def _compute_has_penalties(self):
        for reversal in self:
            reversal.has_penalties = bool(reversal.move_ids._get_booked_penalties())

    def _prepare_default_reversal(self, move):
        values = super()._prepare_default_reversal(move)
        if self.penalty_after and move._get_booked_penalties():
            values["penalty_after"] = self.penalty_after
        return values
