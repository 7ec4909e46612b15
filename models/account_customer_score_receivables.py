from odoo import models
from odoo.tools import SQL

from ..engine.score_facts import (
    HALF_LIFE,
    MARGIN_DAYS,
    OVERDUE_BANDS,
    RECENT_DAYS,
    TWO_YEARS,
    YEAR,
)

# Levels of reminders that the score tells apart.
HIGHEST_LEVEL = 4
# Verdicts on a dispute that make its days and its amount nobody's delay.
SPARED = SQL("('open', 'founded', 'partly')")


class AccountCustomerScore(models.Model):
    """The part of the facts that is in the receivables: delays, disputes, reminders."""

    _inherit = "account.customer.score"

    def _receivables(self, companies, on_date, partner_ids):
        """The receivables of customer invoices: those due in 24 months or later, and what is open.

        Served by account's index on the items of an account.
        """
        accounts = (
            self.env["account.account"]
            .sudo()
            .with_context(active_test=False)
            ._search([("account_type", "=", "asset_receivable")])
        )
        account_ids = [id_ for (id_,) in self.env.execute_query(accounts.select())]
        return SQL(
            """
            SELECT line.id, line.move_id,
                   COALESCE(partner.commercial_partner_id, partner.id) AS customer,
                   line.balance::float8 AS balance,
                   COALESCE(line.date_maturity, line.date) AS due,
                   COALESCE(move.invoice_date, line.date) AS invoiced_on,
                   line.reconciled IS TRUE AS is_reconciled,
                   move.payment_state IN ('in_payment', 'paid') AS is_paid
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
              JOIN res_partner partner ON partner.id = line.partner_id
             WHERE line.account_id = ANY(%(accounts)s)
               AND line.company_id = ANY(%(companies)s)
               AND line.parent_state = 'posted'
               AND line.display_type = 'payment_term'
               AND line.balance > 0
               AND move.move_type IN ('out_invoice', 'out_receipt')
               AND COALESCE(move.invoice_date, line.date) <= %(on_date)s
               AND (line.reconciled IS NOT TRUE
                    OR COALESCE(line.date_maturity, line.date) >= %(on_date)s::date - %(days)s)
               AND %(only)s
            """,
            accounts=account_ids,
            companies=companies,
            on_date=on_date,
            days=TWO_YEARS,
            only=self._only(
                SQL("COALESCE(partner.commercial_partner_id, partner.id)"), partner_ids
            ),
        )

    def _settlements(self, on_date):
        """What settled each receivable until the day: how much, by credit notes, and when.

        The last payment says when it was settled: a credit note often follows much later.
        """
        return SQL(
            """
            SELECT id, SUM(amount) AS paid, COALESCE(SUM(amount) FILTER (WHERE is_credit), 0)
                   AS credited,
                   MAX(day) FILTER (WHERE NOT is_credit) AS paid_on, MAX(day) AS settled_on
              FROM (
                    SELECT receivable.id, partial.amount::float8 AS amount,
                           partial.max_date AS day,
                           credit.display_type IS NOT DISTINCT FROM 'payment_term' AS is_credit
                      FROM receivable
                      JOIN account_partial_reconcile partial
                        ON partial.debit_move_id = receivable.id
                      JOIN account_move_line credit ON credit.id = partial.credit_move_id
                     UNION ALL
                    SELECT receivable.id, receivable.balance, MAX(payment.date), FALSE
                      FROM receivable
                      JOIN account_move__account_payment link
                        ON link.invoice_id = receivable.move_id
                      JOIN account_payment payment ON payment.id = link.payment_id
                     WHERE receivable.is_paid AND NOT receivable.is_reconciled
                       AND payment.move_id IS NULL
                       AND payment.state IN ('in_process', 'paid')
                     GROUP BY receivable.id, receivable.balance
                   ) settling
             WHERE day <= %(on_date)s
             GROUP BY id
            """,
            on_date=on_date,
        )

    # === Disputes ===#

    def _dispute_cycles(self, companies, on_date):
        """The cycles of disputes that had begun, with the verdict that was known on the day."""
        return SQL(
            """
            SELECT cycle.dispute_id, cycle.date_opened AS opened,
                   CASE WHEN cycle.date_closed <= %(on_date)s THEN cycle.date_closed END AS closed,
                   CASE WHEN cycle.date_closed <= %(on_date)s
                        THEN COALESCE(cycle.validity, '') ELSE 'open' END AS verdict,
                   cycle.number = MAX(cycle.number) OVER (PARTITION BY cycle.dispute_id) AS is_last
              FROM account_dispute_cycle cycle
              JOIN account_dispute dispute ON dispute.id = cycle.dispute_id
             WHERE cycle.company_id = ANY(%(companies)s)
               AND cycle.date_opened <= %(on_date)s
               AND dispute.side = 'customer'
            """,
            companies=companies,
            on_date=on_date,
        )

    def _contested_amounts(self):
        """Per receivable: ever contested, spared (open or founded), and contested without cause."""
        return SQL(
            """
            SELECT receivable.id,
                   SUM(line.amount_company)::float8 AS contested,
                   COALESCE(SUM(line.amount_company) FILTER (WHERE cycle.verdict IN %(spared)s), 0
                   )::float8 AS spared,
                   COALESCE(SUM(line.amount_company) FILTER (WHERE cycle.verdict = 'unfounded'), 0
                   )::float8 AS unfounded
              FROM receivable
              JOIN account_dispute_line line ON line.move_line_id = receivable.id
              JOIN cycle ON cycle.dispute_id = line.dispute_id AND cycle.is_last
             GROUP BY receivable.id
            """,
            spared=SPARED,
        )

    def _spared_days(self, on_date):
        """Per receivable: the days after its due date inside disputes that are spared, each once.

        The day of opening is none of them, that of closing is one.
        """
        return SQL(
            """
            SELECT item.id, COUNT(DISTINCT day.day) AS days
              FROM item
              JOIN account_dispute_line line ON line.move_line_id = item.id
              JOIN cycle ON cycle.dispute_id = line.dispute_id AND cycle.verdict IN %(spared)s
        CROSS JOIN LATERAL generate_series(
                       GREATEST(cycle.opened, item.due) + 1,
                       LEAST(COALESCE(cycle.closed, %(on_date)s),
                             COALESCE(item.settled, %(on_date)s)),
                       '1 day'::interval
                   ) day(day)
             GROUP BY item.id
            """,
            spared=SPARED,
            on_date=on_date,
        )

    # === One receivable, then one customer ===#

    def _items(self, on_date):
        """What ``engine.score_facts.Item`` is, per receivable; and what of it is open to claim."""
        return SQL(
            """
            SELECT *, %(on_date)s::date - due AS age, settled IS NULL AS is_open,
                   LEAST(spared, amount) AS contested_amount
              FROM (
                    SELECT receivable.id, receivable.customer, receivable.due,
                           receivable.invoiced_on,
                           receivable.balance - GREATEST(
                               0, COALESCE(settlement.credited, 0) - COALESCE(contest.spared, 0)
                           ) AS amount,
                           CASE WHEN settlement.paid > receivable.balance - 0.005
                                THEN COALESCE(settlement.paid_on, settlement.settled_on)
                           END AS settled,
                           COALESCE(contest.spared, 0) AS spared,
                           LEAST(COALESCE(contest.contested, 0), receivable.balance) AS contested,
                           LEAST(COALESCE(contest.unfounded, 0), receivable.balance) AS unfounded,
                           receivable.balance - COALESCE(settlement.paid, 0)
                               - GREATEST(0, COALESCE(contest.spared, 0)
                                             - COALESCE(settlement.credited, 0)) AS claimable
                      FROM receivable
                 LEFT JOIN settlement ON settlement.id = receivable.id
                 LEFT JOIN contest ON contest.id = receivable.id
                   ) known
             WHERE amount > 0.005
            """,
            on_date=on_date,
        )

    def _reminder_levels(self, companies, on_date):
        """Per receivable: the highest level of the reminders sent before it was settled."""
        return SQL(
            """
            SELECT item.id, MAX(LEAST(step.level, %(highest)s)) AS level
              FROM account_dunning_notice_line line
              JOIN account_dunning_notice notice ON notice.id = line.notice_id
              JOIN account_dunning_scenario_step step ON step.id = line.step_id
              JOIN item ON item.id = line.move_line_id
             WHERE line.company_id = ANY(%(companies)s)
               AND line.state = 'sent'
               AND step.level > 0
               AND COALESCE(notice.done_on, notice.date)
                   <= COALESCE(item.settled, %(on_date)s::date)
             GROUP BY item.id
            """,
            companies=companies,
            on_date=on_date,
            highest=HIGHEST_LEVEL,
        )

    def _measured_items(self, on_date):
        """Per receivable: its net delay, the share that counts, and to what periods it belongs."""
        return SQL(
            """
            SELECT item.customer, item.amount, item.recent, item.age, item.is_open,
                   item.invoiced_on, item.contested, item.unfounded, item.claimable,
                   delay.net, delay.share,
                   POWER(0.5::float8, GREATEST(item.age, 0) / %(half_life)s::float8) AS recency,
                   GREATEST(-%(margin)s, LEAST(%(margin)s, delay.net)) AS limited,
                   NOT (item.is_open AND item.age <= 0) AND item.age <= %(year)s AS in_year,
                   NOT (item.is_open AND item.age <= 0) AND item.age <= %(two_years)s
                       AS in_two_years,
                   CASE WHEN item.contested_amount > 0 THEN 0
                        ELSE COALESCE(reminder.level, 0) END AS level
              FROM (
                    SELECT *, CASE WHEN age <= %(recent)s THEN amount ELSE 0 END AS recent,
                           COALESCE(settled, %(on_date)s::date) - due AS delay
                      FROM item
                   ) item
         LEFT JOIN spared ON spared.id = item.id
         LEFT JOIN reminder ON reminder.id = item.id
        CROSS JOIN LATERAL (
                    SELECT (item.delay - LEAST(COALESCE(spared.days, 0), GREATEST(item.delay, 0))
                           )::float8 AS net,
                           CASE WHEN item.age > 0 THEN 1 - item.contested_amount / item.amount
                                ELSE 0 END AS share
                   ) delay
            """,
            on_date=on_date,
            half_life=HALF_LIFE,
            margin=MARGIN_DAYS,
            recent=RECENT_DAYS,
            year=YEAR,
            two_years=TWO_YEARS,
        )

    def _sums_by_customer(self, companies, on_date):
        """The sums of ``engine.score_facts.CustomerFacts`` that are in the receivables."""
        return SQL(
            """
            SELECT customer,
                   COUNT(*) FILTER (WHERE in_two_years AND NOT is_open) AS settled,
                   SUM(amount * share) FILTER (WHERE in_year) AS amount_weight,
                   SUM(amount * share * net) FILTER (WHERE in_year) AS amount_total,
                   ARRAY_AGG(ARRAY[amount * (1 - share), net]) FILTER (WHERE in_year AND share < 1)
                       AS amount_favourable,
                   COUNT(*) FILTER (WHERE in_year) AS amount_count,
                   SUM(recency * share) FILTER (WHERE in_two_years) AS invoice_weight,
                   SUM(recency * share * limited) FILTER (WHERE in_two_years) AS invoice_total,
                   ARRAY_AGG(ARRAY[recency * (1 - share), limited])
                       FILTER (WHERE in_two_years AND share < 1) AS invoice_favourable,
                   COUNT(*) FILTER (WHERE in_two_years) AS invoice_count,
                   ARRAY[%(bands)s] AS overdue,
                   SUM(recent) AS recent,
                   CASE WHEN %(reminds)s
                        THEN COUNT(*) FILTER (WHERE in_year) END AS reminded,
                   SUM(level) FILTER (WHERE in_year)::float8 AS reminder_levels,
                   SUM(amount) FILTER (WHERE %(invoiced)s) AS invoiced,
                   SUM(contested) FILTER (WHERE %(invoiced)s) AS contested,
                   SUM(unfounded) FILTER (WHERE %(invoiced)s) AS unfounded
              FROM measured
             GROUP BY customer
            """,
            bands=SQL(", ").join(self._overdue_bands()),
            invoiced=SQL("invoiced_on > %s::date - %s", on_date, YEAR),
            reminds=self._reminds(companies, on_date),
        )

    def _reminds(self, companies, on_date):
        """Whether these companies ran their reminders in 12 months.

        Who was reminded of what is of no account: another customer's reminder changes nothing.
        """
        return SQL(
            """
            EXISTS (SELECT FROM account_dunning_run
                     WHERE company_id = ANY(%s) AND NOT is_dry
                       AND date <= %s AND date > %s::date - %s)
            """,
            companies,
            on_date,
            on_date,
            YEAR,
        )

    def _overdue_bands(self):
        """One sum per band of what is overdue to claim, by its net delay."""
        first = 0
        for last, _weight in OVERDUE_BANDS:
            yield SQL(
                "COALESCE(SUM(GREATEST(0, claimable)) "
                "FILTER (WHERE is_open AND net > %s AND %s), 0)",
                first,
                SQL("net <= %s", last) if last else SQL("TRUE"),
            )
            first = last
