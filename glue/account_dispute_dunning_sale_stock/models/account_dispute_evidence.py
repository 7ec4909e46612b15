from odoo import api, models

ORDERS = "dispute_id.line_ids.move_id.line_ids.sale_line_ids.order_id"


class AccountDisputeEvidence(models.Model):
    """What Odoo holds of the sale needs no file: it is present as soon as it exists (S2.38)."""

    _inherit = "account.dispute.evidence"

    @api.depends(
        f"{ORDERS}.effective_date", f"{ORDERS}.signature", f"{ORDERS}.picking_ids.signature"
    )
    def _compute_state(self):
        return super()._compute_state()

    def _is_in_books(self):
        """A quotation signed online, a delivery that was done, and one that was signed for."""
        orders = self.dispute_id.sudo()._get_orders()
        delivered = orders.picking_ids.filtered(
            lambda picking: picking.state == "done" and picking.picking_type_code == "outgoing"
        )
        match self.type_id.code:
            case "quote":
                return any(order.signature for order in orders)
            case "delivery_note":
                return bool(delivered)
            case "delivery_proof":
                return any(picking.is_signed for picking in delivered)
            case _:
                return super()._is_in_books()
