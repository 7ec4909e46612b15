from odoo import fields, models


class AccountDisputeStage(models.Model):
    """A column of the dispute board. The stage is for people; the state decides the effect."""

    _name = "account.dispute.stage"
    _description = "Dispute Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    fold = fields.Boolean(string="Folded", help="Folded in the board when empty.")
    rotting_threshold_days = fields.Integer(
        string="Days to rot",
        help="A dispute that stays longer in this stage is shown as stale. 0: never.",
    )
    is_settled = fields.Boolean(
        string="Settled Stage", help="Disputes come here when they are closed, and only then."
    )
