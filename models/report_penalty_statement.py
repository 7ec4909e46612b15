from odoo import api, fields, models
from odoo.tools import format_date


class ReportPenaltyStatement(models.AbstractModel):
    """Prints the statements of penalties; of today, unless `data` says ``on_date``."""

    _name = "report.account_dispute_dunning.report_penalty_statement"
    _description = "Statement of Penalties"

    @api.model
    def _get_report_values(self, docids, data=None):
        data = data or {}
        penalties = self.env["account.penalty"].browse(docids or data.get("penalty_ids"))
        penalties.check_access("read")
        on_date = fields.Date.to_date(data.get("on_date")) or fields.Date.context_today(self)

        def format_day(date, lang, long=False):
            pattern = "d MMMM yyyy" if long else False
            return format_date(self.env, date, lang_code=lang, date_format=pattern) if date else ""

        return {
            "docs": penalties,
            "statements": penalties._get_statements(on_date, data.get("lang")),
            "format_day": format_day,
        }
