from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AccountDisputeItem(models.Model):
    """One thing that is wrong on an invoice: a line, a quantity, a price, the freight, a tax.

    Choosing the invoice line and the kind fills in the rest; only the quantity or the unit amount
    remains to be said. Amounts are in the invoice's currency, positive, with the taxes of the line.
    The credit note of a founded dispute is made of them.
    """

    _name = "account.dispute.item"
    _description = "Contested Item"
    _order = "dispute_id, id"

    dispute_id = fields.Many2one("account.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice Line",
        index="btree_not_null",
        ondelete="set null",
        domain="[('move_id', 'in', parent.move_ids), ('display_type', '=', 'product')]",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        compute="_compute_from_move_line",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="move_id.currency_id")
    name = fields.Char(
        string="Description",
        compute="_compute_from_move_line",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    kind = fields.Selection(
        [
            ("line", "Whole line"),
            ("quantity", "Quantity"),
            ("price", "Price"),
            ("freight", "Freight"),
            ("tax", "Tax"),
        ],
        required=True,
        default="line",
    )
    quantity = fields.Float(
        digits="Product Unit",
        compute="_compute_quantity",
        store=True,
        readonly=False,
        precompute=True,
        help="Contested, of the quantity invoiced.",
    )
    price_unit = fields.Float(
        string="Unit Amount",
        digits="Product Price",
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        precompute=True,
        help="Contested per unit, after discount: the price, or the difference of price.",
    )
    amount_untaxed = fields.Monetary(
        string="Without Tax", compute="_compute_amounts", store=True, precompute=True
    )
    amount_total = fields.Monetary(
        string="With Tax", compute="_compute_amounts", store=True, precompute=True
    )

    @api.depends("move_line_id")
    def _compute_from_move_line(self):
        """An invoice line that is deleted leaves its invoice and its words."""
        for item in self:
            source = item.move_line_id
            item.move_id = source.move_id or item.move_id
            item.name = (source.name or source.product_id.display_name) or item.name or "/"

    @api.depends("move_line_id", "kind")
    def _compute_quantity(self):
        """All that is invoiced on the line; once, where there is nothing to count."""
        for item in self:
            if item.move_line_id or not item.quantity:
                counted = item.move_line_id and item.kind in ("line", "quantity", "price")
                item.quantity = item.move_line_id.quantity if counted else 1.0

    @api.depends("move_line_id", "kind")
    def _compute_price_unit(self):
        """All that is invoiced on the line; for a price, the difference is still to be said."""
        for item in self.filtered("move_line_id"):
            source = item.move_line_id
            net_price = source.price_unit * (1 - source.discount / 100)
            item.price_unit = {
                "line": net_price,
                "quantity": net_price,
                "price": 0.0,
                "freight": net_price * source.quantity,
                "tax": source.price_total - source.price_subtotal,
            }[item.kind]

    @api.depends("move_line_id", "kind", "quantity", "price_unit", "move_id")
    def _compute_amounts(self):
        """Quantity × unit amount, with the taxes of the line; of a tax, the tax alone."""
        for item in self:
            source, amount = item.move_line_id, item.quantity * item.price_unit
            currency = item.currency_id or item.move_id.currency_id
            if item.kind == "line" and source:
                item.amount_untaxed = source.price_subtotal
                item.amount_total = source.price_total
            elif item.kind == "tax":
                item.amount_untaxed = 0.0
                item.amount_total = currency.round(amount) if currency else amount
            else:
                totals = source.tax_ids.compute_all(
                    item.price_unit,
                    currency=currency,
                    quantity=item.quantity,
                    product=source.product_id,
                    partner=source.partner_id,
                )
                item.amount_untaxed = totals["total_excluded"]
                item.amount_total = totals["total_included"]

    # === Low level ===#

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        items.dispute_id._check_lines_editable()
        return items

    def write(self, vals):
        self.dispute_id._check_lines_editable()
        result = super().write(vals)
        self.dispute_id._check_lines_editable()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_if_editable(self):
        self.dispute_id._check_lines_editable()

    # === Constraints ===#

    @api.constrains("move_line_id", "kind", "quantity", "price_unit", "dispute_id")
    def _check_amounts(self):
        """Of one invoice line, a dispute contests more than nothing and at most the line."""
        for item in self:
            if item.currency_id.compare_amounts(item.amount_total, 0) <= 0:
                raise ValidationError(
                    self.env._(
                        "%(item)s: say what is contested, a quantity or an amount per unit above "
                        "zero.",
                        item=item.name,
                    )
                )
            source, currency = item.move_line_id, item.currency_id
            of_line = item.dispute_id.item_ids.filtered(
                lambda other, source=source: other.move_line_id == source
            )
            total = sum(of_line.mapped("amount_total"))
            if source and currency.compare_amounts(total, source.price_total) > 0:
                raise ValidationError(
                    self.env._(
                        "%(item)s: %(total)s would be contested, and %(invoiced)s was invoiced. "
                        "Lower the quantity or the amount per unit.",
                        item=item.name,
                        total=currency.format(total),
                        invoiced=currency.format(source.price_total),
                    )
                )
