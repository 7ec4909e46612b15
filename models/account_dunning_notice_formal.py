from decimal import Decimal
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import formal
from ..engine.formal import Light

# A dot of this colour, and a word for who does not see colours.
ICONS = {
    Light.GREEN: "text-success fa-check-circle",
    Light.ORANGE: "text-warning fa-exclamation-circle",
    Light.RED: "text-danger fa-times-circle",
}


class ChecklistRow(NamedTuple):
    """One line of the checklist, for people.

    `light` is of :class:`engine.formal.Light`; `detail` says what is wrong and what to do, and is
    empty when nothing is; `records` are the receivables (`account.move.line`) that it is about.
    """

    code: str
    label: str
    light: Light
    detail: str
    records: models.BaseModel


class AccountDunningNotice(models.Model):
    """Formal notices: certain, liquid and due, and confirmed by a person (S2.31, S4.18).

    A person validates one when its checklist is green, or says why it leaves all the same; it is
    looked at again when it leaves. Nobody sends one that is red.
    """

    _inherit = "account.dunning.notice"

    checklist_light = fields.Selection(
        [("green", "In order"), ("orange", "To decide"), ("red", "Not to be sent")],
        string="Certain, Liquid, Due",
        compute="_compute_checklist",
    )
    checklist_html = fields.Html(string="Checklist", compute="_compute_checklist")
    override_date = fields.Date(string="Decided on", readonly=True, copy=False)

    @api.depends("tone", "state")
    def _compute_checklist(self):
        """As it is now: read when the form is opened, nothing triggers it."""
        checklists = self._get_checklists(fields.Date.context_today(self))
        for notice in self:
            checks = checklists.get(notice)
            notice.checklist_light = checks and formal.worst(checks).value
            notice.checklist_html = checks and notice._render_checklist(checks)

    # === Facts ===#

    def _get_checklists(self, on_date):
        """``{formal notice: its checks}``, of :func:`engine.formal.checklist`."""
        notices = self.filtered(lambda notice: notice.tone == "formal" and notice.line_ids).sudo()
        receivables = self._get_live_receivables(notices)
        proven = self._get_proven(notices.line_ids.move_line_id.move_id)
        disputed = self._get_disputed(notices.line_ids.move_line_id)
        vetoes = notices._get_vetoes(on_date)
        paused = notices._get_paused(on_date)
        checklists = {}
        for notice in notices:
            customer = notice.partner_id
            facts = formal.NoticeFacts(
                claims=tuple(
                    notice._get_claim_facts(
                        line, receivables.get(line.move_line_id.id), proven, disputed
                    )
                    for line in notice.line_ids
                    if line.claimed > 0 or line.contested > 0
                ),
                credit=notice._get_open_credit(),
                bank_pending=notice._get_bank_pending(),
                is_paused=notice in paused,
                is_vetoed=notice in vetoes,
                needs_consent=notice.is_electronic and not customer.is_company,
                is_spared=customer.is_strategic or customer.dunning_tone not in (False, "formal"),
            )
            checklists[notice.sudo(False)] = formal.checklist(facts, on_date)
        return checklists

    @api.model
    def _get_live_receivables(self, notices):
        """``{move line id: receivable}`` of what is still open."""
        receivables = self.env["account.receivable"].sudo()
        open_lines = receivables.search([("id", "in", notices.line_ids.move_line_id.ids)])
        return {receivable.id: receivable for receivable in open_lines}

    @api.model
    def _get_disputed(self, lines):
        """``{move line: contested amount}`` of open disputes, those that hold nothing back too."""
        disputes = self.env["account.dispute"]
        rows = self.env["account.dispute.line"]._read_group(
            [
                ("move_line_id", "in", lines.ids),
                ("dispute_id.state", "in", disputes._get_holding_states()),
                ("is_released", "=", False),
            ],
            ["move_line_id"],
            ["amount:sum"],
        )
        return dict(rows)

    def _get_claim_facts(self, line, now, proven, disputed):
        """The facts of one line; `now` is its receivable as it is, none once it is settled."""
        move = line.move_line_id.move_id
        amounts = {
            "open": now.residual_currency if now else 0.0,
            "claimed": line.claimed,
            "contested": max(
                now.contested_currency if now else 0.0, disputed.get(line.move_line_id, 0.0)
            ),
            "promised": now.promised_currency + now.planned_currency if now else 0.0,
            "in_payment": now.in_payment_currency if now else 0.0,
        }
        return formal.ClaimFacts(
            id=line.move_line_id.id,
            due=line.move_line_id.date_maturity or line.date_maturity,
            **{name: Decimal(str(amount)) for name, amount in amounts.items()},
            has_order=bool(move.ref or move.invoice_origin),
            has_proof=move in proven,
            was_sent=not move.is_never_sent,
            is_invoice=move.is_sale_document(),
        )

    @api.model
    def _get_proven(self, moves):
        """The invoices with a proof of delivery: their date of it, or a file beside their PDF."""
        files = self.env["ir.attachment"]._read_group(
            [("res_model", "=", "account.move"), ("res_id", "in", moves.ids)], ["res_id"]
        )
        attached = {move_id for (move_id,) in files}
        return moves.filtered(lambda move: move.delivery_date or move.id in attached)

    def _get_open_credit(self):
        """The customer's credits in this currency that reduce no notice of the same run."""
        netted = {move_line for _run, move_line in self._get_netted_credits()}
        credits = self.env["account.receivable"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("currency_id", "=", self.currency_id.id),
                ("residual", "<", 0),
                ("id", "not in", list(netted)),
            ]
        )
        return Decimal(str(-sum(credits.mapped("residual_currency"))))

    def _get_bank_pending(self):
        """Money of the customer on bank lines that nobody has reconciled, in company currency."""
        rows = self.env["account.bank.statement.line"]._read_group(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "child_of", self.partner_id.id),
                ("is_reconciled", "=", False),
                ("amount", ">", 0),
            ],
            aggregates=["amount:sum"],
        )
        return Decimal(str(rows[0][0] or 0.0))

    def _get_paused(self, on_date):
        """Those whose customer a person paused: for an announced payment, for example."""
        treatments = self.env["account.dunning.treatment"].search(
            Domain("is_paused", "=", True)
            & Domain("commercial_partner_id", "in", self.partner_id.ids)
            & Domain("date_start", "<=", on_date)
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", on_date))
        )
        paused = {(each.commercial_partner_id, each.company_id) for each in treatments}
        return self.filtered(lambda notice: (notice.partner_id, notice.company_id) in paused)

    # === In words ===#

    def _get_checklist(self):
        """The checklist of one formal notice as it is today, a list of :class:`ChecklistRow`."""
        self.ensure_one()
        checks = self._get_checklists(fields.Date.context_today(self)).get(self, ())
        return self._describe_checks(checks)

    def _describe_checks(self, checks):
        labels, advice = self._get_checklist_labels(), self._get_checklist_advice()
        lines = self.env["account.move.line"]
        rows = []
        for check in checks:
            records = lines.browse(check.claims)
            detail = ""
            if check.light != Light.GREEN:
                parts = [
                    advice[check.code],
                    ", ".join(records.sudo().move_id.mapped("name")),
                    self.currency_id.format(float(check.amount)) if check.amount else "",
                ]
                detail = " ".join(filter(None, parts))
            rows.append(ChecklistRow(check.code, labels[check.code], check.light, detail, records))
        return rows

    def _get_checklist_labels(self):
        return {
            "order": self.env._("Certain: the customer's order is known"),
            "delivery": self.env._("Certain: there is a proof of delivery"),
            "sent": self.env._("Certain: the invoice was sent"),
            "undisputed": self.env._("Certain: nothing of it is contested"),
            "open": self.env._("Liquid: an amount is open"),
            "credit": self.env._("Liquid: no credit is unallocated"),
            "bank": self.env._("Liquid: no payment is on its way"),
            "due": self.env._("Due: the due date has passed"),
            "promise": self.env._("Due: no promise, plan or pause holds"),
            "veto": self.env._("Nobody asked for no formal notice"),
            "consent": self.env._("The customer accepts electronic registered letters"),
            "relation": self.env._("The customer bears a formal notice"),
        }

    def _get_checklist_advice(self):
        return {
            "order": self.env._("Write the customer's order reference on the invoice:"),
            "delivery": self.env._("Attach the delivery note, or fill in the delivery date:"),
            "sent": self.env._("Send it to the customer first:"),
            "undisputed": self.env._(
                "The contested part is not claimed; the letter shows it apart:"
            ),
            "open": self.env._("Nothing is left to claim: cancel this notice."),
            "credit": self.env._("Reconcile the customer's credits first:"),
            "bank": self.env._("Reconcile the bank first:"),
            "due": self.env._("It is not due yet: cancel this notice."),
            "promise": self.env._("A payment was announced, or a person paused the reminders."),
            "veto": self.env._("Wait until the end of the veto, or have it ended."),
            "consent": self.env._("Who is no professional has to agree to it first."),
            "relation": self.env._("A strategic customer, or one with a limit on the tone."),
        }

    def _render_checklist(self, checks):
        row = Markup(
            '<tr><td><i class="fa %s" role="img" aria-label="%s" title="%s"></i></td>'
            "<td>%s</td><td>%s</td></tr>"
        )
        words = dict(self._fields["checklist_light"]._description_selection(self.env))
        rows = [
            row % (ICONS[each.light], *[words[each.light.value]] * 2, each.label, each.detail)
            for each in self._describe_checks(checks)
        ]
        return Markup('<table class="table table-sm mb-0">%s</table>') % Markup().join(rows)

    # === Who decides ===#

    def _why_not(self, state):
        return super()._why_not(state) or self._why_not_formal(state)

    def _why_not_formal(self, state):
        """A formal notice is validated when its checklist is green, or by a person who says why;
        what is red goes nowhere.
        """
        if self.tone != "formal" or state not in ("validated", "queued", "sent"):
            return ""
        checks = self._get_checklists(fields.Date.context_today(self)).get(self, ())
        light = formal.worst(checks)
        if light == Light.GREEN or (light == Light.ORANGE and self.override_reason):
            return ""
        details = [row.detail for row in self._describe_checks(checks) if row.light == light]
        if light == Light.RED:
            return self.env._(
                "%(notice)s can't be sent: %(why)s", notice=self.name, why=" ".join(details)
            )
        return self.env._(
            "%(notice)s is not certain, liquid and due: %(why)s Mend it, or choose “Send in spite "
            "of the checklist”.",
            notice=self.name,
            why=" ".join(details),
        )

    def action_override(self):
        """Ask why this formal notice leaves although its checklist is not complete.

        :raise UserError: when nothing, or what nobody may override, keeps it from leaving.
        """
        self.ensure_one()
        self.check_access("write")
        self._check_override()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send in spite of the checklist"),
            "res_model": "account.dunning.notice.override",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_notice_id": self.id},
        }

    def _check_override(self):
        # Of one that was validated, something changed since: who decides could take it back.
        state = "draft" if self.state == "validated" else "validated"
        if why_not := self._why_not_by_role(state):
            raise UserError(why_not)
        checks = self._get_checklists(fields.Date.context_today(self)).get(self, ())
        match formal.worst(checks):
            case Light.RED:
                raise UserError(self._why_not_formal("validated"))
            case Light.GREEN:
                raise UserError(
                    self.env._("%(notice)s: nothing is in its way: validate it.", notice=self.name)
                )

    def _override(self, reason, on_date):
        """A person decides, and is named; then it is validated, if it was not."""
        self._check_override()
        self._write_frozen(
            override_reason=reason, override_user_id=self.env.uid, override_date=on_date
        )
        if self.state != "validated":
            self.action_validate()
