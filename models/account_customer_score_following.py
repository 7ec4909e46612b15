from odoo import api, models


class AccountCustomerScore(models.Model):
    """What follows from new scores: classes set by hand that expire, signals, expected payments,
    the degree of trust. Advice all of it: reminders change only by a rule that a user activates.
    """

    _inherit = "account.customer.score"

    @api.model
    def _refresh_in_batches(self, company, on_date, partner_ids=None, **options):
        """Before all batches, classes set by hand expire; after them, what follows is brought up
        to date, for the caller to commit."""
        self.env["account.customer.score.override"]._expire(company, on_date)
        yield from super()._refresh_in_batches(company, on_date, partner_ids, **options)
        self.env["account.customer.signal"].sudo()._detect(company, on_date, partner_ids)
        self.env["account.receivable.forecast"].sudo()._refresh(company, on_date, partner_ids)
        self.env["res.partner"].sudo().with_company(company)._copy_all_trust()
        yield 0

    @api.model
    def _after_scoring(self, company, on_date, changes):
        super()._after_scoring(company, on_date, changes)
        self.env["account.customer.signal"].sudo()._record_class_changes(
            company, on_date, {each.partner_id: (each.before, each.after) for each in changes}
        )
