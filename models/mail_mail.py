from odoo import models
from odoo.tools import SQL


class MailMail(models.Model):
    _inherit = "mail.mail"

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """The last check: a notice that is cancelled or no longer true never leaves the queue."""
        outdated = self._cancel_outdated_notices()
        return super(MailMail, self - outdated).send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )

    def _cancel_outdated_notices(self):
        """Cancel each outgoing mail whose notice is cancelled, or is so now: no longer true."""
        notices = self._get_notices()
        notices.filtered(lambda notice: notice.state in ("queued", "failed"))._cancel_outdated()
        cancelled = notices.filtered(lambda notice: notice.state == "cancelled")
        outdated = self.filtered(lambda mail: mail.mail_message_id in cancelled.message_id)
        outdated.cancel()
        return outdated

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
        for notice in self._get_notices():
            if notice.state in ("queued", "failed") and notice.contact_id in self.recipient_ids:
                failed = failure_type and notice.contact_id not in success_pids
                notice._set_outcome(failed and (failure_reason or failure_type))
        return super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )

    def _get_notices(self):
        # The queue runs without a user's rights, and a sender need not be in Collections.
        return (
            self.env["account.dunning.notice"]
            .sudo()
            .search([("message_id", "in", self.mail_message_id.ids)])
        )
