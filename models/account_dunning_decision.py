from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date, formatLang


class AccountDunningDecision(models.Model):
    """Why a receivable was, or was not, dunned: one decision stands per open receivable.

    A decision is written when it changes, not every day: it stands from its run until the run
    that supersedes it. So the history is complete, and a quiet year costs nothing.
    Nobody edits a decision, whatever the role.
    """

    _name = "account.dunning.decision"
    _description = "Dunning Decision"
    _order = "id desc"
    _log_access = False
    _rec_name = "move_line_id"

    run_id = fields.Many2one(
        "account.dunning.run",
        string="Since Run",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    run_number = fields.Integer(string="Since Run Id", readonly=True)
    date = fields.Date(string="Since", readonly=True)
    superseded_by_id = fields.Many2one(
        "account.dunning.run", string="Superseded by", readonly=True, index="btree_not_null"
    )
    superseded_number = fields.Integer(string="Superseded by Run Id", readonly=True)
    is_current = fields.Boolean(compute="_compute_is_current", search="_search_is_current")
    is_dry = fields.Boolean(string="Dry Run", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Receivable",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    partner_id = fields.Many2one(
        related="move_line_id.partner_id.commercial_partner_id", string="Customer"
    )
    date_maturity = fields.Date(related="move_line_id.date_maturity", string="Due Date")
    reason = fields.Selection(
        [
            ("step", "Step reached"),
            ("credit", "Credit: nothing to claim"),
            ("blocked", "Payment blocked"),
            ("excluded", "No follow-up"),
            ("no_scenario", "No scenario"),
            ("contested", "Contested"),
            ("promised", "Promised"),
            ("planned", "In a payment plan"),
            ("in_payment", "Payment in progress"),
            ("on_hold", "Held by a dispute"),
            ("notice_pending", "Notice being prepared"),
            ("completed", "All steps done"),
            ("resumed", "Grace period after a dispute"),
            ("not_due", "Not due"),
            ("awaiting_step", "Next step not reached"),
            ("never_sent", "Never sent to the customer"),
            ("paused", "Paused by a person"),
            ("waiting_reply", "The customer has answered"),
            ("awaiting_receipt", "Registered letter on its way"),
            ("payment_run", "The customer's payment run comes"),
            ("not_certain", "Not certain: no formal notice"),
            ("too_firm", "Too firm for this customer"),
            ("bank_pending", "Bank not reconciled"),
            ("contact_cap", "Contacted often enough"),
            ("vetoed", "Formal notice vetoed"),
            ("unallocated_credit", "Covered by unallocated credits"),
            ("below_minimum", "Below the minimum"),
            ("quiet_days", "Contacted recently"),
        ],
        required=True,
        readonly=True,
    )
    scenario_id = fields.Many2one("account.dunning.scenario", readonly=True)
    step_id = fields.Many2one(
        "account.dunning.scenario.step", readonly=True, help="Reached, pending, or next."
    )
    next_date = fields.Date(
        string="Until", readonly=True, help="The day on which this decision may change."
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    dunnable = fields.Monetary(
        string="To Claim", readonly=True, currency_field="company_currency_id"
    )
    explanation = fields.Char(compute="_compute_explanation")
    notice_id = fields.Many2one(
        "account.dunning.notice",
        compute="_compute_notice_id",
        help="The last one about this receivable that was prepared or sent.",
    )

    # The one that stands: what the "Why?" buttons and the receivable read.
    _current_uniq = models.UniqueIndex(
        "(move_line_id) WHERE superseded_by_id IS NULL AND is_dry IS NOT TRUE"
    )
    # What stood after a run.
    _company_current_idx = models.Index(
        "(company_id, reason) WHERE superseded_by_id IS NULL AND is_dry IS NOT TRUE"
    )

    @api.depends("superseded_by_id", "is_dry")
    def _compute_is_current(self):
        for decision in self:
            decision.is_current = not decision.superseded_by_id and not decision.is_dry

    def _search_is_current(self, operator, value):
        if operator != "in" or list(value) != [True]:
            return NotImplemented
        return [("superseded_by_id", "=", False), ("is_dry", "=", False)]

    @api.depends("move_line_id")
    def _compute_notice_id(self):
        """Of those that the user may read, and that were not cancelled."""
        lines = self.env["account.dunning.notice.line"].search_fetch(
            [
                ("move_line_id", "in", self.move_line_id.ids),
                ("step_id", "!=", False),
                ("state", "!=", "cancelled"),
            ],
            ["move_line_id", "notice_id"],
            order="id",
        )
        notices = {line.move_line_id: line.notice_id for line in lines}
        for decision in self:
            decision.notice_id = notices.get(decision.move_line_id)

    @api.depends("reason", "step_id", "next_date", "dunnable", "scenario_id")
    def _compute_explanation(self):
        for decision in self:
            decision.explanation = decision._explain()

    def _explain(self):
        """The decision in a sentence that says what to do, in the reader's language."""
        self.ensure_one()
        if self.reason == "no_scenario" and not self.partner_id:
            return self.env._("This entry has no customer: set one on it to be able to remind.")
        labels = dict(self._fields["reason"]._description_selection(self.env))
        return self._get_explanations().get(self.reason) or labels.get(self.reason, "")

    def _get_explanations(self):
        """``{reason code: sentence}`` about this decision; an addon adds those of its codes."""
        values = {
            "step": self.step_id.display_name or "",
            "date": format_date(self.env, self.next_date) if self.next_date else "",
            "amount": format_amount(self.env, self.dunnable, self.company_currency_id),
            "minimum": format_amount(
                self.env, self.scenario_id.minimum_amount, self.company_currency_id
            ),
            "percent": formatLang(self.env, self.scenario_id.minimum_percent),
            "days": self.scenario_id.quiet_days,
            "count": self.company_id.dunning_cap_count,
            "period": self.company_id.dunning_cap_days,
        }
        return (
            self._explain_nothing_to_claim()
            | self._explain_waiting(values)
            | self._explain_withheld(values)
        )

    def _explain_nothing_to_claim(self):
        return {
            "credit": self.env._(
                "A credit note or an unallocated payment: there is nothing to claim. Reconcile it "
                "with what it pays."
            ),
            "blocked": self.env._(
                "A user blocked the payment of this invoice; “(Un)Block Payment” lets it go on."
            ),
            "excluded": self.env._(
                "This entry is marked “No follow-up”: untick it to let reminders go on."
            ),
            "no_scenario": self.env._(
                "Neither the invoice, the customer, a rule nor the company has an active scenario: "
                "choose one to remind."
            ),
            "contested": self.env._(
                "All that is open is contested: nothing is claimed until it is settled."
            ),
            "promised": self.env._(
                "All that is open is promised: nothing is claimed until the date."
            ),
            "planned": self.env._("All that is open is in a payment plan."),
            "in_payment": self.env._("A payment that covers it is on its way."),
            "on_hold": self.env._(
                "A dispute holds the whole invoice, or all that the customer owes: nothing is "
                "claimed until it is settled."
            ),
            "never_sent": self.env._(
                "The invoice was never sent to the customer: send it, or mark it as sent."
            ),
        }

    def _explain_waiting(self, values):
        paused = (
            self.env._(
                "A person paused the reminders of this customer: not before %(date)s, or end the "
                "treatment.",
                **values,
            )
            if self.next_date
            else self.env._(
                "A person paused the reminders of this customer: end the treatment to go on."
            )
        )
        return {
            "step": self.env._("Step “%(step)s” is reached: %(amount)s to claim.", **values),
            "paused": paused,
            "notice_pending": self.env._(
                "A notice for step “%(step)s” is prepared, not sent yet: review it, send it or "
                "cancel it.",
                **values,
            ),
            "completed": self.env._(
                "Every step of the scenario was done: decide what comes next for this customer."
            ),
            "resumed": self.env._(
                "A dispute was closed a short while ago: step “%(step)s” not before %(date)s.",
                **values,
            ),
            "not_due": self.env._("Not due yet; step “%(step)s” comes on %(date)s.", **values),
            "awaiting_step": self.env._("Overdue; step “%(step)s” comes on %(date)s.", **values),
            "awaiting_receipt": self.env._(
                "A registered letter is on its way: enter its receipt, or step “%(step)s” waits "
                "until %(date)s.",
                **values,
            ),
            "waiting_reply": self.env._(
                "The customer has answered: read the answer; step “%(step)s” not before %(date)s.",
                **values,
            ),
            "payment_run": self.env._(
                "The customer pays in the next days: step “%(step)s” not before %(date)s.", **values
            ),
            "contact_cap": self.env._(
                "The customer was contacted %(count)s times in %(period)s days, as often as "
                "allowed: not before %(date)s.",
                **values,
            ),
            "quiet_days": self.env._(
                "The customer was contacted less than %(days)s days ago: not before %(date)s.",
                **values,
            ),
        }

    def _explain_withheld(self, values):
        return {
            "not_certain": self.env._(
                "Step “%(step)s” is for what is certain, and a dispute is open: settle it first.",
                **values,
            ),
            "too_firm": self.env._(
                "Step “%(step)s” is firmer than what this customer receives: raise its “Firmest "
                "Reminder”, end the treatment, or decide what comes next.",
                **values,
            ),
            "vetoed": self.env._(
                "Somebody asked for no formal notice to this customer: step “%(step)s” not before "
                "%(date)s.",
                **values,
            ),
            "unallocated_credit": self.env._(
                "The customer's unallocated credits cover what is overdue: reconcile them first."
            ),
            "below_minimum": self.env._(
                "Less is left than the minimum of the scenario: %(minimum)s for the customer, "
                "%(percent)s%% of the invoice, or what the next step asks for.",
                **values,
            ),
            "bank_pending": self.env._(
                "A payment may be in the bank already: import the last statements, and reconcile "
                "the lines of this customer."
            ),
        }

    # === Store ===#

    @api.model
    def _store(self, run, decisions):
        """Store the decisions of a run: those that changed replace the ones that stood.

        Set-based, a fixed number of statements: decisions are a log without business logic, and
        there is one for every receivable of the company, every day.

        :param decisions: a list of `engine.dunning.Decision`.
        """
        columns = [
            [decision.receivable for decision in decisions],
            [str(decision.reason) for decision in decisions],
            [decision.scenario for decision in decisions],
            [decision.step for decision in decisions],
            [decision.on for decision in decisions],
            [decision.dunnable for decision in decisions],
        ]
        decided = SQL(
            """
            SELECT * FROM unnest(%s::int[], %s::varchar[], %s::int[], %s::int[], %s::date[],
                                 %s::numeric[])
                AS decided(move_line_id, reason, scenario_id, step_id, next_date, dunnable)
            """,
            *columns,
        )
        same = SQL(
            """
            SELECT 1 FROM account_dunning_decision standing
             WHERE standing.move_line_id = decided.move_line_id
               AND standing.superseded_by_id IS NULL
               AND standing.is_dry IS NOT TRUE
               AND (standing.reason, standing.scenario_id, standing.step_id,
                    standing.next_date, standing.dunnable)
                   IS NOT DISTINCT FROM
                   (decided.reason, decided.scenario_id, decided.step_id,
                    decided.next_date, decided.dunnable)
            """
        )
        if not run.is_dry:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE account_dunning_decision standing
                       SET superseded_by_id = %(run)s, superseded_number = %(run)s
                     WHERE standing.company_id = %(company)s
                       AND standing.superseded_by_id IS NULL
                       AND standing.is_dry IS NOT TRUE
                       AND NOT EXISTS (
                           SELECT 1 FROM (%(decided)s) decided
                            WHERE decided.move_line_id = standing.move_line_id
                              AND (standing.reason, standing.scenario_id, standing.step_id,
                                   standing.next_date, standing.dunnable)
                                  IS NOT DISTINCT FROM
                                  (decided.reason, decided.scenario_id, decided.step_id,
                                   decided.next_date, decided.dunnable)
                       )
                    """,
                    run=run.id,
                    company=run.company_id.id,
                    decided=decided,
                )
            )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO account_dunning_decision
                       (run_id, run_number, superseded_number, date, is_dry, company_id,
                        move_line_id, reason, scenario_id, step_id, next_date, dunnable)
                SELECT %(run)s, %(run)s, 0, %(date)s, %(dry)s, %(company)s, decided.*
                  FROM (%(decided)s) decided
                 WHERE %(dry)s OR NOT EXISTS (%(same)s)
                """,
                run=run.id,
                date=run.date,
                dry=run.is_dry,
                company=run.company_id.id,
                decided=decided,
                same=same,
            )
        )
        self.invalidate_model()

    def action_open_invoice(self):
        self.ensure_one()
        self.check_access("read")
        return self.move_id._get_records_action()

    def action_open_customer(self):
        self.ensure_one()
        self.check_access("read")
        return self.partner_id._get_records_action()

    def action_open_notice(self):
        """Show the notice of this receivable.

        :raise UserError: when none was prepared.
        """
        self.ensure_one()
        self.check_access("read")
        if not self.notice_id:
            raise UserError(
                self.env._("No notice was prepared for this invoice: a run prepares it.")
            )
        return self.notice_id._get_records_action()
