from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

# Where French charts book them (PCG 2025): commercial receivables' income, and penalties received.
FRENCH_CODES = {"interest": ("7631", "763"), "fee": ("7581", "758")}


class ResCompany(models.Model):
    """Where a company books penalties, and on which days it still may."""

    _inherit = "res.company"

    def _get_penalty_account(self, part):
        """The account of `interest` or `fee`: the configured one, or what the chart proposes.

        :return: an `account.account`, empty when a person has to choose.
        """
        self.ensure_one()
        configured = self.penalty_account_id if part == "interest" else self.penalty_fee_account_id
        if configured or not (self.chart_template or "").startswith("fr"):
            return configured
        accounts = self.env["account.account"].with_company(self)
        for code in FRENCH_CODES[part]:
            domain = accounts._check_company_domain(self)
            found = accounts.search(
                [*domain, ("code", "=like", f"{code}%"), ("internal_group", "=", "income")],
                order="code",
                limit=1,
            )
            if found:
                return found
        return accounts

    def _get_penalty_journal(self, kind):
        """The journal for debit notes (`kind` is ``sale``) or entries (``general``)."""
        self.ensure_one()
        if self.penalty_journal_id.type == kind:
            return self.penalty_journal_id
        journals = self.env["account.journal"]
        return journals.search(
            [*journals._check_company_domain(self), ("type", "=", kind)], limit=1
        )

    def _get_penalty_lock(self, date, journal):
        """Why nothing may be booked on a day, and the first day on which it may.

        :return: ``(sentence, date)``; the sentence is empty when the period is open.
        """
        self.ensure_one()
        locks = self._get_violated_lock_dates(date, False, journal)
        if not locks:
            return "", date
        # Opening after one lock may still be within another one.
        opening = max(day for day, _field in locks) + timedelta(days=1)
        sentence = self.env._(
            "%(date)s is in a closed period: %(locks)s. The next open day is %(opening)s: choose "
            "it, or ask who closed the period to open it.",
            date=format_date(self.env, date),
            locks=self._format_lock_dates(locks),
            opening=format_date(self.env, opening),
        )
        return sentence, opening

    def _check_penalty_date(self, date, journal):
        """:raise UserError: when the period is closed; says which lock, and the next open day."""
        sentence, _opening = self._get_penalty_lock(date, journal)
        if sentence:
            raise UserError(sentence)
