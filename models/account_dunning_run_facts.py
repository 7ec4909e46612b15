from decimal import Decimal

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.dunning_facts import RECEIPT_DAYS, ReceivableFacts
from .account_dunning_rule import read_customer_domain
from .account_dunning_scenario_step import TONES

# Of a notice that reaches the customer, or is about to.
CONTACT_STATES = SQL("('draft', 'validated', 'queued', 'sent')")


class AccountDunningRun(models.Model):
    """The facts of a run: what the decisions need to know of each open receivable."""

    _inherit = "account.dunning.run"

    @api.model
    def _dunning_facts(self, company, on_date, move_line_ids=None):
        """What the decisions need, one row per open receivable of the company.

        One statement, whatever the number of receivables. Its time follows what is open, not the
        ledger nor the notices ever sent: the open lines come from account's index on unreconciled
        lines, what is known of each customer is looked up once, and what is known of each
        receivable by the indexes of notices and their lines.

        :param move_line_ids: only these receivables and the others of their customers.
        :return: a list of `engine.dunning_facts.ReceivableFacts`; amounts in company currency.
        """
        self.env.flush_all()
        query = SQL(
            """
            WITH receivable AS MATERIALIZED (%(receivables)s),
                 customer AS MATERIALIZED (%(customers)s)
            SELECT receivable.id, receivable.partner_id, receivable.date_maturity,
                   receivable.residual::text, receivable.contested::text,
                   receivable.promised::text, receivable.planned::text,
                   receivable.in_payment::text, receivable.dunnable::text,
                   receivable.residual_currency::text, receivable.dunnable_currency::text,
                   receivable.original_currency::text,
                   COALESCE(receivable.customer_overdue, 0)::text,
                   COALESCE(receivable.customer_credit, 0)::text,
                   COALESCE(receivable.customer_owed, 0)::text,
                   receivable.currency_id,
                   receivable.is_blocked, receivable.is_excluded, receivable.is_on_hold,
                   COALESCE(settled.has_dispute, FALSE), receivable.never_sent,
                   (%(scenario)s),
                   GREATEST(history.last_offset, settled.resume_offset), history.last_done,
                   history.receipt_until, history.pending_step,
                   COALESCE(history.kept_apart, FALSE),
                   customer.last_contact, customer.replied_on,
                   settled.cycle, settled.new_due_date,
                   GREATEST(settled.resume_on, held.resume_on), customer.vetoed_until,
                   COALESCE(customer.is_paused, FALSE), customer.paused_until,
                   COALESCE(customer.bears_formal, TRUE),
                   COALESCE(customer.bank_pending, FALSE), customer.payment_run_days,
                   history.done, customer.contacts, customer.segments, held.frozen
              FROM receivable
         LEFT JOIN customer ON customer.id = receivable.partner_id
        CROSS JOIN LATERAL (%(settled)s) settled
        CROSS JOIN LATERAL (%(held)s) held
        CROSS JOIN LATERAL (%(history)s) history
            """,
            receivables=self._open_receivables(company, on_date, move_line_ids),
            customers=self._customers(company, on_date),
            scenario=self._followed_scenario(company),
            settled=self._settled_disputes(),
            held=self._former_holds(),
            history=self._steps_done(on_date),
        )
        # Amounts come as text: Odoo's cursor would make floats of them.
        return [
            ReceivableFacts(
                *row[:3],
                *map(Decimal, row[3:15]),
                *row[15:-4],
                *(tuple(values or ()) for values in row[-4:-1]),
                tuple(map(tuple, row[-1] or ())),
            )
            for row in self.env.execute_query(query)
        ]

    # === Receivables ===#

    def _open_receivables(self, company, on_date, move_line_ids):
        """The open receivables with the totals of their customers."""
        only = SQL("TRUE")
        if move_line_ids is not None:
            lines = self.env["account.move.line"].sudo().browse(move_line_ids)
            only = SQL(
                "(open.partner_id = ANY(%s) OR open.id = ANY(%s))",
                lines.partner_id.commercial_partner_id.ids,
                lines.ids,
            )
        return SQL(
            """
            SELECT open.id, open.move_id, open.partner_id, open.company_id, open.currency_id,
                   open.date_maturity, open.residual, open.contested, open.promised, open.planned,
                   open.in_payment, open.dunnable, open.residual_currency, open.dunnable_currency,
                   open.original_currency, open.is_blocked, open.is_excluded, open.is_on_hold,
                   open.dunning_scenario_id,
                   COALESCE(open.move_type = 'out_invoice' AND open.is_move_sent IS NOT TRUE
                            AND open.invoice_date >= %(sent_from)s::date, FALSE) AS never_sent,
                   SUM(open.dunnable) FILTER (WHERE open.date_maturity < %(on_date)s
                       AND NOT open.is_blocked AND NOT open.is_excluded AND NOT open.is_on_hold
                   ) OVER customer AS customer_overdue,
                   SUM(-open.residual) FILTER (WHERE open.residual < 0
                   ) OVER customer AS customer_credit,
                   SUM(open.residual) FILTER (WHERE open.residual > 0
                   ) OVER customer AS customer_owed
              FROM (%(receivables)s) open
             WHERE open.company_id = %(company)s AND %(only)s
            WINDOW customer AS (PARTITION BY open.partner_id)
            """,
            receivables=self.env["account.receivable"]._table_query,
            sent_from=company.dunning_sent_from or None,
            company=company.id,
            on_date=on_date,
            only=only,
        )

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
                       FILTER (WHERE line.dunning_cycle > 0))[1] AS resume_offset,
                   BOOL_OR(dispute.state = ANY(%(open)s) AND line.is_released IS NOT TRUE)
                       AS has_dispute
              FROM account_dispute_line line
              JOIN account_dispute dispute ON dispute.id = line.dispute_id
             WHERE line.move_line_id = receivable.id
            """,
            open=list(self.env["account.dispute"]._get_holding_states()),
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

    def _steps_done(self, on_date):
        """The steps of one `receivable` that were done or are being prepared, in one row.

        A notice that a person skipped counts as done. A registered letter is done on its receipt.
        """
        return SQL(
            """
            SELECT MAX(past.offset_days) FILTER (WHERE past.is_done AND past.is_of_cycle)
                       AS last_offset,
                   ARRAY_AGG(past.root_step_id) FILTER (WHERE past.is_done AND past.is_of_cycle)
                       AS done,
                   MAX(COALESCE(past.receipt_date, past.receipt_until, past.done_on))
                       FILTER (WHERE past.is_done) AS last_done,
                   MAX(past.receipt_until)
                       FILTER (WHERE past.receipt_date IS NULL AND past.is_of_cycle)
                       AS receipt_until,
                   MAX(past.step_id) FILTER (WHERE NOT past.is_done) AS pending_step,
                   BOOL_OR(past.is_kept_apart) AS kept_apart
              FROM (
                    SELECT line.step_id, line.root_step_id, step.offset_days,
                           line.cycle = settled.cycle AS is_of_cycle,
                           (line.state != 'cancelled' AND step.tone = 'formal')
                               OR (line.state IN ('draft', 'validated')
                                  AND notice.postponed_until > %(on_date)s) AS is_kept_apart,
                           line.state IN ('sent', 'cancelled') AS is_done,
                           COALESCE(notice.done_on, notice.date) AS done_on,
                           CASE WHEN line.state = 'sent' AND notice.channel = 'registered'
                                THEN COALESCE(notice.deposit_date, notice.done_on, notice.date)
                                     + %(receipt_days)s
                           END AS receipt_until,
                           notice.receipt_date
                      FROM account_dunning_notice_line line
                      JOIN account_dunning_notice notice ON notice.id = line.notice_id
                      JOIN account_dunning_scenario_step step ON step.id = line.step_id
                     WHERE line.move_line_id = receivable.id
                       AND step.trigger != 'event'
                       AND (line.state != 'cancelled' OR notice.is_skipped)
                   ) past
            """,
            on_date=on_date,
            receipt_days=RECEIPT_DAYS,
        )

    # === Customers ===#

    def _customers(self, company, on_date):
        """What is known of each customer of the `receivable` rows, one row each."""
        return SQL(
            """
            SELECT partner.id, partner.payment_run_days,
                   contact.last_contact, contact.contacts, contact.replied_on,
                   veto.date_end AS vetoed_until,
                   treatment.is_paused, treatment.date_end AS paused_until,
                   COALESCE(partner.dunning_tone, %(formal)s) = %(formal)s
                       AND COALESCE(treatment.tone, %(formal)s) = %(formal)s AS bears_formal,
                   bank.partner_id IS NOT NULL AS bank_pending,
                   treatment.scenario_id AS treatment_scenario_id,
                   (partner.dunning_scenario_id->>%(company_key)s)::int AS scenario_id,
                   (%(rule)s) AS rule_scenario_id,
                   (%(segments)s) AS segments
              FROM (SELECT DISTINCT receivable.partner_id AS id FROM receivable) present
              JOIN res_partner partner ON partner.id = present.id
         LEFT JOIN (%(bank)s) bank ON bank.partner_id = partner.id
         LEFT JOIN LATERAL (%(treatment)s) treatment ON TRUE
        CROSS JOIN LATERAL (%(contact)s) contact
        CROSS JOIN LATERAL (
                    SELECT MAX(veto.date_end) AS date_end
                      FROM account_dunning_veto veto
                     WHERE veto.commercial_partner_id = partner.id
                       AND veto.company_id = %(company)s
                       AND veto.active
                   ) veto
            """,
            company=company.id,
            company_key=str(company.id),
            formal=TONES[-1][0],
            rule=self._rule_scenario(company),
            segments=self._matched_segments(company),
            bank=self._pending_in_bank(company, on_date),
            treatment=self._treatment(company, on_date),
            contact=self._contacts(company, on_date),
        )

    def _contacts(self, company, on_date):
        """When one `partner` was contacted, by whatever scenario and channel, and answered.

        Those that are prepared count as well, by any run: they are about to leave. An internal
        task is no contact, and nobody minds to be thanked. A step that follows the previous one
        completes the same contact: it counts for the quiet days, and not for the cap.
        """
        return SQL(
            """
            SELECT MAX(notice.day) FILTER (WHERE notice.is_contact) AS last_contact,
                   (ARRAY_AGG(notice.day ORDER BY notice.day DESC)
                       FILTER (WHERE notice.is_contact AND NOT notice.is_followup
                               AND notice.day > %(on_date)s::date - %(cap_days)s)
                   )[1:%(cap_count)s] AS contacts,
                   MAX(notice.replied_on) AS replied_on
              FROM (
                    SELECT COALESCE(done_on, date) AS day,
                           channel != 'task' AND kind != 'thanks' AS is_contact,
                           EXISTS (
                               SELECT FROM account_dunning_scenario_step step
                                WHERE step.id = step_id AND step.trigger = 'previous'
                           ) AS is_followup,
                           CASE WHEN replied_on::date <= %(on_date)s THEN replied_on::date END
                               AS replied_on
                      FROM account_dunning_notice
                     WHERE partner_id = partner.id
                       AND company_id = %(company)s
                       AND state IN %(states)s
                       AND COALESCE(done_on, date) <= %(on_date)s
                   ) notice
            """,
            company=company.id,
            on_date=on_date,
            cap_days=company.dunning_cap_days,
            cap_count=company.dunning_cap_count,
            states=CONTACT_STATES,
        )

    def _treatment(self, company, on_date):
        """The treatment of one `partner` that holds: the latest of those that hold (S1.19).

        A pause holds until its own end, whatever else was decided since.
        """
        return SQL(
            """
            SELECT (ARRAY_AGG(scenario_id ORDER BY date_start DESC, id DESC))[1] AS scenario_id,
                   (ARRAY_AGG(tone ORDER BY date_start DESC, id DESC))[1] AS tone,
                   BOOL_OR(is_paused) AS is_paused,
                   NULLIF(MAX(COALESCE(date_end, 'infinity')) FILTER (WHERE is_paused),
                          'infinity') AS date_end
              FROM account_dunning_treatment
             WHERE commercial_partner_id = partner.id
               AND company_id = %(company)s
               AND active
               AND date_start <= %(on_date)s
               AND (date_end IS NULL OR date_end >= %(on_date)s)
            """,
            company=company.id,
            on_date=on_date,
        )

    def _pending_in_bank(self, company, on_date):
        """The customers with money on the bank statement that is not reconciled yet.

        Known by the partner of the bank's line, or by the account that it was paid from. A branch
        is also paid on the accounts of its company.
        """
        return SQL(
            """
            SELECT DISTINCT payer.commercial_partner_id AS partner_id
              FROM account_bank_statement_line line
              JOIN account_move move ON move.id = line.move_id
         LEFT JOIN res_partner_bank account
                ON line.partner_id IS NULL
               AND account.active
               AND account.sanitized_acc_number
                   = UPPER(REGEXP_REPLACE(line.account_number, '\\W+', '', 'g'))
              JOIN res_partner payer ON payer.id = COALESCE(line.partner_id, account.partner_id)
             WHERE line.company_id = ANY(%(companies)s)
               AND line.is_reconciled IS NOT TRUE
               AND line.amount > 0
               AND move.state = 'posted'
               AND move.date <= %(on_date)s
            """,
            companies=company.sudo().parent_ids.ids,
            on_date=on_date,
        )

    # === Scenarios and segments ===#

    def _followed_scenario(self, company):
        """Of one `receivable`: the treatment's, the invoice's, the customer's, that of the first
        rule that fits, the company's. What has no customer follows none.
        """
        return SQL(
            """
            CASE WHEN receivable.partner_id IS NOT NULL THEN COALESCE(
                customer.treatment_scenario_id,
                receivable.dunning_scenario_id,
                customer.scenario_id,
                customer.rule_scenario_id,
                %s
            ) END
            """,
            company._get_dunning_scenario().id or None,
        )

    def _rule_scenario(self, company):
        """The scenario of the first rule that fits one `partner` (S1.25)."""
        rules = self._get_rules(company)
        if not rules:
            return SQL("NULL::int")
        cases = [
            SQL(
                "WHEN partner.id IN %s THEN %s",
                self._segment(company, rule.customer_domain),
                rule.scenario_id.id,
            )
            for rule in rules
        ]
        return SQL("CASE %s END", SQL(" ").join(cases))

    @api.model
    def _get_rules(self, company):
        """Without a default scenario, rules remind nobody: so installing writes to nobody."""
        rules = self.env["account.dunning.rule"].sudo()
        if not company._get_dunning_scenario():
            return rules
        return rules.search([("company_id", "in", [False, *company.sudo().parent_ids.ids])])

    def _matched_segments(self, company):
        """The steps with a segment that one `partner` belongs to."""
        steps = (
            self.env["account.dunning.scenario.step"]
            .sudo()
            .search([("customer_domain", "not in", (False, "[]"))])
        )
        if not steps:
            return SQL("NULL::int[]")
        cases = [
            SQL(
                "CASE WHEN partner.id IN %s THEN %s END",
                self._segment(company, step.customer_domain),
                step.id,
            )
            for step in steps
        ]
        return SQL("ARRAY_REMOVE(ARRAY[%s], NULL)", SQL(", ").join(cases))

    @api.model
    def _segment(self, company, customers):
        """The customers of a filter, as a subquery: archived ones may still owe something.

        A filter that is not valid any more fits nobody, and its rule or step says so.
        """
        partners = self.env["res.partner"].sudo().with_company(company)
        domain = read_customer_domain(partners.env, customers)
        if domain is None:
            domain = Domain.FALSE
        return partners.with_context(active_test=False)._search(domain).subselect()
