"""Kill Odoo in the middle of an import, of a run, of a sending, of its e-mails' delivery and of a
day's work, and go on: nothing is doubled.

What happens inside Odoo is in `interruption_shell`; each function says where it is by a line.
"""

import subprocess
import time
from collections.abc import Iterable

from . import demo, odoo, postgres, settings
from .results import Results

DATABASE = settings.database("interruption")
SCRIPT = "from dev import interruption_shell\ninterruption_shell.{call}\n"
# How long the mail server takes to answer once it has a message, and when Odoo is killed: then.
ANSWER_SECONDS, KILL_SECONDS = 0.8, 0.5
KILLED_DELIVERIES = 2


def run(results: Results) -> None:
    """The stages build on each other: the first that fails ends them."""
    settings.say("a server killed in the middle of its work, and started again")
    stages = {
        "killed in an import: goes on, nothing doubled": _import,
        "killed in a run: goes on, nothing doubled": _run,
        "killed while sending: goes on, nothing doubled": _send,
        "killed while e-mails leave: each left once": _deliver,
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
        _kill("load(env)", "a batch is loaded", delay)
    yield from _problems("check_import(env)")


def _run() -> Iterable[str]:
    for delay in (0.05, 0.3, 0.6):
        _kill("plan(env)", "the run starts", delay)
    yield from _problems("check_run(env)")


def _send() -> Iterable[str]:
    for delay in (0.0, 0.8):
        _kill("send(env)", "a batch is sent", delay)
    yield from _problems("check_sent(env)")


def _deliver() -> Iterable[str]:
    """The customer's server has a message, and Odoo is gone before it knows."""
    name = "interruption_smtp"
    odoo.stop(name)
    port = demo.start_mail_sink(name, ANSWER_SECONDS)
    outbox = settings.RUN / demo.OUTBOXES[name]
    try:
        for _kill_number in range(KILLED_DELIVERIES):
            _kill(f"deliver(env, {port})", "an e-mail is sent", KILL_SECONDS)
        call = f"check_delivered(env, {port}, {str(outbox)!r}, {KILLED_DELIVERIES})"
        yield from _problems(call)
    finally:
        odoo.stop(name)


def _work() -> Iterable[str]:
    yield from _problems("settle(env)")
    for delay in (0.0, 0.1, 0.0):
        _kill("work(env)", "a part of the day is done", delay)
    yield from _problems("check_work(env)")


def _kill(call: str, marker: str, delay: float) -> None:
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
        process.stdin.write(SCRIPT.format(call=call))
    output = []
    for line in process.stdout:
        output.append(line)
        if marker in line:
            time.sleep(delay)
            process.kill()
            break
    process.wait()
    if not output or marker not in output[-1]:
        raise odoo.OdooError(f"{call} never said “{marker}”:\n" + "".join(output[-40:]))


def _problems(call: str) -> list[str]:
    result = odoo.run(
        *("shell", "-d", DATABASE, "--no-http"),
        log=odoo.log_file("interruption-" + call.partition("(")[0]),
        script=SCRIPT.format(call=call),
    )
    return result["problems"]
