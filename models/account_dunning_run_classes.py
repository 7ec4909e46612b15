from odoo import models
from odoo.tools import format_date


class AccountDunningRun(models.Model):
    """A scenario that changed with the customer's class says from which class to which (S0.24)."""

    _inherit = "account.dunning.run"

    def _describe_classes(self, partners):
        """``{customer: words}`` where a class changed since the run before, or a person set it."""
        overrides = self._get_overrides(partners)
        before = self._get_classes_before(partners)
        return {
            partner.with_env(self.env): self._describe_class(
                before.get(partner.id), partner.score_class, overrides.get(partner)
            )
            for partner in partners.with_company(self.company_id)
        }

    def _describe_class(self, before, after, override):
        """What became of a class, for a sentence; nothing when it is as before.

        :param before: the computed class at the run before; None if there was none.
        :param after: the class that counts now.
        :param override: the class set by hand that holds, or ended since; None if there is none.
        """
        if override and override.active:
            return self.env._(
                "class %(class)s, set by hand: %(reason)s",
                **{"class": override.score_class},
                reason=override.reason,
            )
        if override:
            return self.env._(
                "class %(after)s: %(before)s, set by hand, ended on %(date)s",
                after=after,
                before=override.score_class,
                date=format_date(self.env, override.date_end),
            )
        if before and after and before != after:
            return self.env._("class %(before)s → %(after)s", before=before, after=after)
        return ""

    def _get_former_date(self):
        """The day of the run before; this one's if it is the first."""
        former = self.search(
            [("company_id", "=", self.company_id.id), ("is_dry", "=", False), ("id", "<", self.id)],
            order="id desc",
            limit=1,
        )
        return former.date or self.date

    def _get_overrides(self, partners):
        """``{customer: class set by hand}`` that holds, or ended since the run before."""
        found = (
            self.env["account.customer.score.override"]
            .with_context(active_test=False)
            .search(
                [
                    ("partner_id", "in", partners.ids),
                    ("company_id", "=", self.company_id.id),
                    "|",
                    ("active", "=", True),
                    ("date_end", ">=", self._get_former_date()),
                ],
                order="active, date_end, id",
            )
        )
        return {override.partner_id: override for override in found}

    def _get_classes_before(self, partners):
        """``{customer id: the computed class at the run before}``."""
        found = self.env["account.customer.score"].search_fetch(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", self.company_id.id),
                ("date", "<=", self._get_former_date()),
            ],
            ["partner_id", "score_class"],
            order="date, id",
        )
        return {score.partner_id.id: score.score_class for score in found}
