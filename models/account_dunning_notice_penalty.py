from lxml import html
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

from ..engine.tone import concerns_professionals


class AccountDunningNotice(models.Model):
    """What a notice claims besides the principal, and what else its step mentions.

    Interest and indemnities are frozen when it is prepared, up to its date, with the rule in its
    language. Before it leaves they are computed again, up to the same day: when a waiver, a
    commitment of ours or anything else changed them, it is cancelled like any notice that is no
    longer true. Sending it claims them; a penalty is claimed once, however many letters show it
    (S4.24, S4.26).

    What is contested, waived or invoiced already, what we have not kept our word on (S2.61), and
    the indemnity of a consumer are never in it.
    """

    _inherit = "account.dunning.notice"

    penalty_as_of = fields.Date(
        string="Penalties up to",
        readonly=True,
        copy=False,
        help="The last day of the interest that it claims.",
    )
    penalty_interest = fields.Monetary(string="Interest Claimed", readonly=True, copy=False)
    penalty_fee = fields.Monetary(string="Indemnities Claimed", readonly=True, copy=False)
    penalty_rule = fields.Text(string="Rule of the Penalties", readonly=True, copy=False)
    fines_text = fields.Text(string="Paragraph about Fines", readonly=True, copy=False)
    financing_cost = fields.Monetary(
        readonly=True, copy=False, help="What the delay costs us: mentioned, not claimed."
    )
    amount_asked = fields.Monetary(
        string="Total Claimed",
        compute="_compute_amount_asked",
        help="The principal, the interest and the indemnities.",
    )

    @api.depends("amount_claimed", "penalty_interest", "penalty_fee")
    def _compute_amount_asked(self):
        for notice in self:
            notice.amount_asked = (
                notice.amount_claimed + notice.penalty_interest + notice.penalty_fee
            )

    # === Prepare ===#

    @api.model
    def _prepare_for(self, run, decisions, limit=0):
        notices = super()._prepare_for(run, decisions, limit)
        notices.sudo()._freeze_penalties(run.company_id, run.date)
        return notices

    def _freeze_penalties(self, company, on_date):
        """Freeze what the steps of these notices of one company show, as of a day."""
        past_due = self.filtered(lambda notice: notice._is_past_due())
        steps = {notice: notice._get_words_step() for notice in past_due}
        claiming = past_due.filtered(lambda notice: steps[notice].shows_penalties)
        lines = claiming.line_ids.filtered(lambda line: line.claimed > 0).move_line_id
        penalties = self.env["account.penalty"]
        if lines:
            penalties._refresh(company, on_date, lines.ids)
        dues = claiming._get_dues(on_date)
        for notice in past_due:
            values = notice._prepare_fines(steps[notice], on_date)
            if dues.get(notice):
                values |= notice._prepare_penalties(dues[notice], on_date)
            if values:
                notice._write_frozen(**values)

    def _prepare_penalties(self, dues, on_date):
        """The values of a notice that claims penalties; those of its lines are written.

        :param dues: ``{line: Due}``.
        """
        for line, due in dues.items():
            line.write(
                {
                    "penalty_id": due.penalty.id,
                    "penalty_interest": due.interest,
                    "penalty_fee": due.fee,
                }
            )
        localized = self.env["account.penalty"].with_context(lang=self.lang)
        return {
            "penalty_as_of": on_date,
            "penalty_interest": sum(due.interest for due in dues.values()),
            "penalty_fee": sum(due.fee for due in dues.values()),
            "penalty_rule": localized._describe_rules(dues.values()),
        }

    def _prepare_fines(self, step, on_date):
        """The values of a notice that mentions fines, to a professional, or our financing cost."""
        values = {}
        if step.shows_fines and self.partner_id._get_penalty_debtor() == "professional":
            country = self.company_id.account_fiscal_country_id.code or ""
            texts = self.env["account.legal.text"]
            values["fines_text"] = texts._get_text(f"{country.lower()}_fines", on_date, self.lang)
        if step.shows_financing:
            values["financing_cost"] = self._get_financing_cost()
        return {name: value for name, value in values.items() if value}

    def _get_financing_cost(self):
        """Of what it claims, up to its date; in its currency (S4.19)."""
        receivables = self.env["account.receivable"]
        return sum(
            receivables._get_financing_cost(
                self.company_id, line.claimed, line.days_overdue, self.currency_id
            )
            for line in self.line_ids
        )

    def _get_dues(self, on_date):
        """What these notices may claim of penalties: ``{notice: {line: Due}}``, nothing of 0.00.

        Interest counts up to the day that each notice names, or else `on_date`.

        :param on_date: the day on which they are looked at.
        """
        dues = {}
        # The smallest claim is for a notice: within a group, a customer has one.
        alike = self.grouped(
            lambda each: (
                *(each.company_id, each.penalty_as_of or on_date),
                *(each.kind, each.currency_id),
            )
        )
        for (company, as_of, _kind, _currency), notices in alike.items():
            lines = notices.line_ids.filtered(lambda line: line.claimed > 0)
            found = self.env["account.penalty"]._get_dues(
                company, as_of, on_date, lines.move_line_id.ids
            )
            for notice in notices:
                dues[notice] = {
                    line: due
                    for line in notice.line_ids & lines
                    if (due := found.get(line.move_line_id.id)) and (due.interest or due.fee)
                }
        return dues

    # === Check again ===#

    def _get_changes(self, on_date=None):
        changes = super()._get_changes(on_date)
        claiming = (self - self.browse(notice.id for notice in changes)).filtered("penalty_as_of")
        if not claiming:
            return changes
        now = claiming.sudo()._get_dues(on_date or fields.Date.context_today(self))
        for notice in claiming:
            if name := notice._find_changed_penalty(now.get(notice.sudo(), {})):
                changes[notice] = self.env._(
                    "%(invoice)s: the penalties that it claims changed since.", invoice=name
                )
        return changes

    def _find_changed_penalty(self, now):
        """The number of the first invoice whose penalties are not those that are frozen."""
        for line in self.line_ids:
            due = now.get(line.sudo())
            interest, fee = (due.interest, due.fee) if due else (0.0, 0.0)
            if self.currency_id.compare_amounts(
                interest, line.penalty_interest
            ) or self.currency_id.compare_amounts(fee, line.penalty_fee):
                return line.name
        return ""

    # === Claim ===#

    def _transition(self, state, reason=False, **values):
        result = super()._transition(state, reason, **values)
        if state == "sent":
            self.sudo()._claim_penalties()
        return result

    def _claim_penalties(self):
        """What the customer has been sent is claimed: once, whatever it has been sent before."""
        for notice in self.filtered("penalty_as_of"):
            lines = notice.line_ids.filtered("penalty_id")
            lines.penalty_id._claim(
                notice._get_day(),
                notice=notice,
                amounts={
                    line.penalty_id: (line.penalty_interest, line.penalty_fee) for line in lines
                },
            )

    # === Words ===#

    def _is_to_consumer(self):
        return self.partner_id._get_penalty_debtor() == "consumer"

    def _get_words(self):
        """To a consumer without the paragraphs that claim what only professionals owe (S4.28);
        when nothing else is left, the built-in words.
        """
        subject, body = super()._get_words()
        if not self._is_to_consumer() or not concerns_professionals(html2plaintext(body)):
            return subject, body
        text = html.fragment_fromstring(body, create_parent="div")
        for block in text.xpath(".//p | .//li"):
            if concerns_professionals(block.text_content()):
                block.drop_tree()
        if concerns_professionals(text.text_content()) or not text.text_content().strip():
            return self.with_context(lang=self.lang)._get_builtin_words()
        return subject, Markup("".join(html.tostring(part, encoding="unicode") for part in text))

    def _check_words(self):
        """:raise UserError: also when a consumer is asked for what only professionals owe."""
        text = f"{self.custom_subject or ''} {html2plaintext(self.custom_body or '')}"
        if self._is_to_consumer() and concerns_professionals(text):
            raise UserError(
                self.env._(
                    "%(customer)s is a consumer, who owes neither an indemnity nor the penalties "
                    "between professionals: leave them out.",
                    customer=self.partner_id.display_name,
                )
            )
        return super()._check_words()

    # === Letter ===#

    def _has_penalties(self):
        return bool(self.penalty_interest or self.penalty_fee)

    def _get_fees(self):
        """The indemnities of the letter, ``[(number, amount of each)]``: 3 × 40.00."""
        self.ensure_one()
        by_amount = self.line_ids.filtered("penalty_fee").grouped("penalty_fee")
        return [(len(lines), amount) for amount, lines in sorted(by_amount.items())]

    def _get_enclosures(self):
        """A formal notice encloses how its penalties are computed (S4.24)."""
        enclosures = super()._get_enclosures()
        if self.tone == "formal" and self.penalty_as_of and self._has_penalties():
            penalties = self.line_ids.penalty_id.sudo()
            name, content = penalties._get_statement_pdf(self.penalty_as_of, lang=self.lang)
            enclosures.insert(0, (name, content, "application/pdf"))
        return enclosures
