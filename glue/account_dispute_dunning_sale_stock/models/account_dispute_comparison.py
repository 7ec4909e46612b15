from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..engine.comparison import LineFacts, find


class AccountDisputeComparison(models.Model):
    """One posted invoice line beside the order lines and the deliveries behind it.

    An SQL view: quantities and prices in the unit of the invoice line, prices net of discounts.
    Whoever reads disputes reads it, also without a role in sales or stock.
    """

    _name = "account.dispute.comparison"
    _description = "Invoice, Order and Delivery Compared"
    _auto = False
    _order = "move_id, id"
    _depends = {
        "account.move": ["invoice_date", "move_type", "name", "state"],
        "account.move.line": [
            "company_id",
            "discount",
            "display_type",
            "move_id",
            "price_unit",
            "product_id",
            "product_uom_id",
            "quantity",
            "sale_line_ids",
        ],
        "sale.order": ["commitment_date", "currency_id"],
        "sale.order.line": [
            "discount",
            "is_downpayment",
            "order_id",
            "price_unit",
            "product_uom_id",
            "product_uom_qty",
            "qty_delivered",
            "qty_delivered_method",
        ],
        "stock.location": ["usage"],
        "stock.move": ["date", "location_dest_id", "sale_line_id", "state"],
        "uom.uom": ["factor"],
    }

    move_line_id = fields.Many2one("account.move.line", string="Invoice Line", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    invoice_date = fields.Date(string="Invoiced On", readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    ordered = fields.Float(digits="Product Unit", readonly=True)
    delivered = fields.Float(digits="Product Unit", readonly=True)
    before = fields.Float(
        string="Invoiced Before",
        digits="Product Unit",
        readonly=True,
        help="By earlier invoices, of the same order lines.",
    )
    invoiced = fields.Float(
        string="Invoiced in Total",
        digits="Product Unit",
        readonly=True,
        help="By all invoices, less credit notes.",
    )
    price_unit = fields.Float(string="Invoice Price", digits="Product Price", readonly=True)
    order_price = fields.Float(
        digits="Product Price",
        readonly=True,
        help="Net of discounts; not compared when the order is in another currency.",
    )
    has_order_price = fields.Boolean(readonly=True)
    is_shipped = fields.Boolean(
        readonly=True, help="Deliveries are counted; services have none to look at."
    )
    promised_on = fields.Datetime(
        readonly=True, help="The delivery date of the order; empty: none was promised."
    )
    first_delivery = fields.Datetime(readonly=True)
    last_delivery = fields.Datetime(string="Delivered On", readonly=True)
    other_invoices = fields.Char(
        readonly=True, help="Invoices of the same order lines, without this one."
    )
    findings = fields.Text(compute="_compute_findings")

    def _compute_findings(self):
        for row in self:
            sentences = [row._explain(finding) for finding in row._find()]
            row.findings = "\n".join(sentences)

    # === Facts ===#

    @property
    def _table_query(self):
        """One row per invoice line that bills order lines; down payments are left out.

        Each lateral query reaches its rows by the keys of one invoice line: the links of invoice
        and order lines, and the moves of an order line.
        """
        return SQL(
            """
            SELECT line.id, line.id AS move_line_id, line.move_id, line.company_id,
                   line.currency_id, line.product_id, line.quantity, move.invoice_date,
                   line.price_unit * (1 - COALESCE(line.discount, 0) / 100) AS price_unit,
                   sold.order_id, sold.ordered, sold.delivered, sold.is_shipped,
                   sold.has_order_price, sold.promised_on,
                   CASE WHEN sold.has_order_price THEN sold.order_price END AS order_price,
                   COALESCE(billed.before, 0) AS before, billed.invoiced, billed.other_invoices,
                   shipped.first_delivery, shipped.last_delivery
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
         LEFT JOIN uom_uom uom ON uom.id = line.product_uom_id
        CROSS JOIN LATERAL (%(sold)s) sold
        CROSS JOIN LATERAL (%(billed)s) billed
        CROSS JOIN LATERAL (%(shipped)s) shipped
             WHERE move.state = 'posted'
               AND move.move_type = 'out_invoice'
               AND line.display_type = 'product'
               AND sold.order_id IS NOT NULL
            """,
            sold=self._sold(),
            billed=self._billed(),
            shipped=self._shipped(),
        )

    def _sold(self):
        """The order lines behind an invoice line, as one."""
        return SQL(
            """
            SELECT MIN(item.order_id) AS order_id,
                   SUM(item.product_uom_qty * unit.factor) / COALESCE(uom.factor, 1) AS ordered,
                   SUM(item.qty_delivered * unit.factor) / COALESCE(uom.factor, 1) AS delivered,
                   AVG(item.price_unit * (1 - COALESCE(item.discount, 0) / 100) / unit.factor)
                       * COALESCE(uom.factor, 1) AS order_price,
                   BOOL_AND(sale.currency_id = line.currency_id) AS has_order_price,
                   BOOL_AND(item.qty_delivered_method = 'stock_move') AS is_shipped,
                   MAX(sale.commitment_date) AS promised_on
              FROM sale_order_line_invoice_rel link
              JOIN sale_order_line item ON item.id = link.order_line_id
              JOIN sale_order sale ON sale.id = item.order_id
         LEFT JOIN uom_uom item_uom ON item_uom.id = item.product_uom_id
        CROSS JOIN LATERAL (SELECT COALESCE(item_uom.factor, 1) AS factor) unit
             WHERE link.invoice_line_id = line.id
               AND item.is_downpayment IS NOT TRUE
            """
        )

    def _billed(self):
        """What other invoices bill of the same order lines, and what credit notes give back."""
        return SQL(
            """
            SELECT SUM(other.quantity * COALESCE(other_uom.factor, 1)
                       * CASE WHEN entry.move_type = 'out_refund' THEN -1 ELSE 1 END)
                       / COALESCE(uom.factor, 1) AS invoiced,
                   SUM(other.quantity * COALESCE(other_uom.factor, 1))
                       FILTER (WHERE entry.move_type = 'out_invoice'
                                 AND (entry.invoice_date, other.id)
                                     < (move.invoice_date, line.id))
                       / COALESCE(uom.factor, 1) AS before,
                   STRING_AGG(DISTINCT entry.name, ', ')
                       FILTER (WHERE entry.move_type = 'out_invoice' AND entry.id != move.id)
                       AS other_invoices
              FROM account_move_line other
              JOIN account_move entry ON entry.id = other.move_id
         LEFT JOIN uom_uom other_uom ON other_uom.id = other.product_uom_id
             WHERE other.id IN (
                    SELECT their.invoice_line_id
                      FROM sale_order_line_invoice_rel our
                      JOIN sale_order_line_invoice_rel their
                        ON their.order_line_id = our.order_line_id
                     WHERE our.invoice_line_id = line.id
                   )
               AND entry.state = 'posted'
            """
        )

    def _shipped(self):
        """When the goods left for the customer; returns are no deliveries."""
        return SQL(
            """
            SELECT MIN(stock.date) AS first_delivery, MAX(stock.date) AS last_delivery
              FROM sale_order_line_invoice_rel link
              JOIN stock_move stock ON stock.sale_line_id = link.order_line_id
              JOIN stock_location place ON place.id = stock.location_dest_id
             WHERE link.invoice_line_id = line.id
               AND stock.state = 'done'
               AND place.usage = 'customer'
            """
        )

    # === Decide ===#

    def _find(self):
        """What is wrong with this line, as `engine.comparison` says."""
        self.ensure_one()
        return find(self._get_facts())

    def _get_facts(self):
        def rounded(value, digits):
            return round(Decimal(str(value)), digits)

        units = self.env["decimal.precision"].precision_get("Product Unit")
        prices = self.env["decimal.precision"].precision_get("Product Price")
        return LineFacts(
            invoiced_on=self.invoice_date,
            quantity=rounded(self.quantity, units),
            price=rounded(self.price_unit, prices),
            order_price=rounded(self.order_price, prices) if self.has_order_price else None,
            ordered=rounded(self.ordered, units),
            delivered=rounded(self.delivered, units),
            before=rounded(self.before, units),
            invoiced=rounded(self.invoiced, units),
            is_shipped=self.is_shipped,
            first_delivery=self._to_day(self.first_delivery),
            last_delivery=self._to_day(self.last_delivery),
            promised=self._to_day(self.promised_on),
        )

    @api.model
    def _to_day(self, moment):
        return fields.Datetime.context_timestamp(self, moment).date() if moment else None

    def _prepare_findings_values(self, reasons):
        """Values of what was found, for the dialogue that contests.

        :param reasons: ``{code: reason}``; what has no reason of its own is not proposed.
        """
        self.ensure_one()
        return [
            {
                "move_line_id": self.move_line_id.id,
                "reason_id": reasons[finding.reason].id,
                "name": self._explain(finding),
                "kind": finding.kind,
                "quantity": float(finding.quantity),
                "price_unit": float(finding.price_unit),
            }
            for finding in self._find()
            if finding.reason in reasons
        ]

    # === Words ===#

    def _explain(self, finding):
        """One sentence for a person, with the figures behind a finding."""
        self.ensure_one()
        match finding.reason:
            case "price_difference":
                return self.env._(
                    "Invoiced at %(invoiced)s, ordered at %(ordered)s: %(difference)s too much per "
                    "unit.",
                    invoiced=self.currency_id.format(self.price_unit),
                    ordered=self.currency_id.format(self.order_price),
                    difference=self.currency_id.format(float(finding.price_unit)),
                )
            case "double_billing":
                return self.env._(
                    "Billed before by %(others)s: %(quantity)g of %(invoiced)g are beyond the "
                    "%(ordered)g ordered.",
                    others=self.other_invoices or self.move_id.name,
                    quantity=float(finding.quantity),
                    invoiced=self.quantity,
                    ordered=self.ordered,
                )
            case "not_delivered":
                return self.env._(
                    "%(quantity)g of %(invoiced)g are not delivered: %(delivered)g of %(ordered)g "
                    "ordered left the warehouse.",
                    quantity=float(finding.quantity),
                    invoiced=self.quantity,
                    delivered=self.delivered,
                    ordered=self.ordered,
                )
            case "invoiced_before_delivery":
                return self.env._(
                    "Invoiced on %(invoiced)s, delivered on %(delivered)s: %(days)s days too "
                    "early.",
                    invoiced=self._format_day(self.invoice_date),
                    delivered=self._format_day(self._to_day(self.first_delivery)),
                    days=finding.days,
                )
            case "late_delivery":
                return self.env._(
                    "Promised for %(promised)s, delivered on %(delivered)s: %(days)s days late.",
                    promised=self._format_day(self._to_day(self.promised_on)),
                    delivered=self._format_day(self._to_day(self.last_delivery)),
                    days=finding.days,
                )

    def _format_day(self, day):
        return format_date(self.env, day)
