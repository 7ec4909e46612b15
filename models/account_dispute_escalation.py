import logging
from datetime import date

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..engine import dispute as engine
from .account_dispute_deadlines import ALERT

_logger = logging.getLogger(__name__)

BATCH_SIZE = 200


class AccountDisputeEscalation(models.Model):
    """A dispute that was brought to somebody's attention: once per cycle and kind, with why.

    Facts → decide → act: one statement for all open disputes of a company, `engine.dispute.alerts`,
    then activities in batches. Written by this model only: no role may create or change one.
    """

    _name = "account.dispute.escalation"
    _description = "Dispute Escalation"
    _order = "date desc, id desc"

    dispute_id = fields.Many2one(
        "account.dispute", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    cycle = fields.Integer(required=True, readonly=True)
    kind = fields.Selection(
        [
            ("first_answer", "No first answer"),
            ("qualification", "Not qualified"),
            ("resolution", "Resolution late"),
            ("idle", "Nothing happens"),
            ("idle_manager", "Nothing happens, owner did not react"),
            ("no_next_action", "No next action"),
            ("suspension", "Suspension to review"),
            ("reputation", "Reputation at risk"),
            ("tacit", "Tacit acceptance possible"),
            ("task", "Task late"),
        ],
        required=True,
        readonly=True,
    )
    date = fields.Date(required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Told to", readonly=True)
    reason = fields.Char(required=True, readonly=True)

    _once = models.UniqueIndex(
        "(dispute_id, cycle, kind)", "A dispute is escalated once for the same reason."
    )

    # === Facts ===#

    @api.model
    def _escalation_facts(self, condition, on_date):
        """What the alerts follow from: one row per dispute, one statement for all of them.

        Activity is what a person did: Odoo's robot writes what jobs do, and that does not count.
        Messages are looked up by mail's index on the document.

        :param condition: SQL on the table `dispute`.
        :return: a list of `engine.dispute.DisputeFacts`.
        """
        self.env.flush_all()
        query = SQL(
            """
            SELECT dispute.id, dispute.cycle,
                   GREATEST(
                       dispute.date_opened, dispute.clocks_started_on::date,
                       message.date, exchange.date, task.date
                   ),
                   dispute.clocks_started_on,
                   CASE WHEN dispute.first_answered_on IS NULL
                        THEN dispute.first_answer_deadline END,
                   CASE WHEN dispute.qualified_on IS NULL THEN dispute.qualification_deadline END,
                   dispute.date_deadline,
                   dispute.next_action_date,
                   CASE WHEN dispute.hold_policy IS DISTINCT FROM 'none'
                        THEN dispute.review_date END,
                   CASE WHEN proposal.proposed_on > COALESCE(exchange.received_on, '-infinity')
                        THEN proposal.proposed_on::date END,
                   COALESCE(task.late, 0),
                   COALESCE(dispute.is_waiting, FALSE),
                   COALESCE(dispute.has_reputation_risk, FALSE),
                   told.days
              FROM account_dispute dispute
         LEFT JOIN account_dispute_resolution proposal
                ON proposal.id = dispute.resolution_id
               AND proposal.state = 'proposed'
               AND dispute.is_internal IS NOT TRUE
        CROSS JOIN LATERAL (
                    SELECT MAX(date)::date AS date
                      FROM mail_message
                     WHERE model = 'account.dispute'
                       AND res_id = dispute.id
                       AND author_id IS NOT NULL
                       AND author_id != %(robot)s
                   ) message
        CROSS JOIN LATERAL (
                    SELECT MAX(date) FILTER (WHERE is_automatic IS NOT TRUE)::date AS date,
                           MAX(date) FILTER (WHERE direction = 'in') AS received_on
                      FROM account_dispute_exchange
                     WHERE dispute_id = dispute.id
                   ) exchange
        CROSS JOIN LATERAL (
                    SELECT MAX(done_on)::date AS date,
                           COUNT(*) FILTER (
                               WHERE state = 'todo'
                                 AND date_deadline < %(on_date)s
                                 AND (kind != 'procedure' OR dispute.is_waiting IS NOT TRUE)
                           ) AS late
                      FROM account_dispute_task
                     WHERE dispute_id = dispute.id
                   ) task
        CROSS JOIN LATERAL (
                    SELECT jsonb_object_agg(kind, date) AS days
                      FROM account_dispute_escalation
                     WHERE dispute_id = dispute.id
                       AND cycle = dispute.cycle
                   ) told
             WHERE %(condition)s
             ORDER BY dispute.id
            """,
            robot=self.env.ref("base.partner_root").id,
            on_date=on_date,
            condition=condition,
        )
        return [
            engine.DisputeFacts(
                *row[:-1],
                told={kind: date.fromisoformat(day) for kind, day in (row[-1] or {}).items()},
            )
            for row in self.env.execute_query(query)
        ]

    # === Decide ===#

    @api.model
    def _decide(self, company, on_date):
        """The alerts that are due for the open disputes of a company. Writes nothing.

        :return: a list of `engine.dispute.Alert`, by dispute.
        """
        disputes = self.env["account.dispute"]
        condition = SQL(
            "dispute.company_id = %s AND dispute.state = ANY(%s)",
            company.id,
            list(disputes._get_holding_states()),
        )
        rules = engine.Rules(company.dispute_idle_days, company.dispute_tacit_days)
        now = disputes._get_moment(on_date)
        return [
            alert
            for facts in self._escalation_facts(condition, on_date)
            for alert in engine.alerts(facts, rules, now, on_date)
        ]

    # === Act ===#

    @api.model
    def _escalate(self, company, on_date):
        """Tell who is to be told of the open disputes of a company; each once.

        :return: the escalations that were created.
        """
        alerts = self._decide(company, on_date)
        return self.union(*self._tell_in_batches(company, alerts, on_date))

    @api.model
    def _tell_in_batches(self, company, alerts, on_date):
        """Tell of these alerts; yields the escalations of each batch, for the caller to commit."""
        for start in range(0, len(alerts), BATCH_SIZE):
            yield self._tell(company, alerts[start : start + BATCH_SIZE], on_date)

    @api.model
    def _tell(self, company, alerts, on_date):
        """Record these alerts; give an activity to who is told, and a note to the dispute.

        A dispute that another job or user holds at this moment is left to the next call; what was
        told meanwhile is not told again.

        :return: the escalations that were created.
        """
        disputes = self.env["account.dispute"].sudo().browse({alert.dispute for alert in alerts})
        locked = {
            dispute.id: dispute for dispute in disputes.try_lock_for_update(allow_referencing=True)
        }
        manager = self._get_manager(company)
        rows = []
        for alert in alerts:
            if dispute := locked.get(alert.dispute):
                user = self._get_told_user(dispute, alert, manager)
                words = self.with_context(lang=user.lang or self.env.lang)
                rows.append((alert, user.id or None, words._word_alert(alert)))
        escalations = self._record(company, rows, on_date)
        escalations._schedule_activities()
        return escalations

    @api.model
    def _record(self, company, rows, on_date):
        """Insert escalations; those that are there already are left out.

        :param rows: a list of (alert, user id or None, reason in words).
        """
        if not rows:
            return self.browse()
        values = [
            (alert.dispute, company.id, alert.cycle, alert.kind.value, on_date, user_id, reason)
            for alert, user_id, reason in rows
        ]
        query = SQL(
            """
            INSERT INTO account_dispute_escalation
                        (dispute_id, company_id, cycle, kind, date, user_id, reason,
                         create_uid, write_uid, create_date, write_date)
                 SELECT row.*, %(uid)s, %(uid)s, %(now)s, %(now)s
                   FROM (VALUES %(rows)s) row
            ON CONFLICT DO NOTHING
              RETURNING id
            """,
            uid=self.env.uid,
            now=fields.Datetime.now(),
            rows=SQL(", ").join(SQL("(%s, %s, %s, %s, %s, %s::int, %s)", *row) for row in values),
        )
        ids = [id_ for (id_,) in self.env.execute_query(query)]
        self.env["account.dispute"].invalidate_model(["escalation_ids"])
        return self.sudo().browse(ids)

    def _schedule_activities(self):
        """An activity for who is told, and a note in the history; written by Odoo's robot.

        Only a reputation at risk also sends an e-mail: a job that finds a hundred late disputes
        does not fill anybody's mailbox.
        """
        if not self:
            return
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        alert = self.env.ref(ALERT)
        model = self.env["ir.model"]._get("account.dispute")
        for is_urgent, escalations in self.grouped(
            lambda each: each.kind == engine.Kind.REPUTATION.value
        ).items():
            self.env["mail.activity"].with_context(
                mail_activity_quick_update=not is_urgent
            ).sudo().create(
                [
                    {
                        "activity_type_id": alert.id,
                        "automated": True,
                        "date_deadline": escalation.date,
                        "note": escalation.reason,
                        "res_id": escalation.dispute_id.id,
                        "res_model_id": model.id,
                        "summary": kinds[escalation.kind],
                        "user_id": escalation.user_id.id,
                    }
                    for escalation in escalations
                    if escalation.user_id
                ]
            )
        notes = {
            dispute.id: Markup("<br/>").join(
                self.env._(
                    "%(user)s was told: %(reason)s",
                    user=escalation.user_id.name or self.env._("Nobody"),
                    reason=escalation.reason,
                )
                for escalation in escalations
            )
            for dispute, escalations in self.grouped("dispute_id").items()
        }
        self.dispute_id._message_log_batch(notes, author_id=self.env.ref("base.partner_root").id)

    # === Who ===#

    @api.model
    def _get_manager(self, company):
        """Who leads: the leader of the department *management*, else a manager of collections."""
        departments = self.env["account.dispute.department"].sudo().with_company(company)
        leader = departments.search([("code", "=", "management")], limit=1).user_id
        if leader.active:
            return leader
        return (
            self.env["res.users"]
            .sudo()
            .search(
                [
                    (
                        "all_group_ids",
                        "in",
                        self.env.ref("account_dispute_dunning.group_manager").ids,
                    ),
                    ("company_ids", "in", company.ids),
                    ("share", "=", False),
                ],
                order="id",
                limit=1,
            )
        )

    @api.model
    def _get_told_user(self, dispute, alert, manager):
        """The owner; the manager in what is the manager's, or when nobody owns the dispute."""
        if alert.to is engine.Target.OWNER and dispute.user_id.active:
            return dispute.user_id
        return manager

    # === Words ===#

    @api.model
    def _word_alert(self, alert):
        """Why, and what to do, in the language of the environment."""
        since = format_date(self.env, alert.since) if alert.since else ""
        words = {
            "first_answer": self.env._(
                "Nobody answered the customer, due on %(since)s. Call or write today.", since=since
            ),
            "qualification": self.env._(
                "Not qualified, due on %(since)s. Set the reason, and begin to investigate.",
                since=since,
            ),
            "resolution": self.env._(
                "Not settled, due on %(since)s. Find what blocks it, and decide.", since=since
            ),
            "idle": self.env._(
                "Nothing has happened for %(days)s days. Take the next step, or say what is "
                "awaited.",
                days=alert.count,
            ),
            "idle_manager": self.env._(
                "Nothing has happened for %(days)s days, and the owner did not react. Take it "
                "over, or give it to somebody else.",
                days=alert.count,
            ),
            "no_next_action": self.env._(
                "No next action is planned. Say what comes next, and when."
            ),
            "suspension": self.env._(
                "To be reviewed since %(since)s: is it right to hold these invoices any longer? "
                "They stay held until the dispute is closed.",
                since=since,
            ),
            "reputation": self.env._(
                "Reputation at risk. See to it that the customer has a good answer today."
            ),
            "tacit": self.env._(
                "No answer to our proposal since %(since)s. Record the tacit agreement, or ask "
                "once more.",
                since=since,
            ),
            "task": self.env._(
                "Late tasks: %(count)s. Ask who has them what is missing.", count=alert.count
            ),
        }
        return words[alert.kind.value]

    # === Cron ===#

    @api.model
    def _cron_escalate(self):
        """Once a day, for every company with open disputes: close what was settled, compute the
        priorities, tell who is to be told.

        Commits after each batch: a job that was killed, or whose time was over, goes on from
        there when it is called again.
        """
        cron = self.env["ir.cron"]
        today = fields.Date.context_today(self)
        disputes = self.env["account.dispute"]
        disputes._close_settled(today)
        cron._commit_progress()
        groups = disputes._read_group(
            [("state", "in", disputes._get_holding_states())], ["company_id"]
        )
        for (company,) in groups:
            for _count in disputes._refresh_all_priorities(company, today):
                cron._commit_progress()
            escalations = self.with_company(company)
            alerts = escalations._decide(company, today)
            cron._commit_progress(remaining=len(alerts))
            for told in escalations._tell_in_batches(company, alerts, today):
                _logger.info("Disputes of company %s: %s alerts", company.id, len(told))
                if not cron._commit_progress(min(BATCH_SIZE, len(alerts))):
                    return
