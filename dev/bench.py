"""`make bench`: planning, notices and letters next to OCA `account_credit_control`.

The portfolio is built once per size and kept in its own database; a second call only measures.
"""

import contextlib
import hashlib
import json
import sys
from pathlib import Path

from . import odoo, postgres, provision, settings
from .settings import say

DEFAULT_SIZE = (30_000, 300_000)
# About a thousand overdue lines: what a statement count that grows is compared with.
SMALL_SIZE = (1_875, 18_750)
LETTERS = 5_000

LABELS = {
    "plan": "plan, first run: every decision is new",
    "notices": "prepare the notices of the first run",
    "batch": "of these, the first batch",
    "peer": "account_credit_control: generate_credit_lines",
    "peer_communications": "its communications",
    "peer_emails": "its e-mails with PDF, of a few",
    "second_run": "the same day again: decide and prepare",
    "next_day": "plan, the next day",
    "dry_run": "plan, dry run",
    "tie_out": "tie out to the ledger",
    "disputes_board": "open the board of disputes",
    "disputes_escalation": "daily alerts of disputes",
    "penalty_facts": "penalties: the statement of the facts",
    "penalties": "penalties: facts and amounts",
    "penalty_ledger": "penalties, first night: every one is new",
    "score_facts": "facts of all customers' scores",
    "score_job": "score all customers, the first time",
    "score_next_day": "score all customers, the next day",
}


def main(options: dict[str, str]) -> int:
    try:
        size = tuple(
            int(options.get(name) or default)
            for name, default in zip(("CUSTOMERS", "INVOICES"), DEFAULT_SIZE, strict=True)
        )
    except ValueError:
        size = (0, 0)
    if min(size) < 1:
        print("CUSTOMERS and INVOICES are whole numbers, one or more.", file=sys.stderr)
        return 2
    postgres.start()
    odoo.stop("bench_server")  # of a benchmark that was interrupted
    peer = provision.peer()
    small = _measure("measure_some", _portfolio(SMALL_SIZE, peer), peer)
    database = _portfolio(size, peer)
    with _copy(database) as copy, _server(database, peer) as url:
        large = _measure("measure_all", database, peer, url)
        _measure("first_run", copy, peer)
        large["measures"]["second_run"] = _measure("measure_second_run", copy, peer)
        letters = _measure("measure_letters", copy, peer, url, LETTERS)
    _print_table(small, large, letters)
    print(json.dumps(_summary(small, large, letters)))
    return 0


# === Portfolios ===#


def _measure(function: str, database: str, peer: Path, *arguments) -> dict:
    """Run a function of `bench_measure` on a portfolio; returns its result."""
    say(f"Measuring: {function.replace('_', ' ')}")
    call = ", ".join(["env", *map(repr, arguments)])
    script = f"from dev import bench_measure\nbench_measure.{function}({call})\n"
    return _shell(database, peer, f"bench_{function}", script)


@contextlib.contextmanager
def _copy(database: str):
    """A copy for what is committed: a run, and its letters; each in a process of its own."""
    copy = f"{database}_run"
    postgres.copy(database, copy)
    try:
        yield copy
    finally:
        postgres.drop(copy)


@contextlib.contextmanager
def _server(database: str, peer: Path):
    """An Odoo that serves the styles of printed pages, as in life; gives its address."""
    port = odoo.free_port(18000 + int(settings.CHECKOUT, 16) % 200 * 10)
    config = odoo.configuration(
        "bench_server", peer, http_port=port, db_name=database, max_cron_threads=0
    )
    url = f"http://127.0.0.1:{port}"
    odoo.start("bench_server", odoo.command("-c", str(config)))
    try:
        odoo.wait_for(f"{url}/web/login")
        yield url
    finally:
        odoo.stop("bench_server")


def _portfolio(size: tuple[int, int], peer: Path) -> str:
    """The database with the portfolio of a size and both addons, built when there is none."""
    prefix = f"bench_{size[0]}_{size[1]}_"
    database = settings.database(prefix + _build_version())
    log = odoo.log_file("bench_install")
    config = odoo.configuration("bench", peer)
    if postgres.exists(database):
        say("Updating the addon in the portfolio's database")
        odoo.run(
            *("-d", database, "-u", settings.ADDON, "--stop-after-init", "--no-http"),
            log=log,
            config=config,
        )
        postgres.query("VACUUM ANALYZE", database)  # an earlier benchmark left dead rows
        return database
    for stale in postgres.databases():
        if stale.startswith(prefix):
            postgres.drop(stale)
    say(f"Building {size[1]:,} invoices of {size[0]:,} customers (a minute or two)")
    part = f"{database}_part"
    postgres.copy(odoo.template(), part)
    addons = f"{settings.ADDON},account_credit_control"
    odoo.run(*("-d", part, "-i", addons, "--stop-after-init", "--no-http"), log=log, config=config)
    script = "from dev import bench_portfolio\nbench_portfolio.build(env, {}, {})\n"
    _shell(part, peer, "bench_build", script.format(*size))
    postgres.query("VACUUM ANALYZE", part)
    postgres.rename(part, database)
    return database


def _build_version() -> str:
    """Changes with all that a portfolio's data depends on."""
    digest = hashlib.sha256(f"{settings.ODOO_BUILD} {settings.NEIGHBOURS[settings.PEER]}".encode())
    for name in ("bench_documents.py", "bench_portfolio.py"):
        digest.update((settings.ROOT / "dev" / name).read_bytes())
    return digest.hexdigest()[:8]


def _shell(database: str, peer: Path, log: str, script: str) -> dict | None:
    return odoo.run(
        *("shell", "-d", database, "--no-http", "--log-level=warn"),
        log=odoo.log_file(log),
        script=script,
        config=odoo.configuration("bench", peer),
    )


# === Results ===#


def _print_table(small: dict, large: dict, letters: dict) -> None:
    portfolio = large["portfolio"]
    print("\nPortfolio")
    for name in ("customers", "invoices", "journal_items", "open", "overdue"):
        print(f"  {name.replace('_', ' '):<46}{portfolio[name]:>12,}")
    print(f"  {'open amount':<46}{portfolio['residual']:>12,.2f}")
    print(f"  {'gap to the ledger':<46}{portfolio['ledger_gap']:>12,.2f}")
    print(f"\n  {'the quickest of several runs':<46}{'seconds':>12}{'statements':>12}{'rows':>10}")
    for name, label in LABELS.items():
        _print_measure(label, large["measures"][name])
    overdue = small["portfolio"]["overdue"]
    _print_measure(f"plan, on {overdue:,} overdue lines", small["measures"]["plan"])
    few = small["measures"]["disputes_board"]
    _print_measure(f"board, on {few['rows']:,} disputes", few)
    _print_measure("daily alerts, on as many", small["measures"]["disputes_escalation"])
    summary = _summary(small, large, letters)
    print(
        f"  {letters['letters']:,} letters, rendered and frozen: {letters['seconds']:.0f} s, "
        f"{letters['peak_mb']:,.0f} MB of memory at most\n"
        f"\n  account_credit_control takes {summary['planning_ratio']} times as long as we do,"
        " from the facts to the notices,\n"
        f"  and {summary['letters_ratio']} times as long for an e-mail with its PDF as we for a "
        "letter.\n"
    )


def _print_measure(label: str, measure: dict) -> None:
    print(
        f"  {label:<46}{measure['seconds']:>12.2f}"
        f"{measure['statements']:>12,}{measure['rows']:>10,}"
    )


def _summary(small: dict, large: dict, letters: dict) -> dict:
    """The figures of the last line."""
    measures = large["measures"]
    portfolio = large["portfolio"]
    seconds = {name: each["seconds"] for name, each in measures.items()}
    run = seconds["plan"] + seconds["notices"]
    peer_run = seconds["peer"] + seconds["peer_communications"]
    return {
        "planning_ratio": round(peer_run / run, 1),
        "lines_ratio": round(seconds["peer"] / seconds["plan"], 1),
        "second_run_ratio": round(seconds["second_run"] / run, 3),
        "second_run_notices": measures["second_run"]["rows"],
        "letters_ratio": round(_each(measures["peer_emails"]) / _each_letter(letters), 1),
        "letters_peak_mb": round(letters["peak_mb"]),
        "letters": letters["letters"],
        "letter_seconds": round(_each_letter(letters), 4),
        "peer_email_seconds": round(_each(measures["peer_emails"]), 3),
        "statements_small": small["measures"]["plan"]["statements"],
        "statements_large": measures["plan"]["statements"],
        "batch_statements_small": small["measures"]["batch"]["statements"],
        "batch_statements_large": measures["batch"]["statements"],
        "overdue_small": small["portfolio"]["overdue"],
        **{name: portfolio[name] for name in ("customers", "invoices", "open", "overdue")},
        "ledger_gap": portfolio["ledger_gap"],
        **{f"{name}_seconds": round(each, 3) for name, each in seconds.items()},
        "run_seconds": round(run, 3),
        "peer_run_seconds": round(peer_run, 1),
        "peer_statements": measures["peer"]["statements"],
        "peer_lines": measures["peer"]["rows"],
        "peer_communications": measures["peer_communications"]["rows"],
        "notices": measures["notices"]["rows"],
        "disputes": measures["disputes_board"]["rows"],
        "penalty_ratio": round(seconds["penalties"] / seconds["penalty_facts"], 1),
        "penalties": measures["penalties"]["rows"],
        "score_ratio": round(seconds["score_job"] / seconds["score_facts"], 1),
        "score_snapshots_next_day": measures["score_next_day"]["rows"],
        **{
            f"{name}_{key}": value
            for name in ("disputes_board", "disputes_escalation", "penalties", "penalty_ledger")
            for key, value in _compare(small["measures"][name], measures[name]).items()
        },
    }


def _each(measure: dict) -> float:
    return measure["seconds"] / measure["rows"]


def _each_letter(letters: dict) -> float:
    return letters["seconds"] / letters["letters"]


def _compare(small: dict, large: dict) -> dict:
    """The statements on the large portfolio, and how many times those on the small one."""
    ratio = round(large["statements"] / small["statements"], 2)
    return {"statements": large["statements"], "ratio": ratio}
