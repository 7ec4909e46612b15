import json
import logging
from dataclasses import dataclass
from datetime import date

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine import score as engine
from .res_partner_score import SHOWN

_logger = logging.getLogger(__name__)

# The trend: points gained or lost beside the score of so many days before.
TREND_DAYS = 90
TREND_POINTS = 3.0
# Customers per batch; each is committed, so that a job that was killed goes on where it stopped.
BATCH = 2_000
# The columns of the two tables that are inserted into.
SCORE_COLUMNS = {
    "partner_id": SQL("int"),
    "company_id": SQL("int"),
    "date": SQL("date"),
    "previous_id": SQL("int"),
    "formula_id": SQL("int"),
    "is_rated": SQL("bool"),
    "score": SQL("numeric"),
    "uncapped": SQL("numeric"),
    "cap": SQL("varchar"),
    "score_class": SQL("varchar"),
    "confidence": SQL("numeric"),
    "settled_count": SQL("int"),
    "dispute_propensity": SQL("numeric"),
    "trend": SQL("varchar"),
    "fingerprint": SQL("varchar"),
}
COMPONENT_COLUMNS = {
    "score_id": SQL("int"),
    "sequence": SQL("int"),
    "code": SQL("varchar"),
    "value": SQL("numeric"),
    "points": SQL("numeric"),
    "weight": SQL("numeric"),
    "share": SQL("numeric"),
    "has_data": SQL("bool"),
    "reason": SQL("varchar"),
    "params": SQL("jsonb"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """A customer whose snapshot is new: its class before (None at first) and after.

    `is_by_formula`: it was scored by another version of the formula before.
    """

    partner_id: int
    before: str | None
    after: str
    is_by_formula: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of a customer: its current snapshot, the past, and what its form shows."""

    partner_id: int
    id: int | None
    date: date | None
    score_class: str | None
    fingerprint: str | None
    formula_id: int | None
    past: float | None  # the score of TREND_DAYS before
    shown: dict
    is_overridden: bool


class AccountCustomerScore(models.Model):
    """From facts to snapshots: computed for all, written for whom something changed."""

    _inherit = "account.customer.score"

    # === Decide ===#

    @api.model
    def _score(self, company, on_date, partner_ids=None, formula=None):
        """The scores of a company's customers as of a day; writes nothing.

        :param partner_ids: commercial entities; all customers if None.
        :param formula: a version of the formula; the active one if None.
        :return: ``[(engine.score_facts.CustomerFacts, engine.score.ScoreResult)]``.
        :raise UserError: when the company has no active formula.
        """
        formula = formula or self._get_active_formula(company)
        facts = self._get_facts(company, on_date, partner_ids)
        results = self._rate(company, on_date, facts, formula)
        return [pair for pair in zip(facts, results, strict=True) if pair[1]]

    @api.model
    def _rate(self, company, on_date, facts, formula):
        """The ``engine`` scores that a version of the formula gives to facts, in their order.

        None where a measure, such as another addon's, is broken: that customer keeps what it has.
        """
        rules = formula.sudo()._to_engine()
        extra = self._get_extra_components(company, on_date, [each.customer for each in facts])
        return [self._rate_one(each, rules, extra.get(each.customer)) for each in facts]

    @api.model
    def _rate_one(self, facts, rules, extra):
        """The score of one customer; None, and the server's log says why, when it breaks."""
        try:
            return engine.score(facts, rules, self._to_measures(extra))
        except Exception:  # the others have nothing to do with it
            _logger.exception("The score of customer %s failed", facts.customer)
            return None

    @api.model
    def _get_active_formula(self, company):
        formula = self.env["account.customer.score.formula"]._get_active(company)
        if not formula:
            raise UserError(
                self.env._(
                    "%(company)s has no active formula: open the formulas of the score, and "
                    "activate one.",
                    company=company.name,
                )
            )
        return formula

    @api.model
    def _get_extra_components(self, company, on_date, partner_ids):
        """What another addon measures, for the components that it brings.

        Its names and sentences: :meth:`_get_component_names`, :meth:`_get_sentences`.

        :return: ``{customer: {code: (value, points, params)}}``. `value` None: no data. `points`
            None: the break points of the formula give them. The sentence is the one of the code,
            and `params` complete it: JSON values.
        """
        return {}

    @api.model
    def _to_measures(self, extra):
        return {
            code: engine.Measure(value, code, params, points)
            for code, (value, points, params) in (extra or {}).items()
        }

    # === Act ===#

    @api.model
    def _refresh(self, company, on_date, partner_ids=None):
        """Make a snapshot of each customer whose score says something new; the others keep theirs.

        :return: the number of snapshots.
        """
        return sum(self._refresh_in_batches(company, on_date, partner_ids))

    @api.model
    def _refresh_in_batches(self, company, on_date, partner_ids=None, batch_size=BATCH):
        """See :meth:`_refresh`. The facts come first, in one statement; then the writing.

        :return: a generator that yields the number of snapshots after each batch, for the caller
            to commit. What a killed job has not written, the next one finds changed.
        """
        scores = self.sudo()
        formula = self._get_active_formula(company)
        results = scores._score(company, on_date, partner_ids, formula)
        known = scores._get_known(company, on_date, partner_ids)
        for start in range(0, len(results), batch_size):
            batch = results[start : start + batch_size]
            yield scores._write_batch(company, on_date, formula, batch, known)

    @api.model
    def _write_batch(self, company, on_date, formula, batch, known):
        """Write what changed for some customers; returns the number of snapshots."""
        rows, shown, components = [], [], {}
        for facts, result in batch:
            past = known.get(facts.customer)
            # A day that is over by now is not scored again.
            if past and past.date and past.date > on_date:
                continue
            trend = self._get_trend(result.score, past and past.past)
            fingerprint = self._get_fingerprint(formula, result)
            is_new = not past or past.fingerprint != fingerprint
            if is_new:
                row = self._prepare_row(company, on_date, formula, facts, result, past)
                rows.append(row | {"trend": trend, "fingerprint": fingerprint})
                components[facts.customer] = result.components
            shown.append(self._prepare_shown(result, trend, past, is_new))
        inserted = self._insert_snapshots(company, on_date, rows, components)
        self.env["res.partner"]._write_scores(company, list(filter(None, shown)))
        changes = [self._get_change(known, row) for row in rows if row["partner_id"] in inserted]
        self._after_scoring(company, on_date, changes)
        return len(inserted)

    @api.model
    def _get_change(self, known, row):
        past = known.get(row["partner_id"])
        if not past or not past.id:
            return Change(row["partner_id"], None, row["score_class"])
        is_by_formula = past.formula_id != row["formula_id"]
        return Change(row["partner_id"], past.score_class, row["score_class"], is_by_formula)

    @api.model
    def _after_scoring(self, company, on_date, changes):
        """What follows from new snapshots: nothing here, other parts of the addon add to it.

        Called once per batch, before it is committed.

        :param changes: a list of :class:`Change`, one per customer with a new snapshot.
        """

    @api.model
    def _get_trend(self, score, past):
        """`up`, `flat` or `down` beside the score of three months before; None without one."""
        if score is None or past is None:
            return None
        if abs(score - past) < TREND_POINTS:
            return "flat"
        return "up" if score > past else "down"

    @api.model
    def _get_fingerprint(self, formula, result):
        """What a snapshot says, in short: with the same, no new one is made.

        To the whole point: what is open grows older every day, and would make every customer with
        an overdue invoice a new snapshot each night.
        """
        points = (each.points for each in result.components)
        figures = (result.score, result.confidence, result.dispute_propensity, *points)
        rounded = ("" if figure is None else str(round(figure)) for figure in figures)
        return ":".join((str(formula.id), result.letter, result.cap or "", *rounded))

    @api.model
    def _prepare_row(self, company, on_date, formula, facts, result, past):
        return {
            "partner_id": facts.customer,
            "company_id": company.id,
            "date": fields.Date.to_string(on_date),
            "previous_id": past and past.id,
            "formula_id": formula.id,
            "is_rated": result.score is not None,
            "score": result.score,
            "uncapped": result.uncapped,
            "cap": result.cap,
            "score_class": result.letter,
            "confidence": result.confidence,
            "settled_count": facts.settled,
            "dispute_propensity": result.dispute_propensity,
        }

    @api.model
    def _prepare_shown(self, result, trend, past, is_new):
        """The values of the customer's own fields, where they differ; a class set by hand stays.

        The figures are those of the snapshot, and change with it only.
        """
        shown = past.shown if past else {}
        values = {**shown, "score_class": result.letter, "score_trend": trend}
        if is_new:
            values |= {
                "score_value": result.score,
                "dispute_propensity": result.dispute_propensity,
            }
        if past and past.is_overridden:
            values["score_class"] = shown.get("score_class")
        if all(shown.get(name) == value for name, value in values.items()):
            return None
        return {"id": result.customer, **values}

    # === What is stored ===#

    @api.model
    def _get_known(self, company, on_date, partner_ids):
        """What is stored of the customers: one statement; ``{customer: Known}``.

        Customers without a score are in it when somebody set their class by hand.
        """
        self.env.flush_all()
        shown = (SQL("partner.%s->%s", SQL.identifier(name), str(company.id)) for name in SHOWN)
        query = SQL(
            """
            SELECT partner.id, score.id, score.date, score.score_class, score.fingerprint,
                   score.formula_id, past.score::float8, %(shown)s, manual.partner_id IS NOT NULL
              FROM res_partner partner
         LEFT JOIN account_customer_score score
                ON score.partner_id = partner.id AND score.company_id = %(company)s
               AND score.superseded_on IS NULL
         LEFT JOIN account_customer_score_override manual
                ON manual.partner_id = partner.id AND manual.company_id = %(company)s
               AND manual.active
         LEFT JOIN LATERAL (
                    SELECT before.score
                      FROM account_customer_score before
                     WHERE before.partner_id = score.partner_id
                       AND before.company_id = score.company_id
                       AND before.date <= %(on_date)s::date - %(days)s
                     ORDER BY before.date DESC, before.id DESC
                     LIMIT 1
                   ) past ON TRUE
             WHERE (score.id IS NOT NULL OR manual.id IS NOT NULL) AND %(only)s
            """,
            shown=SQL(", ").join(shown),
            company=company.id,
            on_date=on_date,
            days=TREND_DAYS,
            only=self._only(SQL("partner.id"), partner_ids),
        )
        return {
            row[0]: Known(*row[:7], dict(zip(SHOWN, row[7:11], strict=True)), row[11])
            for row in self.env.execute_query(query)
        }

    @api.model
    def _insert_snapshots(self, company, on_date, rows, components):
        """Insert snapshots in the place of the former ones: three statements, however many.

        A customer that another worker scored meanwhile keeps that snapshot.

        :param rows: dictionaries with the keys of `SCORE_COLUMNS`.
        :param components: ``{customer: engine components}``.
        :return: ``{customer: id}`` of what was inserted.
        """
        if not rows:
            return {}
        former = [row["previous_id"] for row in rows if row["previous_id"]]
        self.env.cr.execute(
            SQL(
                "UPDATE account_customer_score SET superseded_on = %s WHERE id = ANY(%s)",
                on_date,
                former,
            )
        )
        ids = dict(self._insert_rows(self._table, SCORE_COLUMNS, rows, SQL("partner_id, id")))
        self._insert_rows(
            self.component_ids._table,
            COMPONENT_COLUMNS,
            [
                self._prepare_component(ids[customer], sequence, each)
                for customer, results in components.items()
                if customer in ids
                for sequence, each in enumerate(results, start=1)
            ],
            SQL("1"),
        )
        self.invalidate_model()
        self.component_ids.invalidate_model()
        return ids

    @api.model
    def _prepare_component(self, score_id, sequence, result):
        return {
            "score_id": score_id,
            "sequence": sequence,
            "code": result.code,
            "value": result.value,
            "points": result.points,
            "weight": result.weight,
            "share": result.share,
            "has_data": result.points is not None,
            "reason": result.reason,
            "params": dict(result.params),
        }

    @api.model
    def _insert_rows(self, table, columns, rows, returning):
        """Insert rows in one statement, with one parameter.

        :param columns: ``{name: SQL type}``.
        :return: what `returning` asks for, a tuple per row.
        """
        names = SQL(", ").join(map(SQL.identifier, columns))
        typed = SQL(", ").join(
            SQL("%s %s", SQL.identifier(name), kind) for name, kind in columns.items()
        )
        query = SQL(
            "INSERT INTO %s (%s) SELECT %s FROM jsonb_to_recordset(%s) AS row(%s)"
            " ON CONFLICT DO NOTHING RETURNING %s",
            SQL.identifier(table),
            names,
            names,
            json.dumps(rows, default=fields.Date.to_string),
            typed,
            returning,
        )
        return self.env.execute_query(query)

    # === Every day ===#

    @api.model
    def _cron_refresh(self):
        """Score the customers of every company. Called once a day.

        Each batch is committed: a job that was killed, or whose time was over, finds the customers
        that it has done unchanged when it is called again.
        """
        self._do_companies(lambda scores, *args: scores._refresh_in_batches(*args))

    @api.model
    def _do_companies(self, work):
        """Do a day's work for each company; one where it breaks does not stop the others.

        :param work: takes this model in the company, the company and the day; its generator yields
            after each part, to be committed.
        """
        cron, today = self.env["ir.cron"], fields.Date.context_today(self)
        companies = self.env["res.company"].sudo().search([])  # pylint: disable=no-search-all
        cron._commit_progress(remaining=len(companies))
        for number, company in enumerate(companies):
            left = len(companies) - number
            scores = self.with_company(company).with_context(lang=company.partner_id.lang)
            try:
                for _part in work(scores, company, today):
                    if not cron._commit_progress(remaining=left):
                        return
            except psycopg2.OperationalError:
                raise  # the database's own: Odoo tries again
            except Exception:  # whatever is wrong with one company
                self.env.cr.rollback()
                _logger.exception("The scores of company %s failed", company.id)
            cron._commit_progress(1, remaining=left - 1)

    @api.model
    def action_refresh(self):
        """Score the customers of the current company now.

        :raise AccessError: for a user who may not write formulas.
        """
        self.env["account.customer.score.formula"].check_access("write")
        self._refresh(self.env.company, fields.Date.context_today(self))
        return {"type": "ir.actions.client", "tag": "soft_reload"}
