from odoo import api, fields, models
from odoo.tools import format_date

from .account_receivable import BUCKETS


class ResPartner(models.Model):
    """What letters need of a customer: its address in the window, its statement of account."""

    _inherit = "res.partner"

    def _get_address_lines(self, company):
        """A recipient for the window of an envelope: names, then the address.

        Letters within the country of the sender do not name it.
        """
        self.ensure_one()
        entity = self.commercial_partner_id
        names = [entity.name] if entity != self and entity.name else []
        if self.name and self.name not in names:
            names.append(self.name)
        address = self._display_address(without_company=True)
        lines = [line.strip() for line in address.splitlines() if line.strip()]
        if self.country_id == company.country_id:
            lines = [line for line in lines if line != self.country_id.name]
        return names + lines

    def _get_statement(self, company):
        """What this customer has open in the books of a company, for its statement of account.

        :return: ``{"currencies": [(currency, receivables)], "ages": [(label, amount)], "total",
            "ledger"}``: the last three in company currency. ``total`` is the sum of the open
            items; ``ledger`` the balance of the customer's receivable accounts, and equals it.
        """
        self.ensure_one()
        entity = self.commercial_partner_id
        receivables = self.env["account.receivable"].search(
            [("partner_id", "=", entity.id), ("company_id", "=", company.id)]
        )
        buckets = receivables.grouped("bucket")
        labels = dict(receivables._fields["bucket"]._description_selection(self.env))
        no_receivable = receivables.browse()
        return {
            "currencies": list(receivables.grouped("currency_id").items()),
            "ages": [
                (labels[code], sum(buckets.get(code, no_receivable).mapped("residual")))
                for code, _label in BUCKETS
            ],
            "total": company.currency_id.round(sum(receivables.mapped("residual"))),
            "ledger": company.currency_id.round(entity._get_receivable_balance(company)),
        }

    def _get_receivable_balance(self, company):
        """The balance of its receivable accounts over all posted entries, in company currency."""
        lines = self.env["account.move.line"].sudo()
        rows = lines._read_group(
            [
                ("company_id", "=", company.id),
                ("partner_id", "child_of", self.ids),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ],
            aggregates=["balance:sum"],
        )
        return rows[0][0]


class ReportStatement(models.AbstractModel):
    _name = "report.account_dispute_dunning.report_statement"
    _description = "Statement of Account"

    @api.model
    def _get_report_values(self, docids, data=None):
        company, today = self.env.company, fields.Date.context_today(self)
        partners = self.env["res.partner"].browse(docids)
        partners.check_access("read")
        self.env["account.receivable"].check_access("read")

        def format_day(date, lang):
            return format_date(self.env, date, lang_code=lang) if date else ""

        return {"docs": partners, "company": company, "today": today, "format_day": format_day}
