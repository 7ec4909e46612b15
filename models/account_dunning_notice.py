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
    "done_on",
    "expired_on",
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
    "postponed_until",
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
    registered_number = fields.Char(copy=False)
    deposit_date = fields.Date(copy=False)
    receipt_date = fields.Date(
        copy=False, help="Of the acknowledgement of receipt, or of the return if unclaimed."
    )
    is_unclaimed = fields.Boolean(
        copy=False, help="Returned unclaimed: it is valid all the same (Cass. 1re civ. 19-20.680)."
    )
    receipt_attachment_id = fields.Many2one(
        "ir.attachment", string="Receipt Scan", copy=False, index="btree_not_null"
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

    @api.depends("state", "channel")
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
        if self.filtered(lambda notice: notice.state in SENT_STATES):
            raise UserError(self.env._("A notice that was sent is proof: it can't be deleted."))

    # === Transitions ===#

    @api.model
    def _get_transitions(self):
        """``{state: states that may follow}``, for everybody; :meth:`_why_not` says who."""
        return {
            "draft": {"validated", "failed", "cancelled"},
            "validated": {"draft", "queued", "sent", "failed", "cancelled"},
            "queued": {"sent", "failed", "cancelled"},
            "failed": {"validated", "sent", "cancelled"},
            "sent": set(),
            "cancelled": set(),
        }

    def _state_when_sent(self):
        return "queued" if self.channel == "email" else "sent"

    def _why_not(self, state):
        """Why this notice can't go to `state` now, in words; an empty string if it can."""
        self.ensure_one()
        if state not in self._get_transitions()[self.state]:
            return self.env._(
                "%(notice)s is “%(state)s”: this is not possible any more.",
                notice=self.name,
                state=dict(self._fields["state"]._description_selection(self.env))[self.state],
            )
        # An assistant posts what a collector has validated; all else takes a collector.
        group = "assistant" if state == "sent" else "collector"
        if not self.env.su and not self.env.user.has_group(
            f"account_dispute_dunning.group_{group}"
        ):
            return self.env._("Your role in Collections does not allow this.")
        return ""

    def _check_transition(self, state):
        for notice in self:
            if message := notice._why_not(state):
                raise UserError(message)

    def _write_frozen(self, **values):
        """The only writes on what is frozen."""
        self.with_context(account_dunning_transition=TRANSITION).write(values)

    def _get_ready(self, target):
        """Those that can go to the state `target` gives: of a selection, the others stay as they
        are.

        :raise UserError: when none can; the message says why.
        """
        ready = self.filtered(lambda notice: not notice._why_not(target(notice)))
        if not ready and self:
            raise UserError(self[0]._why_not(target(self[0])))
        return ready

    def _transition(self, state, reason=False, **values):
        """Change the state, with what goes with it."""
        self._write_frozen(state=state, state_reason=reason, **values)
        if state in ("sent", "cancelled"):
            self.activity_unlink(["account_dispute_dunning.mail_activity_type_dunning_call"])

    # === Actions ===#

    def action_validate(self):
        """The notice may leave: e-mails with the next sending, letters and calls by a person."""
        self.check_access("write")
        ready = self._get_ready(lambda notice: "validated")
        ready._transition("validated")

    def action_send(self):
        """Send now: e-mails through the mail queue; letters and calls are marked as done.

        Everything is checked again first; a notice that is out of date is cancelled instead.
        """
        self.check_access("write")
        ready = self._get_ready(lambda notice: notice._state_when_sent())
        ready._action_send(fields.Date.context_today(self))

    def action_done(self):
        """A call was made: validate and mark as done in one click."""
        self.check_access("write")
        drafts = self.filtered(lambda notice: notice.state == "draft")
        drafts._check_transition("validated")
        drafts._transition("validated")
        self.action_send()

    def action_cancel(self):
        """Ask for the reason, then cancel."""
        self.check_access("write")
        self._check_transition("cancelled")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel the notice"),
            "res_model": "account.dunning.notice.cancel",
            "view_mode": "form",
            "target": "new",
            "context": {"default_notice_ids": self.ids},
        }

    def action_print(self):
        """The letters as they are frozen, in one PDF for several notices."""
        self.check_access("read")
        self.sudo()._render_pdf()  # a reader changes nothing: it freezes what is prepared
        return self.env.ref(REPORT).report_action(self)
