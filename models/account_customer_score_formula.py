from odoo import api, fields, models


class AccountCustomerScoreFormula(models.Model):
    """How customers are scored: weights, break points and classes, in versions.

    Its fields are those of ``engine.score_facts.Formula``. One that was used is never changed: a
    change is a new version, tried on live data before it is activated.
    """

    _name = "account.customer.score.formula"
    _description = "Score Formula"
    _inherit = ["mail.thread"]
    _order = "version desc"

    name = fields.Char(required=True, translate=True)
    version = fields.Integer(required=True, readonly=True, default=1)
    company_id = fields.Many2one("res.company", index=True)
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("archived", "Former")],
        required=True,
        readonly=True,
        default="draft",
    )
    component_ids = fields.One2many("account.customer.score.formula.component", "formula_id")

    @api.model
    def _get_formula(self, company):
        """The active formula of a company, as an ``engine`` formula."""
        raise NotImplementedError
