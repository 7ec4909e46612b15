import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.dunning_facts import Reason

_logger = logging.getLogger(__name__)


def _say(error):
    """An exception in one line, without its full stop; of the database's, no customer's data."""
    text = error.diag.message_primary if isinstance(error, psycopg2.Error) else str(error)
    return " ".join((text or type(error).__name__).split()).rstrip(".")


def _log(text, id_, error):
    """What a user can mend is told on the run; what no code foresaw is an error of the server."""
    is_foreseen = isinstance(error, UserError | psycopg2.Error)
    _logger.log(logging.INFO if is_foreseen else logging.ERROR, text, id_, exc_info=error)


class AccountDunningRun(models.Model):
    """A run from its decisions to its notices, by itself and every day.

    Work is done in parts, each committed: what was killed goes on where it stopped. One worker at
    a time decides for a company; then several may prepare, each the customers that no other has.
    A customer whose notice can't be prepared is noted in the run's log, and the others go on.
    """

    _inherit = "account.dunning.run"

    # === Run ===#

    @api.model
    def _run(self, company, on_date, dry=False, simulated=None):
        """Decide for every receivable, store the decisions, and prepare the notices.

        Safe to call again on the same day, and after a run that was killed: a step is prepared
        once per receivable and cycle, by a unique index.

        :param simulated: see :meth:`_start`.
        :return: the run.
        :raise UserError: when the same is going on elsewhere.
        """
        run = self._start(company, on_date, dry=dry, simulated=simulated)
        if not dry:
            for _count in run._prepare_in_batches():
                pass
        return run

    @api.model
    def _start(self, company, on_date, dry=False, simulated=None):
        """Create a run and decide; returns the run.

        What was paid is no longer disputed, and who settles a late dispute is told before its
        customer is reminded of anything else (S2.36).

        :param simulated: of a dry run, a version of a scenario taken as if it held.
        :raise UserError: when another worker decides for this company; a dry run does not wait.
        """
        if not dry:
            if not self._try_lock(company):
                raise UserError(
                    self.env._(
                        "The reminders of %(company)s are being decided on elsewhere: look at the "
                        "runs again in a minute.",
                        company=company.name,
                    )
                )
            self.env["account.dispute"]._close_settled(on_date, company)
            self.env["account.dunning.notice"]._cancel_settled(company, on_date)
            self.env["account.dispute.escalation"]._escalate(company, on_date)
        # A record without its decisions would pass for the day's run: no role may create one.
        run = self.sudo().create(
            {
                "company_id": company.id,
                "date": on_date,
                "is_dry": dry,
                "simulated_scenario_id": simulated and simulated.id,
            }
        )
        run._plan()
        return run.with_env(self.env)

    @api.model
    def _try_lock(self, company):
        """Whether this transaction is the only one that decides for a company, until its end."""
        [(is_locked,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)", self._name, company.id)
        )
        return is_locked

    # === Prepare ===#

    def _prepare_in_batches(self, batch_size=500):
        """Create the notices for the steps reached; goes on where a killed job stopped.

        :param batch_size: customers per batch.
        :return: a generator that yields the number of notices after each batch, for the caller
            to commit.
        """
        self.ensure_one()
        by_customer = self._get_unprepared().grouped("partner_id")
        customers = list(by_customer)
        for start in range(0, len(customers), batch_size):
            batch = [by_customer[customer] for customer in customers[start : start + batch_size]]
            limit = self.company_id.dunning_run_limit
            left = limit and max(0, limit - self._count_notices())
            count = 0
            if left or not limit:
                count = self._prepare_batch(self._concat(batch[: left or None]), left)
            if limit and count >= left:
                self.sudo().is_limited = bool(self._get_unprepared())
                yield count
                return
            yield count

    def _count_notices(self):
        return self.env["account.dunning.notice"].search_count([("run_id", "=", self.id)])

    @api.model
    def _concat(self, decisions):
        return self.env["account.dunning.decision"].union(*decisions)

    def _prepare_batch(self, decisions, limit=0):
        """Prepare what no other worker does; returns the number of notices.

        :param limit: of notices; 0: no limit.
        """
        mine = self._get_unprepared(decisions.try_lock_for_update())
        return self._prepare_apart(list(mine.grouped("partner_id").values()), limit)

    def _prepare_apart(self, by_customer, limit):
        """Prepare the notices of some customers; one that fails does not stop the others.

        When something breaks the customers are halved, until those that break it are alone.

        :param by_customer: a list with the decisions of each customer.
        :return: the number of notices.
        """
        if not by_customer:
            return 0
        notices = self.env["account.dunning.notice"].with_company(self.company_id)
        try:
            with self.env.cr.savepoint():
                return len(notices._prepare_for(self, self._concat(by_customer), limit))
        except psycopg2.OperationalError:
            raise  # the database's own: Odoo tries again
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one customer
            if len(by_customer) == 1:
                self._note_failure(by_customer[0].partner_id, error)
                return 0
        middle = len(by_customer) // 2
        count = self._prepare_apart(by_customer[:middle], limit)
        if limit and count >= limit:
            return count
        return count + self._prepare_apart(by_customer[middle:], limit and limit - count)

    def _note_failure(self, customer, error):
        """Tell the run's readers who was left out, why, and what to do."""
        if isinstance(error, psycopg2.errors.UniqueViolation):
            return  # somebody prepared it at the same moment: a step is prepared once
        _log("Dunning of customer %s failed", customer.id, error)
        is_new = self._note(
            self.env._(
                "%(customer)s: %(reason)s. Nothing was prepared: correct it, and run again.",
                customer=customer.display_name,
                reason=_say(error),
            )
        )
        if is_new:
            self.sudo().failed_count += 1

    def _note(self, line):
        """Add a line to the log; returns whether it is new, and not a failure tried once more."""
        lines = (self.log or "").splitlines()
        if is_new := line not in lines:
            self.sudo().log = "\n".join([*lines, line])
        return is_new

    def _get_unprepared(self, decisions=None):
        """The decisions of this run that reached a step, and have no notice yet.

        A notice that was cancelled since is not prepared again by the same run.

        :param decisions: among these only.
        """
        domain = [*self._decision_domain(), ("reason", "=", Reason.STEP.value)]
        if decisions is not None:
            domain.append(("id", "in", decisions.ids))
        decisions = self.env["account.dunning.decision"].search(domain)
        lines = self.env["account.dunning.notice.line"]._read_group(
            [
                ("move_line_id", "in", decisions.move_line_id.ids),
                ("step_id", "!=", False),
                "|",
                ("state", "!=", "cancelled"),
                ("notice_id.run_id", "=", self.id),
            ],
            ["move_line_id", "root_step_id", "cycle"],
        )
        prepared = set(lines)
        cycles = decisions.move_line_id._get_dunning_cycles()
        return decisions.filtered(
            lambda each: (
                (
                    each.move_line_id,
                    each.step_id.origin_id or each.step_id,
                    cycles[each.move_line_id.id],
                )
                not in prepared
            )
        )

    # === Every day ===#

    @api.model
    def _cron_run_daily(self):
        """Run once a day for every company that has a scenario.

        Commits after each part of the work: a job that was killed, or whose time was over, goes on
        from there when it is called again.
        """
        cron = self.env["ir.cron"]
        today = fields.Date.context_today(self)
        companies = self._get_companies()
        cron._commit_progress(remaining=len(companies))
        for number, company in enumerate(companies):
            left = len(companies) - number
            for _part in self._in_company(company)._run_day(company, today):
                if not cron._commit_progress(1, remaining=left):
                    return
            cron._commit_progress(1, remaining=left - 1)
        self.env.ref("account_dispute_dunning.cron_dunning_notices")._trigger()

    @api.model
    def _in_company(self, company):
        """As a job must write: in the language of the company, whose people read the run's log."""
        return self.with_company(company).with_context(lang=company.partner_id.lang)

    @api.model
    def _get_companies(self):
        """The companies that remind: few, and a scenario may come from a parent or a customer."""
        companies = self.env["res.company"].search([])  # pylint: disable=no-search-all
        return companies.filtered(self._has_scenario)

    @api.model
    def _run_day(self, company, on_date):
        """The day's work for a company; a generator that yields after each part, to be committed.

        What another worker is at is left to it.
        """
        if not self._try_lock(company):
            return
        run = self._get_run_of_day(company, on_date)
        if not run:
            run = self._start(company, on_date)
            _logger.info(
                "Dunning of company %s: %s receivables, %s steps reached",
                company.id,
                run.receivable_count,
                run.step_count,
            )
            yield
        for _count in run._prepare_in_batches():
            yield
        for do_duty in self._get_daily_duties():
            if not self._try_lock(company):
                return
            run._do_duty(do_duty)
            yield

    def _do_duty(self, do_duty):
        """One of :meth:`_get_daily_duties`; when it breaks the log says so, and the next is done.

        What it did not do is done the next day.
        """
        try:
            with self.env.cr.savepoint():
                do_duty(self.company_id, self.date)
        except psycopg2.OperationalError:
            raise  # the database's own: Odoo tries again
        except Exception as error:  # noqa: BLE001 - the others have nothing to do with it
            _log("A duty of dunning run %s failed", self.id, error)
            self._note(
                self.env._("After the notices: %(reason)s. It is tried again.", reason=_say(error))
            )

    @api.model
    def _get_run_of_day(self, company, on_date):
        return self.search(
            [("company_id", "=", company.id), ("date", "=", on_date), ("is_dry", "=", False)],
            limit=1,
        )

    @api.model
    def _get_daily_duties(self):
        """What is done every day after the notices, in this order; another addon adds its own.

        Each does once what is to be done on a day, however often it is called.

        :return: a list of methods that take a company and a date.
        """
        return [self.env["account.dunning.notice"]._thank, self.env["account.move"]._remind_unsent]
