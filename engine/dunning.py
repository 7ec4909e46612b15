"""What to do about one receivable on one day, and why.

Every open receivable gets exactly one decision: either the step of the scenario that it reaches,
or the one primary reason why nothing is sent. Amounts are `Decimal`, in company currency.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

ZERO = Decimal(0)
DAY = timedelta(days=1)


class Reason(str, Enum):
    """The primary reason of a decision, in the order in which they are tested."""

    CREDIT = "credit"  # a credit note or an unallocated payment: nothing to claim
    BLOCKED = "blocked"  # the invoice's payment is blocked by a user
    EXCLUDED = "excluded"  # Odoo's "no follow-up" on the line
    NO_SCENARIO = "no_scenario"  # neither the customer nor the company has one
    CONTESTED = "contested"  # nothing left to claim: contested
    PROMISED = "promised"  # nothing left to claim: promised
    PLANNED = "planned"  # nothing left to claim: in a payment plan
    IN_PAYMENT = "in_payment"  # nothing left to claim: a payment is on its way
    ON_HOLD = "on_hold"  # a dispute holds the whole invoice, or all that the customer owes
    NEVER_SENT = "never_sent"  # the invoice was never sent to the customer
    PAUSED = "paused"  # a person paused the reminders of this customer
    NOTICE_PENDING = "notice_pending"  # a notice for it is prepared, and not yet sent
    COMPLETED = "completed"  # every step of the scenario was done
    RESUMED = "resumed"  # grace period after a dispute
    NOT_DUE = "not_due"  # not overdue, and no step before the due date is reached
    AWAITING_STEP = "awaiting_step"  # overdue, the next step is not reached yet
    AWAITING_RECEIPT = "awaiting_receipt"  # a registered letter: the next step waits for it
    NOT_CERTAIN = "not_certain"  # a formal notice, and the receivable is contested
    TOO_FIRM = "too_firm"  # a formal notice, and the customer bears none
    VETOED = "vetoed"  # a formal notice, and somebody asked for none for a while
    UNALLOCATED_CREDIT = "unallocated_credit"  # the customer's credits cover what is overdue
    BELOW_MINIMUM = "below_minimum"  # the customer owes less than the scenario's minimum
    BANK_PENDING = "bank_pending"  # a bank line of the customer is not reconciled
    WAITING_REPLY = "waiting_reply"  # the customer answered a short while ago
    PAYMENT_RUN = "payment_run"  # the customer pays in the next days
    CONTACT_CAP = "contact_cap"  # the customer was contacted as often as allowed
    QUIET_DAYS = "quiet_days"  # the customer was contacted a short while ago
    STEP = "step"  # the step is reached


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a scenario. `offset` is in days from the due date, negative before it."""

    id: int
    offset: int
    min_gap: int = 0  # days since the previous step was done for this receivable
    is_formal: bool = False

    @property
    def is_preventive(self) -> bool:
        return self.offset <= 0


@dataclass(frozen=True, slots=True)
class Scenario:
    """Steps in the order of their offsets, and the limits that hold for a customer.

    `enter_by_age`: an invoice met late enters at the step of its age; otherwise at the first step
    after the due date, so that no customer's first letter is a formal notice.
    """

    id: int
    steps: tuple[Step, ...]
    minimum: Decimal = ZERO
    quiet_days: int = 0
    enter_by_age: bool = False


@dataclass(frozen=True, slots=True)
class ReceivableFacts:
    """What is known of one receivable. `residual` is negative for a credit.

    It has two clocks. `due` is contractual and never moves. The dunning clock counts from
    `dunning_due`, and stands still on the days of `frozen`: periods ``(from, until)``, the last day
    not included, in which disputes held all of the receivable and that are over. What is held now
    is not claimable anyway.
    """

    id: int
    customer: int
    due: date
    residual: Decimal
    contested: Decimal = ZERO
    promised: Decimal = ZERO
    planned: Decimal = ZERO
    in_payment: Decimal = ZERO
    dunnable: Decimal = ZERO
    customer_overdue: Decimal = ZERO  # Σ dunnable of the customer's overdue receivables
    customer_credit: Decimal = ZERO  # Σ of the customer's credits, positive
    blocked: bool = False
    excluded: bool = False
    on_hold: bool = False
    scenario: int | None = None
    last_offset: int | None = None  # of the furthest step done in this cycle of reminders
    last_done: date | None = None  # in any cycle
    pending_step: int | None = None  # a notice for this step is prepared, and not yet sent
    last_contact: date | None = None  # last notice to this customer, any receivable
    cycle: int = 0  # of reminders; a dispute whose reminders do not just go on begins another
    new_due: date | None = None  # a new deadline, given in writing when a dispute was closed
    resume_on: date | None = None  # no step before this day, since a dispute was closed
    vetoed_until: date | None = None  # no formal notice up to and including this day
    frozen: tuple[tuple[date, date], ...] = ()

    @property
    def dunning_due(self) -> date:
        return self.new_due or self.due


@dataclass(frozen=True, slots=True)
class Decision:
    """`step`: the step reached, pending or next. `on`: the day when the answer may change."""

    receivable: int
    reason: Reason
    scenario: int | None = None
    step: int | None = None
    on: date | None = None
    dunnable: Decimal = ZERO


def decide(facts: ReceivableFacts, scenarios: dict[int, Scenario], today: date) -> Decision:
    """The one decision for a receivable on a day."""
    scenario = scenarios.get(facts.scenario)
    reason = _not_claimable(facts, scenario)
    if reason:
        return _decision(facts, reason)
    if facts.pending_step:
        return _decision(facts, Reason.NOTICE_PENDING, step=facts.pending_step)
    step = next_step(facts, scenario, today)
    if step is None:
        return _decision(facts, Reason.COMPLETED)
    return _too_early(facts, scenario, step, today) or _decision(facts, Reason.STEP, step=step.id)


def _too_early(
    facts: ReceivableFacts, scenario: Scenario, step: Step, today: date
) -> Decision | None:
    """Why the next step of a claimable receivable is not done on this day; None when it is."""
    reached_on = _reached_on(facts, step)
    if facts.resume_on and max(today + DAY, reached_on) <= facts.resume_on:
        return _decision(facts, Reason.RESUMED, step=step.id, on=facts.resume_on)
    if today < reached_on:
        reason = Reason.NOT_DUE if today <= facts.dunning_due else Reason.AWAITING_STEP
        return _decision(facts, reason, step=step.id, on=reached_on)
    if step.is_formal and facts.vetoed_until and today <= facts.vetoed_until:
        return _decision(facts, Reason.VETOED, step=step.id, on=facts.vetoed_until + DAY)
    if not step.is_preventive:
        # The limits of a claim; a friendly call before the due date has none (S4.6).
        if facts.customer_credit >= facts.customer_overdue:
            return _decision(facts, Reason.UNALLOCATED_CREDIT, step=step.id)
        if facts.customer_overdue - facts.customer_credit < scenario.minimum:
            return _decision(facts, Reason.BELOW_MINIMUM, step=step.id)
    if facts.last_contact:
        quiet_until = facts.last_contact + timedelta(days=scenario.quiet_days)
        if today < quiet_until:
            return _decision(facts, Reason.QUIET_DAYS, step=step.id, on=quiet_until)
    return None


def next_step(facts: ReceivableFacts, scenario: Scenario, today: date) -> Step | None:
    """The step that comes next for this receivable, reached or not; None after the last.

    A step before the due date is never done after it: the customer is late, a preventive call
    would be untrue.
    """
    days_late = (today - facts.dunning_due).days
    steps = [step for step in scenario.steps if not (step.is_preventive and days_late > 0)]
    if facts.last_offset is not None:
        steps = [step for step in steps if step.offset > facts.last_offset]
    if not steps:
        return None
    # Several preventive steps may be behind us when an invoice arrives late: do the last one.
    if days_late <= 0 or (scenario.enter_by_age and not _is_claimed(facts)):
        reached = (step for step in steps if clock_day(facts, step.offset) <= today)
        return max(reached, key=_offset, default=steps[0])
    return steps[0]


def clock_day(facts: ReceivableFacts, offset: int) -> date:
    """The day on which the dunning clock shows `offset` days after the due date.

    The clock stands still while disputes hold the receivable; before the due date it never does.
    """
    start = facts.dunning_due
    day = start + timedelta(days=offset)
    counted_until = start
    for since, until in sorted(facts.frozen):
        since = max(since, counted_until)
        if since >= day:
            break
        if until > since:
            day += until - since
            counted_until = until
    return day


def _is_claimed(facts: ReceivableFacts) -> bool:
    return facts.cycle > 0 or (facts.last_offset is not None and facts.last_offset > 0)


def _offset(step: Step) -> int:
    return step.offset


def _reached_on(facts: ReceivableFacts, step: Step) -> date:
    reached_on = clock_day(facts, step.offset)
    if facts.last_done:
        reached_on = max(reached_on, facts.last_done + timedelta(days=step.min_gap))
    return reached_on


def _not_claimable(facts: ReceivableFacts, scenario: Scenario | None) -> Reason | None:
    if facts.residual <= 0:
        return Reason.CREDIT
    if facts.blocked:
        return Reason.BLOCKED
    if facts.excluded:
        return Reason.EXCLUDED
    if scenario is None:
        return Reason.NO_SCENARIO
    if facts.dunnable <= 0:
        held = {
            Reason.CONTESTED: facts.contested,
            Reason.PROMISED: facts.promised,
            Reason.PLANNED: facts.planned,
            Reason.IN_PAYMENT: facts.in_payment,
        }
        return max(held, key=held.get)
    if facts.on_hold:
        return Reason.ON_HOLD
    return None


def _decision(
    facts: ReceivableFacts, reason: Reason, step: int | None = None, on: date | None = None
) -> Decision:
    return Decision(facts.id, reason, facts.scenario, step, on, facts.dunnable)
