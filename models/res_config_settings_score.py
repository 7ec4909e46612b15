from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Scores and signals: see `res.company`."""

    _inherit = "res.config.settings"

    score_copies_trust = fields.Boolean(related="company_id.score_copies_trust", readonly=False)
    score_keep_months = fields.Integer(related="company_id.score_keep_months", readonly=False)
    signal_late_days = fields.Integer(related="company_id.signal_late_days", readonly=False)
    signal_silence_count = fields.Integer(related="company_id.signal_silence_count", readonly=False)
    signal_worsening_days = fields.Integer(
        related="company_id.signal_worsening_days", readonly=False
    )
