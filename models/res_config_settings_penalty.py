from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models

from ..engine.penalty import compute
from ..engine.penalty_error import PenaltyError
from ..engine.penalty_facts import Case, Payment
from ..engine.penalty_regime import Allocation, Rulebook
from .account_penalty_regime import to_decimal

EXAMPLE_DAYS_LATE = 200  # over a change of the half-year, whatever the day


class ResConfigSettings(models.TransientModel):
    """Penalties: see `res.company`; and an example that shows what the choices come to."""

    _inherit = "res.config.settings"

    penalty_since = fields.Date(related="company_id.penalty_since", readonly=False)
    penalty_law = fields.Selection(related="company_id.penalty_law", readonly=False)
    penalty_allocation = fields.Selection(related="company_id.penalty_allocation", readonly=False)
    penalty_min_claim = fields.Monetary(related="company_id.penalty_min_claim", readonly=False)
    penalty_book_when = fields.Selection(related="company_id.penalty_book_when", readonly=False)
    penalty_account_id = fields.Many2one(related="company_id.penalty_account_id", readonly=False)
    penalty_fee_account_id = fields.Many2one(
        related="company_id.penalty_fee_account_id", readonly=False
    )
    penalty_journal_id = fields.Many2one(related="company_id.penalty_journal_id", readonly=False)
    penalty_term_id = fields.Many2one(related="company_id.penalty_term_id", readonly=False)
    penalty_waive_collector = fields.Monetary(
        related="company_id.penalty_waive_collector", readonly=False
    )
    penalty_waive_manager = fields.Monetary(
        related="company_id.penalty_waive_manager", readonly=False
    )
    penalty_on_statement = fields.Selection(
        related="company_id.penalty_on_statement", readonly=False
    )
    financing_rate = fields.Float(related="company_id.financing_rate", readonly=False)

    # What the chart proposes where nothing is chosen.
    penalty_account_proposal = fields.Char(compute="_compute_penalty_account_proposals")
    penalty_fee_account_proposal = fields.Char(compute="_compute_penalty_account_proposals")

    # === Worked example: kept nowhere ===#
    penalty_example_regime_id = fields.Many2one(
        "account.penalty.regime",
        string="Rule",
        default=lambda self: self._default_example_regime(),
    )
    penalty_example_rate = fields.Float(string="Agreed rate (%)", digits=(8, 4))
    penalty_example_amount = fields.Monetary(string="Invoice, with tax", default=10000.0)
    penalty_example_due = fields.Date(
        string="Due on", default=lambda self: self._default_example_due()
    )
    penalty_example_part = fields.Monetary(string="Part paid", default=4000.0)
    penalty_example_part_date = fields.Date(
        string="Part paid on",
        default=lambda self: self._default_example_due() + timedelta(days=EXAMPLE_DAYS_LATE // 2),
    )
    penalty_example_paid_on = fields.Date(string="Paid on", default=fields.Date.context_today)
    penalty_example_html = fields.Html(compute="_compute_penalty_example_html", sanitize=False)

    @api.depends("company_id")
    def _compute_penalty_account_proposals(self):
        for settings in self:
            company = settings.company_id
            interest, fee = map(company._get_penalty_account, ("interest", "fee"))
            missing = self.env._("Choose an income account")
            settings.penalty_account_proposal = interest.display_name or missing
            settings.penalty_fee_account_proposal = fee.display_name or missing

    @api.model
    def _default_example_regime(self):
        company = self.env.company
        today = fields.Date.context_today(self)
        return self.env["account.penalty.regime"]._choose(company.country_id, "professional", today)

    @api.model
    def _default_example_due(self):
        return fields.Date.context_today(self) - timedelta(days=EXAMPLE_DAYS_LATE)

    @api.depends_context("lang")
    @api.depends(
        "penalty_allocation",
        "penalty_example_regime_id",
        "penalty_example_rate",
        "penalty_example_amount",
        "penalty_example_due",
        "penalty_example_part",
        "penalty_example_part_date",
        "penalty_example_paid_on",
    )
    def _compute_penalty_example_html(self):
        """By the engine that computes the penalties, so that the example can't differ."""
        for settings in self:
            settings.penalty_example_html = settings._render_penalty_example()

    def _render_penalty_example(self):
        self.ensure_one()
        penalties = self.env["account.penalty"]
        regime = self.penalty_example_regime_id
        if not (regime and self.penalty_example_due and self.penalty_example_paid_on):
            return False
        try:
            book = regime._get_rulebook()
            allocation = Allocation(self.penalty_allocation)
            chosen = replace(book.regime(regime.code), allocation=allocation)
            result = compute(self._get_penalty_example(), Rulebook(book.values, [chosen]))
        except PenaltyError as error:
            return self.env["ir.qweb"]._render(
                "account_dispute_dunning.penalty_problem",
                {"problem": self.env["account.penalty.regime"]._explain(error)},
            )
        return penalties._render_result(result, self.currency_id)

    def _get_penalty_example(self):
        """The example as an ``engine.penalty_facts.Case``, in the company's currency."""
        digits = self.currency_id.decimal_places
        rate = self.penalty_example_rate

        def exact(amount):
            return Decimal(f"{amount:.{digits}f}")

        payments = []
        if self.penalty_example_part and self.penalty_example_part_date:
            payments.append(
                Payment(self.penalty_example_part_date, exact(self.penalty_example_part))
            )
        return Case(
            reference="example",
            regime=self.penalty_example_regime_id.code,
            amount=exact(self.penalty_example_amount),
            due=self.penalty_example_due,
            as_of=self.penalty_example_paid_on,
            currency=self.currency_id.name,
            digits=digits,
            contract_rate=to_decimal(rate) if rate else None,
            payments=tuple(payments),
            notice=self.penalty_example_due + timedelta(days=1),
        )
