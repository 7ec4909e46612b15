import hashlib

from odoo import models

from .account_dunning_notice import REPORT


class AccountDunningNotice(models.Model):
    """Letters: words, history, enclosures, rendering in batches, print run."""

    _inherit = "account.dunning.notice"

    # === Words ===#

    def _get_subject(self):
        self.ensure_one()
        return self.custom_subject or self.step_id.subject or self.step_id.name

    # === PDF ===#

    def _render_pdf(self):
        """Render and freeze the PDF of those that have none: one wkhtmltopdf call for a batch."""
        missing = self.filtered(lambda notice: not notice.attachment_id and notice._is_written())
        if not missing:
            return
        report = self.env["ir.actions.report"].sudo().with_context(report_pdf_no_attachment=True)
        streams = report._render_qweb_pdf_prepare_streams(REPORT, {}, res_ids=missing.ids)
        for notice in missing:
            # Without its patch wkhtmltopdf can't tell several letters apart: then one by one.
            if not streams.get(notice.id, {}).get("stream"):
                streams |= report._render_qweb_pdf_prepare_streams(REPORT, {}, res_ids=notice.ids)
            notice._freeze_pdf(streams[notice.id]["stream"].getvalue())

    def _freeze_pdf(self, pdf):
        self.ensure_one()
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{self.name.replace('/', '-')}.pdf",
                "raw": pdf,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        self._write_frozen(attachment_id=attachment.id, pdf_sha256=hashlib.sha256(pdf).hexdigest())
