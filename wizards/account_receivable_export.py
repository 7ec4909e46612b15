from odoo import fields, models


class AccountReceivableExport(models.TransientModel):
    """A workbook that a user asked for, until it is downloaded: of whom, and of which day.

    A selection of thousands of rows does not fit in an address; this record does.
    """

    _name = "account.receivable.export"
    _description = "Download of Receivables"

    kind = fields.Selection(
        [("statement", "Statement of account"), ("aged_balance", "Aged balance")], required=True
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    company_ids = fields.Many2many(
        "res.company",
        string="Companies",
        required=True,
        default=lambda self: self.env.companies,
    )
    partner_ids = fields.Many2many("res.partner", string="Customers")
    domain = fields.Json(help="Which receivables an aged balance shows.")

    def _get_download_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/account_dispute_dunning/workbook/{self.id}",
            "target": "download",
        }

    def _render(self):
        """:return: ``(file name, bytes)``, with the rights of the user.

        :raise AccessError: for another user than the one who asked for it, or without its rights.
        """
        self.ensure_one()
        self.check_access("read")
        # The one that was chosen comes first, and none that the user has lost meanwhile.
        companies = (self.company_id | self.company_ids) & self.env.user.company_ids
        receivables = self.env["account.receivable"].with_context(allowed_company_ids=companies.ids)
        if self.kind == "statement":
            return receivables._get_statement_xlsx(
                self.partner_ids.with_env(receivables.env), receivables.env.company, self.date
            )
        return receivables._get_aged_balance_xlsx(self.domain or [], companies)
