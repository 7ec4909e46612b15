from odoo import api, fields, models

from .account_dispute_letter import TONES
from .account_dunning_scenario_step import TONES as DUNNING_TONES

READERS = "account_dispute_dunning.group_auditor"


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
    is_strategic = fields.Boolean(
        string="Strategic Customer",
        help="From level 2 on, a person reviews what it receives; rules may give it a softer "
        "scenario.",
    )
    dunning_tone = fields.Selection(
        DUNNING_TONES,
        string="Firmest Reminder",
        help="No reminder is firmer than this. Empty: as the scenario says.",
    )
    dunning_role = fields.Selection(
        [
            ("payables", "Accounts payable"),
            ("approver", "Approves invoices"),
            ("management", "Management"),
        ],
        string="Role in Payments",
        help="Reminders go to accounts payable, when a contact has this role.",
    )
    dunning_verified_on = fields.Date(string="Contact Verified on")
    is_unreachable = fields.Boolean(
        string="Unreachable",
        help="An e-mail bounced, or nobody answers: another contact is needed.",
    )
    payment_portal = fields.Char(
        string="Invoice Portal", help="Where invoices must be deposited, e.g. Chorus Pro."
    )
    payment_references = fields.Char(
        string="Mandatory References", help="e.g. purchase order, service code, engagement number."
    )
    payment_process = fields.Text(
        string="Validation Process", help="Who validates invoices, in which order, by which day."
    )
    payment_run_days = fields.Char(
        string="Payment Runs",
        help="Days of the month on which it pays, e.g. “10, 25”. A first reminder waits for a "
        "payment run of the next three days.",
    )
    dispute_tone = fields.Selection(
        TONES,
        string="Tone of Letters",
        help="Letters about disputes are never firmer than this. Empty: none is firm while a "
        "dispute is open.",
    )
    dispute_count = fields.Integer(
        string="Disputes",
        compute="_compute_dispute_count",
        groups=READERS,
        help="Of the whole commercial entity, settled ones too.",
    )

    @api.depends_context("company", "allowed_company_ids", "uid")
    def _compute_dispute_count(self):
        """In the companies of the user; read when the form is opened, like the amounts."""
        rows = self.env["account.dispute"]._read_group(
            [("commercial_partner_id", "in", self.commercial_partner_id.ids)],
            ["commercial_partner_id"],
            ["__count"],
        )
        counts = dict(rows)
        for partner in self:
            partner.dispute_count = counts.get(partner.commercial_partner_id, 0)

    def action_view_receivables(self):
        """Show what these customers owe.

        :raise AccessError: for a user who may not read receivables.
        """
        self.check_access("read")
        self.env["account.receivable"].check_access("read")
        return self._get_customer_action("account_receivable_action", "partner_id")

    def action_contest(self):
        """Contest a receivable of this customer; of several, the user ticks some in a list.

        :raise AccessError: for a user who may not open disputes.
        :raise UserError: when nothing is left to contest.
        """
        self.check_access("read")
        dialogue = self.env["account.dispute.open"]
        dialogue.check_access("create")
        receivables = self.env["account.receivable"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "in", self.env.companies.ids),
                ("residual", ">", 0),
            ]
        )
        uncontested = receivables.move_line_id._get_uncontested()
        open_ids = [line_id for line_id, amount in uncontested.items() if amount]
        if len(open_ids) < 2:
            return dialogue._get_action(receivables.move_line_id)
        action = self._get_customer_action("account_receivable_action", "partner_id")
        return action | {
            "name": self.env._("Tick what is contested, then “Contest…”"),
            "domain": [("move_line_id", "in", open_ids)],
        }

    def action_view_disputes(self):
        """Show what these customers contest or contested.

        :raise AccessError: for a user who may not read disputes.
        """
        self.check_access("read")
        self.env["account.dispute"].check_access("read")
        return self._get_customer_action("account_dispute_action", "commercial_partner_id")

    def _get_customer_action(self, action, field):
        action = self.env["ir.actions.act_window"]._for_xml_id(f"account_dispute_dunning.{action}")
        return action | {
            "domain": [(field, "in", self.commercial_partner_id.ids)],
            "context": {},
        }
