from odoo import fields, models
from odoo.tools import SQL

# Days after a step in which a payment counts as its effect.
EFFECT_DAYS = 30


class AccountDunningEffect(models.Model):
    """What each step brought in: one row per receivable reminded (S2.78, S0.39).

    A payment is the effect of the last step before it: it counts for a step when it is dated from
    that day on, before the next step of the same receivable, and within `EFFECT_DAYS` days. Credit
    notes are no payments. Amounts are in company currency, at the receivable's own rate.

    Compare versions of a scenario: each notice keeps the version that decided.
    """

    _name = "account.dunning.effect"
    _description = "Effect of Reminders"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "notice_id"

    notice_id = fields.Many2one("account.dunning.notice", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Collector", readonly=True)
    move_line_id = fields.Many2one("account.move.line", string="Receivable", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    scenario_id = fields.Many2one(
        "account.dunning.scenario", string="Scenario Version", readonly=True
    )
    origin_id = fields.Many2one("account.dunning.scenario", string="Scenario", readonly=True)
    version = fields.Integer(readonly=True, aggregator=False)
    step_id = fields.Many2one(
        "account.dunning.scenario.step", string="Step and its Text", readonly=True
    )
    root_step_id = fields.Many2one(
        "account.dunning.scenario.step",
        string="Step",
        readonly=True,
        help="The same step in all versions.",
    )
    kind = fields.Selection(
        selection=lambda self: self.env["account.dunning.notice"]._fields["kind"].selection,
        readonly=True,
    )
    channel = fields.Selection(
        selection=lambda self: (
            self.env["account.dunning.scenario.step"]
            ._fields["channel"]
            ._description_selection(self.env)
        ),
        readonly=True,
    )
    tone = fields.Selection(
        selection=lambda self: (
            self.env["account.dunning.scenario.step"]
            ._fields["tone"]
            ._description_selection(self.env)
        ),
        readonly=True,
    )
    date = fields.Date(string="Sent on", readonly=True)
    claimed = fields.Monetary(
        readonly=True, currency_field="company_currency_id", help="Of this receivable."
    )
    paid = fields.Monetary(
        string="Paid after It",
        readonly=True,
        currency_field="company_currency_id",
        help="Within 30 days, and before the next step.",
    )
    conversion_rate = fields.Float(
        string="Conversion (%)",
        readonly=True,
        aggregator="avg",
        help="Of the receivables reminded, those that were settled within 30 days, before the "
        "next step.",
    )
    days_to_pay = fields.Integer(
        readonly=True,
        aggregator="avg",
        help="From the step to the last payment, where it was settled by it.",
    )
    automatic_rate = fields.Float(
        string="Without a Keystroke (%)",
        readonly=True,
        aggregator="avg",
        help="Of the steps, those that were prepared and sent without anybody's click.",
    )

    _depends = {
        "account.dunning.notice": ["done_on", "is_automatic", "kind", "scenario_id", "state"],
        "account.dunning.notice.line": ["claimed", "move_line_id", "root_step_id", "step_id"],
        "account.dunning.scenario": ["origin_id", "version"],
        "account.move.line": ["amount_currency", "balance", "date", "reconciled"],
        "account.partial.reconcile": ["amount", "credit_move_id", "debit_move_id"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT reminded.id, reminded.notice_id, reminded.company_id, reminded.partner_id,
                   reminded.user_id, reminded.move_line_id, reminded.move_id,
                   reminded.scenario_id, reminded.origin_id, reminded.version,
                   reminded.step_id, reminded.root_step_id, reminded.kind, reminded.channel,
                   reminded.tone, reminded.date, reminded.claimed,
                   COALESCE(payment.amount, 0) AS paid,
                   CASE WHEN payment.settled THEN 100 ELSE 0 END AS conversion_rate,
                   CASE WHEN payment.settled THEN payment.last - reminded.date END AS days_to_pay,
                   CASE WHEN reminded.is_automatic THEN 100 ELSE 0 END AS automatic_rate
              FROM (%(reminded)s) reminded
         LEFT JOIN LATERAL (%(payments)s) payment ON TRUE
            """,
            reminded=self._get_reminded(),
            payments=self._get_payments(),
        )

    def _get_reminded(self):
        """The receivables of the notices that reached their customer, and their next step.

        A thank-you follows a payment: it neither brought it nor ended the step before.
        """
        return SQL(
            """
            SELECT line.id, line.notice_id, notice.company_id, notice.partner_id, notice.user_id,
                   line.move_line_id, receivable.move_id, notice.scenario_id,
                   COALESCE(scenario.origin_id, scenario.id) AS origin_id, scenario.version,
                   line.step_id, line.root_step_id, notice.kind, notice.channel, notice.tone,
                   COALESCE(notice.done_on, notice.date) AS date, notice.is_automatic,
                   ROUND(line.claimed * CASE WHEN receivable.amount_currency = 0 THEN 1
                         ELSE receivable.balance / receivable.amount_currency END, 2) AS claimed,
                   receivable.reconciled,
                   LEAD(COALESCE(notice.done_on, notice.date)) OVER (
                       PARTITION BY line.move_line_id
                           ORDER BY COALESCE(notice.done_on, notice.date), line.id
                   ) AS next_date
              FROM account_dunning_notice_line line
              JOIN account_dunning_notice notice ON notice.id = line.notice_id
              JOIN account_move_line receivable ON receivable.id = line.move_line_id
         LEFT JOIN account_dunning_scenario scenario ON scenario.id = notice.scenario_id
             WHERE notice.state = 'sent' AND line.step_id IS NOT NULL AND notice.kind != 'thanks'
            """
        )

    def _get_payments(self):
        """What was paid on one `reminded` receivable by its step, in one row.

        Served by the index on the debit line of a reconciliation.
        """
        return SQL(
            """
            SELECT SUM(part.amount) FILTER (WHERE by_step) AS amount, MAX(credit.date) AS last,
                   reminded.reconciled AND BOOL_OR(by_step)
                       AND MAX(credit.date) <= reminded.date + %(days)s
                       AND (reminded.next_date IS NULL OR MAX(credit.date) < reminded.next_date)
                       AS settled
              FROM account_partial_reconcile part
              JOIN account_move_line credit ON credit.id = part.credit_move_id
              JOIN account_move payment ON payment.id = credit.move_id
        CROSS JOIN LATERAL (
                    SELECT payment.move_type != 'out_refund'
                       AND credit.date >= reminded.date
                       AND credit.date <= reminded.date + %(days)s
                       AND (reminded.next_date IS NULL OR credit.date < reminded.next_date)
                   ) counts(by_step)
             WHERE part.debit_move_id = reminded.move_line_id
            """,
            days=EFFECT_DAYS,
        )
