from odoo import fields, models


class AccountDisputeCause(models.Model):
    """Where a dispute comes from: an origin, and under it its root causes (S2.4–S2.8, S4.1).

    An origin is a cause without parent. A dispute gets the origin of its reason; who closes it
    says the root cause and the department that is responsible for it.
    """

    _name = "account.dispute.cause"
    _description = "Root Cause of Disputes"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    parent_id = fields.Many2one(
        "account.dispute.cause", string="Origin", index="btree_not_null", ondelete="restrict"
    )
    child_ids = fields.One2many("account.dispute.cause", "parent_id", string="Root Causes")
    department_id = fields.Many2one(
        "account.dispute.department",
        string="Responsible Department",
        help="Proposed when a dispute is closed with this cause.",
    )
    is_internal = fields.Boolean(
        string="Our Own", default=True, help="We could have avoided it; unticked for the others."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "Two causes can't have the same code.")
