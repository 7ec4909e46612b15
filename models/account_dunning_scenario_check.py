from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext, is_html_empty

from ..engine.tone import find_threats
from .account_dunning_rule import read_customer_domain
from .account_dunning_scenario_step import TONES

RANKS = {code: rank for rank, (code, _label) in enumerate(TONES)}
WRITTEN = ("email", "letter", "registered")


class AccountDunningScenario(models.Model):
    """What would go wrong with a scenario, said before it is activated (S0.26).

    That amounts and due dates are told needs no check: the table of every letter does.
    """

    _inherit = "account.dunning.scenario"

    problems = fields.Text(
        compute="_compute_problems", help="To be mended before it can be activated."
    )

    @api.depends("state", "step_ids", "send_from", "send_until")
    def _compute_problems(self):
        for version in self:
            problems = version._get_problems() if version.state == "draft" else []
            version.problems = "\n".join(problems)

    def _check_ready(self):
        """:raise UserError: with all that is wrong, or when it is active already."""
        self.ensure_one()
        if self.state == "active":
            raise UserError(
                self.env._("Version %(number)s is active already.", number=self.version)
            )
        if problems := self._get_problems():
            raise UserError(
                self.env._(
                    "“%(scenario)s” can't be activated yet:\n%(problems)s",
                    scenario=self.name,
                    problems="\n".join(f"• {problem}" for problem in problems),
                )
            )

    def _get_problems(self):
        """What is wrong with this version, in sentences that say what to do."""
        self.ensure_one()
        problems = []
        path = self.step_ids.filtered(lambda step: step.trigger != "event").sorted("offset_days")
        if not path:
            problems.append(self.env._("It has no step: add one."))
        if self.send_from >= self.send_until:
            problems.append(
                self.env._("Its e-mails would never leave: let the hours end after they begin.")
            )
        for step in self.step_ids:
            problems += step._get_problems()
        before = path.browse()
        for step in path:
            problems += step._get_order_problems(before)
            before = step
        return problems


class AccountDunningScenarioStep(models.Model):
    _inherit = "account.dunning.scenario.step"

    def _get_problems(self):
        """What is wrong with this step by itself, in sentences."""
        self.ensure_one()
        wrong = {
            self.env._("%(step)s: choose the event that it follows.", step=self.display_name): (
                self.trigger == "event" and not self.event
            ),
            self.env._("%(step)s: choose who signs.", step=self.display_name): (
                self.signatory == "user" and not self.signatory_id.active
            ),
            self.env._(
                "%(step)s: the customers that it is for are not a valid filter.",
                step=self.display_name,
            ): read_customer_domain(self.env, self.customer_domain) is None,
            self.env._(
                "%(step)s: a call before the due date asks for no payment within a number of "
                "days; set the days to pay to 0.",
                step=self.display_name,
            ): self._is_preventive() and self.deadline_days > 0,
            self.env._(
                "%(step)s: before the due date nobody is late; choose a courteous or neutral tone.",
                step=self.display_name,
            ): self._is_preventive() and RANKS[self.tone] > RANKS["neutral"],
        }
        problems = [sentence for sentence, is_wrong in wrong.items() if is_wrong]
        return problems + self._get_formal_problems() + self._get_word_problems()

    def _is_preventive(self):
        return self.trigger != "event" and self.offset_days <= 0

    def _get_formal_problems(self):
        if self.tone != "formal":
            return []
        wrong = {
            self.env._(
                "%(step)s: a formal notice gives a time to pay; set the days to pay, such as 8.",
                step=self.display_name,
            ): not self.deadline_days,
            self.env._(
                "%(step)s: a formal notice is never sent without review; untick it.",
                step=self.display_name,
            ): self.is_automatic,
            self.env._(
                "%(step)s: a formal notice is written; choose a letter or a registered letter.",
                step=self.display_name,
            ): self.channel not in WRITTEN,
            self.env._(
                "%(step)s: a formal notice does not follow an event; choose its day.",
                step=self.display_name,
            ): self.trigger == "event",
        }
        return [sentence for sentence, is_wrong in wrong.items() if is_wrong]

    def _get_word_problems(self):
        """Words that lack, or that are firmer than the tone, in any language of the database."""
        problems = []
        if self.channel in WRITTEN and (not self.subject or is_html_empty(self.body)):
            problems.append(
                self.env._(
                    "%(step)s: write its subject and its text.",
                    step=self.display_name,
                )
            )
        if self.channel == "call" and is_html_empty(self.script) and is_html_empty(self.body):
            problems.append(
                self.env._("%(step)s: write what to ask on the phone.", step=self.display_name)
            )
        if RANKS[self.tone] <= RANKS["neutral"] and (threats := self._find_threats()):
            problems.append(
                self.env._(
                    "%(step)s: these words are firmer than its tone: %(words)s.",
                    step=self.display_name,
                    words=", ".join(threats),
                )
            )
        return problems

    def _find_threats(self):
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        spoken = [self.with_context(lang=code) for code in languages]
        words = " ".join(
            f"{step.subject or ''} {html2plaintext(step.body or '')}" for step in spoken
        )
        return find_threats(words)

    def _get_order_problems(self, before):
        """What is wrong with the place of this step.

        :param before: the step that comes before it; empty for the first one.
        """
        self.ensure_one()
        if not before:
            if self.trigger != "previous":
                return []
            return [
                self.env._(
                    "%(step)s: no step comes before it; count its days from the due date.",
                    step=self.display_name,
                )
            ]
        problems = []
        expected = before.offset_days + self.delay_days
        if self.trigger == "previous" and (self.delay_days < 1 or self.offset_days != expected):
            problems.append(
                self.env._(
                    "%(step)s: it comes %(delay)s days after %(before)s; set its day to "
                    "%(expected)s, or at least one day after it.",
                    step=self.display_name,
                    delay=self.delay_days,
                    before=before.display_name,
                    expected=expected,
                )
            )
        if RANKS[self.tone] < RANKS[before.tone] or self.level < before.level:
            problems.append(
                self.env._(
                    "%(step)s is softer than %(before)s, which comes before it: check their tones "
                    "and levels.",
                    step=self.display_name,
                    before=before.display_name,
                )
            )
        return problems
