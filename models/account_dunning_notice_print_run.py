import io

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every

POSTED_CHANNELS = ("letter", "registered")
# One file of a print run holds so many letters: what is in memory at a time.
LETTERS_PER_FILE = 200


class AccountDunningNotice(models.Model):
    """The print run for the post: letters in one PDF, behind a list of who receives them."""

    _inherit = "account.dunning.notice"

    def action_print_run(self):
        """The letters to post among these, in one PDF; more than 200 make several.

        Those that are no longer true are cancelled first. Nothing is marked as posted.

        :raise UserError: when none is to be posted.
        """
        self.check_access("write")  # what is no longer true is cancelled
        files = self._make_print_run(fields.Date.context_today(self))
        if len(files) == 1:
            return {
                "type": "ir.actions.act_url",
                "url": f"/web/content/{files.id}?download=true",
                "target": "self",
            }
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Print Run"),
            "res_model": "ir.attachment",
            "view_mode": "kanban,list",
            "domain": [("id", "in", files.ids)],
        }

    def action_posted(self):
        """These letters were posted: they count as sent from today.

        :raise UserError: when none of them can be marked as posted.
        """
        self.check_access("write")
        letters = self.filtered(lambda notice: notice.channel in POSTED_CHANNELS)
        if not letters:
            raise UserError(self.env._("Only letters are posted: choose some."))
        return letters.action_send()

    def _make_print_run(self, on_date):
        """The files of a print run, which only who asks for it may read.

        :param on_date: the day on which they are to be posted.
        :raise UserError: when there is no letter to post.
        """
        letters = self.sudo()._get_letters_to_post(on_date)
        if not letters:
            raise UserError(
                self.env._(
                    "No letter to post here: choose letters that are “To send”. E-mails leave by "
                    "themselves, and what is “To do” is validated first."
                )
            )
        files = self.env["ir.attachment"]
        parts = list(split_every(LETTERS_PER_FILE, letters.ids))
        for number, ids in enumerate(parts, 1):
            values = letters.browse(ids)._merge_letters(on_date, number, len(parts))
            files |= files.create(values)
            letters.invalidate_recordset(["attachment_id"])
            self.env["ir.attachment"].invalidate_model(["raw", "datas"])
        return files

    def _get_letters_to_post(self, on_date):
        """Validated letters that are still true, with their PDF, by name of the customer."""
        letters = self.filtered(
            lambda notice: notice.channel in POSTED_CHANNELS and notice.state == "validated"
        )
        letters = letters._cancel_outdated(on_date)._render_pdf()
        return letters.sorted(lambda notice: (notice.partner_id.name or "", notice.id))

    def _merge_letters(self, on_date, number, count):
        """The values of one file: the list, then each letter with what is enclosed on paper."""
        writer, pages = PdfWriter(), {}
        for notice in self:
            start = len(writer.pages)
            for attachment in notice.attachment_id | notice.attachment_ids:
                if attachment.mimetype == "application/pdf":
                    notice._append_pdf(writer, attachment)
            pages[notice] = len(writer.pages) - start
        cover = PdfReader(io.BytesIO(self._render_cover(on_date, number, count, pages)))
        for index, page in enumerate(cover.pages):
            writer.insert_page(page, index)
        file = io.BytesIO()
        writer.write(file)
        name = self.env._("Print run %(date)s", date=on_date)
        return {
            "name": f"{name} {number}-{count}.pdf" if count > 1 else f"{name}.pdf",
            "raw": file.getvalue(),
            "mimetype": "application/pdf",
        }

    def _append_pdf(self, writer, attachment):
        """:raise UserError: when the file can't be read as a PDF."""
        try:
            writer.append(io.BytesIO(attachment.raw), import_outline=False)
        except PyPdfError as error:
            raise UserError(
                self.env._(
                    "%(file)s of %(notice)s is not a PDF that can be printed: %(error)s",
                    file=attachment.name,
                    notice=self.name,
                    error=error,
                )
            ) from error

    def _render_cover(self, on_date, number, count, pages):
        """The list of one file, as PDF.

        :param pages: ``{notice: number of its pages}``.
        """
        values = {"pages": pages, "on_date": on_date, "number": number, "count": count}
        html = self.env["ir.qweb"]._render("account_dispute_dunning.print_run_cover", values)
        report = self.env["ir.actions.report"].sudo()
        return report._run_wkhtmltopdf(
            [html], report_ref="account_dispute_dunning.action_report_dunning_notice"
        )
