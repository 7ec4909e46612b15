"""Reading Odoo's log: its warnings and errors, and the results of its tests."""

import re
from dataclasses import dataclass, field

from .results import Outcome

LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) \S+ (?P<logger>\S+): (?P<text>.*)"
)
BAD_LEVELS = {"WARNING", "ERROR", "CRITICAL"}

# Warnings that Odoo gives without this addon too. Each entry says where it comes from.
TOLERATED = [
    # Chromium, on a machine without a session bus or a graphics card.
    re.compile(r"WARNING \S+ \S+\.browser: .*(dbus|GPU|WebGL|vulkan)", re.IGNORECASE),
    # A real PDF is rendered, and no server answers for the styles, or another database's does: the
    # letter is made without.
    re.compile(
        r"ir_actions_report: wkhtmltopdf: "
        r".*network error: (ConnectionRefused|ContentNotFound|UnknownContent)Error",
        re.DOTALL,
    ),
]

STARTED = re.compile(r"Starting (?P<test>\S+) \.\.\.")
FAILED = re.compile(r"(?:FAIL|ERROR): (?:Subtest )?(?P<test>setUpClass \S+|\S+)")
SKIPPED = re.compile(r"skipped (?P<test>\S+) : (?P<reason>.*)")
HOOT_PASSED = re.compile(r"\[HOOT\] Passed (?P<count>\d+) tests")
CLOSING = re.compile(r"\d+ failed, \d+ error\(s\) of \d+ tests")


@dataclass
class Entry:
    level: str
    logger: str
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass
class TestLog:
    """What a log says about the tests that ran."""

    started: list[str] = field(default_factory=list)
    failed: dict[str, list[str]] = field(default_factory=dict)  # test -> its log entries
    skipped: dict[str, str] = field(default_factory=dict)  # test -> reason
    hoot: int = 0
    is_complete: bool = False

    def outcome(self) -> Outcome:
        """Counted by test method, whatever the number of its subtests."""
        problems = [text for texts in self.failed.values() for text in texts]
        problems += [f"skipped {test}: {reason}" for test, reason in self.skipped.items()]
        failed = len(self.failed)
        if not self.started and not failed:
            failed, problems = failed + 1, [*problems, "No test ran."]
        elif not self.is_complete:
            failed, problems = failed + 1, [*problems, "Odoo ended before it told its results."]
        done = [test for test in self.started if test not in self.failed | self.skipped]
        return Outcome(len(done), failed, len(self.skipped), problems)


def entries(log: str) -> list[Entry]:
    """The log's entries; lines without a date belong to the entry before them."""
    found = []
    for line in log.splitlines():
        match = LINE.match(line)
        if match:
            found.append(Entry(match["level"], match["logger"], [line]))
        elif found:
            found[-1].lines.append(line)
    return found


def warnings(log: str) -> list[str]:
    """The warnings and errors that are not tolerated; the results of tests are not among them."""
    return [
        entry.text if len(entry.text) < 4000 else f"{entry.text[:500]}\n[…]\n{entry.text[-3000:]}"
        for entry in entries(log)
        if entry.level in BAD_LEVELS
        and entry.logger != "odoo.tests.result"
        and not _is_test_result(entry)
        and not any(pattern.search(entry.text) for pattern in TOLERATED)
    ]


def tests(log: str) -> TestLog:
    result = TestLog()
    for entry in entries(log):
        text = LINE.match(entry.lines[0])["text"]
        if match := STARTED.match(text):
            result.started.append(match["test"])
        elif _is_test_result(entry):
            match = FAILED.match(text)
            result.failed.setdefault(match["test"], []).append(entry.text)
        elif match := SKIPPED.match(text):
            result.skipped[match["test"]] = match["reason"]
        elif match := HOOT_PASSED.search(text):
            result.hoot += int(match["count"])
        elif entry.logger == "odoo.tests.result" and CLOSING.search(text):
            result.is_complete = True
    return result


def _is_test_result(entry: Entry) -> bool:
    """A test that failed."""
    return entry.level == "ERROR" and bool(FAILED.match(LINE.match(entry.lines[0])["text"]))
