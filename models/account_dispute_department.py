from odoo import fields, models


class AccountDisputeDepartment(models.Model):
    """A department that takes part in disputes, and who of it is asked (S1.10, S2.20, S3.14).

    Shared by all companies; its leader and its members may differ from one to another.
    """

    _name = "account.dispute.department"
    _description = "Department in Disputes"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    assignment = fields.Selection(
        [
            ("leader", "Its leader"),
            ("salesperson", "The invoice's salesperson"),
            ("collector", "The customer's collector"),
            ("balanced", "The member with the fewest open tasks"),
        ],
        required=True,
        default="leader",
        help="Who gets a new task; its leader when nobody else is found.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Leader",
        company_dependent=True,
        domain=[("share", "=", False)],
        help="Receives what nobody else is found for.",
    )
    member_ids = fields.Many2many("res.users", string="Members", domain=[("share", "=", False)])

    _code_uniq = models.UniqueIndex("(code)", "Two departments can't have the same code.")
