import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError

REPORT = "account_dispute_dunning.action_report_dunning_notice"
# Only code of this file can hold this object: a context that comes from outside can not.
TRANSITION = object()

SENT_STATES = ("queued", "sent")
# It has not reached the customer yet, and may still be stopped.
UNSENT_STATES = ("draft", "validated", "queued", "failed")
# What makes a notice proof of what was sent; the collector in charge may still change. Only the
# code of this model writes these: a notice is what its run prepared.
FROZEN = {
    "amount_claimed",
    "amount_contested",
    "attachment_id",
    "attachment_ids",
    "call_attempts",
    "call_note",
    "call_outcome",
    "channel",
    "channel_reason",
    "company_id",
    "contact_id",
    "copy_partner_ids",
    "currency_id",
    "date",
    "deadline",
    "deadline_printed",
    "done_on",
    "expired_on",
    "financing_cost",
    "fines_text",
    "is_ambiguous",
    "is_automatic",
    "is_bounced",
    "is_refused",
    "is_skipped",
    "is_softened",
    "kind",
    "lang",
    "line_ids",
    "message_id",
    "name",
    "override_date",
    "override_reason",
    "override_user_id",
    "partner_id",
    "pdf_sha256",
    "penalty_as_of",
    "penalty_fee",
    "penalty_interest",
    "penalty_rule",
    "postponed_until",
    "receipt_attachment_id",
    "replied_on",
    "run_id",
    "scenario_id",
    "signatory_id",
    "sent_on",
    "state_reason",
    "step_id",
    "tone",
}


class AccountDunningNotice(models.Model):
    """One message to one customer about what it owes: a call, an e-mail or a letter.

    Its amounts are frozen when it is prepared, and its PDF with them. Just before it leaves,
    everything is checked again; when something changed it is cancelled, with the reason, and the
    next run prepares a new one. What was sent is never edited nor deleted.

    States: *to do* → *to send* → *queued* (e-mail) → *sent*, or *failed*; *cancelled*.

    An auditor reads. An assistant marks calls as done and letters as posted. A collector
    validates, sends, cancels. Nobody deletes what was sent.
    """

    _name = "account.dunning.notice"
    _description = "Dunning Notice"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    # === Identity ===#
    name = fields.Char(
        string="Number", readonly=True, copy=False, default=lambda self: self.env._("New")
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    run_id = fields.Many2one(
        "account.dunning.run", readonly=True, index="btree_not_null", ondelete="set null"
    )
    scenario_id = fields.Many2one(
        "account.dunning.scenario", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    step_id = fields.Many2one(
        "account.dunning.scenario.step",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The furthest step among its invoices: it decides on the channel and the words.",
    )
    channel = fields.Selection(
        selection=lambda self: (
            self.env["account.dunning.scenario.step"]
            ._fields["channel"]
            ._description_selection(self.env)
        ),
        required=True,
        readonly=True,
    )
    tone = fields.Selection(
        selection=lambda self: (
            self.env["account.dunning.scenario.step"]
            ._fields["tone"]
            ._description_selection(self.env)
        ),
        readonly=True,
    )
    date = fields.Date(required=True, readonly=True, index=True)
    deadline = fields.Date(readonly=True, help="Payment is asked for until this day.")
    user_id = fields.Many2one(
        "res.users", string="Collector", index="btree_not_null", tracking=True
    )

    kind = fields.Selection(
        [
            ("preventive", "Before the due date"),
            ("reminder", "Reminder"),
            ("formal", "Formal notice"),
            ("thanks", "Thank-you"),
            ("event", "After an event"),
        ],
        required=True,
        readonly=True,
        default="reminder",
        index=True,
    )
    is_softened = fields.Boolean(
        readonly=True,
        help="Its words are softer than those of its step: the customer bears no firmer ones, or a "
        "dispute is open.",
    )
    channel_reason = fields.Char(readonly=True, help="Why it goes another way than its step says.")
    is_automatic = fields.Boolean(readonly=True, help="Prepared and sent without anybody's click.")
    postponed_until = fields.Date(readonly=True, copy=False)

    # === Recipient ===#
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    contact_id = fields.Many2one(
        "res.partner", string="Recipient", required=True, readonly=True, index="btree_not_null"
    )
    lang = fields.Char(readonly=True)
    signatory_id = fields.Many2one("res.users", readonly=True, help="Who signs.")
    copy_partner_ids = fields.Many2many("res.partner", string="Copies to", readonly=True)

    # === Words, where they differ from those of the step ===#
    custom_subject = fields.Char(string="Subject", copy=False)
    custom_body = fields.Html(string="Text", copy=False)
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Enclosures", readonly=True, copy=False
    )

    # === Amounts, in the documents' currency ===#
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    line_ids = fields.One2many(
        "account.dunning.notice.line", "notice_id", string="Lines", readonly=True
    )
    amount_claimed = fields.Monetary(
        string="Claimed",
        readonly=True,
        tracking=True,
        help="Net of credits, without what is contested.",
    )
    amount_contested = fields.Monetary(string="Contested, not Claimed", readonly=True)

    # === State ===#
    state = fields.Selection(
        [
            ("draft", "To do"),
            ("validated", "To send"),
            ("queued", "Queued"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        tracking=True,
        index=True,
    )
    state_reason = fields.Char(
        string="Why", readonly=True, help="Why it was cancelled, or why it failed."
    )
    can_validate = fields.Boolean(compute="_compute_can")
    can_send = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")

    # === Proof ===#
    attachment_id = fields.Many2one(
        "ir.attachment", string="PDF", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    pdf_sha256 = fields.Char(string="SHA-256 of the PDF", readonly=True)
    message_id = fields.Many2one("mail.message", readonly=True, index="btree_not_null")
    sent_on = fields.Datetime(readonly=True)
    done_on = fields.Date(
        readonly=True,
        help="The day it was sent, posted or called: the next steps count from it.",
    )
    is_refused = fields.Boolean(
        string="Cancelled by a Person",
        readonly=True,
        help="The next notice for the same step of the same invoice waits for a person.",
    )

    is_skipped = fields.Boolean(
        readonly=True,
        help="Cancelled by a person who lets the next step come: this one counts as done.",
    )
    is_ambiguous = fields.Boolean(
        readonly=True,
        help="The connection broke while it was sent: the customer may have it. It is never sent "
        "again without a person.",
    )
    replied_on = fields.Datetime(
        readonly=True, help="The customer's last answer: the next step waits a few days."
    )
    is_bounced = fields.Boolean(string="Bounced", readonly=True)

    # === Call ===#
    call_outcome = fields.Selection(
        [
            ("scheduled", "Payment is scheduled"),
            ("validated_not_scheduled", "Validated, not scheduled"),
            ("not_validated", "Not validated yet"),
            ("not_received", "Invoice not received"),
            ("cash_problem", "Cash problem"),
            ("dispute", "Contested"),
            ("promise", "Promises to pay"),
            ("no_answer", "No answer"),
            ("wrong_contact", "Wrong contact"),
        ],
        readonly=True,
        tracking=True,
    )
    call_note = fields.Text(readonly=True)

    # === Registered letter ===#
    is_electronic = fields.Boolean(
        string="Electronic Registered Letter",
        help="The addressee has 15 days to accept it (CPCE L100): the deadline counts from there.",
    )
    registered_number = fields.Char(copy=False, tracking=True)
    deposit_date = fields.Date(copy=False, tracking=True)
    receipt_date = fields.Date(
        copy=False,
        tracking=True,
        help="Of the acknowledgement of receipt, or of the return if unclaimed.",
    )
    is_unclaimed = fields.Boolean(
        copy=False,
        tracking=True,
        help="Returned unclaimed: it is valid all the same (Cass. 1re civ. 19-20.680).",
    )
    receipt_attachment_id = fields.Many2one(
        "ir.attachment",
        string="Receipt Scan",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    # === Formal notice ===#
    override_reason = fields.Char(
        string="Sent in spite of",
        readonly=True,
        copy=False,
        tracking=True,
        help="Why it leaves although its checklist is not complete.",
    )
    override_user_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False, index="btree_not_null"
    )
    expired_on = fields.Date(
        string="Expired without Payment",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The day on which its deadline was found to have passed with something still to pay.",
    )

    # The job's queue.
    _to_process_idx = models.Index("(state, channel) WHERE state IN ('draft', 'validated')")
    # Last contact with a customer, in the facts of a run.
    _contact_idx = models.Index(
        "(company_id, partner_id, date) WHERE state IN ('draft', 'validated', 'queued', 'sent')"
    )

    @api.depends("state", "channel", "is_ambiguous", "registered_number", "deposit_date")
    @api.depends_context("uid")
    def _compute_can(self):
        for notice in self:
            notice.can_validate = not notice._why_not("validated")
            notice.can_send = not notice._why_not(notice._state_when_sent())
            notice.can_cancel = not notice._why_not("cancelled")

    # === Low level ===#

    @api.model_create_multi
    def create(self, vals_list):
        unnamed = [vals for vals in vals_list if not vals.get("name")]
        for vals, name in zip(unnamed, self._take_numbers(len(unnamed)), strict=True):
            vals["name"] = name
        for vals in vals_list:
            # Who clicks on “Validate” makes it a decision of a person.
            vals.setdefault("is_automatic", vals.get("state") == "validated")
        return super().create(vals_list)

    def write(self, vals):
        if self.env.context.get("account_dunning_transition") is not TRANSITION:
            if "state" in vals:
                raise UserError(self.env._("The state changes by its buttons only."))
            if FROZEN & vals.keys() and (
                not self.env.su or self.filtered(lambda each: each.state in SENT_STATES)
            ):
                raise UserError(
                    self.env._("A notice is frozen: to correct it, cancel it and run again.")
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        # Nor one that may have arrived: its step would come again.
        if self.filtered(lambda each: each.state in SENT_STATES or each.done_on):
            raise UserError(self.env._("A notice that was sent is proof: it can't be deleted."))

    # === Transitions ===#

    @api.model
    def _get_transitions(self):
        """``{state: states that may follow}``, for everybody; :meth:`_why_not` says who."""
        return {
            "draft": {"validated", "failed", "cancelled"},
            "validated": {"draft", "queued", "sent", "failed", "cancelled"},
            "queued": {"sent", "failed", "cancelled"},
            "failed": {"validated", "queued", "sent", "cancelled"},
            "sent": {"failed"},  # by a mail that bounces, and nobody's click
            "cancelled": set(),
        }

    def _state_when_sent(self):
        return "queued" if self.channel == "email" else "sent"

    def _why_not(self, state):
        """Why this notice can't go to `state` now, in words; an empty string if it can."""
        self.ensure_one()
        return self._why_not_by_role(state)

    def _why_not_by_role(self, state):
        """As :meth:`_why_not`, whatever its channel and its kind ask for besides."""
        if state not in self._get_transitions()[self.state] or self.state == "sent":
            return self.env._(
                "%(notice)s is “%(state)s”: this is not possible any more.",
                notice=self.name,
                state=dict(self._fields["state"]._description_selection(self.env))[self.state],
            )
        # An assistant posts what a collector has validated; all else takes a collector. What failed
        # may have failed before anybody looked at it.
        is_posted = state == "sent" and self.state != "failed"
        if not self._has_role("assistant" if is_posted else "collector"):
            return self.env._("Your role in Collections does not allow this.")
        if self.is_ambiguous and state != "cancelled":
            return self.env._(
                "%(notice)s: the connection broke while it was sent, and the customer may have it. "
                "Ask, then say whether it was received.",
                notice=self.name,
            )
        return ""

    def _has_role(self, role):
        """Whether the user may act as this role; Odoo's own jobs may."""
        return self.env.su or self.env.user.has_group(f"account_dispute_dunning.group_{role}")

    def _check_transition(self, state):
        for notice in self:
            if message := notice._why_not(state):
                raise UserError(message)

    def _write_frozen(self, **values):
        """The only writes on what is frozen."""
        self.with_context(account_dunning_transition=TRANSITION).write(values)

    def _transition(self, state, reason=False, **values):
        """Change the state, with what goes with it."""
        self._write_frozen(state=state, state_reason=reason, **values)
        if state in ("sent", "cancelled"):
            self.activity_unlink(["account_dispute_dunning.mail_activity_type_dunning_call"])

    # === Proof ===#

    def _verify(self):
        """Whether the PDF is still what was sent; true for what has none (S0.14)."""
        self.ensure_one()
        if not self.pdf_sha256:
            return True
        pdf = self.attachment_id.sudo().raw
        return bool(pdf) and hashlib.sha256(pdf).hexdigest() == self.pdf_sha256

    def action_verify(self):
        """Compute the SHA-256 of the PDFs again, and say whether they are what was sent.

        :raise UserError: naming those that are not.
        """
        self.check_access("read")
        if changed := self.filtered(lambda notice: not notice._verify()):
            raise UserError(
                self.env._(
                    "%(notices)s: the PDF is not the one that was frozen. Restore it from a "
                    "backup, and find out who changed it.",
                    notices=", ".join(changed.mapped("name")),
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Every PDF is the one that was frozen, byte for byte."),
            },
        }
