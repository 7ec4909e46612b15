from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [
    ("claim", "Claimed"),
    ("waive", "Waived"),
    ("reinstate", "Reinstated"),
    ("invoice", "Invoiced"),
    ("reverse", "Reversed"),
    ("collect", "Collected"),
    ("uncollect", "Collection undone"),
]
# Which sum of the penalty each kind adds to, or takes from.
SUMS = {
    "claim": ("claimed", 1),
    "waive": ("waived", 1),
    "reinstate": ("waived", -1),
    "invoice": ("invoiced", 1),
    "reverse": ("invoiced", -1),
    "collect": ("collected", 1),
    "uncollect": ("collected", -1),
}


class AccountPenaltyEvent(models.Model):
    """One thing that happened to a penalty. Nobody edits or deletes it: a correction is a new one.

    Amounts are positive, in the currency of the penalty; `kind` says which way they count.
    """

    _name = "account.penalty.event"
    _description = "Event of a Penalty"
    _order = "id desc"

    penalty_id = fields.Many2one(
        "account.penalty", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="penalty_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="penalty_id.currency_id")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    as_of = fields.Date(readonly=True, help="The last day that is counted in the amounts.")
    interest = fields.Monetary(readonly=True)
    fee = fields.Monetary(string="Indemnity", readonly=True)
    user_id = fields.Many2one("res.users", readonly=True)
    reason = fields.Char(readonly=True)
    notice_id = fields.Many2one(
        "account.dunning.notice", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Entry",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    working = fields.Json(readonly=True, help="As it was on that day: the proof of the amounts.")

    _amounts_positive = models.Constraint(
        "CHECK(interest >= 0 AND fee >= 0)", "The amounts of an event are positive."
    )

    def write(self, vals):
        """:raise UserError: for any event: what happened is not edited."""
        if self:
            raise UserError(
                self.env._(
                    "What happened to a penalty is not changed: waive, reinstate or reverse it."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        """:raise UserError: always: what happened is not deleted."""
        raise UserError(
            self.env._("What happened to a penalty is kept: waive, reinstate or reverse it.")
        )
