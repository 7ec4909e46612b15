from odoo import api, fields, models


class ReportPenaltyStatement(models.AbstractModel):
    """Prints the statements of penalties, up to today."""

    _name = "report.account_dispute_dunning.report_penalty_statement"
    _description = "Statement of Penalties"

    @api.model
    def _get_report_values(self, docids, data=None):
        penalties = self.env["account.penalty"].browse(docids)
        penalties.check_access("read")
        today = fields.Date.context_today(self)

        return {
            "docs": penalties,
            "statements": penalties._get_statements(today),
            "format_day": penalties._format_day,
        }
