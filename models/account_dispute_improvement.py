from odoo import fields, models


class AccountDisputeImprovement(models.Model):
    """What we change so that a root cause does not come back (S2.9)."""

    _name = "account.dispute.improvement"
    _description = "Improvement"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_deadline, id"

    name = fields.Char(string="What We Change", required=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    cause_id = fields.Many2one(
        "account.dispute.cause", string="Root Cause", required=True, index=True
    )
    department_id = fields.Many2one("account.dispute.department", index="btree_not_null")
    user_id = fields.Many2one("res.users", string="Owner", domain=[("share", "=", False)])
    date_deadline = fields.Date(string="Due")
    date_done = fields.Date(string="In Place Since")
    note = fields.Html()
