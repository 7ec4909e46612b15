from odoo import api, fields, models


class AccountDisputeResolutionInstalment(models.Model):
    """One payment of what is still owed, as agreed with the customer: a day and an amount."""

    _name = "account.dispute.resolution.instalment"
    _description = "Agreed Instalment"
    _order = "resolution_id, date, id"

    resolution_id = fields.Many2one(
        "account.dispute.resolution", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="resolution_id.company_id", store=True, index=True)
    company_currency_id = fields.Many2one(related="resolution_id.company_currency_id")
    date = fields.Date(required=True)
    amount = fields.Monetary(
        required=True, currency_field="company_currency_id", help="In company currency."
    )

    _amount_positive = models.Constraint("CHECK(amount > 0)", "An instalment is more than zero.")

    # === Low level ===#

    def write(self, vals):
        self.resolution_id._check_not_agreed()
        self.resolution_id._begin_again()
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        instalments = super().create(vals_list)
        instalments.resolution_id._check_not_agreed()
        instalments.resolution_id._begin_again()
        return instalments

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        self.resolution_id._check_not_agreed()
        self.resolution_id._begin_again()
