from odoo import api, fields, models

from .account_customer_score_scoring import BATCH


class AccountCustomerScore(models.Model):
    """What follows from scores: classes set by hand that expire, signals, expected payments, the
    degree of trust. Advice all of it: reminders change only by a rule that a user activates.
    """

    _inherit = "account.customer.score"

    @api.model
    def _refresh_in_batches(self, company, on_date, partner_ids=None, batch_size=BATCH):
        """Before anything is scored, classes set by hand expire."""
        self.env["account.customer.score.override"]._expire(company, on_date)
        yield from super()._refresh_in_batches(company, on_date, partner_ids, batch_size)

    @api.model
    def _after_scoring(self, company, on_date, changes):
        result = super()._after_scoring(company, on_date, changes)
        # Another formula says nothing about a customer, and would warn of all of them at once.
        classes = {
            each.partner_id: (each.before, each.after) for each in changes if not each.is_by_formula
        }
        self.env["account.customer.signal"].sudo()._record_class_changes(company, on_date, classes)
        customers = [each.partner_id for each in changes]
        self.env["res.partner"].sudo().with_company(company).browse(customers)._copy_trust()
        return result

    # === Every day, after scoring ===#

    @api.model
    def _follow(self, company, on_date):
        """Look for signals, and when each open receivable will be paid; idempotent."""
        self.env["account.customer.signal"].sudo()._detect(company, on_date)
        if not company.parent_id:  # its branches are in it
            self.env["account.receivable.forecast"].sudo()._refresh(company, on_date)
        self.env["res.partner"].sudo().with_company(company)._copy_all_trust()

    @api.model
    def _cron_follow(self):
        """See :meth:`_follow`, for every company; each is committed."""

        def follow(scores, company, today):
            yield scores._follow(company, today)

        self._do_companies(follow)

    @api.model
    def action_refresh(self):
        """What follows is brought up to date with the scores. See :meth:`_refresh`."""
        action = super().action_refresh()
        self._follow(self.env.company, fields.Date.context_today(self))
        return action
