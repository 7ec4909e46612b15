from odoo import models


class ResPartner(models.Model):
    """Penalties of a customer into the books."""

    _inherit = "res.partner"

    def action_book_penalties(self):
        """Open the dialogue that books the penalties of these customers, in this company."""
        self.check_access("read")
        penalties = self.env["account.penalty"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
            ]
        )
        return penalties.action_book()
