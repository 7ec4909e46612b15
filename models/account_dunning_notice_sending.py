import logging
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.base.models.ir_qweb import QWebError

_logger = logging.getLogger(__name__)


class AccountDunningNotice(models.Model):
    """From a prepared notice to a sent one: checked again, rendered, frozen, queued once.

    What makes a notice untrue is in `account_dunning_notice_checking.py`; how it leaves by its
    channel in `account_dunning_notice_channels.py`; what comes back in
    `account_dunning_notice_answers.py`.
    """

    _inherit = "account.dunning.notice"

    def _action_send(self, on_date):
        """Send those that are still true and can be delivered, each by its channel.

        :param on_date: the day on which they leave.
        :return: those that left; of the others, the state says why not.
        """
        current = self._cancel_outdated(on_date)._fail_undeliverable()._render_pdf()
        for channel, notices in current.grouped("channel").items():
            getattr(notices, f"_send_by_{channel}")(on_date)
        return current

    def _fail_undeliverable(self):
        """Those whose contact can't be reached by their channel fail, in words; the others."""
        failed = self.browse()
        for notice in self:
            if why := notice._why_no_channel():
                notice._transition("failed", why)
                failed |= notice
                if notice.channel == "email":
                    notice._ask_for_contact(why)
        return self - failed

    # === E-mail ===#

    def _queue_email(self, on_date):
        """Post the e-mail on the notice; Odoo's mail queue sends it, and answers thread here."""
        self.ensure_one()
        self._cancel_mails()  # of an attempt that failed: nobody may retry it beside this one
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
            # Its head says "Your message": a thank-you is no reminder.
            model_description=localized.env._("message"),
            force_send=False,
        )
        self._write_frozen(message_id=message.id)
        if self._get_mails():
            self._transition("queued", done_on=on_date)
        else:
            reason = self.env._(
                "%(contact)s receives no e-mail: its contact reads in Odoo. Cancel this notice and "
                "choose another contact.",
                contact=self.contact_id.display_name,
            )
            self._transition("failed", reason)

    def _get_mails(self):
        """What Odoo's mail queue holds for the recipients of these notices."""
        mails = self.env["mail.mail"].sudo()  # the queue is the administrator's
        return mails.search(
            [
                ("mail_message_id", "in", self.message_id.ids),
                ("recipient_ids", "in", self.contact_id.ids),
            ]
        )

    def _cancel_mails(self):
        """Take these notices' e-mails, and those for followers, out of the mail queue."""
        mails = self.env["mail.mail"].sudo()  # the queue is the administrator's
        mails.search(
            [
                ("mail_message_id", "in", self.message_id.ids),
                ("state", "in", ("outgoing", "exception")),
            ]
        ).cancel()

    def _cancel_unsent(self, reason, **values):
        """Cancel notices that must not leave, and take their e-mails out of the mail queue."""
        self._transition("cancelled", reason, **values)
        self._cancel_mails()

    def _get_bank_account(self):
        """The company's bank account that letters ask to pay to."""
        self.ensure_one()
        return self.company_id._get_bank_account(self.currency_id)

    # === Cron ===#

    @api.model
    def _get_domain_to_process(self, on_date=None):
        """Letters without their PDF, and e-mails that may leave.

        :param on_date: the day that is played; what is postponed beyond it is left.
        """
        on_date = on_date or fields.Date.context_today(self)
        return (
            Domain("state", "in", ("draft", "validated"))
            & (Domain("postponed_until", "=", False) | Domain("postponed_until", "<=", on_date))
            & (
                (
                    Domain("channel", "in", ("email", "letter", "registered"))
                    & Domain("attachment_id", "=", False)
                )
                | (Domain("channel", "=", "email") & Domain("state", "=", "validated"))
            )
        )

    @api.model
    def _cron_process(self, batch_size=50, on_date=None):
        """Render and queue in batches, each committed; safe on several workers, and to kill.

        :param on_date: the day that is played, at any hour; by default it is now, and automatic
            e-mails leave in the hours of their scenario only.
        """
        cron = self.env["ir.cron"]
        moment = None if on_date else fields.Datetime.now()
        on_date = on_date or fields.Date.context_today(self)
        domain = self._get_domain_to_process(on_date)
        cron._commit_progress(remaining=self.search_count(domain))
        # By number, for what waits is not looked at twice; what another worker has is skipped.
        last = 0
        while batch := self.search(domain & Domain("id", ">", last), order="id", limit=batch_size):
            last = batch.ids[-1]
            batch.try_lock_for_update()._process(on_date, moment)
            if not cron._commit_progress(len(batch)):
                break

    def _process(self, on_date, moment=None):
        """One batch; when it breaks, one by one. A notice that can't be made fails, and says why.

        :param on_date: the day on which the e-mails leave.
        :param moment: in UTC; without it the hours of the scenario do not count.
        """
        # Jobs speak no language; the company's people read why a notice failed or was cancelled.
        batches = [
            notices.with_context(lang=company.partner_id.lang)
            for company, notices in self.grouped("company_id").items()
        ]
        while batches:
            batch = batches.pop()
            try:
                with self.env.cr.savepoint():
                    batch._process_batch(on_date, moment)
            except (AccessError, UserError, ValueError, QWebError) as error:
                if len(batch) > 1:
                    batches.extend(notice for notice in batch)
                    continue
                _logger.info("Notice %s could not be prepared: %s", batch.id, error)
                batch._transition("failed", str(error))

    def _process_batch(self, on_date, moment):
        letters = self.filtered(lambda notice: notice.channel in ("letter", "registered"))
        for letter in letters:
            if why := letter._why_no_letter():
                letter._transition("failed", why)
        prepared = self.filtered(lambda notice: notice.state != "failed")
        prepared._render_pdf()
        emails = prepared.filtered(
            lambda notice: notice.channel == "email" and notice.state == "validated"
        )
        emails._keep_those_that_wait(on_date, moment)._action_send(on_date)

    # === Hours ===#

    def _is_at_working_time(self, moment):
        """Whether automatic e-mails of this notice's scenario leave at this moment (in UTC)."""
        self.ensure_one()
        scenario, calendar = self.scenario_id, self.company_id.sudo().resource_calendar_id
        local = self._to_company_time(moment)
        hour = local.hour + local.minute / 60
        if not scenario.send_from <= hour < scenario.send_until:
            return False
        if not scenario.working_days_only or not calendar:
            return True
        day = self.company_id._localise(local.date())
        end = self.company_id._localise(fields.Date.add(local.date(), days=1))
        return bool(calendar._work_intervals_batch(day, end)[False])

    def _to_company_time(self, moment) -> datetime:
        """A moment in UTC, where the company works."""
        zone = self.company_id.sudo().resource_calendar_id.tz or "UTC"
        return fields.Datetime.context_timestamp(self.with_context(tz=zone), moment)
