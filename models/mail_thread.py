from odoo import api, models

# What mail programs add to the answers that nobody wrote (RFC 3834, and older habits).
AUTOMATIC_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder")
AUTOMATIC_PRECEDENCES = ("auto_reply", "bulk", "junk")


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Tell the record that is answered whether a machine answers, such as an absence notice."""
        threads = self.with_context(
            account_dunning_automatic_answer=self._is_automatic_answer(message)
        )
        return super(MailThread, threads)._message_route_process(message, message_dict, routes)

    @api.model
    def _is_automatic_answer(self, message):
        """Whether nobody wrote this e-mail.

        :param message: an `email.message.EmailMessage`.
        """
        submitted = (message.get("Auto-Submitted") or "no").split(";")[0].strip().lower()
        precedence = (message.get("Precedence") or "").strip().lower()
        return (
            submitted != "no"
            or precedence in AUTOMATIC_PRECEDENCES
            or any(message.get(header) for header in AUTOMATIC_HEADERS)
        )
