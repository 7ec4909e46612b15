from odoo import api, fields, models

from .account_move import READERS
from .account_penalty_regime import check_agreed_rate


class AccountMove(models.Model):
    """Penalties of an invoice: its own regime, and what they come to."""

    _inherit = "account.move"

    penalty_regime_id = fields.Many2one(
        "account.penalty.regime", ondelete="restrict", groups=READERS, copy=False
    )
    penalty_rate = fields.Float(
        string="Agreed Penalty Rate (%)", digits=(8, 4), groups=READERS, copy=False
    )
    penalty_ids = fields.One2many("account.penalty", "move_id", groups=READERS)

    @api.constrains("penalty_rate")
    def _check_penalty_rate(self):
        check_agreed_rate(self)
