from odoo import api, fields, models


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

    @api.model
    def _get_by_code(self, code):
        """The department of a code, or none when it was removed."""
        return self.search([("code", "=", code)], limit=1)

    def _get_user(self, dispute):
        """Who is asked in a dispute: as assigned, else the leader, else the dispute's owner.

        Who is archived, or does not work in the dispute's company, is passed over.

        :return: one user, or none.
        """
        # Leaders, workloads and companies are looked up for users who may not read them.
        dispute = dispute.sudo()
        department = self.sudo().with_company(dispute.company_id)
        for users in (department._get_assigned(dispute), department.user_id, dispute.user_id):
            if user := users.filtered(lambda user: department._is_available(user, dispute))[:1]:
                return user.with_env(self.env)
        return self.env["res.users"]

    def _get_assigned(self, dispute):
        """Users to be asked first, the best first, whether available or not."""
        match self.assignment:
            case "salesperson":
                partners = dispute.partner_id | dispute.commercial_partner_id
                return dispute.move_ids.invoice_user_id | partners.user_id
            case "collector":
                return dispute.commercial_partner_id.collector_id
            case "balanced":
                return self._get_members_by_load()
            case _:
                return self.user_id

    def _get_members_by_load(self):
        """The members, those with the fewest open tasks first."""
        load = dict(
            self.env["account.dispute.task"]._read_group(
                [("user_id", "in", self.member_ids.ids), ("state", "=", "todo")],
                ["user_id"],
                ["__count"],
            )
        )
        return self.member_ids.sorted(lambda user: (load.get(user, 0), user.id))

    @api.model
    def _is_available(self, user, dispute):
        return user.active and not user.share and dispute.company_id in user.company_ids
