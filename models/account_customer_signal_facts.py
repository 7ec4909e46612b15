from datetime import date

from odoo import api, models
from odoo.tools import SQL

from ..engine import signal as engine


class AccountCustomerSignal(models.Model):
    """The facts of the signals: one row per customer."""

    _inherit = "account.customer.signal"

    @api.model
    def _get_signal_facts(self, company, on_date, partner_ids=None):
        """What the signals of a company's customers need to know, in one statement.

        Customers are those who owe something, settled something in the last 24 months, or had a
        payment rejected.

        :param partner_ids: only these commercial entities.
        :return: a list of `engine.signal.SignalFacts`.
        """
        self.env.flush_all()
        query = SQL(
            """
            WITH due AS MATERIALIZED (%(due)s),
                 history AS MATERIALIZED (%(history)s),
                 rejected AS MATERIALIZED (%(rejected)s),
                 late AS MATERIALIZED (%(late)s),
                 silence AS (%(silence)s),
                 broken AS (%(broken)s),
                 unreachable AS (%(unreachable)s),
                 worsening AS (%(worsening)s),
                 customer AS (
                     SELECT partner_id FROM due UNION SELECT partner_id FROM history
                     UNION SELECT partner_id FROM rejected
                 )
            SELECT customer.partner_id,
                   COALESCE(history.settled, 0), COALESCE(history.settled_late, 0),
                   late.id, late.move_id, late.name, late.date_maturity,
                   COALESCE(history.recent_count, 0), COALESCE(history.recent_delay, 0)::float,
                   COALESCE(history.past_count, 0), COALESCE(history.past_delay, 0)::float,
                   COALESCE(silence.reminders, 0), COALESCE(silence.first_reminder, 0),
                   silence.last_reminded_on,
                   rejected.events, broken.events, unreachable.events, worsening.on_date
              FROM customer
         LEFT JOIN history USING (partner_id)
         LEFT JOIN late USING (partner_id)
         LEFT JOIN silence USING (partner_id)
         LEFT JOIN rejected USING (partner_id)
         LEFT JOIN broken USING (partner_id)
         LEFT JOIN unreachable USING (partner_id)
         LEFT JOIN worsening USING (partner_id)
             WHERE customer.partner_id IS NOT NULL
            """,
            **self._get_signal_statements(company, on_date, partner_ids),
        )
        return [self._to_facts(row) for row in self.env.execute_query(query)]

    @api.model
    def _get_signal_statements(self, company, on_date, partner_ids):
        """The parts of the statement, by name."""
        return {
            "due": self._due_receivables(company, partner_ids),
            "history": self._settled_receivables(company, on_date, partner_ids),
            "rejected": self._rejected_payments(company, on_date, partner_ids),
            "late": self._oldest_overdue(on_date),
            "silence": self._unanswered_reminders(company, on_date),
            "broken": self._broken_promises(company, on_date),
            "unreachable": self._unreachable_contacts(company),
            "worsening": self._last_worsening(company),
        }

    @api.model
    def _to_facts(self, row):
        customer, settled, settled_late, *late = row[:7]
        return engine.SignalFacts(
            customer,
            settled,
            settled_late,
            engine.Late(*late) if late[0] else None,
            *row[7:14],
            *(
                tuple(
                    engine.Event(key, source, name or "", day and date.fromisoformat(day))
                    for key, source, name, day in events or ()
                )
                for events in row[14:17]
            ),
            worsening_on=row[17],
        )

    def _only(self, column, partner_ids):
        return SQL("TRUE") if partner_ids is None else SQL("%s = ANY(%s)", column, partner_ids)

    def _due_receivables(self, company, partner_ids):
        """The open receivables that are claims, one row each."""
        return SQL(
            """
            SELECT open.id, open.partner_id, open.move_id, open.name, open.date_maturity,
                   open.dunnable,
                   open.is_blocked OR open.is_excluded OR open.is_on_hold AS is_held
              FROM (%(receivables)s) open
             WHERE open.company_id = %(company)s AND open.residual > 0 AND %(only)s
            """,
            receivables=self.env["account.receivable"]._open_lines(),
            company=company.id,
            only=self._only(SQL("open.partner_id"), partner_ids),
        )

    def _settled_receivables(self, company, on_date, partner_ids):
        """How each customer paid in 24 months, in one row."""
        return SQL(
            """
            SELECT past.partner_id, COUNT(*) AS settled,
                   COUNT(*) FILTER (WHERE past.delay > %(late_days)s) AS settled_late,
                   COUNT(*) FILTER (WHERE past.is_recent) AS recent_count,
                   AVG(past.delay) FILTER (WHERE past.is_recent) AS recent_delay,
                   COUNT(*) FILTER (WHERE past.is_before) AS past_count,
                   AVG(past.delay) FILTER (WHERE past.is_before) AS past_delay,
                   MAX(past.settled) AS last_paid
              FROM (
                    SELECT item.*, item.settled > %(on_date)s::date - %(trend)s AS is_recent,
                           item.settled <= %(on_date)s::date - %(trend)s
                               AND item.settled > %(on_date)s::date - %(trend)s - 365 AS is_before
                      FROM (%(items)s) item
                   ) past
          GROUP BY past.partner_id
            """,
            items=self._settled_items(company, on_date, partner_ids),
            late_days=company.signal_late_days,
            on_date=on_date,
            trend=engine.TREND_DAYS,
        )

    def _settled_items(self, company, on_date, partner_ids):
        """What was settled, one row each; what was ever contested is left out: it is no delay."""
        accounts = self.env["account.account"].sudo().with_context(active_test=False)
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, paid.settled,
                   GREATEST(0, paid.settled - line.date_maturity) AS delay
              FROM account_move_line line
              JOIN res_partner partner ON partner.id = line.partner_id
        CROSS JOIN LATERAL (
                    SELECT MAX(part.max_date) AS settled
                      FROM account_partial_reconcile part
                     WHERE part.debit_move_id = line.id
                   ) paid
             WHERE line.account_id = ANY(%(accounts)s)
               AND line.company_id = %(company)s
               AND line.parent_state = 'posted'
               AND line.reconciled
               AND line.balance > 0
               AND line.date_maturity > %(on_date)s::date - 730
               AND paid.settled <= %(on_date)s
               AND %(only)s
               AND NOT EXISTS (SELECT FROM account_dispute_line WHERE move_line_id = line.id)
            """,
            accounts=accounts.search([("account_type", "=", "asset_receivable")]).ids,
            company=company.id,
            on_date=on_date,
            only=self._only(SQL("partner.commercial_partner_id"), partner_ids),
        )

    def _oldest_overdue(self, on_date):
        """Of each customer, the oldest receivable of `due` that is overdue to claim."""
        return SQL(
            """
            SELECT DISTINCT ON (partner_id) partner_id, id, move_id, name, date_maturity
              FROM due
             WHERE dunnable > 0 AND date_maturity < %s AND NOT is_held
          ORDER BY partner_id, date_maturity, id
            """,
            on_date,
        )

    def _unanswered_reminders(self, company, on_date):
        """The reminders to each customer of `late` since it last reacted, in one row."""
        return SQL(
            """
            SELECT notice.partner_id, COUNT(*) AS reminders, MIN(notice.id) AS first_reminder,
                   MAX(COALESCE(notice.done_on, notice.date)) AS last_reminded_on
              FROM late
         LEFT JOIN history USING (partner_id)
        CROSS JOIN LATERAL (%(reaction)s) reaction
              JOIN account_dunning_notice notice
                ON notice.partner_id = late.partner_id
               AND notice.company_id = %(company)s
             WHERE notice.state = 'sent'
               AND notice.kind IN ('reminder', 'formal')
               AND (notice.call_outcome IS NULL OR notice.call_outcome = 'no_answer')
               AND COALESCE(notice.done_on, notice.date) <= %(on_date)s
               AND COALESCE(notice.done_on, notice.date)
                   > COALESCE(reaction.on_date, '-infinity')
          GROUP BY notice.partner_id
            """,
            reaction=self._last_reaction(company),
            company=company.id,
            on_date=on_date,
        )

    def _last_reaction(self, company):
        """The day on which one customer of `late` last paid, answered or contested something."""
        return SQL(
            """
            SELECT GREATEST(
                       history.last_paid,
                       (SELECT MAX(GREATEST(
                                   answer.replied_on::date,
                                   CASE WHEN answer.call_outcome != 'no_answer'
                                        THEN answer.done_on END))
                          FROM account_dunning_notice answer
                         WHERE answer.partner_id = late.partner_id
                           AND answer.company_id = %(company)s),
                       (SELECT MAX(dispute.date_opened)
                          FROM account_dispute dispute
                         WHERE dispute.commercial_partner_id = late.partner_id
                           AND dispute.company_id = %(company)s),
                       (SELECT MAX(part.max_date)
                          FROM due
                          JOIN account_partial_reconcile part ON part.debit_move_id = due.id
                         WHERE due.partner_id = late.partner_id)
                   ) AS on_date
            """,
            company=company.id,
        )

    # === Events: arrays of [key, source, name, day] ===#

    def _rejected_payments(self, company, on_date, partner_ids):
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id,
                   JSONB_AGG(JSONB_BUILD_ARRAY(
                       payment.id::text, payment.id, COALESCE(payment.name, payment.memo),
                       payment.date)) AS events
              FROM account_payment payment
              JOIN res_partner partner ON partner.id = payment.partner_id
             WHERE payment.state = 'rejected'
               AND payment.payment_type = 'inbound'
               AND payment.company_id = %(company)s
               AND payment.date BETWEEN %(on_date)s::date - %(recent)s AND %(on_date)s
               AND %(only)s
          GROUP BY partner.commercial_partner_id
            """,
            company=company.id,
            on_date=on_date,
            only=self._only(SQL("partner.commercial_partner_id"), partner_ids),
            recent=engine.RECENT_DAYS,
        )

    def _broken_promises(self, company, on_date):
        """What was announced in a call, whose pause is over, and of which nothing came."""
        return SQL(
            """
            SELECT notice.partner_id,
                   JSONB_AGG(JSONB_BUILD_ARRAY(
                       notice.id::text, notice.id, notice.name, pause.date_end)) AS events
              FROM account_dunning_treatment pause
              JOIN account_dunning_notice notice ON notice.id = pause.notice_id
             WHERE pause.company_id = %(company)s
               AND pause.is_paused
               AND pause.date_end BETWEEN %(on_date)s::date - %(recent)s
                                      AND %(on_date)s::date - 1
               AND notice.call_outcome IN ('promise', 'scheduled')
               AND EXISTS (
                   SELECT FROM account_dunning_notice_line line
                     JOIN due ON due.id = line.move_line_id
                    WHERE line.notice_id = notice.id AND line.claimed > 0
                      AND due.dunnable > 0 AND due.date_maturity < %(on_date)s
               )
               AND NOT EXISTS (
                   SELECT FROM account_dunning_notice_line line
                     JOIN account_partial_reconcile part ON part.debit_move_id = line.move_line_id
                    WHERE line.notice_id = notice.id AND part.max_date >= notice.done_on
               )
          GROUP BY notice.partner_id
            """,
            company=company.id,
            on_date=on_date,
            recent=engine.RECENT_DAYS,
        )

    def _unreachable_contacts(self, company):
        """Of the customers who owe something; one that fails again later is another occurrence."""
        return SQL(
            """
            SELECT contact.commercial_partner_id AS partner_id,
                   JSONB_AGG(JSONB_BUILD_ARRAY(
                       contact.id || '-' || COALESCE(failure.id, 0), contact.id, contact.name,
                       NULL)) AS events
              FROM res_partner contact
        CROSS JOIN LATERAL (
                    SELECT MAX(notice.id) AS id
                      FROM account_dunning_notice notice
                     WHERE notice.contact_id = contact.id
                       AND notice.company_id = %(company)s
                       AND (notice.is_bounced OR notice.call_outcome = 'wrong_contact')
                   ) failure
             WHERE contact.is_unreachable AND contact.active
               AND contact.commercial_partner_id IN (SELECT partner_id FROM due)
          GROUP BY contact.commercial_partner_id
            """,
            company=company.id,
        )

    def _last_worsening(self, company):
        return SQL(
            """
            SELECT partner_id, MAX(date) AS on_date
              FROM account_customer_signal
             WHERE kind = 'worsening' AND company_id = %s
          GROUP BY partner_id
            """,
            company.id,
        )
