from dataclasses import dataclass, replace
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..engine.penalty import compute_all
from ..engine.penalty_error import PenaltyError
from ..engine.penalty_facts import Payment
from ..engine.penalty_regime import Allocation, Rulebook
from ..models.account_penalty_facts import PenaltyFacts

ALLOCATIONS = (Allocation.PRINCIPAL_FIRST, Allocation.INTEREST_FIRST)


@dataclass(frozen=True, slots=True)
class Simulated:
    """One receivable on the day of the simulation, by both orders of settlement.

    `outcomes` are an ``engine.penalty_result.Result`` or a ``PenaltyError`` each, in the order of
    :data:`ALLOCATIONS`.
    """

    facts: PenaltyFacts
    outcomes: tuple

    @property
    def error(self):
        return next((each for each in self.outcomes if isinstance(each, PenaltyError)), None)


class AccountPenaltySimulate(models.TransientModel):
    """What late payment of some invoices costs on any day, past or future, with its working.

    By the facts and the code of the real computation, so that it can't differ. Nothing is written:
    no penalty, no claim. A day of which a rate is not known yet is a message that says so.
    """

    _name = "account.penalty.simulate"
    _description = "Simulate Penalties"
    _rec_name = "date"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    move_line_ids = fields.Many2many("account.move.line", string="Receivables", readonly=True)
    date = fields.Date(
        string="As of", required=True, default=fields.Date.context_today, help="Any day."
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    payment_amount = fields.Monetary(
        string="If This Were Paid",
        help="Of several invoices, it settles the one that is due first, with all that it owes.",
    )
    payment_date = fields.Date(string="Paid on", default=fields.Date.context_today)
    is_payment_late = fields.Boolean(
        string="Paid after the Day of the Simulation", compute="_compute_is_payment_late"
    )
    result_html = fields.Html(compute="_compute_result", sanitize=False)
    missing_series_id = fields.Many2one("account.reference.rate", compute="_compute_result")
    missing_date = fields.Date(compute="_compute_result")

    @api.depends("move_line_ids")
    def _compute_currency_id(self):
        """Empty when the receivables have several: no payment is simulated then."""
        for simulation in self:
            currencies = simulation.move_line_ids.currency_id
            simulation.currency_id = currencies if len(currencies) == 1 else False

    @api.depends("date", "payment_amount", "payment_date")
    def _compute_is_payment_late(self):
        """What is paid after the day of the simulation is not known on that day."""
        for simulation in self:
            simulation.is_payment_late = bool(
                simulation.payment_amount
                and simulation.payment_date
                and simulation.date
                and simulation.payment_date > simulation.date
            )

    @api.depends("move_line_ids", "date", "payment_amount", "payment_date")
    @api.depends_context("lang")
    def _compute_result(self):
        for simulation in self:
            rows = simulation._simulate() if simulation.date else []
            error = next(
                (row.error for row in rows if row.error and row.error.code == "rate_missing"), None
            )
            simulation.missing_date = error and error.params["day"]
            simulation.missing_series_id = error and simulation._get_series(error.params["series"])
            simulation.result_html = simulation._render(rows)

    # === Open it ===#

    @api.model
    def _get_action(self, move_lines):
        """The dialogue for these receivables.

        :raise AccessError: for a user who may not simulate: a customer reads its own invoices too.
        :raise UserError: when there is none, or they are of several companies.
        """
        self.check_access("create")
        if not move_lines:
            raise UserError(self.env._("Choose posted customer invoices to simulate."))
        if len(move_lines.company_id) > 1:
            raise UserError(
                self.env._("These invoices are of several companies: simulate one at a time.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Simulate Penalties"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_company_id": move_lines.company_id.id,
                "default_move_line_ids": move_lines.ids,
                "dialog_size": "extra-large",
            },
        }

    @api.model
    def _get_open_lines(self, partners):
        """The open receivables of customers' invoices, in the user's company."""
        receivables = self.env["account.receivable"].search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", self.env.company.id),
                ("residual", ">", 0),
            ]
        )
        return self.env["account.move.line"].browse(receivables.ids)

    # === Simulate ===#

    def _simulate(self):
        """The receivables that are late on the day, with their outcomes: a list of `Simulated`."""
        self.ensure_one()
        self.move_line_ids.check_access("read")
        penalties = self.env["account.penalty"]
        penalties.check_access("read")
        wanted = self.move_line_ids._origin.ids
        # With the other instalments of their invoices, as an invoice owes one indemnity.
        facts = penalties._get_cases(self.company_id, self.date, wanted)
        facts.sort(key=lambda each: (each.date_maturity, each.move_line_id))
        by_allocation = [self._compute_cases(facts, allocation) for allocation in ALLOCATIONS]
        rows = [
            Simulated(each, outcomes) for each, *outcomes in zip(facts, *by_allocation, strict=True)
        ]
        return [row for row in rows if row.facts.move_line_id in wanted]

    def _compute_cases(self, facts, allocation):
        """The outcomes of the cases, with the payment, by one order of settlement."""
        book = self._get_rulebook(allocation)
        cases = [each.case for each in facts]
        if self._has_payment():
            payable = [each.move_line_id in self.move_line_ids._origin.ids for each in facts]
            cases = self._add_payment(cases, payable, book)
        missing = self.env["account.penalty"]._get_missing_regime
        return [
            outcome if each.regime_id else missing(self.company_id, each)
            for each, outcome in zip(facts, compute_all(cases, book), strict=True)
        ]

    def _has_payment(self):
        return (
            self.currency_id
            and self.payment_amount
            and self.payment_date
            and not self.is_payment_late
        )

    def _get_rulebook(self, allocation):
        book = self.env["account.penalty.regime"]._get_rulebook()
        regimes = book.regimes.values()
        return Rulebook(book.values, [replace(regime, allocation=allocation) for regime in regimes])

    def _add_payment(self, cases, payable, book):
        """The cases with what the payment brings to each: all that is owed, the first due first.

        :param payable: which of them it is for; the last one of these takes the rest.
        """
        digits = self.currency_id.decimal_places
        left = Decimal(f"{self.payment_amount:.{digits}f}")
        that_day = [replace(case, as_of=self.payment_date) for case in cases]
        outcomes = compute_all(that_day, book)
        last = max((index for index, each in enumerate(payable) if each), default=None)
        paid = []
        for index, (case, outcome) in enumerate(zip(cases, outcomes, strict=True)):
            owed = Decimal(0) if isinstance(outcome, PenaltyError) else outcome.total_open
            part = left if index == last else min(left, owed)
            if payable[index] and part > 0:
                payment = Payment(self.payment_date, part)
                as_of = max(case.as_of, self.payment_date)  # of a receivable that was paid before
                case = replace(case, payments=(*case.payments, payment), as_of=as_of)
                left -= part
            paid.append(case)
        return paid

    def _get_series(self, code):
        return self.env["account.reference.rate"].search([("code", "=", code)], limit=1)

    # === Show ===#

    def _render(self, rows, is_printed=False):
        """The result as a table, with the working of each; Markup."""
        self.ensure_one()
        return self.env["ir.qweb"]._render(
            "account_dispute_dunning.penalty_simulation",
            {
                "simulation": self,
                "rows": [self._prepare_row(row) for row in rows],
                "totals": self._get_totals(rows),
                "left_out": self._describe_left_out(len(self.move_line_ids) - len(rows)),
                "payment": self._describe_payment(),
                "is_open": is_printed or len(rows) == 1,
            },
        )

    def _describe_left_out(self, count):
        """How many of the invoices cost nothing on that day, in a sentence; "" for none."""
        if not count:
            return ""
        return self.env._(
            "Invoices left out, as they are not late on this day or were due before penalties are "
            "counted: %(count)s.",
            count=count,
        )

    def _describe_payment(self):
        """The payment that is supposed, in a sentence; "" for none."""
        if not self._has_payment():
            return ""
        return self.env._(
            "As if %(amount)s were paid on %(day)s.",
            amount=self.currency_id.format(self.payment_amount),
            day=format_date(self.env, self.payment_date),
        )

    def _prepare_row(self, row):
        """What the table and the working of one receivable show."""
        penalties = self.env["account.penalty"]
        regimes = self.env["account.penalty.regime"]
        facts = row.facts
        currency = self.env["res.currency"].browse(facts.currency_id)
        reasons = dict(penalties._fields["regime_reason"]._description_selection(self.env))
        values = {
            "name": facts.move_name,
            "title": self.env._("How %(invoice)s is computed", invoice=facts.move_name),
            "partner": self.env["res.partner"].browse(facts.partner_id).display_name,
            "due": facts.date_maturity,
            "principal": float(facts.principal),
            "currency": currency,
            "regime": regimes.browse(facts.regime_id).name if facts.regime_id else "",
            "reason": reasons.get(facts.regime_reason, ""),
            "problem": regimes._explain(row.error) if row.error else "",
        }
        if row.error:
            return values
        own, other = self._get_own_first(row)
        return values | {
            "interest": float(own.interest),
            "fee": float(own.fee),
            "open": [float(outcome.total_open) for outcome in row.outcomes],
            "working": penalties._render_result(own, currency),
            "other_working": penalties._render_result(other, currency)
            if other.segments != own.segments
            else False,
        }

    def _get_own_first(self, row):
        """The outcome by the company's order of settlement, and the other one."""
        principal_first, interest_first = row.outcomes
        if self.company_id.penalty_allocation == Allocation.INTEREST_FIRST.value:
            return interest_first, principal_first
        return principal_first, interest_first

    def _get_totals(self, rows):
        """The sums of what could be computed: a list of one dictionary per currency."""
        totals = {}
        for row in rows:
            if row.error:
                continue
            total = totals.setdefault(row.facts.currency_id, [Decimal(0)] * 4)
            own, _other = self._get_own_first(row)
            added = (own.interest, own.fee, *(outcome.total_open for outcome in row.outcomes))
            totals[row.facts.currency_id] = [a + b for a, b in zip(total, added, strict=True)]
        return [
            {
                "currency": self.env["res.currency"].browse(currency_id),
                "interest": float(interest),
                "fee": float(fee),
                "open": [float(amount) for amount in open_],
            }
            for currency_id, (interest, fee, *open_) in totals.items()
        ]

    # === Actions ===#

    def action_add_rate(self):
        """The dialogue that adds the rate that is missing.

        :raise AccessError: for a user who may not edit rates.
        """
        self.check_access("read")
        self.ensure_one()
        series = self.missing_series_id
        series.check_access("write")
        return series._get_add_action(series, self.missing_date)

    def action_print(self):
        """The simulation as a PDF."""
        self.check_access("read")
        report = self.env.ref("account_dispute_dunning.action_report_penalty_simulation")
        return report.report_action(self)

    def _get_printed(self):
        """The result with all workings open."""
        return self._render(self._simulate(), is_printed=True)
