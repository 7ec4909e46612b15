from odoo import models
from odoo.tools import format_date


class AccountDunningRun(models.Model):
    """A scenario that changed with the customer's class says from which class to which (S0.24)."""

    _inherit = "account.dunning.run"

    def _why_scenario(self, partner, scenario, rule):
        why = super()._why_scenario(partner, scenario, rule)
        override = partner.with_company(self.company_id).score_override_id
        if override and rule.scenario_id == scenario:
            return self.env._(
                "%(why)s (class %(class)s, set by hand: %(reason)s)",
                **{"class": override.score_class},
                why=why,
                reason=override.reason,
            )
        change = self._get_class_change(partner)
        if not change:
            return why
        return self.env._(
            "%(why)s (class %(before)s → %(after)s on %(date)s)",
            why=why,
            before=change.params["before"],
            after=change.params["after"],
            date=format_date(self.env, change.date),
        )

    def _get_class_change(self, partner):
        """The last change of this customer's class since the run before, if there was one."""
        former = self.search(
            [("company_id", "=", self.company_id.id), ("is_dry", "=", False), ("id", "<", self.id)],
            limit=1,
        )
        return self.env["account.customer.signal"].search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", self.company_id.id),
                ("kind", "=", "class_change"),
                ("date", ">=", former.date or self.date),
            ],
            limit=1,
        )
