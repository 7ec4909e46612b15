from odoo import api, fields, models
from odoo.exceptions import UserError

from .account_dispute_exchange import RECORDING
from .account_dispute_letter import TONE_RANK


class AccountDispute(models.Model):
    """What is said: e-mails both ways, letters, calls, on one timeline.

    Everything that leaves for the customer goes through :meth:`_send_letter`. What comes in, or
    is written in the chatter to the customer, is found by :meth:`_message_post_after_hook`.
    """

    _inherit = "account.dispute"

    exchange_count = fields.Integer(string="Number of Exchanges", compute="_compute_exchange_count")

    @api.depends("exchange_ids")
    def _compute_exchange_count(self):
        rows = self.env["account.dispute.exchange"]._read_group(
            [("dispute_id", "in", self.ids)], ["dispute_id"], ["__count"]
        )
        counts = {dispute.id: count for dispute, count in rows}
        for dispute in self:
            dispute.exchange_count = counts.get(dispute._origin.id, 0)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_written(self):
        sent = self.exchange_ids.filtered(lambda each: each.message_id or each.pdf_sha256)
        if sent:
            raise UserError(
                self.env._(
                    "%(dispute)s has exchanges with the customer, which are proof: close it "
                    "instead.",
                    dispute=sent.dispute_id[0].name,
                )
            )

    # === Who, in which language and tone ===#

    def _get_contact(self):
        """Whom we answer: who contests, else the customer's invoice contact."""
        self.ensure_one()
        return self.contact_id or self.env["account.dunning.notice"]._get_contact(self.partner_id)

    def _get_letter_lang(self):
        """The code of the language in which the customer is written to."""
        self.ensure_one()
        codes = (
            self._get_contact().lang,
            self.partner_id.lang,
            self.company_id.partner_id.lang,
            self.env.lang,
        )
        installed = dict(self.env["res.lang"].get_installed())
        return next((code for code in codes if code in installed), "en_US")

    def _get_tone(self):
        """The tone that this customer is used to."""
        self.ensure_one()
        return self.commercial_partner_id.dispute_tone or "neutral"

    def _get_tone_limit(self):
        """The firmest tone in which this customer may be written to now (S2.76)."""
        self.ensure_one()
        limit = self.commercial_partner_id.dispute_tone or "firm"
        if self.state in self._get_holding_states():
            limit = min(limit, "neutral", key=TONE_RANK.get)
        return limit

    # === Letters out ===#

    def _send_letter(
        self,
        kind,
        channel=None,
        resolution=None,
        automatic=False,
        subject=None,
        body=None,
        letter=None,
        attachments=None,
    ):
        """Write to the customers: freeze the letter, then queue its e-mail or have it posted.

        :param kind: of `account.dispute.exchange`; the words come from the letter that fits best.
        :param channel: ``email`` or ``letter``; by default by e-mail, if the contact has one.
        :param resolution: what the letter is about; by default that of the dispute.
        :param automatic: nobody wrote it: it is not a first answer, and a missing letter is
            noted in the dispute instead of raised.
        :param subject: instead of the letter's.
        :param body: HTML; instead of the letter's.
        :param letter: instead of the one that fits best.
        :param attachments: more files for the e-mail.
        :return: the exchanges.
        :raise UserError: when no letter fits, it is too firm, or there is no e-mail address.
        """
        exchanges = self.env["account.dispute.exchange"]
        for dispute in self:
            about = resolution or dispute.resolution_id
            try:
                words = dispute._prepare_words(kind, about, letter, subject, body)
            except UserError as error:
                if not automatic:
                    raise
                dispute._message_log(body=str(error))
                continue
            exchange = exchanges._record(
                **dispute._prepare_letter_values(kind, channel, automatic),
                **words,
                resolution_id=about.id,
                attachment_ids=attachments and attachments.ids,
            )
            exchange._freeze_pdf()
            if exchange.channel == "email":
                exchange._queue_email()
            else:
                exchange._schedule_posting()
            exchanges |= exchange
        return exchanges

    def _prepare_words(self, kind, resolution, letter, subject, body):
        """The language, the subject and the text of a letter: those given, else the letter's.

        :raise UserError: when no letter fits, or the one given is too firm.
        """
        self.ensure_one()
        letter = letter or self.env["account.dispute.letter"]._choose(
            self, kind, resolution.outcome
        )
        lang = self._get_letter_lang()
        if letter:
            letter._check_tone(self)
        if not (subject and body):
            if not letter:
                raise UserError(self._explain_no_letter(kind))
            words = letter._render(self, lang, resolution)
            subject, body = subject or words[0], body or words[1]
        return {"letter_id": letter.id, "lang": lang, "subject": subject, "body": body}

    def _prepare_letter_values(self, kind, channel, automatic):
        """Who writes to whom, how, and what is contested at this moment.

        :raise UserError: when an e-mail is asked for and there is no address.
        """
        self.ensure_one()
        contact = self._get_contact()
        if channel == "email" and not contact.email:
            raise UserError(
                self.env._(
                    "%(contact)s has no e-mail address: add one, or print a letter.",
                    contact=contact.display_name,
                )
            )
        people = self.user_id | self.env.user if automatic else self.env.user | self.user_id
        writer = people.filtered(lambda user: user._is_internal() and not user._is_superuser())[:1]
        return {
            "dispute_id": self.id,
            "kind": kind,
            "direction": "out",
            "channel": channel or ("email" if contact.email else "letter"),
            "author_id": (writer.partner_id or self.company_id.partner_id).id,
            "recipient_id": contact.id,
            "contested_amount": self.contested_amount,
            "is_automatic": automatic,
        }

    def _explain_no_letter(self, kind):
        kinds = dict(
            self.env["account.dispute.exchange"]._fields["kind"]._description_selection(self.env)
        )
        return self.env._(
            "No letter “%(kind)s” fits %(dispute)s, in a tone that is allowed now: a manager can "
            "write one in Setup, Dispute Letters.",
            kind=kinds[kind],
            dispute=self.name,
        )

    def action_open(self):
        result = super().action_open()
        self._acknowledge()
        return result

    def _acknowledge(self):
        """Tell customers the number, the owner and the deadline of what they contest (S1.13).

        Once per dispute, never of an internal one, and only where it was asked for.
        """
        told = self.exchange_ids.filtered(lambda each: each.kind == "acknowledgement").dispute_id
        untold = self.filtered(lambda dispute: dispute.tell_customer and not dispute.is_internal)
        (untold - told)._send_letter("acknowledgement", automatic=True)

    # === What letters say ===#

    def _get_resumed_amounts(self):
        """What can be claimed of the contested invoices once this dispute no longer holds them.

        :return: ``[(contested line, amount in its currency)]``, without what is settled.
        """
        self.ensure_one()
        holds = self.state in self._get_holding_states()
        uncontested = self.line_ids.move_line_id._get_uncontested()
        amounts = []
        for line in self.line_ids.filtered("move_line_id"):
            amount = uncontested[line.move_line_id.id] + (line.amount if holds else 0.0)
            amount = line.currency_id.round(min(amount, line.residual))
            if line.currency_id.compare_amounts(amount, 0) > 0:
                amounts.append((line, amount))
        return amounts

    def _get_new_deadline(self, resolution=None):
        """Until when to pay what is owed again: as agreed, else after the days of grace."""
        self.ensure_one()
        resolution = resolution or self.resolution_id
        if resolution.new_due_date:
            return resolution.new_due_date
        start = self.date_closed or fields.Date.context_today(self)
        return fields.Date.add(start, days=resolution.grace_days or self.reason_id.grace_days)

    def _get_corrective_actions(self, resolution):
        """What was changed, or is being changed, so that the cause does not come back (S2.9)."""
        self.ensure_one()
        cause = resolution.cause_id if resolution else self.cause_id
        if not cause:
            return self.env["account.dispute.improvement"]
        return self.env["account.dispute.improvement"].search(
            [("cause_id", "=", cause.id), ("company_id", "=", self.company_id.id)]
        )

    def _get_letter_link(self):
        """The address of the customer's page about this dispute, with its key."""
        self.ensure_one()
        return self.get_base_url() + self.get_portal_url()

    # === What comes in, and what is written in the chatter ===#

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        if self.env.context.get("account_dispute_recording") is not RECORDING:
            self._record_message(message)
        return result

    def _record_message(self, message):
        """Put on the timeline what the customer wrote, or what was written to it (S0.13)."""
        if (
            message.message_type not in ("comment", "email", "email_outgoing")
            or message.is_internal
            or message.subtype_id.internal
            or not message.subtype_id
        ):
            return
        if self._is_from_customer(message):
            direction, recipient = "in", self.user_id.partner_id
            channel = "email" if message.message_type == "email" else "portal"
        elif recipient := self._get_addressed_customer(message):
            direction, channel = "out", "email"
        else:
            return
        self.env["account.dispute.exchange"]._record(
            dispute_id=self.id,
            date=message.date,
            direction=direction,
            channel=channel,
            author_id=message.author_id.id,
            recipient_id=recipient.id,
            subject=message.subject or self._get_message_title(message, direction),
            body=message.body,
            message_id=message.id,
            contested_amount=self.contested_amount,
            attachment_ids=message.attachment_ids.ids,
        )

    def _get_message_title(self, message, direction):
        if direction == "out":
            return self.env._("Message to the customer")
        return self.env._(
            "Message from %(author)s", author=message.author_id.name or message.email_from
        )

    def _is_from_customer(self, message):
        """Whether the customer wrote this; an unknown e-mail address is taken for the customer's.

        A carrier or another third party that answers here is neither.
        """
        author = message.author_id
        if not author:
            return message.message_type == "email"
        return author == self.contact_id or (
            author.partner_share and author.commercial_partner_id == self.commercial_partner_id
        )

    def _get_addressed_customer(self, message):
        """The customer's person who receives a message of ours; empty when it is among us."""
        recipients = message.partner_ids | self.message_partner_ids
        return recipients.filtered(
            lambda partner: (
                partner == self.contact_id
                or partner.commercial_partner_id == self.commercial_partner_id
            )
        )[:1]

    # === Actions ===#

    def action_write(self):
        """Open the dialogue that writes to the customer, with the answer that fits (S2.39)."""
        return self._open_write_wizard(False)

    def action_send_restatement(self):
        """Send the problem in our words, for the customer to confirm (S2.56).

        :raise UserError: when it is not written yet.
        """
        self.ensure_one()
        self.check_access("write")
        if not self.problem:
            raise UserError(
                self.env._(
                    "Restate the problem first, in the field “%(field)s” of %(dispute)s.",
                    field=self._fields["problem"]._description_string(self.env),
                    dispute=self.name,
                )
            )
        return self._open_write_wizard("restatement")

    def _open_write_wizard(self, kind):
        self.ensure_one()
        self.check_access("write")
        if not self._is_collector():
            raise UserError(self.env._("Only a collector writes to customers; you can log a call."))
        context = {"default_dispute_id": self.id}
        if kind:
            context["default_kind"] = kind
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write to the Customer"),
            "res_model": "account.dispute.write",
            "view_mode": "form",
            "target": "new",
            "context": context,
        }

    def action_log_call(self):
        """Open the quick form of a call or a meeting with the customer."""
        self.ensure_one()
        self.env["account.dispute.exchange"].check_access("create")
        contact = self._get_contact()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log a Call"),
            "res_model": "account.dispute.exchange",
            "views": [
                (
                    self.env.ref(
                        "account_dispute_dunning.account_dispute_exchange_view_form_quick"
                    ).id,
                    "form",
                )
            ],
            "target": "new",
            "context": {
                "default_dispute_id": self.id,
                "default_channel": "call",
                "default_author_id": contact.id,
                "default_recipient_id": contact.id,
            },
        }

    def action_view_exchanges(self):
        """Show the timeline: what was said to the customer and by it."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_dispute_dunning.account_dispute_exchange_action"
        )
        return action | {
            "domain": [("dispute_id", "=", self.id)],
            "context": {"default_dispute_id": self.id},
        }

    def action_send_invoice_again(self):
        """Open Odoo's dialogue that sends the contested invoices, once more (S0.1).

        :raise UserError: when the dispute is about no invoice.
        """
        self.ensure_one()
        self.check_access("write")
        if not self.move_ids:
            raise UserError(
                self.env._("%(dispute)s is about no invoice yet: add one.", dispute=self.name)
            )
        return self.move_ids.action_send_and_print()
