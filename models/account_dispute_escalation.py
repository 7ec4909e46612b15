from odoo import fields, models


class AccountDisputeEscalation(models.Model):
    """A dispute that was brought to somebody's attention: once per cycle and kind, with why."""

    _name = "account.dispute.escalation"
    _description = "Dispute Escalation"
    _order = "date desc, id desc"

    dispute_id = fields.Many2one(
        "account.dispute", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    cycle = fields.Integer(required=True, readonly=True)
    kind = fields.Selection(
        [
            ("first_answer", "No first answer"),
            ("qualification", "Not qualified"),
            ("resolution", "Resolution late"),
            ("idle", "Nothing happens"),
            ("idle_manager", "Nothing happens, owner did not react"),
            ("no_next_action", "No next action"),
            ("suspension", "Suspension to review"),
            ("reputation", "Reputation at risk"),
            ("tacit", "Tacit acceptance possible"),
            ("task", "Task late"),
        ],
        required=True,
        readonly=True,
    )
    date = fields.Date(required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Told to", readonly=True)
    reason = fields.Char(required=True, readonly=True)

    _once = models.UniqueIndex(
        "(dispute_id, cycle, kind)", "A dispute is escalated once for the same reason."
    )
