from odoo import api, fields, models
from odoo.exceptions import UserError

from .account_dispute import TRANSITION


class AccountDispute(models.Model):
    """The states of a dispute: one table, one guard that says why not, and what each step does."""

    _inherit = "account.dispute"

    @api.model
    def _get_holding_states(self):
        """The states in which the contested amounts are kept out of the claim."""
        return ("open", "investigating", "proposal", "agreed", "rejected", "withdrawn")

    def _is_holding(self):
        """Whether something is kept out of the claim because of this dispute, now."""
        self.ensure_one()
        return self.state in self._get_holding_states() and self.hold_policy != "none"

    @api.model
    def _get_transitions(self):
        """``{state: states that may follow}``, for everybody; :meth:`_why_not` says who."""
        decided = {"agreed", "rejected", "withdrawn"}
        return {
            "suspicion": {"open", "closed"},
            "open": {"investigating", "proposal"} | decided,
            "investigating": {"proposal"} | decided,
            "proposal": {"investigating"} | decided,
            "agreed": {"investigating", "closed"},
            "rejected": {"investigating", "closed"},
            "withdrawn": {"investigating", "closed"},
            "closed": {"open"},
        }

    def _why_not(self, state):
        """Why this dispute can't go to `state` now, in words; an empty string if it can."""
        self.ensure_one()
        if state not in self._get_transitions()[self.state]:
            return self.env._(
                "%(dispute)s is “%(state)s”: this is not possible from there.",
                dispute=self.name,
                state=self._state_label(),
            )
        if not self._is_collector():
            return self.env._("Only a collector opens, settles, closes or reopens a dispute.")
        receivables = self.line_ids.move_line_id
        if state == "open" and not receivables:
            return self.env._(
                "Say what is contested first: add an invoice and an amount to %(dispute)s.",
                dispute=self.name,
            )
        if state == "open" and all(line.reconciled for line in receivables):
            return self.env._(
                "Everything %(dispute)s is about is settled: there is nothing left to hold. "
                "Contest another invoice instead.",
                dispute=self.name,
            )
        return ""

    def _is_collector(self):
        return self.env.su or self.env.user.has_group("account_dispute_dunning.group_collector")

    def _check_transition(self, state):
        for dispute in self:
            if message := dispute._why_not(state):
                raise UserError(message)

    def _state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _transition(self, state, **values):
        """Change the state, with what goes with it; the stage follows."""
        stage = self._get_stage(state)
        for dispute in self:
            moves = stage and dispute.stage_id.state != state
            dispute._write_guarded(
                state=state, **values, **({"stage_id": stage.id} if moves else {})
            )

    def _write_guarded(self, **values):
        """Write what only the code of this model may: see `TRANSITION_FIELDS`."""
        self.with_context(account_dispute_transition=TRANSITION).write(values)

    def action_open(self):
        """Open, or reopen: from now on the contested amounts are not claimed.

        :raise UserError: when the dispute can't be opened; the message says why.
        """
        self.check_access("write")
        self._check_transition("open")
        self._action_open(fields.Date.context_today(self))

    def _action_open(self, on_date):
        """Begin a cycle on a day; a reopened dispute keeps the day when it was first opened."""
        for dispute in self:
            number = dispute.cycle + 1
            dispute._transition(
                "open",
                cycle=number,
                date_opened=dispute.date_opened or on_date,
                date_closed=False,
                validity=False,
                resolution_id=False,
            )
            # Part of the transition: no role may write cycles by hand.
            self.env["account.dispute.cycle"].sudo().create(
                {"dispute_id": dispute.id, "number": number, "date_opened": on_date}
            )
        # What a closed dispute was about may have been paid or credited since.
        again = self.filtered(lambda dispute: dispute.cycle > 1).line_ids
        settled = again.filtered(lambda line: line.move_line_id.reconciled)
        (again - settled)._fit_to_open()
        (self.line_ids - settled)._check_amount()

    def action_investigate(self):
        """Begin, or begin again, to look into the dispute.

        :raise UserError: when it can't be investigated; the message says what is missing.
        """
        self.check_access("write")
        self._check_transition("investigating")
        self._action_investigate(fields.Date.context_today(self))

    def _action_investigate(self, on_date):
        self._transition("investigating")

    def _action_propose(self, resolution, on_date):
        """A resolution was proposed to the customer on a day."""
        self._transition("proposal", resolution_id=resolution.id)

    def _action_decide(self, resolution, on_date):
        """A resolution was agreed with the customer, or decided, on a day."""
        states = {"rejection": "rejected", "withdrawal": "withdrawn"}
        self._transition(
            states.get(resolution.outcome, "agreed"),
            resolution_id=resolution.id,
            validity=resolution.validity,
        )

    def action_dismiss(self):
        """Close a suspicion: there was no dispute after all.

        :raise UserError: when it is more than a suspicion.
        """
        self.check_access("write")
        self._check_transition("closed")
        if opened := self.filtered(lambda dispute: dispute.state != "suspicion"):
            raise UserError(
                self.env._(
                    "%(dispute)s is more than a suspicion: use “Resolve…”.", dispute=opened[0].name
                )
            )
        self._write_guarded(validity="withdrawn")
        self._action_close(fields.Date.context_today(self))

    def _action_close(self, on_date):
        """Close on a day: what is still owed can be claimed again, as its resolution says."""
        self._transition("closed", date_closed=on_date)
        for dispute in self:
            # Part of the transition: no role may write cycles by hand.
            dispute.cycle_ids.filtered(lambda cycle: not cycle.date_closed).sudo().write(
                {
                    "date_closed": on_date,
                    "validity": dispute.validity,
                    "resolution_id": dispute.resolution_id.id,
                }
            )
