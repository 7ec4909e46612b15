"""What the checks and tests found: one line each as they end, and the closing line."""

import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """How many passed, failed and were skipped; `problems` is what a person reads about them."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    problems: list[str] = field(default_factory=list)

    @classmethod
    def of_check(cls, problems: Iterable[str]) -> "Outcome":
        """A check counts one: it passes when it found no problem."""
        problems = list(problems)
        return cls(passed=int(not problems), failed=int(bool(problems)), problems=problems)

    @classmethod
    def sum(cls, outcomes: Iterable["Outcome"]) -> "Outcome":
        """Of parts that ran side by side."""
        total = cls()
        for outcome in outcomes:
            total.passed += outcome.passed
            total.failed += outcome.failed
            total.skipped += outcome.skipped
            total.problems += outcome.problems
        return total


class Results:
    def __init__(self):
        self.total = Outcome()

    def check(self, name: str, find_problems: Callable[[], Iterable[str]]) -> bool:
        """Run a check and tell its result; returns whether it passed."""
        return self.stage(name, lambda: Outcome.of_check(find_problems()))

    def stage(self, name: str, run: Callable[[], Outcome]) -> bool:
        """Run a stage of tests and tell its result; returns whether nothing failed.

        A stage that breaks down counts as one failure.
        """
        start = time.monotonic()
        try:
            outcome = run()
        except Exception:  # noqa: BLE001 - whatever broke, the other stages still run
            outcome = Outcome(failed=1, problems=[traceback.format_exc()])
        self.add(name, outcome, time.monotonic() - start)
        return not outcome.failed

    def add(self, name: str, outcome: Outcome, seconds: float) -> None:
        for problem in outcome.problems:
            print("    " + problem.strip().replace("\n", "\n    "), flush=True)
        counts = _counts(outcome) if outcome.passed + outcome.failed + outcome.skipped > 1 else ""
        verdict = "FAIL" if outcome.failed else "ok"
        print(f"{verdict:5} {name:46} {seconds:6.1f} s  {counts}".rstrip(), flush=True)
        self.total.passed += outcome.passed
        self.total.failed += outcome.failed
        self.total.skipped += outcome.skipped

    def close(self) -> int:
        """Print the closing line that continuous integration reads; returns the exit code."""
        print(_counts(self.total), flush=True)
        return int(bool(self.total.failed or not self.total.passed))


def _counts(outcome: Outcome) -> str:
    text = f"{outcome.passed} passed, {outcome.failed} failed"
    return text + (f", {outcome.skipped} skipped" if outcome.skipped else "")
