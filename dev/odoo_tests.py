"""Our Odoo tests: Python, tours and Hoot, in a copy of the French accounting database."""

from collections.abc import Iterable
from pathlib import Path

from . import odoo, odoo_log, postgres, provision, settings
from .results import Outcome, Results

DATABASE = settings.database("test")
ALL = f"/{settings.ADDON}"


def run(results: Results, tags: str = ALL, *, fresh: bool = True) -> None:
    """Install (or update) the addon in the test database and run its tests.

    :param tags: in the words of ``--test-tags``.
    :param fresh: False uses the test database of an earlier call when there is one.
    """
    log = odoo.log_file("test")
    log.unlink(missing_ok=True)
    results.stage("Odoo tests", lambda: _run(tags, fresh, log))
    text = log.read_text() if log.exists() else ""
    results.check("log of the Odoo tests: no warning", lambda: odoo_log.warnings(text))
    if tags == ALL:
        results.check("Hoot tests were run", lambda: _hoot_missing(odoo_log.tests(text).hoot))


def _run(tags: str, fresh: bool, log: Path) -> Outcome:
    provision.chromium()
    postgres.start()
    reuse = not fresh and _is_installed()
    if not reuse:
        postgres.copy(odoo.template(), DATABASE)
    error = ""
    try:
        odoo.run(
            *("-d", DATABASE, "-u" if reuse else "-i", settings.ADDON, "--test-tags", tags),
            "--stop-after-init",
            log=log,
            config=odoo.configuration("test", http_port=_http_port()),
            on_line=_Progress(),
        )
    except odoo.OdooError as problem:
        error = str(problem)
    outcome = odoo_log.tests(log.read_text()).outcome()
    if error and not outcome.failed:
        outcome.failed += 1
        outcome.problems.append(error)
    return outcome


def _http_port() -> int:
    """A free port, in a range of this checkout's own: two checkouts may test at the same time."""
    return odoo.free_port(20000 + int(settings.CHECKOUT, 16) % 200 * 100)


def _is_installed() -> bool:
    if not postgres.exists(DATABASE):
        return False
    installed = f"name = '{settings.ADDON}' AND state = 'installed'"
    return bool(postgres.query(f"SELECT 1 FROM ir_module_module WHERE {installed}", DATABASE))


def _hoot_missing(count: int) -> Iterable[str]:
    written = list((settings.ROOT / "static" / "tests").rglob("*.test.js"))
    if written and not count:
        yield f"{len(written)} files of Hoot tests, and no Hoot test ran."


class _Progress:
    """Shows each test class as it starts."""

    def __init__(self):
        self.current = ""

    def __call__(self, line: str) -> None:
        match = odoo_log.STARTED.search(line)
        name = match["test"].partition(".")[0] if match else self.current
        if name != self.current:
            self.current = name
            settings.say(name)
