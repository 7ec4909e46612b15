from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..engine.penalty_facts import Case, CreditNote, Dispute, Payment, Period, Policy

# Moves that a customer pays; an opening balance is an entry, and none of these.
INVOICES = ("out_invoice", "out_receipt")
# Where a regime comes from, the strongest first.
SOURCES = ("move", "term", "partner")


@dataclass(frozen=True, slots=True)
class PenaltyFacts:
    """One receivable that is or was late: its case for the engine, and whose it is.

    Amounts are in the receivable's currency. `principal` is the whole receivable; the case's amount
    is without what was paid before the invoice. `date_paid` is the day on which nothing was open
    any more. `regime_id` is None when no regime is known for the customer.
    """

    move_line_id: int
    move_id: int
    move_name: str
    partner_id: int
    currency_id: int
    date_maturity: date
    principal: Decimal
    date_paid: date | None
    country_id: int | None
    debtor: str
    regime_id: int | None
    regime_reason: str | None
    case: Case


class AccountPenalty(models.Model):
    """The facts of a penalty: what happened to each receivable that is or was late."""

    _inherit = "account.penalty"

    @api.model
    def _get_cases(self, company, on_date, move_line_ids=None, move_ids=None):
        """What the engine needs to know of each late receivable, as known on a day.

        One statement, whatever the number of receivables; and one more when a fixed fee is in
        another currency than a receivable. Receivables are those of posted customer invoices due
        since the company counts penalties: open ones that are late, and those settled late; never
        the debit notes of penalties themselves, as interest bears no interest.

        :param move_line_ids: only the invoices of these receivables, with all their instalments:
            an invoice owes one fee.
        :param move_ids: only these invoices.
        :return: a list of :class:`PenaltyFacts`.
        """
        if not company.penalty_since:
            return []
        if move_line_ids is not None:
            lines = self.env["account.move.line"].sudo().browse(move_line_ids)
            move_ids = lines.move_id.ids
        self.env.flush_all()
        query = self._facts_statement(company, on_date, move_ids)
        rows = self.env.execute_query(query)
        find_regime = self._get_regime_finder(company)
        facts = [_read(row, find_regime, company, on_date) for row in rows]
        return self._with_exchange(company, [each for each in facts if each])

    def _facts_statement(self, company, on_date, move_ids):
        """One row per receivable; amounts come as text, as Odoo's cursor would make floats of them.

        What was settled and contested is looked up receivable by receivable, by the indexes on
        reconciliations and on the lines of disputes and notices.
        """
        return SQL(
            """
            WITH receivable AS MATERIALIZED (%(receivables)s)
            SELECT receivable.id, receivable.move_id, receivable.name, receivable.partner_id,
                   receivable.currency_id, receivable.date_maturity,
                   receivable.amount_currency::text, receivable.reconciled,
                   receivable.invoice_date, receivable.amount_total::text,
                   currency.name, currency.decimal_places,
                   partner.country_id,
                   COALESCE(partner.penalty_debtor,
                            CASE WHEN partner.is_company OR LENGTH(partner.vat) > 1
                                 THEN 'professional' ELSE 'consumer' END),
                   partner.insolvency_date,
                   ARRAY[receivable.penalty_regime_id, term.penalty_regime_id,
                         (partner.penalty_regime_id->>%(company_key)s)::int],
                   COALESCE(NULLIF(receivable.penalty_rate, 0), NULLIF(term.penalty_rate, 0),
                            NULLIF((partner.penalty_rate->>%(company_key)s)::numeric, 0))::text,
                   formal.day, settled.events, settled.is_moved, contested.disputes
              FROM receivable
              JOIN res_currency currency ON currency.id = receivable.currency_id
              JOIN res_partner partner ON partner.id = receivable.partner_id
         LEFT JOIN account_payment_term term ON term.id = receivable.invoice_payment_term_id
        CROSS JOIN LATERAL (%(settled)s) settled
        CROSS JOIN LATERAL (%(contested)s) contested
        CROSS JOIN LATERAL (%(formal)s) formal
             ORDER BY receivable.move_id, receivable.date_maturity, receivable.id
            """,
            receivables=self._late_receivables(company, on_date, move_ids),
            company_key=str(company.id),
            settled=self._settlements(company),
            contested=self._contests(company),
            formal=self._formal_notice(),
        )

    def _late_receivables(self, company, on_date, move_ids=None):
        """The receivables that are late, or were settled late.

        Entries are looked up one by one (LATERAL with a LIMIT), as in `account.receivable`.
        """
        accounts = (
            self.env["account.account"]
            .sudo()
            .with_context(active_test=False)
            ._search([("account_type", "=", "asset_receivable")])
        )
        return SQL(
            """
            SELECT line.id, line.move_id, line.amount_currency, line.currency_id,
                   line.company_currency_id, line.date_maturity,
                   COALESCE(line.reconciled, FALSE) AS reconciled,
                   COALESCE(owner.commercial_partner_id, line.partner_id) AS partner_id,
                   move.name, move.invoice_date, move.amount_total, move.invoice_payment_term_id,
                   move.penalty_regime_id, move.penalty_rate
              FROM account_move_line line
        CROSS JOIN LATERAL (SELECT * FROM account_move WHERE id = line.move_id LIMIT 1) move
              JOIN res_partner owner ON owner.id = line.partner_id
             WHERE line.account_id = ANY(%(accounts)s)
               AND line.company_id = %(company)s
               AND line.parent_state = 'posted'
               AND line.date_maturity >= %(since)s
               AND line.date_maturity < %(on_date)s
               AND line.amount_currency > 0
               AND move.move_type IN %(invoices)s
               AND %(only)s
               AND line.move_id NOT IN (
                       SELECT move_id FROM account_move_line WHERE penalty_id IS NOT NULL)
               AND (line.reconciled IS NOT TRUE OR EXISTS (
                       SELECT FROM account_partial_reconcile partial
                        WHERE partial.debit_move_id = line.id
                          AND partial.max_date > line.date_maturity))
            """,
            accounts=[id_ for (id_,) in self.env.execute_query(accounts.select())],
            company=company.id,
            since=company.penalty_since,
            on_date=on_date,
            invoices=INVOICES,
            only=SQL("TRUE") if move_ids is None else SQL("line.move_id = ANY(%s)", list(move_ids)),
        )

    def _settlements(self, company):
        """What settled one `receivable`: an array of ``[kind, day, amount, share, dispute]``.

        `kind` is ``payment``, ``credit`` (never owed) or ``gesture``. A credit note of another
        invoice, and a vendor bill, settle as a payment does. `share` is the part of an entry that
        is a loss or a discount, and no money. Exchange differences settle nothing; nor does a
        transfer to another account of the customer (411 to 416): what settles it there does, and
        `is_moved` is whether some of it is open.
        """
        return SQL(
            """
            SELECT jsonb_agg(jsonb_build_array(
                       CASE WHEN moved.id IS NOT NULL THEN moved.kind
                            WHEN NOT entry.is_credit THEN 'payment'
                            WHEN decided.outcome = 'gesture' THEN 'gesture'
                            ELSE 'credit' END,
                       COALESCE(moved.date, counterpart.date),
                       ROUND(partial.debit_amount_currency * COALESCE(moved.share, 1),
                             currency.decimal_places)::text,
                       lost.share::text, decided.name)
                       ORDER BY COALESCE(moved.date, counterpart.date), partial.id
                   ) FILTER (WHERE moved.id IS NULL OR moved.share IS NOT NULL) AS events,
                   BOOL_OR(moved.is_open) AS is_moved
              FROM account_partial_reconcile partial
              JOIN account_move_line counterpart ON counterpart.id = partial.credit_move_id
        CROSS JOIN LATERAL (
                    SELECT move.id, move.move_type,
                           move.move_type = 'out_refund'
                           AND COALESCE(move.reversed_entry_id, receivable.move_id)
                               = receivable.move_id AS is_credit
                      FROM account_move move
                     WHERE move.id = counterpart.move_id
                     LIMIT 1
                   ) entry
         LEFT JOIN LATERAL (
                    SELECT resolution.outcome, dispute.name
                      FROM account_dispute_resolution_credit_rel link
                      JOIN account_dispute_resolution resolution
                        ON resolution.id = link.account_dispute_resolution_id
                      JOIN account_dispute dispute ON dispute.id = resolution.dispute_id
                     WHERE link.account_move_id = entry.id AND entry.is_credit
                     LIMIT 1
                   ) decided ON TRUE
         LEFT JOIN LATERAL (
                    SELECT SUM(part.balance) FILTER (
                               WHERE SPLIT_PART(account.account_type, '_', 1)
                                     IN ('income', 'expense')
                                  OR part.tax_line_id IS NOT NULL)
                           / NULLIF(SUM(-part.balance) FILTER (
                               WHERE account.account_type = 'asset_receivable'), 0) AS share
                      FROM account_move_line part
                      JOIN account_account account ON account.id = part.account_id
                     WHERE part.move_id = entry.id AND entry.move_type = 'entry'
                   ) lost ON lost.share > 0
         LEFT JOIN LATERAL (%(moved)s) moved ON lost.share IS NULL
             WHERE partial.debit_move_id = receivable.id
               AND partial.debit_amount_currency > 0
               AND (receivable.currency_id = receivable.company_currency_id OR NOT EXISTS (
                       SELECT FROM account_partial_reconcile other
                        WHERE other.exchange_move_id = counterpart.move_id))
            """,
            moved=self._transfers(company),
        )

    def _contests(self, company):
        """The disputes of one `receivable`, an array of
        ``[name, amount, policy, periods, first day, new due date]``.

        Until a dispute is closed its amount bears nothing, as a contested amount is never claimed;
        then its resolution decides, also about the days before. A suspicion has no period.
        """
        return SQL(
            """
            SELECT jsonb_agg(jsonb_build_array(
                       dispute.name, line.amount::text,
                       CASE WHEN dispute.state = 'closed'
                            THEN COALESCE(agreed.penalty_policy, reason.penalty_policy, %(policy)s)
                            ELSE 'from_resolution' END,
                       cycles.periods, agreed.penalty_date, agreed.new_due_date)
                       ORDER BY dispute.id
                   ) AS disputes
              FROM account_dispute_line line
              JOIN account_dispute dispute ON dispute.id = line.dispute_id
         LEFT JOIN account_dispute_reason reason ON reason.id = dispute.reason_id
         LEFT JOIN account_dispute_resolution agreed
                ON agreed.id = dispute.resolution_id AND dispute.state = 'closed'
        CROSS JOIN LATERAL (
                    SELECT jsonb_agg(jsonb_build_array(cycle.date_opened, cycle.date_closed)
                                     ORDER BY cycle.number) AS periods
                      FROM account_dispute_cycle cycle
                     WHERE cycle.dispute_id = dispute.id
                   ) cycles
             WHERE line.move_line_id = receivable.id AND cycles.periods IS NOT NULL
            """,
            policy=company.dispute_penalty_policy,
        )

    def _formal_notice(self):
        """When one `receivable` was first under formal notice: its receipt, where it is known."""
        return SQL(
            """
            SELECT MIN(COALESCE(notice.receipt_date, notice.done_on, notice.date)) AS day
              FROM account_dunning_notice_line line
              JOIN account_dunning_notice notice ON notice.id = line.notice_id
              JOIN account_dunning_scenario_step step ON step.id = line.step_id
             WHERE line.move_line_id = receivable.id
               AND line.state = 'sent'
               AND step.tone = 'formal'
            """
        )

    # === Regime ===#

    @api.model
    def _get_regime_finder(self, company):
        """A function of ``(regime ids by SOURCES, country id, debtor, invoice date)``.

        It gives ``(id, code, why)``, or None when nothing is known for the country. What is for
        professionals is never for a consumer, whoever chose it: no agreement takes that away.
        """
        regimes = self.env["account.penalty.regime"].with_company(company)
        known = {
            regime.id: (regime.code, regime.debtor)
            for regime in regimes.sudo().with_context(active_test=False).search([])
        }

        def find(chosen, country_id, debtor, invoice_date):
            for regime_id, reason in zip(chosen, SOURCES, strict=True):
                if regime_id and (debtor != "consumer" or known[regime_id][1] == "consumer"):
                    return regime_id, known[regime_id][0], reason
            country = self._get_law_country(company, country_id)
            regime = regimes._choose(country, debtor, invoice_date)
            return (regime.id, known[regime.id][0], "country") if regime else None

        return find

    @api.model
    def _get_law_country(self, company, country_id):
        """Whose law holds for customers of a country who have no regime of their own."""
        own = company.account_fiscal_country_id or company.country_id
        country = self.env["res.country"].browse(country_id or ())
        return country or own if company.penalty_law == "partner" else own

    # === Fees in another currency ===#

    @api.model
    def _with_exchange(self, company, facts):
        """Facts whose cases know what a fee in another currency is worth, by the company's rate of
        the first late day: so a fee doesn't change from one day to the next.

        A currency without a rate stays unknown, and its case says so when it is computed.
        """
        regimes = self.env["account.penalty.regime"]._get_rulebook().regimes
        needed = {}
        for each in facts:
            regime = regimes.get(each.case.regime)
            if regime and regime.fee_tiers:
                names = {regime.fee_currency, regime.threshold_currency or regime.fee_currency}
                if names := names - {each.case.currency}:
                    needed[each.move_line_id] = names
        if not needed:
            return facts
        wanted = {
            (name, each.currency_id, each.date_maturity)
            for each in facts
            for name in needed.get(each.move_line_id, ())
        }
        worth = self._get_worth(company, wanted)
        return [
            replace(each, case=replace(each.case, exchange=_pick(each, needed, worth)))
            if each.move_line_id in needed
            else each
            for each in facts
        ]

    @api.model
    def _get_worth(self, company, wanted):
        """What one unit of a currency is worth in another on the day after a due date.

        :param wanted: ``{(name of a currency, id of the other, due date)}``.
        :return: ``{key of wanted: Decimal}``, without those of which no rate is known.
        """
        names, currency_ids, days = zip(*sorted(wanted), strict=True)
        rate = SQL(
            """
            SELECT rate FROM res_currency_rate
             WHERE currency_id = held.id AND name <= wanted.day + 1
               AND (company_id IS NULL OR company_id = %s)
             ORDER BY company_id, name DESC
             LIMIT 1
            """,
            company.root_id.id,
        )
        query = SQL(
            """
            SELECT wanted.name, wanted.currency_id, wanted.day,
                   (CASE other.is_own WHEN TRUE THEN COALESCE(other.rate, 1) ELSE other.rate END
                    / CASE fee.is_own WHEN TRUE THEN COALESCE(fee.rate, 1) ELSE fee.rate END)::text
              FROM UNNEST(%(names)s, %(currency_ids)s, %(days)s)
                   AS wanted(name, currency_id, day)
        CROSS JOIN LATERAL (
                    SELECT held.id = %(own)s AS is_own, (%(rate)s) AS rate
                      FROM res_currency held WHERE held.name = wanted.name
                   ) fee
        CROSS JOIN LATERAL (
                    SELECT held.id = %(own)s AS is_own, (%(rate)s) AS rate
                      FROM res_currency held WHERE held.id = wanted.currency_id
                   ) other
            """,
            names=list(names),
            currency_ids=list(currency_ids),
            days=list(days),
            own=company.currency_id.id,
            rate=rate,
        )
        self.env["res.currency.rate"].flush_model()
        return {tuple(row[:3]): Decimal(row[3]) for row in self.env.execute_query(query) if row[3]}


def _pick(facts, needed, worth):
    """What the fees of one receivable are worth, of :meth:`AccountPenalty._get_worth`."""
    keys = {
        name: (name, facts.currency_id, facts.date_maturity) for name in needed[facts.move_line_id]
    }
    return {name: worth[key] for name, key in keys.items() if key in worth}


def _read(row, find_regime, company, on_date):
    """A row of the statement as :class:`PenaltyFacts`; None when paid before the invoice."""
    line_id, move_id, name, partner_id, currency_id, due, amount, reconciled = row[:8]
    invoice_date, invoice_amount, currency, digits = row[8:12]
    country_id, debtor, judgment, chosen, rate, notice, events, is_moved, contests = row[12:]
    events = [(kind, date.fromisoformat(day), *rest) for kind, day, *rest in events or ()]
    principal = Decimal(amount)
    deposits = sum(Decimal(each[2]) for each in events if each[1] < invoice_date)
    if deposits >= principal:
        return None
    is_settled = reconciled and not is_moved
    paid = max((each[1] for each in events), default=None) if is_settled else None
    date_paid = paid if paid and paid <= on_date else None
    disputes = _read_disputes(contests, principal - deposits)
    payments, credit_notes = _read_events(
        [each for each in events if each[1] >= invoice_date],
        {dispute.reference for dispute in disputes},
        Decimal(1).scaleb(-digits),
    )
    regime = find_regime(chosen, country_id, debtor, invoice_date)
    regime_id, code, reason = regime or (None, "", None)
    case = Case(
        reference=f"{name}/{line_id}",
        regime=code,
        amount=principal - deposits,
        due=due,
        as_of=date_paid or on_date,
        currency=currency,
        digits=digits,
        invoice_date=invoice_date,
        invoice=str(move_id),
        invoice_amount=Decimal(invoice_amount),
        contract_rate=Decimal(rate) if rate and debtor != "consumer" else None,
        notice=notice,
        judgment=judgment,
        payments=payments,
        credit_notes=credit_notes,
        disputes=disputes,
    )
    return PenaltyFacts(
        *(line_id, move_id, name, partner_id, currency_id, due, principal, date_paid),
        *(country_id, debtor, regime_id, reason, case),
    )


def _read_events(events, disputes, quantum):
    """Payments and credit notes; what an entry writes off settles as a gesture, not as money."""
    payments, credit_notes = [], []
    for kind, day, amount, share, dispute in events:
        amount = Decimal(amount)
        if kind == "payment":
            lost = (amount * min(Decimal(share), Decimal(1))).quantize(quantum) if share else 0
            if amount > lost:
                payments.append(Payment(day, amount - lost))
            if lost:
                credit_notes.append(CreditNote(day, lost, retroactive=False))
        else:
            dispute = dispute if dispute in disputes else None
            credit_notes.append(CreditNote(day, amount, kind == "credit", dispute))
    return tuple(payments), tuple(credit_notes)


def _read_disputes(contests, amount):
    """Nobody contests more than what is left of the receivable."""
    disputes = []
    for name, contested, policy, periods, first_day, new_due_date in contests or ():
        periods = tuple(
            Period(date.fromisoformat(opened), date.fromisoformat(closed) if closed else None)
            for opened, closed in periods
        )
        closed, policy, term_days = periods[-1].closed, Policy(policy), 0
        if policy is Policy.MANUAL and not first_day:
            policy = Policy.FROM_RESOLUTION  # the day is said when it is settled
        if policy is Policy.FROM_RESOLUTION and closed and new_due_date:
            term_days = max(0, (date.fromisoformat(new_due_date) - closed).days)
        first_day = date.fromisoformat(first_day) if first_day else None
        contested = min(Decimal(contested), amount)
        disputes.append(Dispute(name, contested, policy, periods, term_days, first_day))
    return tuple(disputes)
