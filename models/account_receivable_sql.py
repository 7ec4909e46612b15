from odoo import fields, models
from odoo.tools import SQL


class AccountReceivable(models.Model):
    """The statement behind the view: the open lines, and the parts of each that are held."""

    _inherit = "account.receivable"

    @property
    def _table_query(self):
        on_date = fields.Date.context_today(self)
        return SQL("SELECT open.*, %s FROM (%s) AS open", self._dated(on_date), self._open_lines())

    def _dated(self, on_date):
        """The columns that depend on the day on which the receivables are looked at."""
        return SQL(
            """
            GREATEST(0, %(on_date)s::date - open.date_maturity) AS days_overdue,
            CASE WHEN open.date_maturity < %(on_date)s AND NOT open.is_blocked
                      AND NOT open.is_excluded AND NOT open.is_on_hold
                 THEN open.dunnable ELSE 0 END AS overdue,
            CASE
                WHEN open.date_maturity >= %(on_date)s THEN '0_not_due'
                WHEN open.date_maturity >= %(on_date)s::date - 30 THEN '1_30'
                WHEN open.date_maturity >= %(on_date)s::date - 60 THEN '31_60'
                WHEN open.date_maturity >= %(on_date)s::date - 90 THEN '61_90'
                ELSE 'over_90'
            END AS bucket
            """,
            on_date=on_date,
        )

    def _open_lines(self):
        """One row per open line on a receivable account.

        Served by account's partial index on unreconciled lines, which is why the accounts are
        passed as ids: the planner then starts from the open lines, not from the ledger. It takes
        them for many more than they are, so the entries are looked up one by one (LATERAL with a
        LIMIT): it would read all that were ever posted otherwise.
        """
        # An archived account may still hold open lines: they tie out too.
        accounts = (
            self.env["account.account"]
            .sudo()
            .with_context(active_test=False)
            ._search([("account_type", "=", "asset_receivable")])
        )
        account_ids = [id_ for (id_,) in self.env.execute_query(accounts.select())]
        return SQL(
            """
            SELECT line.id,
                   line.id AS move_line_id,
                   line.move_id,
                   move.name,
                   move.move_type,
                   COALESCE(partner.commercial_partner_id, line.partner_id) AS partner_id,
                   line.company_id,
                   line.account_id,
                   move.invoice_user_id,
                   (customer.collector_id->>line.company_id::text)::int AS collector_id,
                   move.invoice_date,
                   move.dunning_scenario_id,
                   move.is_move_sent,
                   COALESCE(line.date_maturity, line.date) AS date_maturity,
                   line.company_currency_id,
                   line.currency_id,
                   move.payment_state = 'blocked' AS is_blocked,
                   line.no_followup IS TRUE AND NOT EXISTS (
                       SELECT FROM account_dispute_line ours
                        WHERE ours.move_id = line.move_id AND ours.has_set_no_followup
                   ) AS is_excluded,
                   (%(held_whole)s) AS is_on_hold,
                   line.currency_id != line.company_currency_id AS is_foreign,
                   decision.id AS decision_id,
                   decision.reason AS decision_reason,
                   line.amount_residual AS residual,
                   line.amount_residual_currency AS residual_currency,
                   line.amount_currency AS original_currency,
                   held.*,
                   own.*,
                   GREATEST(0, line.amount_residual - own.contested - own.promised
                               - own.planned - own.in_payment) AS dunnable
              FROM account_move_line line
        CROSS JOIN LATERAL (
                    SELECT name, move_type, invoice_date, invoice_user_id, payment_state,
                           dunning_scenario_id, is_move_sent
                      FROM account_move
                     WHERE account_move.id = line.move_id
                     LIMIT 1
                   ) move
              JOIN res_currency cc ON cc.id = line.company_currency_id
         LEFT JOIN res_partner partner ON partner.id = line.partner_id
         LEFT JOIN res_partner customer ON customer.id = partner.commercial_partner_id
         LEFT JOIN account_dunning_decision decision
                ON decision.move_line_id = line.id
               AND decision.superseded_by_id IS NULL
               AND decision.is_dry IS NOT TRUE
         LEFT JOIN (%(contested)s) dispute ON dispute.move_line_id = line.id
         LEFT JOIN (%(in_payment)s) payment ON payment.move_line_id = line.id
        CROSS JOIN LATERAL (%(held)s) held
        CROSS JOIN LATERAL (%(own)s) own
             WHERE line.account_id = ANY(%(account_ids)s)
               AND line.reconciled IS NOT TRUE
               AND line.parent_state = 'posted'
            """,
            account_ids=account_ids,
            contested=self._contested(),
            in_payment=self._in_payment(account_ids),
            held_whole=self._held_whole(),
            held=self._held(),
            own=self._held_in_company_currency(),
        )

    def _held(self):
        """The parts of one line's residual, in its currency; each within what the others leave.

        Promises and payment plans hold nothing yet: their models come with their own issue.
        """
        return SQL(
            """
            SELECT part.contested AS contested_currency,
                   0::numeric AS promised_currency,
                   0::numeric AS planned_currency,
                   part.in_payment AS in_payment_currency,
                   part.base - part.contested - part.in_payment AS dunnable_currency
              FROM (
                    SELECT base.value AS base,
                           LEAST(base.value, COALESCE(dispute.amount, 0)) AS contested,
                           LEAST(
                               base.value - LEAST(base.value, COALESCE(dispute.amount, 0)),
                               COALESCE(payment.amount, 0)
                           ) AS in_payment
                      FROM (SELECT GREATEST(0, line.amount_residual_currency) AS value) base
                   ) part
            """
        )

    def _held_in_company_currency(self):
        """The same parts at the line's own rate, rounded like the company's currency."""
        return SQL(
            """
            SELECT ROUND(held.contested_currency * rate.up / rate.down) * cc.rounding AS contested,
                   ROUND(held.promised_currency * rate.up / rate.down) * cc.rounding AS promised,
                   ROUND(held.planned_currency * rate.up / rate.down) * cc.rounding AS planned,
                   ROUND(held.in_payment_currency * rate.up / rate.down) * cc.rounding
                       AS in_payment
              FROM (
                    SELECT line.amount_residual AS up,
                           COALESCE(NULLIF(line.amount_residual_currency, 0), 1) * cc.rounding
                               AS down
                   ) rate
            """
        )

    def _contested(self):
        """What open disputes hold, per line, in the line's currency."""
        return SQL(
            """
            SELECT dispute_line.move_line_id, SUM(dispute_line.amount) AS amount
              FROM account_dispute_line dispute_line
              JOIN account_dispute dispute ON dispute.id = dispute_line.dispute_id
             WHERE dispute.state = ANY(%s) AND dispute.hold_policy IS DISTINCT FROM 'none'
             GROUP BY dispute_line.move_line_id
            """,
            list(self.env["account.dispute"]._get_holding_states()),
        )

    def _held_whole(self):
        """Whether an open dispute holds a line whatever its amount.

        Of its invoice, by the policy *invoice*; or of its customer, by the policy *customer*. Each
        list is read once, not per line: it must not refer to the line.
        """
        return SQL(
            """
            line.move_id IN (
                SELECT dispute_line.move_id
                  FROM account_dispute_line dispute_line
                  JOIN account_dispute holding ON holding.id = dispute_line.dispute_id
                 WHERE holding.state = ANY(%(states)s) AND holding.hold_policy = 'invoice'
                   AND dispute_line.move_id IS NOT NULL
            ) OR (line.company_id, COALESCE(partner.commercial_partner_id, line.partner_id, 0)) IN (
                SELECT holding.company_id, holding.commercial_partner_id
                  FROM account_dispute holding
                 WHERE holding.state = ANY(%(states)s) AND holding.hold_policy = 'customer'
            )
            """,
            states=list(self.env["account.dispute"]._get_holding_states()),
        )

    def _in_payment(self, account_ids):
        """What payments without journal entry yet cover, per line, in the line's currency.

        Such a payment may pay several invoices, and an invoice several lines: the oldest due date
        comes first, so that no cent covers two receivables. It counts while it is on its way; once
        the bank's line is reconciled with a part of the invoice, that part is paid instead.
        """
        return SQL(
            """
            SELECT line.id AS move_line_id,
                   LEAST(
                       line.amount_residual_currency,
                       GREATEST(
                           0,
                           paid.amount - SUM(line.amount_residual_currency) OVER (
                               PARTITION BY line.move_id ORDER BY line.date_maturity, line.id
                           ) + line.amount_residual_currency
                       )
                   ) AS amount
              FROM (
                    SELECT share.move_id,
                           SUM(GREATEST(0, LEAST(share.open, share.amount - share.before)))
                               AS amount
                      FROM (%s) share
                     GROUP BY share.move_id
                   ) paid
              JOIN account_move_line line
                ON line.move_id = paid.move_id
               AND line.account_id = ANY(%s)
               AND line.display_type = 'payment_term'
               AND line.reconciled IS NOT TRUE
            """,
            self._payments_on_their_way(account_ids),
            account_ids,
        )

    def _payments_on_their_way(self, account_ids):
        """One row per payment and invoice it pays: its amount, what the invoice has open, and what
        the payment's earlier invoices have open; all in the currency of the invoice.
        """
        return SQL(
            """
            SELECT move.id AS move_id, due.open,
                   CASE WHEN payment.currency_id = move.currency_id
                        THEN payment.amount
                        ELSE ROUND(ABS(payment.amount_company_currency_signed * move.amount_total
                                       / NULLIF(move.amount_total_signed, 0))
                                   / currency.rounding) * currency.rounding
                   END AS amount,
                   SUM(due.open) OVER (
                       PARTITION BY payment.id ORDER BY move.invoice_date_due, move.id
                   ) - due.open AS before
              FROM account_payment payment
              JOIN account_move__account_payment link ON link.payment_id = payment.id
              JOIN account_move move ON move.id = link.invoice_id
              JOIN res_currency currency ON currency.id = move.currency_id
              JOIN (
                    SELECT line.move_id, SUM(line.amount_residual_currency) AS open
                      FROM account_move_line line
                     WHERE line.account_id = ANY(%s)
                       AND line.display_type = 'payment_term'
                       AND line.reconciled IS NOT TRUE
                     GROUP BY line.move_id
                   ) due ON due.move_id = move.id
             WHERE payment.move_id IS NULL
               AND (payment.state = 'in_process'
                    OR payment.state = 'paid' AND move.payment_state IN ('in_payment', 'paid'))
               AND due.open > 0
            """,
            account_ids,
        )
