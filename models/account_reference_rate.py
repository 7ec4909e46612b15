from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.penalty_error import PenaltyError
from ..engine.penalty_rates import RateSeries


class AccountReferenceRate(models.Model):
    """A series of reference rates: of a central bank, or of the law; in percent per year.

    Shared by all companies. A period without a value is an error that names it: no rate is ever
    guessed from another period.

    Everybody in Collections reads; a manager writes.
    """

    _name = "account.reference.rate"
    _description = "Reference Rate"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, code"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="A short name without spaces. Penalties already computed refer to it, and so do "
        "cases computed outside Odoo.",
    )
    sequence = fields.Integer(default=10)
    source_url = fields.Char(string="Published At")
    value_ids = fields.One2many("account.reference.rate.value", "series_id", string="Values")

    _code_unique = models.UniqueIndex("(code)", "Another series has this code: choose another.")

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _check_values(self):
        """:raise ValidationError: for an absurd value, or two on one day; says which."""
        for series in self:
            try:
                RateSeries(series.code, [value._to_engine() for value in series.value_ids])
            except PenaltyError as error:
                raise ValidationError(self.env["account.penalty.regime"]._explain(error)) from None
