from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

CLASSES = [("A", "A"), ("B", "B"), ("C", "C"), ("D", "D"), ("E", "E"), ("NR", "Not rated")]
TRENDS = [("up", "Better"), ("flat", "Stable"), ("down", "Worse")]
# Records that the daily vacuum deletes at a time.
VACUUM_BATCH = 10_000


class AccountCustomerScore(models.Model):
    """How a customer pays, as of a day: a snapshot, made when something changed, and explained.

    Advice only: nothing is blocked or sent because of it alone. Kept with the version of the
    formula and the components, from which the total can be computed again by hand:
    Σ (points × weight) ÷ Σ weight over the components with data, to one decimal, and at most what
    `cap` allows. A company's score is made from its own receivables and those of its branches.

    Written by the daily job only. Who works in Collections or Invoicing reads; superseded ones are
    deleted after the months that the company keeps them.
    """

    _name = "account.customer.score"
    _description = "Customer Score"
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="The commercial entity.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    superseded_on = fields.Date(readonly=True, help="Empty: it is the current one.")
    previous_id = fields.Many2one(
        "account.customer.score", readonly=True, ondelete="set null", index="btree_not_null"
    )
    formula_id = fields.Many2one(
        "account.customer.score.formula",
        readonly=True,
        ondelete="restrict",
    )
    is_rated = fields.Boolean(string="Rated", readonly=True, help="Enough is known of it.")
    score = fields.Float(
        digits=(5, 1), readonly=True, aggregator="avg", help="Of 100, the best payer."
    )
    uncapped = fields.Float(
        string="Before the Limit",
        digits=(5, 1),
        readonly=True,
        aggregator=None,
        help="What the components come to.",
    )
    cap = fields.Selection(
        [("legal", "Legal file"), ("insolvency", "Insolvency")],
        string="Limited by",
        readonly=True,
    )
    score_class = fields.Selection(CLASSES, string="Class", required=True, readonly=True)
    confidence = fields.Float(
        digits=(5, 1), readonly=True, aggregator="avg", help="Of 100: the weight with data."
    )
    settled_count = fields.Integer(
        string="Settled Invoices", readonly=True, aggregator=None, help="In 24 months."
    )
    dispute_propensity = fields.Float(
        digits=(5, 1),
        readonly=True,
        aggregator="avg",
        help="Contested, of 100 invoiced in 12 months, whatever became of it. It is apart: in no "
        "component of the score.",
    )
    trend = fields.Selection(TRENDS, readonly=True, help="Beside three months before.")
    component_ids = fields.One2many("account.customer.score.component", "score_id", readonly=True)
    fingerprint = fields.Char(
        readonly=True, help="Two snapshots with the same say the same: no new one is made."
    )

    _current_unique = models.UniqueIndex(
        "(partner_id, company_id) WHERE superseded_on IS NULL",
        "This customer has a current score already.",
    )
    # The score of three months before, in the daily job; and what the vacuum deletes.
    _history_idx = models.Index("(company_id, partner_id, date)")

    # === Low level ===#

    def write(self, vals):
        """What was shown stays as it was shown: a change is a new snapshot."""
        if not self.env.su:
            raise UserError(self.env._("A score is computed, and not typed. Set a class instead."))
        return super().write(vals)

    @api.autovacuum
    def _gc_scores(self):
        """Delete the superseded snapshots that a company keeps no longer (GDPR, storage limits).

        :return: ``(deleted, whether more are left)``.
        """
        return self._delete_stale("account.customer.score", "superseded_on")

    @api.autovacuum
    def _gc_signals(self):
        """Signals are kept as long as scores; what still holds is found anew."""
        return self._delete_stale("account.customer.signal", "date")

    @api.autovacuum
    def _gc_overrides(self):
        """Classes set by hand are kept as long as scores, once they have ended."""
        return self._delete_stale(
            "account.customer.score.override", "date_end", Domain("active", "=", False)
        )

    @api.model
    def _delete_stale(self, model, field, domain=Domain.TRUE):
        """Delete some records of a model whose day is over for longer than a company keeps them.

        :return: ``(deleted, whether more are left)``.
        """
        today = fields.Date.context_today(self)
        records = self.env[model].sudo().with_context(active_test=False)
        companies = self.env["res.company"].sudo().search([])  # pylint: disable=no-search-all
        for company in companies:
            limit = fields.Date.subtract(today, months=company.score_keep_months)
            own = Domain("company_id", "=", company.id) & Domain(field, "<", limit)
            if stale := records.search(own & domain, limit=VACUUM_BATCH, order="id"):
                stale.unlink()
                return len(stale), True
        return 0, False
