"""Whether a customer is thanked for what it has settled (S0.33)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


class Outcome(str, Enum):
    """The one outcome for a settled receivable, in the order in which they are tested."""

    THANKED = "thanked"  # once per settlement
    NO_STEP = "no_step"  # the scenario thanks nobody
    NOT_PAID = "not_paid"  # mostly by a credit note or a write-off
    NOT_REMINDED = "not_reminded"  # and the scenario thanks after a reminder only
    STILL_OWES = "still_owes"  # by account: something else that was reminded of is open
    THANK = "thank"


@dataclass(frozen=True, slots=True)
class SettlementFacts:
    """What is known of a settled receivable. Amounts in its currency."""

    id: int
    customer: int
    currency: int
    original: Decimal
    paid: Decimal  # the part that money settled
    scenario: int | None = None
    reminded: bool = False  # a sent notice claimed it
    still_open: int = 0  # receivables of the customer that were reminded of and are open
    thanked: bool = False  # or a person decided against it


@dataclass(frozen=True, slots=True)
class ThanksRule:
    """How one scenario thanks: per receivable or per account, after a reminder or always."""

    step: int
    per_account: bool = False
    always: bool = False


def decide(facts: SettlementFacts, rules: dict[int, ThanksRule]) -> Outcome:
    """The outcome for one settled receivable."""
    if facts.thanked:
        return Outcome.THANKED
    rule = rules.get(facts.scenario)
    if rule is None:
        return Outcome.NO_STEP
    if 2 * facts.paid <= facts.original:
        return Outcome.NOT_PAID
    if not facts.reminded and not rule.always:
        return Outcome.NOT_REMINDED
    if rule.per_account and facts.still_open:
        return Outcome.STILL_OWES
    return Outcome.THANK


def thanks(
    settled: list[SettlementFacts], rules: dict[int, ThanksRule]
) -> dict[tuple[int, int, int], list[int]]:
    """The thank-yous to prepare: ``{(customer, currency, step): receivables}``.

    One message per customer, whatever the number of receivables that a payment settled.
    """
    groups: dict[tuple[int, int, int], list[int]] = {}
    for facts in settled:
        if decide(facts, rules) == Outcome.THANK:
            key = (facts.customer, facts.currency, rules[facts.scenario].step)
            groups.setdefault(key, []).append(facts.id)
    return groups
