from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    dunning_scenario_id = fields.Many2one(
        "account.dunning.scenario",
        company_dependent=True,
        help="Followed instead of the company's default scenario.",
    )
    collector_id = fields.Many2one(
        "res.users",
        company_dependent=True,
        domain=[("share", "=", False)],
        help="Who looks after what this customer owes. Receives the calls and the alerts.",
    )
    contested_amount = fields.Monetary(
        compute="_compute_receivable_amounts",
        groups="account_dispute_dunning.group_auditor",
    )
    dunnable_amount = fields.Monetary(
        string="Overdue to Claim",
        compute="_compute_receivable_amounts",
        groups="account_dispute_dunning.group_auditor",
    )

    def _compute_receivable_amounts(self):
        rows = self.env["account.receivable"]._read_group(
            [("partner_id", "in", self.commercial_partner_id.ids)],
            ["partner_id"],
            ["contested:sum", "overdue:sum"],
        )
        sums = {partner.id: amounts for partner, *amounts in rows}
        for partner in self:
            contested, overdue = sums.get(partner.commercial_partner_id.id, (0.0, 0.0))
            partner.contested_amount = contested
            partner.dunnable_amount = overdue

    def action_view_receivables(self):
        self.check_access("read")
        self.env["account.receivable"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_dispute_dunning.account_receivable_action"
        )
        action["domain"] = [("partner_id", "in", self.commercial_partner_id.ids)]
        action["context"] = {}
        return action
