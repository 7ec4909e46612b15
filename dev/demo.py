"""`make demo`: a company's receivables, a day of collections, and the server left running."""

import hashlib
import json
import shutil
import time
from pathlib import Path

from . import odoo, postgres, settings
from .settings import say

RESULT = settings.RUN / "demo.json"
# Mail sinks, and the folders of what they receive.
OUTBOXES = {
    "smtp": "outbox",
    "replay_smtp": "replay_outbox",
    "interruption_smtp": "interruption_outbox",
}

SCRIPT = """
import json
from dev import demo_company, demo_day
{load}
print("RESULT " + json.dumps(demo_day.figures(env)))
"""


def main(options: dict[str, str]) -> int:
    started = time.time()
    date = options.get("DATE")
    source = Path(options["RECEIVABLES"]).resolve() if "RECEIVABLES" in options else None
    if source and not source.is_file():
        print(f"{source} is not a file.")
        return 1
    postgres.start()
    database = settings.database("demo")
    known = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    wanted = _fingerprint(source, date)
    if known.get("fingerprint") == wanted and postgres.exists(database):
        say("The demo database is there already; `make clean` forgets it.")
        _start_server(database)
    else:
        stop()
        RESULT.unlink(missing_ok=True)
        known = {"fingerprint": wanted, "figures": _build(database, source, date)}
        RESULT.write_text(json.dumps(known))
        _start_server(database)
    figures = known["figures"] | {"url": _url(), "seconds": round(time.time() - started, 1)}
    _print_table(figures)
    print(json.dumps(figures))
    return 0


def stop() -> None:
    odoo.stop("odoo")
    odoo.stop("smtp")


def _fingerprint(source: Path | None, date: str | None) -> str:
    """Of what is played, and of the code that plays it."""
    digest = hashlib.sha256(f"{date} {source}".encode())
    folders = ("engine", "models", "data", "report", "views", "wizards", "security", "i18n")
    files = [path for folder in folders for path in sorted((settings.ROOT / folder).rglob("*.*"))]
    files += sorted((settings.ROOT / "dev").glob("demo*.py"))
    for path in [*files, *([source] if source else [])]:
        if "__pycache__" not in path.parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _build(database: str, source: Path | None, date: str | None) -> dict:
    smtp_port = start_mail_sink("smtp")
    say("Creating the demo database")
    postgres.copy(odoo.template(), database)
    say("Installing the addon")
    arguments = ("-i", settings.ADDON, "--load-language", "fr_FR", "--stop-after-init")
    odoo.run("-d", database, *arguments, "--no-http", log=odoo.log_file("install"))
    # Letters fetch their styles from the server while they are rendered. It runs no scheduled
    # action meanwhile: the script below plays them itself.
    _start_server(database, max_cron_threads=0)
    if source:
        load = f"demo_day.play_file(env, {str(source)!r}, {date!r}, {smtp_port})"
    else:
        load = f"demo_company.play(env, {smtp_port})"
    figures = odoo.run(
        *("shell", "-d", database, "--no-http"),
        log=odoo.log_file("demo"),
        script=SCRIPT.format(load=load),
        config=odoo.configuration("demo", http_port=_port()),
    )
    odoo.stop("odoo")
    return figures


def start_mail_sink(name: str, seconds: float = 0) -> int:
    """Start, under `name`, a mail server that keeps what it receives in files; its port.

    :param seconds: how long it takes to answer once it has a message.
    """
    port = odoo.free_port(2525)
    python = str(settings.VENV_PYTHON)
    outbox = settings.RUN / OUTBOXES[name]
    shutil.rmtree(outbox, ignore_errors=True)
    odoo.start(name, [python, "-m", "dev.smtp_sink", str(port), str(outbox), str(seconds)])
    return port


def _port() -> int:
    """The port of this checkout's server: the one it had, else the first that is free."""
    path = settings.RUN / "port"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(odoo.free_port(8069)))
    return int(path.read_text())


def _url() -> str:
    return f"http://127.0.0.1:{_port()}"


def _start_server(database: str, max_cron_threads: int = 1) -> None:
    if odoo.is_running("odoo"):
        return
    (settings.RUN / "port").unlink(missing_ok=True)
    config = odoo.configuration(
        http_port=_port(), db_name=database, max_cron_threads=max_cron_threads
    )
    odoo.start("odoo", odoo.command("-c", str(config)))
    odoo.wait_for(f"{_url()}/web/login")


def _print_table(figures: dict) -> None:
    def amount(value: float) -> str:
        return f"{value:,.2f}".replace(",", " ")

    rows = [
        ("Invoices imported", figures["imported"], ""),
        ("Receivables", figures["receivables"], amount(figures["receivables_amount"])),
        ("  contested (not claimed)", figures["contested"], amount(figures["contested_amount"])),
        ("  overdue, to claim", figures["overdue"], amount(figures["overdue_amount"])),
        ("Decided: step reached", figures["decided"], ""),
        ("Notices", figures["notices"], amount(figures["notices_amount"])),
        *((f"  {name}", count, "") for name, count in figures["notices_by_state"].items()),
        ("  PDF letters", figures["pdfs"], ""),
        ("Held", figures["held"], ""),
        *((f"  {reason}", count, "") for reason, count in figures["held_by_reason"].items()),
        ("In hand", "", ""),
        *((f"  {label}", count, "") for label, count in figures["in_hand"].items()),
        ("Late-payment penalties", figures["penalties"], ""),
        *((f"  {name}", "", amount(value)) for name, value in figures["penalties_amounts"].items()),
        ("Ledger − receivables", "", amount(figures["ledger_gap"])),
    ]
    width = max(len(str(row[0])) for row in rows) + 2
    print(f"\nCollections on {figures['date']}, {figures['company']}\n")
    for label, count, value in rows:
        print(f"  {label:<{width}}{count:>8}{value:>18}")
    print("\n  The figures are those of that day; on screen, ages are counted from today.")
    print(f"  Open {figures['url']}/odoo/receivables")
    print("  Login admin, password admin (or camille / camille, the collector, in French)")
    print(f"  E-mails sent are files in {settings.RUN / 'outbox'}\n")
