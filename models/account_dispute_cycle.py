from odoo import api, fields, models


class AccountDisputeCycle(models.Model):
    """From the opening of a dispute to its closing; reopening it begins another cycle.

    Written by the transitions of the dispute only: no role may create, change or delete one.
    """

    _name = "account.dispute.cycle"
    _description = "Dispute Cycle"
    _order = "dispute_id, number"

    dispute_id = fields.Many2one("account.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    number = fields.Integer(required=True)
    date_opened = fields.Date(required=True)
    date_closed = fields.Date()
    validity = fields.Selection(
        selection=lambda self: (
            self.env["account.dispute"]._fields["validity"]._description_selection(self.env)
        )
    )
    resolution_id = fields.Many2one("account.dispute.resolution", ondelete="set null")
    days = fields.Integer(
        compute="_compute_days", help="From opening to closing; until today while it is open."
    )

    _number_uniq = models.UniqueIndex("(dispute_id, number)", "A cycle has one number.")

    @api.depends("date_opened", "date_closed")
    def _compute_days(self):
        today = fields.Date.context_today(self)
        for cycle in self:
            cycle.days = ((cycle.date_closed or today) - cycle.date_opened).days
