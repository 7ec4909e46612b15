from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import dispute as engine
from .account_dispute import TRANSITION

LEVELS = ("0", "1", "2", "3")


class AccountDispute(models.Model):
    """How urgent a dispute is, and why: computed from facts, or set by a person (S1.8, S1.18).

    Computed when it is opened, when its amount, its deadline or its flag changes, and once a day.
    """

    _inherit = "account.dispute"

    # === What a person sets ===#

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("priority", "0") != "0":
                vals.setdefault("has_own_priority", True)
        return super().create(vals_list)

    def write(self, vals):
        if self.env.context.get("account_dispute_transition") is TRANSITION:
            return super().write(vals)
        before = {dispute: dispute.priority for dispute in self}
        if "priority" in vals:
            vals = {"has_own_priority": True} | vals
        result = super().write(vals)
        if "priority" in vals:
            self._log_own_priority(before)
        if vals.keys() & {"date_deadline", "has_reputation_risk", "reason_id"}:
            self._refresh_priority(fields.Date.context_today(self))
        if vals.get("has_reputation_risk"):
            self.filtered(lambda dispute: dispute.state != "closed")._tell_reputation_risk()
        return result

    def _log_own_priority(self, before):
        names = dict(self._fields["priority"]._description_selection(self.env))
        for dispute in self:
            if dispute.priority != before[dispute]:
                dispute._message_log(
                    body=self.env._(
                        "Priority set by hand: %(before)s → %(after)s",
                        before=names[before[dispute]],
                        after=names[dispute.priority],
                    )
                )

    def action_reset_priority(self):
        """Compute the priority again, in place of the one that a person set."""
        self.check_access("write")
        self.write({"has_own_priority": False})
        self._refresh_priority(fields.Date.context_today(self))

    # === Events ===#

    def _action_open(self, on_date):
        result = super()._action_open(on_date)
        self._refresh_priority(on_date)
        self.filtered("has_reputation_risk")._tell_reputation_risk()
        return result

    def _on_amount_changed(self):
        """What an open dispute contests changed."""
        self.filtered(
            lambda dispute: dispute.state in dispute._get_holding_states()
        )._refresh_priority(fields.Date.context_today(self))

    def _tell_reputation_risk(self):
        """Management is told at once; and again when there is no answer in 24 hours (S2.44-45)."""
        today = fields.Date.context_today(self)
        for company, disputes in self.grouped("company_id").items():
            alerts = [
                engine.Alert(
                    dispute.id, dispute.cycle, engine.Kind.REPUTATION, engine.Target.MANAGER
                )
                for dispute in disputes
            ]
            # Management is told by whoever sees the risk; no role may write escalations.
            self.env["account.dispute.escalation"].sudo()._tell(company, alerts, today)
        limit = timedelta(hours=engine.REPUTATION_HOURS)
        moments = [
            dispute.clocks_started_on + limit for dispute in self if dispute.clocks_started_on
        ]
        self._wake_escalation(moments)

    # === Facts, decision, act ===#

    @api.model
    def _priority_facts(self, condition, on_date):
        """What priorities follow from: one row per dispute, one statement for all of them.

        What a customer owes comes from account's index on unreconciled lines; how often it
        contests for the same reason from the index on the commercial entity.

        :param condition: SQL on the table `dispute`.
        :return: a list of (`engine.dispute.PriorityFacts`, company id, priority, parts, whether a
            person set it); amounts in company currency.
        """
        self.env.flush_all()
        accounts = self.env["account.account"].sudo().with_context(active_test=False)
        receivable = accounts._search([("account_type", "=", "asset_receivable")])
        account_ids = [id_ for (id_,) in self.env.execute_query(receivable.select())]
        query = SQL(
            """
            SELECT dispute.id,
                   COALESCE(dispute.contested_amount, 0)::text,
                   GREATEST(0, %(on_date)s - COALESCE(dispute.date_opened, %(on_date)s)),
                   COALESCE(owed.amount, 0)::text,
                   recurrence.count,
                   CASE WHEN dispute.is_waiting THEN NULL
                        ELSE dispute.date_deadline - %(on_date)s END,
                   COALESCE(dispute.has_reputation_risk, FALSE),
                   dispute.company_id, dispute.priority, dispute.priority_parts,
                   COALESCE(dispute.has_own_priority, FALSE)
              FROM account_dispute dispute
        CROSS JOIN LATERAL (
                    SELECT SUM(line.amount_residual) AS amount
                      FROM res_partner partner
                      JOIN account_move_line line
                        ON line.partner_id = partner.id
                       AND line.account_id = ANY(%(account_ids)s)
                       AND line.reconciled IS NOT TRUE
                       AND line.parent_state = 'posted'
                       AND line.company_id = dispute.company_id
                     WHERE partner.commercial_partner_id = dispute.commercial_partner_id
                   ) owed
        CROSS JOIN LATERAL (
                    SELECT COUNT(*)
                      FROM account_dispute other
                     WHERE other.commercial_partner_id = dispute.commercial_partner_id
                       AND other.company_id = dispute.company_id
                       AND other.reason_id = dispute.reason_id
                       AND other.date_opened > %(on_date)s - INTERVAL '1 year'
                       AND other.date_opened <= %(on_date)s
                   ) recurrence
             WHERE %(condition)s
             ORDER BY dispute.id
            """,
            on_date=on_date,
            account_ids=account_ids,
            condition=condition,
        )
        # Amounts come as text: Odoo's cursor would make floats of them.
        return [
            (
                engine.PriorityFacts(
                    row[0], Decimal(row[1]), row[2], Decimal(row[3]), row[4], row[5], row[6]
                ),
                *row[7:],
            )
            for row in self.env.execute_query(query)
        ]

    def _refresh_priority(self, on_date):
        """Compute the priority of those of these disputes that are not closed."""
        if self:
            condition = SQL("dispute.id = ANY(%s) AND dispute.state != 'closed'", list(self.ids))
            self._store_priorities(self._priority_facts(condition, on_date))

    @api.model
    def _refresh_all_priorities(self, company, on_date, batch_size=1000):
        """Compute the priority of all open disputes of a company; write what changed.

        :return: a generator of the number of disputes after each batch, for the caller to commit.
        """
        condition = SQL(
            "dispute.company_id = %s AND dispute.state = ANY(%s)",
            company.id,
            list(self._get_holding_states()),
        )
        rows = self._priority_facts(condition, on_date)
        for start in range(0, len(rows), batch_size):
            batch = rows[start : start + batch_size]
            self._store_priorities(batch)
            yield len(batch)

    @api.model
    def _store_priorities(self, rows):
        """Decide on facts, and write what is not as it was; see :meth:`_priority_facts`.

        A priority that a person set stays; its working says what it would be.
        """
        rules = {}
        disputes = self.browse(facts.id for facts, *_stored in rows)
        for dispute, (facts, company_id, level, parts, is_own) in zip(disputes, rows, strict=True):
            if company_id not in rules:
                company = self.env["res.company"].sudo().browse(company_id)
                rules[company_id] = engine.PriorityRules(
                    Decimal(str(company.dispute_collector_limit)),
                    Decimal(str(company.dispute_manager_limit)),
                    company.dispute_recurrence_count,
                )
            decided = engine.prioritise(facts, rules[company_id])
            values = {
                "priority": level if is_own else LEVELS[decided.level],
                "priority_parts": [
                    [part.factor.value, str(part.figure), part.points] for part in decided.parts
                ],
            }
            if values != {"priority": level, "priority_parts": parts or []}:
                dispute._write_guarded(**values)

    # === Working ===#

    @api.depends("priority", "priority_parts", "has_own_priority")
    @api.depends_context("lang")
    def _compute_priority_working(self):
        """The working of the priority in the reader's language, one part per line."""
        names = dict(self._fields["priority"]._description_selection(self.env))
        for dispute in self:
            lines = [
                self.env._(
                    "%(factor)s: +%(points)s",
                    factor=dispute._word_factor(factor, figure),
                    points=points,
                )
                for factor, figure, points in dispute.priority_parts or []
            ]
            if dispute.has_own_priority:
                lines.append(self.env._("Set by hand: %(level)s", level=names[dispute.priority]))
            elif lines:
                total = sum(points for _factor, _figure, points in dispute.priority_parts)
                lines.append(
                    self.env._(
                        "Together %(points)s: %(level)s",
                        points=total,
                        level=names[dispute.priority],
                    )
                )
            dispute.priority_working = "\n".join(lines)

    def _word_factor(self, factor, figure):
        """One reason for a priority in words: `figure` is the engine's, as text."""
        if factor == "amount":
            amount = self.company_currency_id.format(float(figure))
            return self.env._("amount %(amount)s", amount=amount)
        if factor == "age":
            return self.env._("open for %(days)s days or more", days=figure)
        if factor == "share":
            return self.env._("%(percent)s %% or more of what the customer owes", percent=figure)
        if factor == "recurrence":
            return self.env._(
                "%(count)s disputes of this customer for this reason in 12 months", count=figure
            )
        if factor == "late":
            return self.env._("the deadline has passed")
        if factor == "time_left":
            return self.env._("%(days)s days left or less", days=figure)
        return self.env._("reputation at risk")


class AccountDisputeLine(models.Model):
    """A contested amount that changes makes its dispute more urgent, or less."""

    _inherit = "account.dispute.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.dispute_id._on_amount_changed()
        return lines

    def write(self, vals):
        disputes = self.dispute_id
        result = super().write(vals)
        if vals.keys() & {"amount", "dispute_id", "move_line_id"}:
            (disputes | self.dispute_id)._on_amount_changed()
        return result

    def unlink(self):
        disputes = self.dispute_id
        result = super().unlink()
        disputes._on_amount_changed()
        return result
