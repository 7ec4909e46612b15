from odoo import models


class AccountDunningScenario(models.Model):
    """Versions: drafts, simulation, dated activation; what was activated is not edited any more."""

    _inherit = "account.dunning.scenario"

    def _get_versions_on(self, on_date):
        """The version of each of these scenarios that holds on a day.

        :param on_date: a date; a version holds from its first day until the day before the next
            one's.
        :return: ``{origin: version, empty when none holds}``, a key for each scenario of `self`,
            which are origins. An archived scenario reminds nobody: it has none.
        """
        versions = self.search(
            [
                "|",
                ("id", "in", self.ids),
                ("origin_id", "in", self.ids),
                ("state", "=", "active"),
                "|",
                ("date_start", "=", False),
                ("date_start", "<=", on_date),
                "|",
                ("date_end", "=", False),
                ("date_end", ">", on_date),
            ],
            order="version",
        )
        holding = {version.origin_id or version: version for version in versions}
        return {origin: holding.get(origin, self.browse()) for origin in self}
