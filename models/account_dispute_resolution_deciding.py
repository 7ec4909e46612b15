from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

APPROVAL = "account_dispute_dunning.mail_activity_type_dispute_approval"
# The dispute's state when its resolution is accepted.
DECIDED = {"rejection": "rejected", "withdrawal": "withdrawn"}


class AccountDisputeResolution(models.Model):
    """Who decides what, and when: approval by amount, proposal, agreement, execution."""

    _inherit = "account.dispute.resolution"

    can_submit = fields.Boolean(compute="_compute_can")
    can_approve = fields.Boolean(compute="_compute_can")
    can_refuse = fields.Boolean(compute="_compute_can")
    can_propose = fields.Boolean(compute="_compute_can")
    can_accept = fields.Boolean(compute="_compute_can")
    can_execute = fields.Boolean(compute="_compute_can")
    can_settle = fields.Boolean(
        compute="_compute_can", help="Within the own limit: from here to the books in one click."
    )
    can_reset = fields.Boolean(compute="_compute_can")
    missing = fields.Text(
        string="Still Missing",
        compute="_compute_missing",
        help="What is to be filled in before the dispute can be settled.",
    )

    @api.depends(
        "state", "amount", "cost", "outcome", "user_id", "dispute_id.state", "dispute_id.line_ids"
    )
    @api.depends_context("uid")
    def _compute_can(self):
        """Buttons show when state, role and limit allow; what is missing is said on pressing."""
        for each in self:
            each.can_submit = not each._why_never("to_approve")
            each.can_approve = each.state == "to_approve" and not each._why_never("approved")
            each.can_refuse = not each._why_never("refused")
            each.can_propose = not each._why_never("proposed")
            each.can_accept = not each._why_never("accepted")
            each.can_execute = not each._why_never("done")
            each.can_reset = each.state != "draft" and not each._why_never("draft")
            each.can_settle = each.can_accept or (
                each.state == "draft" and not each._why_never("approved")
            )

    @api.depends(
        "state",
        "outcome",
        "validity",
        "cause_id",
        "department_id",
        "agreement_mode",
        "agreement_date",
        "agreement_note",
        "agreement_attachment_ids",
        "instalment_ids.amount",
        "commitment_date",
        "line_ids.amount",
        "send_letter",
    )
    def _compute_missing(self):
        today = fields.Date.context_today(self)
        for each in self:
            open_ended = each.dispute_id and each.state not in ("done", "refused")
            each.missing = open_ended and ", ".join(each._get_missing(today))

    # === The guard ===#

    @api.model
    def _get_transitions(self):
        """``{state: states that may follow}``, for everybody; :meth:`_why_not` says who."""
        return {
            "draft": {"to_approve", "approved"},
            "to_approve": {"approved", "refused", "draft"},
            "approved": {"proposed", "accepted", "draft"},
            "proposed": {"accepted", "refused", "draft"},
            "accepted": {"done", "draft"},
            "refused": {"draft"},
            "done": set(),
        }

    def _why_never(self, state):
        """Why neither this user nor this state leads to `state`, in words; else empty.

        Nothing that the user could still fill in: see :meth:`_why_not`.
        """
        self.ensure_one()
        if state not in self._get_transitions()[self.state]:
            return self.env._(
                "%(resolution)s is “%(state)s”: this is not possible from there.",
                resolution=self.display_name,
                state=dict(self._fields["state"]._description_selection(self.env))[self.state],
            )
        if self.dispute_id.state in ("suspicion", "closed"):
            return self.env._(
                "%(dispute)s is not open: open it first.", dispute=self.dispute_id.name
            )
        if not self.dispute_id._is_collector():
            return self.env._("Only a collector settles disputes.")
        if state == "approved" or (state == "refused" and self.state == "to_approve"):
            return self._why_not_approver()
        return ""

    def _why_not(self, state):
        """Why this resolution can't go to `state` now, in words; an empty string if it can."""
        if message := self._why_never(state):
            return message
        if state == "to_approve":
            return self._explain_missing(self._get_missing_terms())
        if state == "approved":
            return self._explain_missing(self._get_missing_terms())
        if state == "proposed":
            return self._why_dispute_not("proposal")
        if state == "accepted":
            today = fields.Date.context_today(self)
            return self._explain_missing(
                self._get_missing_terms() + self._get_missing_agreement(today)
            ) or self._why_dispute_not(DECIDED.get(self.outcome, "agreed"))
        if state == "done":
            return self._why_not_decided() or self.dispute_id._why_not("closed")
        return ""

    def _why_dispute_not(self, state):
        """Why the dispute can't follow to its own `state`; it may be there already."""
        return "" if self.dispute_id.state == state else self.dispute_id._why_not(state)

    def _why_not_decided(self):
        """A dispute is closed by what it was decided with, and by nothing beside it."""
        if self.dispute_id.resolution_id == self:
            return ""
        return self.env._(
            "%(resolution)s is not what the dispute was decided with: press “Change” to make it an "
            "option again.",
            resolution=self.display_name,
        )

    def _explain_missing(self, missing):
        if not missing:
            return ""
        return self.env._(
            "%(resolution)s is not complete. Still missing: %(missing)s.",
            resolution=self.display_name,
            missing=", ".join(missing),
        )

    def _get_missing(self, on_date):
        """All that is missing to close the dispute with this resolution, in words (S1.14, S2.8).

        :return: a list; empty when it can be closed.
        """
        self.ensure_one()
        missing = self._get_missing_terms() + self._get_missing_agreement(on_date)
        if not self.cause_id:
            missing.append(self.env._("the root cause"))
        if not self.department_id:
            missing.append(self.env._("the responsible department"))
        missing += [
            self.env._("the section “%(section)s”", section=section)
            for section in self.dispute_id._get_missing_sections()
        ]
        return missing

    def _get_missing_terms(self):
        """What the outcome itself lacks, in words: what would be decided is not clear yet."""
        self.ensure_one()
        missing = []
        if not self.validity:
            missing.append(self.env._("whether the dispute was founded"))
        if self._is_crediting() and self.company_currency_id.is_zero(self.amount):
            missing.append(self.env._("an accepted amount"))
        if self.outcome == "replacement" and not self.commitment_date:
            missing.append(self.env._("the day by which the goods are replaced"))
        if self.outcome == "instalments" and self.company_currency_id.compare_amounts(
            sum(self.instalment_ids.mapped("amount")), self.remaining
        ):
            missing.append(
                self.env._(
                    "instalments that add up to the %(remaining)s still owed",
                    remaining=self.company_currency_id.format(self.remaining),
                )
            )
        if self.penalty_policy == "manual" and not self.penalty_date:
            missing.append(self.env._("the day from which penalties count"))
        return missing

    # === Approval by amount (S2.2, S2.35, S2.74) ===#

    def _get_exposure(self):
        """What an approver answers for, in company currency: what is given up, or what it costs
        if that is more, with what this dispute has already been given.
        """
        self.ensure_one()
        done = self.dispute_id.resolution_ids.filtered(lambda each: each.state == "done")
        given = max(self.amount, self.cost, self._get_reinvoiced())
        return given + sum((done - self._origin).mapped("amount"))

    def _get_limit(self, user):
        """What `user` may give up without asking, in company currency, for this outcome."""
        self.ensure_one()
        kind = "gesture" if self.outcome == "gesture" else "dispute"
        for role in ("manager", "collector"):
            if user.has_group(f"account_dispute_dunning.group_{role}"):
                return self.company_id[f"{kind}_{role}_limit"]
        return 0.0

    def _is_within_limit(self, user):
        return (
            self.company_currency_id.compare_amounts(self._get_exposure(), self._get_limit(user))
            <= 0
        )

    def _why_not_approver(self):
        """Why the user may not approve: nobody does it alone beyond the own limit."""
        user = self.env.user
        if self.env.su or self._is_within_limit(user):
            return ""
        is_manager = user.has_group("account_dispute_dunning.group_manager")
        if is_manager and user != self.user_id:
            return ""
        limit = self.company_currency_id.format(self._get_limit(user))
        if is_manager:
            return self.env._(
                "Your own limit is %(limit)s: beyond it, another manager approves.", limit=limit
            )
        return self.env._("Your limit is %(limit)s: beyond it, a manager approves.", limit=limit)

    def _get_approvers(self):
        """The managers of the company who may approve this resolution, its author never."""
        group = self.env.ref("account_dispute_dunning.group_manager").sudo()
        return group.all_user_ids.filtered(
            lambda user: (
                user.active
                and not user.share
                and self.company_id in user.company_ids
                and user != self.user_id
                and not user._is_superuser()
            )
        ).sudo(False)

    def _ask_approvers(self):
        for each in self:
            approvers = each._get_approvers()
            if not approvers:
                raise UserError(
                    self.env._(
                        "%(resolution)s needs another manager of Collections, and there is none: "
                        "give that role to a second person, or raise the limits in the settings.",
                        resolution=each.display_name,
                    )
                )
            for approver in approvers:
                each.activity_schedule(
                    APPROVAL,
                    summary=self.env._(
                        "Approve %(amount)s for %(customer)s?",
                        amount=each.company_currency_id.format(each._get_exposure()),
                        customer=each.partner_id.display_name,
                    ),
                    user_id=approver.id,
                )

    # === Transitions ===#

    def _check_transition(self, state):
        for each in self:
            if message := each._why_not(state):
                raise UserError(message)

    def _transition(self, state, **values):
        """Change the state, with what goes with it; open requests for approval are settled."""
        self._write_guarded(state=state, **values)
        if state != "to_approve":
            # They are the approvers': who decides need not be one of them.
            self.sudo().activity_unlink([APPROVAL])

    def action_submit(self):
        """Ask for approval; what is within the user's own limit is approved at once (S2.35).

        :raise UserError: when the option is not complete, or nobody could approve it.
        """
        self.check_access("write")
        self._check_transition("to_approve")
        own = self.filtered(lambda each: not each._why_never("approved"))
        own._action_approve()
        (self - own)._transition("to_approve")
        (self - own)._ask_approvers()

    def action_approve(self):
        """Approve, as far as the user's limit goes (S2.2).

        :raise UserError: beyond the limit, or when the option is the user's own beyond it.
        """
        self.check_access("write")
        self._check_transition("approved")
        self._action_approve()

    def _action_approve(self):
        self._transition("approved", approver_id=self.env.uid, approved_on=fields.Datetime.now())

    def action_refuse(self, reason=None):
        """Refuse to approve; the author is told why.

        :param reason: in words; by default what was written in “Refused Because”.
        :raise UserError: without a reason, or when the user could not approve either.
        """
        self.check_access("write")
        self._check_transition("refused")
        if proposed := self.filtered(lambda each: each.state == "proposed"):
            raise UserError(
                self.env._(
                    "%(resolution)s was proposed: the customer refuses it, or press “Change”.",
                    resolution=proposed[0].display_name,
                )
            )
        self._refuse(reason, self.env._("Not approved"))

    def action_refuse_by_customer(self, reason=None):
        """The customer refuses the proposal: the dispute is investigated again.

        :param reason: in words; by default what was written in “Refused Because”.
        :raise UserError: without a reason, or when nothing was proposed.
        """
        self.check_access("write")
        self._check_transition("refused")
        if waiting := self.filtered(lambda each: each.state != "proposed"):
            raise UserError(
                self.env._(
                    "%(resolution)s was not proposed to the customer yet.",
                    resolution=waiting[0].display_name,
                )
            )
        self._refuse(reason, self.env._("Refused by the customer"))
        self.dispute_id.filtered(lambda dispute: dispute.state == "proposal")._action_investigate(
            fields.Date.context_today(self)
        )

    def _refuse(self, reason, title):
        for each in self:
            words = (reason or each.refusal_reason or "").strip()
            if not words:
                raise UserError(self.env._("Say why under “Refused Because” first."))
            author = each.user_id
            each._transition("refused", refusal_reason=words)
            each.dispute_id._message_log(
                body=Markup("<b>%s</b>: %s, %s") % (title, each.display_name, words)
            )
            if author != self.env.user and author.active:
                each.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=f"{title}: {words}",
                    user_id=author.id,
                )

    def action_propose(self):
        """Propose it to the customer, in writing where this is ticked (S2.60).

        :raise UserError: when it is not approved, or the dispute's file is not complete.
        """
        self.check_access("write")
        self._check_transition("proposed")
        self._action_propose(fields.Date.context_today(self))

    def _action_propose(self, on_date):
        for each in self:
            dispute = each.dispute_id
            others = dispute.resolution_ids.filtered(lambda other: other.state == "proposed")
            (others - each)._transition("draft", approver_id=False, approved_on=False)
            tacit_days = dispute.company_id.dispute_tacit_days
            each._transition(
                "proposed",
                proposed_on=fields.Datetime.now(),
                valid_until=each.valid_until or fields.Date.add(on_date, days=tacit_days),
            )
            dispute._action_propose(each, on_date)
            each._write_to_customer("rejection" if each.outcome == "rejection" else "proposal")

    def action_accept(self):
        """The customer agreed, or there is nobody to ask: how, when and its proof are recorded.

        :raise UserError: while the agreement or its proof is missing (S1.14).
        """
        self.check_access("write")
        self._check_transition("accepted")
        self._action_accept(fields.Date.context_today(self))

    def _action_accept(self, on_date):
        for each in self:
            # Another one that was accepted before is an option again: one of them is executed.
            others = each.dispute_id.resolution_ids.filtered(lambda it: it.state == "accepted")
            (others - each)._transition("draft", approver_id=False, approved_on=False)
            each._transition("accepted", agreement_date=each.agreement_date or on_date)
            each.dispute_id._action_decide(each, on_date)

    def action_reset(self):
        """Back to an option, to change what was decided, as long as it is not done.

        :raise UserError: when it is done; the message says so.
        """
        self.check_access("write")
        self._check_transition("draft")
        self._reset()

    def _reset(self):
        """Forget approval, proposal and agreement; the dispute is investigated again."""
        for each in self:
            led = each.state in ("proposed", "accepted")
            values = each._prepare_no_agreement() if each.state == "accepted" else {}
            each._transition(
                "draft", approver_id=False, approved_on=False, proposed_on=False, **values
            )
            if led and each.dispute_id.resolution_id == each:
                each.dispute_id._action_investigate(fields.Date.context_today(self))

    def action_execute(self):
        """Do what was agreed, all or nothing: book it, write to the customer, close the dispute.

        :return: an action that shows the new invoice to correct, if there is one.
        :raise UserError: when something is missing, or can't be booked; nothing is done then.
        """
        self.check_access("write")
        self.lock_for_update()
        self._check_transition("done")
        self._action_execute(fields.Date.context_today(self))
        return self._get_result_action()

    def _action_execute(self, on_date):
        for each in self:
            # Also here: one of them may be named twice, or close the dispute of the next.
            each._check_transition("done")
            with self.env.cr.savepoint():
                each._book(on_date)
                each._transition("done")
                each.dispute_id._action_close(on_date)
                each._write_to_customer(each._get_closing_letter())

    def action_settle(self):
        """From an option to the books in one click (S2.35): approve within the own limit, record
        the agreement, book, close.

        :return: an action that shows the new invoice to correct, if there is one.
        :raise UserError: beyond the user's limit, or with all that is missing; nothing is done.
        """
        self.check_access("write")
        self.lock_for_update()
        on_date = fields.Date.context_today(self)
        with self.env.cr.savepoint():
            for each in self:
                each._settle(on_date)
        return self._get_result_action()

    def _settle(self, on_date):
        """The steps that are left; all that is missing is said before the first."""
        self.ensure_one()
        is_option = self.state == "draft"
        message = (is_option and self._why_never("approved")) or self._explain_missing(
            self._get_missing(on_date)
        )
        if message:
            raise UserError(message)
        if is_option:
            self._action_approve()
        if self.state != "accepted":
            self._check_transition("accepted")
            self._action_accept(on_date)
        self._check_transition("done")
        self._action_execute(on_date)

    def _get_result_action(self):
        if self.invoice_move_ids:
            return self.invoice_move_ids._get_records_action(
                name=self.env._("New Invoices to Correct"), context={}
            )
        return {"type": "ir.actions.act_window_close"}

    # === Letters ===#

    def _get_closing_letter(self):
        """Which letter says how it ended: excuses, a reasoned rejection, or what is owed again."""
        self.ensure_one()
        if self.outcome == "rejection" and not self.proposed_on:
            return "rejection"
        return "apology" if self.validity == "founded" else "resumption"

    def _write_to_customer(self, kind):
        for each in self:
            if each.send_letter and not each.dispute_id.is_internal:
                each.dispute_id._send_letter(kind, resolution=each)
