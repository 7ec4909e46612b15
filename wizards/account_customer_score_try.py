from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.account_customer_score import CLASSES

# Customers that change class, listed; more are counted.
LISTED = 500


class AccountCustomerScoreTry(models.TransientModel):
    """What a draft formula would change, on live data, before it is activated (S0.23).

    Facts are read once, and scored with both formulas by the same code as the daily job. Nothing of
    a customer is written. Activating from here proves that somebody looked.
    """

    _name = "account.customer.score.try"
    _description = "Try a Score Formula"
    _rec_name = "formula_id"

    formula_id = fields.Many2one("account.customer.score.formula", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    tried = fields.Char(readonly=True, help="The formula as it was tried.")
    customer_count = fields.Integer(string="Customers", readonly=True)
    changed_count = fields.Integer(string="Change Class", readonly=True)
    better_count = fields.Integer(string="Better Class", readonly=True)
    worse_count = fields.Integer(string="Worse Class", readonly=True)
    average_before = fields.Float(digits=(5, 1), readonly=True)
    average_after = fields.Float(digits=(5, 1), readonly=True)
    row_ids = fields.One2many("account.customer.score.try.row", "try_id", string="Classes")
    line_ids = fields.One2many(
        "account.customer.score.try.line", "try_id", string="Customers Moved"
    )
    is_listed_whole = fields.Boolean(compute="_compute_is_listed_whole")

    @api.depends("changed_count")
    def _compute_is_listed_whole(self):
        for trial in self:
            trial.is_listed_whole = trial.changed_count <= LISTED

    @api.model
    def _get_action(self, formula):
        """Try a draft in the current company, or in that of the formula; a window with the result.

        :raise UserError: when there is no active formula to compare with.
        """
        company = formula.company_id or self.env.company
        trial = self.create(
            {
                "formula_id": formula.id,
                "company_id": company.id,
                "date": fields.Date.context_today(self),
                "tried": repr(formula._to_engine()),
            }
        )
        trial._try()
        return trial._get_records_action(name=self.env._("Trial of the Formula"))

    def _try(self):
        """Score with the active formula and with the draft, and compare."""
        self.ensure_one()
        scores = self.env["account.customer.score"].sudo()
        active = scores._get_active_formula(self.company_id)
        facts = scores._get_facts(self.company_id, self.date)
        before, after = (
            scores._rate(self.company_id, self.date, facts, formula)
            for formula in (active, self.formula_id)
        )
        pairs = [pair for pair in zip(before, after, strict=True) if all(pair)]
        moved = [(old, new) for old, new in pairs if old.letter != new.letter]
        ranks = [letter for letter, _name in CLASSES]
        better = sum(ranks.index(new.letter) < ranks.index(old.letter) for old, new in moved)
        self.write(
            {
                "customer_count": len(pairs),
                "changed_count": len(moved),
                "better_count": better,
                "worse_count": len(moved) - better,
                "average_before": self._average(old.score for old, _new in pairs),
                "average_after": self._average(new.score for _old, new in pairs),
            }
        )
        self._write_rows(pairs)
        self._write_lines(moved)

    @api.model
    def _average(self, values):
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if known else 0.0

    def _write_rows(self, pairs):
        """How many customers each class has, before and after."""
        self.env["account.customer.score.try.row"].create(
            [
                {
                    "try_id": self.id,
                    "score_class": letter,
                    "before": sum(old.letter == letter for old, _new in pairs),
                    "after": sum(new.letter == letter for _old, new in pairs),
                }
                for letter, _name in CLASSES
            ]
        )

    def _write_lines(self, moved):
        """Who changes class, those whose score moves most first."""
        moved.sort(key=lambda pair: -abs((pair[1].score or 0) - (pair[0].score or 0)))
        self.env["account.customer.score.try.line"].create(
            [
                {
                    "try_id": self.id,
                    "partner_id": old.customer,
                    "class_before": old.letter,
                    "class_after": new.letter,
                    "score_before": old.score or 0,
                    "score_after": new.score or 0,
                }
                for old, new in moved[:LISTED]
            ]
        )

    def action_activate(self):
        """Let the tried formula take the place of the active one; scores follow at the next job.

        :raise AccessError: for a user who may not write formulas.
        :raise UserError: when it was changed since, or something is wrong with it.
        """
        self.check_access("write")
        self.ensure_one()
        self.formula_id.check_access("write")
        if self.tried != repr(self.formula_id._to_engine()):
            raise UserError(
                self.env._("The formula was changed since this trial: try it again first.")
            )
        self.formula_id._activate()
        self.formula_id._message_log(
            body=self.env._(
                "%(user)s activated it after a trial: of %(customers)s customers of %(company)s, "
                "%(better)s get a better class and %(worse)s a worse one.",
                user=self.env.user.name,
                customers=self.customer_count,
                company=self.company_id.name,
                better=self.better_count,
                worse=self.worse_count,
            )
        )
        return self.formula_id._get_records_action()


class AccountCustomerScoreTryRow(models.TransientModel):
    """One class: how many customers it has, before and after."""

    _name = "account.customer.score.try.row"
    _description = "Class in the Trial of a Score Formula"

    try_id = fields.Many2one(
        "account.customer.score.try", required=True, index=True, ondelete="cascade"
    )
    score_class = fields.Selection(CLASSES, string="Class", readonly=True)
    before = fields.Integer(string="Now", readonly=True)
    after = fields.Integer(string="With This Formula", readonly=True)
    difference = fields.Integer(compute="_compute_difference")

    @api.depends("before", "after")
    def _compute_difference(self):
        for row in self:
            row.difference = row.after - row.before


class AccountCustomerScoreTryLine(models.TransientModel):
    """One customer that would change class."""

    _name = "account.customer.score.try.line"
    _description = "Customer in the Trial of a Score Formula"

    try_id = fields.Many2one(
        "account.customer.score.try", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    class_before = fields.Selection(CLASSES, string="Class Now", readonly=True)
    class_after = fields.Selection(CLASSES, readonly=True)
    score_before = fields.Float(string="Score Now", digits=(5, 1), readonly=True)
    score_after = fields.Float(digits=(5, 1), readonly=True)
