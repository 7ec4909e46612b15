from odoo import api, fields, models

from .account_dispute_procedure import READERS


class AccountDispute(models.Model):
    """What the screens show of a dispute at a glance: totals that add up, counts, and alerts."""

    _inherit = "account.dispute"

    open_amount = fields.Monetary(
        string="In Dispute",
        compute="_compute_open_amount",
        store=True,
        currency_field="company_currency_id",
        help="What is contested, while the dispute is open: totals leave out suspicions and what "
        "is settled.",
    )
    suspected_amount = fields.Monetary(
        string="Suspected",
        compute="_compute_open_amount",
        store=True,
        currency_field="company_currency_id",
        help="What is contested of a suspicion: it is still claimed.",
    )
    third_party_count = fields.Integer(
        string="Number of Third Parties", compute="_compute_counts", groups=READERS
    )
    credit_count = fields.Integer(
        string="Number of Credit Notes", compute="_compute_counts", groups=READERS
    )

    @api.depends("contested_amount", "state")
    def _compute_open_amount(self):
        holding = self._get_holding_states()
        for dispute in self:
            dispute.open_amount = dispute.contested_amount if dispute.state in holding else 0.0
            is_suspicion = dispute.state == "suspicion"
            dispute.suspected_amount = dispute.contested_amount if is_suspicion else 0.0

    @api.depends("third_party_ids", "resolution_ids.credit_move_ids")
    def _compute_counts(self):
        for dispute in self:
            dispute.third_party_count = len(dispute.third_party_ids)
            dispute.credit_count = len(dispute.resolution_ids.credit_move_ids)

    # === Actions ===#

    def action_view_third_parties(self):
        """Show the carriers, suppliers and insurers that these disputes involve."""
        self.check_access("read")
        return self.third_party_ids._get_records_action(
            name=self.env._("Third Parties"), context={}
        )

    def action_view_credit_notes(self):
        """Show the credit notes that settled these disputes."""
        self.check_access("read")
        return self.resolution_ids.credit_move_ids._get_records_action(
            name=self.env._("Credit Notes"), context={}
        )
