from odoo import fields, models


class AccountReferenceRate(models.Model):
    """A series of reference rates: of a central bank, or of the law; in percent per year.

    Shared by all companies. A period without a value is an error that names it: no rate is ever
    guessed from another period.
    """

    _name = "account.reference.rate"
    _description = "Reference Rate"
    _inherit = ["mail.thread"]
    _order = "sequence, code"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="By which the regimes and the shell know it.")
    sequence = fields.Integer(default=10)
    source_url = fields.Char(string="Published At")
    value_ids = fields.One2many("account.reference.rate.value", "series_id", string="Values")

    _code_unique = models.UniqueIndex("(code)", "Another series has this code.")
