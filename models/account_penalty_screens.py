from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..engine.penalty_stored import result_from_json
from .account_move_penalty_books import LIQUIDITY_JOURNALS


class AccountPenalty(models.Model):
    """What a user sees of a penalty: its working, readable with a pocket calculator."""

    _inherit = "account.penalty"

    regime_law = fields.Char(related="regime_id.law", string="Articles")
    working_html = fields.Html(
        string="How It Is Computed",
        compute="_compute_working_html",
        sanitize=False,
        compute_sudo=False,
    )

    obstacle = fields.Char(
        string="Not Claimed Because", compute="_compute_can", help="And what to do about it."
    )
    can_claim = fields.Boolean(compute="_compute_can")
    can_waive = fields.Boolean(compute="_compute_can")
    can_reinstate = fields.Boolean(compute="_compute_can")
    has_surplus = fields.Boolean(
        string="Surplus to Book",
        compute="_compute_has_surplus",
        search="_search_has_surplus",
        help="The customer has paid more than the invoices that are due: it may be these "
        "penalties. Book them, to match the payment with them.",
    )

    @api.depends("working", "currency_id")
    @api.depends_context("lang")
    def _compute_working_html(self):
        for penalty in self:
            penalty.working_html = penalty.working and penalty._render_result(
                result_from_json(penalty.working["result"]), penalty.currency_id
            )

    # === What may be done, and why not ===#

    @api.depends("open_amount", "waived", "invoiced", "claimed", "problem", "state")
    @api.depends_context("uid")
    def _compute_can(self):
        """For the buttons; the actions check again."""
        obstacles = self._get_obstacles(fields.Date.context_today(self))
        claimable = self._get_claimable()
        for penalty in self:
            is_due = any(claimable[penalty])
            penalty.obstacle = obstacles[penalty] if penalty.open_amount else ""
            penalty.can_claim = is_due and not obstacles[penalty]
            penalty.can_waive = is_due
            penalty.can_reinstate = penalty.waived > 0

    # === What came in with it ===#

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_has_surplus(self):
        found = self.filtered_domain(self._get_surplus_domain())
        for penalty in self:
            penalty.has_surplus = penalty in found

    def _search_has_surplus(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._get_surplus_domain()

    @api.model
    def _get_surplus_domain(self):
        """Open penalties of customers whose payments leave something once what is due is paid."""
        receivables = (
            Domain("account_type", "=", "asset_receivable")
            & Domain("parent_state", "=", "posted")
            & Domain("reconciled", "=", False)
            & Domain("company_id", "in", self.env.companies.ids)
        )
        payments = Domain("journal_id.type", "in", LIQUIDITY_JOURNALS)
        payments &= Domain("amount_residual", "<", 0)
        due = Domain("date_maturity", "<=", fields.Date.context_today(self))
        due &= Domain("amount_residual", ">", 0)
        # What every reader of penalties may know of the books: whether something is left.
        rows = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                receivables & (payments | due),
                ["company_id", "partner_id"],
                having=[("amount_residual:sum", "<", 0)],
            )
        )
        surplus = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("partner_id", "=", partner.commercial_partner_id.id)
            for company, partner in rows
        )
        return Domain("open_amount", ">", 0) & surplus

    # === The working ===#

    @api.model
    def _render_result(self, result, currency):
        """A result as a table that a pocket calculator finds again, in the user's language.

        :param result: an ``engine.penalty_result.Result``.
        :return: Markup.
        """
        writer = self.new({"currency_id": currency.id})  # formats amounts in this currency
        exact = sum((segment.amount for segment in result.segments), Decimal(0))
        return self.env["ir.qweb"]._render(
            "account_dispute_dunning.penalty_working",
            {
                "rows": writer._get_working_rows(result),
                "exact": writer._format_number(exact, 4),
                "interest": writer._format(result.interest),
                "fee": result.fee and writer._format(result.fee),
                "total": writer._format(result.total),
                "notes": writer._describe_notes(result),
            },
        )

    def _get_working_rows(self, result):
        """The segments and, between them, what the payments settled, in their order.

        As on the statement, and with where each rate comes from.
        """
        regime = self.env["account.penalty.regime"]._get_rulebook().regimes.get(result.regime)
        shift = 1 if not regime or regime.start_offset else 0
        rows = [
            (
                (segment.first, 1),
                self._get_segment_row(segment)
                | {"origin": self._describe_rate(segment.rate) if segment.rate else ""},
            )
            for segment in result.segments
        ]
        for settled in result.settled:
            effect = fields.Date.add(settled.day, days=shift)
            rows.append(((effect, 0), {"text": self._describe_payment(settled)}))
        return [row for _rank, row in sorted(rows, key=lambda each: each[0])]

    # === Actions ===#

    def action_view_invoice(self):
        self.check_access("read")
        self.ensure_one()
        return self.move_id._get_records_action()

    def action_claim(self):
        """Note that the customer was asked for these penalties by other means than our letters.

        :raise AccessError: for a user who is not a collector.
        :raise UserError: when one of them may not be claimed; says why.
        """
        self.check_access("read")
        if not self.env.user.has_group("account_dispute_dunning.group_collector"):
            raise AccessError(self.env._("Only a collector claims penalties: ask one."))
        today = fields.Date.context_today(self)
        if obstacles := sorted(filter(None, self._get_obstacles(today).values())):
            raise UserError("\n".join(obstacles))
        self._claim(today, reason=self.env._("By hand"))

    def action_add_rate(self):
        """The dialogue that adds the rate that is missing.

        :raise AccessError: for a user who may not edit rates.
        """
        self.check_access("read")
        self.ensure_one()
        series = self.problem_series_id
        series.check_access("write")
        return series._get_add_action(series, self.problem_date)

    def action_simulate(self):
        """What these penalties come to on another day, or after a payment; writes nothing."""
        self.check_access("read")
        return self.env["account.penalty.simulate"]._get_action(self.move_line_id)
