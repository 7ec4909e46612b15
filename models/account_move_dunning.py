from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .account_move import READERS

UNSENT_ACTIVITY = "account_dispute_dunning.mail_activity_type_unsent"
AUDITOR = "account_dispute_dunning.group_auditor"


class AccountMove(models.Model):
    """Reminders of an invoice: its own scenario, whether it was sent, and why nothing leaves."""

    _inherit = "account.move"

    dunning_notice_count = fields.Integer(
        string="Reminders", compute="_compute_dunning_notice_count", groups=AUDITOR
    )
    is_never_sent = fields.Boolean(
        string="Never Sent",
        compute="_compute_is_never_sent",
        search="_search_is_never_sent",
        groups=READERS,
        help="Posted, dated since sending is checked, and never sent to the customer: nobody is "
        "reminded of it.",
    )

    def _compute_dunning_notice_count(self):
        """Read when the form is opened: nothing triggers it."""
        rows = self.env["account.dunning.notice.line"]._read_group(
            self._get_reminded_domain(), ["move_line_id"], ["notice_id:array_agg"]
        )
        notices = dict.fromkeys(self.ids, ())
        for line, notice_ids in rows:
            notices[line.move_id.id] = {*notices[line.move_id.id], *notice_ids}
        for move in self:
            move.dunning_notice_count = len(notices.get(move._origin.id, ()))

    def _get_reminded_domain(self):
        """The notices' lines that remind of these invoices; others list them for information."""
        return [
            ("move_line_id.move_id", "in", self.ids),
            ("step_id", "!=", False),
            ("state", "!=", "cancelled"),
        ]

    # === Never sent (S0.16) ===#

    @api.depends("is_move_sent", "state", "move_type", "invoice_date")
    def _compute_is_never_sent(self):
        for move in self:
            since = move.company_id.sudo().dunning_sent_from
            move.is_never_sent = bool(
                move.state == "posted"
                and move.move_type == "out_invoice"
                and not move.is_move_sent
                and since
                and move.invoice_date
                and move.invoice_date >= since
            )

    def _search_is_never_sent(self, operator, value):
        if operator != "in":
            return NotImplemented
        companies = self.env["res.company"].sudo().search([("dunning_sent_from", "!=", False)])
        return Domain.OR(map(self._get_never_sent_domain, companies))

    @api.model
    def _get_never_sent_domain(self, company):
        if not company.dunning_sent_from:
            return Domain.FALSE
        return Domain(
            [
                ("company_id", "=", company.id),
                ("state", "=", "posted"),
                ("move_type", "=", "out_invoice"),
                ("is_move_sent", "=", False),
                ("invoice_date", ">=", company.dunning_sent_from),
            ]
        )

    @api.model
    def _remind_unsent(self, company, on_date):
        """Ask somebody, once per invoice, to send what was posted some days ago and never sent.

        Only what is still open. What was sent meanwhile, by whatever program, is not asked any
        more. Its statements do not grow with the invoices that were told before.

        :return: the invoices of which somebody was told now.
        """
        activity_type = self.env.ref(UNSENT_ACTIVITY)
        asked = Domain("activity_ids.activity_type_id", "=", activity_type.id)
        self.sudo().search(
            asked & Domain("company_id", "=", company.id) & Domain("is_move_sent", "=", True)
        )._close_unsent()
        moves = self.sudo().search(
            self._get_never_sent_domain(company)
            & Domain("invoice_date", "<=", on_date - timedelta(days=company.dunning_unsent_days))
            & Domain("payment_state", "in", ("not_paid", "partial"))
        )
        told = (
            self.env["mail.activity"]
            .sudo()
            .with_context(active_test=False)  # what was marked as done is not asked again
            ._read_group(
                [
                    ("res_model", "=", self._name),
                    ("activity_type_id", "=", activity_type.id),
                    ("res_id", "in", moves.ids),
                ],
                ["res_id"],
            )
        )
        moves -= self.browse(res_id for (res_id,) in told)
        for user, rows in moves.grouped(lambda move: move._get_sender()).items():
            # One list to work through, not an e-mail per invoice.
            rows.with_context(mail_activity_quick_update=True).activity_schedule(
                UNSENT_ACTIVITY, date_deadline=on_date, user_id=user.id
            )
        return moves

    def _get_sender(self):
        """Who is asked to send it: the salesperson, else the collector, else who made it."""
        self.ensure_one()
        customer = self.commercial_partner_id.with_company(self.company_id)
        for user in (self.invoice_user_id, customer.collector_id, self.create_uid):
            if user.active and not user.share and self._may_be_read_by(user):
                return user
        return self.env["res.users"]

    def _may_be_read_by(self, user):
        return self.company_id in user.company_ids and self.with_user(user).has_access("read")

    def _close_unsent(self):
        """Nobody has to send any more what was sent."""
        self.filtered("is_move_sent").sudo().activity_feedback([UNSENT_ACTIVITY])

    def action_mark_sent(self):
        """The customer has these invoices already: by post, by a portal, or from another program.

        They are reminded of from now on; the log says who said so.

        :raise AccessError: for a user who is not a collector, or may not read them.
        :raise UserError: when all were sent already.
        """
        self.check_access("read")
        if not self.env.user.has_group("account_dispute_dunning.group_collector"):
            raise AccessError(self.env._("Your role in Collections does not allow this."))
        unsent = self.filtered(
            lambda move: (
                move.state == "posted"
                and move.is_sale_document(include_receipts=True)
                and not move.is_move_sent
            )
        )
        if not unsent:
            raise UserError(self.env._("Tick posted customer invoices that were never sent."))
        unsent.sudo().is_move_sent = True
        unsent._close_unsent()
        note = self.env._("Marked as sent: the customer has it already.")
        unsent._message_log_batch(bodies=dict.fromkeys(unsent.ids, note))

    # === Reminders ===#

    def action_why(self):
        """Show why these invoices are, or are not, reminded of: as of now.

        :raise AccessError: for a user who may not read them.
        :raise UserError: when nothing of them is open.
        """
        self.check_access("read")
        receivables = self.env["account.receivable"].search([("move_id", "in", self.ids)])
        if not receivables:
            raise UserError(
                self.env._("Nothing of it is open: there is nothing to remind anybody of.")
            )
        return receivables.action_why()

    def action_view_notices(self):
        """Show the reminders of these invoices, the latest first.

        :raise AccessError: for a user without a role in Collections.
        """
        self.check_access("read")
        lines = self.env["account.dunning.notice.line"].search(self._get_reminded_domain())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_dispute_dunning.account_dunning_notice_action"
        )
        return action | {"domain": [("id", "in", lines.notice_id.ids)], "context": {}}
