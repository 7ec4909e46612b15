"""`make bench`: planning time on a synthetic portfolio, next to OCA `account_credit_control`.

The portfolio is built once per size and kept in its own database; a second call only measures.
"""

import hashlib
import json
import sys
from pathlib import Path

from . import odoo, postgres, provision, settings
from .settings import say

DEFAULT_SIZE = (30_000, 300_000)
# About a thousand overdue lines: what a statement count that grows is compared with.
SMALL_SIZE = (1_875, 18_750)

LABELS = {
    "plan": "plan, first run: every decision is new",
    "peer": "account_credit_control: generate_credit_lines",
    "next_day": "plan, the next day",
    "dry_run": "plan, dry run",
    "tie_out": "tie out to the ledger",
    "notices": "prepare the notices of the first run",
    "disputes_board": "open the board of disputes",
    "disputes_escalation": "daily alerts of disputes",
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
    peer = provision.peer()
    small = _measure("measure_some", SMALL_SIZE, peer)
    large = _measure("measure_all", size, peer)
    _print_table(small, large)
    print(json.dumps(_summary(small, large)))
    return 0


# === Portfolios ===#


def _measure(function: str, size: tuple[int, int], peer: Path) -> dict:
    """Run a function of `bench_measure` on the portfolio of a size; returns its result."""
    database = _portfolio(size, peer)
    say(f"Measuring on {size[1]:,} invoices of {size[0]:,} customers")
    script = f"from dev import bench_measure\nbench_measure.{function}(env)\n"
    return _shell(database, peer, "bench_measure", script)


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


def _print_table(small: dict, large: dict) -> None:
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
    ratio = _summary(small, large)["planning_ratio"]
    print(f"\n  account_credit_control takes {ratio} times as long as our planning.\n")


def _print_measure(label: str, measure: dict) -> None:
    print(
        f"  {label:<46}{measure['seconds']:>12.2f}"
        f"{measure['statements']:>12,}{measure['rows']:>10,}"
    )


def _summary(small: dict, large: dict) -> dict:
    """The figures of the last line."""
    measures = large["measures"]
    portfolio = large["portfolio"]
    return {
        "planning_ratio": round(measures["peer"]["seconds"] / measures["plan"]["seconds"], 1),
        "statements_small": small["measures"]["plan"]["statements"],
        "statements_large": measures["plan"]["statements"],
        "overdue_small": small["portfolio"]["overdue"],
        **{name: portfolio[name] for name in ("customers", "invoices", "open", "overdue")},
        "ledger_gap": portfolio["ledger_gap"],
        **{f"{name}_seconds": round(each["seconds"], 3) for name, each in measures.items()},
        "peer_statements": measures["peer"]["statements"],
        "peer_lines": measures["peer"]["rows"],
        "notices": measures["notices"]["rows"],
        "disputes": measures["disputes_board"]["rows"],
        **{
            f"{name}_{key}": value
            for name in ("disputes_board", "disputes_escalation")
            for key, value in _compare(small["measures"][name], measures[name]).items()
        },
    }


def _compare(small: dict, large: dict) -> dict:
    """The statements on the large portfolio, and how many times those on the small one."""
    ratio = round(large["statements"] / small["statements"], 2)
    return {"statements": large["statements"], "ratio": ratio}
