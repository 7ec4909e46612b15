from collections import defaultdict

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL, split_every
from odoo.tools.misc import formatLang

from ..engine.payment_date import CONTESTED, Sums, forecast, habit, segment
from ..engine.score_facts import HALF_LIFE, TWO_YEARS

BATCH = 1000


class AccountReceivableForecast(models.Model):
    """When an open receivable will be paid, as expected on a day: facts → decide → act.

    The customer's own habit, drawn towards that of all customers where it has paid little yet. The
    daily job writes it anew: it is a snapshot, so that lists sort and pivots group by it. It
    advises; nothing is claimed, blocked or booked by it.

    Who works in Collections or Invoicing reads; nobody writes.
    """

    _name = "account.receivable.forecast"
    _description = "Expected Payment"
    _rec_name = "move_line_id"
    _order = "expected_date, id"

    move_line_id = fields.Many2one(
        "account.move.line", string="Receivable", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    date = fields.Date(string="As of", required=True, readonly=True)
    expected_date = fields.Date(
        string="Expected Payment", required=True, readonly=True, help="As likely before as after."
    )
    date_low = fields.Date(string="At the Earliest", required=True, readonly=True)
    date_high = fields.Date(
        string="At the Latest",
        required=True,
        readonly=True,
        help="Eight payments of ten come between the two.",
    )
    late_probability = fields.Float(
        string="Late (%)", digits=(5, 1), readonly=True, aggregator="avg"
    )
    params = fields.Json(readonly=True, help="What its sentence is made of.")
    basis = fields.Char(
        string="Why This Date", compute="_compute_basis", help="In the reader's language."
    )

    _line_unique = models.UniqueIndex(
        "(move_line_id)", "The payment of this receivable is expected already."
    )

    # === Words ===#

    @api.depends("params")
    @api.depends_context("lang")
    def _compute_basis(self):
        for each in self:
            each.basis = " ".join(each._get_sentences(each.params or {}))

    def _get_sentences(self, params):
        """The working, so that a reader can follow it."""
        say, mean = self.env._, self._write_delay(params.get("mean", 0.0))
        if params.get("count"):
            yield say(
                "Its own invoices were paid %(own)s the due date on average (%(count)s in 24 "
                "months, which count for %(weight)s %%); those of all customers %(mean)s it.",
                own=self._write_delay(params["own"]),
                count=params["count"],
                weight=params["weight"],
                mean=mean,
            )
        else:
            yield say(
                "It has settled nothing in 24 months: as all customers, %(mean)s the due date.",
                mean=mean,
            )
        if params.get("contested"):
            days = formatLang(self.env, params["effect"], digits=1)
            yield say("It is contested, which takes %(days)s days more.", days=days)

    def _write_delay(self, days):
        """For a sentence: how long before or after the due date."""
        number = formatLang(self.env, abs(days), digits=1)
        if days < 0:
            return self.env._("%(number)s days before", number=number)
        return self.env._("%(number)s days after", number=number)

    # === Facts ===#

    @api.model
    def _get_forecast_facts(self, company, on_date, partner_ids=None):
        """What was settled in 24 months, and what is open, of the invoices of a company and its
        branches: in one statement, from the receivables of the scores.

        :param partner_ids: only what these commercial entities have open.
        :return: ``({customer: {traits: Sums}}, [(receivable, company, customer, due, traits)])``.
        """
        self.env.flush_all()
        scores = self.env["account.customer.score"]
        parts = scores._get_fact_statements(company, on_date, None)
        query = SQL(
            """
            WITH receivable AS MATERIALIZED (%(receivable)s),
                 cycle AS MATERIALIZED (%(cycle)s),
                 contest AS MATERIALIZED (%(contest)s),
                 settlement AS MATERIALIZED (%(settlement)s),
                 item AS MATERIALIZED (%(item)s)
            SELECT customer, contested > 0, COUNT(*),
                   SUM(recency), SUM(recency * delay), SUM(recency * delay * delay), NULL, NULL
              FROM (
                    SELECT customer, contested, (settled - due)::float8 AS delay,
                           0.5 ^ (GREATEST(%(on_date)s::date - due, 0) / %(half_life)s::float8)
                               AS recency
                      FROM item
                     WHERE settled IS NOT NULL AND due >= %(on_date)s::date - %(days)s
                   ) past
             GROUP BY customer, contested > 0
             UNION ALL
            SELECT customer, contested > 0, NULL, NULL, NULL, NULL, id, due
              FROM item
             WHERE settled IS NULL AND %(only)s
            """,
            **{name: parts[name] for name in ("receivable", "cycle", "contest")},
            settlement=parts["settlement"],
            item=parts["item"],
            on_date=on_date,
            half_life=HALF_LIFE,
            days=TWO_YEARS,
            only=scores._only(SQL("customer"), partner_ids),
        )
        histories, open_items = defaultdict(dict), []
        for customer, is_contested, *sums, receivable, due in self.env.execute_query(query):
            traits = frozenset([CONTESTED] if is_contested else ())
            if receivable:
                open_items.append((receivable, customer, due, traits))
            else:
                histories[customer][traits] = Sums(*sums)
        return histories, open_items

    # === Decide ===#

    @api.model
    def _forecast(self, company, on_date, partner_ids=None):
        """When each open receivable of a company will be paid. Writes nothing.

        :return: ``{receivable id: (engine.payment_date.Forecast, params of its sentences)}``.
        """
        histories, open_items = self._get_forecast_facts(company, on_date, partner_ids)
        within = segment(histories.values())
        habits = {
            customer: habit(histories.get(customer, {}), within)
            for customer in {item[1] for item in open_items}
        }
        result = {}
        for receivable, customer, due, traits in open_items:
            own = habits[customer]
            expected = forecast(own, within, due, on_date, traits)
            params = {
                "own": round(own.own or 0.0, 1),
                "count": own.count,
                "weight": round(own.own_weight),
                "mean": round(within.mean, 1),
            }
            if CONTESTED in traits:
                params |= {
                    "contested": True,
                    "effect": round(within.effects.get(CONTESTED, 0.0), 1),
                }
            result[receivable] = expected, params
        return result

    # === Act ===#

    @api.model
    def _refresh(self, company, on_date, partner_ids=None):
        """Write what is expected anew; what is paid since is forgotten. Idempotent.

        :param partner_ids: only these commercial entities.
        :return: the number of receivables with an expected date.
        """
        expected = self._forecast(company, on_date, partner_ids)
        self._forget_settled(company)
        for batch in split_every(BATCH, expected.items()):
            rows = [
                SQL(
                    "(%s, %s, %s, %s, %s, %s, %s)",
                    line,
                    on_date,
                    each.expected,
                    each.low,
                    each.high,
                    round(100 * each.late, 1),
                    Json(params),
                )
                for line, (each, params) in batch
            ]
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO account_receivable_forecast (move_line_id, company_id, date,
                           expected_date, date_low, date_high, late_probability, params)
                    SELECT line.id, line.company_id, new.date::date, new.expected::date,
                           new.low::date, new.high::date, new.late, new.params::jsonb
                      FROM (VALUES %s) new (id, date, expected, low, high, late, params)
                      JOIN account_move_line line ON line.id = new.id
                    ON CONFLICT (move_line_id) DO UPDATE
                       SET (date, expected_date, date_low, date_high, late_probability, params)
                         = (EXCLUDED.date, EXCLUDED.expected_date, EXCLUDED.date_low,
                            EXCLUDED.date_high, EXCLUDED.late_probability, EXCLUDED.params)
                    """,
                    SQL(", ").join(rows),
                )
            )
        self.invalidate_model(flush=False)
        return len(expected)

    def _forget_settled(self, company):
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM account_receivable_forecast expected
                 USING account_move_line line
                 WHERE line.id = expected.move_line_id
                   AND (line.reconciled OR line.parent_state != 'posted')
                   AND expected.company_id IN %s
                """,
                tuple(self.env["res.company"].sudo().search([("id", "child_of", company.id)]).ids),
            )
        )
