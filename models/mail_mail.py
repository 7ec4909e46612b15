from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """The last check: a notice that is no longer true never leaves the queue."""
        outdated = self._cancel_outdated_notices()
        return super(MailMail, self - outdated).send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )

    def _cancel_outdated_notices(self):
        """Cancel, with its notice, each outgoing mail whose notice is no longer true."""
        notices = self._get_queued_notices()
        if not notices:
            return self.browse()
        cancelled = notices - notices._cancel_outdated()
        outdated = self.filtered(lambda mail: mail.mail_message_id in cancelled.message_id)
        outdated.cancel()
        return outdated

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        notices = self._get_queued_notices()
        if notices:
            notices._set_outcome(failure_type and (failure_reason or failure_type))
        return super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )

    def _get_queued_notices(self):
        # The queue runs without a user's rights, and a sender need not be in Collections.
        return (
            self.env["account.dunning.notice"]
            .sudo()
            .search([("message_id", "in", self.mail_message_id.ids), ("state", "=", "queued")])
        )
