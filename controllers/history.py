from odoo.exceptions import AccessError
from odoo.http import Controller, content_disposition, request, route


class DisputeHistory(Controller):
    @route(
        "/account_dispute_dunning/dispute/<int:dispute_id>/log.csv",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def download_log(self, dispute_id):
        """The history of a dispute as a CSV file, with the rights of the user (S3.32).

        One that is not there and one that the user may not read answer the same.
        """
        dispute = request.env["account.dispute"].browse(dispute_id).exists()
        try:
            if not dispute:
                raise request.not_found()
            dispute._check_history_access()
        except AccessError:
            raise request.not_found() from None
        name = f"{dispute.name.replace('/', '-')}.csv"
        return request.make_response(
            dispute._render_log_csv(),
            headers=[
                ("Content-Type", "text/csv; charset=utf-8"),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
