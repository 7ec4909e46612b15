from odoo import api, fields, models


class AccountDunningWhy(models.TransientModel):
    """Why a receivable is, or is not, reminded of: as of now, beside what the last run decided.

    The answer comes from the same facts and the same code as a run, and writes nothing else.
    """

    _name = "account.dunning.why"
    _description = "Why This Reminder, or None"
    _order = "date_maturity, id"
    _rec_name = "move_line_id"

    date = fields.Date(string="As of", readonly=True)
    move_line_id = fields.Many2one("account.move.line", string="Receivable", readonly=True)
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    date_maturity = fields.Date(string="Due Date", readonly=True)

    # === Now ===#
    reason = fields.Selection(
        selection=lambda self: self.env["account.receivable"]._selection_decision_reason(),
        string="Now",
        readonly=True,
    )
    explanation = fields.Char(readonly=True)
    scenario_id = fields.Many2one("account.dunning.scenario", readonly=True)
    step_id = fields.Many2one("account.dunning.scenario.step", readonly=True)
    next_date = fields.Date(
        string="Until", readonly=True, help="The day on which this answer may change."
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    dunnable = fields.Monetary(
        string="To Claim", currency_field="company_currency_id", readonly=True
    )

    # === What stands from the last run ===#
    decision_id = fields.Many2one(
        "account.dunning.decision", string="Decision of the Last Run", readonly=True
    )
    last_date = fields.Date(related="decision_id.date", string="Decided on")
    last_reason = fields.Selection(related="decision_id.reason", string="Last Run")
    last_explanation = fields.Char(
        related="decision_id.explanation", string="Explanation of the Last Run"
    )
    has_changed = fields.Boolean(compute="_compute_has_changed")

    # === What explains it ===#
    notice_id = fields.Many2one("account.dunning.notice", string="Last Reminder", readonly=True)
    evidence_model = fields.Char(readonly=True)
    evidence_ids = fields.Json(readonly=True)
    evidence_name = fields.Char(string="Because of", readonly=True)

    @api.depends("decision_id", "reason", "step_id", "next_date")
    def _compute_has_changed(self):
        for why in self:
            now = (why.reason, why.step_id, why.next_date)
            last = why.decision_id
            why.has_changed = bool(last) and now != (last.reason, last.step_id, last.next_date)

    # === Ask ===#

    @api.model
    def _ask(self, receivables, on_date):
        """Decide now for these receivables, with the code of a run, and show the answers.

        :param receivables: of `account.receivable`.
        :return: the action that shows one answer, or the list of several.
        :raise AccessError: for a user who may not read them.
        """
        receivables.check_access("read")
        decided = {}
        for company, rows in receivables.grouped("company_id").items():
            runs = self.env["account.dunning.run"].sudo().with_company(company)
            for decision in runs._decide(company, on_date, rows.ids):
                decided[decision.receivable] = decision
        values = [
            self._prepare_values(receivable, decided[receivable.id], on_date)
            for receivable in receivables
            if receivable.id in decided
        ]
        # Answers are not written by hand, so no role may create them.
        answers = self.sudo().create(values).sudo(False)
        return answers._get_records_action(
            name=self.env._("Why?"),
            target="new" if len(answers) == 1 else "current",
            context={"create": False},
        )

    @api.model
    def _prepare_values(self, receivable, decision, on_date):
        values = {
            "company_id": receivable.company_id.id,
            "move_line_id": receivable.id,
            "reason": getattr(decision.reason, "value", decision.reason),
            "scenario_id": decision.scenario,
            "step_id": decision.step,
            "next_date": decision.on,
            "dunnable": float(decision.dunnable),
        }
        explained = self.env["account.dunning.decision"].sudo().new(values)
        evidence = self._get_evidence(receivable, explained, on_date)
        return values | {
            "date": on_date,
            "partner_id": receivable.partner_id.id,
            "date_maturity": receivable.date_maturity,
            "explanation": explained.explanation,
            "decision_id": receivable.decision_id.id,
            "notice_id": self._get_notices(receivable)[:1].id,
            "evidence_model": evidence._name,
            "evidence_ids": evidence.ids,
            "evidence_name": ", ".join(evidence[:3].mapped("display_name")),
        }

    # === What explains it: records that this user may read ===#

    @api.model
    def _get_evidence(self, receivable, decision, on_date):
        """The records behind a decision: a dispute, a payment, a bank line, a notice…

        :return: a recordset, of the model that the reason calls for; empty when there is none.
        """
        finders = {
            "contested": self._find_disputes,
            "on_hold": self._find_disputes,
            "not_certain": self._find_disputes,
            "resumed": self._find_disputes,
            "in_payment": lambda receivable, _date: receivable.move_id.matched_payment_ids,
            "bank_pending": self._find_bank_lines,
            "unallocated_credit": self._find_credits,
            "paused": self._find_treatments,
            "too_firm": self._find_treatments,
            "vetoed": self._find_vetoes,
            "notice_pending": lambda receivable, _date: self._get_notices(receivable)[:1],
            "awaiting_receipt": lambda receivable, _date: self._get_notices(receivable)[:1],
            "completed": lambda receivable, _date: self._get_notices(receivable)[:1],
            "waiting_reply": self._find_last_notice,
            "contact_cap": self._find_last_notice,
            "quiet_days": self._find_last_notice,
        }
        finder = finders.get(decision.reason)
        return finder(receivable, on_date) if finder else self.env["account.move"]

    @api.model
    def _search_readable(self, model, domain, **kwargs):
        records = self.env[model]
        return records.search(domain, **kwargs) if records.has_access("read") else records

    @api.model
    def _get_notices(self, receivable):
        """The notices that remind of this receivable, the latest first."""
        lines = self._search_readable(
            "account.dunning.notice.line",
            [
                ("move_line_id", "=", receivable.id),
                ("step_id", "!=", False),
                ("state", "!=", "cancelled"),
            ],
        )
        return lines.notice_id.sorted(lambda notice: (notice.date, notice.id), reverse=True)

    @api.model
    def _find_disputes(self, receivable, on_date):
        """What holds it now; else the ones that are over, the latest first."""
        disputes = self._search_readable(
            "account.dispute",
            [
                ("company_id", "=", receivable.company_id.id),
                "|",
                ("line_ids.move_id", "=", receivable.move_id.id),
                "&",
                ("hold_policy", "=", "customer"),
                ("commercial_partner_id", "=", receivable.partner_id.id),
            ],
            order="id desc",
        )
        holding = disputes._get_holding_states()
        return disputes.filtered(lambda dispute: dispute.state in holding) or disputes[:1]

    @api.model
    def _find_bank_lines(self, receivable, on_date):
        return self._search_readable(
            "account.bank.statement.line",
            [
                ("company_id", "=", receivable.company_id.id),
                ("partner_id.commercial_partner_id", "=", receivable.partner_id.id),
                ("is_reconciled", "=", False),
                ("amount", ">", 0),
            ],
            limit=20,
        )

    @api.model
    def _find_credits(self, receivable, on_date):
        return self._search_readable(
            "account.receivable",
            [
                ("company_id", "=", receivable.company_id.id),
                ("partner_id", "=", receivable.partner_id.id),
                ("residual", "<", 0),
            ],
        )

    @api.model
    def _find_treatments(self, receivable, on_date):
        return self._search_readable(
            "account.dunning.treatment",
            [
                ("company_id", "=", receivable.company_id.id),
                ("commercial_partner_id", "=", receivable.partner_id.id),
                ("date_start", "<=", on_date),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", on_date),
            ],
            limit=1,
        )

    @api.model
    def _find_vetoes(self, receivable, on_date):
        return self._search_readable(
            "account.dunning.veto",
            [
                ("company_id", "=", receivable.company_id.id),
                ("commercial_partner_id", "=", receivable.partner_id.id),
                ("date_end", ">=", on_date),
            ],
        )

    @api.model
    def _find_last_notice(self, receivable, on_date):
        return self._search_readable(
            "account.dunning.notice",
            [
                ("company_id", "=", receivable.company_id.id),
                ("partner_id", "=", receivable.partner_id.id),
                ("state", "!=", "cancelled"),
            ],
            limit=1,
        )

    # === Actions ===#

    def action_open_evidence(self):
        """Open what explains the answer, with the rights of the user."""
        self.check_access("read")
        self.ensure_one()
        records = self.env[self.evidence_model].browse(self.evidence_ids).exists()
        records.check_access("read")
        return records._get_records_action(context={})

    def action_open_invoice(self):
        self.check_access("read")
        self.ensure_one()
        return self.move_id._get_records_action()
