import re

from odoo import api, fields, models

# What carriage is called on invoices, in the languages that the addon speaks.
FREIGHT = re.compile(
    r"\b(freight|carriage|shipping|delivery|transport|fret|port|livraison|exp[ée]dition)\b",
    re.IGNORECASE,
)


class AccountDisputeOpenItem(models.TransientModel):
    """One contested item in the dialogue: `account.dispute.item` computes what it comes to."""

    _name = "account.dispute.open.item"
    _description = "Item to Contest"

    wizard_id = fields.Many2one(
        "account.dispute.open", required=True, ondelete="cascade", index=True
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice Line",
        required=True,
        ondelete="cascade",
        domain="[('move_id', 'in', parent.move_ids), ('display_type', '=', 'product')]",
    )
    move_id = fields.Many2one(related="move_line_id.move_id")
    currency_id = fields.Many2one(related="move_line_id.currency_id")
    invoiced = fields.Monetary(related="move_line_id.price_total", string="Invoiced")
    kind = fields.Selection(
        selection=lambda self: (
            self.env["account.dispute.item"]._fields["kind"]._description_selection(self.env)
        ),
        string="What Is Wrong",
        required=True,
        compute="_compute_kind",
        store=True,
        readonly=False,
        precompute=True,
    )
    quantity = fields.Float(
        digits="Product Unit", compute="_compute_quantity", store=True, readonly=False
    )
    price_unit = fields.Float(
        string="Unit Amount",
        digits="Product Price",
        compute="_compute_quantity",
        store=True,
        readonly=False,
        help="Contested per unit, after discount: the price, or the difference of price.",
    )
    amount_untaxed = fields.Monetary(string="Without Tax", compute="_compute_amounts")
    amount_total = fields.Monetary(string="With Tax", compute="_compute_amounts")

    @api.depends("move_line_id")
    def _compute_kind(self):
        for item in self:
            source = item.move_line_id
            is_service = source.product_id.type in (False, "service")
            item.kind = "freight" if is_service and FREIGHT.search(source.name or "") else "line"

    @api.depends("move_line_id", "kind")
    def _compute_quantity(self):
        for item in self:
            proposed = item._get_dispute_item("move_line_id", "kind")
            item.quantity = proposed.quantity
            item.price_unit = proposed.price_unit

    @api.depends("move_line_id", "kind", "quantity", "price_unit")
    def _compute_amounts(self):
        for item in self:
            computed = item._get_dispute_item("move_line_id", "kind", "quantity", "price_unit")
            item.amount_untaxed = computed.amount_untaxed
            item.amount_total = computed.amount_total

    def _get_dispute_item(self, *names):
        """A dispute's item, not stored, with these values: it computes the others."""
        values = {name: self[name] for name in names}
        values["move_line_id"] = self.move_line_id._origin.id
        return self.env["account.dispute.item"].new(values)

    def _prepare_item_values(self):
        return {
            "move_line_id": self.move_line_id.id,
            "kind": self.kind,
            "quantity": self.quantity,
            "price_unit": self.price_unit,
        }
