from odoo.exceptions import AccessError
from odoo.http import Controller, content_disposition, request, route

from ..report.workbook import MIMETYPE


class ReceivableWorkbook(Controller):
    @route(
        "/account_dispute_dunning/workbook/<int:export_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def download_workbook(self, export_id):
        """A statement of account or an aged balance, with the rights of the user who asked for it.

        One that is not there and one that the user may not read answer the same.
        """
        export = request.env["account.receivable.export"].browse(export_id).exists()
        try:
            if not export:
                raise request.not_found()
            name, content = export._render()
        except AccessError:
            raise request.not_found() from None
        return request.make_response(
            content,
            headers=[
                ("Content-Type", MIMETYPE),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
