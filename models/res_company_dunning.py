from datetime import timedelta

from odoo import models


class ResCompany(models.Model):
    """What a company needs to remind: legal mentions, working days, freshness of its bank."""

    _inherit = "res.company"

    def _get_next_working_day(self, day):
        """The first day from `day` on that the company works, by its calendar."""
        self.ensure_one()
        return self._add_working_days(day - timedelta(days=1), 1)

    def _is_bank_up_to_date(self, on_date):
        """Whether the bank's statement is recent enough to know who has paid.

        A branch is also paid on the accounts of its company.
        """
        self.ensure_one()
        if not self.dunning_bank_days:
            return True
        lines = self.env["account.bank.statement.line"].sudo()
        return bool(
            lines.search_count(
                [
                    ("company_id", "in", self.sudo().parent_ids.ids),
                    ("date", ">=", on_date - timedelta(days=self.dunning_bank_days)),
                    ("date", "<=", on_date),
                ],
                limit=1,
            )
        )
