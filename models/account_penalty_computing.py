import logging
from dataclasses import replace
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..engine.penalty import compute_all
from ..engine.penalty_cases import case_as_json, result_as_json
from ..engine.penalty_error import PenaltyError
from ..engine.penalty_regime import Allocation, Rulebook

_logger = logging.getLogger(__name__)

BATCH_SIZE = 2000  # invoices
# A transaction that was open meanwhile may commit what it wrote before we looked.
OVERLAP = timedelta(hours=1)
EMPTY = {
    "accrued_interest": 0.0,
    "accrued_fee": 0.0,
    "accrued": 0.0,
    "as_of": False,
    "date_late": False,
    "date_paid": False,
    "working": False,
    "problem": False,
    "problem_code": False,
    "problem_series_id": False,
    "problem_date": False,
}


class AccountPenalty(models.Model):
    """From facts to the ledger: what is computed every day, and written where it changed."""

    _inherit = "account.penalty"

    # === Compute ===#

    @api.model
    def _compute_penalties(
        self, company, on_date, move_line_ids=None, rulebook=None, move_ids=None
    ):
        """What late payment costs, receivable by receivable; writes nothing.

        :param move_line_ids: only these receivables; `move_ids`: only these invoices.
        :param rulebook: other rates and regimes than those that hold, to see what they change.
        :return: a list of ``(facts, outcome)``; the outcome is an ``engine.penalty_result.Result``,
            or the ``PenaltyError`` that says why there is none.
        """
        facts = self._get_cases(company, on_date, move_line_ids, move_ids)
        rulebook = self._get_company_rulebook(company, rulebook)
        outcomes = compute_all([each.case for each in facts], rulebook)
        wanted = None if move_line_ids is None else set(move_line_ids)
        return [
            (each, outcome if each.regime_id else self._get_missing_regime(company, each))
            for each, outcome in zip(facts, outcomes, strict=True)
            if wanted is None or each.move_line_id in wanted
        ]

    @api.model
    def _get_missing_regime(self, company, facts):
        """The error of a customer for whose country and kind of debtor no regime is known."""
        country = self._get_law_country(company, facts.country_id)
        debtors = self.env["res.partner"]._fields["penalty_debtor"]._description_selection(self.env)
        return PenaltyError(
            "regime_missing", country=country.name, debtor=dict(debtors)[facts.debtor]
        )

    @api.model
    def _get_company_rulebook(self, company, rulebook=None):
        """The rates and regimes, with what a payment settles first as the company says."""
        rulebook = rulebook or self.env["account.penalty.regime"]._get_rulebook()
        allocation = Allocation(company.penalty_allocation)
        if all(regime.allocation is allocation for regime in rulebook.regimes.values()):
            return rulebook
        return Rulebook(
            rulebook.values,
            [replace(regime, allocation=allocation) for regime in rulebook.regimes.values()],
        )

    # === Refresh ===#

    @api.model
    def _refresh(self, company, on_date, move_line_ids=None):
        """Bring the ledger up to a day; returns how many penalties were written.

        Safe to call again: the second time writes nothing.

        :param move_line_ids: only the invoices of these receivables; otherwise all that may have
            changed.
        """
        return sum(self._refresh_in_batches(company, on_date, move_line_ids))

    @api.model
    def _refresh_in_batches(self, company, on_date, move_line_ids=None):
        """A generator that yields how many penalties each batch wrote, for the caller to commit.

        What was killed goes on where it stopped, as what is up to date is not written again.
        """
        ledger = self._as_writer(company)
        if move_line_ids is None:
            move_ids = ledger._get_stale_moves(company, on_date)
            yield ledger._close_orphans(company)
        else:
            lines = self.env["account.move.line"].sudo().browse(move_line_ids)
            move_ids = lines.move_id.ids
        for start in range(0, len(move_ids), BATCH_SIZE):
            yield ledger._refresh_apart(company, on_date, move_ids[start : start + BATCH_SIZE])

    @api.model
    def _as_writer(self, company):
        """With all rights, without chatter, in the company's language: whoever starts it, the same
        is written.
        """
        context = {"tracking_disable": True, "lang": company.partner_id.lang}
        return self.sudo().with_company(company).with_context(**context)

    @api.model
    def _get_stale_moves(self, company, on_date):
        """The invoices whose penalties may have changed since they were computed.

        Those that are open and late; those settled late that the ledger doesn't have; and those
        that are settled and of which something was written since: the invoice, its payments and
        disputes, the customer, the terms, the company.
        """
        self.env.flush_all()
        if not company.penalty_since:
            late = SQL("SELECT NULL::int WHERE FALSE")
        else:
            late = SQL(
                """
                SELECT late.move_id FROM (%s) late
                 WHERE NOT late.reconciled OR NOT EXISTS (
                           SELECT FROM account_penalty WHERE move_line_id = late.id)
                """,
                self._late_receivables(company, on_date),
            )
        query = SQL(
            """
            %(late)s
             UNION
            SELECT penalty.move_id
              FROM account_penalty penalty
              JOIN account_move move ON move.id = penalty.move_id
              JOIN res_partner partner ON partner.id = penalty.partner_id
         LEFT JOIN account_payment_term term ON term.id = move.invoice_payment_term_id
             WHERE penalty.company_id = %(company)s
               AND (penalty.date_paid IS NULL OR penalty.problem_code IS NOT NULL
                    OR penalty.move_line_id IS NULL
                    OR penalty.computed_at <= %(overlap)s + GREATEST(
                           move.write_date, partner.write_date, term.write_date, %(changed)s)
                    OR EXISTS (
                        SELECT FROM account_partial_reconcile partial
                         WHERE partial.debit_move_id = penalty.move_line_id
                           AND partial.create_date + %(overlap)s >= penalty.computed_at)
                    OR EXISTS (
                        SELECT FROM account_dispute_line line
                          JOIN account_dispute dispute ON dispute.id = line.dispute_id
                     LEFT JOIN account_dispute_resolution agreed
                            ON agreed.id = dispute.resolution_id
                         WHERE line.move_line_id = penalty.move_line_id
                           AND GREATEST(line.write_date, dispute.write_date, agreed.write_date)
                               + %(overlap)s >= penalty.computed_at))
             ORDER BY 1
            """,
            late=late,
            company=company.id,
            overlap=OVERLAP,
            changed=company.write_date,
        )
        return [move_id for (move_id,) in self.env.execute_query(query)]

    def _refresh_apart(self, company, on_date, move_ids):
        """Bring some invoices up to date; one that breaks does not stop the others.

        When something breaks the invoices are halved, until those that break it are alone.
        """
        try:
            with self.env.cr.savepoint():
                return self._refresh_moves(company, on_date, move_ids)
        except psycopg2.OperationalError:
            raise  # the database's own: Odoo tries again
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one invoice
            if len(move_ids) == 1:
                return self._note_failure(move_ids[0], error)
        middle = len(move_ids) // 2
        return self._refresh_apart(company, on_date, move_ids[:middle]) + self._refresh_apart(
            company, on_date, move_ids[middle:]
        )

    def _note_failure(self, move_id, error):
        """Tell the readers of the ledger that a penalty stands still."""
        if isinstance(error, psycopg2.errors.UniqueViolation):
            return 0  # somebody computed it at the same moment
        _logger.error("Penalties of invoice %s failed", move_id, exc_info=error)
        problem = self.env._(
            "It could not be computed: the server's log says why. It is tried again every day."
        )
        values = {"problem": problem, "problem_code": "failed"}
        penalties = self.search([("move_id", "=", move_id)])
        lines = self.env["account.move"].browse(move_id)._get_receivable_lines()
        missing = [self._prepare_failed(line) | values for line in lines - penalties.move_line_id]
        changed = penalties._write_changed(dict.fromkeys(penalties, values))
        return changed + len(self.create(missing))

    @api.model
    def _prepare_failed(self, line):
        """The values of a penalty of which nothing could be computed."""
        return {
            "move_line_id": line.id,
            "move_id": line.move_id.id,
            "move_name": line.move_id.name,
            "partner_id": line.partner_id.commercial_partner_id.id,
            "company_id": line.company_id.id,
            "currency_id": line.currency_id.id,
            "date_maturity": line.date_maturity,
            "principal": line.amount_currency,
            "state": "none",
        }

    def _refresh_moves(self, company, on_date, move_ids):
        """Write the penalties of these invoices where they changed; returns how many were.

        Rows that another worker holds are left to it.
        """
        computed = self._compute_penalties(company, on_date, move_ids=move_ids)
        rows = self.search([("company_id", "=", company.id), ("move_id", "in", move_ids)])
        mine = rows.try_lock_for_update() if rows else rows
        matched = rows._match([facts for facts, _outcome in computed])
        changes, created, mine_ids = {}, [], set(mine.ids)
        problems = self._get_problems(outcome for _facts, outcome in computed)
        for facts, outcome in computed:
            values = self._prepare_row(company, facts, outcome, problems)
            row = matched.get(facts.move_line_id)
            if not row and (_is_late(outcome) or not facts.date_paid):
                values |= self._get_status(values)
                created.append(values | {"computed_at": fields.Datetime.now()})
            elif row and row.id in mine_ids:
                changes[row] = values
        kept = mine.browse(row.id for row in matched.values())
        written = mine._write_changed(changes) + (mine - kept)._close()
        return written + len(self.create(created))

    def _match(self, facts):
        """``{receivable's id: its penalty}``: an invoice that was reset to draft may be posted with
        other lines, and its penalties go on with those of the same due date, or of the same place.
        """
        by_line = {row.move_line_id.id: row for row in self}
        matched = {
            each.move_line_id: by_line[each.move_line_id]
            for each in facts
            if each.move_line_id in by_line
        }
        lost = self.filtered(lambda row: not row.move_line_id).sorted("date_maturity")
        lost_by_move = {move.id: list(rows) for move, rows in lost.grouped("move_id").items()}
        for same_date in (True, False):
            for each in facts:
                candidates = lost_by_move.get(each.move_id, [])
                for row in candidates:
                    if each.move_line_id not in matched and (
                        not same_date or row.date_maturity == each.date_maturity
                    ):
                        matched[each.move_line_id] = row
                        candidates.remove(row)
                        break
        return matched

    # === Values ===#

    def _prepare_row(self, company, facts, outcome, problems):
        """The values of a penalty. What can't be computed keeps its amounts, and says why."""
        values = {
            "move_line_id": facts.move_line_id,
            "move_id": facts.move_id,
            "move_name": facts.move_name,
            "partner_id": facts.partner_id,
            "company_id": company.id,
            "currency_id": facts.currency_id,
            "date_maturity": facts.date_maturity,
            "principal": float(facts.principal),
            "regime_id": facts.regime_id or False,
            "regime_reason": facts.regime_reason or False,
            "contract_rate": float(facts.case.contract_rate or 0),
            "date_paid": facts.date_paid or False,
        }
        if isinstance(outcome, PenaltyError):
            return values | problems[str(outcome)]
        return values | {
            "as_of": outcome.as_of,
            "date_late": outcome.late_from or False,
            "working": {"case": case_as_json(facts.case), "result": result_as_json(outcome)},
            "accrued_interest": float(outcome.interest),
            "accrued_fee": float(outcome.fee),
            "accrued": float(outcome.total),
            "problem": False,
            "problem_code": False,
            "problem_series_id": False,
            "problem_date": False,
        }

    @api.model
    def _get_problems(self, outcomes):
        """The values of penalties that can't be computed: ``{message of the engine: values}``."""
        regimes = self.env["account.penalty.regime"]
        errors = {str(each): each for each in outcomes if isinstance(each, PenaltyError)}
        codes = [each.params["series"] for each in errors.values() if "series" in each.params]
        series = self.env["account.reference.rate"].search([("code", "in", codes)])
        series_ids = {each.code: each.id for each in series}
        return {
            message: {
                "problem": regimes._explain(error),
                "problem_code": error.code,
                "problem_series_id": series_ids.get(error.params.get("series"), False),
                "problem_date": error.code == "rate_missing" and error.params["day"],
            }
            for message, error in errors.items()
        }

    def _write_changed(self, changes):
        """Write the values that differ, ``{penalty: values}``; returns how many penalties did."""
        now, written = fields.Datetime.now(), 0
        rows = self.browse(row.id for row in changes)
        names = {name for values in changes.values() for name in values} - {"working"}
        for row, stored in zip(rows, rows.read([*names, "computed_at"], load=None), strict=True):
            values = changes[row]
            changed = {
                name: value
                for name, value in values.items()
                if name != "working" and stored[name] != value
            }
            if "working" in values and (changed or row.working != values["working"]):
                changed["working"] = values["working"]
            if changed:
                row.write(changed | row._get_status(changed) | {"computed_at": now})
                written += 1
            elif not row.computed_at or row.computed_at < now - OVERLAP:
                row.computed_at = now
        return written

    def _close(self):
        """Of what is not late any more nothing accrues; what was claimed stays as it happened."""
        kept = self.filtered("event_ids")
        closed = len(self - kept)
        (self - kept).unlink()
        return closed + kept._write_changed(dict.fromkeys(kept, EMPTY))

    @api.model
    def _close_orphans(self, company):
        """The penalties of invoices that were deleted; returns how many changed."""
        return self.search([("company_id", "=", company.id), ("move_id", "=", False)])._close()

    # === Every day ===#

    @api.model
    def _cron_refresh(self):
        """Once a day, for every company that counts penalties; commits after each batch.

        Called again after it was killed, or when its time was over, it goes on from there.
        """
        cron = self.env["ir.cron"]
        today = fields.Date.context_today(self)
        companies = self.env["res.company"].search([("penalty_since", "!=", False)])
        cron._commit_progress(remaining=len(companies))
        for number, company in enumerate(companies):
            left = len(companies) - number
            for _count in self._refresh_in_batches(company, today):
                if not cron._commit_progress(0, remaining=left):
                    return
            cron._commit_progress(1, remaining=left - 1)

    # === Actions ===#

    def action_refresh(self):
        """Compute these penalties as of today.

        :raise AccessError: for who may only look.
        """
        self.check_access("read")
        if not self.env.su and not self.env.user.has_groups(
            "account_dispute_dunning.group_assistant,account.group_account_invoice"
        ):
            raise AccessError(
                self.env._("Penalties are computed every night: only who collects asks for more.")
            )
        today = fields.Date.context_today(self)
        for company, penalties in self.sudo().grouped("company_id").items():
            ledger = self._as_writer(company)
            ledger.browse(penalties.filtered(lambda row: not row.move_id).ids)._close()
            if penalties.move_id:
                ledger._refresh_apart(company, today, penalties.move_id.ids)


def _is_late(outcome):
    """Whether there is something to keep of a receivable: it was late, or nobody can say."""
    return isinstance(outcome, PenaltyError) or outcome.late_from is not None
