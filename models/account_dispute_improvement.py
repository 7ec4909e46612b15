from dateutil.relativedelta import relativedelta

from odoo import api, fields, models


class AccountDisputeImprovement(models.Model):
    """What we change so that a root cause does not come back (S2.9).

    Its effect is shown by how many disputes of the cause were opened in the twelve months before
    it was in place, and in the twelve months after.
    """

    _name = "account.dispute.improvement"
    _description = "Improvement"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_deadline, id"

    name = fields.Char(string="What We Change", required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    cause_id = fields.Many2one(
        "account.dispute.cause", string="Root Cause", required=True, index=True
    )
    department_id = fields.Many2one(
        "account.dispute.department",
        compute="_compute_department",
        store=True,
        readonly=False,
        index="btree_not_null",
    )
    user_id = fields.Many2one(
        "res.users", string="Owner", domain=[("share", "=", False)], tracking=True
    )
    date_deadline = fields.Date(string="Due", tracking=True)
    date_done = fields.Date(string="In Place Since", tracking=True)
    note = fields.Html()
    disputes_before = fields.Integer(
        compute="_compute_disputes",
        help="Opened in the twelve months before it was in place; until today if it is not yet.",
    )
    disputes_after = fields.Integer(
        compute="_compute_disputes", help="Opened in the twelve months since it is in place."
    )

    @api.depends("cause_id")
    def _compute_department(self):
        for improvement in self:
            improvement.department_id = (
                improvement.cause_id.department_id or improvement.department_id
            )

    @api.depends("cause_id", "company_id", "date_done")
    def _compute_disputes(self):
        today = fields.Date.context_today(self)
        opened = self._get_opening_days()
        year = relativedelta(months=12)
        for improvement in self:
            change = improvement.date_done or today
            days = [
                (day, count)
                for cause in improvement._get_causes()
                for day, count in opened.get((improvement.company_id, cause), [])
            ]
            improvement.disputes_before = sum(
                count for day, count in days if change - year <= day < change
            )
            improvement.disputes_after = improvement.date_done and sum(
                count for day, count in days if change <= day < change + year
            )

    def _get_causes(self):
        """The cause itself; of an origin, also the root causes under it."""
        return self.cause_id | self.cause_id.child_ids

    def _get_opening_days(self):
        """``{(company, cause): [(day, number of disputes that were opened)]}``."""
        groups = self.env["account.dispute"]._read_group(
            [
                ("company_id", "in", self.company_id.ids),
                ("cause_id", "in", self._get_causes().ids),
                ("date_opened", "!=", False),
            ],
            ["company_id", "cause_id", "date_opened:day"],
            ["__count"],
        )
        opened = {}
        for company, cause, day, count in groups:
            opened.setdefault((company, cause), []).append((day, count))
        return opened

    def action_view_disputes(self):
        """The disputes of the cause, before and after."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Disputes of this cause"),
            "res_model": "account.dispute",
            "view_mode": "list,form,pivot,graph",
            "domain": [("cause_id", "in", self._get_causes().ids)],
        }
