from collections import Counter

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, html2plaintext

from ..engine import tone
from .account_dunning_notice import REPORT, TRANSITION

WORDS = {"custom_subject", "custom_body"}
# How many reasons a notification lists.
SHOWN_REASONS = 5


class AccountDunningNotice(models.Model):
    """Before it leaves: validate, edit, postpone, skip, cancel, send; one by one or many at once.

    Of a selection, those that can are done, and the user reads how many others stayed and why.
    """

    _inherit = "account.dunning.notice"

    # === Actions ===#

    def action_validate(self):
        """The notice may leave: e-mails with the next sending, letters and calls by a person.

        :return: a notification when some of several stayed, or none.
        :raise UserError: when none can; the message says why.
        """
        self.check_access("write")
        ready, why_not = self._split_by("validated")
        ready._action_validate(fields.Date.context_today(self))
        return self._tell(self.env._("Validated: %(count)s.", count=len(ready)), why_not)

    def _action_validate(self, on_date):
        """A person decides that these may leave; who failed to be reached is looked up again."""
        self.filtered(lambda notice: notice.state == "failed")._readdress(on_date)
        self._transition("validated", is_automatic=False)

    def action_send(self):
        """Send now: e-mails through the mail queue; letters and calls are marked as done.

        Everything is checked again first; a notice that is out of date is cancelled instead.

        :return: a notification when some of several did not leave, or none.
        :raise UserError: when none can; the message says why.
        """
        self.check_access("write")
        ready, why_not = self._split_by()
        ready._write_frozen(is_automatic=False)
        sent = ready._action_send(fields.Date.context_today(self))
        if any(notice.state == "queued" for notice in sent):
            # The queue is the administrator's; it leaves now, and not within the hour.
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        stopped = {
            notice: notice.state_reason
            for notice in ready
            if notice.state in ("cancelled", "failed")
        }
        done = self.env._("Sent: %(count)s.", count=len(ready) - len(stopped))
        return self._tell(done, why_not | stopped)

    def action_done(self):
        """A call was made: validate and mark as done in one click."""
        self.check_access("write")
        drafts = self.filtered(lambda notice: notice.state == "draft")
        drafts._check_transition("validated")
        drafts._transition("validated", is_automatic=False)
        self.action_send()

    def action_cancel(self):
        """Ask for the reason, then cancel those that can be.

        :raise UserError: when none can; the message says why.
        """
        self.check_access("write")
        ready, why_not = self._split_by("cancelled")
        return ready._get_dialogue("account.dunning.notice.cancel", self.env._("Cancel"), why_not)

    def action_postpone(self):
        """Ask until when and why, then let those that can leave later.

        :raise UserError: when none can; the message says why.
        """
        self.check_access("write")
        ready, why_not = self._split(lambda notice: notice._why_not_postponed())
        return ready._get_dialogue(
            "account.dunning.notice.postpone", self.env._("Postpone"), why_not
        )

    def action_send_by_letter(self):
        """Send by post what can't be delivered by e-mail; the letter is made anew.

        :raise UserError: when it was sent already, or for who may not decide.
        """
        self.check_access("write")
        self._check_transition("validated")
        for notice in self.filtered(lambda each: each.channel == "email"):
            notice._drop_pdf()
            notice._transition(
                "validated",
                channel="letter",
                channel_reason=notice.state_reason or self.env._("A person chose a letter."),
                is_automatic=False,
            )

    def action_print(self):
        """The letters as they are frozen, in one PDF for several notices.

        :raise UserError: when none has a letter: calls, tasks.
        """
        self.check_access("read")
        written = self.filtered(lambda notice: notice._has_letter())
        if not written:
            raise UserError(self.env._("Nothing to print: calls and tasks have no letter."))
        written.sudo()._render_pdf()  # a reader changes nothing: it freezes what is prepared
        return self.env.ref(REPORT).report_action(written)

    # === Many at once ===#

    def _split_by(self, state=None):
        """Those that can go to a state, by default to that which sending gives, and why not.

        :return: ``(notices that can, {notice that can't: reason in words})``
        :raise UserError: when none can; the message says why.
        """
        return self._split(lambda notice: notice._why_not(state or notice._state_when_sent()))

    def _split(self, why_not):
        reasons = {notice: why for notice in self if (why := why_not(notice))}
        if reasons and len(reasons) == len(self):
            raise UserError("\n".join(dict.fromkeys(reasons.values())))
        return self - self.browse(notice.id for notice in reasons), reasons

    def _tell(self, done, why_not):
        """A notification of what was done, and why the others were not; of one notice, none: its
        form says it.

        :param why_not: ``{notice: reason in words}``
        """
        if len(self) <= 1:
            return None
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if why_not else "success",
                "title": done,
                "message": self._explain_rest(why_not),
                "sticky": bool(why_not),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _explain_rest(self, why_not):
        """How many notices of a selection stayed, and why: a reason per line, the first ones."""
        if not why_not:
            return ""
        counts = Counter(why_not.values()).most_common()
        lines = [f"{count} × {why}" for why, count in counts[:SHOWN_REASONS]]
        if len(counts) > SHOWN_REASONS:
            lines.append("…")
        return "\n".join([self.env._("Left as they are: %(count)s.", count=len(why_not)), *lines])

    def _get_dialogue(self, model, name, why_not):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_notice_ids": self.ids,
                "default_rest": self._explain_rest(why_not),
            },
        }

    def _cancel_by_person(self, reason, is_skipped=False):
        """Cancel; the step comes again for a person to review, or counts as done."""
        self._cancel_unsent(reason, is_refused=not is_skipped, is_skipped=is_skipped)

    # === Postpone ===#

    def _why_not_postponed(self):
        """Why this notice can't leave later, in words; an empty string if it can."""
        self.ensure_one()
        if self.state not in ("draft", "validated"):
            return self._why_not("draft") or self.env._(
                "%(notice)s has failed: see to it first.", notice=self.name
            )
        if not self._has_role("collector"):
            return self.env._("Your role in Collections does not allow this.")
        return ""

    def _postpone(self, until, reason):
        """Let these leave on a day at the earliest; everything is checked again on that day."""
        for notice in self:
            notice._write_frozen(postponed_until=until)
            notice._message_log(
                body=self.env._(
                    "Postponed until %(date)s: %(reason)s",
                    date=format_date(self.env, until),
                    reason=reason,
                )
            )

    # === Edit ===#

    def write(self, vals):
        edited = WORDS & vals.keys()
        if edited and self.env.context.get("account_dunning_transition") is not TRANSITION:
            for notice in self:
                notice._check_editable()
        result = super().write(vals)
        if edited:
            for notice in self:
                notice._check_words()
                notice._drop_pdf()
        return result

    def _check_editable(self):
        """:raise UserError: in words, when nobody, or not this user, may change the words."""
        self.check_access("write")
        if not self._has_role("collector"):
            raise UserError(self.env._("Your role in Collections does not allow this."))
        if self.state not in ("draft", "validated", "failed") or self.is_ambiguous:
            raise UserError(
                self.env._(
                    "%(notice)s: the customer has these words, or may have them. They can't be "
                    "changed any more.",
                    notice=self.name,
                )
            )

    def _check_words(self):
        """While a dispute is open, or where the step was softened, no word threatens (S2.76).

        A formal notice is formal: whether it may leave is a question of its checklist.

        :raise UserError: naming the words.
        """
        if self.tone == "formal" or not (self.is_softened or self._has_open_dispute()):
            return
        text = f"{self.custom_subject or ''} {html2plaintext(self.custom_body or '')}"
        if threats := tone.find_threats(text):
            raise UserError(
                self.env._(
                    "%(words)s: this threatens, and %(customer)s contests or bears no firm words. "
                    "Say it in other words.",
                    words=", ".join(f"“{word}”" for word in threats),
                    customer=self.partner_id.display_name,
                )
            )

    def _has_open_dispute(self):
        disputes = self.env["account.dispute"].sudo()  # whatever the user may read
        return bool(
            disputes.search_count(
                [
                    ("commercial_partner_id", "=", self.partner_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("state", "in", disputes._get_holding_states()),
                ],
                limit=1,
            )
        )

    def _drop_pdf(self):
        """The letter is made anew; the file that an e-mail tried to deliver is kept as proof."""
        for notice in self.filtered("attachment_id"):
            attachment = notice.attachment_id
            notice._write_frozen(attachment_id=False, pdf_sha256=False)
            if not notice.message_id:
                attachment.sudo().unlink()

    # === Recipient ===#

    def _readdress(self, on_date):
        """Who could not be reached may have a new contact, address or channel by now."""
        treatments = self.env["account.dunning.treatment"].sudo()
        for notice in self:
            partner = notice.partner_id.with_company(notice.company_id)
            treatment = treatments._get_standing(partner, notice.company_id, on_date)[partner]
            contact = notice._get_contact(partner, treatment)
            channel, reason = notice._choose_channel(notice.step_id, contact, treatment)
            if not notice._has_letter() or channel not in ("email", "letter"):
                continue
            notice._cancel_mails()
            notice._drop_pdf()
            notice._write_frozen(
                contact_id=contact.id,
                lang=contact.lang or notice.lang,
                channel=channel,
                channel_reason=reason,
                is_bounced=False,
            )
