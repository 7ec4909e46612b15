from odoo import fields, models


class AccountDisputeStage(models.Model):
    """A column of the dispute board.

    The state decides the effect; the stage is how a company names its steps. A dispute that enters
    a state goes to the first stage of that state; a card that is dropped in a stage of another
    state makes that transition, when it is possible.
    """

    _name = "account.dispute.stage"
    _description = "Dispute Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    state = fields.Selection(
        selection=lambda self: (
            self.env["account.dispute"]._fields["state"]._description_selection(self.env)
        ),
        required=True,
        default="investigating",
        help="The state of the disputes in this column.",
    )
    fold = fields.Boolean(string="Folded", help="Folded in the board when empty.")
    rotting_threshold_days = fields.Integer(
        string="Days to rot",
        help="A dispute that stays longer in this stage is shown as stale. 0: never.",
    )
