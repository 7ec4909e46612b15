"""Signals: what warns, when it does not, and that it is said once (S0.18)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.signal import Event, Late, Rules, SignalFacts, detect

TODAY = date(2026, 6, 30)
RULES = Rules(late_days=5, silence_count=3, worsening_days=10)


def ago(days):
    return TODAY - timedelta(days=days)


def late(days):
    return Late(1, 2, "INV/1", ago(days))


def found(facts, rules=RULES, on_date=TODAY):
    return [(signal.kind, signal.key) for signal in detect(facts, rules, on_date)]


GOOD = SignalFacts(7, settled=4, late=late(6))
SILENT = SignalFacts(7, late=late(90), reminders=3, first_reminder=12, last_reminded_on=ago(1))
SLOWER = SignalFacts(7, recent_count=3, recent_delay=18.0, past_count=8, past_delay=4.0)


@pytest.mark.parametrize(
    ("facts", "signals"),
    [
        (GOOD, [("first_late", "1")]),
        (replace(GOOD, late=late(5)), []),  # within the tolerance
        (replace(GOOD, settled=2), []),  # too few to be called a good payer
        (replace(GOOD, settled_late=1), []),  # not the first one
        (replace(GOOD, late=late(90)), []),  # history
        (replace(GOOD, late=None), []),
        (SILENT, [("silence", "12")]),
        (replace(SILENT, reminders=2), []),
        (replace(SILENT, late=None), []),  # nothing to claim: no answer is needed
        (replace(SILENT, last_reminded_on=ago(61)), []),
        (SLOWER, [("worsening", "2026-06-30")]),
        (replace(SLOWER, recent_delay=14.0), []),  # not by *more* than ten days
        (replace(SLOWER, recent_count=2), []),
        (replace(SLOWER, past_count=2), []),
        (replace(SLOWER, worsening_on=ago(89)), []),
        (replace(SLOWER, worsening_on=ago(90)), [("worsening", "2026-06-30")]),
    ],
)
def test_a_trend_warns_where_it_means_something(facts, signals):
    assert found(facts) == signals


def test_a_signal_switched_off_is_not_found():
    off = Rules(silence_count=0, worsening_days=0)
    assert found(SILENT, off) == found(SLOWER, off) == []


def test_events_warn_once_each_while_they_are_recent():
    facts = SignalFacts(
        7,
        rejected=(Event("31", 31, "PAY/1", ago(3)), Event("32", 32, "PAY/2", ago(300))),
        broken=(Event("41", 41, "REL/1", ago(1)),),
        unreachable=(Event("51-0", 51, "Accounts"),),
    )
    assert found(facts) == [("rejected", "31"), ("promise_broken", "41"), ("unreachable", "51-0")]


@given(st.integers(1, 24))
def test_the_same_occurrence_has_the_same_key_on_every_day(days):
    facts = replace(GOOD, late=late(6))
    later = found(facts, on_date=TODAY + timedelta(days=days))
    assert later == found(facts)


@given(st.integers(0, 40), st.integers(0, 70), st.integers(0, 5))
def test_waiting_longer_never_hides_a_silence(more, days, count):
    facts = replace(SILENT, reminders=count, last_reminded_on=ago(days))
    if found(facts):
        assert found(replace(facts, reminders=count + more))
