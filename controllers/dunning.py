import math
import secrets
from pathlib import PurePath

from odoo import SUPERUSER_ID, http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.portal.controllers.portal import CustomerPortal

FILES_LIMIT = 5
FILE_SIZE_LIMIT = 5 * 1024 * 1024
# What proves a problem: photos, scans, documents, messages. By content and by name: nothing that
# a browser or a desktop would run.
EXTENSIONS = {
    ".csv": ("text/csv", "text/plain"),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    ".eml": ("message/rfc822", "text/plain"),
    ".jpeg": ("image/jpeg",),
    ".jpg": ("image/jpeg",),
    ".odt": ("application/vnd.oasis.opendocument.text",),
    ".pdf": ("application/pdf",),
    ".png": ("image/png",),
    ".txt": ("text/plain",),
    ".webp": ("image/webp",),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
}


class DunningPortal(CustomerPortal):
    """“Report a problem”: what a customer contests of the documents of a notice (S0.27).

    The signed link of the notice is the only right: a notice that is not there and a wrong link
    give the same answer.
    """

    @http.route(
        "/my/notices/<int:notice_id>/problem",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
    )
    def portal_problem(self, notice_id, access_token=None, **kwargs):
        """The form, with the documents of the notice and what can be contested of each."""
        return self._render_problem(self._get_notice(notice_id, access_token), {})

    @http.route(
        "/my/notices/<int:notice_id>/problem",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def portal_report_problem(self, notice_id, access_token=None, **form):
        """Open the dispute and show it; or the form again, with what is to be changed."""
        notice = self._get_notice(notice_id, access_token)
        try:
            with request.env.cr.savepoint():
                dispute = notice._report_problem(
                    self._read_amounts(notice, form),
                    self._read_reason(form),
                    self._read_description(form),
                    self._read_files(),
                    self._read_key(form),
                )
        except UserError as error:
            return self._render_problem(notice, form, error=str(error), status=400)
        return request.redirect(dispute.get_portal_url(query_string="&answered=reported"))

    def _get_notice(self, notice_id, access_token):
        """The notice with all rights, in its own language.

        :raise NotFound: when it is not there, or the link is not its own.
        """
        notice = request.env["account.dunning.notice"].with_user(SUPERUSER_ID).browse(notice_id)
        if not notice.exists() or not notice._is_open_to(access_token):
            raise request.not_found()
        request.update_context(lang=notice.lang)
        return notice.with_context(
            lang=notice.lang, allowed_company_ids=notice.company_id.ids
        ).with_company(notice.company_id)

    def _render_problem(self, notice, form, error=None, status=200):
        reasons = request.env["account.dispute.reason"].sudo()
        values = self._prepare_portal_layout_values() | {
            "page_name": "problem",
            "notice": notice,
            "amounts": notice._get_problem_amounts(),
            "reasons": reasons.search([("parent_id", "!=", False)]),
            "form": form,
            "key": form.get("key") or secrets.token_urlsafe(16),
            "access_token": notice._get_problem_token(),
            "error": error,
            "accept": ",".join(EXTENSIONS),
        }
        response = request.render("account_dispute_dunning.portal_problem", values)
        response.status_code = status
        return response

    # === What was filled in: each is checked, and refused in words ===#

    def _read_amounts(self, notice, form):
        """``{line: amount}``; of this notice only, whatever the form says."""
        lines = {f"amount_{line.id}": line for line in notice.line_ids}
        amounts = {}
        for name, text in form.items():
            if not name.startswith("amount_") or not text.strip():
                continue
            if name not in lines:
                raise UserError(
                    request.env._("This document does not belong to our letter: please reload.")
                )
            amount = self._read_amount(text)
            if amount:
                amounts[lines[name]] = amount
        return amounts

    def _read_amount(self, text):
        """A number with a point or a comma, as people write it."""
        try:
            amount = float("".join(text.split()).replace(",", "."))
        except ValueError:
            amount = math.nan
        if not math.isfinite(amount):
            raise UserError(request.env._("%(text)s is not an amount.", text=text[:50]))
        return amount

    def _read_reason(self, form):
        reasons = request.env["account.dispute.reason"].with_user(SUPERUSER_ID)
        number = form.get("reason_id", "")
        reason = reasons.search(
            [
                ("id", "=", int(number) if number.isdecimal() and len(number) < 10 else 0),
                ("parent_id", "!=", False),
            ]
        )
        if not reason:
            raise UserError(request.env._("Please choose a reason."))
        return reason

    def _read_description(self, form):
        description = form.get("description", "").strip()[:10000]
        if not description:
            raise UserError(request.env._("Please say in a few words what the problem is."))
        return description

    def _read_key(self, form):
        key = form.get("key", "")
        if not 16 <= len(key) <= 64:
            raise UserError(request.env._("Please reload this page, and fill it in again."))
        return key

    def _read_files(self):
        """``[(name, content, type)]`` of the files sent along."""
        uploads = [
            upload for upload in request.httprequest.files.getlist("files") if upload.filename
        ]
        if len(uploads) > FILES_LIMIT:
            raise UserError(request.env._("At most %(count)s files, please.", count=FILES_LIMIT))
        files = []
        for upload in uploads:
            name = PurePath(upload.filename.replace("\\", "/")).name[:100]
            content = upload.stream.read(FILE_SIZE_LIMIT + 1)
            if len(content) > FILE_SIZE_LIMIT:
                raise UserError(
                    request.env._("%(file)s is too big: 5 MB at most, please.", file=name)
                )
            mimetype = guess_mimetype(content)
            if mimetype not in EXTENSIONS.get(PurePath(name).suffix.lower(), ()):
                raise UserError(
                    request.env._(
                        "%(file)s can't be accepted: send a photo, a PDF, a text or an office "
                        "document.",
                        file=name,
                    )
                )
            files.append((name, content, mimetype))
        return files
