from odoo import models


class AccountDisputeDepartment(models.Model):
    _inherit = "account.dispute.department"

    def _get_assigned(self, dispute):
        """The salesperson of the order comes before that of the invoice (S1.10)."""
        assigned = super()._get_assigned(dispute)
        if self.assignment == "salesperson":
            return dispute.sudo()._get_orders().user_id | assigned
        return assigned
