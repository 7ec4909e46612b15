from odoo import fields, models

from .account_dunning_scenario_step import TONES


class AccountDunningTreatment(models.Model):
    """How a customer is treated for a while: another scenario, tone, channel, contact, a pause.

    Of those that hold on a day the latest one counts (S1.19). It ends by itself when it has an
    end, and it is never deleted once it has begun: it says why letters were as they were.

    An auditor reads; a collector writes.
    """

    _name = "account.dunning.treatment"
    _description = "Treatment of a Customer"
    _inherit = ["mail.thread"]
    _order = "date_start desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Commercial Entity",
        store=True,
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    date_start = fields.Date(string="From", required=True, default=fields.Date.context_today)
    date_end = fields.Date(string="Until", help="The last day. Empty: until it is ended.")
    is_paused = fields.Boolean(string="No reminders", help="Nothing is sent until it ends.")
    scenario_id = fields.Many2one(
        "account.dunning.scenario",
        domain=[("origin_id", "=", False)],
        check_company=True,
        index="btree_not_null",
    )
    tone = fields.Selection(TONES, string="Firmest Tone")
    channel = fields.Selection([("email", "E-mail"), ("letter", "Letter"), ("call", "Call")])
    contact_id = fields.Many2one("res.partner", string="Write to", index="btree_not_null")
    reason = fields.Char(required=True)
    dispute_id = fields.Many2one(
        "account.dispute", readonly=True, index="btree_not_null", ondelete="set null"
    )
    notice_id = fields.Many2one(
        "account.dunning.notice",
        string="After the Call",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Decided by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    active = fields.Boolean(default=True)

    _dates_in_order = models.Constraint(
        "CHECK(date_end IS NULL OR date_end >= date_start)", "It can't end before it begins."
    )
