from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools.misc import formatLang

from ..engine.score_formula import Component


class AccountCustomerScoreFormulaComponent(models.Model):
    """One thing that counts in a score, how much, and how many points each value gives.

    Its fields are those of ``engine.score_formula.Component``. It changes with its formula only: a
    draft.
    """

    _name = "account.customer.score.formula.component"
    _description = "Component of a Score Formula"
    _order = "sequence, id"
    _rec_name = "code"

    formula_id = fields.Many2one(
        "account.customer.score.formula", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    code = fields.Selection(
        selection=lambda self: self.env["account.customer.score"]._get_component_selection(),
        string="Component",
        required=True,
    )
    weight = fields.Float(string="Weight (%)", digits=(5, 2), required=True)
    break_ids = fields.One2many(
        "account.customer.score.formula.break",
        "component_id",
        string="Break Points",
        copy=True,
        help="Between two of them points are in proportion; beyond the first and the last they "
        "stay as they are.",
    )
    scale = fields.Char(string="Points", compute="_compute_scale", help="Value → points.")

    @api.depends("break_ids.value", "break_ids.points")
    @api.depends_context("lang")
    def _compute_scale(self):
        for component in self:
            component.scale = " · ".join(
                f"{self._write_number(each.value)} → {self._write_number(each.points)}"
                for each in component.break_ids.sorted("value")
            )

    def _write_number(self, number):
        return formatLang(self.env, number, digits=0 if number == int(number) else 1)

    def _to_engine(self):
        """This component as an ``engine.score_formula.Component``."""
        breaks = self.break_ids.sorted("value")
        return Component(
            self.code, self.weight, tuple((each.value, each.points) for each in breaks)
        )

    @api.model
    def _prepare_from_engine(self, components):
        """The commands that create ``engine`` components in a formula."""
        return [
            Command.create(
                {
                    "sequence": 10 * number,
                    "code": component.code,
                    "weight": component.weight,
                    "break_ids": [
                        Command.create({"value": value, "points": points})
                        for value, points in component.breaks
                    ],
                }
            )
            for number, component in enumerate(components, start=1)
        ]

    # === Low level: a formula that was activated stays as it was ===#

    @api.model_create_multi
    def create(self, vals_list):
        components = super().create(vals_list)
        components.formula_id._check_draft()
        return components

    def write(self, vals):
        self.formula_id._check_draft()
        result = super().write(vals)
        self.formula_id._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_activated(self):
        self.formula_id._check_draft()
