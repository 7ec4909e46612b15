from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache

from ..engine import penalty_regime as engine
from ..engine.penalty_error import PenaltyError
from ..engine.penalty_rates import HIGHEST_RATE

DEBTORS = [
    ("professional", "Professional"),
    ("public", "Public purchaser"),
    ("consumer", "Consumer"),
]
# What decides on an amount: the engine's fields, and how they are written here.
FORMULA = (
    *("formula", "series_id", "factor", "margin", "fixed", "rate_step", "anchor", "frozen"),
    *("semesters_from", "contract_allowed", "agreed", "floor_series_id", "floor_factor"),
    *("day_count", "interest_from", "start_offset", "grace_days", "compounding"),
    *("stops_at_insolvency", "fee_tier_ids", "fee_currency_id", "threshold_currency_id"),
    *("fee_scope", "allocation", "valid_from", "valid_until"),
)


def to_decimal(number):
    """A float as the decimal that was typed: at most four digits after the point.

    >>> to_decimal(0.1), to_decimal(10.0)
    (Decimal('0.1'), Decimal('10'))
    """
    return Decimal(f"{number:.4f}".rstrip("0").rstrip("."))


def check_agreed_rate(records):
    """:raise ValidationError: when an agreed rate is no rate; 0 is none."""
    if records.filtered(lambda record: not 0 <= record.penalty_rate <= HIGHEST_RATE):
        raise ValidationError(
            records.env._(
                "An agreed penalty rate is between 0 and %(most)s %% per year: correct it. 0 means "
                "that none was agreed.",
                most=HIGHEST_RATE,
            )
        )


class AccountPenaltyRegime(models.Model):
    """What a law, or a contract, says about late payment by a kind of debtor.

    Its fields are those of ``engine.penalty_regime.Regime``, which computes. Shared by all
    companies unless it has one. Rates are in percent per year.

    Everybody in Collections reads; a manager writes.
    """

    _name = "account.penalty.regime"
    _description = "Penalty Regime"
    _inherit = ["mail.thread"]
    _order = "sequence, code"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="A short name without spaces. Penalties already computed refer to it, and so do "
        "cases computed outside Odoo.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one("res.company", index=True)
    country_id = fields.Many2one("res.country", tracking=True)
    debtor = fields.Selection(DEBTORS, required=True, default="professional", tracking=True)
    law = fields.Char(translate=True, help="The articles, as a letter cites them.")

    # === The rate ===#
    formula = fields.Selection(
        [("series", "A reference rate and a margin"), ("fixed", "A fixed rate")],
        required=True,
        default="series",
        tracking=True,
    )
    series_id = fields.Many2one(
        "account.reference.rate", index="btree_not_null", ondelete="restrict", tracking=True
    )
    factor = fields.Float(digits=(8, 4), default=1.0, tracking=True, help="Times the rate.")
    margin = fields.Float(string="Margin (points)", digits=(8, 4), tracking=True)
    fixed = fields.Float(string="Fixed Rate (%)", digits=(8, 4), tracking=True)
    rate_step = fields.Float(
        string="Rounded Up to (points)",
        digits=(8, 4),
        tracking=True,
        help="The rate is rounded up to a multiple of this: 0.5 in Belgium. 0: not rounded.",
    )
    anchor = fields.Selection(
        [
            ("semester_start", "The first day of the half-year"),
            ("semester_eve", "The day before the half-year"),
            ("daily", "Each day its own"),
        ],
        string="Reference Rate of",
        required=True,
        default="semester_start",
        tracking=True,
    )
    semesters_from = fields.Date(
        string="Half-Years Since", help="Before this day, the rate of each day."
    )
    frozen = fields.Boolean(
        string="Rate of the First Day",
        tracking=True,
        help="The rate of the first day with interest holds to the end; otherwise it follows the "
        "half-years.",
    )
    contract_allowed = fields.Boolean(
        string="A Contract May Agree Another Rate", default=True, tracking=True
    )
    agreed = fields.Boolean(
        string="This Is a Contract",
        tracking=True,
        help="The rate was agreed: the legal minimum holds for it too.",
    )
    floor_series_id = fields.Many2one(
        "account.reference.rate",
        string="Minimum for Contracts",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="An agreed rate below the minimum is raised to it.",
    )
    floor_factor = fields.Float(string="Times", digits=(8, 4), default=3.0, tracking=True)

    # === The days ===#
    day_count = fields.Selection(
        [
            ("act/365", "Days / 365"),
            ("act/360", "Days / 360"),
            ("act/act", "Days / days of the year"),
            ("30/360", "Months of 30 days / 360"),
        ],
        required=True,
        default="act/365",
        tracking=True,
    )
    interest_from = fields.Selection(
        [("due", "The due date"), ("notice", "A formal notice")],
        string="Interest Runs From",
        required=True,
        default="due",
        tracking=True,
    )
    start_offset = fields.Integer(
        string="First Day",
        default=1,
        tracking=True,
        help="Counted from the due date. With 0 the due date bears interest and the day of the "
        "payment does not.",
    )
    grace_days = fields.Integer(
        string="Days of Grace",
        tracking=True,
        help="Nothing is due when all is paid by then; otherwise interest runs from the first day.",
    )
    compounding = fields.Boolean(
        string="Yearly Compounding", tracking=True, help="Interest of a full year bears interest."
    )
    stops_at_insolvency = fields.Selection(
        [("yes", "Interest stops"), ("no", "Interest goes on")],
        string="At an Insolvency Judgment",
        tracking=True,
        help="Empty: not known, and a customer with a judgment can't be computed.",
    )

    # === The fixed indemnity ===#
    fee_tier_ids = fields.One2many(
        "account.penalty.regime.tier", "regime_id", string="Indemnity", copy=True
    )
    fee_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the Indemnity",
        required=True,
        default=lambda self: self.env.ref("base.EUR"),
        context={"active_test": False},
    )
    threshold_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the Tiers",
        context={"active_test": False},
        help="When it is not the indemnity's.",
    )
    fee_scope = fields.Selection(
        [("invoice", "Once per invoice"), ("instalment", "For each late instalment")],
        string="Indemnity Is Due",
        required=True,
        default="invoice",
        tracking=True,
    )
    allocation = fields.Selection(
        [
            ("principal_first", "The invoice, then interest, then the indemnity"),
            ("interest_first", "Interest, then the invoice, then the indemnity"),
            ("fee_first", "The indemnity, then interest, then the invoice"),
        ],
        string="A Payment Settles",
        required=True,
        default="principal_first",
        tracking=True,
    )
    valid_from = fields.Date(help="For invoices of these days, both included.", tracking=True)
    valid_until = fields.Date(tracking=True)
    source = fields.Char(help="The text from which it was taken.")
    verified_on = fields.Date(string="Checked On")
    note = fields.Text(translate=True)

    _code_unique = models.UniqueIndex("(code)", "Another regime has this code: choose another.")

    # === Constraints and cache ===#

    @api.constrains(*FORMULA, "code")
    def _check_formula(self):
        """:raise ValidationError: when the engine can't compute with it; the message says why."""
        for regime in self:
            try:
                engine_regime = regime._to_engine()
            except PenaltyError as error:
                raise ValidationError(self._explain(error)) from None
            since, until = engine_regime.valid_from, engine_regime.valid_until
            if since and until and until < since:
                raise ValidationError(
                    self.env._(
                        "“%(regime)s” ends before it begins: correct its dates.",
                        regime=regime.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super(AccountPenaltyRegime, self.with_context(checks_tiers=True)).create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super(AccountPenaltyRegime, self.with_context(checks_tiers=True)).write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def copy_data(self, default=None):
        copies = super().copy_data(default)
        for regime, values in zip(self, copies, strict=True):
            values.setdefault("code", regime._get_free_code())
        return copies

    def _get_free_code(self):
        """``fr_private_2``, or the next number that no regime has."""
        taken = set(
            self.sudo()  # of all companies: the code is unique among them
            .with_context(active_test=False)
            .search_fetch([("code", "=like", f"{self.code}\\_%")], ["code"])
            .mapped("code")
        )
        number = 2
        while f"{self.code}_{number}" in taken:
            number += 1
        return f"{self.code}_{number}"

    # === For the engine ===#

    def _to_engine(self):
        """This regime as an ``engine.penalty_regime.Regime``, in English.

        :raise PenaltyError: when it can't be computed with.
        """
        self.ensure_one()
        regime = self.with_context(lang=None)
        is_series = regime.formula == "series"
        stops = {"yes": True, "no": False}.get(regime.stops_at_insolvency)
        values = (
            {name: regime[name] or "" for name in ("code", "name", "law", "source", "note")}
            | {
                name: regime[name]
                for name in (
                    "agreed",
                    "contract_allowed",
                    "frozen",
                    "start_offset",
                    "grace_days",
                    "compounding",
                )
            }
            | {
                name: regime[name] or None
                for name in ("semesters_from", "valid_from", "valid_until", "verified_on")
            }
        )
        return engine.Regime(
            **values,
            country=regime.country_id.code or "",
            debtor=engine.Debtor(regime.debtor),
            series=(regime.series_id.code or None) if is_series else None,
            factor=to_decimal(regime.factor) if is_series else Decimal(1),
            margin=to_decimal(regime.margin) if is_series else engine.ZERO,
            fixed=None if is_series else to_decimal(regime.fixed),
            rate_step=to_decimal(regime.rate_step) if is_series and regime.rate_step else None,
            floor_series=regime.floor_series_id.code or None,
            floor_factor=to_decimal(regime.floor_factor),
            anchor=engine.Anchor(regime.anchor),
            day_count=engine.DayCount(regime.day_count),
            interest_from=engine.Start(regime.interest_from),
            stops_at_insolvency=stops,
            fee_tiers=tuple(tier._to_engine() for tier in regime.fee_tier_ids),
            fee_currency=regime.fee_currency_id.name,
            threshold_currency=regime.threshold_currency_id.name or None,
            fee_scope=engine.FeeScope(regime.fee_scope),
            allocation=engine.Allocation(regime.allocation),
        )

    @api.model
    @ormcache()
    def _get_rulebook(self):
        """All series and regimes, of all companies, as an ``engine.penalty_regime.Rulebook``.

        Archived regimes are in it: what they were chosen for goes on being computed.
        """
        return self._build_rulebook()

    @api.model
    def _build_rulebook(self):
        """The same, read now: with what this transaction changed and may undo."""
        # Rules of the law and codes: what a company keeps to itself is who falls under which.
        values = self.env["account.reference.rate.value"].sudo()
        regimes = self.sudo().with_context(active_test=False)
        return engine.Rulebook(
            [
                value._to_engine()
                for value in values.search([])  # pylint: disable=no-search-all
            ],
            [
                regime._to_engine()
                for regime in regimes.search([])  # pylint: disable=no-search-all
            ],
        )

    # === Choice ===#

    @api.model
    def _choose(self, country, debtor, invoice_date):
        """The regime that the law gives to a kind of debtor; empty when none is known.

        The company's own regimes come before the shared ones.

        :param country: whose law holds.
        :param debtor: a key of `DEBTORS`.
        :param invoice_date: versions of a law hold for the invoices of their time.
        """
        for regime_id, since, until in self._get_choices(self.env.company.id).get(
            (country.id, debtor), ()
        ):
            if (not since or since <= invoice_date) and (not until or invoice_date <= until):
                return self.browse(regime_id)
        return self.browse()

    @api.model
    @ormcache("company_id")
    def _get_choices(self, company_id):
        """``{(country id, kind of debtor): [(regime id, valid from, valid until)]}``, by rank."""
        company = self.env["res.company"].browse(company_id)
        domain = Domain("country_id", "!=", False) & Domain(
            "company_id", "in", [False, *company.sudo().parent_ids.ids]
        )
        regimes = self.sudo().search(domain).sorted(lambda regime: not regime.company_id)
        choices = {}
        for regime in regimes:
            choices.setdefault((regime.country_id.id, regime.debtor), []).append(
                (regime.id, regime.valid_from, regime.valid_until)
            )
        return choices
