from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount


class AccountDunningNotice(models.Model):
    """A notice by text message: posted on the notice, sent by Odoo's SMS queue, never twice."""

    _inherit = "account.dunning.notice"

    # === Channel ===#

    @api.model
    def _choose_channel(self, step, contact, treatment=None):
        """Without a mobile number it becomes an e-mail, which its own rules then hold for."""
        channel, reason = super()._choose_channel(step, contact, treatment)
        if channel == "sms" and not self._get_mobile_number(contact):
            reason = self._say_no_number(contact)
            channel = "email" if contact.email else "letter"
        return channel, reason

    @api.model
    def _get_mobile_number(self, contact):
        """The number in its international form; empty if it is no number of the country."""
        return contact.phone and contact._phone_format(fname="phone")

    @api.model
    def _say_no_number(self, contact):
        return self.env._("%(contact)s has no valid phone number.", contact=contact.display_name)

    def _state_when_sent(self):
        return "queued" if self.channel == "sms" else super()._state_when_sent()

    def _why_no_sms(self):
        contact = self.contact_id
        if not self._get_mobile_number(contact):
            return self.env._(
                "%(why)s Correct the contact, or cancel this.", why=self._say_no_number(contact)
            )
        if contact.phone_blacklisted:
            return self.env._(
                "%(contact)s asked for no text messages: cancel this, and call.",
                contact=contact.display_name,
            )
        return ""

    # === Send ===#

    def _send_by_sms(self, on_date):
        for notice in self:
            notice._queue_sms(on_date)

    def _queue_sms(self, on_date):
        """Post the text on the notice; Odoo's SMS queue sends it."""
        self.ensure_one()
        localized = self.with_context(lang=self.lang).with_company(self.company_id)
        message = localized._message_sms(
            localized._get_sms_text(),
            partner_ids=self.contact_id.ids,
            sms_pid_to_number={self.contact_id.id: self._get_mobile_number(self.contact_id)},
            put_in_queue=True,
        )
        self._write_frozen(message_id=message.id)
        self._transition("queued", done_on=on_date)

    def _get_sms_text(self):
        """The step's words, or polite ones; then what is claimed, and by whom."""
        self.ensure_one()
        values = {
            "amount": format_amount(self.env, self.amount_claimed, self.currency_id),
            "company": self.company_id.name,
            "reference": self.name,
        }
        words = self.step_id.with_context(lang=self.env.context.get("lang")).sms_text
        words = words or self.env._("A payment seems to be late. Please look at it.")
        return words + " " + self.env._("%(amount)s, %(reference)s. %(company)s", **values)

    def _cancel_mails(self):
        """What waits in the SMS queue as well."""
        res = super()._cancel_mails()
        self._get_waiting_sms().action_set_canceled()
        return res

    def _get_waiting_sms(self):
        texts = self.env["sms.sms"].sudo()  # the queue is the administrator's
        return texts.search(
            [("mail_message_id", "in", self.message_id.ids), ("state", "in", ("outgoing", "error"))]
        )

    # === Cron ===#

    @api.model
    def _get_domain_to_process(self, on_date=None):
        """Text messages that may leave, too: they have no PDF to wait for."""
        on_date = on_date or fields.Date.context_today(self)
        texts = Domain("channel", "=", "sms") & Domain("state", "=", "validated")
        is_due = Domain("postponed_until", "=", False) | Domain("postponed_until", "<=", on_date)
        return super()._get_domain_to_process(on_date) | (texts & is_due)

    def _process_batch(self, on_date, moment):
        texts = self.filtered(lambda notice: notice.channel == "sms")
        texts = texts.filtered(lambda notice: notice.state == "validated")
        texts._keep_those_that_wait(on_date, moment)._action_send(on_date)
        return super(AccountDunningNotice, self - texts)._process_batch(on_date, moment)
