"""`make replay`: months of a ledger, day by day, and what a run must never do checked each day.

Each day imports what became known on it and no more, runs the jobs, and lets a collector work:
calls are logged, letters posted, formal notices confirmed. Exits with 1 on any violation.
"""

import json
import sys
import time
from datetime import date
from pathlib import Path

from . import demo, odoo, postgres, settings
from .settings import say

USAGE = "usage: make replay RECEIVABLES=file.csv FROM=yyyy-mm-dd UNTIL=yyyy-mm-dd"
SCRIPT = """
from dev import replay_days
replay_days.play(env, {source!r}, {since!r}, {until!r}, {port})
"""


def main(options: dict[str, str]) -> int:
    started = time.time()
    try:
        source = Path(options["RECEIVABLES"]).resolve()
        since, until = (date.fromisoformat(options[name]) for name in ("FROM", "UNTIL"))
    except (KeyError, ValueError):
        print(USAGE, file=sys.stderr)
        return 2
    if not source.is_file() or since > until:
        print(f"{source} is not a file, or it ends before it begins.\n{USAGE}", file=sys.stderr)
        return 2
    result = _play(source, since, until)
    _print_table(result)
    seconds = round(time.time() - started)
    print(json.dumps(result | {"seconds": seconds}))
    return 1 if result["violations"] else 0


def _play(source: Path, since: date, until: date) -> dict:
    postgres.start()
    database = settings.database("replay")
    say("Creating a database with the addon")
    postgres.copy(odoo.template(), database)
    arguments = ("-d", database, "-i", settings.ADDON, "--stop-after-init", "--no-http")
    odoo.run(*arguments, log=odoo.log_file("replay_install"))
    port = demo.start_mail_sink("replay_smtp")
    try:
        return odoo.run(
            *("shell", "-d", database, "--no-http"),
            log=odoo.log_file("replay"),
            script=SCRIPT.format(source=str(source), since=str(since), until=str(until), port=port),
        )
    finally:
        odoo.stop("replay_smtp")


def _order_labels(months: list[dict]) -> list[str]:
    """The labels of all months; a row that is set in comes below the one that it details."""
    details: dict[str, dict[str, None]] = {}
    for month in months:
        for label in month["rows"]:
            if not label.startswith(" "):
                head = details.setdefault(label, {})
            else:
                head[label] = None
    return [label for head, below in details.items() for label in (head, *below)]


def _print_table(result: dict) -> None:
    """One column per month; a row is left out when it is empty in all of them."""
    months = result["months"]
    labels = _order_labels(months)
    width = max(map(len, labels)) + 2
    print(f"\n{result['customers']} customers, {result['days']} days\n")
    print(" " * width + "".join(f"{month['month']:>12}" for month in months))
    for label in labels:
        values = [month["rows"].get(label, 0) for month in months]
        if any(values) or not label.startswith(" "):
            cells = (f"{value:,}".replace(",", " ") for value in values)
            print(f"{label:<{width}}" + "".join(f"{cell:>12}" for cell in cells))
    print()
    for violation in result["violations"][:20]:
        print(f"  VIOLATION {violation}")
    count = len(result["violations"])
    verdict = (
        f"{count} violations"
        if count
        else "no receivable reminded twice at a step, none while contested or after settlement; "
        "every open receivable has one explained decision on every day"
    )
    print(f"  {result['notices']} notices, {result['reminded']} receivables reminded: {verdict}.\n")
