from odoo import fields, models


class AccountDisputeOpenFinding(models.TransientModel):
    """Something that the order or the deliveries say against an invoice line; ticked, it becomes
    an item of the dispute.
    """

    _name = "account.dispute.open.finding"
    _description = "Finding in Orders and Deliveries"

    wizard_id = fields.Many2one(
        "account.dispute.open", required=True, ondelete="cascade", index=True
    )
    is_used = fields.Boolean(string="Use This")
    move_line_id = fields.Many2one(
        "account.move.line", string="Invoice Line", required=True, ondelete="cascade"
    )
    reason_id = fields.Many2one("account.dispute.reason", required=True, ondelete="cascade")
    name = fields.Char(string="What Was Found", required=True)
    kind = fields.Char(required=True)
    quantity = fields.Float(digits="Product Unit")
    price_unit = fields.Float(string="Unit Amount", digits="Product Price")

    def _prepare_item_values(self):
        """Values of the item that contests it, in the dialogue."""
        return {
            "move_line_id": self.move_line_id.id,
            "kind": self.kind,
            "quantity": self.quantity,
            "price_unit": self.price_unit,
            "is_found": True,
        }
