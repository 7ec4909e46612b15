import hashlib
import io
import logging
from itertools import pairwise
from textwrap import shorten

from pypdf import PdfReader, PdfWriter

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import split_every

from odoo.addons.base.models.ir_qweb import QWebError

from .account_dunning_notice import REPORT

# One call of wkhtmltopdf makes so many letters: its memory, and what one bad letter delays.
LETTERS_PER_CALL = 50
# What a broken template, address or language raises; an error of the database is none of these.
RENDERING_ERRORS = (
    AccessError,
    ArithmeticError,
    AttributeError,
    LookupError,
    QWebError,
    TypeError,
    UserError,
    ValueError,
)

_logger = logging.getLogger(__name__)


class AccountDunningNotice(models.Model):
    """From letters to frozen PDFs: a batch by one wkhtmltopdf call, each letter to its own file.

    A letter is a page that holds all it needs, so nothing is fetched while it is printed. Its
    number is the first heading: by it the letters of a batch are told apart again. When they
    can't be, or one of them breaks, they are made one by one; a notice whose letter can't be made
    fails, and says why.
    """

    _inherit = "account.dunning.notice"

    def _render_pdf(self):
        """Render and freeze the PDF of those that have none.

        :return: those that may leave: all but the ones that failed now.
        """
        missing = self.filtered(lambda notice: not notice.attachment_id and notice._has_letter())
        if missing and self.env["ir.actions.report"].get_wkhtmltopdf_state() == "install":
            missing._fail_letters(
                self.env._("wkhtmltopdf is not installed: ask the administrator to install it.")
            )
            return self - missing
        for notices in missing.grouped(lambda each: (each.company_id, each.lang)).values():
            for ids in split_every(LETTERS_PER_CALL, notices.ids):
                self.browse(ids)._render_batch()
        return self - missing.filtered(lambda notice: not notice.attachment_id)

    def _render_batch(self):
        """The letters of one company in one language."""
        pages = {}
        for notice in self:
            try:
                with self.env.cr.savepoint():
                    notice._prepare_enclosures()
                    pages[notice] = notice._render_page()
            except RENDERING_ERRORS as error:
                _logger.info("Letter of notice %s: no page", notice.id, exc_info=True)
                notice._fail_letters(str(error))
        if not pages:
            return
        footer = self._render_footer()
        try:
            pdfs = self._print_pages(pages, footer)
        except UserError:
            pdfs = {}
        for notice in pages.keys() - pdfs.keys():
            try:
                pdfs |= self._print_pages({notice: pages[notice]}, footer)
            except UserError as error:
                notice._fail_letters(str(error))
        self._freeze_pdfs(pdfs)

    def _fail_letters(self, reason):
        """:param reason: in words; of a template's error, its beginning."""
        reason = shorten(reason, 300, placeholder="…")
        self._transition(
            "failed", self.env._("The letter could not be made: %(reason)s", reason=reason)
        )

    def _render_page(self):
        """The letter as one HTML page that holds all it needs."""
        self.ensure_one()
        return self.env["ir.qweb"]._render(
            "account_dispute_dunning.dunning_letter_page",
            self._get_letter_values(),
            lang=self.lang,
        )

    def _render_footer(self):
        """The foot of each page: legal mentions, number of the letter, page."""
        first = self[0]
        localized = first.with_context(lang=first.lang)
        return self.env["ir.qweb"]._render(
            "account_dispute_dunning.letter_footer_page",
            {"company": localized.company_id},
            lang=first.lang,
        )

    def _print_pages(self, pages, footer):
        """Print letters by one wkhtmltopdf call.

        :param pages: ``{notice: HTML}``.
        :return: ``{notice: PDF}``; empty when the letters can't be told apart.
        :raise UserError: when wkhtmltopdf fails.
        """
        report = self.env["ir.actions.report"].sudo()
        pdf = report._run_wkhtmltopdf(list(pages.values()), report_ref=REPORT, footer=footer)
        if not pdf.startswith(b"%PDF"):
            raise UserError(self.env._("wkhtmltopdf has made no PDF: see the server's log."))
        if len(pages) == 1:
            return {next(iter(pages)): pdf}
        return self._split_letters(pdf, list(pages))

    def _split_letters(self, pdf, notices):
        """Give each of these notices its own pages of a PDF: ``{notice: PDF}``.

        Nothing at all unless the numbers of the letters are its headings, each once and in order:
        no customer may ever find another one's letter in its own.
        """
        reader = PdfReader(io.BytesIO(pdf))
        by_name = {notice.name: notice for notice in notices}
        starts = [
            (by_name[heading.title], self._get_page_number(reader, heading))
            for heading in reader.outline
            if not isinstance(heading, list) and heading.title in by_name
        ]
        first_pages = [page for _notice, page in starts]
        if (
            [notice for notice, _page in starts] != notices
            or first_pages[0] != 0
            or any(page >= following for page, following in pairwise(first_pages))
        ):
            return {}
        ends = [*first_pages[1:], len(reader.pages)]
        letters = {}
        for (notice, start), end in zip(starts, ends, strict=True):
            writer, file = PdfWriter(), io.BytesIO()
            for page in reader.pages[start:end]:
                writer.add_page(page)
            writer.write(file)
            letters[notice] = file.getvalue()
        return letters

    @api.model
    def _get_page_number(self, reader, heading):
        """wkhtmltopdf writes pages as numbers; other builds refer to them, as the norm says."""
        page = heading["/Page"]
        return int(page) if isinstance(page, int) else reader.get_destination_page_number(heading)

    def _freeze_pdfs(self, pdfs):
        """Keep the PDFs of notices, each with its SHA-256: ``{notice: PDF}``."""
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                [
                    {
                        "name": f"{notice.name.replace('/', '-')}.pdf",
                        "raw": pdf,
                        "mimetype": "application/pdf",
                        "res_model": self._name,
                        "res_id": notice.id,
                    }
                    for notice, pdf in pdfs.items()
                ]
            )
        )
        for (notice, pdf), attachment in zip(pdfs.items(), attachments, strict=True):
            notice._write_frozen(
                attachment_id=attachment.id, pdf_sha256=hashlib.sha256(pdf).hexdigest()
            )
