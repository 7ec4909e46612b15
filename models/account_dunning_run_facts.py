from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..engine import dunning


class AccountDunningRun(models.Model):
    """The facts of a run: what the decisions need to know of each open receivable."""

    _inherit = "account.dunning.run"

    @api.model
    def _dunning_facts(self, company, on_date, move_line_ids=None):
        """What the decisions need, one row per open receivable of the company.

        One statement, whatever the number of receivables. Its time follows what is open, not the
        ledger nor the notices ever sent: the open lines come from account's index on unreconciled
        lines, and what is known of each is looked up by the indexes of notices and their lines.

        :param move_line_ids: only these receivables (their customer's totals stay complete).
        :return: a list of `engine.dunning.ReceivableFacts`; amounts in company currency.
        """
        self.env.flush_all()
        default = company._get_dunning_scenario()
        query = SQL(
            """
            SELECT receivable.id, receivable.partner_id, receivable.date_maturity,
                   receivable.residual::text, receivable.contested::text,
                   receivable.promised::text, receivable.planned::text,
                   receivable.in_payment::text, receivable.dunnable::text,
                   COALESCE(receivable.customer_overdue, 0)::text,
                   COALESCE(receivable.customer_credit, 0)::text,
                   receivable.is_blocked, receivable.is_excluded, receivable.is_on_hold,
                   COALESCE((partner.dunning_scenario_id->>%(company_key)s)::int, %(default)s),
                   GREATEST(history.last_offset, settled.resume_offset), history.last_done,
                   history.pending_step, contact.last_contact, settled.cycle,
                   settled.new_due_date, GREATEST(settled.resume_on, held.resume_on),
                   veto.date_end, held.frozen
              FROM (
                    SELECT open.*,
                           SUM(dunnable) FILTER (WHERE date_maturity < %(on_date)s
                               AND NOT is_blocked AND NOT is_excluded AND NOT is_on_hold
                           ) OVER customer AS customer_overdue,
                           SUM(-residual) FILTER (WHERE residual < 0
                           ) OVER customer AS customer_credit
                      FROM (%(receivables)s) open
                     WHERE open.company_id = %(company)s
                    WINDOW customer AS (PARTITION BY open.partner_id)
                   ) receivable
         LEFT JOIN res_partner partner ON partner.id = receivable.partner_id
        CROSS JOIN LATERAL (
                    SELECT MAX(COALESCE(notice.done_on, notice.date)) AS last_contact
                      FROM account_dunning_notice notice
                     WHERE notice.partner_id = receivable.partner_id
                       AND notice.company_id = %(company)s
                       AND notice.state IN ('draft', 'validated', 'queued', 'sent')
                       AND COALESCE(notice.done_on, notice.date) <= %(on_date)s
                   ) contact
        CROSS JOIN LATERAL (%(settled)s) settled
        CROSS JOIN LATERAL (%(held)s) held
        CROSS JOIN LATERAL (
                    SELECT MAX(veto.date_end) AS date_end
                      FROM account_dunning_veto veto
                     WHERE veto.commercial_partner_id = receivable.partner_id
                       AND veto.company_id = %(company)s
                       AND veto.active
                   ) veto
        CROSS JOIN LATERAL (
                    SELECT MAX(step.offset_days) FILTER (
                               WHERE line.state = 'sent' AND line.cycle = settled.cycle
                           ) AS last_offset,
                           MAX(COALESCE(notice.done_on, notice.date))
                               FILTER (WHERE line.state = 'sent') AS last_done,
                           MAX(line.step_id) FILTER (WHERE line.state != 'sent') AS pending_step
                      FROM account_dunning_notice_line line
                      JOIN account_dunning_notice notice ON notice.id = line.notice_id
                      JOIN account_dunning_scenario_step step ON step.id = line.step_id
                     WHERE line.move_line_id = receivable.id
                       AND line.state != 'cancelled'
                   ) history
             WHERE %(only)s
            """,
            receivables=self.env["account.receivable"]._table_query,
            company=company.id,
            company_key=str(company.id),
            on_date=on_date,
            default=default.id or None,
            settled=self._settled_disputes(),
            held=self._former_holds(),
            only=(
                SQL("TRUE")
                if move_line_ids is None
                else SQL("receivable.id = ANY(%s)", list(move_line_ids))
            ),
        )
        # Amounts come as text: Odoo's cursor would make floats of them.
        return [
            dunning.ReceivableFacts(
                *row[:3], *map(Decimal, row[3:11]), *row[11:-1], tuple(map(tuple, row[-1] or ()))
            )
            for row in self.env.execute_query(query)
        ]

    def _settled_disputes(self):
        """How the reminders of one `receivable` go on after the disputes about it, in one row.

        Served by the index on the receivable of a dispute's line.
        """
        return SQL(
            """
            SELECT MAX(line.resume_on) AS resume_on,
                   MAX(line.new_due_date) AS new_due_date,
                   COALESCE(MAX(line.dunning_cycle), 0) AS cycle,
                   (ARRAY_AGG(line.resume_offset ORDER BY line.dunning_cycle DESC)
                       FILTER (WHERE line.dunning_cycle > 0))[1] AS resume_offset
              FROM account_dispute_line line
             WHERE line.move_line_id = receivable.id
            """
        )

    def _former_holds(self):
        """When disputes that are over held all of one `receivable`, in one row.

        `frozen` is an array of ``(from, until)``. Three ways of having held it: by its own amount,
        by a policy for its whole invoice, or by one for its whole customer; each has its index.
        """
        return SQL(
            """
            SELECT MAX(hold.resume_on) AS resume_on,
                   ARRAY_AGG(ARRAY[cycle.date_opened, cycle.date_closed]) AS frozen
              FROM (
                    SELECT line.dispute_id, line.resume_on
                      FROM account_dispute_line line
                     WHERE line.move_line_id = receivable.id AND line.held_all
                     UNION
                    SELECT line.dispute_id, line.resume_on
                      FROM account_dispute_line line
                      JOIN account_dispute dispute ON dispute.id = line.dispute_id
                     WHERE line.move_id = receivable.move_id AND dispute.hold_policy = 'invoice'
                     UNION
                    SELECT line.dispute_id, line.resume_on
                      FROM account_dispute dispute
                      JOIN account_dispute_line line ON line.dispute_id = dispute.id
                     WHERE dispute.commercial_partner_id = receivable.partner_id
                       AND dispute.company_id = receivable.company_id
                       AND dispute.hold_policy = 'customer'
                   ) hold
              JOIN account_dispute_cycle cycle ON cycle.dispute_id = hold.dispute_id
             WHERE cycle.date_closed IS NOT NULL
            """
        )
