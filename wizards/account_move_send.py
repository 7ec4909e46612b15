from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date

COLLECTOR = "account_dispute_dunning.group_collector"


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _hook_if_success(self, moves_data, from_cron=False):
        """Nobody is asked to send them any more (S0.16). Contested invoices that were sent again:
        their disputes keep the new date (S0.1).
        """
        result = super()._hook_if_success(moves_data, from_cron=from_cron)
        self.env["account.move"].union(*moves_data)._close_unsent()
        for move, move_data in moves_data.items():
            self._record_sending(move, move_data)
        return result

    @api.model
    def _record_sending(self, move, move_data):
        methods = set(move_data["sending_methods"]) - {"manual"}
        if not methods:
            return  # downloaded only: it was sent to nobody
        recipients = self.env["res.partner"].browse(move_data.get("mail_partner_ids") or [])
        for dispute in move._get_open_disputes():
            self.env["account.dispute.exchange"]._record(
                dispute_id=dispute.id,
                direction="out",
                channel="email" if "email" in methods else "letter",
                kind="other",
                author_id=move_data["author_partner_id"],
                recipient_id=(recipients[:1] or dispute._get_contact()).id,
                subject=self.env._("Sent again: %(invoice)s", invoice=move.name),
                body=move_data.get("mail_body"),
                contested_amount=dispute.contested_amount,
                attachment_ids=move.invoice_pdf_report_id.ids,
            )


class AccountMoveSendWizard(models.TransientModel):
    _inherit = "account.move.send.wizard"

    is_contested = fields.Boolean(compute="_compute_is_contested")
    dispute_new_deadline = fields.Date(
        string="New Deadline",
        groups=COLLECTOR,
        help="Written in the e-mail; the reminders count from this day once the dispute is over. "
        "The due date of the invoice stays as it is. Empty: nothing changes.",
    )

    @api.depends("move_id")
    def _compute_is_contested(self):
        for wizard in self:
            wizard.is_contested = bool(wizard.move_id._get_open_disputes())

    def _get_sending_settings(self):
        """The new deadline is written to the customer, in its language."""
        settings = super()._get_sending_settings()
        if self._get_dispute_deadline() and settings.get("mail_body"):
            localized = self.with_context(lang=self.lang)
            settings["mail_body"] += Markup("<p>%s</p>") % localized.env._(
                "New deadline for payment: %(date)s.",
                date=format_date(localized.env, self.dispute_new_deadline, date_format="long"),
            )
        return settings

    def action_send_and_print(self, allow_fallback_pdf=False):
        result = super().action_send_and_print(allow_fallback_pdf=allow_fallback_pdf)
        if deadline := self._get_dispute_deadline():
            lines = self.move_id._get_open_disputes().line_ids.filtered(
                lambda line: line.move_id == self.move_id
            )
            lines.write({"new_due_date": deadline})
        return result

    def _get_dispute_deadline(self):
        return self.env.user.has_group(COLLECTOR) and self.dispute_new_deadline
