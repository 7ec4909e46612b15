from odoo import fields, models
from odoo.exceptions import UserError

from ..engine.penalty_error import PenaltyError
from ..engine.penalty_result import Result

SHOWN = 200  # rows: the largest differences


class _UndoneError(Exception):
    """Leaves a savepoint without keeping what was done in it."""


class AccountPenaltyPreview(models.TransientModel):
    """What a change of a rate or of a regime changes in the penalties, before it does (S4.24).

    The change is made, the penalties are computed by the same code as every day, and the change is
    undone: a preview can't differ from what follows. What was claimed or booked keeps its amount:
    only what is counted, and not claimed yet, changes.

    Amounts are in the currency of the receivable. Of the companies that the user has chosen.
    """

    _name = "account.penalty.preview"
    _description = "What a Change Changes in Penalties"

    rate_change_id = fields.Many2one("account.reference.rate.change", readonly=True)
    regime_id = fields.Many2one(
        "account.penalty.regime", string="Changed Regime", readonly=True, ondelete="cascade"
    )
    date = fields.Date(string="Counted up to", readonly=True)
    row_ids = fields.One2many("account.penalty.preview.row", "preview_id", readonly=True)
    total_ids = fields.One2many("account.penalty.preview.total", "preview_id", readonly=True)
    changed_count = fields.Integer(string="Penalties That Change", readonly=True)
    kept_count = fields.Integer(
        string="Claimed or Booked", readonly=True, help="They keep what was claimed or booked."
    )
    problem_count = fields.Integer(string="Still Not Computed", readonly=True)

    # === Open ===#

    def _open(self, source, name):
        """Create the preview of a change, and return the window action that shows it.

        :param source: the field that names the change, and its id.
        """
        today = fields.Date.context_today(self)
        preview = self.create(source | {"date": today})
        preview._fill()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "res_id": preview.id,
            "view_mode": "form",
            "target": "new",
        }

    def _get_source(self):
        return self.rate_change_id or self.regime_id

    def _get_changed_rulebook(self):
        """The rules as they would be: the change is made, read and undone."""
        rulebook = None
        try:
            with self.env.cr.savepoint():
                self._get_source()._apply()
                rulebook = self.env["account.penalty.regime"]._build_rulebook()
                raise _UndoneError
        except _UndoneError:
            self.env.invalidate_all(flush=False)
        return rulebook

    # === Compare ===#

    def _fill(self):
        """Write the rows and the totals."""
        self.ensure_one()
        rulebook = self._get_changed_rulebook()
        rows, totals = [], {}
        for company in self.env.companies:
            for facts, before, after in self._get_differences(company, rulebook):
                if isinstance(after, PenaltyError):
                    self.problem_count += 1
                rows.append(self._prepare_row(company, facts, before, after))
        self._mark_claimed(rows)
        for row in rows:
            total = totals.setdefault(row["currency_id"], {"before": 0.0, "after": 0.0})
            total["before"] += row["before"]
            total["after"] += row["after"]
        self.changed_count = len(rows)
        self.kept_count = sum(row["is_kept"] for row in rows)
        rows.sort(key=lambda row: -abs(row["after"] - row["before"]))
        self.env["account.penalty.preview.row"].create(rows[:SHOWN])
        self.env["account.penalty.preview.total"].create(
            [
                {"preview_id": self.id, "currency_id": currency_id, **total}
                for currency_id, total in totals.items()
            ]
        )

    def _get_differences(self, company, rulebook):
        """``(facts, outcome before, outcome after)`` of each receivable whose penalty changes."""
        penalties = self.env["account.penalty"]
        before = penalties._compute_penalties(company, self.date)
        after = penalties._compute_penalties(company, self.date, rulebook=rulebook)
        for (facts, first), (_facts, second) in zip(before, after, strict=True):
            if _get_total(first) != _get_total(second):
                yield facts, first, second

    def _prepare_row(self, company, facts, before, after):
        return {
            "preview_id": self.id,
            "company_id": company.id,
            "move_line_id": facts.move_line_id,
            "currency_id": facts.currency_id,
            "before": float(_get_total(before) or 0),
            "after": float(_get_total(after) or 0),
            "is_kept": False,
        }

    def _mark_claimed(self, rows):
        """Which of them were claimed or booked, in one query."""
        found = self.env["account.penalty"].search_fetch(
            [
                ("move_line_id", "in", [row["move_line_id"] for row in rows]),
                "|",
                ("claimed", ">", 0),
                ("invoiced", ">", 0),
            ],
            ["move_line_id", "claimed"],
        )
        claimed = {penalty.move_line_id.id: penalty.claimed for penalty in found}
        for row in rows:
            row["is_kept"] = row["move_line_id"] in claimed
            row["claimed"] = claimed.get(row["move_line_id"], 0.0)

    # === Apply ===#

    def action_apply(self):
        """Make the change, and bring the penalties that it changes up to date.

        :raise ValidationError: when it can't be made any more; the message says why.
        """
        self.check_access("write")
        self.ensure_one()
        source = self._get_source()
        if not source:
            raise UserError(self.env._("This change was made already: close this window."))
        target = self.rate_change_id.series_id or self.regime_id.replaced_id
        target.check_access("write")
        date = self.date  # a draft that is applied is deleted, and its preview with it
        # Rates are shared: the penalties of every company follow, also where the user isn't.
        companies = self.env["res.company"].sudo().search([("penalty_since", "!=", False)])
        changed = self._get_changed_rulebook()
        lines = {
            company: [
                facts.move_line_id
                for facts, _before, _after in self.sudo()._get_differences(company, changed)
            ]
            for company in companies
        }
        source._apply()
        for company, line_ids in lines.items():
            if line_ids:
                self.env["account.penalty"].sudo()._refresh(company, date, line_ids)
        self.env["account.reference.rate"].sudo()._alert(date)
        return {"type": "ir.actions.act_window_close"}


def _get_total(outcome):
    """Interest and indemnity, paid or not; None when it can't be computed."""
    return outcome.total if isinstance(outcome, Result) else None


class AccountPenaltyPreviewRow(models.TransientModel):
    """One penalty that would change. Amounts are interest and indemnity, paid or not."""

    _name = "account.penalty.preview.row"
    _description = "Penalty That Would Change"
    _order = "id"

    preview_id = fields.Many2one(
        "account.penalty.preview", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company")
    move_line_id = fields.Many2one("account.move.line", string="Receivable", ondelete="cascade")
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    partner_id = fields.Many2one(
        related="move_line_id.partner_id.commercial_partner_id", string="Customer"
    )
    currency_id = fields.Many2one("res.currency")
    before = fields.Monetary(string="Now")
    after = fields.Monetary(string="Then")
    claimed = fields.Monetary()
    is_kept = fields.Boolean(string="Kept", help="It keeps what was claimed or booked.")


class AccountPenaltyPreviewTotal(models.TransientModel):
    """The sums of the penalties that would change, in one currency."""

    _name = "account.penalty.preview.total"
    _description = "Total of Penalties That Would Change"

    preview_id = fields.Many2one(
        "account.penalty.preview", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one("res.currency")
    before = fields.Monetary(string="Now")
    after = fields.Monetary(string="Then")
