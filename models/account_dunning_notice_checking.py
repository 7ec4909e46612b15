from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .account_dunning_notice import SENT_STATES


class AccountDunningNotice(models.Model):
    """The last look before a notice leaves: what makes it untrue cancels it, and says why.

    What only delays it, such as an answer of the customer, holds back what leaves by itself; a
    person who sends has decided.
    """

    _inherit = "account.dunning.notice"

    # === Check again ===#

    def _get_changes(self, on_date=None):
        """What changed since these notices were prepared: ``{notice: reason in words}``.

        One search for all of them. A payment, a dispute, a block, a credit: any of these makes a
        notice untrue, and it must not leave.

        :param on_date: the day on which they would leave, when their deadline counts as well.
        """
        receivables = (
            self.env["account.receivable"]
            .sudo()
            .search(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("partner_id", "in", self.partner_id.ids),
                ]
            )
        )
        by_line = {receivable.id: receivable for receivable in receivables}
        netted = self._get_netted_credits()
        vetoes = self._get_vetoes(on_date)
        pauses = self._get_pauses(on_date)
        changes = {}
        for notice in self:
            reasons = (
                self._get_line_change(line, by_line.get(line.move_line_id.id))
                for line in notice.line_ids
            )
            if on_date and notice.deadline and notice.deadline < on_date:
                changes[notice] = self.env._("The deadline that it sets has passed.")
            elif on_date and notice._has_fallen_due(on_date):
                changes[notice] = self.env._("The due date, which it comes before, has passed.")
            elif notice in vetoes:
                changes[notice] = vetoes[notice]._describe()
            elif notice in pauses:
                changes[notice] = self._describe_pause(pauses[notice])
            elif reason := next(filter(None, reasons), ""):
                changes[notice] = reason
            elif notice.step_id.offset_days > 0 and any(
                receivable.residual < 0
                and (notice.run_id, receivable.id) not in netted
                and receivable.partner_id == notice.partner_id
                and receivable.currency_id == notice.currency_id
                and receivable.company_id == notice.company_id
                for receivable in receivables
            ):
                changes[notice] = self.env._("A credit or a payment arrived since.")
        return changes

    @api.model
    def _get_line_change(self, line, now):
        """What changed of one line of a notice, in words; an empty string when nothing did.

        :param now: its receivable as it is; none once it is settled.
        """
        if not now:
            return self.env._("%(invoice)s was settled since.", invoice=line.name)
        if now.residual_currency != line.residual:
            return self.env._("%(invoice)s: the open amount changed since.", invoice=line.name)
        if now.date_maturity != line.date_maturity:
            return self.env._("%(invoice)s: the due date changed since.", invoice=line.name)
        if now.contested_currency != line.contested:
            return self.env._("%(invoice)s: the contested amount changed since.", invoice=line.name)
        if line.claimed > 0 and now.is_on_hold:
            return self.env._("%(invoice)s has since been held by a dispute.", invoice=line.name)
        if line.claimed > 0 and (now.is_blocked or now.is_excluded):
            return self.env._("%(invoice)s was blocked since.", invoice=line.name)
        if line.claimed > 0 and now.dunnable_currency != line.claimed:
            return self.env._("%(invoice)s: the amount to claim changed since.", invoice=line.name)
        return ""

    def _has_fallen_due(self, on_date):
        """Whether it speaks of a payment to come, and the due date is over by now."""
        return self.kind == "preventive" and any(
            line.step_id and self.date <= line.date_maturity < on_date for line in self.line_ids
        )

    def _get_vetoes(self, on_date):
        """``{formal notice: the veto that stops it}``; without a day, none does any more."""
        formal = self.filtered(lambda notice: notice.tone == "formal")
        if not on_date or not formal:
            return {}
        standing = (
            self.env["account.dunning.veto"]
            .sudo()
            ._get_standing(formal.partner_id, formal.company_id, on_date)
        )
        return {
            notice: standing[notice.partner_id.sudo(), notice.company_id.sudo()]
            for notice in formal
            if (notice.partner_id.sudo(), notice.company_id.sudo()) in standing
        }

    def _get_netted_credits(self):
        """``{(run, credit's id)}``: the credits that reduce a notice of the same run, to the same
        customer; this one, or the formal notice beside it.
        """
        lines = (
            self.env["account.dunning.notice.line"]
            .sudo()
            .search(
                [
                    ("notice_id.run_id", "in", self.run_id.ids),
                    ("notice_id.partner_id", "in", self.partner_id.ids),
                    ("state", "!=", "cancelled"),
                    ("claimed", "<", 0),
                ]
            )
        )
        return {(line.notice_id.run_id.sudo(False), line.move_line_id.id) for line in lines}

    def _cancel_outdated(self, on_date=None):
        """Cancel those that are no longer true; returns the others. See :meth:`_get_changes`."""
        changes = self._get_changes(on_date)
        for notice, reason in changes.items():
            notice._transition("cancelled", reason)
        return self - self.browse(notice.id for notice in changes)

    @api.model
    def _cancel_settled(self, company, on_date):
        """Cancel what waits for a person, and of which something was paid or fell due since.

        Else a call about it would still be made, and its invoices would wait for it. What else may
        have changed is looked at when it leaves.
        """
        self.env.flush_all()
        query = SQL(
            "SELECT notice.id FROM account_dunning_notice notice WHERE company_id = %s AND %s",
            company.id,
            self._is_settled(on_date),
        )
        changed = self.browse(id_ for (id_,) in self.env.execute_query(query))
        # A run decides on everybody's notices.
        changed.sudo()._cancel_outdated(on_date)

    @api.model
    def _is_settled(self, on_date):
        """Whether a run cancels one `notice`: see :meth:`_cancel_settled`. A dry run, which cancels
        nothing, decides as if it had.
        """
        return SQL(
            """
            ((notice.state IN ('draft', 'validated')
              OR notice.state = 'failed' AND notice.kind = 'preventive'
                 AND notice.is_ambiguous IS NOT TRUE)
             AND EXISTS (
                SELECT FROM account_dunning_notice_line claim
             LEFT JOIN account_move_line item ON item.id = claim.move_line_id
                 WHERE claim.notice_id = notice.id
                   AND claim.claimed > 0
                   AND (item.amount_residual_currency IS DISTINCT FROM claim.residual
                        OR notice.kind = 'preventive'
                       AND claim.step_id IS NOT NULL
                       AND notice.date <= claim.date_maturity
                       AND claim.date_maturity < %s)
            ))
            """,
            on_date,
        )

    # === Pauses ===#

    def _get_pauses(self, on_date):
        """``{notice: the treatment that pauses its customer}``: of several, the latest.

        A call is not stopped by the pause that it leads to.
        """
        written = self.filtered(lambda notice: notice.channel not in ("call", "task"))
        if not on_date or not written:
            return {}
        treatments = self.env["account.dunning.treatment"].sudo()
        holding = treatments.search(
            [
                ("commercial_partner_id", "in", written.partner_id.ids),
                ("company_id", "in", written.company_id.ids),
                ("is_paused", "=", True),
                ("date_start", "<=", on_date),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", on_date),
            ],
            order="date_start, id",
        )
        latest = {(each.commercial_partner_id.id, each.company_id.id): each for each in holding}
        return {
            notice: latest[notice.partner_id.id, notice.company_id.id]
            for notice in written
            if (notice.partner_id.id, notice.company_id.id) in latest
        }

    def _describe_pause(self, treatment):
        if not treatment.date_end:
            return self.env._(
                "%(user)s paused the reminders of this customer: %(reason)s",
                user=treatment.user_id.name,
                reason=treatment.reason,
            )
        return self.env._(
            "%(user)s paused the reminders of this customer until %(date)s: %(reason)s",
            user=treatment.user_id.name,
            date=format_date(self.env, treatment.date_end),
            reason=treatment.reason,
        )

    # === What only waits ===#

    def _keep_those_that_wait(self, on_date, moment=None):
        """Of those that nobody decided on, keep back what has to wait; returns the others.

        A formal notice that is no longer certain, liquid and due waits for a person once more.

        :param moment: in UTC, for the hours of the scenario; without it they do not count.
        """
        automatic = self.filtered("is_automatic")
        waiting = self._get_unreviewed_strategic(automatic)
        for notice in waiting:
            notice._transition("draft", self.env._("A strategic customer: a person decides."))
        for notice in self:
            if why := notice._why_not_formal("queued"):
                notice._transition("draft", why)
                waiting |= notice
        for notice, why in (automatic - waiting)._get_reasons_to_wait(on_date).items():
            waiting |= notice
            if notice.state_reason != why:
                notice._write_frozen(state_reason=why)
        if moment:
            waiting |= (automatic - waiting).filtered(
                lambda notice: not notice._is_at_working_time(moment)
            )
        return self - waiting

    @api.model
    def _get_unreviewed_strategic(self, notices):
        """Those of customers that became strategic since: a person reviews them (S0.3)."""
        return notices.filtered(
            lambda notice: notice.partner_id.is_strategic and notice.step_id.level >= 2
        )

    def _get_reasons_to_wait(self, on_date):
        """Why automatic notices do not leave yet: ``{notice: reason in words}``.

        As in the decisions, the bank holds back what claims, and the limit of contacts what is one.
        """
        reasons = {}
        for company, notices in self.grouped("company_id").items():
            is_bank_read = company._is_bank_up_to_date(on_date)
            pending = self._get_pending_in_bank(company, on_date)
            replies = notices._get_last_replies(company, on_date)
            counts = notices._count_contacts(company, on_date)
            for notice in notices:
                if notice._is_past_due() and (not is_bank_read or notice.partner_id.id in pending):
                    reasons[notice] = self.env._(
                        "The bank statement is not reconciled: the payment may be there."
                    )
                    continue
                if replied_on := replies.get(notice.partner_id):
                    reasons[notice] = self.env._(
                        "The customer answered on %(date)s: read it, then send or cancel this.",
                        date=format_date(self.env, replied_on),
                    )
                elif notice._is_contact() and (
                    0 < company.dunning_cap_count <= counts.get(notice.partner_id, 0)
                ):
                    reasons[notice] = self.env._(
                        "The customer was contacted %(count)s times in %(days)s days already.",
                        count=counts[notice.partner_id],
                        days=company.dunning_cap_days,
                    )
        return reasons

    def _is_contact(self):
        """Whether it counts for the limit of contacts (S2.69)."""
        return self.kind != "thanks" and not self.step_id.sudo()._is_letter_after_call()

    @api.model
    def _get_pending_in_bank(self, company, on_date):
        """The ids of the customers with money on the bank statement that is not reconciled."""
        self.env.flush_all()
        query = self.env["account.dunning.run"]._pending_in_bank(company, on_date)
        return {partner_id for (partner_id,) in self.env.execute_query(query)}

    def _get_last_replies(self, company, on_date):
        """``{customer: its last answer}``, of the days in which it is waited for (S0.29)."""
        # Whole days, as in the decisions: an answer in the afternoon is not waited for longer.
        since = fields.Date.subtract(on_date, days=company.dunning_reply_days - 1)
        rows = self.sudo()._read_group(
            [
                ("company_id", "=", company.id),
                ("partner_id", "in", self.partner_id.ids),
                ("replied_on", ">=", since),
            ],
            ["partner_id"],
            ["replied_on:max"],
        )
        return {partner.sudo(False): replied_on for partner, replied_on in rows}

    def _count_contacts(self, company, on_date):
        """``{customer: contacts}``, by any channel, in the days of the company's limit (S2.69)."""
        since = fields.Date.subtract(on_date, days=company.dunning_cap_days)
        rows = self.sudo()._read_group(
            [
                ("company_id", "=", company.id),
                ("partner_id", "in", self.partner_id.ids),
                ("state", "in", SENT_STATES),
                ("channel", "!=", "task"),
                ("kind", "!=", "thanks"),
                ("step_id", "not in", self.step_id._get_letters_after_calls().ids),
                ("done_on", ">", since),
            ],
            ["partner_id"],
            ["__count"],
        )
        return {partner.sudo(False): count for partner, count in rows}
