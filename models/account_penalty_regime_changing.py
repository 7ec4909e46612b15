from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .account_penalty_regime import FORMULA


class AccountPenaltyRegime(models.Model):
    """Changing a regime that penalties are counted by: on a draft, and after seeing the effect."""

    _inherit = "account.penalty.regime"

    replaced_id = fields.Many2one(
        "account.penalty.regime",
        string="Draft Change of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
    )
    draft_ids = fields.One2many(
        "account.penalty.regime",
        "replaced_id",
        string="Draft Changes",
        context={"active_test": False},
    )
    penalty_count = fields.Integer(string="Penalties", compute="_compute_penalty_count")

    def write(self, vals):
        """:raise UserError: when a remote call changes amounts without the preview (S4.24)."""
        if not vals.keys().isdisjoint(FORMULA):
            self._check_not_in_use()
        return super().write(vals)

    def _check_not_in_use(self):
        """:raise UserError: when penalties are counted by one of these; a draft's change may."""
        used = not self.env.su and self.filtered("penalty_count")
        if used:
            raise UserError(
                self.env._(
                    "Penalties are counted by “%(regime)s”: change it with the button “Change”, "
                    "which shows first what the change does.",
                    regime=used[0].name,
                )
            )

    @api.depends_context("uid")
    def _compute_penalty_count(self):
        """Of all companies: a shared regime is changed for all of them."""
        counts = dict(
            self.env["account.penalty"]
            .sudo()
            ._read_group([("regime_id", "in", self.ids)], ["regime_id"], ["__count"])
        )
        for regime in self:
            regime.penalty_count = counts.get(regime._origin, 0)

    def action_change(self):
        """Open the draft of a change: it counts nothing until it is confirmed."""
        self.ensure_one()
        self.check_access("write")
        draft = self.draft_ids[:1] or self.copy(
            {"name": self.name, "active": False, "replaced_id": self.id}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change %(regime)s", regime=self.name),
            "res_model": self._name,
            "res_id": draft.id,
            "view_mode": "form",
        }

    def action_preview(self):
        """Show what the draft changes in the penalties."""
        self.ensure_one()
        self.replaced_id.check_access("write")
        return self.env["account.penalty.preview"]._open(
            {"regime_id": self.id},
            self.env._("What this change does"),
        )

    def _apply(self):
        """Write the formula of a draft on the regime that it changes, and delete the draft.

        :raise ValidationError: when the engine can't compute with it; the message says why.
        """
        self.ensure_one()
        regime = self.replaced_id
        regime.check_access("write")
        values = {name: value for name, value in self.copy_data()[0].items() if name in FORMULA}
        values["fee_tier_ids"] = [Command.clear(), *values["fee_tier_ids"]]
        regime.sudo().write(values)
        self.unlink()

    def action_view_penalties(self):
        """The penalties that are counted by this regime."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "account.penalty",
            "view_mode": "list,form",
            "domain": [("regime_id", "=", self.id)],
        }
