"""What to do about each receivable on one day, and why.

Every open receivable gets exactly one decision: either the step of the scenario that it reaches,
or the one primary reason why nothing is sent.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from operator import attrgetter

from .call import next_payment_run, parse_run_days
from .dunning_facts import (
    DAY,
    ZERO,
    Decision,
    Limits,
    Reason,
    ReceivableFacts,
    Scenario,
    Step,
)
from .grouping import LISTED, Item, group

NO_LIMITS = Limits()
PAYMENT_RUN_DAYS = 3
# When not all notices of a day are allowed, the furthest goes first.
KINDS = ("formal", "reminder", "preventive")


def decide_all(
    facts: Iterable[ReceivableFacts],
    scenarios: Mapping[int, Scenario],
    today: date,
    limits: Limits = NO_LIMITS,
    held: Mapping[int, str] | None = None,
) -> list[Decision]:
    """The decisions for receivables on a day, in their order.

    :param facts: with a receivable, all others of its customer: they share notices.
    :param scenarios: ``{first version: the version that holds}``.
    :param held: ``{receivable: code}`` of those that another addon holds.
    """
    held = held or {}
    facts = list(facts)
    decided = {each.id: decide(each, scenarios, today, limits, held.get(each.id)) for each in facts}
    reached = {each.customer for each in facts if decided[each.id].reason == Reason.STEP}
    by_customer = defaultdict(list)
    for each in facts:
        if each.customer in reached:
            by_customer[each.customer].append(each)
    for theirs in by_customer.values():
        _level_accounts(theirs, decided, scenarios, today, limits)
        _keep_possible_notices(theirs, decided, scenarios, today, limits)
    return list(decided.values())


def decide(
    facts: ReceivableFacts,
    scenarios: Mapping[int, Scenario],
    today: date,
    limits: Limits = NO_LIMITS,
    held: str | None = None,
) -> Decision:
    """The decision for one receivable on a day, before its customer's others are looked at.

    :param scenarios: ``{first version: the version that holds}``.
    :param held: the code for which another addon holds it.
    """
    scenario = scenarios.get(facts.scenario)
    reason = _not_claimable(facts, scenario) or held
    if reason:
        return _decision(facts, scenario, reason)
    if facts.paused:
        until = facts.paused_until and facts.paused_until + DAY
        return _decision(facts, scenario, Reason.PAUSED, on=until)
    if facts.pending_step:
        return _decision(facts, scenario, Reason.NOTICE_PENDING, facts.pending_step)
    step = next_step(facts, scenario, today)
    if step is None:
        left_out = _remaining_steps(facts, scenario, today)
        reason = Reason.BELOW_MINIMUM if left_out else Reason.COMPLETED
        return _decision(facts, scenario, reason)
    reason, on = (
        _too_early(facts, scenario, step, today, limits)
        or _formal_withheld(facts, step, today)
        or _too_little(facts, scenario, step, limits)
        or _contacted(facts, scenario, step, today, limits)
        or (Reason.STEP, None)
    )
    return _decision(facts, scenario, reason, step.id, on)


# === The next step ===#


def next_step(facts: ReceivableFacts, scenario: Scenario, today: date) -> Step | None:
    """The step that comes next for this receivable, reached or not; None after the last.

    A step before the due date is never done after it: the customer is late, a preventive call
    would be untrue. A step whose conditions are not met is left out.
    """
    steps = [
        step for step in _remaining_steps(facts, scenario, today) if _meets_conditions(facts, step)
    ]
    if not steps:
        return None
    days_late = (today - facts.dunning_due).days
    # Several preventive steps may be behind us when an invoice arrives late: do the last one.
    if days_late <= 0 or (scenario.enter_by_age and not _is_claimed(facts)):
        reached = (step for step in steps if clock_day(facts, step.offset) <= today)
        return max(reached, key=attrgetter("offset"), default=steps[0])
    return steps[0]


def clock_day(facts: ReceivableFacts, offset: int, start: date | None = None) -> date:
    """The day on which the dunning clock shows `offset` days after the due date, or `start`.

    The clock stands still while disputes hold the receivable; before the due date it never does.
    """
    start = start or facts.dunning_due
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


def _remaining_steps(facts: ReceivableFacts, scenario: Scenario, today: date) -> list[Step]:
    """The steps for this customer that were not done, whatever it owes."""
    return [
        step
        for step in scenario.steps
        if not (step.is_preventive and today > facts.dunning_due)
        and (facts.last_offset is None or step.offset > facts.last_offset)
        and (step.root or step.id) not in facts.done
        and (not step.has_segment or step.id in facts.segments)
    ]


def _meets_conditions(facts: ReceivableFacts, step: Step) -> bool:
    if step.minimum and facts.customer_claim < step.minimum:
        return False
    return 100 * facts.customer_overdue >= step.minimum_share * facts.customer_owed


def _is_claimed(facts: ReceivableFacts) -> bool:
    return facts.cycle > 0 or (facts.last_offset is not None and facts.last_offset > 0)


def _own_day(facts: ReceivableFacts, step: Step) -> date:
    """The day that the step itself asks for: after the due date, or after what was done before."""
    if step.delay is None or facts.last_done is None or facts.last_offset is None:
        return clock_day(facts, step.offset)
    day = clock_day(facts, step.delay, facts.last_done)
    # A deadline that was moved since: nobody is reminded before it.
    return day if step.is_preventive else max(day, facts.dunning_due + DAY)


# === Reasons: each returns (reason, day on which it may change), or None ===#


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
    return Reason.NEVER_SENT if facts.never_sent else None


def _too_early(facts, scenario, step, today, limits):
    """The day of the step did not come yet."""
    own_day = reached_on = _own_day(facts, step)
    if facts.last_done:
        reached_on = max(reached_on, facts.last_done + timedelta(days=step.min_gap))
    if facts.resume_on and max(today + DAY, reached_on) <= facts.resume_on:
        return Reason.RESUMED, facts.resume_on
    waits_for_receipt = facts.receipt_until and today < facts.receipt_until
    if waits_for_receipt and (step.delay is not None or own_day <= today):
        return Reason.AWAITING_RECEIPT, facts.receipt_until
    if scenario.working_days_only and reached_on <= today and limits.working_day:
        reached_on = limits.working_day
    if today < reached_on:
        return _waiting_reason(facts, today), reached_on
    return None


def _waiting_reason(facts: ReceivableFacts, today: date) -> Reason:
    return Reason.NOT_DUE if today <= facts.dunning_due else Reason.AWAITING_STEP


def _formal_withheld(facts, step, today):
    """A formal notice is for what is certain, and for customers to whom nobody minds it."""
    if not step.is_formal:
        return None
    if facts.has_dispute:
        return Reason.NOT_CERTAIN, None
    if not facts.bears_formal:
        return Reason.TOO_FIRM, None
    if facts.vetoed_until and today <= facts.vetoed_until:
        return Reason.VETOED, facts.vetoed_until + DAY
    return None


def _too_little(facts, scenario, step, limits):
    """The limits of a claim; a friendly call before the due date has none (S4.6)."""
    if step.is_preventive:
        return None
    if facts.customer_claim <= 0:
        return Reason.UNALLOCATED_CREDIT, None
    left = 100 * facts.dunnable_currency
    if (
        facts.customer_claim < scenario.minimum
        or left < scenario.minimum_percent * facts.original_currency
    ):
        return Reason.BELOW_MINIMUM, None
    if facts.bank_pending or not limits.is_bank_up_to_date:
        return Reason.BANK_PENDING, None
    return None


def _contacted(facts, scenario, step, today, limits):
    """The customer has just answered, pays soon, or heard from us often or lately (S2.69)."""
    if facts.replied_on:
        wait_until = facts.replied_on + timedelta(days=limits.reply_days)
        if today < wait_until:
            return Reason.WAITING_REPLY, wait_until
    is_first = step.level == 1 and not step.is_preventive
    if is_first and (pays_on := _awaited_payment_run(facts, today)):
        return Reason.PAYMENT_RUN, pays_on + DAY
    if step.is_contact and (free_on := _capped_until(facts, today, limits)):
        return Reason.CONTACT_CAP, free_on
    if facts.last_contact:
        quiet_until = facts.last_contact + timedelta(days=scenario.quiet_days)
        if today < quiet_until:
            return Reason.QUIET_DAYS, quiet_until
    return None


def _awaited_payment_run(facts: ReceivableFacts, today: date) -> date | None:
    """The customer's first payment run since the due date, when it comes in the next days (S4.12).

    A customer that let it pass is not waited for again.
    """
    days = parse_run_days(facts.payment_days)
    pays_on = next_payment_run(days, facts.dunning_due)
    is_near = pays_on and today <= pays_on <= today + timedelta(days=PAYMENT_RUN_DAYS)
    return pays_on if is_near else None


def _capped_until(facts: ReceivableFacts, today: date, limits: Limits) -> date | None:
    if not limits.cap_count or len(facts.contacts) < limits.cap_count:
        return None
    free_on = facts.contacts[limits.cap_count - 1] + timedelta(days=limits.cap_days)
    return free_on if today < free_on else None


# === A customer's receivables together ===#


def _level_accounts(theirs, decided, scenarios, today, limits):
    """By account: the furthest reminder reached holds for all that is overdue (S4.10).

    A formal notice concerns only the receivables that reach it.
    """
    for version in {scenarios[each.scenario] for each in theirs if each.scenario in scenarios}:
        steps = {step.id: step for step in version.steps}
        reached = [
            steps[decision.step]
            for decision in (decided[each.id] for each in theirs)
            if decision.scenario == version.id and decision.reason == Reason.STEP
        ]
        reminders = [step for step in reached if step.kind == "reminder"]
        if not version.by_account or not reminders:
            continue
        furthest = max(reminders, key=attrgetter("offset"))
        for each in theirs:
            decision = decided[each.id]
            follows = decision.reason in (Reason.AWAITING_STEP, Reason.PAYMENT_RUN) or (
                decision.reason == Reason.STEP and steps.get(decision.step) in reminders
            )
            if (
                follows
                and decision.scenario == version.id
                and each.due < today
                and (each.last_offset is None or each.last_offset < furthest.offset)
                and (furthest.root or furthest.id) not in each.done
                and not _too_little(each, version, furthest, limits)
            ):
                decided[each.id] = _decision(each, version, Reason.STEP, furthest.id)


def _keep_possible_notices(theirs, decided, scenarios, today, limits):
    """What would not be on a notice is not reached: credits cover it, or it is one too many.

    Credits are netted by currency. Two notices of a day are two contacts.
    """
    versions = {scenarios[each.scenario] for each in theirs if each.scenario in scenarios}
    steps = {step.id: step for version in versions for step in version.steps}
    reached = {
        each.id: steps[decided[each.id].step].kind
        for each in theirs
        if decided[each.id].reason == Reason.STEP
    }
    notices = group(_to_items(theirs, decided, reached, today))
    possible = {
        id_ for (_account, kind), ids in notices.items() for id_ in ids if reached.get(id_) == kind
    }
    for id_ in reached.keys() - possible:
        decided[id_] = replace(decided[id_], reason=Reason.UNALLOCATED_CREDIT)
    if not limits.cap_count:
        return
    used = sum(day > today - timedelta(days=limits.cap_days) for day in theirs[0].contacts)
    contacts = (
        key
        for key, ids in notices.items()
        if any(steps[decided[id_].step].is_contact for id_ in possible.intersection(ids))
    )
    by_urgency = sorted(contacts, key=lambda key: (KINDS.index(key[1]), key[0]))
    # One too many may leave on the day on which the oldest of the contacts counts no more.
    oldest = theirs[0].contacts[used - 1] if used else today
    free_on = oldest + timedelta(days=limits.cap_days)
    for key in by_urgency[max(0, limits.cap_count - used) :]:
        for id_ in possible.intersection(notices[key]):
            decided[id_] = replace(decided[id_], reason=Reason.CONTACT_CAP, on=free_on)


def _to_items(theirs, decided, reached, today):
    for each in theirs:
        account, kind = each.currency or 0, reached.get(each.id)
        if each.residual <= 0:
            yield Item(each.id, account, min(ZERO, each.residual_currency))
        elif kind:
            yield Item(each.id, account, each.dunnable_currency, kind)
        elif (
            decided[each.id].reason in LISTED
            and each.due < today
            and not each.kept_apart
            and not each.on_hold
        ):
            yield Item(each.id, account, each.dunnable_currency)


def _decision(facts, scenario, reason, step=None, on=None) -> Decision:
    version = scenario.id if scenario else None
    return Decision(facts.id, reason, version, step, on, facts.dunnable)
