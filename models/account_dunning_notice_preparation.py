from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import SQL, groupby

from ..engine.grouping import LISTED, Item, group
from .account_dunning_scenario_step import TONE_RANK


class AccountDunningNotice(models.Model):
    """From the decisions of a run to its notices: who receives what, with which amounts."""

    _inherit = "account.dunning.notice"

    @api.model
    def _prepare_for(self, run, decisions, limit=0):
        """Create one notice per customer, currency and kind: preventive, reminder, formal.

        A reminder lists all that the customer owes and is overdue, and what it contests; only the
        receivables that reach a step now count as reminded. A formal notice claims nothing but
        what reaches that step: no invoice is under formal notice before its day, and none that is
        gets a softer letter.

        The number of statements is the same whatever the number of customers, up to the thousand.

        Called in the company of the run: what it reads of a customer may differ between companies.

        :param decisions: the decisions of the run that reached a step.
        :param limit: of notices; the first customer gets all of its own even so. 0: no limit.
        :return: the notices.
        """
        steps = {decision.move_line_id.id: decision.step_id for decision in decisions}
        receivables = self._read_receivables(run.company_id, decisions.partner_id)
        groups = self._group(run, receivables, steps)
        refused = self._get_refused(decisions)
        cycles = decisions.move_line_id._get_dunning_cycles()
        treatments = self.env["account.dunning.treatment"]._get_standing(
            decisions.partner_id, run.company_id, run.date
        )
        prepared = []
        for ((partner, _currency), kind), lines in groups.items():
            vals = self._prepare_values(run, partner, kind, lines, cycles, treatments[partner])
            if any(
                (receivable.id, (step.origin_id or step).id) in refused
                for receivable, step in lines
            ):
                vals |= {"state": "draft", "is_automatic": False}
            prepared.append((vals, vals.pop("line_ids")))
        notices = self._create_prepared(self._get_first(prepared, limit))
        notices._schedule_calls()
        return notices

    @api.model
    def _create_prepared(self, prepared):
        """Create notices with their lines; returns them.

        Nobody makes notices by hand, so no role may create them. What is changed later is tracked;
        that they were prepared is what they are.

        :param prepared: ``[(values of a notice, [values of its lines])]``.
        """
        notices_sudo = (
            self.sudo()
            .with_context(tracking_disable=True)
            .create([vals for vals, _lines in prepared])
        )
        self.env["account.dunning.notice.line"].sudo()._insert(
            [
                line_vals | {"notice_id": notice.id}
                for notice, (_vals, lines) in zip(notices_sudo, prepared, strict=True)
                for line_vals in lines
            ]
        )
        notices_sudo.invalidate_recordset(["line_ids"])
        return self.browse(notices_sudo.ids)

    @api.model
    def _get_first(self, prepared, limit):
        """The first notices: a customer's stay together. See :meth:`_create_prepared`."""
        if not limit or len(prepared) <= limit:
            return prepared
        first = []
        for _partner, theirs in groupby(prepared, key=lambda each: each[0]["partner_id"]):
            if first and len(first) + len(theirs) > limit:
                break
            first += theirs
        return first

    @api.model
    def _read_receivables(self, company, partners):
        """The customers' receivables, all read at once: each read of the view is dear."""
        return self.env["account.receivable"].search_fetch(
            [("company_id", "=", company.id), ("partner_id", "in", partners.ids)],
            [
                *("partner_id", "currency_id", "name", "invoice_user_id", "decision_reason"),
                *("invoice_date", "date_maturity", "is_blocked", "is_excluded", "is_on_hold"),
                *("residual", "dunnable"),
                *("residual_currency", "contested_currency", "dunnable_currency"),
            ],
        )

    @api.model
    def _group(self, run, receivables, steps):
        """``{((customer, currency), kind): [(receivable, step it reaches or none)]}``.

        Who shares a notice, and which one credits reduce, is decided as in the decisions.
        """
        no_step = self.env["account.dunning.scenario.step"]
        kept_apart = self._get_kept_apart(receivables, run.date)
        by_id, items = {}, []
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
            elif step or receivable.id in kept_apart or not self._is_listed(receivable, run.date):
                continue
            items.append(Item(receivable.id, account, Decimal(str(amount)), kind))
        return {key: [by_id[id_] for id_ in ids] for key, ids in group(items).items()}

    @api.model
    def _get_kind(self, step):
        if step.offset_days <= 0:
            return "preventive"
        return "formal" if step.tone == "formal" else "reminder"

    @api.model
    def _get_kept_apart(self, receivables, on_date):
        """The ids of what no other reminder lists: what is under formal notice, and what a person
        wants to be asked for later.
        """
        lines = self.env["account.dunning.notice.line"].search_fetch(
            Domain("move_line_id", "in", receivables.ids)
            & Domain("step_id", "!=", False)
            & (
                (Domain("step_id.tone", "=", "formal") & Domain("state", "!=", "cancelled"))
                | (
                    Domain("notice_id.postponed_until", ">", on_date)
                    & Domain("state", "in", ("draft", "validated"))
                )
            ),
            ["move_line_id"],
        )
        return set(lines.move_line_id.ids)

    @api.model
    def _get_refused(self, decisions):
        """``{(receivable, root step)}`` ids of which a person cancelled a notice: a person decides.

        In whatever version of the scenario.
        """
        lines = self.env["account.dunning.notice.line"].search_fetch(
            [
                ("move_line_id", "in", decisions.move_line_id.ids),
                ("step_id", "!=", False),
                ("notice_id.is_refused", "=", True),
            ],
            ["move_line_id", "root_step_id"],
        )
        return {(line.move_line_id.id, line.root_step_id.id) for line in lines}

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
    def _prepare_values(self, run, partner, kind, lines, cycles, treatment):
        """The values of one notice.

        :param lines: ``[(receivable, step it reaches or none)]``.
        :param cycles: ``{receivable's id: its cycle of reminders}`` of those that reach a step.
        :param treatment: the customer's, or none.
        :return: with the values of the lines as dictionaries, not commands.
        """
        steps = self.env["account.dunning.scenario.step"].union(*(step for _line, step in lines))
        step = steps.sorted("offset_days")[-1]
        contact = self._get_contact(partner, treatment)
        channel, channel_reason = self._choose_channel(step, contact, treatment)
        tone = self._get_tone(step, self._get_firmest_tone(partner, treatment, lines))
        frozen = [
            self._prepare_line_values(receivable, step) | {"cycle": cycles.get(receivable.id, 0)}
            for receivable, step in lines
        ]
        is_automatic = self._is_automatic(step, channel, partner)
        state = "validated" if is_automatic else "draft"
        collector = self._get_collector(run.company_id, partner, lines)
        return {
            "company_id": run.company_id.id,
            "run_id": run.id,
            "scenario_id": step.scenario_id.id,
            "step_id": step.id,
            "kind": kind,
            "channel": channel,
            "channel_reason": channel_reason,
            "tone": tone,
            "is_softened": tone != step.tone,
            "is_automatic": is_automatic,
            "date": run.date,
            "deadline": step.deadline_days and fields.Date.add(run.date, days=step.deadline_days),
            "user_id": collector.id,
            "signatory_id": self._choose_signatory(step, collector, lines).id,
            "partner_id": partner.id,
            "contact_id": contact.id,
            "copy_partner_ids": [Command.set(self._get_copies(step, lines).ids)],
            "lang": contact.lang or partner.lang or run.company_id.partner_id.lang,
            "currency_id": lines[0][0].currency_id.id,
            "amount_claimed": sum(vals["claimed"] for vals in frozen),
            "amount_contested": sum(vals["contested"] for vals in frozen),
            "state": state,
            "line_ids": [
                vals | {"company_id": run.company_id.id, "state": state} for vals in frozen
            ],
        }

    @api.model
    def _is_automatic(self, step, channel, partner):
        """Whether it leaves without a person: a strategic customer's only up to level 1 (S0.3)."""
        is_reviewed = partner.is_strategic and step.level >= 2
        return step._is_sent_without_review() and channel == step.channel and not is_reviewed

    # === Tone ===#

    @api.model
    def _get_firmest_tone(self, partner, treatment, lines):
        """The firmest tone that fits: the customer's, the treatment's, and a neutral one while a
        dispute is open about a part of what reaches a step."""
        contested = any(step and receivable.contested_currency for receivable, step in lines)
        limits = [partner.dunning_tone, treatment.tone, contested and "neutral", "formal"]
        return min(filter(None, limits), key=TONE_RANK.get)

    @api.model
    def _get_tone(self, step, firmest):
        """The tone of a step's words under a limit: its own, or that of the nearest earlier step.

        Without such a step it is the limit's, with the words that every scenario has. A formal
        notice has no softer words: whether it is due is a matter of the decision.
        """
        if step.tone == "formal" or TONE_RANK[step.tone] <= TONE_RANK[firmest]:
            return step.tone
        return step._get_softer(firmest).tone or firmest

    # === People ===#

    @api.model
    def _choose_signatory(self, step, collector, lines):
        """Who signs: a person who is still there."""
        signatories = {
            "collector": collector,
            "salesperson": lines[0][0].invoice_user_id,
            "user": step.signatory_id,
        }
        return signatories[step.signatory].filtered("active") or collector

    @api.model
    def _get_copies(self, step, lines):
        copies = step.copy_partner_ids
        if step.copy_salesperson:
            for receivable, _step in lines:
                copies |= receivable.invoice_user_id.filtered("active").partner_id
        return copies

    @api.model
    def _prepare_line_values(self, receivable, step):
        credit = receivable.residual_currency if receivable.residual_currency < 0 else 0.0
        return {
            "move_line_id": receivable.id,
            "step_id": step.id,
            "root_step_id": (step.origin_id or step).id,
            "name": receivable.name,
            "invoice_date": receivable.invoice_date,
            "date_maturity": receivable.date_maturity,
            "residual": receivable.residual_currency,
            "contested": receivable.contested_currency,
            "claimed": credit or receivable.dunnable_currency,
        }

    @api.model
    def _get_collector(self, company, partner, lines):
        """The customer's collector, else the invoice's salesperson: a person who can act on it."""
        collector = partner.with_company(company).collector_id or lines[0][0].invoice_user_id
        return collector.filtered("active")

    # === Numbers ===#

    @api.model
    def _take_numbers(self, count):
        """The next `count` numbers of notices, reserved in one statement."""
        sequence = (
            self.env["ir.sequence"]
            .sudo()
            .search(
                [
                    ("code", "=", self._name),
                    ("company_id", "in", (self.env.company.id, False)),
                ],
                order="company_id",
                limit=1,
            )
        )
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [sequence.next_by_id() for _number in range(count)]
        prefix, suffix = sequence._get_prefix_suffix()
        numbers = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03}",
                count,
            )
        )
        return [f"{prefix}{number:0{sequence.padding}}{suffix}" for (number,) in numbers]

    # === Calls ===#

    def _schedule_calls(self):
        """One activity per call, on the collector's list; a run sends no e-mail about each."""
        calls = self.filtered(lambda notice: notice.channel == "call" and notice.user_id)
        alike = calls.grouped(lambda notice: (notice.user_id, notice.date, notice.step_id))
        for (user, day, step), notices in alike.items():
            notices.with_context(mail_activity_quick_update=True).activity_schedule(
                "account_dispute_dunning.mail_activity_type_dunning_call",
                date_deadline=day,
                user_id=user.id,
                summary=step.with_context(lang=user.lang).name,
                note=notices[0].call_script,
            )
