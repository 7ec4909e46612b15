"""Odoo as a program: its configuration, its databases, its server."""

import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from . import postgres, settings
from .settings import say

FRENCH_COMPANY = """
company = env.ref("base.main_company")
company.write({
    "name": "Ateliers Vauquelin SAS",
    "country_id": env.ref("base.fr").id,
    "currency_id": env.ref("base.EUR").id,
})
env["account.chart.template"].try_loading("fr", company, install_demo=False)
french = env["res.lang"]._activate_lang("fr_FR")
env["base.language.install"].create({"lang_ids": [(6, 0, french.ids)]}).lang_install()
# Files live in the database, so that copying it copies them.
env["ir.config_parameter"].set_param("ir_attachment.location", "db")
env["ir.attachment"].force_storage()
env.cr.commit()
"""


class OdooError(Exception):
    """Odoo ended with an error; the message holds the end of its log."""


def addons_folder() -> Path:
    """The folder in which this checkout is found under the addon's name."""
    folder = settings.RUN / "addons"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / settings.ADDON
    if not link.is_symlink():
        link.symlink_to(settings.ROOT)
    return folder


def configuration(name: str = "odoo", *addons_folders: Path, **options) -> Path:
    """Write a configuration file of this checkout, with more folders of addons; its path."""
    source = settings.odoo_source()
    folders = [
        *(source / "odoo" / "addons", source / "addons", source.parent / "addons"),
        addons_folder(),
        settings.GLUE,
        settings.neighbour_addons(),
        *addons_folders,
    ]
    values = {
        "addons_path": ",".join(str(path) for path in folders if path.is_dir()),
        "data_dir": settings.RUN / "data",
        "db_host": os.environ["PGHOST"],
        "db_port": os.environ.get("PGPORT", "5432"),
        "db_user": settings.DB_USER,
        "http_interface": "127.0.0.1",
        "list_db": "False",
        "admin_passwd": "admin",
        "limit_time_real": 3600,
        "limit_time_cpu": 3600,
    } | options
    if password := os.environ.get("PGPASSWORD"):
        values["db_password"] = password
    path = settings.RUN / f"{name}.conf"
    lines = [f"{key} = {value}" for key, value in values.items()]
    path.write_text("[options]\n" + "\n".join(lines) + "\n")
    return path


def command(*arguments: str) -> list[str]:
    return [str(settings.VENV_PYTHON), "-W", "ignore::DeprecationWarning", "-m", "odoo", *arguments]


def environment() -> dict[str, str]:
    libraries = ("odoo-test-helper", "openupgradelib")
    path = [
        str(settings.odoo_source()),
        *(str(settings.neighbour(name)) for name in libraries),
        os.environ.get("PYTHONPATH", ""),
    ]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
        "PATH": f"{settings.VENV / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }


def run(
    *arguments: str,
    log: Path,
    script: str | None = None,
    config: Path | None = None,
    on_line: Callable[[str], None] | None = None,
) -> dict | None:
    """Run Odoo to its end, its output going to `log`; lines that begin with "· " are shown.

    :param arguments: of Odoo's command line; a subcommand's words come first.
    :param script: what an Odoo shell reads; it may print one line ``RESULT {json}``.
    :param on_line: called with each line of the output as it comes.
    :return: the script's result, if any.
    :raise OdooError: when it fails, with the end of the log.
    """
    words = list(itertools.takewhile(lambda argument: argument[0] != "-", arguments))
    options = ["-c", str(config or configuration()), *arguments[len(words) :]]
    result = None
    with log.open("w") as output:
        process = subprocess.Popen(
            command(*words, *options),
            stdin=subprocess.DEVNULL if script is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(),
            cwd=settings.ROOT,
        )
        if script is not None:
            with process.stdin:
                process.stdin.write(script)
        for line in process.stdout:
            output.write(line)
            if on_line:
                on_line(line)
            if line.startswith("· "):
                say(line[2:].rstrip())
            elif line.startswith("RESULT "):
                result = json.loads(line.removeprefix("RESULT "))
        status = process.wait()
    if status:
        raise OdooError(f"Odoo failed; its log is {log}\n" + log.read_text()[-3000:])
    return result


def template() -> str:
    """The name of a database with Odoo's accounting and the French chart; made once."""
    name = settings.TEMPLATE_DB
    if not postgres.exists(name):
        say("French accounting database: creating the template (about a minute)")
        part = f"{name}_{os.getpid()}"
        log = log_file("template")
        run("-d", part, "-i", "l10n_fr_account", "--stop-after-init", "--no-http", log=log)
        run("shell", "-d", part, "--no-http", log=log, script=FRENCH_COMPANY)
        if postgres.exists(name):  # another checkout was faster
            postgres.drop(part)
        else:
            postgres.rename(part, name)
    return name


def log_file(name: str) -> Path:
    folder = settings.RUN / "log"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"


def free_port(first: int) -> int:
    for port in range(first, first + 100):
        with contextlib.closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise OdooError(f"No free port from {first} on.")


# === The demo's processes ===#


def start(name: str, arguments: list[str]) -> int:
    """Start a background process, remembered under `name`; returns its process id."""
    with log_file(name).open("w") as output:
        process = subprocess.Popen(
            arguments,
            cwd=settings.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(),
            start_new_session=True,
        )
    (settings.RUN / f"{name}.pid").write_text(str(process.pid))
    return process.pid


def is_running(name: str) -> bool:
    pid_file = settings.RUN / f"{name}.pid"
    if not pid_file.exists():
        return False
    try:
        os.killpg(int(pid_file.read_text()), 0)
    except ProcessLookupError:
        return False
    return True


def stop(name: str) -> None:
    pid_file = settings.RUN / f"{name}.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text())
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGTERM)
        for _attempt in range(100):
            time.sleep(0.1)
            os.killpg(pid, 0)
        os.killpg(pid, signal.SIGKILL)
    pid_file.unlink()


def wait_for(url: str, seconds: int = 120) -> None:
    for _attempt in range(seconds * 2):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=30) as answer:
            if answer.status == 200:
                return
        time.sleep(0.5)
    raise OdooError(f"{url} does not answer; the log is {log_file('odoo')}")
