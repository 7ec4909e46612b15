from odoo import api, models
from odoo.tools import SQL

from ..engine.score_facts import OVERDUE_BANDS, YEAR, CustomerFacts, Delays

# A written reminder is answered by a reply, a dispute, or a payment within so many days; before
# they are over, one without an answer says nothing yet.
ANSWER_DAYS = 15


class AccountCustomerScore(models.Model):
    """The facts of the scores: one row of sums per customer."""

    _inherit = "account.customer.score"

    @api.model
    def _get_facts(self, company, on_date, partner_ids=None):
        """All that the scores of a company's customers need, as known on a day (S0.21 to S0.24).

        One statement, whatever the number of customers: it reads the receivables of 24 months and
        what is still open, of the company and its branches. Each figure is defined by
        ``engine.score_facts``; ``summarise`` there says the same in Python, and the tests compare.

        A receivable is what a customer owes on an invoice: a credit note takes off what was never
        owed, except where it settles a dispute, whose amount is kept apart. A payment that waits
        for its bank line counts on its own day.

        :param partner_ids: commercial entities; all customers if None.
        :return: a list of ``engine.score_facts.CustomerFacts``, amounts in company currency.
        """
        self.env.flush_all()
        query = SQL(
            """
            WITH receivable AS MATERIALIZED (%(receivable)s),
                 cycle AS MATERIALIZED (%(cycle)s),
                 contest AS MATERIALIZED (%(contest)s),
                 settlement AS MATERIALIZED (%(settlement)s),
                 item AS MATERIALIZED (%(item)s),
                 spared AS (%(spared)s),
                 reminder AS MATERIALIZED (%(reminder)s),
                 measured AS MATERIALIZED (%(measured)s),
                 ledger AS (%(ledger)s),
                 contact AS (%(contact)s),
                 payment AS (%(payment)s),
                 verified AS (%(verified)s),
                 present AS (%(present)s)
            SELECT partner.id,
                   COALESCE(ledger.settled, 0),
                   COALESCE(ledger.amount_weight, 0), COALESCE(ledger.amount_total, 0),
                   ledger.amount_favourable, COALESCE(ledger.amount_count, 0),
                   COALESCE(ledger.invoice_weight, 0), COALESCE(ledger.invoice_total, 0),
                   ledger.invoice_favourable, COALESCE(ledger.invoice_count, 0),
                   ledger.overdue, COALESCE(ledger.recent, 0),
                   COALESCE(ledger.reminded, 0), COALESCE(ledger.reminder_levels, 0),
                   COALESCE(ledger.invoiced, 0), COALESCE(ledger.contested, 0),
                   COALESCE(ledger.unfounded, 0),
                   COALESCE(contact.contacts, 0), COALESCE(contact.answered, 0),
                   verified.verified_on,
                   CASE WHEN payment.customer IS NOT NULL OR ledger.settled > 0
                        THEN COALESCE(payment.rejected, 0) END,
                   partner.solvency_value, partner.solvency_date,
                   COALESCE(partner.insolvency_date <= %(on_date)s, FALSE)
              FROM present
              JOIN res_partner partner ON partner.id = present.customer
         LEFT JOIN ledger ON ledger.customer = partner.id
         LEFT JOIN contact ON contact.customer = partner.id
         LEFT JOIN payment ON payment.customer = partner.id
         LEFT JOIN verified ON verified.customer = partner.id
            """,
            on_date=on_date,
            **self._get_fact_statements(company, on_date, partner_ids),
        )
        return [self._to_facts(row, on_date) for row in self.env.execute_query(query)]

    @api.model
    def _get_fact_statements(self, company, on_date, partner_ids):
        """The parts of the statement, by name."""
        companies = self.env["res.company"].sudo().search([("id", "child_of", company.id)]).ids
        return {
            "receivable": self._receivables(companies, on_date, partner_ids),
            "cycle": self._dispute_cycles(companies, on_date),
            "contest": self._contested_amounts(),
            "settlement": self._settlements(on_date),
            "item": self._items(on_date),
            "spared": self._spared_days(on_date),
            "reminder": self._reminder_levels(companies, on_date),
            "measured": self._measured_items(on_date),
            "ledger": self._sums_by_customer(companies, on_date),
            "contact": self._contacts(companies, on_date),
            "payment": self._payments(companies, on_date),
            "verified": self._verified_contacts(on_date),
            "present": self._present_customers(company, partner_ids),
        }

    @api.model
    def _to_facts(self, row, on_date):
        (customer, settled, *delays, overdue, recent, reminded, levels) = row[:14]
        invoiced, contested, unfounded, contacts, answered, verified_on, rejected = row[14:21]
        value, value_on, insolvent = row[21:]
        return CustomerFacts(
            customer=customer,
            on_date=on_date,
            settled=settled,
            by_amount=self._to_delays(*delays[:4]),
            by_invoice=self._to_delays(*delays[4:]),
            overdue=tuple(overdue or (0.0,) * len(OVERDUE_BANDS)),
            recent=recent,
            reminded=reminded,
            reminder_levels=levels,
            invoiced=invoiced,
            contested=contested,
            unfounded=unfounded,
            contacts=contacts,
            answered=answered,
            contact_verified_on=verified_on,
            rejected_payments=rejected,
            # Without its day a value of somebody else's is no fact.
            external_value=value if value_on else None,
            external_on=value_on,
            insolvent=insolvent,
        )

    @api.model
    def _to_delays(self, weight, total, favourable, count):
        return Delays(weight, total, tuple(map(tuple, favourable or ())), count)

    @api.model
    def _only(self, customer, partner_ids):
        """The condition that keeps to some customers.

        :param customer: their column, as SQL.
        """
        return SQL("TRUE") if partner_ids is None else SQL("%s = ANY(%s)", customer, partner_ids)

    # === What else is known of a customer ===#

    def _contacts(self, companies, on_date):
        """Per customer: what called for an answer in 12 months, and what had one.

        Calls that were made, and written reminders. An e-mail that came back had none.
        """
        return SQL(
            """
            SELECT asked.customer, COUNT(*) AS contacts,
                   COUNT(*) FILTER (WHERE asked.is_answered) AS answered
              FROM (
                    SELECT notice.partner_id AS customer,
                           COALESCE(notice.done_on, notice.date) AS day,
                           notice.channel = 'call' OR notice.is_bounced IS TRUE AS is_known,
                           CASE WHEN notice.is_bounced THEN FALSE
                                WHEN notice.channel = 'call'
                                THEN notice.call_outcome NOT IN ('no_answer', 'wrong_contact')
                                ELSE COALESCE(notice.replied_on::date <= %(on_date)s, FALSE)
                                     OR COALESCE(reaction.is_answered, FALSE)
                           END AS is_answered
                      FROM account_dunning_notice notice
                 LEFT JOIN (
                            SELECT line.notice_id,
                                   BOOL_OR(item.contested > 0 OR item.settled
                                           <= COALESCE(sent.done_on, sent.date) + %(days)s)
                                       AS is_answered
                              FROM account_dunning_notice_line line
                              JOIN account_dunning_notice sent ON sent.id = line.notice_id
                              JOIN item ON item.id = line.move_line_id
                             WHERE line.company_id = ANY(%(companies)s)
                             GROUP BY line.notice_id
                           ) reaction ON reaction.notice_id = notice.id
                     WHERE notice.company_id = ANY(%(companies)s)
                       AND COALESCE(notice.done_on, notice.date) <= %(on_date)s
                       AND COALESCE(notice.done_on, notice.date) > %(on_date)s::date - %(year)s
                       AND CASE notice.channel
                                WHEN 'call' THEN notice.state = 'sent'
                                                 AND notice.call_outcome IS NOT NULL
                                WHEN 'task' THEN FALSE
                                ELSE notice.kind IN ('reminder', 'formal')
                                     AND (notice.state = 'sent' OR notice.is_bounced)
                           END
                   ) asked
             WHERE asked.is_known OR asked.is_answered OR asked.day + %(days)s <= %(on_date)s
             GROUP BY asked.customer
            """,
            companies=companies,
            on_date=on_date,
            days=ANSWER_DAYS,
            year=YEAR,
        )

    def _payments(self, companies, on_date):
        """Per customer with payments in 12 months: how many of them the bank rejected.

        A payment whose entry was reversed came back as well.
        """
        return SQL(
            """
            SELECT COALESCE(partner.commercial_partner_id, partner.id) AS customer,
                   COUNT(*) FILTER (
                       WHERE payment.state = 'rejected' OR reversal.id IS NOT NULL) AS rejected
              FROM account_payment payment
              JOIN res_partner partner ON partner.id = payment.partner_id
         LEFT JOIN (
                    SELECT DISTINCT reversed_entry_id AS id
                      FROM account_move
                     WHERE reversed_entry_id IS NOT NULL AND state = 'posted'
                       AND move_type = 'entry' AND date <= %(on_date)s
                   ) reversal ON reversal.id = payment.move_id
             WHERE payment.company_id = ANY(%(companies)s)
               AND payment.payment_type = 'inbound'
               AND payment.partner_type = 'customer'
               AND payment.state IN ('in_process', 'paid', 'rejected')
               AND payment.date <= %(on_date)s
               AND payment.date > %(on_date)s::date - %(year)s
             GROUP BY 1
            """,
            companies=companies,
            on_date=on_date,
            year=YEAR,
        )

    def _verified_contacts(self, on_date):
        """Per customer: when a contact that can be reached was last verified."""
        return SQL(
            """
            SELECT COALESCE(commercial_partner_id, id) AS customer,
                   MAX(dunning_verified_on) AS verified_on
              FROM res_partner
             WHERE dunning_verified_on <= %s AND is_unreachable IS NOT TRUE
             GROUP BY 1
            """,
            on_date,
        )

    def _present_customers(self, company, partner_ids):
        """Who has receivables, or has a score that they no longer say."""
        return SQL(
            """
            SELECT customer FROM ledger
             UNION
            SELECT partner_id FROM account_customer_score
             WHERE superseded_on IS NULL AND company_id = %s AND %s
            """,
            company.id,
            self._only(SQL("partner_id"), partner_ids),
        )
