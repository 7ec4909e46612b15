from odoo import fields, models


class AccountReceivableImportLine(models.Model):
    _name = "account.receivable.import.line"
    _description = "Receivable Import Row"

    import_id = fields.Many2one(
        "account.receivable.import", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="import_id.company_id", store=True, index=True)
