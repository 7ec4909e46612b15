from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import format_date, formatLang
from odoo.tools.pdf import merge_pdf

from ..engine.penalty_error import PenaltyError
from ..engine.penalty_facts import Policy
from ..engine.penalty_result import Note
from ..engine.penalty_words import read_rate
from ..report.workbook import clean_name

STATEMENT = "account_dispute_dunning.action_report_penalty_statement"


class AccountPenalty(models.Model):
    """The statement of penalties: what each costs, so that a pocket calculator finds it (S4.24).

    One per customer, in its language, of one or many invoices; a part for each currency. Amounts
    are those that may be asked for, see :meth:`_get_dues`.
    """

    _inherit = "account.penalty"

    # === Print ===#

    def action_print_statement(self):
        """The statements of these penalties up to today, as one PDF.

        :raise AccessError: for a user who may not read them.
        """
        self.check_access("read")
        return self.env.ref(STATEMENT).report_action(self)

    def _get_statement_pdf(self, on_date, lang=None):
        """The statements of these penalties as one PDF, interest up to a day.

        :param lang: of a notice that encloses it; by default, each customer's.
        :return: ``(file name, bytes)``.
        """
        report = self.env["ir.actions.report"].sudo()
        pdfs = []
        for statement in self._get_statements(on_date, lang):
            page, footer = self._render_statement(statement)
            pdfs.append(report._run_wkhtmltopdf([page], report_ref=STATEMENT, footer=footer))
        env = self.with_context(lang=lang).env if lang else self.env
        name = env._("Statement of penalties %(date)s", date=fields.Date.to_string(on_date))
        return f"{clean_name(name)}.pdf", pdfs[0] if len(pdfs) == 1 else merge_pdf(pdfs)

    def _render_statement(self, statement):
        """A statement as one HTML page that holds all it needs, and its foot."""
        lang = statement["customer"].env.lang
        values = {
            "statement": statement,
            "company": statement["company"],
            "format_day": self._format_day,
        }
        page = "account_dispute_dunning.penalty_statement_page"
        foot = "account_dispute_dunning.letter_footer_page"
        qweb = self.env["ir.qweb"]
        return qweb._render(page, values, lang=lang), qweb._render(foot, values, lang=lang)

    @api.model
    def _format_day(self, day, lang, long=False):
        """A day as a language writes it: 30 June 2026, or in figures; "" when there is none."""
        pattern = "d MMMM yyyy" if long else False
        return format_date(self.env, day, date_format=pattern, lang_code=lang) if day else ""

    # === Content ===#

    def _get_statements(self, on_date, lang=None):
        """What the statements of these penalties say: a list of dictionaries, by customer.

        ``customer``, ``company``, ``penalty`` (the first one), ``as_of``; ``currencies``: a list of
        ``(currency, sheets, totals)``, see :meth:`_get_sheet`; ``rates`` and ``sources``. Texts are
        in the customer's language.
        """
        statements = []
        receivables = self.env["account.receivable"]
        for (company, customer), penalties in self.grouped(
            lambda penalty: (penalty.company_id, penalty.partner_id)
        ).items():
            spoken = lang or receivables._get_language(customer, company)
            penalties = penalties.with_context(lang=spoken).sorted(
                lambda each: (each.date_maturity or on_date, each.id)
            )
            dues = self._get_dues(company, on_date, on_date, penalties.move_line_id.ids)
            sheets = [
                penalty._get_sheet(dues.get(penalty.move_line_id.id)) for penalty in penalties
            ]
            results = [due.result for due in dues.values()]
            rates = self._get_rates(
                [result for result in results if not isinstance(result, PenaltyError)]
            )
            rates = [rate for rate, _first, _last in rates]
            statements.append(
                {
                    "customer": customer.with_env(penalties.env),
                    "company": company.with_env(penalties.env),
                    "penalty": penalties[0],
                    "as_of": on_date,
                    "currencies": [
                        (currency, mine, _get_totals(mine))
                        for currency in penalties.currency_id
                        if (mine := [each for each in sheets if each["currency"] == currency])
                    ],
                    "rates": penalties._describe_rates(rates),
                    "sources": penalties._get_sources(rates),
                }
            )
        return statements

    def _get_sheet(self, due):
        """What the statement says of one invoice.

        ``name``, ``title``, ``due_date``, ``amount``; ``settled``, when; ``problem``, why nothing
        is asked for; ``rule``, ``facts`` and ``notes``, sentences; ``rows``, see
        :meth:`_get_rows`; ``exact``, the interest before it is rounded; ``interest``,
        ``fee``, what has become due; ``deductions``, ``[(label, amount)]``; ``total``, what is
        asked for.
        """
        self.ensure_one()
        sheet = {
            "name": self.move_name,
            "title": self._get_title(due and due.facts),
            "due_date": self.date_maturity,
            "currency": self.currency_id,
            "amount": self.principal,
            "result": None,
            **dict.fromkeys(("settled", "problem", "rule", "exact", "fee_working"), ""),
            **dict.fromkeys(("interest", "fee", "total"), 0.0),
            **{name: [] for name in ("facts", "rows", "notes", "deductions")},
        }
        if not due:
            reason = self.problem or self.env._("It is no longer a posted invoice that was late.")
            return sheet | {"problem": reason}
        sheet |= {
            "settled": self._describe_settled(due.facts.date_paid),
            "problem": due.obstacle,
        }
        if isinstance(due.result, PenaltyError):
            return sheet
        return sheet | self._get_computed(due)

    def _get_title(self, facts):
        """The invoice, its day, its amount and when it was due, in words."""
        values = {
            "invoice": self.move_name,
            "amount": self._format(self.principal),
            "due": format_date(self.env, self.date_maturity),
        }
        if not (facts and facts.case.invoice_date):
            return self.env._("%(invoice)s: %(amount)s due on %(due)s", **values)
        return self.env._(
            "%(invoice)s of %(date)s: %(amount)s due on %(due)s",
            date=format_date(self.env, facts.case.invoice_date),
            **values,
        )

    def _get_computed(self, due):
        """The part of a sheet that was computed."""
        result = due.result
        regime = self.env["account.penalty.regime"].sudo().browse(due.facts.regime_id)
        rule = f"{regime.name}: {regime.law}" if regime.law else regime.name
        exact = sum((segment.amount for segment in result.segments), Decimal(0))
        fee_working = ""
        if result.fee and result.fee_currency != result.currency:
            fee_working = self._format_number(result.legal_fee, 2) + f" {result.fee_currency}"
        return {
            "result": result,
            "rule": rule,
            "facts": self._describe_facts(due.facts.case),
            "rows": self._get_rows(due),
            "notes": self._describe_notes(result),
            "exact": self._format_number(exact, 4),
            "interest": float(result.interest),
            "fee": float(result.fee),
            "fee_working": fee_working,
            "deductions": self._get_deductions(due),
            "total": due.interest + due.fee,
        }

    def _get_deductions(self, due):
        """``[(label, amount)]``: from what has become due to what is asked for."""
        owed = float(due.result.total)
        rest = self.currency_id.round(owed - due.interest - due.fee)
        waived = min(self.waived, rest)
        invoiced = min(self.invoiced, rest - waived)
        other = (
            self.env._("Not claimed")
            if due.obstacle
            else self.env._("Claimed with another instalment")
        )
        amounts = [
            (self.env._("Waived"), waived),
            (self.env._("Invoiced already"), invoiced),
            (other, rest - waived - invoiced),
        ]
        return [(label, amount) for label, amount in amounts if self.currency_id.round(amount)]

    def _describe_settled(self, paid_on):
        if not paid_on:
            return ""
        return self.env._("Settled on %(day)s", day=format_date(self.env, paid_on))

    # === Rows ===#

    def _get_rows(self, due):
        """The segments and, between them, what changed the base: a list of dictionaries.

        A segment has ``first``, ``last``, ``days``, ``year_days``, ``base``, ``rate``, ``amount``
        (not rounded) and a ``note``; an event has a ``text``.
        """
        shift = 1 if self._get_start_offset(due) else 0
        rows = [
            ((segment.first, 1), self._get_segment_row(segment)) for segment in due.result.segments
        ]
        for settled in due.result.settled:
            effect = fields.Date.add(settled.day, days=shift)
            rows.append(((effect, 0), {"text": self._describe_payment(settled)}))
        for credit in due.facts.case.credit_notes:
            if credit.day <= due.result.as_of and not credit.retroactive:
                effect = fields.Date.add(credit.day, days=shift)
                rows.append(((effect, 0), {"text": self._describe_gesture(credit)}))
        return [row for _rank, row in sorted(rows, key=lambda each: each[0])]

    def _get_start_offset(self, due):
        regime = self.env["account.penalty.regime"].sudo().browse(due.facts.regime_id)
        return regime.start_offset

    def _get_segment_row(self, segment):
        row = {
            "text": "",
            "first": format_date(self.env, segment.first),
            "last": format_date(self.env, segment.last),
            "days": segment.days,
            "year_days": segment.year_days,
            "base": self._format(segment.base),
            "rate": segment.rate and self._format_percent(segment.rate.percent),
            "amount": self._format_number(segment.amount, 4),
            "note": "",
        }
        if segment.held:
            row["note"] = self.env._(
                "without %(amount)s contested", amount=self._format(segment.held)
            )
        elif segment.capitalised:
            row["note"] = self.env._(
                "with %(amount)s interest of past years", amount=self._format(segment.capitalised)
            )
        return row

    def _describe_payment(self, settled):
        parts = [
            (self.env._("principal"), settled.principal),
            (self.env._("interest"), settled.interest),
            (self.env._("indemnity"), settled.fee),
            (self.env._("not used"), settled.surplus),
        ]
        shares = ", ".join(f"{label} {self._format(amount)}" for label, amount in parts if amount)
        return self.env._(
            "%(day)s: payment of %(amount)s (%(shares)s)",
            day=format_date(self.env, settled.day),
            amount=self._format(settled.amount),
            shares=shares,
        )

    def _describe_gesture(self, credit):
        return self.env._(
            "%(day)s: credit note of %(amount)s, which counts from its day on",
            day=format_date(self.env, credit.day),
            amount=self._format(credit.amount),
        )

    # === Sentences ===#

    def _describe_facts(self, case):
        """What the base depends on: deposits, credit notes of what was never owed, disputes."""
        sentences = []
        deposit = Decimal(str(self.principal)) - case.amount
        if deposit > 0:
            sentences.append(
                self.env._(
                    "Paid before the invoice: %(amount)s; it never bore interest.",
                    amount=self._format(deposit),
                )
            )
        sentences += [
            self.env._(
                "Credit note of %(day)s: %(amount)s was never owed, and bears no interest.",
                day=format_date(self.env, credit.day),
                amount=self._format(credit.amount),
            )
            for credit in case.credit_notes
            if credit.retroactive and credit.day <= case.as_of
        ]
        return sentences + [
            self._describe_dispute(dispute) for dispute in case.disputes if dispute.periods
        ]

    def _describe_dispute(self, dispute):
        policies = {
            Policy.FROM_RESOLUTION: self.env._("bears interest from its resolution on"),
            Policy.FROM_ORIGINAL_DUE_DATE: self.env._("bears interest from the due date on"),
            Policy.EXCLUDE_DISPUTE_DAYS: self.env._("bears no interest on these days"),
            Policy.NONE: self.env._("bears no interest"),
            Policy.MANUAL: self.env._("bears interest from the agreed day on"),
        }
        period = dispute.periods[-1]
        if period.closed is None:
            return self.env._(
                "Contested since %(day)s: %(amount)s, which bears no interest here while it is "
                "contested (%(dispute)s).",
                day=format_date(self.env, dispute.periods[0].opened),
                amount=self._format(dispute.amount),
                dispute=dispute.reference,
            )
        return self.env._(
            "Contested from %(opened)s to %(closed)s: %(amount)s, which %(policy)s (%(dispute)s).",
            opened=format_date(self.env, dispute.periods[0].opened),
            closed=format_date(self.env, period.closed),
            amount=self._format(dispute.amount),
            policy=policies[dispute.policy],
            dispute=dispute.reference,
        )

    def _describe_notes(self, result):
        """What a reader of a result should know, as sentences."""
        sentences = {
            Note.NOT_LATE: self.env._("It was not late."),
            Note.WITHIN_GRACE: self.env._("It was paid within the days of grace."),
            Note.NO_NOTICE: self.env._("Interest needs a formal notice, and there is none yet."),
            Note.STOPPED_BY_INSOLVENCY: self.env._(
                "Interest stopped with the insolvency judgment."
            ),
            Note.FLOOR_APPLIED: self.env._("The agreed rate was raised to the legal minimum."),
            Note.FEE_EXCLUDED_BY_INSOLVENCY: self.env._(
                "No indemnity: it was late only since the insolvency judgment."
            ),
            Note.FEE_WITH_OTHER_INSTALMENT: self.env._(
                "The indemnity of the invoice is with its first late instalment."
            ),
        }
        found = [sentences[note] for note in result.notes if note in sentences]
        if any(settled.interest or settled.fee for settled in result.settled):
            found.append(
                self.env._(
                    "Payments settled interest or the indemnity first: of the invoice, the same "
                    "amount more is open than on the account, where it counts as paid."
                )
            )
        return found

    def _describe_rates(self, rates):
        """``[(rate, how it was found)]``, each once."""
        return list(
            dict.fromkeys(
                (self._format_percent(rate.percent), self._describe_rate(rate)) for rate in rates
            )
        )

    def _get_sources(self, rates):
        """Where the reference rates are published: ``[(series, address)]``."""
        codes = set()
        for rate in rates:
            if words := read_rate(rate.working):
                codes |= {words.series, words.floor and words.floor.series}
        series = self.env["account.reference.rate"].sudo().search([("code", "in", list(codes))])
        return [(each.name, each.source_url) for each in series if each.source_url]

    # === Formats ===#

    def _format(self, amount):
        return self.currency_id[:1].format(float(amount))

    def _format_number(self, number, digits):
        return formatLang(self.env, float(number), digits=digits)


def _get_totals(sheets):
    """Of the sheets of one currency."""
    totals = {name: sum(sheet[name] for sheet in sheets) for name in ("interest", "fee", "total")}
    deducted = sum(amount for sheet in sheets for _label, amount in sheet["deductions"])
    return totals | {"deducted": deducted}
