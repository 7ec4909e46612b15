from odoo import fields, models


class AccountDisputeReasonTask(models.Model):
    """A task that a reason calls for, in the order of the procedure (S1.9)."""

    _name = "account.dispute.reason.task"
    _description = "Procedure Task"
    _order = "reason_id, sequence, id"

    reason_id = fields.Many2one(
        "account.dispute.reason", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    instructions = fields.Text(translate=True)
    department_id = fields.Many2one("account.dispute.department", required=True)
    informed_department_ids = fields.Many2many(
        "account.dispute.department",
        string="Informed",
        help="Their leaders follow the dispute.",
    )
    days = fields.Integer(
        string="Working Days", default=2, required=True, help="Since the dispute was opened."
    )
    is_mandatory = fields.Boolean(
        string="Mandatory Section",
        default=True,
        help="The dispute is not closed before this department has written its section.",
    )
