from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dunning_scenario_id = fields.Many2one(related="company_id.dunning_scenario_id", readonly=False)

    # === Dunning: see `res.company` ===#
    dunning_cap_count = fields.Integer(related="company_id.dunning_cap_count", readonly=False)
    dunning_cap_days = fields.Integer(related="company_id.dunning_cap_days", readonly=False)
    dunning_reply_days = fields.Integer(related="company_id.dunning_reply_days", readonly=False)
    dunning_bank_days = fields.Integer(related="company_id.dunning_bank_days", readonly=False)
    dunning_sent_from = fields.Date(related="company_id.dunning_sent_from", readonly=False)
    dunning_unsent_days = fields.Integer(related="company_id.dunning_unsent_days", readonly=False)
    dunning_run_limit = fields.Integer(related="company_id.dunning_run_limit", readonly=False)
    dunning_hours = fields.Char(related="company_id.dunning_hours", readonly=False)

    # === Legal mentions of letters: see `res.company` ===#
    legal_form = fields.Char(related="company_id.legal_form", readonly=False)
    share_capital = fields.Monetary(related="company_id.share_capital", readonly=False)
    register_city = fields.Char(related="company_id.register_city", readonly=False)
    legal_notes = fields.Char(related="company_id.legal_notes", readonly=False)
    missing_legal_mentions = fields.Text(compute="_compute_missing_legal_mentions")

    # === Disputes: see `res.company` ===#
    dispute_small_amount = fields.Monetary(
        related="company_id.dispute_small_amount", readonly=False
    )
    dispute_collector_limit = fields.Monetary(
        related="company_id.dispute_collector_limit", readonly=False
    )
    dispute_manager_limit = fields.Monetary(
        related="company_id.dispute_manager_limit", readonly=False
    )
    gesture_collector_limit = fields.Monetary(
        related="company_id.gesture_collector_limit", readonly=False
    )
    gesture_manager_limit = fields.Monetary(
        related="company_id.gesture_manager_limit", readonly=False
    )
    gesture_account_id = fields.Many2one(related="company_id.gesture_account_id", readonly=False)
    dispute_first_answer_hours = fields.Integer(
        related="company_id.dispute_first_answer_hours", readonly=False
    )
    dispute_answer_in_working_hours = fields.Boolean(
        related="company_id.dispute_answer_in_working_hours", readonly=False
    )
    dispute_idle_days = fields.Integer(related="company_id.dispute_idle_days", readonly=False)
    dispute_review_days = fields.Integer(related="company_id.dispute_review_days", readonly=False)
    dispute_tacit_days = fields.Integer(related="company_id.dispute_tacit_days", readonly=False)
    dispute_recurrence_count = fields.Integer(
        related="company_id.dispute_recurrence_count", readonly=False
    )
    dispute_penalty_policy = fields.Selection(
        related="company_id.dispute_penalty_policy", readonly=False
    )
    dispute_listen_first = fields.Boolean(related="company_id.dispute_listen_first", readonly=False)
    dispute_acknowledge = fields.Boolean(related="company_id.dispute_acknowledge", readonly=False)

    @api.depends("company_id", "legal_form", "share_capital", "register_city")
    def _compute_missing_legal_mentions(self):
        for settings in self:
            missing = settings.company_id._get_missing_legal_mentions()
            settings.missing_legal_mentions = "\n".join(missing)
