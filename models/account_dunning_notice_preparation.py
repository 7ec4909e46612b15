from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Command

from ..engine.grouping import LISTED, Item, group


class AccountDunningNotice(models.Model):
    """From the decisions of a run to its notices: who receives what, with which amounts."""

    _inherit = "account.dunning.notice"

    @api.model
    def _prepare_for(self, run, decisions):
        """Create one notice per customer, currency and kind: preventive, reminder, formal.

        A reminder lists all that the customer owes and is overdue, and what it contests; only the
        receivables that reach a step now count as reminded. A formal notice claims nothing but
        what reaches that step: no invoice is under formal notice before its day, and none that is
        gets a softer letter.

        :param decisions: the decisions of the run that reached a step.
        :return: the notices.
        """
        steps = {decision.move_line_id.id: decision.step_id for decision in decisions}
        receivables = self.env["account.receivable"].search(
            [
                ("company_id", "=", run.company_id.id),
                ("partner_id", "in", decisions.partner_id.ids),
            ]
        )
        groups = self._group(run, receivables, steps)
        refused = self._get_refused(decisions)
        cycles = decisions.move_line_id._get_dunning_cycles()
        values = []
        for ((partner, _currency), _kind), lines in groups.items():
            vals = self._prepare_values(run, partner, lines, cycles)
            if any((receivable.id, step.id) in refused for receivable, step in lines):
                vals["state"] = "draft"
            values.append(vals)
        # Nobody makes notices by hand, so no role may create them.
        notices = self.sudo().with_context(tracking_disable=True).create(values).sudo(False)
        notices._schedule_calls()
        return notices

    @api.model
    def _group(self, run, receivables, steps):
        """``{((customer, currency), kind): [(receivable, step it reaches or none)]}``.

        Who shares a notice, and which one credits reduce, is decided as in the decisions.
        """
        no_step = self.env["account.dunning.scenario.step"]
        formal = self._get_under_formal_notice(receivables)
        by_id, items = {}, []
        # Iterating over `receivables` reads them a thousand at a time: a read of the view is dear.
        for receivable in receivables:
            account, step = (
                (receivable.partner_id, receivable.currency_id),
                steps.get(receivable.id),
            )
            by_id[receivable.id] = (receivable, step or no_step)
            amount, kind = receivable.dunnable_currency, None
            if receivable.residual <= 0:
                amount = min(0, receivable.residual_currency)
            elif step and amount > 0:
                kind = self._get_kind(step)
            elif step or receivable.id in formal or not self._is_listed(receivable, run.date):
                continue
            items.append(Item(receivable.id, account, Decimal(str(amount)), kind))
        return {key: [by_id[id_] for id_ in ids] for key, ids in group(items).items()}

    @api.model
    def _get_kind(self, step):
        if step.offset_days <= 0:
            return "preventive"
        return "formal" if step.tone == "formal" else "reminder"

    @api.model
    def _get_under_formal_notice(self, receivables):
        lines = self.env["account.dunning.notice.line"].search_fetch(
            [
                ("move_line_id", "in", receivables.ids),
                ("step_id.tone", "=", "formal"),
                ("state", "!=", "cancelled"),
            ],
            ["move_line_id"],
        )
        return set(lines.move_line_id.ids)

    @api.model
    def _get_refused(self, decisions):
        """``{(receivable, step)}`` ids of which a person cancelled a notice: a person decides."""
        lines = self.env["account.dunning.notice.line"].search_fetch(
            [
                ("move_line_id", "in", decisions.move_line_id.ids),
                ("step_id", "!=", False),
                ("notice_id.is_refused", "=", True),
            ],
            ["move_line_id", "step_id"],
        )
        return {(line.move_line_id.id, line.step_id.id) for line in lines}

    @api.model
    def _is_listed(self, receivable, on_date):
        """Overdue, and for a reason that lets it be shown beside those that reach a step."""
        return (
            receivable.date_maturity < on_date
            and not receivable.is_blocked
            and not receivable.is_excluded
            and not receivable.is_on_hold
            and receivable.decision_reason in LISTED
        )

    @api.model
    def _prepare_values(self, run, partner, lines, cycles):
        """The values of one notice.

        :param lines: ``[(receivable, step it reaches or none)]``.
        :param cycles: ``{receivable's id: its cycle of reminders}`` of those that reach a step.
        """
        steps = self.env["account.dunning.scenario.step"].union(*(step for _line, step in lines))
        step = steps.sorted("offset_days")[-1]
        contact = self._get_contact(partner)
        channel = step.channel
        if channel == "email" and not contact.email:
            channel = "letter"
        frozen = [
            self._prepare_line_values(receivable, step) | {"cycle": cycles.get(receivable.id, 0)}
            for receivable, step in lines
        ]
        return {
            "company_id": run.company_id.id,
            "run_id": run.id,
            "scenario_id": step.scenario_id.id,
            "step_id": step.id,
            "channel": channel,
            "tone": step.tone,
            "date": run.date,
            "deadline": step.deadline_days and fields.Date.add(run.date, days=step.deadline_days),
            "user_id": self._get_collector(run.company_id, partner, lines).id,
            "partner_id": partner.id,
            "contact_id": contact.id,
            "lang": contact.lang or partner.lang or run.company_id.partner_id.lang,
            "currency_id": lines[0][0].currency_id.id,
            "amount_claimed": sum(vals["claimed"] for vals in frozen),
            "amount_contested": sum(vals["contested"] for vals in frozen),
            "state": "validated"
            if step._is_sent_without_review() and channel == "email"
            else "draft",
            "line_ids": [Command.create(vals) for vals in frozen],
        }

    @api.model
    def _prepare_line_values(self, receivable, step):
        credit = receivable.residual_currency if receivable.residual_currency < 0 else 0.0
        return {
            "move_line_id": receivable.id,
            "step_id": step.id,
            "name": receivable.name,
            "invoice_date": receivable.invoice_date,
            "date_maturity": receivable.date_maturity,
            "residual": receivable.residual_currency,
            "contested": receivable.contested_currency,
            "claimed": credit or receivable.dunnable_currency,
        }

    @api.model
    def _get_contact(self, partner):
        """Who receives: the invoice contact, or the customer when it has no e-mail."""
        contact = partner.browse(partner.address_get(["invoice"])["invoice"])
        return contact if contact.email or not partner.email else partner

    @api.model
    def _get_collector(self, company, partner, lines):
        """The customer's collector, else the invoice's salesperson: a person who can act on it."""
        collector = partner.with_company(company).collector_id or lines[0][0].invoice_user_id
        return collector.filtered("active")

    def _schedule_calls(self):
        calls = self.filtered(lambda notice: notice.channel == "call" and notice.user_id)
        alike = calls.grouped(lambda notice: (notice.user_id, notice.date, notice.step_id))
        for (user, day, step), notices in alike.items():
            notices.activity_schedule(
                "account_dispute_dunning.mail_activity_type_dunning_call",
                date_deadline=day,
                user_id=user.id,
                summary=step.with_context(lang=user.lang).name,
                note=notices[0].call_script,
            )
