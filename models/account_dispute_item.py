from odoo import fields, models


class AccountDisputeItem(models.Model):
    """One thing that is wrong on an invoice: a line, a quantity, a price, the freight, a tax.

    Amounts are in the invoice's currency. The credit note of a founded dispute is made of them.
    """

    _name = "account.dispute.item"
    _description = "Contested Item"
    _order = "dispute_id, id"

    dispute_id = fields.Many2one("account.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    move_line_id = fields.Many2one(
        "account.move.line", string="Invoice Line", index="btree_not_null", ondelete="set null"
    )
    move_id = fields.Many2one(
        "account.move", string="Invoice", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="move_id.currency_id")
    name = fields.Char(string="Description", required=True)
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
    quantity = fields.Float(digits="Product Unit", help="Contested, of the quantity invoiced.")
    price_unit = fields.Float(
        string="Unit Amount",
        digits="Product Price",
        help="Contested per unit: the price, or the difference of price.",
    )
    amount_untaxed = fields.Monetary(string="Without Tax")
    amount_total = fields.Monetary(string="With Tax")
