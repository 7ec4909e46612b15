from odoo import fields, models


class SmsSms(models.Model):
    """The queue through which notices leave as text messages: checked at the last moment."""

    _inherit = "sms.sms"

    def _send(self, unlink_failed=False, unlink_sent=True, raise_exception=False):
        """A notice that is cancelled or no longer true never leaves the queue."""
        notices = self._get_notices()
        queued = notices.filtered(lambda notice: notice.state == "queued")
        queued._cancel_outdated(fields.Date.context_today(self))
        stopped = notices.filtered(lambda notice: notice.state != "queued")
        outdated = self.filtered(lambda sms: sms.mail_message_id in stopped.message_id)
        outdated.filtered(lambda sms: sms.state != "canceled").action_set_canceled()
        if leaving := self - outdated:
            return super(SmsSms, leaving)._send(
                unlink_failed=unlink_failed,
                unlink_sent=unlink_sent,
                raise_exception=raise_exception,
            )
        return None

    def _handle_call_result_hook(self, results):
        """What became of each: sent, refused, or in doubt when the service did not answer."""
        res = super()._handle_call_result_hook(results)
        by_message = {notice.message_id: notice for notice in self._get_notices()}
        states = {result["uuid"]: result["state"] for result in results}
        reasons = dict(self._fields["failure_type"]._description_selection(self.env))
        for sms in self:
            notice = by_message.get(sms.mail_message_id)
            if not notice or notice.state != "queued":
                continue
            if states[sms.uuid] == "server_error":
                notice._set_ambiguous(reasons["sms_server"])
            elif sms.state == "error":
                notice._transition("failed", reasons[sms.failure_type])
            else:
                notice._transition("sent", sent_on=fields.Datetime.now())
        return res

    def _get_notices(self):
        # The queue runs without a user's rights, and a sender need not be in Collections.
        notices = self.env["account.dunning.notice"].sudo()
        return notices.search([("message_id", "in", self.mail_message_id.ids)])
