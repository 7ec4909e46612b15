from odoo import api, fields, models
from odoo.fields import Command


class AccountDisputeOpen(models.TransientModel):
    """What the order and the deliveries say against the invoice is proposed, ready to tick."""

    _inherit = "account.dispute.open"

    finding_ids = fields.One2many(
        "account.dispute.open.finding",
        "wizard_id",
        string="Found in Orders and Deliveries",
        compute="_compute_finding_ids",
        store=True,
        readonly=False,
    )
    comparison_ids = fields.Many2many(
        "account.dispute.comparison",
        string="Orders and Deliveries",
        compute="_compute_comparison_ids",
    )

    @api.depends("move_line_ids")
    def _compute_comparison_ids(self):
        for wizard in self:
            wizard.comparison_ids = self.env["account.dispute.comparison"].search(
                [("move_id", "in", wizard.move_ids._origin.ids)]
            )

    @api.depends("move_line_ids")
    def _compute_finding_ids(self):
        reasons = self.env["account.dispute.reason"].search([("parent_id", "!=", False)])
        by_code = {reason.code: reason for reason in reasons}
        for wizard in self:
            values = [
                values
                for comparison in wizard.comparison_ids
                for values in comparison._prepare_findings_values(by_code)
            ]
            wizard.finding_ids = [Command.clear(), *map(Command.create, values)]

    @api.onchange("finding_ids")
    def _onchange_finding_ids(self):
        """Take over what was ticked: the reason of the first, and all their items."""
        used = self.finding_ids.filtered("is_used")
        if used:
            self.mode = "items"
            self.reason_id = self.reason_id or used[0].reason_id
        kept = self.item_ids.filtered(lambda item: not item.is_found)
        self.item_ids = [
            Command.clear(),
            *(Command.create(item._prepare_item_values()) for item in kept),
            *(Command.create(finding._prepare_item_values()) for finding in used),
        ]


class AccountDisputeOpenItem(models.TransientModel):
    _inherit = "account.dispute.open.item"

    is_found = fields.Boolean(help="Taken over from the orders and deliveries.")
