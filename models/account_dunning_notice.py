import hashlib
import logging
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

_logger = logging.getLogger(__name__)

REPORT = "account_dispute_dunning.action_report_dunning_notice"
# Only code of this file can hold this object: a context that comes from outside can not.
TRANSITION = object()


class AccountDunningNotice(models.Model):
    """One message to one customer about what it owes: a call, an e-mail or a letter.

    Its amounts are frozen when it is prepared, and its PDF with them. Just before it leaves,
    everything is checked again; when something changed it is cancelled, with the reason, and the
    next run prepares a new one. What was sent is never edited nor deleted.

    States: *to review* → *to send* → *queued* (e-mail) → *sent*, or *failed*; *cancelled*.

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

    # === Recipient ===#
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    contact_id = fields.Many2one(
        "res.partner", string="Recipient", required=True, readonly=True, index="btree_not_null"
    )
    lang = fields.Char(readonly=True)

    # === Amounts, in the documents' currency ===#
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    line_ids = fields.One2many("account.dunning.notice.line", "notice_id", readonly=True)
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
            ("draft", "To review"),
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
        group_expand=True,
    )
    state_reason = fields.Char(
        string="Why", readonly=True, help="Why it was cancelled, or why it failed."
    )
    can_validate = fields.Boolean(compute="_compute_can")
    can_send = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")

    # === Proof ===#
    attachment_id = fields.Many2one("ir.attachment", string="PDF", readonly=True)
    pdf_sha256 = fields.Char(string="SHA-256 of the PDF", readonly=True)
    message_id = fields.Many2one("mail.message", readonly=True, index="btree_not_null")
    sent_on = fields.Datetime(readonly=True)

    # The job's queue.
    _to_process_idx = models.Index("(state, channel) WHERE state IN ('draft', 'validated')")
    # Last contact with a customer, in the facts of a run.
    _contact_idx = models.Index(
        "(company_id, partner_id, date) WHERE state IN ('validated', 'queued', 'sent')"
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
        for vals in vals_list:
            if not vals.get("name"):
                vals["name"] = self.env["ir.sequence"].next_by_code("account.dunning.notice")
        return super().create(vals_list)

    def write(self, vals):
        if "state" in vals and self.env.context.get("account_dunning_transition") is not TRANSITION:
            raise UserError(self.env._("The state changes by its buttons only."))
        frozen = {"line_ids", "amount_claimed", "amount_contested", "contact_id", "attachment_id"}
        if frozen & vals.keys() and self.filtered(
            lambda notice: notice.state in ("sent", "queued")
        ):
            raise UserError(
                self.env._("What was sent is frozen: prepare a new notice to correct it.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if self.filtered(lambda notice: notice.state in ("queued", "sent")):
            raise UserError(self.env._("A notice that was sent is proof: it can't be deleted."))

    # === Transitions ===#

    @api.model
    def _get_transitions(self):
        """``{state: states that may follow}``, for everybody; :meth:`_why_not` says who."""
        return {
            "draft": {"validated", "cancelled"},
            "validated": {"draft", "queued", "sent", "cancelled"},
            "queued": {"sent", "failed", "cancelled"},
            "failed": {"validated", "cancelled"},
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
                "%(notice)s is “%(state)s”: this step is not possible from there.",
                notice=self.name,
                state=dict(self._fields["state"]._description_selection(self.env))[self.state],
            )
        # An assistant posts what a collector has validated; all else takes a collector.
        group = "assistant" if state == "sent" else "collector"
        if not self.env.su and not self.env.user.has_group(
            f"account_dispute_dunning.group_{group}"
        ):
            return self.env._("Your role in Collections does not allow this step.")
        return ""

    def _check_transition(self, state):
        for notice in self:
            if message := notice._why_not(state):
                raise UserError(message)

    def _transition(self, state, reason=False):
        self.with_context(account_dunning_transition=TRANSITION).write(
            {"state": state, "state_reason": reason}
        )
        if state in ("sent", "cancelled"):
            self.activity_unlink(["account_dispute_dunning.mail_activity_type_dunning_call"])

    # === Actions ===#

    def action_validate(self):
        """The notice may leave: e-mails with the next sending, letters and calls by a person."""
        self.check_access("write")
        self._check_transition("validated")
        self._transition("validated")

    def action_send(self):
        """Send now: e-mails through the mail queue; letters and calls are marked as done.

        Everything is checked again first; a notice that is out of date is cancelled instead.
        """
        self.check_access("write")
        for notice in self:
            notice._check_transition(notice._state_when_sent())
        self._action_send()

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
        self._render_pdf()
        return self.env.ref(REPORT).report_action(self)

    # === Prepare ===#

    @api.model
    def _prepare_for(self, run, decisions):
        """Create one notice per customer, currency and kind (before or after the due date).

        A notice after the due date lists all that the customer owes and is overdue, its credits,
        and what it contests; only the receivables that reach a step now count as reminded.

        :param decisions: the decisions of the run that reached a step.
        :return: the notices.
        """
        steps = {decision.move_line_id.id: decision.step_id for decision in decisions}
        receivables = self.env["account.receivable"].search(
            [
                ("company_id", "=", run.company_id.id),
                ("partner_id", "in", decisions.partner_id.ids),
            ]
        )
        groups = defaultdict(list)
        listed = defaultdict(list)
        for receivable in receivables:
            if step := steps.get(receivable.id):
                groups[self._group_key(receivable, step)].append((receivable, step))
            elif self._is_listed(receivable, run.date):
                account = (receivable.partner_id, receivable.currency_id)
                listed[account].append((receivable, self.env["account.dunning.scenario.step"]))
        for (partner, currency, preventive), lines in groups.items():
            if not preventive:
                lines.extend(listed[partner, currency])
        values = [
            self._prepare_values(run, partner, lines)
            for (partner, _currency, _preventive), lines in groups.items()
        ]
        values = [vals for vals in values if vals["amount_claimed"] > 0]
        notices = self.with_context(tracking_disable=True).create(values)
        notices._schedule_calls()
        return notices

    @api.model
    def _group_key(self, receivable, step):
        return receivable.partner_id, receivable.currency_id, step.offset_days <= 0

    @api.model
    def _is_listed(self, receivable, on_date):
        if receivable.residual <= 0:
            return True
        return (
            receivable.date_maturity < on_date
            and not receivable.is_blocked
            and not receivable.is_excluded
        )

    @api.model
    def _prepare_values(self, run, partner, lines):
        """The values of one notice. `lines`: ``[(receivable, step it reaches or none)]``."""
        steps = self.env["account.dunning.scenario.step"].union(*(step for _line, step in lines))
        step = steps.sorted("offset_days")[-1]
        contact = self._get_contact(partner)
        channel = step.channel
        if channel == "email" and not contact.email:
            channel = "letter"
        frozen = [self._prepare_line_values(receivable, step) for receivable, step in lines]
        return {
            "company_id": run.company_id.id,
            "run_id": run.id,
            "scenario_id": step.scenario_id.id,
            "step_id": step.id,
            "channel": channel,
            "tone": step.tone,
            "date": run.date,
            "deadline": fields.Date.add(run.date, days=step.deadline_days),
            "user_id": self._get_collector(run.company_id, partner, lines).id,
            "partner_id": partner.id,
            "contact_id": contact.id,
            "lang": contact.lang or partner.lang or run.company_id.partner_id.lang,
            "currency_id": lines[0][0].currency_id.id,
            "amount_claimed": sum(vals["claimed"] for vals in frozen),
            "amount_contested": sum(vals["contested"] for vals in frozen),
            "state": "validated"
            if step._is_sent_without_review() and channel == "email"
            else "draft",
            "line_ids": [Command.create(vals) for vals in frozen],
        }

    @api.model
    def _prepare_line_values(self, receivable, step):
        credit = receivable.residual_currency if receivable.residual_currency < 0 else 0.0
        return {
            "move_line_id": receivable.id,
            "step_id": step.id,
            "name": receivable.name,
            "invoice_date": receivable.invoice_date,
            "date_maturity": receivable.date_maturity,
            "residual": receivable.residual_currency,
            "contested": receivable.contested_currency,
            "claimed": credit or receivable.dunnable_currency,
        }

    @api.model
    def _get_contact(self, partner):
        """Who receives: the invoice contact, or the customer when it has no e-mail."""
        contact = partner.browse(partner.address_get(["invoice"])["invoice"])
        return contact if contact.email or not partner.email else partner

    @api.model
    def _get_collector(self, company, partner, lines):
        partner = partner.with_company(company)
        return partner.collector_id or lines[0][0].invoice_user_id

    def _schedule_calls(self):
        calls = self.filtered(lambda notice: notice.channel == "call" and notice.user_id)
        alike = calls.grouped(lambda notice: (notice.user_id, notice.date, notice.step_id))
        for (user, day, step), notices in alike.items():
            notices.activity_schedule(
                "account_dispute_dunning.mail_activity_type_dunning_call",
                date_deadline=day,
                user_id=user.id,
                summary=step.name,
            )

    # === Check again, and send ===#

    def _get_changes(self):
        """What changed since these notices were prepared: ``{notice: reason in words}``.

        One search for all of them. A payment, a dispute, a block, a credit: any of these makes a
        notice untrue, and it must not leave.
        """
        receivables = (
            self.env["account.receivable"]
            .sudo()
            .search(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("partner_id", "in", self.partner_id.ids),
                ]
            )
        )
        by_line = {receivable.id: receivable for receivable in receivables}
        changes = {}
        for notice in self:
            for line in notice.line_ids:
                now = by_line.get(line.move_line_id.id)
                if not now:
                    changes[notice] = self.env._(
                        "%(invoice)s was settled since.", invoice=line.name
                    )
                elif now.residual_currency != line.residual:
                    changes[notice] = self.env._(
                        "%(invoice)s: the open amount changed since.", invoice=line.name
                    )
                elif now.contested_currency != line.contested:
                    changes[notice] = self.env._(
                        "%(invoice)s: the contested amount changed since.", invoice=line.name
                    )
                elif line.step_id and (now.is_blocked or now.is_excluded):
                    changes[notice] = self.env._(
                        "%(invoice)s was blocked since.", invoice=line.name
                    )
                elif line.claimed > 0 and now.dunnable_currency != line.claimed:
                    changes[notice] = self.env._(
                        "%(invoice)s: the amount to claim changed since.", invoice=line.name
                    )
                if notice in changes:
                    break
            else:
                listed = notice.line_ids.move_line_id.ids
                if notice.step_id.offset_days > 0 and any(
                    receivable.residual < 0
                    and receivable.id not in listed
                    and receivable.partner_id == notice.partner_id
                    and receivable.company_id == notice.company_id
                    for receivable in receivables
                ):
                    changes[notice] = self.env._("A credit or a payment arrived since.")
        return changes

    def _cancel_outdated(self):
        """Cancel those that are no longer true; returns the others."""
        changes = self._get_changes()
        for notice, reason in changes.items():
            notice._transition("cancelled", reason)
        return self - self.browse(notice.id for notice in changes)

    def _action_send(self):
        """Send those that are still true. E-mails go to the queue, the rest is done."""
        current = self._cancel_outdated()
        current._render_pdf()
        emails = current.filtered(lambda notice: notice.channel == "email")
        for notice in emails:
            notice._queue_email()
        for notice in current - emails:
            notice._transition("sent")
            notice.sent_on = fields.Datetime.now()
        return current

    def _queue_email(self):
        """Post the e-mail on the notice; Odoo's mail queue sends it, and answers thread here."""
        self.ensure_one()
        localized = self.with_context(lang=self.lang)
        message = localized.with_company(self.company_id).message_post(
            subject=localized._get_subject(),
            body=self.env["ir.qweb"]._render(
                "account_dispute_dunning.dunning_notice_mail", {"notice": localized}, lang=self.lang
            ),
            message_type="comment",
            author_id=(self.user_id.partner_id or self.company_id.partner_id).id,
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.contact_id.ids,
            attachment_ids=self.attachment_id.ids,
            email_layout_xmlid="mail.mail_notification_light",
            force_send=False,
        )
        self._transition("queued")
        self.message_id = message

    def _get_subject(self):
        self.ensure_one()
        return self.step_id.subject or self.step_id.name

    def _get_bank_account(self):
        """The company's bank account that letters ask to pay to."""
        self.ensure_one()
        return self.company_id.sudo().partner_id.bank_ids.filtered(
            lambda account: not account.currency_id or account.currency_id == self.currency_id
        )[:1]

    def _set_outcome(self, failure_reason):
        """The mail queue's answer: sent, or failed with its reason."""
        if failure_reason:
            self._transition("failed", failure_reason)
        else:
            self._transition("sent")
            self.sent_on = fields.Datetime.now()

    # === PDF ===#

    def _render_pdf(self):
        """Render and freeze the PDF of those that have none: one wkhtmltopdf call for a batch."""
        missing = self.filtered(
            lambda notice: not notice.attachment_id and notice.channel != "call"
        )
        if not missing:
            return
        streams = (
            self.env["ir.actions.report"]
            .sudo()
            .with_context(report_pdf_no_attachment=True)
            ._render_qweb_pdf_prepare_streams(REPORT, {}, res_ids=missing.ids)
        )
        for notice in missing:
            pdf = streams[notice.id]["stream"].getvalue()
            notice.attachment_id = self.env["ir.attachment"].create(
                {
                    "name": f"{notice.name.replace('/', '-')}.pdf",
                    "raw": pdf,
                    "mimetype": "application/pdf",
                    "res_model": self._name,
                    "res_id": notice.id,
                }
            )
            notice.pdf_sha256 = hashlib.sha256(pdf).hexdigest()

    # === Cron ===#

    @api.model
    def _get_domain_to_process(self):
        """Letters without their PDF, and e-mails that may leave."""
        return Domain("state", "in", ("draft", "validated")) & (
            (Domain("channel", "in", ("email", "letter")) & Domain("attachment_id", "=", False))
            | (Domain("channel", "=", "email") & Domain("state", "=", "validated"))
        )

    @api.model
    def _cron_process(self, batch_size=50):
        """Render and queue in batches, each committed; safe on several workers, and to kill."""
        cron = self.env["ir.cron"]
        domain = self._get_domain_to_process()
        cron._commit_progress(remaining=self.search_count(domain))
        failed = self.browse()
        while notices := self.search(domain & Domain("id", "not in", failed.ids), limit=batch_size):
            locked = notices.try_lock_for_update()
            if not locked:
                break
            failed |= locked._process()
            if not cron._commit_progress(len(locked)):
                break

    def _process(self):
        """One batch; when it fails, one by one. Returns those that failed, with their reason."""
        failed = self.browse()
        batches = [self]
        while batches:
            batch = batches.pop()
            try:
                with self.env.cr.savepoint():
                    batch._render_pdf()
                    batch.filtered(
                        lambda notice: notice.channel == "email" and notice.state == "validated"
                    )._action_send()
            except (AccessError, UserError, ValueError) as error:
                if len(batch) > 1:
                    batches.extend(notice for notice in batch)
                    continue
                _logger.info("Notice %s could not be prepared: %s", batch.id, error)
                batch._message_log(body=self.env._("Not sent: %(error)s", error=error))
                failed |= batch
        return failed
