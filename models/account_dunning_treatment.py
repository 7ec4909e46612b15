from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from .account_dunning_scenario_step import TONES

# What it changes: at least one of them.
EFFECTS = ("is_paused", "scenario_id", "tone", "channel", "contact_id")
# Settled once its first day is over: letters went out by it.
SETTLED = {"company_id", "date_start", "partner_id", *EFFECTS}


class AccountDunningTreatment(models.Model):
    """How a customer is treated for a while: another scenario, tone, channel, contact, a pause.

    Of those that hold on a day the latest one counts (S1.19); a pause until its own end. It ends by
    itself when it has an end, and it is never deleted once it has begun: it says why letters were
    as they were.

    An auditor reads; a collector writes.
    """

    _name = "account.dunning.treatment"
    _description = "Treatment of a Customer"
    _inherit = ["mail.thread"]
    _order = "date_start desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
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
    date_start = fields.Date(
        string="From", required=True, default=fields.Date.context_today, tracking=True
    )
    date_end = fields.Date(
        string="Until", tracking=True, help="The last day. Empty: until it is ended."
    )
    is_paused = fields.Boolean(
        string="No reminders", tracking=True, help="Nothing is sent until it ends."
    )
    scenario_id = fields.Many2one(
        "account.dunning.scenario",
        domain=[("origin_id", "=", False)],
        check_company=True,
        index="btree_not_null",
        tracking=True,
    )
    tone = fields.Selection(TONES, string="Firmest Tone", tracking=True)
    channel = fields.Selection(
        [("email", "E-mail"), ("letter", "Letter"), ("call", "Call")], tracking=True
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Write to",
        index="btree_not_null",
        check_company=True,
        tracking=True,
    )
    reason = fields.Char(required=True, tracking=True)
    dispute_id = fields.Many2one(
        "account.dispute",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    notice_id = fields.Many2one(
        "account.dunning.notice",
        string="After the Call",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Decided by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    active = fields.Boolean(default=True, tracking=True)
    state = fields.Selection(
        [("planned", "Planned"), ("standing", "In force"), ("ended", "Ended")],
        compute="_compute_state",
        search="_search_state",
    )

    _dates_in_order = models.Constraint(
        "CHECK(date_end IS NULL OR date_end >= date_start)", "It can't end before it begins."
    )

    # === When ===#

    @api.depends("date_start", "date_end", "active")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for treatment in self:
            if not treatment.active or (treatment.date_end and treatment.date_end < today):
                treatment.state = "ended"
            elif treatment.date_start and treatment.date_start > today:
                treatment.state = "planned"
            else:
                treatment.state = "standing"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        lasts = ["|", ("date_end", "=", False), ("date_end", ">=", today)]
        domains = {
            "planned": ["&", ("active", "=", True), "&", ("date_start", ">", today), *lasts],
            "standing": ["&", ("active", "=", True), "&", ("date_start", "<=", today), *lasts],
            "ended": ["|", ("active", "=", False), ("date_end", "<", today)],
        }
        return fields.Domain.OR(domains[state] for state in value if state in domains)

    @api.model
    def _get_standing(self, partners, company, on_date):
        """The treatment that counts for each of these customers on a day: the latest one.

        :return: ``{customer: treatment, empty when there is none}``.
        """
        treatments = self.search(
            [
                ("commercial_partner_id", "in", partners.ids),
                ("company_id", "=", company.id),
                ("date_start", "<=", on_date),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", on_date),
            ],
            order="date_start, id",
        )
        latest = {treatment.commercial_partner_id: treatment for treatment in treatments}
        return {partner: latest.get(partner, self.browse()) for partner in partners}

    # === Checks ===#

    @api.constrains(*EFFECTS)
    def _check_effect(self):
        for treatment in self:
            if not any(treatment[name] for name in EFFECTS):
                raise ValidationError(
                    self.env._(
                        "Say what changes: another scenario, tone, channel or contact, or no "
                        "reminders."
                    )
                )

    @api.constrains("partner_id", "contact_id", "dispute_id")
    def _check_partner(self):
        for treatment in self:
            customer = treatment.commercial_partner_id
            contact = treatment.contact_id.commercial_partner_id
            disputed = treatment.dispute_id.commercial_partner_id
            if contact and contact != customer:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is not a contact of %(customer)s: choose one of its contacts.",
                        contact=treatment.contact_id.display_name,
                        customer=customer.display_name,
                    )
                )
            if disputed and disputed != customer:
                raise ValidationError(
                    self.env._(
                        "%(dispute)s is not about %(customer)s.",
                        dispute=treatment.dispute_id.name,
                        customer=customer.display_name,
                    )
                )

    # === Low level ===#

    @api.model_create_multi
    def create(self, vals_list):
        treatments = super().create(vals_list)
        for treatment in treatments:
            treatment._log(treatment._describe())
        return treatments

    def write(self, vals):
        if SETTLED & vals.keys():
            today = fields.Date.context_today(self)
            if self.filtered(lambda each: each.date_start < today):
                raise UserError(
                    self.env._(
                        "Letters may have gone out by it already: end it, and decide on another "
                        "treatment."
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        today = fields.Date.context_today(self)
        if self.filtered(lambda each: each.date_start <= today):
            raise UserError(
                self.env._("It says why letters were as they were: end it instead of deleting it.")
            )

    def _log(self, body):
        """Say it where people look: on the customer, and on the dispute that led to it (S1.19)."""
        self.ensure_one()
        author = self.env.user.partner_id.id
        # A collector need not be allowed to write on customers.
        self.sudo().commercial_partner_id._message_log(body=body, author_id=author)
        if self.dispute_id:
            self.sudo().dispute_id._message_log(body=body, author_id=author)

    # === Actions ===#

    def action_end(self):
        """It ends: from today on the customer is treated as before."""
        self.check_access("write")
        for treatment in self:
            treatment._end(fields.Date.context_today(self))

    def _end(self, today):
        """:raise UserError: when it is over already."""
        self.ensure_one()
        if self.state == "ended":
            raise UserError(self.env._("It is over already."))
        if self.date_start < today:
            self.date_end = fields.Date.subtract(today, days=1)
        else:
            self.active = False
        self._log(
            self.env._(
                "%(customer)s is treated as before again: %(user)s ended “%(reason)s”.",
                customer=self.commercial_partner_id.display_name,
                user=self.env.user.name,
                reason=self.reason,
            )
        )

    # === Words ===#

    def _describe(self):
        """The treatment in a sentence."""
        self.ensure_one()
        values = {
            "customer": self.commercial_partner_id.display_name,
            "changes": ", ".join(self._describe_changes()),
            "start": format_date(self.env, self.date_start),
            "end": format_date(self.env, self.date_end) if self.date_end else "",
            "reason": self.reason,
        }
        if self.date_end:
            return self.env._(
                "%(customer)s is treated differently from %(start)s until %(end)s (%(changes)s): "
                "%(reason)s",
                **values,
            )
        return self.env._(
            "%(customer)s is treated differently from %(start)s on (%(changes)s): %(reason)s",
            **values,
        )

    def _describe_changes(self):
        tones = dict(self._fields["tone"]._description_selection(self.env))
        channels = dict(self._fields["channel"]._description_selection(self.env))
        changes = []
        if self.is_paused:
            changes.append(self.env._("no reminders"))
        if self.scenario_id:
            changes.append(self.env._("scenario “%(name)s”", name=self.scenario_id.name))
        if self.tone:
            changes.append(self.env._("tone: at most %(tone)s", tone=tones[self.tone].lower()))
        if self.channel:
            changes.append(self.env._("by %(way)s", way=channels[self.channel].lower()))
        if self.contact_id:
            changes.append(self.env._("to %(contact)s", contact=self.contact_id.display_name))
        return changes
