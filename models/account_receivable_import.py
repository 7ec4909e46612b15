from odoo import fields, models


class AccountReceivableImport(models.Model):
    _name = "account.receivable.import"
    _description = "Receivable Import"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    line_ids = fields.One2many("account.receivable.import.line", "import_id")
