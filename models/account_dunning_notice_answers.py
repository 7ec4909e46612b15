import re

from odoo import fields, models
from odoo.exceptions import UserError

CONTACT_ACTIVITY = "account_dispute_dunning.mail_activity_type_dunning_contact"
# A mail that the server could not take for the moment is tried again so long.
RETRY_DAYS = 2
# What Odoo tells of an SMTP server's refusal: “(450, b'4.2.0 Greylisted')”.
SMTP_CODE = re.compile(r"\((\d{3}), ")


class AccountDunningNotice(models.Model):
    """What comes back: outcomes, bounces, replies, and what could not be known."""

    _inherit = "account.dunning.notice"

    # === Outcome of the mail queue ===#

    def _set_outcome(self, failure_reason, failure_type=None):
        """The mail queue's answer: sent; failed, with its reason; or to be tried again.

        When the server was not reached, or refused for the moment, nothing was delivered: the
        notice stays queued.
        """
        self.ensure_one()
        if not failure_reason:
            self._transition("sent", sent_on=fields.Datetime.now(), is_bounced=False)
            self._send_copies()
        elif self._is_tried_again(failure_reason, failure_type):
            self._write_frozen(
                state_reason=self.env._(
                    "Not sent yet, it is tried again: %(reason)s", reason=failure_reason
                )
            )
        elif self._is_address_refused(failure_reason, failure_type):
            self._set_bounced(failure_reason)
        else:
            self._transition("failed", failure_reason)

    def _is_tried_again(self, failure_reason, failure_type):
        code = SMTP_CODE.search(failure_reason)
        is_temporary = code and code[1].startswith("4")
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=RETRY_DAYS)
        return (failure_type == "mail_smtp" or is_temporary) and self.message_id.date > limit

    def _is_address_refused(self, failure_reason, failure_type):
        return failure_type in ("mail_email_invalid", "mail_email_missing", "mail_bl") or (
            "SMTPRecipientsRefused" in failure_reason
        )

    def _send_copies(self):
        """Once the customer has it: a copy that fails, or that is refused, changes nothing."""
        if self.copy_partner_ids:
            self.message_notify(
                partner_ids=self.copy_partner_ids.ids,
                subject=self.env._("Copy: %(subject)s", subject=self.message_id.subject),
                body=self.message_id.body,
                author_id=self.message_id.author_id.id,
                attachment_ids=self.message_id.attachment_ids.ids,
                email_layout_xmlid="mail.mail_notification_light",
                force_send=False,
            )

    # === Nobody knows ===#

    def _set_ambiguous(self, error):
        """The connection broke: the customer may have it. Nothing sends it again by itself."""
        for notice in self:
            reason = self.env._(
                "The connection broke while it was sent: the customer may have it. Ask, then say "
                "whether it was received. (%(error)s)",
                error=error,
            )
            notice._transition("failed", reason, is_ambiguous=True)
            notice._cancel_mails()

    def action_received(self):
        """A person knows that the customer has it, although the connection broke.

        :raise UserError: when there was no doubt, or for who may not decide.
        """
        self._check_doubt()
        for notice in self:
            notice._set_received(self.env._("%(user)s: it was received.", user=self.env.user.name))

    def action_not_received(self):
        """A person knows that the customer does not have it: it may be sent again.

        :raise UserError: when there was no doubt, or for who may not decide.
        """
        self._check_doubt()
        for notice in self:
            notice._cancel_mails()  # of a server that was killed, the queue still holds it
            notice._transition("validated", is_ambiguous=False, is_automatic=False)
            notice._message_log(
                body=self.env._("%(user)s: it was not received.", user=self.env.user.name)
            )

    def _check_doubt(self):
        """:raise UserError: in words, for a user or a state that does not allow to decide."""
        self.check_access("write")
        for notice in self:
            if not notice._has_role("collector"):
                raise UserError(self.env._("Your role in Collections does not allow this."))
            if not notice.is_ambiguous:
                raise UserError(
                    self.env._("%(notice)s: there is no doubt about it.", notice=notice.name)
                )

    def _set_received(self, words):
        # When it left, and not when somebody found out: gaps count from that day.
        sent_on = self.message_id.date or fields.Datetime.now()
        self._cancel_mails()
        self._transition("sent", sent_on=sent_on, is_ambiguous=False, is_bounced=False)
        self._message_log(body=words)

    # === Bounces ===#

    def _message_receive_bounce(self, email, partner):
        """The mail gateway's answer: an e-mail came back (S4.11)."""
        res = super()._message_receive_bounce(email, partner)
        # A server may say it twice, and a person may have cancelled it in between.
        for notice in self.filtered(lambda each: each.state != "cancelled"):
            contact = notice.contact_id
            if contact in partner or (email and contact.email_normalized == email):
                notice._set_bounced(
                    self.env._("%(email)s: the e-mail came back.", email=email or contact.email)
                )
        return res

    def _set_bounced(self, reason):
        self._transition("failed", reason, is_bounced=True)
        self._ask_for_contact(reason)

    def _ask_for_contact(self, reason):
        """Nobody was reached: have the collector find another contact (S4.11).

        :param reason: in words, for the collector.
        """
        for notice in self:
            # Who sends need not be allowed to write contacts, nor is the mail queue.
            notice.contact_id.sudo().is_unreachable = True
            user = notice._get_person_in_charge()
            if user and not notice.activity_search([CONTACT_ACTIVITY], user_id=user.id):
                notice.activity_schedule(
                    CONTACT_ACTIVITY,
                    user_id=user.id,
                    summary=self.env._(
                        "Find another contact at %(customer)s",
                        customer=notice.partner_id.display_name,
                    ),
                    note=reason,
                )

    def _get_person_in_charge(self):
        """The collector; without one, somebody of the company who may find a contact."""
        self.ensure_one()
        if self.user_id.active:
            return self.user_id
        collectors = self.env.ref("account_dispute_dunning.group_collector").sudo().all_user_ids
        return collectors.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        ).sorted("id")[:1]

    # === Replies ===#

    def _message_post_after_hook(self, message, msg_values):
        """An e-mail of the customer came in (S0.29): the collector is told, and what leaves by
        itself waits. The answer of a machine, or of one of ours, is none.
        """
        result = super()._message_post_after_hook(message, msg_values)
        is_ours = message.author_id and not message.author_id.partner_share
        is_automatic = self.env.context.get("account_dunning_automatic_answer")
        if message.message_type == "email" and not is_ours and not is_automatic:
            self.sudo()._set_replied()
        return result

    def _set_replied(self):
        for notice in self:
            if notice.is_ambiguous:
                notice._set_received(self.env._("The customer answered: it was received."))
            notice._write_frozen(replied_on=fields.Datetime.now())
            notice.message_subscribe(notice._get_person_in_charge().partner_id.ids)
