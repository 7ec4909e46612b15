from odoo import fields, models
from odoo.exceptions import UserError

# What a dispute's resolution proposes for what the customer expects.
EXPECTED = {"replacement": "replacement", "time": "instalments"}


class AccountDispute(models.Model):
    """From a dispute to its resolution: who may decide what, and what closing takes."""

    _inherit = "account.dispute"

    def _is_small(self):
        """Whether the dispute passes in one click: small, and its reason allows it (S2.35)."""
        self.ensure_one()
        return (
            self.reason_id.is_fast_lane
            and self.company_currency_id.compare_amounts(
                self.contested_amount, self.company_id.dispute_small_amount
            )
            <= 0
        )

    def _why_not(self, state):
        """A dispute is closed with a resolution that was agreed; all that is missing is said."""
        message = super()._why_not(state)
        if message or state != "closed" or self.state == "suspicion":
            return message
        resolution = self.resolution_id
        if resolution.state != "accepted":
            return self.env._(
                "Use “Resolve…” on %(dispute)s: it is closed with a resolution that the customer "
                "agreed to.",
                dispute=self.name,
            )
        if missing := resolution._get_missing(fields.Date.context_today(self)):
            return self.env._(
                "%(dispute)s can't be closed yet. Still missing: %(missing)s.",
                dispute=self.name,
                missing=", ".join(missing),
            )
        return ""

    def _action_open(self, on_date):
        """What was posted for a reopened dispute stays posted, and its history says so."""
        booked = {dispute: dispute.resolution_ids.credit_move_ids for dispute in self}
        result = super()._action_open(on_date)
        for dispute, credits in booked.items():
            if standing := credits.filtered(lambda credit: credit.state == "posted"):
                dispute._message_log(
                    body=self.env._(
                        "Reopened. Still posted: %(credits)s. If that was wrong, reverse it in "
                        "Invoicing; it is not undone by itself.",
                        credits=", ".join(standing.mapped("name")),
                    )
                )
        return result

    def action_resolve(self):
        """The dialogue that settles this dispute: the option in hand, or a new one, prefilled.

        :raise UserError: when the dispute is not open.
        """
        self.ensure_one()
        self.check_access("write")
        resolutions = self.env["account.dispute.resolution"]
        resolutions.check_access("create")
        if self.state in ("suspicion", "closed"):
            raise UserError(
                self.env._("%(dispute)s is not open: open it first.", dispute=self.name)
            )
        in_hand = self.resolution_ids.filtered(
            lambda each: each.cycle == self.cycle and each.state not in ("refused", "done")
        )
        resolution = self.resolution_id & in_hand or in_hand[:1]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Resolve %(dispute)s", dispute=self.name),
            "res_model": resolutions._name,
            "res_id": resolution.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_dispute_id": self.id,
                "default_outcome": EXPECTED.get(self.expectation, "credit"),
            },
        }

    def action_view_resolutions(self):
        """The options of this dispute side by side: cost, benefit, cash, acceptability (S2.59)."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Solutions of %(dispute)s", dispute=self.name),
            "res_model": "account.dispute.resolution",
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": [("dispute_id", "=", self.id)],
            "context": {"default_dispute_id": self.id},
        }
