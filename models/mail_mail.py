import smtplib

from odoo import fields, models
from odoo.tools import SQL

from .account_dunning_notice import SENT_STATES


class MailMail(models.Model):
    """The queue through which notices leave by e-mail: checked at the last moment, sent once."""

    _inherit = "mail.mail"

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """The last check: a notice that is cancelled or no longer true never leaves the queue.

        One that could not be delivered is tried again in the hours of its scenario.
        """
        current = self - self._cancel_outdated_notices()
        return super(MailMail, current - current._get_out_of_hours()).send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )

    def _cancel_outdated_notices(self):
        """Cancel each outgoing mail whose notice is cancelled, or is so now: no longer true.

        So is a mail that may have arrived: only a person sends it again. And one whose notice goes
        another way by now: by letter, or by another e-mail.
        """
        outgoing = self.filtered(lambda mail: mail.state == "outgoing")
        notices = outgoing._get_notices()
        # Followers may receive copies: theirs say nothing about the customer's.
        readers = {mail.mail_message_id: mail.recipient_ids for mail in outgoing}
        again = notices.filtered(
            lambda each: (
                each.state == "failed"
                and not each.is_ambiguous
                and each.contact_id in readers[each.message_id]
            )
        )
        queued = notices.filtered(lambda notice: notice.state == "queued")
        (queued | again)._cancel_outdated(fields.Date.context_today(self))
        again.filtered(lambda notice: notice.state == "failed")._transition("queued")
        stopped = notices.filtered(
            lambda notice: notice.state not in SENT_STATES or notice.channel != "email"
        )
        outdated = self.filtered(lambda mail: mail.mail_message_id in stopped.message_id)
        outdated.cancel()
        return outdated

    def _get_out_of_hours(self):
        """The mails that are tried again, and that nobody sends by hand, outside the hours."""
        moment = fields.Datetime.now()
        waiting = self._get_notices().filtered(
            lambda notice: (
                notice.state == "queued"
                and notice.is_automatic
                and notice.state_reason  # why the last try failed
                and not notice._is_at_working_time(moment)
            )
        )
        return self.filtered(lambda mail: mail.mail_message_id in waiting.message_id)

    def _send(self, auto_commit=False, *args, **options):
        """A connection that breaks while a notice is sent leaves us in doubt: the customer may
        have it, so nothing is tried again by itself. The rest of the batch stays in the queue.
        """
        notices = {notice.message_id: notice for notice in self._get_notices()}
        ours = self.filtered(
            lambda mail: (
                mail.state == "outgoing"
                and mail.mail_message_id in notices
                and notices[mail.mail_message_id].contact_id in mail.recipient_ids
            )
        )
        if others := self - ours:
            super(MailMail, others)._send(auto_commit, *args, **options)
        for mail in ours:
            notice = notices[mail.mail_message_id]
            if auto_commit and not mail._expect_doubt(notice):
                continue
            try:
                super(MailMail, mail)._send(auto_commit, *args, **options)
            except smtplib.SMTPServerDisconnected as error:
                notice._set_ambiguous(str(error))
                break
        return True

    def _expect_doubt(self, notice):
        """Write down that the customer may have it, before it has; its outcome takes it back.

        Were the server killed in between, or the outcome not written, Odoo would send it again.

        :return: whether it may still be sent: somebody may have cancelled it in the meantime.
        """
        notice = notice.with_context(tracking_disable=True)
        reason = self.env._(
            "The server stopped while it was sent: the customer may have it. Ask, then say whether "
            "it was received."
        )
        notice._transition("failed", reason, is_ambiguous=True)
        # In a job only, as Odoo does after each mail.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        notice.invalidate_recordset()
        if not notice.try_lock_for_update() or notice.state != "failed" or not notice.is_ambiguous:
            return False
        notice._transition("queued", is_ambiguous=False)
        return True

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Lock the notice before its mail leaves, for its new state to be written after.

        Were it changed by somebody else in the meantime, writing it would fail once the customer
        has the mail; Odoo would then send it again.
        """
        if notices := self._get_notices():
            self.env.cr.execute(
                SQL(
                    "SELECT FROM account_dunning_notice WHERE id = ANY(%s) FOR NO KEY UPDATE",
                    notices.ids,
                )
            )
        return super()._prepare_outgoing_list(mail_server, doc_to_followers)

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        # Followers may receive copies: only what became of the customer's mail counts.
        notices = {notice.message_id: notice for notice in self._get_notices()}
        retried = self.browse()
        for mail in self:
            notice = notices.get(mail.mail_message_id)
            if notice and notice.state == "queued" and notice.contact_id in mail.recipient_ids:
                failed = failure_type and notice.contact_id not in success_pids
                notice._set_outcome(failed and (failure_reason or failure_type), failure_type)
                if failed and notice.state == "queued":
                    retried |= mail
        result = super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
        retried.mark_outgoing()
        return result

    def _get_notices(self):
        # The queue runs without a user's rights, and a sender need not be in Collections.
        return (
            self.env["account.dunning.notice"]
            .sudo()
            .search([("message_id", "in", self.mail_message_id.ids)])
        )
