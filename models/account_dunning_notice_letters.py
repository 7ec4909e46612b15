from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date, is_html_empty

from .account_dunning_notice import SENT_STATES
from .account_dunning_scenario_step import WRITTEN_CHANNELS

# What an e-mail carries besides the letter: beyond it, links to the documents.
ENCLOSURES_LIMIT = 10 * 1024 * 1024


class AccountDunningNotice(models.Model):
    """What a letter says: its words, its figures, the history, the enclosures, the links."""

    _inherit = "account.dunning.notice"

    letter_warning = fields.Text(
        compute="_compute_letter_warning", help="What the letter lacks, and where to fill it in."
    )

    @api.depends("channel", "company_id", "currency_id", "partner_id", "user_id")
    def _compute_letter_warning(self):
        for notice in self:
            warnings = notice._get_letter_warnings() if notice._has_letter() else []
            notice.letter_warning = "\n".join(warnings)

    # === Words ===#

    def _get_subject(self):
        """Of the letter and of the e-mail: this notice's own, else its step's, else built-in."""
        self.ensure_one()
        return self.custom_subject or self._get_words()[0]

    def _get_body(self):
        """The text before the amounts, as safe HTML; see :meth:`_get_subject`."""
        self.ensure_one()
        if not is_html_empty(self.custom_body):
            return Markup(self.custom_body)
        return self._get_words()[1]

    def _get_words(self):
        """``(subject, text)`` in the language of the notice, softened where it must be."""
        localized = self.with_context(lang=self.lang)
        step = localized._get_words_step()
        subject, body = localized._get_builtin_words()
        if step and not is_html_empty(step.body):
            body = Markup(step.body)
        return step.subject or subject, body

    def _get_words_step(self):
        """The step whose words fit; empty when none does.

        A softened notice takes those of a softer step, as its tone did when it was prepared.
        """
        if self.is_softened:
            return self.step_id._get_softer(self.tone or "neutral")
        return self.step_id.filtered(lambda step: step.channel in WRITTEN_CHANNELS)

    def _get_builtin_words(self):
        """Neutral words for a kind of notice: ``(subject, text)``."""
        if self.kind == "preventive":
            return (
                self.env._("Your next payment"),
                Markup("<p>%s</p>")
                % self.env._(
                    "The payment below will soon be due. If anything stands in its way, please "
                    "tell us now: we shall put it right before the due date."
                ),
            )
        if self.kind == "formal":
            return (
                self.env._("Formal notice to pay"),
                Markup("<p>%s</p>") % self.env._("Our reminders have remained without effect."),
            )
        if self.kind == "thanks":
            return (
                self.env._("Thank you for your payment"),
                Markup("<p>%s</p>")
                % self.env._(
                    "We have received your payment of the documents below, and thank you for it."
                ),
            )
        return (
            self.env._("Reminder: payment due"),
            Markup("<p>%s</p>")
            % self.env._(
                "The amounts below are due, and we have not received their payment. Please "
                "arrange it, or tell us what prevents it."
            ),
        )

    # === Figures ===#

    def _format_date(self, date, short=False):
        """As letters write it, in their language: 30 June 2026, or in figures."""
        pattern = False if short else "d MMMM yyyy"
        return format_date(self.env, date, date_format=pattern) if date else ""

    def _format_amount(self, amount):
        return self.currency_id.format(amount)

    def _get_printed_lines(self):
        """What is claimed, and the credits that reduce it."""
        return self.line_ids.filtered("claimed")

    def _get_set_apart(self):
        """What is open and not claimed, each kind in a block of its own (design, rule 7).

        :return: ``[(title, sentence, [(line, amount in the currency of the notice)], total)]``.
        """
        self.ensure_one()
        blocks = [
            (
                self.env._("Contested amount (not claimed)"),
                self.env._("We are examining what you contest; this letter does not claim it."),
                [(line, line.contested) for line in self.line_ids if line.contested],
            )
        ]
        currency = self.currency_id
        others = self.line_ids.filtered(
            lambda line: (
                line.residual > 0
                and currency.compare_amounts(line.residual - line.contested, line.claimed) > 0
            )
        )
        if others:
            blocks += self._get_other_blocks(others)
        return [
            (title, sentence, rows, sum(amount for _line, amount in rows))
            for title, sentence, rows in blocks
            if rows
        ]

    def _get_other_blocks(self, lines):
        """The blocks of what is promised, planned or on its way, of lines not wholly claimed."""
        receivables = self.env["account.receivable"].sudo()
        by_line = {
            receivable.id: receivable
            for receivable in receivables.search([("id", "in", lines.move_line_id.ids)])
        }
        kinds = (
            (
                "promised_currency",
                self.env._("Promised amount (not claimed)"),
                self.env._("We count on what you promised to pay."),
            ),
            (
                "planned_currency",
                self.env._("Amount in a payment plan (not claimed)"),
                self.env._("Please go on with the instalments that we agreed on."),
            ),
            (
                "in_payment_currency",
                self.env._("Payment on its way (not claimed)"),
                self.env._("This payment is not on our account yet."),
            ),
        )
        found = [
            (line, by_line[line.move_line_id.id])
            for line in lines
            if line.move_line_id.id in by_line
        ]
        return [
            (title, sentence, [(line, row[name]) for line, row in found if row[name]])
            for name, title, sentence in kinds
        ]

    # === History ===#

    def _get_history(self):
        """What was sent or said before about these receivables, the oldest first (S4.31)."""
        self.ensure_one()
        lines = (
            self.env["account.dunning.notice.line"]
            .sudo()
            .search(
                [
                    ("move_line_id", "in", self.line_ids.move_line_id.ids),
                    ("state", "in", SENT_STATES),
                    ("notice_id", "!=", self.id),
                    ("notice_id.kind", "!=", "thanks"),
                ]
            )
        )
        return lines.notice_id.sorted(lambda notice: (notice._get_day(), notice.id))

    def _get_day(self):
        """The day on which it was done; of what is not done yet, the day it bears."""
        return self.done_on or self.date

    def _get_channel_label(self):
        labels = dict(self._fields["channel"]._description_selection(self.env))
        return labels[self.channel]

    # === Parties ===#

    def _get_signer(self):
        """Who signs: chosen by the step, else the collector."""
        return self.signatory_id or self.user_id

    def _get_payment_mode(self):
        """How this customer pays, as agreed with it; an empty text when nothing was (S2.41)."""
        partner = self.partner_id.with_company(self.company_id).sudo()
        return partner.property_inbound_payment_method_line_id.name or ""

    def _get_letter_warnings(self):
        """What a letter lacks, in sentences that say where to fill it in; never an error."""
        self.ensure_one()
        warnings = self.company_id._get_missing_legal_mentions()
        if not self._get_bank_account():
            warnings.append(
                self.env._("No bank account to pay to: add one to the company's contact.")
            )
        if not self._get_payment_mode():
            warnings.append(
                self.env._(
                    "%(customer)s has no payment mode: set it on its form, Invoicing tab.",
                    customer=self.partner_id.display_name,
                )
            )
        if not self.user_id:
            warnings.append(
                self.env._(
                    "Nobody is named to call: set a collector on %(customer)s.",
                    customer=self.partner_id.display_name,
                )
            )
        elif not self.user_id.partner_id.phone:
            warnings.append(
                self.env._("%(user)s has no phone number: letters show it.", user=self.user_id.name)
            )
        return warnings

    # === Enclosures ===#

    def _prepare_enclosures(self):
        """Keep the documents that go with it, as they are now; nothing is rendered again.

        Of those beyond what an e-mail can carry, the invoices are left out: it links to them.
        """
        self.attachment_ids.sudo().unlink()  # of a letter that is made again
        for notice in self:
            size, values = 0, []
            for name, content, mimetype in notice._get_enclosures():
                size += len(content)
                if notice.channel == "email" and size > ENCLOSURES_LIMIT:
                    break
                values.append(
                    {
                        "name": name,
                        "raw": content,
                        "mimetype": mimetype,
                        "res_model": notice._name,
                        "res_id": notice.id,
                    }
                )
            attachments = self.env["ir.attachment"].sudo().create(values)
            if attachments:
                notice._write_frozen(attachment_ids=attachments.ids)

    def _get_enclosures(self):
        """``[(name, content, type)]``: the statement first, as nothing links to it."""
        self.ensure_one()
        enclosures = [self._get_statement()] if self.step_id.attach_statement else []
        if self.step_id.attach_invoices:
            enclosures += self._get_invoice_pdfs()
        return enclosures

    def _get_invoice_pdfs(self):
        """``[(name, content, type)]`` of the invoices on this notice that were issued as PDF."""
        pdfs = []
        for move in self.line_ids.move_id.sudo().filtered(lambda move: move.is_sale_document()):
            pdf = move.invoice_pdf_report_id or move.message_main_attachment_id
            if pdf.mimetype == "application/pdf":
                pdfs.append((pdf.name, pdf.raw, pdf.mimetype))
        return pdfs

    def _get_statement(self):
        name, content = self.env["res.partner"]._get_statement_xlsx(
            self.partner_id, self.company_id, self.date
        )
        return name, content, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    # === Links ===#

    def _get_portal_links(self):
        """What the customer may do online: ``{"invoices": {line: address}, "problem": address}``.

        Each invoice opens its own page in Odoo's portal, where it can be paid and downloaded.
        """
        self.ensure_one()
        base = self.company_id.get_base_url()
        return {
            "invoices": {
                line: base + line.move_id.sudo().get_portal_url()
                for line in self.line_ids
                if line.move_id.is_sale_document()
            },
            "problem": base + self._get_problem_path(),
        }

    def _is_past_due(self):
        """Whether it asks for what is due already."""
        return self.kind in ("reminder", "formal", "event")

    def _get_letter_values(self):
        """What the template of a letter needs; `o` speaks the language of the notice."""
        localized = self.with_context(lang=self.lang)
        return {
            "o": localized,
            "company": localized.company_id,
            "history": localized._get_history() if self.kind == "formal" else self.browse(),
            "links": localized._get_portal_links() if self.channel == "email" else {},
        }
