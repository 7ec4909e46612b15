from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from .account_dispute_deadlines import SETTLED
from .account_dunning_notice import UNSENT_STATES


class AccountDispute(models.Model):
    """What a dispute does to reminders: what it holds, what it stops, and how they resume."""

    _inherit = "account.dispute"

    @api.constrains("hold_policy")
    def _check_hold_policy(self):
        """What held nothing may now hold what another dispute holds already."""
        self.line_ids._check_amount()

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"hold_policy", "reason_id"}:
            self.filtered(lambda dispute: dispute._is_holding())._stop_notices()
            self.line_ids.move_id._mirror_holds()
        return result

    # === Opening ===#

    def _action_open(self, on_date):
        result = super()._action_open(on_date)
        for dispute in self:
            dispute._message_log(
                body=Markup("<br/>").join(
                    line._describe_change(0.0, line.amount) for line in dispute.line_ids
                )
            )
            dispute._stop_notices()
            dispute._follow_by_salespeople()
            dispute._tell_collector()
        self.line_ids.move_id._mirror_holds()
        return result

    def _stop_notices(self):
        """Cancel what was not sent yet and claims what these disputes hold now.

        Its e-mail leaves the mail queue too. The next run prepares a notice about the rest.
        """
        for dispute in self:
            lines = (
                self.env["account.dunning.notice.line"]
                .sudo()
                .search(
                    dispute._get_held_domain()
                    & Domain("claimed", ">", 0)
                    & Domain("state", "in", UNSENT_STATES)
                )
            )
            for notice, claims in lines.grouped("notice_id").items():
                reason = self.env._(
                    "%(invoice)s is contested: %(dispute)s.",
                    invoice=", ".join(claim.name for claim in claims),
                    dispute=dispute.name,
                )
                notice._cancel_unsent(reason)
            if lines:
                dispute._message_log(
                    body=self.env._(
                        "Cancelled before they were sent: %(notices)s",
                        notices=", ".join(lines.notice_id.mapped("name")),
                    )
                )

    def _get_held_domain(self):
        """The notice lines about receivables of which this dispute holds something."""
        self.ensure_one()
        match self.hold_policy:
            case "none":
                return Domain.FALSE
            case "invoice":
                return Domain("move_line_id.move_id", "in", self.line_ids.move_id.ids)
            case "customer":
                return Domain("notice_id.partner_id", "=", self.commercial_partner_id.id) & Domain(
                    "company_id", "=", self.company_id.id
                )
        return Domain("move_line_id", "in", self.line_ids.move_line_id.ids)

    def _follow_by_salespeople(self):
        """Who sold it follows what becomes of it, and may ask for no formal notice (S1.24)."""
        self.ensure_one()
        salespeople = self.sudo().line_ids.move_id.invoice_user_id.filtered("active")
        self.message_subscribe(salespeople.partner_id.ids)

    def _tell_collector(self):
        """The customer's collector learns of it at once, the way the collector prefers (S0.36).

        Nobody else is told; nor is the collector who opens it.
        """
        self.ensure_one()
        customer = self.commercial_partner_id.with_company(self.company_id)
        collector = customer.sudo().collector_id.filtered("active")
        if not collector or collector == self.env.user:
            return
        localized = self.with_context(lang=collector.lang)
        policies = dict(localized._fields["hold_policy"]._description_selection(localized.env))
        held = localized.env._(
            "Not claimed meanwhile: %(what)s", what=policies.get(self.hold_policy)
        )
        contested = Markup("<br/>").join(
            line._describe_change(0.0, line.amount) for line in localized.line_ids
        )
        self.message_notify(
            partner_ids=collector.partner_id.ids,
            subject=localized.env._(
                "%(customer)s contests %(amount)s",
                customer=self.partner_id.display_name,
                amount=self.company_currency_id.format(self.contested_amount),
            ),
            body=Markup("<p>%s</p><p>%s</p>") % (contested, held),
        )

    # === Closing ===#

    def _action_close(self, on_date):
        """Also settle how the reminders go on: see the fields of `account.dispute.line`."""
        holding = self.filtered(lambda dispute: dispute._is_holding())
        for dispute in holding:
            dispute._store_resumption(on_date)
        result = super()._action_close(on_date)
        self.line_ids.move_id._mirror_holds()
        return result

    def _store_resumption(self, on_date):
        """Write on its lines how the reminders go on after this dispute.

        :param on_date: the day on which it is closed; the grace days count from it.
        """
        self.ensure_one()
        terms = self.resolution_id or self.reason_id
        policy = terms.resume_policy or self.reason_id.resume_policy or "same"
        resume_on = fields.Date.add(on_date, days=terms.grace_days)
        lines = self.line_ids.filtered("move_line_id")
        contested = lines.move_line_id._get_contested()
        credited = self.resolution_id._get_credited()
        for line in lines:
            # Until now what its credit note took off was open too.
            was_open = line.residual + credited.get(line, 0.0)
            held = contested[line.move_line_id.id]
            values = {
                "held_all": self.hold_policy in ("invoice", "customer")
                or line.currency_id.compare_amounts(was_open, held) <= 0,
                "resume_on": resume_on,
                # A deadline that was given in writing stands until another one is.
                "new_due_date": self.resolution_id.new_due_date
                or (policy == "restart" and resume_on)
                or line.new_due_date,
            }
            # Part of the transition: no role may write this by hand.
            line.sudo().write(values | line._prepare_dunning_cycle(policy))
        if any(not line.move_line_id.reconciled for line in lines):
            self._message_log(
                body=self.env._(
                    "Reminders may go on from %(date)s: %(how)s.",
                    date=format_date(self.env, resume_on),
                    how=dict(
                        self.reason_id._fields["resume_policy"]._description_selection(self.env)
                    )[policy].lower(),
                )
            )

    @api.model
    def _close_settled(self, on_date, company=None):
        """Close the disputes of which everything was paid in full; a partial payment closes none.

        When something else than payments settled it, such as a credit note, its owner is asked to
        say what was agreed.

        :param on_date: the day on which they are closed.
        :param company: only its disputes; of all companies by default.
        :return: the disputes that were closed.
        """
        domain = (
            Domain("state", "in", self._get_holding_states())
            & Domain("line_ids.move_line_id.reconciled", "=", True)
            & Domain("line_ids", "not any", [("move_line_id.reconciled", "=", False)])
            & Domain("line_ids", "not any", [("move_line_id", "=", False)])
        )
        if company:
            domain &= Domain("company_id", "=", company.id)
        closed = self.browse()
        for dispute in self.search(domain):
            settling = dispute.line_ids.move_line_id._get_settling_moves()
            if dispute.state == "agreed" or not all(move._is_payment() for move in settling):
                dispute._ask_what_settled_it()
                continue
            try:
                with self.env.cr.savepoint():
                    dispute._close_as_paid(settling, on_date)
            except UserError as error:  # one that can't be closed does not stop the others
                dispute._ask_what_settled_it(str(error))
                continue
            closed |= dispute
        return closed

    def _close_as_paid(self, payments, on_date):
        """The customer paid all of it: whatever was contested is so no more."""
        self.ensure_one()
        if self.state not in ("rejected", "withdrawn"):
            resolution = self.env["account.dispute.resolution"].create(
                {
                    "dispute_id": self.id,
                    "cycle": self.cycle,
                    "outcome": "withdrawal",
                    "validity": "withdrawn",
                    "agreement_mode": "payment",
                    "agreement_date": max(payments.mapped("date"), default=on_date),
                }
            )
            resolution._action_accept(on_date)
        self.resolution_id._transition("done")
        self._action_close(on_date)
        self._message_log(
            body=Markup("%s %s")
            % (
                self.env._("Everything was paid:"),
                Markup(", ").join(payment._get_html_link() for payment in payments),
            )
        )

    def _ask_what_settled_it(self, why=""):
        """Plan, once, that the owner closes what can't be closed without a person."""
        self.ensure_one()
        if not self.activity_search([SETTLED]):
            self.activity_schedule(SETTLED, note=why, user_id=self.user_id.id or self.env.uid)

    # === Veto ===#

    def action_veto(self):
        """Ask for no formal notice to the customer for a while: why, and until when (S1.24).

        :raise AccessError: for who neither works in Collections nor sold one of the invoices.
        """
        self.ensure_one()
        self.check_access("read")
        if not (
            self.env.user.has_group("account_dispute_dunning.group_assistant")
            or self.env.user in self.sudo().line_ids.move_id.invoice_user_id
        ):
            raise AccessError(
                self.env._(
                    "Only the salesperson of its invoices, or somebody in Collections, asks for "
                    "no formal notice."
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("No formal notice for a while"),
            "res_model": "account.dunning.veto",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_dispute_id": self.id,
                "default_partner_id": self.commercial_partner_id.id,
                "default_company_id": self.company_id.id,
            },
        }
