import hashlib

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

REPORT = "account_dispute_dunning.action_report_dispute_letter"
# Only code of this file can hold this object: a context that comes from outside can not.
RECORDING = object()
# Written by what sends or receives, never by hand: they make an exchange proof.
PROOF = {
    "attachment_id",
    "contested_amount",
    "is_automatic",
    "lang",
    "letter_id",
    "message_id",
    "pdf_sha256",
    "resolution_id",
}


class AccountDisputeExchange(models.Model):
    """One e-mail, letter, call or portal message about a dispute, in or out (S0.13, S0.14).

    What was sent is frozen: text, recipient, amounts, PDF and its SHA-256. Nobody edits or deletes
    it; a correction is another exchange.

    An auditor reads. An assistant logs calls, meetings and what came by other ways. Sending is
    done by the dispute: :meth:`~AccountDispute._send_letter`.
    """

    _name = "account.dispute.exchange"
    _description = "Exchange about a Dispute"
    _order = "date desc, id desc"

    dispute_id = fields.Many2one("account.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    channel = fields.Selection(
        [
            ("email", "E-mail"),
            ("letter", "Letter"),
            ("call", "Call"),
            ("portal", "Portal"),
            ("meeting", "Meeting"),
        ],
        required=True,
        default="call",
    )
    direction = fields.Selection([("in", "Received"), ("out", "Sent")], required=True, default="in")
    kind = fields.Selection(
        [
            ("acknowledgement", "Acknowledgement"),
            ("restatement", "Restated problem"),
            ("answer", "Answer"),
            ("proposal", "Proposal"),
            ("apology", "Apology"),
            ("rejection", "Reasoned rejection"),
            ("resumption", "Resumption of obligations"),
            ("other", "Other"),
        ],
        required=True,
        default="other",
    )
    author_id = fields.Many2one("res.partner", string="Sender")
    recipient_id = fields.Many2one("res.partner", string="To")
    subject = fields.Char()
    body = fields.Html()
    lang = fields.Char(string="Language", readonly=True)
    attachment_ids = fields.Many2many("ir.attachment", string="Files")

    # === What was sent ===#
    letter_id = fields.Many2one(
        "account.dispute.letter", readonly=True, ondelete="set null", index="btree_not_null"
    )
    resolution_id = fields.Many2one(
        "account.dispute.resolution", readonly=True, ondelete="set null", index="btree_not_null"
    )
    contested_amount = fields.Monetary(currency_field="company_currency_id", readonly=True)
    company_currency_id = fields.Many2one(related="dispute_id.company_currency_id")
    message_id = fields.Many2one("mail.message", readonly=True, index="btree_not_null")
    attachment_id = fields.Many2one(
        "ir.attachment", string="PDF", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    pdf_sha256 = fields.Char(string="SHA-256 of the PDF", readonly=True)
    is_automatic = fields.Boolean(
        readonly=True, help="Written by a machine: it is not a first answer."
    )
    delivery = fields.Selection(
        [("queued", "Queued"), ("sent", "Delivered"), ("failed", "Not delivered")],
        string="E-mail Status",
        compute="_compute_delivery",
        help="What the mail server says of an e-mail.",
    )

    @api.depends("subject", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for exchange in self:
            exchange.display_name = exchange.subject or kinds.get(exchange.kind)

    @api.depends("message_id.notification_ids.notification_status")
    def _compute_delivery(self):
        outcomes = {"sent": "sent", "ready": "queued", "process": "queued", "pending": "queued"}
        for exchange in self:
            # The recipients' notifications are theirs; everybody here may know what became of it.
            notifications = exchange.sudo().message_id.notification_ids.filtered(
                lambda each: each.res_partner_id == exchange.recipient_id  # noqa: B023
            )
            exchange.delivery = (
                exchange.direction == "out"
                and exchange.channel == "email"
                and notifications
                and outcomes.get(notifications[0].notification_status, "failed")
            )

    # === Low level ===#

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_recording():
            for vals in vals_list:
                self._complete_by_hand(vals)
        exchanges = super().create(vals_list)
        exchanges._tell_clocks()
        return exchanges

    def write(self, vals):
        if vals and not self._is_recording():
            raise AccessError(
                self.env._("What was said stays as it was: add another exchange to correct it.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        raise AccessError(self.env._("An exchange with a customer is proof: it can't be deleted."))

    def _is_recording(self):
        return self.env.context.get("account_dispute_recording") is RECORDING

    def _complete_by_hand(self, vals):
        """Who talked to whom, when a person logs an exchange: one of them is the person.

        :raise AccessError: for values that only sending and receiving write.
        """
        forbidden = PROOF & vals.keys()
        if vals.get("channel") == "portal":
            forbidden |= {"channel"}
        if forbidden:
            raise AccessError(
                self.env._(
                    "%(fields)s: only sending or receiving writes this.",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in sorted(forbidden)
                    ),
                )
            )
        # Said here, so that no default value says otherwise.
        vals |= dict.fromkeys(PROOF, False)
        ours = "author_id" if vals.get("direction") == "out" else "recipient_id"
        vals[ours] = self.env.user.partner_id.id

    @api.model
    def _record(self, **values):
        """Create an exchange that happened by itself: a mail sent or received, a portal message.

        No role may do so by hand, so the rights of the user are not asked.
        """
        exchanges = self.sudo().with_context(account_dispute_recording=RECORDING)
        return exchanges.create(values).with_env(self.env)

    def _write_recorded(self, **values):
        self.sudo().with_context(account_dispute_recording=RECORDING).write(values)

    def _tell_clocks(self):
        """What a person says answers; what the customer says ends the waiting."""
        for exchange in self.filtered(lambda each: not each.is_automatic):
            if exchange.direction == "in":
                exchange.dispute_id._on_customer_message(exchange.date)
            else:
                exchange.dispute_id._set_first_answer(exchange.date)

    # === Letter ===#

    def _freeze_pdf(self):
        """Render the letter and keep it with its SHA-256 (S0.14)."""
        self.ensure_one()
        report = self.env["ir.actions.report"].sudo().with_context(report_pdf_no_attachment=True)
        streams = report._render_qweb_pdf_prepare_streams(REPORT, {}, res_ids=self.ids)
        pdf = streams[self.id]["stream"].getvalue()
        # An attachment follows the rights of its record, and no role may write exchanges.
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": self._get_file_name(),
                    "raw": pdf,
                    "mimetype": "application/pdf",
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        )
        self._write_recorded(
            attachment_id=attachment.id, pdf_sha256=hashlib.sha256(pdf).hexdigest()
        )

    def _get_file_name(self):
        number = self.dispute_id.name.replace("/", "-")
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return f"{number} {kinds[self.kind]}.pdf"

    def _verify(self):
        """Whether the PDF is still what was sent; true for what has none (S0.14)."""
        self.ensure_one()
        if not self.pdf_sha256:
            return True
        pdf = self.attachment_id.sudo().raw
        return bool(pdf) and hashlib.sha256(pdf).hexdigest() == self.pdf_sha256

    def action_verify(self):
        """Compute the SHA-256 of the PDFs again, and say whether they are what was sent.

        :raise UserError: naming those that are not.
        """
        self.check_access("read")
        if changed := self.filtered(lambda exchange: not exchange._verify()):
            raise UserError(
                self.env._(
                    "%(letters)s: the PDF is not the one that was sent.",
                    letters=", ".join(changed.mapped("display_name")),
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Every PDF is the one that was sent, byte for byte."),
            },
        }

    def action_print(self):
        """Download the letter as it is frozen.

        :raise UserError: when there is none: a call, a message of the customer.
        """
        self.ensure_one()
        self.check_access("read")
        if not self.attachment_id:
            raise UserError(self.env._("Nothing to print: this exchange has no letter."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}?download=true",
            "target": "self",
        }

    def _queue_email(self):
        """Post the e-mail on the dispute; Odoo's mail queue sends it, and answers thread there."""
        self.ensure_one()
        dispute = self.dispute_id.with_context(
            lang=self.lang, account_dispute_recording=RECORDING
        ).with_company(self.company_id)
        attached = self.attachment_ids
        if self.letter_id.is_attached:
            attached |= self.attachment_id
        message = dispute.message_post(
            subject=self.subject,
            body=Markup(self.body),
            message_type="comment",
            author_id=self.author_id.id,
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.recipient_id.ids,
            attachment_ids=attached.ids,
            email_layout_xmlid="mail.mail_notification_light",
            force_send=False,
        )
        self._write_recorded(message_id=message.id)

    def _schedule_posting(self):
        """No e-mail: somebody prints the letter and posts it."""
        self.ensure_one()
        dispute = self.dispute_id
        dispute.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Print and post: %(letter)s", letter=self.display_name),
            note=Markup('<a href="/web/content/%s?download=true">%s</a>')
            % (self.attachment_id.id, self.attachment_id.name),
            user_id=(dispute.user_id or self.env.user).id,
        )
