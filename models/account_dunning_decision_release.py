from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain


class AccountDunningDecision(models.Model):
    """From “not certain” to a formal notice about the rest, by a person."""

    _inherit = "account.dunning.decision"

    def action_release(self):
        """Ask why a formal notice may claim what the open disputes about this do not contest.

        :raise UserError: when no open dispute withholds it.
        """
        self.ensure_one()
        self.check_access("read")
        wizard = self.env["account.dunning.notice.override"]
        wizard.check_access("create")
        disputes = self.env["account.dispute"]
        lines = self.env["account.dispute.line"].search(
            Domain("move_line_id", "=", self.move_line_id.id)
            & Domain("dispute_id.state", "in", disputes._get_holding_states())
            & Domain("is_released", "=", False)
        )
        if not lines:
            raise UserError(
                self.env._("No open dispute withholds a formal notice: the next run decides.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send the formal notice in spite of it"),
            "res_model": wizard._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_dispute_line_ids": lines.ids},
        }
