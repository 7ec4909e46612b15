from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountPenaltyWaive(models.TransientModel):
    """Waive penalties, or take a waiver back, with the reason that their history keeps.

    For one or many, of one or many customers: interest, indemnities, or both. Of one penalty also
    an amount. A collector and a manager each have a limit per customer and year.
    """

    _name = "account.penalty.waive"
    _description = "Waive Penalties"

    penalty_ids = fields.Many2many("account.penalty", required=True)
    kind = fields.Selection(
        [("waive", "Waive"), ("reinstate", "Reinstate")], required=True, default="waive"
    )
    part = fields.Selection(
        [
            ("all", "Interest and indemnities"),
            ("interest", "Interest only"),
            ("fee", "Indemnities only"),
            ("amount", "An amount"),
        ],
        required=True,
        default="all",
    )
    is_single = fields.Boolean(compute="_compute_amounts")
    currency_id = fields.Many2one("res.currency", compute="_compute_amounts")
    interest = fields.Monetary()
    fee = fields.Monetary(string="Indemnity")
    summary = fields.Char(compute="_compute_amounts")
    limit = fields.Char(string="Your Limit", compute="_compute_amounts")
    reason = fields.Char(required=True)

    @api.depends("penalty_ids", "kind", "part", "interest", "fee")
    def _compute_amounts(self):
        for wizard in self:
            penalties = wizard.penalty_ids
            wizard.is_single = len(penalties) == 1
            wizard.currency_id = penalties.currency_id[:1]
            totals = {}
            for penalty, parts in wizard._get_amounts().items():
                totals[penalty.currency_id] = totals.get(penalty.currency_id, 0) + sum(parts)
            wizard.summary = " + ".join(
                currency.format(total) for currency, total in totals.items() if total
            )
            wizard.limit = wizard._describe_limit()

    def _describe_limit(self):
        """The user's limit in each company; empty without limit, or when nothing is waived."""
        if self.kind != "waive":
            return ""
        limits = {
            company: self.penalty_ids._get_waiver_limit(company)
            for company in self.penalty_ids.company_id
        }
        return ", ".join(
            self.env._(
                "%(limit)s for one customer within a year", limit=company.currency_id.format(limit)
            )
            for company, limit in limits.items()
            if limit is not None
        )

    def _get_amounts(self):
        """``{penalty: (interest, fee)}``, of those that have something to waive or to reinstate."""
        if self.part == "amount":
            return dict.fromkeys(self.penalty_ids._origin[:1], (self.interest, self.fee))
        penalties = self.penalty_ids._origin
        if self.kind == "waive":
            most = penalties._get_claimable()
        else:
            most = {each: (each.waived - each.waived_fee, each.waived_fee) for each in penalties}
        with_interest, with_fee = self.part != "fee", self.part != "interest"
        amounts = {
            penalty: (interest * with_interest, fee * with_fee)
            for penalty, (interest, fee) in most.items()
        }
        return {penalty: parts for penalty, parts in amounts.items() if any(parts)}

    def action_confirm(self):
        """Write the events.

        :raise UserError: when there is nothing to do, or beyond the user's limit.
        """
        self.check_access("write")
        self.ensure_one()
        self.penalty_ids.check_access("read")
        if self.part == "amount" and not self.is_single:
            raise UserError(
                self.env._("An amount is for one penalty: choose interest, indemnities, or both.")
            )
        amounts = self._get_amounts()
        if not any(map(any, amounts.values())):
            raise UserError(
                self.env._("There is nothing to waive: look at what is open.")
                if self.kind == "waive"
                else self.env._("Nothing of this was waived.")
            )
        today = fields.Date.context_today(self)
        change = self.penalty_ids._waive if self.kind == "waive" else self.penalty_ids._reinstate
        change(today, amounts, self.reason)
