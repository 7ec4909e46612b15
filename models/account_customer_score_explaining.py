from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.misc import formatLang

from ..engine.score_facts import TWO_YEARS, YEAR


class AccountCustomerScore(models.Model):
    """Why a score is what it is: in words, in figures to compute it again, and by its records."""

    _inherit = "account.customer.score"

    previous_score = fields.Float(
        related="previous_id.score", string="Previous Score", digits=(5, 1), aggregator=None
    )
    delta = fields.Float(
        string="Difference",
        digits=(5, 1),
        compute="_compute_delta",
        help="Beside the previous one.",
    )
    is_current = fields.Boolean(compute="_compute_is_current")
    summary = fields.Text(compute="_compute_explanation", help="What the score says, in words.")
    working = fields.Char(
        compute="_compute_explanation", help="How the total follows from the components."
    )
    missing = fields.Text(
        string="What Is Not Known",
        compute="_compute_explanation",
        help="Which components have no data, and what becomes of their weight.",
    )
    class_scale = fields.Char(string="Classes", compute="_compute_explanation")

    @api.depends("superseded_on")
    def _compute_is_current(self):
        for score in self:
            score.is_current = not score.superseded_on

    @api.depends("score", "previous_id")
    def _compute_delta(self):
        for score in self:
            both = score.is_rated and score.previous_id.is_rated
            score.delta = score.score - score.previous_id.score if both else 0.0

    @api.depends("score", "score_class", "component_ids")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for score in self:
            score.summary = " ".join(score._get_summary())
            score.working = score._get_working() if score.is_rated else ""
            score.missing = score._get_missing()
            score.class_scale = score._get_class_scale()

    # === In words ===#

    def _get_summary(self):
        """What the score says, in sentences."""
        self.ensure_one()
        formula = self.formula_id.sudo()  # who reads the score may know what it is made of
        if not self.is_rated and self.cap != "insolvency":
            yield self.env._(
                "Not rated: invoices settled in 24 months: %(count)s; needed: %(needed)s.",
                count=self.settled_count,
                needed=formula.min_settled,
            )
            return
        if self.is_rated:
            yield self.env._(
                "%(score)s of 100: class %(class)s.",
                **{"class": self.score_class},
                score=self._write_number(self.score),
            )
        if self.cap == "insolvency":
            yield self.env._("Insolvent: in the last class, whatever it pays.")
        elif self.cap == "legal":
            yield self.env._(
                "There is a legal file: %(cap)s at most, instead of %(uncapped)s.",
                cap=self._write_number(formula.legal_cap),
                uncapped=self._write_number(self.uncapped),
            )

    def _get_override(self):
        """The class that a person set instead of this one and that holds; empty if none.

        Who reads the score may know it.
        """
        self.ensure_one()
        overrides = self.env["account.customer.score.override"].sudo()
        if self.superseded_on:
            return overrides
        return overrides.search(
            [("partner_id", "=", self.partner_id.id), ("company_id", "=", self.company_id.id)]
        )

    def _get_working(self):
        """The total, computed from what is stored, as a person would with a calculator."""
        self.ensure_one()
        known = self.component_ids.filtered("has_data")
        total = sum(each.points * each.weight for each in known)
        weight = sum(known.mapped("weight"))
        return self.env._(
            "(%(terms)s) ÷ %(weight)s = %(total)s ÷ %(weight)s = %(score)s",
            terms=" + ".join(
                f"{self._write_number(each.points)} × {self._write_number(each.weight)}"
                for each in known
            ),
            weight=self._write_number(weight),
            total=self._write_number(total),
            score=self._write_number(self.uncapped),
        )

    def _get_missing(self):
        """Which components have no data, and what becomes of their weight."""
        self.ensure_one()
        unknown = self.component_ids.filtered(lambda each: not each.has_data)
        if not unknown:
            return self.env._("Every component has data: confidence is 100 %.")
        return self.env._(
            "No data for: %(components)s. They count neither for nor against the customer: their "
            "weight of %(weight)s %% goes to the other components, in proportion to theirs. "
            "Confidence, the weight with data, is %(confidence)s %%.",
            components=", ".join(unknown.mapped("name")),
            weight=self._write_number(sum(unknown.mapped("weight"))),
            confidence=self._write_number(self.confidence),
        )

    def _get_class_scale(self):
        self.ensure_one()
        formula = self.formula_id.sudo()
        return self.env._(
            "A from %(a)s, B from %(b)s, C from %(c)s, D from %(d)s, E below.",
            **{letter: self._write_number(formula[f"lowest_{letter}"]) for letter in "abcd"},
        )

    def _write_number(self, number):
        number = round(number, 2)
        digits = 0 if number == int(number) else 1 if number == round(number, 1) else 2
        return formatLang(self.env, number, digits=digits)

    def _write_params(self, params):
        """The parameters of a sentence, as texts of the reader's language; others as they are.

        `amount` is money in company currency, `on` a day; any other number is one.
        """
        written = {}
        for name, value in params.items():
            if name == "amount":
                written[name] = self.company_id.currency_id.format(value)
            elif name == "on":
                written[name] = format_date(self.env, value)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                written[name] = self._write_number(value)
            else:
                written[name] = value
        return written

    # === Names and sentences ===#

    @api.model
    def _get_component_names(self):
        """``{code: name}`` of all components; another addon adds its own."""
        return {
            "delay": self.env._("Average delay"),
            "margin": self.env._("Around the due date"),
            "overdue": self.env._("Overdue now"),
            "promises": self.env._("Promises and instalments"),
            "effort": self.env._("Reminders needed"),
            "unfounded": self.env._("Unfounded disputes"),
            "communication": self.env._("Answers"),
            "incidents": self.env._("Rejected payments"),
            "solvency": self.env._("Solvency, by a third party"),
        }

    @api.model
    def _get_component_selection(self):
        return list(self._get_component_names().items())

    @api.model
    def _get_sentences(self):
        """``{reason: function of its params that says it}``; another addon adds its own.

        The params are texts, as the reader's language writes them.
        """
        return {
            **self._get_ledger_sentences(),
            **self._get_behaviour_sentences(),
            "not_measured": lambda params: self.env._(
                "Nothing measures it: the addon that brought it is not installed."
            ),
        }

    @api.model
    def _get_ledger_sentences(self):
        """Of the components that are in the receivables."""
        return {
            "nothing_due": lambda params: self.env._("Nothing has fallen due yet."),
            "late_on_average": lambda params: self.env._(
                "%(days)s days late on average, by amount; what is unpaid counts as late until "
                "now. Invoices due in 12 months: %(count)s, without what is or was rightly "
                "contested.",
                **params,
            ),
            "on_time_on_average": lambda params: self.env._(
                "Paid %(days)s days before the due date on average, by amount. Invoices due in 12 "
                "months: %(count)s.",
                **params,
            ),
            "usually_after": lambda params: self.env._(
                "The usual invoice is paid %(days)s days after its due date. Invoices of 24 "
                "months: %(count)s, each counted as 15 days at most, the latest counting most.",
                **params,
            ),
            "usually_before": lambda params: self.env._(
                "The usual invoice is paid %(days)s days before its due date. Invoices of 24 "
                "months: %(count)s, each counted as 15 days at most, the latest counting most.",
                **params,
            ),
            "nothing_overdue": lambda params: self.env._("Nothing is overdue."),
            "overdue": lambda params: self.env._(
                "%(amount)s is overdue and not contested: by its age it counts as %(percent)s %% "
                "of what fell due lately.",
                **params,
            ),
            "nobody_reminded": lambda params: self.env._("No reminders were sent in this company."),
            "reminded": lambda params: self.env._(
                "The highest reminder before payment was of level %(level)s on average, of 4. "
                "Invoices of 12 months: %(count)s.",
                **params,
            ),
            "never_reminded": lambda params: self.env._(
                "No reminder was needed. Invoices of 12 months: %(count)s.", **params
            ),
            "nothing_invoiced": lambda params: self.env._("Nothing was invoiced in 12 months."),
            "unfounded": lambda params: self.env._(
                "%(amount)s of 12 months was contested without cause: %(percent)s %% of what was "
                "invoiced.",
                **params,
            ),
            "none_unfounded": lambda params: self.env._(
                "Nothing of 12 months was contested without cause."
            ),
        }

    @api.model
    def _get_behaviour_sentences(self):
        """Of the other components."""
        return {
            "no_promise": lambda params: self.env._("No promise or instalment has fallen due."),
            "promises": lambda params: self.env._(
                "%(kept)s of %(due)s promises and instalments of 24 months were kept.", **params
            ),
            "no_contact": lambda params: self.env._(
                "Nobody was asked for an answer in 12 months, and no contact was verified."
            ),
            "answered": lambda params: (
                self.env._(
                    "%(answered)s of %(contacts)s calls and reminders of 12 months were answered, "
                    "and a contact was verified.",
                    **params,
                )
                if params.get("verified")
                else self.env._(
                    "%(answered)s of %(contacts)s calls and reminders of 12 months were answered.",
                    **params,
                )
            ),
            "no_payment": lambda params: self.env._("No payment is known of 12 months."),
            "rejected": lambda params: self.env._(
                "Payments of 12 months that came back: %(count)s.", **params
            ),
            "none_rejected": lambda params: self.env._("No payment of 12 months came back."),
            "no_solvency": lambda params: self.env._("No value is known."),
            "solvency_too_old": lambda params: self.env._(
                "%(value)s of 100 on %(on)s: too old to count.", **params
            ),
            "solvency": lambda params: self.env._("%(value)s of 100 on %(on)s.", **params),
        }

    # === The records behind ===#

    def _get_records_behind(self, code):
        """A window with the records that a component was computed from; none for another addon's,
        which overrides this."""
        self.ensure_one()
        companies = self.env["res.company"].sudo().search([("id", "child_of", self.company_id.id)])
        own = Domain("company_id", "in", companies.ids)
        year = fields.Date.subtract(self.date, days=YEAR)
        if code == "unfounded":
            return self._get_window(
                "account.dispute",
                own
                & Domain("commercial_partner_id", "=", self.partner_id.id)
                & Domain("validity", "=", "unfounded"),
            )
        if code == "communication":
            return self._get_window(
                "account.dunning.notice",
                own
                & Domain("partner_id", "=", self.partner_id.id)
                & Domain("date", ">", year)
                & Domain("date", "<=", self.date)
                & Domain("state", "in", ("sent", "failed")),
            )
        if code == "incidents":
            return self._get_window(
                "account.payment",
                own
                & Domain("partner_id", "child_of", self.partner_id.id)
                & Domain("payment_type", "=", "inbound")
                & Domain("date", ">", year)
                & Domain("date", "<=", self.date),
            )
        if code in ("delay", "margin", "overdue", "effort"):
            return self._get_invoices_behind(code, own)
        return self.partner_id._get_records_action()

    def _get_invoices_behind(self, code, own):
        """The receivables of the period of a component, the latest due date first."""
        due = fields.Date.subtract(self.date, days=TWO_YEARS if code == "margin" else YEAR)
        period = Domain("date_maturity", ">=", due) & Domain("date_maturity", "<=", self.date)
        if code == "overdue":
            period = Domain("date_maturity", "<", self.date) & Domain("reconciled", "=", False)
        return self._get_window(
            "account.move.line",
            own
            & period
            & Domain("partner_id", "child_of", self.partner_id.id)
            & Domain("move_id.move_type", "in", ("out_invoice", "out_receipt"))
            & Domain("display_type", "=", "payment_term")
            & Domain("parent_state", "=", "posted"),
        )

    def _get_window(self, model, domain):
        self.env[model].check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "%(customer)s, as of %(date)s",
                customer=self.partner_id.display_name,
                date=format_date(self.env, self.date),
            ),
            "res_model": model,
            "domain": list(domain),
            "context": {"create": False},
            "view_mode": "list,form",
            "views": [[False, "list"], [False, "form"]],
        }

    def action_view_history(self):
        """Show the scores of this customer over time.

        :raise AccessError: for a user who may not read scores.
        """
        self.ensure_one()
        self.check_access("read")
        return self.partner_id._get_score_history_action()

    def action_view_customer(self):
        """Open the customer."""
        self.ensure_one()
        self.check_access("read")
        return self.partner_id._get_records_action()
