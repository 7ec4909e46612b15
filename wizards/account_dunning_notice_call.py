from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..engine.call import next_payment_run, parse_run_days

FOLLOW_UP = "mail.mail_activity_data_call"
TODO = "mail.mail_activity_data_todo"
# They ask for the day on which the customer pays.
DATED = ("promise", "scheduled")
# How long a payment may take to arrive after the day that was announced.
GRACE_DAYS = 2


class AccountDunningNoticeCall(models.TransientModel):
    """What came out of a call, and what follows from it (S4.13).

    Each outcome has two methods: `_describe_<outcome>`, shown before the user confirms, and
    `_act_on_<outcome>`, which does it.
    """

    _name = "account.dunning.notice.call"
    _description = "Log a Call"

    notice_id = fields.Many2one("account.dunning.notice", required=True, readonly=True)
    partner_id = fields.Many2one(related="notice_id.partner_id")
    currency_id = fields.Many2one(related="notice_id.currency_id")
    call_script = fields.Html(related="notice_id.call_script")
    change = fields.Char(
        compute="_compute_change", string="Changed Since", help="Since the call was prepared."
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Spoken to",
        required=True,
        compute="_compute_contact_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    contact_phone = fields.Char(related="contact_id.phone")
    outcome = fields.Selection(
        selection=lambda self: (
            self.env["account.dunning.notice"]
            ._fields["call_outcome"]
            ._description_selection(self.env)
        ),
        required=True,
    )
    note = fields.Text(string="What Was Said")
    is_cold = fields.Boolean(
        string="Cold Tone", help="Curt, evasive or hostile: a signal warns who looks after it."
    )
    date = fields.Date(string="Pays on")
    amount = fields.Monetary(compute="_compute_amount", store=True, readonly=False)
    invoice_contact_id = fields.Many2one(
        "res.partner",
        string="Send the Invoices to",
        compute="_compute_invoice_contact_id",
        store=True,
        readonly=False,
        help="Ask who receives invoices, and under which address.",
    )
    approver_id = fields.Many2one(
        "res.partner",
        string="Who Approves",
        compute="_compute_approver_id",
        store=True,
        readonly=False,
    )
    next_action = fields.Char(string="Then", compute="_compute_next_action")

    @api.depends("notice_id")
    def _compute_change(self):
        for wizard in self:
            notice = wizard.notice_id
            wizard.change = notice._get_changes().get(notice, "")

    @api.depends("notice_id")
    def _compute_contact_id(self):
        for wizard in self:
            wizard.contact_id = wizard.notice_id.contact_id

    @api.depends("notice_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.notice_id.amount_claimed

    @api.depends("notice_id")
    def _compute_invoice_contact_id(self):
        for wizard in self:
            customer = wizard.notice_id.partner_id
            invoice_contact = customer.browse(customer.address_get(["invoice"])["invoice"])
            candidates = invoice_contact | wizard.notice_id.contact_id | customer
            wizard.invoice_contact_id = candidates.filtered("email")[:1]

    @api.depends("notice_id")
    def _compute_approver_id(self):
        for wizard in self:
            wizard.approver_id = self.env["res.partner"].search(
                [
                    ("commercial_partner_id", "=", wizard.notice_id.partner_id.id),
                    ("dunning_role", "=", "approver"),
                    ("is_unreachable", "=", False),
                ],
                limit=1,
            )

    @api.depends("outcome", "date", "amount", "invoice_contact_id", "approver_id")
    def _compute_next_action(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            wizard.next_action = (
                getattr(wizard, f"_describe_{wizard.outcome}")(today) if wizard.outcome else ""
            )

    # === Confirming ===#

    def action_confirm(self):
        """Log the call, and do what follows from it.

        :return: the dialogue that comes next, or the end of this one.
        :raise UserError: when something is missing, or the call is over.
        """
        self.ensure_one()
        self.notice_id.check_access("write")
        today = fields.Date.context_today(self)
        self._check_confirm(today)
        self.notice_id._log_call(self.outcome, today, self.contact_id, self.note)
        if self.is_cold:
            self.env["account.customer.signal"]._record_cold_tone(self.notice_id, today)
        following = getattr(self, f"_act_on_{self.outcome}")(today)
        return following or {"type": "ir.actions.act_window_close"}

    def _check_confirm(self, today):
        for contact in self.contact_id | self.invoice_contact_id:
            if contact.commercial_partner_id != self.partner_id:
                raise UserError(
                    self.env._(
                        "%(contact)s is no contact of %(customer)s: choose or create one of "
                        "theirs.",
                        contact=contact.display_name,
                        customer=self.partner_id.display_name,
                    )
                )
        if self.outcome in DATED and (not self.date or self.date < today):
            raise UserError(self.env._("On which day does the customer pay? Today or later."))
        if self.outcome in DATED and self.currency_id.compare_amounts(self.amount, 0) <= 0:
            raise UserError(self.env._("How much does the customer pay? More than zero."))

    # === What follows: said before, and done ===#

    def _describe_not_received(self, today):
        if not self.invoice_contact_id.email:
            return self._describe_wrong_contact(today)
        return self.env._(
            "%(invoices)s: sent again to %(contact)s (%(email)s) by e-mail, as issued.",
            invoices=", ".join(self._get_invoices().mapped("name")),
            contact=self.invoice_contact_id.display_name,
            email=self.invoice_contact_id.email,
        )

    def _act_on_not_received(self, today):
        """The invoices leave again, with the PDF that was issued where there is one."""
        if not self.invoice_contact_id.email:
            return self._act_on_wrong_contact(today)
        # Sending what was issued changes nothing in the books: an assistant may ask for it.
        self.env["account.move.send"].sudo()._generate_and_send_invoices(
            self._get_invoices().sudo(),
            sending_methods=["email"],
            mail_partner_ids=self.invoice_contact_id.ids,
        )
        return None

    def _describe_not_validated(self, today):
        day = format_date(self.env, self._get_next_working_day(today))
        if not self.approver_id:
            return self.env._("On %(date)s you find out who approves, and call.", date=day)
        return self.env._(
            "On %(date)s you call who approves: %(contact)s.",
            date=day,
            contact=self.approver_id.display_name,
        )

    def _act_on_not_validated(self, today):
        self.notice_id._plan(
            FOLLOW_UP,
            self._get_next_working_day(today),
            self.env._("Not validated yet: call who approves"),
            " ".join(filter(None, (self.approver_id.display_name, self.approver_id.phone))),
        )

    def _describe_validated_not_scheduled(self, today):
        return self.env._(
            "On %(date)s you call again, before the customer's next payment run.",
            date=format_date(self.env, self._get_day_before_run(today)),
        )

    def _act_on_validated_not_scheduled(self, today):
        self.notice_id._plan(
            FOLLOW_UP,
            self._get_day_before_run(today),
            self.env._("Validated: is it in the next payment run?"),
        )

    def _describe_cash_problem(self, today):
        return self.env._(
            "%(manager)s is asked to propose an arrangement.", manager=self._get_manager().name
        )

    def _act_on_cash_problem(self, today):
        self.notice_id._plan(
            TODO,
            self._get_next_working_day(today),
            self.env._("Cash problem: propose an arrangement"),
            self.note,
            self._get_manager(),
        )

    def _describe_dispute(self, today):
        if not self._may_contest():
            return self.env._("The collector is asked to open the dispute.")
        return self.env._("Next you say what is contested, and why.")

    def _act_on_dispute(self, today):
        lines = self.notice_id.line_ids.filtered(lambda line: line.claimed > 0).move_line_id
        uncontested = lines._get_uncontested()
        lines = lines.filtered(lambda line: uncontested[line.id] > 0)
        if lines and self._may_contest():
            return self.env["account.dispute.open"]._get_action(
                lines, contact_id=self.contact_id.id, description=self.note
            )
        return self.notice_id._plan(
            TODO, today, self.env._("Contested by phone: open the dispute"), self.note
        )

    def _describe_promise(self, today):
        if not self.date:
            return self.env._("Say on which day the customer pays.")
        return self.env._(
            "No reminder until %(date)s.", date=format_date(self.env, self._get_pause_end())
        )

    def _act_on_promise(self, today):
        said = self.env._(
            "%(contact)s promises %(amount)s for %(date)s.", **self._get_announcement()
        )
        self._pause(today, said)

    def _describe_scheduled(self, today):
        return self._describe_promise(today)

    def _act_on_scheduled(self, today):
        said = self.env._(
            "%(contact)s has scheduled %(amount)s for %(date)s.", **self._get_announcement()
        )
        self._pause(today, said)

    def _describe_no_answer(self, today):
        notice = self.notice_id
        if notice._is_last_attempt():
            return self.env._("This was the last attempt: the next step of the scenario comes.")
        return self.env._(
            "On %(date)s you call again.",
            date=format_date(self.env, self._get_next_working_day(today)),
        )

    def _act_on_no_answer(self, today):
        """The notice itself is tried again, or done: nothing else follows."""

    def _describe_wrong_contact(self, today):
        return self.env._("You are asked to find the right contact.")

    def _act_on_wrong_contact(self, today):
        self.notice_id._ask_for_contact(
            self.env._("%(contact)s is not the right one.", contact=self.contact_id.display_name)
        )

    # === Parts ===#

    def _get_invoices(self):
        """The invoices that this call is about, the oldest due date first."""
        claimed = self.notice_id.line_ids.filtered(lambda line: line.claimed > 0)
        return claimed.move_id.filtered(lambda move: move.is_sale_document())

    def _may_contest(self):
        return self.env["account.dispute.open"].has_access("create")

    def _get_manager(self):
        managers = self.notice_id._get_managers()
        return managers[:1] or self.notice_id.user_id or self.env.user

    def _get_next_working_day(self, today):
        return self.notice_id.company_id._add_working_days(today, 1)

    def _get_day_before_run(self, today):
        """The working day before the customer's next payment run, else in three working days."""
        company = self.notice_id.company_id
        run = next_payment_run(parse_run_days(self.partner_id.payment_run_days), today)
        if not run:
            return company._add_working_days(today, 3)
        return max(today, company._add_working_days(run, -1))

    def _get_pause_end(self):
        return self.notice_id.company_id._add_working_days(self.date, GRACE_DAYS)

    def _get_announcement(self):
        return {
            "contact": self.contact_id.display_name,
            "amount": self.currency_id.format(self.amount),
            "date": format_date(self.env, self.date),
        }

    def _pause(self, today, reason):
        """No reminder until the payment had time to arrive."""
        # An assistant who logs the call decides nothing else about the customer.
        self.env["account.dunning.treatment"].sudo().create(
            {
                "partner_id": self.partner_id.id,
                "company_id": self.notice_id.company_id.id,
                "date_start": today,
                "date_end": self._get_pause_end(),
                "is_paused": True,
                "reason": reason,
                "notice_id": self.notice_id.id,
                "user_id": self.env.uid,
            }
        )
