"""Kill Odoo in the middle of an import, of a run, of a sending and of a day's work, and go on:
nothing is doubled.

What happens inside Odoo is in `interruption_shell`; each function says where it is by a line.
"""

import subprocess
import time
from collections.abc import Iterable

from . import odoo, postgres, settings
from .results import Results

DATABASE = settings.database("interruption")
SCRIPT = "from dev import interruption_shell\ninterruption_shell.{function}(env)\n"


def run(results: Results) -> None:
    """The stages build on each other: the first that fails ends them."""
    settings.say("a server killed in the middle of its work, and started again")
    stages = {
        "killed in an import: goes on, nothing doubled": _import,
        "killed in a run: goes on, nothing doubled": _run,
        "killed while sending: goes on, nothing doubled": _send,
        "killed in a day's work: goes on, nothing doubled": _work,
    }
    for name, stage in stages.items():
        if not results.check(name, stage):
            return
    postgres.drop(DATABASE)


def _import() -> Iterable[str]:
    postgres.copy(odoo.template(), DATABASE)
    log = odoo.log_file("interruption-install")
    odoo.run("-d", DATABASE, "-i", settings.ADDON, "--stop-after-init", "--no-http", log=log)
    for delay in (0.0, 0.7):
        _kill("load", "a batch is loaded", delay)
    yield from _problems("check_import")


def _run() -> Iterable[str]:
    for delay in (0.05, 0.3, 0.6):
        _kill("plan", "the run starts", delay)
    yield from _problems("check_run")


def _send() -> Iterable[str]:
    for delay in (0.0, 0.8):
        _kill("send", "a batch is sent", delay)
    yield from _problems("check_sent")


def _work() -> Iterable[str]:
    yield from _problems("settle")
    for delay in (0.0, 0.1, 0.0):
        _kill("work", "a part of the day is done", delay)
    yield from _problems("check_work")


def _kill(function: str, marker: str, delay: float) -> None:
    """Call a function of `interruption_shell`; kill Odoo `delay` seconds after it says `marker`."""
    process = subprocess.Popen(
        odoo.command("shell", "-c", str(odoo.configuration()), "-d", DATABASE, "--no-http"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=odoo.environment(),
        cwd=settings.ROOT,
    )
    with process.stdin:
        process.stdin.write(SCRIPT.format(function=function))
    output = []
    for line in process.stdout:
        output.append(line)
        if marker in line:
            time.sleep(delay)
            process.kill()
            break
    process.wait()
    if not output or marker not in output[-1]:
        raise odoo.OdooError(f"{function} never said “{marker}”:\n" + "".join(output[-40:]))


def _problems(function: str) -> list[str]:
    result = odoo.run(
        *("shell", "-d", DATABASE, "--no-http"),
        log=odoo.log_file(f"interruption-{function}"),
        script=SCRIPT.format(function=function),
    )
    return result["problems"]
