import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.base.models.ir_qweb import QWebError

_logger = logging.getLogger(__name__)


class AccountDunningNotice(models.Model):
    """From a prepared notice to a sent one: checked again, rendered, frozen, queued once."""

    _inherit = "account.dunning.notice"

    # === Check again ===#

    def _get_changes(self, on_date=None):
        """What changed since these notices were prepared: ``{notice: reason in words}``.

        One search for all of them. A payment, a dispute, a block, a credit: any of these makes a
        notice untrue, and it must not leave.

        :param on_date: the day on which they would leave, when their deadline counts as well.
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
        netted = self._get_netted_credits()
        vetoes = self._get_vetoes(on_date)
        changes = {}
        for notice in self:
            reasons = (
                self._get_line_change(line, by_line.get(line.move_line_id.id))
                for line in notice.line_ids
            )
            if on_date and notice.deadline and notice.deadline < on_date:
                changes[notice] = self.env._("The deadline that it sets has passed.")
            elif notice in vetoes:
                changes[notice] = vetoes[notice]._describe()
            elif reason := next(filter(None, reasons), ""):
                changes[notice] = reason
            elif notice.step_id.offset_days > 0 and any(
                receivable.residual < 0
                and (notice.run_id, receivable.id) not in netted
                and receivable.partner_id == notice.partner_id
                and receivable.currency_id == notice.currency_id
                and receivable.company_id == notice.company_id
                for receivable in receivables
            ):
                changes[notice] = self.env._("A credit or a payment arrived since.")
        return changes

    @api.model
    def _get_line_change(self, line, now):
        """What changed of one line of a notice, in words; an empty string when nothing did.

        :param now: its receivable as it is; none once it is settled.
        """
        if not now:
            return self.env._("%(invoice)s was settled since.", invoice=line.name)
        if now.residual_currency != line.residual:
            return self.env._("%(invoice)s: the open amount changed since.", invoice=line.name)
        if now.contested_currency != line.contested:
            return self.env._("%(invoice)s: the contested amount changed since.", invoice=line.name)
        if line.claimed > 0 and now.is_on_hold:
            return self.env._("%(invoice)s has since been held by a dispute.", invoice=line.name)
        if line.claimed > 0 and (now.is_blocked or now.is_excluded):
            return self.env._("%(invoice)s was blocked since.", invoice=line.name)
        if line.claimed > 0 and now.dunnable_currency != line.claimed:
            return self.env._("%(invoice)s: the amount to claim changed since.", invoice=line.name)
        return ""

    def _get_vetoes(self, on_date):
        """``{formal notice: the veto that stops it}``; without a day, none does any more."""
        formal = self.filtered(lambda notice: notice.tone == "formal")
        if not on_date or not formal:
            return {}
        standing = (
            self.env["account.dunning.veto"]
            .sudo()
            ._get_standing(formal.partner_id, formal.company_id, on_date)
        )
        return {
            notice: standing[notice.partner_id.sudo(), notice.company_id.sudo()]
            for notice in formal
            if (notice.partner_id.sudo(), notice.company_id.sudo()) in standing
        }

    def _get_netted_credits(self):
        """``{(run, credit's id)}``: the credits that reduce a notice of the same run, to the same
        customer; this one, or the formal notice beside it.
        """
        lines = (
            self.env["account.dunning.notice.line"]
            .sudo()
            .search(
                [
                    ("notice_id.run_id", "in", self.run_id.ids),
                    ("notice_id.partner_id", "in", self.partner_id.ids),
                    ("state", "!=", "cancelled"),
                    ("claimed", "<", 0),
                ]
            )
        )
        return {(line.notice_id.run_id.sudo(False), line.move_line_id.id) for line in lines}

    def _cancel_outdated(self, on_date=None):
        """Cancel those that are no longer true; returns the others. See :meth:`_get_changes`."""
        changes = self._get_changes(on_date)
        for notice, reason in changes.items():
            notice._transition("cancelled", reason)
        return self - self.browse(notice.id for notice in changes)

    def _cancel_unsent(self, reason):
        """Cancel notices that must not leave, and take their e-mails out of the mail queue."""
        self._transition("cancelled", reason)
        mails = self.env["mail.mail"].sudo()  # the queue is the administrator's
        mails.search(
            [
                ("mail_message_id", "in", self.message_id.ids),
                ("state", "in", ("outgoing", "exception")),
            ]
        ).cancel()

    # === Send ===#

    def _action_send(self, on_date):
        """Send those that are still true. E-mails go to the queue, the rest is done.

        :param on_date: the day on which they leave.
        """
        current = self._cancel_outdated(on_date)
        current = current._render_pdf()
        emails = current.filtered(lambda notice: notice.channel == "email")
        for notice in emails:
            notice._queue_email(on_date)
        for notice in current - emails:
            notice._transition("sent", sent_on=fields.Datetime.now(), done_on=on_date)
        return current

    def _queue_email(self, on_date):
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
            attachment_ids=(self.attachment_id | self.attachment_ids).ids,
            email_layout_xmlid="mail.mail_notification_light",
            force_send=False,
        )
        mail = (
            self.env["mail.mail"]
            .sudo()
            .search_count(
                [
                    ("mail_message_id", "=", message.id),
                    ("recipient_ids", "in", self.contact_id.ids),
                ],
                limit=1,
            )
        )
        if mail:
            self._transition("queued", message_id=message.id, done_on=on_date)
        else:
            reason = self.env._(
                "%(contact)s receives no e-mail: its contact is archived, or reads in Odoo. "
                "Cancel this notice and choose another invoice contact.",
                contact=self.contact_id.display_name,
            )
            self._transition("failed", reason, message_id=message.id)

    def _get_bank_account(self):
        """The company's bank account that letters ask to pay to."""
        self.ensure_one()
        return self.company_id._get_bank_account(self.currency_id)

    def _set_outcome(self, failure_reason):
        """The mail queue's answer: sent, or failed with its reason."""
        if failure_reason:
            self._transition("failed", failure_reason)
        else:
            self._transition("sent", sent_on=fields.Datetime.now())

    # === Cron ===#

    @api.model
    def _get_domain_to_process(self):
        """Letters without their PDF, and e-mails that may leave."""
        return Domain("state", "in", ("draft", "validated")) & (
            (Domain("channel", "in", ("email", "letter")) & Domain("attachment_id", "=", False))
            | (Domain("channel", "=", "email") & Domain("state", "=", "validated"))
        )

    @api.model
    def _cron_process(self, batch_size=50, on_date=None):
        """Render and queue in batches, each committed; safe on several workers, and to kill.

        :param on_date: the day that is played; today by default.
        """
        cron = self.env["ir.cron"]
        on_date = on_date or fields.Date.context_today(self)
        domain = self._get_domain_to_process()
        cron._commit_progress(remaining=self.search_count(domain))
        while notices := self.search(domain, limit=batch_size).try_lock_for_update():
            notices._process(on_date)
            if not cron._commit_progress(len(notices)):
                break

    def _process(self, on_date):
        """One batch; when it breaks, one by one. A notice that can't be made fails, and says why.

        :param on_date: the day on which the e-mails leave.
        """
        batches = [self]
        while batches:
            batch = batches.pop()
            try:
                with self.env.cr.savepoint():
                    batch._render_pdf()
                    batch.filtered(
                        lambda notice: notice.channel == "email" and notice.state == "validated"
                    )._action_send(on_date)
            except (AccessError, UserError, ValueError, QWebError) as error:
                if len(batch) > 1:
                    batches.extend(notice for notice in batch)
                    continue
                _logger.info("Notice %s could not be prepared: %s", batch.id, error)
                batch._transition("failed", str(error))
