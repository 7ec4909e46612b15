from odoo import fields, models


class AccountDisputeTask(models.Model):
    """What a department, a colleague or ourselves have to do in a dispute.

    Three kinds: a task of the *procedure*, with the department's section (facts, cause, proposal);
    a *request for help* with its question and answer; and a *commitment* that we made to the
    customer. States: *to do* → *done*, or *cancelled*.

    Who is asked, and the members of its department, answer without any role in accounting
    (S1.23). Roles in Collections see and edit all of them.
    """

    _name = "account.dispute.task"
    _description = "Dispute Task"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "dispute_id, sequence, date_deadline, id"

    # === Identity ===#
    name = fields.Char(string="Task", required=True)
    kind = fields.Selection(
        [
            ("procedure", "Procedure"),
            ("help", "Request for help"),
            ("commitment", "Our commitment"),
        ],
        required=True,
        default="procedure",
    )
    dispute_id = fields.Many2one("account.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    instructions = fields.Text(string="What is asked")
    department_id = fields.Many2one("account.dispute.department", index="btree_not_null")
    user_id = fields.Many2one(
        "res.users",
        string="Assigned to",
        domain=[("share", "=", False)],
        index="btree_not_null",
        tracking=True,
    )
    requested_by_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    date_deadline = fields.Date(string="Deadline", index=True, tracking=True)
    is_mandatory = fields.Boolean(string="Mandatory Section")

    # === The department's section ===#
    facts = fields.Text(help="What happened, as your department sees it.")
    cause = fields.Text(help="Why it happened.")
    proposal = fields.Text(help="What your department proposes.")

    # === State ===#
    state = fields.Selection(
        [("todo", "To do"), ("done", "Done"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="todo",
        copy=False,
        tracking=True,
        index=True,
    )
    done_on = fields.Datetime(readonly=True, copy=False)
    done_by_id = fields.Many2one("res.users", string="Done by", readonly=True, copy=False)
