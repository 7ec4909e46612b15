from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import score_formula as engine

# Only code of this file can hold this object: a context that comes from outside can not.
ACTIVATION = object()
LIFECYCLE = {"state", "version", "activated_on", "activated_by_id"}
# What may be written on a version that was activated: no score changes with it.
ALWAYS_EDITABLE = {"name"}


class AccountCustomerScoreFormula(models.Model):
    """How customers are scored: weights, break points and classes, in versions (S0.23).

    Its fields are those of ``engine.score_formula.Formula``. A version that was activated is never
    changed: a change is a new version, tried on live data before it takes the place of the former.
    Shared by all companies unless it has one; a company's own comes before the shared one.

    An auditor reads, a manager writes.
    """

    _name = "account.customer.score.formula"
    _description = "Score Formula"
    _inherit = ["mail.thread"]
    _order = "version desc"

    name = fields.Char(required=True, translate=True)
    version = fields.Integer(required=True, readonly=True, default=1, copy=False)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: for all companies without a formula of their own."
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("archived", "Former")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        tracking=True,
    )
    activated_on = fields.Datetime(readonly=True, copy=False)
    activated_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    component_ids = fields.One2many(
        "account.customer.score.formula.component", "formula_id", copy=True
    )
    total_weight = fields.Float(compute="_compute_problems", help="Must be 100.")
    problems = fields.Text(
        compute="_compute_problems", help="What keeps it from being tried and activated."
    )

    # === Classes: the lowest score of each ===#
    lowest_a = fields.Float(string="Class A from", digits=(5, 1), default=80, required=True)
    lowest_b = fields.Float(string="Class B from", digits=(5, 1), default=65, required=True)
    lowest_c = fields.Float(string="Class C from", digits=(5, 1), default=50, required=True)
    lowest_d = fields.Float(
        string="Class D from", digits=(5, 1), default=30, required=True, help="Below it: class E."
    )
    min_settled = fields.Integer(
        string="Settled Invoices Needed",
        default=3,
        required=True,
        help="A customer with fewer in 24 months is not rated.",
    )
    legal_cap = fields.Float(
        string="Highest Score with a Legal File",
        digits=(5, 1),
        default=30,
        required=True,
        help="An insolvent customer is in the last class, whatever it pays.",
    )

    _version_unique = models.UniqueIndex("(version)", "Another formula has this version already.")
    _active_unique = models.UniqueIndex(
        "(COALESCE(company_id, 0)) WHERE state = 'active'",
        "A company has one active formula.",
    )

    @api.depends(
        *(f"lowest_{letter}" for letter in "abcd"),
        *("min_settled", "legal_cap"),
        *(f"component_ids.{name}" for name in ("code", "weight", "break_ids")),
        *("component_ids.break_ids.value", "component_ids.break_ids.points"),
    )
    @api.depends_context("lang")
    def _compute_problems(self):
        for formula in self:
            found = formula._get_problems()
            formula.problems = "\n".join(found)
            formula.total_weight = sum(formula.component_ids.mapped("weight"))

    @api.depends("name", "version")
    def _compute_display_name(self):
        for formula in self:
            formula.display_name = self.env._(
                "%(formula)s, version %(number)s", formula=formula.name, number=formula.version
            )

    # === As the engine takes it ===#

    @api.model
    def _get_active(self, company):
        """The formula of a company: its own, its parent's, or the shared one; empty if none."""
        companies = company.sudo().parent_ids
        found = self.sudo().search(
            [("state", "=", "active"), ("company_id", "in", [False, *companies.ids])]
        )
        depths = {False: -1} | {each: depth for depth, each in enumerate(companies)}
        return found.sorted(lambda formula: depths[formula.company_id or False])[-1:]

    @api.model
    def _get_formula(self, company):
        """The active formula of a company, as an ``engine`` formula; None if there is none."""
        formula = self._get_active(company)
        return formula._to_engine() if formula else None

    def _to_engine(self):
        """This formula as an ``engine.score_formula.Formula``."""
        self.ensure_one()
        return engine.Formula(
            version=self.version,
            components=tuple(each._to_engine() for each in self.component_ids.sorted("sequence")),
            classes=(
                ("A", self.lowest_a),
                ("B", self.lowest_b),
                ("C", self.lowest_c),
                ("D", self.lowest_d),
                ("E", 0.0),
            ),
            min_settled=self.min_settled,
            legal_cap=self.legal_cap,
        )

    # === What is wrong with it ===#

    def _get_problems(self):
        """Everything that keeps this formula from being used, in sentences that say what to do."""
        self.ensure_one()
        names = self.env["account.customer.score"]._get_component_names()
        return [
            self._describe(problem, names)
            for problem in engine.problems(self._to_engine(), known=names)
        ]

    def _describe(self, problem, names):
        """One ``engine`` problem in words.

        :param names: ``{code: name}`` of the components.
        """
        sentences = self._get_formula_sentences() | self._get_component_sentences()
        params = {"component": names.get(problem.component, problem.component)} | problem.params
        return sentences[problem.code] % params

    def _get_formula_sentences(self):
        return {
            "weights_not_100": self.env._(
                "The weights add up to %(total)s: raise or lower some, so that they make 100."
            ),
            "classes_too_few": self.env._("There must be two classes at least."),
            "class_twice": self.env._("A class is there twice: give each letter once."),
            "classes_not_from_0": self.env._(
                "The last class starts at %(lowest)s: let it start at 0."
            ),
            "classes_not_ordered": self.env._(
                "Each class must start lower than the better one before it: A, B, C, then D."
            ),
            "class_out_of_range": self.env._("A class starts between 0 and 100."),
            "min_settled_too_low": self.env._(
                "Nobody can be judged on nothing: ask for one settled invoice at least."
            ),
            "legal_cap_out_of_range": self.env._(
                "The highest score with a legal file is between 0 and 100."
            ),
        }

    def _get_component_sentences(self):
        return {
            "component_twice": self.env._("%(component)s is there twice: remove one of them."),
            "component_unknown": self.env._(
                "Nothing measures “%(component)s” any more: remove it, or install the addon that "
                "brought it."
            ),
            "weight_negative": self.env._(
                "%(component)s: the weight is negative. Enter 0 or more."
            ),
            "breaks_too_few": self.env._(
                "%(component)s: enter two break points at least, one for the best points and one "
                "for the worst."
            ),
            "breaks_not_ordered": self.env._(
                "%(component)s: the value %(right)s is there twice. Each break point has a value "
                "of its own."
            ),
            "points_out_of_range": self.env._(
                "%(component)s: at the value %(value)s there are %(points)s points. Points go "
                "from 0 to 100."
            ),
            "points_not_one_way": self.env._(
                "%(component)s: the points rise and fall. They must go one way, from the first "
                "break point to the last."
            ),
            "points_wrong_way": self.env._(
                "%(component)s: a better payer would have fewer points. Turn the points around."
            ),
        }

    # === Versions ===#

    @api.model_create_multi
    def create(self, vals_list):
        latest = self.sudo().search([], order="version desc", limit=1)
        for number, vals in enumerate(vals_list, start=latest.version + 1):
            vals |= {"version": number, "state": "draft"}
        return super().create(vals_list)

    def write(self, vals):
        if self.env.context.get("account_score_activation") is not ACTIVATION:
            if LIFECYCLE & vals.keys():
                raise UserError(
                    self.env._("A formula is activated from its trial: click “Try on Customers”.")
                )
            if vals.keys() - ALWAYS_EDITABLE:
                self._check_draft()
        return super().write(vals)

    def _check_draft(self):
        """:raise UserError: when one of these was activated: scores refer to it as it was."""
        if activated := self.filtered(lambda formula: formula.state != "draft"):
            raise UserError(
                self.env._(
                    "%(formula)s was activated, and scores refer to it: click “New Version” and "
                    "change that.",
                    formula=activated[0].display_name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_activated(self):
        self._check_draft()

    def action_new_version(self):
        """Copy this formula into a draft, and open it.

        :raise AccessError: for a user who may not write formulas.
        """
        self.ensure_one()
        self.check_access("write")
        return self.copy()._get_records_action()

    def action_try(self):
        """Open the trial of a draft: who would change class, before it is activated.

        :raise UserError: in words, when something is wrong with it.
        """
        self.ensure_one()
        self.check_access("write")
        self._check_draft()
        self._check_problems()
        return self.env["account.customer.score.try"]._get_action(self)

    def _check_problems(self):
        if found := self._get_problems():
            raise UserError("\n".join(found))

    def _activate(self):
        """Let this draft take the place of the former formula of its company.

        :raise UserError: in words, when something is wrong with it.
        """
        self.ensure_one()
        self._check_draft()
        self._check_problems()
        records = self.with_context(account_score_activation=ACTIVATION)
        former = records.search([("state", "=", "active"), ("company_id", "=", self.company_id.id)])
        former.write({"state": "archived"})
        former.flush_recordset()  # the unique index allows one active formula at a time
        records.write(
            {
                "state": "active",
                "activated_on": fields.Datetime.now(),
                "activated_by_id": self.env.uid,
            }
        )

    # === What is shipped ===#

    @api.model
    def _load_shipped(self):
        """Create the formula that is shipped, unless a formula is there."""
        if self.search_count([], limit=1):
            return
        formula = self.create(
            {
                "name": "Standard",
                **{
                    f"lowest_{letter.lower()}": lowest
                    for letter, lowest in engine.DEFAULT.classes[:-1]
                },
                "min_settled": engine.DEFAULT.min_settled,
                "legal_cap": engine.DEFAULT.legal_cap,
                "component_ids": self.env[
                    "account.customer.score.formula.component"
                ]._prepare_from_engine(engine.DEFAULT.components),
            }
        )
        formula._activate()
