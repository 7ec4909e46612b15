from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.account_dispute_dunning.models.account_move import READERS


class AccountDispute(models.Model):
    """The orders, the deliveries and the contract behind the contested invoices (S3.2, S3.26)."""

    _inherit = "account.dispute"

    order_ids = fields.Many2many(
        "sale.order", string="Orders", compute="_compute_orders", compute_sudo=True, groups=READERS
    )
    order_count = fields.Integer(
        string="Number of Orders", compute="_compute_orders", compute_sudo=True, groups=READERS
    )
    picking_ids = fields.Many2many(
        "stock.picking",
        string="Deliveries",
        compute="_compute_orders",
        compute_sudo=True,
        groups=READERS,
        help="Deliveries and returns of the orders.",
    )
    picking_count = fields.Integer(
        string="Number of Deliveries", compute="_compute_orders", compute_sudo=True, groups=READERS
    )
    contract_count = fields.Integer(
        string="Contract Files",
        compute="_compute_contract_count",
        compute_sudo=True,
        groups=READERS,
        help="Files of the orders, such as the signed quotation, and evidence that is a contract.",
    )
    comparison_ids = fields.Many2many(
        "account.dispute.comparison",
        string="Orders and Deliveries",
        compute="_compute_comparison_ids",
        groups=READERS,
    )

    @api.depends("line_ids.move_id")
    def _compute_orders(self):
        for dispute in self:
            orders = dispute._get_orders()
            dispute.order_ids = orders
            dispute.order_count = len(orders)
            dispute.picking_ids = orders.picking_ids
            dispute.picking_count = len(orders.picking_ids)

    @api.depends("line_ids.move_id", "evidence_ids.attachment_ids")
    def _compute_contract_count(self):
        rows = self.env["ir.attachment"]._read_group(
            Domain("res_model", "=", "sale.order")
            & Domain("res_id", "in", self._get_orders().ids)
            & Domain("res_field", "=", False),
            ["res_id"],
            ["__count"],
        )
        counts = dict(rows)
        evidence = self._get_contract_evidence().grouped("dispute_id")
        for dispute in self:
            of_orders = sum(counts.get(order.id, 0) for order in dispute._get_orders())
            files = evidence[dispute].attachment_ids if dispute in evidence else ()
            dispute.contract_count = of_orders + len(files)

    @api.depends("line_ids.move_id")
    def _compute_comparison_ids(self):
        comparisons = self.env["account.dispute.comparison"].search(
            [("move_id", "in", self.line_ids.move_id.ids)]
        )
        by_move = comparisons.grouped("move_id")
        for dispute in self:
            rows = [by_move[move] for move in dispute.line_ids.move_id if move in by_move]
            dispute.comparison_ids = comparisons.browse().union(*rows)

    def _get_orders(self):
        """The orders that the contested invoices bill."""
        return self.line_ids.move_id.invoice_line_ids.sale_line_ids.order_id

    def _get_contract_evidence(self):
        """The rows of the evidence matrix whose files are a contract."""
        return self.evidence_ids.filtered(lambda row: row.type_id.code == "contract")

    # === Actions ===#

    def action_view_orders(self):
        """Show the orders of these disputes, as far as the user may see them."""
        self.check_access("read")
        orders = self.sudo()._get_orders().sudo(False)._filtered_access("read")
        return orders._get_records_action(name=self.env._("Orders"), context={})

    def action_view_deliveries(self):
        """Show the deliveries and returns of these disputes, as far as the user may see them."""
        self.check_access("read")
        pickings = self.sudo()._get_orders().picking_ids.sudo(False)._filtered_access("read")
        return pickings._get_records_action(name=self.env._("Deliveries"), context={})

    def action_view_contract(self):
        """Show the files that say what was agreed: of the orders, and evidence of that kind."""
        self.check_access("read")
        of_orders = Domain("res_model", "=", "sale.order") & Domain(
            "res_id", "in", self.sudo()._get_orders().ids
        )
        evidence = Domain("id", "in", self._get_contract_evidence().attachment_ids.ids)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Contract"),
            "res_model": "ir.attachment",
            "view_mode": "kanban,list,form",
            "domain": list((of_orders & Domain("res_field", "=", False)) | evidence),
            "context": {"create": False},
        }
