"""What a decision is made from, and what it says: facts, scenarios, limits, reasons.

Amounts are `Decimal`, in company currency unless their name ends in ``_currency``.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

ZERO = Decimal(0)
DAY = timedelta(days=1)


class Reason(str, Enum):
    """The primary reason of a decision, in the order in which they are tested.

    Another addon may hold a receivable for a reason of its own: then the code is a plain string.
    """

    __str__ = str.__str__  # a decision is stored by the code of its reason

    CREDIT = "credit"  # a credit note or an unallocated payment: nothing to claim
    BLOCKED = "blocked"  # the invoice's payment is blocked by a user
    EXCLUDED = "excluded"  # Odoo's "no follow-up" on the line
    NO_SCENARIO = "no_scenario"  # nothing says how this customer is reminded
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
    BELOW_MINIMUM = "below_minimum"  # too little is left to claim
    BANK_PENDING = "bank_pending"  # the bank may hold a payment that is not reconciled
    WAITING_REPLY = "waiting_reply"  # the customer answered a short while ago
    PAYMENT_RUN = "payment_run"  # the customer pays in the next days
    CONTACT_CAP = "contact_cap"  # the customer was contacted as often as allowed
    QUIET_DAYS = "quiet_days"  # the customer was contacted a short while ago
    STEP = "step"  # the step is reached


# How long a registered letter waits for its addressee: at the post office, or by e-mail (15 days,
# CPCE L100 and R53-3). Then it counts as received.
RECEIPT_DAYS = 15


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a scenario. `offset` is in days from the due date, negative before it.

    A step that follows the previous one has a `delay`: its own offset then says no more than its
    place among the others. `root` is the same step in the first version that has it.
    """

    id: int
    offset: int
    min_gap: int = 0  # days since the previous step was done for this receivable
    is_formal: bool = False
    root: int | None = None
    delay: int | None = None  # days after the previous step was done
    level: int = 0
    minimum: Decimal = ZERO  # condition: overdue and to claim, of the customer
    minimum_share: Decimal = ZERO  # condition: percentage of what is owed that is overdue
    has_segment: bool = False  # condition: only the customers of a segment

    @property
    def is_preventive(self) -> bool:
        return self.offset <= 0

    @property
    def is_contact(self) -> bool:
        """A step that follows the previous one completes its contact: a letter after a call."""
        return self.delay is None

    @property
    def kind(self) -> str:
        """Of the notice that it makes: receivables of one kind share a notice."""
        if self.is_preventive:
            return "preventive"
        return "formal" if self.is_formal else "reminder"


@dataclass(frozen=True, slots=True)
class Scenario:
    """Steps in the order of their offsets, and the limits that hold for a customer.

    `enter_by_age`: an invoice met late enters at the step of its age; otherwise at the first step
    after the due date, so that no customer's first letter is a formal notice.
    `by_account`: the furthest step reached holds for all that the customer has overdue.
    """

    id: int
    steps: tuple[Step, ...]
    minimum: Decimal = ZERO
    quiet_days: int = 0
    enter_by_age: bool = False
    by_account: bool = False
    minimum_percent: Decimal = ZERO
    working_days_only: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds on a day for all customers of a company, whatever their scenario.

    `working_day` is the first day from today on that the company works. At most `cap_count`
    contacts in `cap_days`; 0 for no limit.
    """

    working_day: date | None = None
    cap_count: int = 0
    cap_days: int = 0
    reply_days: int = 0
    is_bank_up_to_date: bool = True


@dataclass(frozen=True, slots=True)
class ReceivableFacts:
    """What is known of one receivable. `residual` is negative for a credit.

    It has two clocks. `due` is contractual and never moves. The dunning clock counts from
    `dunning_due`, and stands still on the days of `frozen`: periods ``(from, until)``, the last day
    not included, in which disputes held all of the receivable and that are over. What is held now
    is not claimable anyway.
    """

    id: int
    customer: int | None
    due: date
    residual: Decimal
    contested: Decimal = ZERO
    promised: Decimal = ZERO
    planned: Decimal = ZERO
    in_payment: Decimal = ZERO
    dunnable: Decimal = ZERO
    residual_currency: Decimal = ZERO
    dunnable_currency: Decimal = ZERO
    original_currency: Decimal = ZERO  # what it was when it was posted
    customer_overdue: Decimal = ZERO  # Σ dunnable of the customer's overdue receivables
    customer_credit: Decimal = ZERO  # Σ of the customer's credits, positive
    customer_owed: Decimal = ZERO  # Σ residual of the customer's receivables, without credits
    currency: int | None = None
    blocked: bool = False
    excluded: bool = False
    on_hold: bool = False
    has_dispute: bool = False  # an open one, even one that holds nothing back
    never_sent: bool = False
    scenario: int | None = None  # its first version
    last_offset: int | None = None  # of the furthest step done in this cycle of reminders
    last_done: date | None = None  # in any cycle; of a registered letter, its receipt
    receipt_until: date | None = None  # a registered letter is on its way until this day
    pending_step: int | None = None  # a notice for this step is prepared, and not yet sent
    kept_apart: bool = False  # under formal notice, or its notice was postponed by a person
    last_contact: date | None = None  # last notice to this customer, any receivable
    replied_on: date | None = None  # the customer's last answer to a notice
    cycle: int = 0  # of reminders; a dispute whose reminders do not just go on begins another
    new_due: date | None = None  # a new deadline, given in writing when a dispute was closed
    resume_on: date | None = None  # no step before this day, since a dispute was closed
    vetoed_until: date | None = None  # no formal notice up to and including this day
    paused: bool = False
    paused_until: date | None = None  # the last day of the pause, when it has one
    bears_formal: bool = True  # neither the customer nor its treatment asks for a softer tone
    bank_pending: bool = False  # money of this customer is in the bank, not reconciled
    payment_days: str | None = None  # days of the month on which the customer pays: "10, 25"
    done: tuple[int, ...] = ()  # root steps done in this cycle
    contacts: tuple[date, ...] = ()  # with this customer, the latest first, `cap_count` at most
    segments: tuple[int, ...] = ()  # steps whose segment the customer belongs to
    frozen: tuple[tuple[date, date], ...] = ()

    @property
    def dunning_due(self) -> date:
        return self.new_due or self.due

    @property
    def customer_claim(self) -> Decimal:
        """What the customer has overdue, net of its credits."""
        return self.customer_overdue - self.customer_credit


@dataclass(frozen=True, slots=True)
class Decision:
    """`step`: the step reached, pending or next. `on`: the day when the answer may change.

    `scenario`: the version that decided. `reason`: a :class:`Reason`, or another addon's code.
    """

    receivable: int
    reason: str
    scenario: int | None = None
    step: int | None = None
    on: date | None = None
    dunnable: Decimal = ZERO
