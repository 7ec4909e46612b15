from odoo import fields, models

from .account_receivable_import_text import FIELDS, field_label


class AccountReceivableImportColumn(models.Model):
    """One column of the file, and what it holds: guessed from its header, changed by the user."""

    _name = "account.receivable.import.column"
    _description = "Receivable Import Column"
    _order = "position"

    import_id = fields.Many2one(
        "account.receivable.import", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="import_id.company_id", store=True, index=True)
    position = fields.Integer(readonly=True, help="From 0, the first column of the file.")
    name = fields.Char(string="Column of the File", readonly=True)
    sample = fields.Char(string="First Values", readonly=True)
    target = fields.Selection(
        selection=lambda self: [(name, field_label(self.env, name)) for name in FIELDS],
        string="Is",
        help="Empty: the column is not used.",
    )
