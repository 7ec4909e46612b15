from odoo import api, fields, models
from odoo.tools import SQL

from .account_dunning_notice import UNSENT_STATES

# Decisions under which nothing was due to the customer: not an exception, nothing was to be done.
NOT_ELIGIBLE = (
    "awaiting_receipt",
    "awaiting_step",
    "completed",
    "credit",
    "not_due",
    "notice_pending",
    "resumed",
)


class AccountDunningCoverage(models.Model):
    """Who was contacted of those who should have been: one row per receivable and month (S0.33).

    A receivable is *eligible* in a month when a run decided that a step was reached for it, or
    withheld one: it was overdue and contested, blocked, below the minimum… It was *contacted* when
    a notice that claims it was prepared in that month and sent since. Coverage is contacted ÷
    eligible; the others stand here with their reason, the last one of the month.

    Everybody in Collections reads; nobody writes.
    """

    _name = "account.dunning.coverage"
    _description = "Coverage of Reminders"
    _auto = False
    _order = "month desc, id desc"
    _rec_name = "move_line_id"
    _depends = {
        "account.dunning.decision": ["date", "is_dry", "reason", "step_id", "superseded_by_id"],
        "account.dunning.notice": ["date", "is_refused", "is_skipped", "state"],
        "account.dunning.notice.line": ["claimed", "move_line_id", "notice_id"],
        "account.dunning.run": ["company_id", "date", "is_dry"],
        "account.move.line": ["date_maturity", "move_id", "partner_id"],
        "res.partner": ["commercial_partner_id"],
    }

    month = fields.Date(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    move_line_id = fields.Many2one("account.move.line", string="Receivable", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    outcome = fields.Selection(selection="_selection_outcome", readonly=True)
    eligible = fields.Integer(readonly=True)
    contacted = fields.Integer(readonly=True)
    coverage = fields.Float(
        string="Coverage (%)", readonly=True, aggregator="avg", help="Contacted of eligible."
    )

    @api.model
    def _selection_outcome(self):
        """What became of it; otherwise the decision that withheld the step."""
        reasons = self.env["account.dunning.decision"]._fields["reason"]
        withheld = [
            (code, label)
            for code, label in reasons._description_selection(self.env)
            if code not in (*NOT_ELIGIBLE, "step")
        ]
        return [
            ("contacted", self.env._("Contacted")),
            ("pending", self.env._("To send")),
            ("cancelled", self.env._("Cancelled")),
            *withheld,
        ]

    @property
    def _table_query(self):
        """One row per eligible receivable and month.

        Decisions stand until they are superseded, so a decision counts in each month in which it
        stood; a step that was reached counts in its own month only.
        """
        return SQL(
            """
            SELECT standing.id::bigint * 1000 + standing.month_number AS id,
                   standing.month, standing.company_id, standing.move_line_id,
                   standing.move_id, standing.partner_id,
                   CASE WHEN contact.is_sent THEN 'contacted'
                        WHEN contact.is_unsent THEN 'pending'
                        WHEN standing.reason = 'step' THEN
                            CASE WHEN contact.is_cancelled THEN 'cancelled' ELSE 'pending' END
                        ELSE standing.reason
                   END AS outcome,
                   1 AS eligible,
                   CASE WHEN contact.is_sent THEN 1 ELSE 0 END AS contacted,
                   CASE WHEN contact.is_sent THEN 100.0 ELSE 0.0 END AS coverage
              FROM (%(standing)s) standing
        CROSS JOIN LATERAL (%(contact)s) contact
            """,
            standing=self._standing(fields.Date.context_today(self)),
            contact=self._contact(),
        )

    def _standing(self, on_date):
        """The last decision of each month that a receivable was eligible in."""
        return SQL(
            """
            SELECT DISTINCT ON (decision.move_line_id, period.month)
                   decision.id, decision.company_id, decision.move_line_id, decision.reason,
                   line.move_id, partner.commercial_partner_id AS partner_id,
                   period.month::date AS month,
                   (EXTRACT(YEAR FROM period.month)::int - 2000) * 12
                       + EXTRACT(MONTH FROM period.month)::int AS month_number
              FROM account_dunning_decision decision
              JOIN account_move_line line ON line.id = decision.move_line_id
         LEFT JOIN res_partner partner ON partner.id = line.partner_id
         LEFT JOIN account_dunning_run superseder ON superseder.id = decision.superseded_by_id
        CROSS JOIN LATERAL generate_series(
                       date_trunc('month', decision.date),
                       CASE WHEN decision.reason = 'step' THEN decision.date
                            ELSE COALESCE(superseder.date, %(on_date)s) END,
                       INTERVAL '1 month'
                   ) AS period(month)
             WHERE decision.is_dry IS NOT TRUE
               AND decision.reason NOT IN %(not_eligible)s
               AND (decision.step_id IS NOT NULL
                    OR COALESCE(line.date_maturity, line.date)
                       < LEAST(%(on_date)s, period.month + INTERVAL '1 month'))
             ORDER BY decision.move_line_id, period.month, decision.run_number DESC
            """,
            on_date=on_date,
            not_eligible=NOT_ELIGIBLE,
        )

    def _contact(self):
        """What became of the notices that claimed one `standing` receivable in its month."""
        return SQL(
            """
            SELECT COALESCE(BOOL_OR(notice.state = 'sent'), FALSE) AS is_sent,
                   COALESCE(BOOL_OR(notice.state IN %(unsent)s), FALSE) AS is_unsent,
                   COALESCE(BOOL_OR(notice.state = 'cancelled'), FALSE) AS is_cancelled
              FROM account_dunning_notice_line claim
              JOIN account_dunning_notice notice ON notice.id = claim.notice_id
             WHERE claim.move_line_id = standing.move_line_id
               AND claim.claimed > 0
               AND date_trunc('month', notice.date) = standing.month
            """,
            unsent=UNSENT_STATES,
        )

    def action_open_invoice(self):
        self.ensure_one()
        self.check_access("read")
        return self.move_id._get_records_action()
