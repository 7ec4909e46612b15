"""Which receivables of a customer share a notice, and which notice its credits reduce."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from .dunning_facts import Reason

# Reasons with which an overdue receivable is still listed on a reminder about others: it was
# reminded before, or is held for now. Amounts that are contested or promised are shown, not
# claimed. What was never sent, has its grace period or is held by another addon is not there.
LISTED = frozenset(
    {
        Reason.STEP,
        Reason.CONTESTED,
        Reason.PROMISED,
        Reason.PLANNED,
        Reason.IN_PAYMENT,
        Reason.NOTICE_PENDING,
        Reason.COMPLETED,
        Reason.AWAITING_STEP,
        Reason.AWAITING_RECEIPT,
        Reason.NOT_CERTAIN,
        Reason.TOO_FIRM,
        Reason.VETOED,
        Reason.UNALLOCATED_CREDIT,
        Reason.WAITING_REPLY,
        Reason.PAYMENT_RUN,
        Reason.QUIET_DAYS,
    }
)


@dataclass(frozen=True, slots=True)
class Item:
    """One receivable that may be on a notice.

    `account` is what notices are apart by: the customer and the currency. `amount` is what is
    claimed of it, in that currency; negative for a credit. `kind` is that of the step reached;
    without one it is listed on a reminder, if there is one.
    """

    id: int
    account: Hashable
    amount: Decimal
    kind: str | None = None


def group(items: Iterable[Item]) -> dict[tuple[Hashable, str], list[int]]:
    """The notices: ``{(account, kind): receivables}``; those that would claim nothing are left out.

    A reminder lists all that is overdue. Credits reduce one notice, the formal one where there is
    one. When they cover all that it would claim it is not sent: its receivables are listed on the
    reminder, which the credits reduce. What is said before the due date is not reduced.

    >>> formal, late = Item(1, "a", Decimal(500), "formal"), Item(2, "a", Decimal(900), "reminder")
    >>> group([formal, late, Item(3, "a", Decimal(-400))])
    {('a', 'formal'): [1, 3], ('a', 'reminder'): [2]}
    >>> group([formal, late, Item(3, "a", Decimal(-600))])
    {('a', 'reminder'): [2, 1, 3]}
    """
    groups, listed, credits = defaultdict(list), defaultdict(list), defaultdict(list)
    for item in items:
        if item.kind:
            groups[item.account, item.kind].append(item)
        else:
            (credits if item.amount < 0 else listed)[item.account].append(item)
    for account, reducing in credits.items():
        formal = groups.get((account, "formal"), [])
        if _total(formal) + _total(reducing) > 0:
            formal.extend(reducing)
        else:
            groups.pop((account, "formal"), None)
            listed[account] += formal + reducing
    for (account, kind), claimed in groups.items():
        if kind == "reminder":
            claimed.extend(listed[account])
    return {
        key: [item.id for item in claimed] for key, claimed in groups.items() if _total(claimed) > 0
    }


def _total(items: Iterable[Item]) -> Decimal:
    return sum((item.amount for item in items), Decimal(0))
