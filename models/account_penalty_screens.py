from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

NUMBERS = ("base", "held", "amount")
PARTS = ("amount", "principal", "interest", "fee", "surplus")


class AccountPenalty(models.Model):
    """What a user sees of a penalty: its working, readable with a pocket calculator."""

    _inherit = "account.penalty"

    regime_law = fields.Char(related="regime_id.law", string="Articles")
    working_html = fields.Html(
        string="How It Is Computed", compute="_compute_working_html", sanitize=False, compute_sudo=False
    )

    obstacle = fields.Char(
        string="Not Claimed Because", compute="_compute_can", help="And what to do about it."
    )
    can_claim = fields.Boolean(compute="_compute_can")
    can_waive = fields.Boolean(compute="_compute_can")
    can_reinstate = fields.Boolean(compute="_compute_can")

    @api.depends("working", "currency_id")
    @api.depends_context("lang")
    def _compute_working_html(self):
        for penalty in self:
            penalty.working_html = penalty.working and penalty._render_result(
                penalty.working["result"], penalty.currency_id
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

    # === The working ===#

    @api.model
    def _render_result(self, result, currency):
        """A result as a table that a reader can check, in the user's language.

        :param result: as ``engine.penalty_cases.result_as_json`` gives it.
        :return: Markup.
        """
        return self.env["ir.qweb"]._render(
            "account_dispute_dunning.penalty_working",
            {"working": self._read_result(result), "currency": currency},
        )

    @api.model
    def _read_result(self, result):
        """A result with dates, numbers and words instead of texts and codes."""
        segments = [self._read_segment(segment) for segment in result["segments"]]
        settled = [
            {name: float(row[name]) for name in PARTS} | {"day": fields.Date.to_date(row["day"])}
            for row in result["settled"]
        ]
        sentences = self._get_note_sentences()
        return {
            "segments": segments,
            "sum": float(sum(Decimal(segment["amount"]) for segment in result["segments"])),
            "interest": float(result["interest"]),
            "fee": float(result["fee"]),
            "settled": settled,
            "notes": [sentences[code] for code in result["notes"]],
        }

    @api.model
    def _read_segment(self, segment):
        origins = self._get_origin_words()
        rate = segment["rate"]
        return {
            "first": fields.Date.to_date(segment["first"]),
            "last": fields.Date.to_date(segment["last"]),
            "days": segment["days"],
            **{name: float(segment[name]) for name in NUMBERS},
            "rate": rate,
            "origin": rate and origins[segment["rate_origin"]],
            "rate_working": segment["rate_working"],
            "sum": rate
            and "{base} × {rate} % × {days} ÷ {year_days}".format(**segment | {"rate": rate}),
        }

    @api.model
    def _get_origin_words(self):
        return {
            "law": self.env._("The law"),
            "contract": self.env._("Agreed"),
            "floor": self.env._("Legal minimum, above the agreed rate"),
        }

    @api.model
    def _get_note_sentences(self):
        """What each ``engine.penalty_result.Note`` says, by its code."""
        return {
            "not_late": self.env._("Nothing was late by this day."),
            "within_grace": self.env._("All was paid within the days of grace: nothing is due."),
            "no_notice": self.env._(
                "Interest runs from a formal notice, and none was sent: nothing is due."
            ),
            "stopped_by_insolvency": self.env._(
                "Interest stopped on the day of the insolvency judgment."
            ),
            "floor_applied": self.env._(
                "The agreed rate is below the legal minimum, which was applied instead."
            ),
            "part_not_counted": self.env._("A contested part bore no interest on some days."),
            "no_fee": self.env._("This rule has no fixed indemnity."),
            "fee_excluded_by_insolvency": self.env._(
                "No fixed indemnity: it was late only since the insolvency judgment."
            ),
            "fee_with_other_instalment": self.env._(
                "The fixed indemnity is counted with another instalment of the invoice."
            ),
        }

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
