from odoo import api, models


class AccountPartialReconcile(models.Model):
    """A payment of a booked penalty, or its undoing, is told to the ledger of penalties."""

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._get_penalties()._sync_books()
        return partials

    def unlink(self):
        penalties = self._get_penalties()
        result = super().unlink()
        penalties._sync_books()
        return result

    def _get_penalties(self):
        """The penalties that the reconciled entries book: one query, whatever the number."""
        return (self.debit_move_id.move_id | self.credit_move_id.move_id)._get_booked_penalties()
