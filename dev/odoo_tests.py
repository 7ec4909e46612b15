"""Our Odoo tests: Python, tours and Hoot, in a copy of the French accounting database."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import odoo, odoo_log, postgres, provision, settings
from .results import Outcome, Results

DATABASE = settings.database("test")


@dataclass(frozen=True)
class Suite:
    """The tests of one addon, in a database of its own.

    `modules` is what a new database installs, in the words of Odoo's ``-i``.
    """

    name: str
    addon: str
    database: str
    modules: str

    @property
    def tags(self) -> str:
        return f"/{self.addon}"


MAIN = Suite("Odoo tests", settings.ADDON, DATABASE, settings.ADDON)


def glue_suite(addon: str) -> Suite:
    """A glue addon comes by itself when all that it depends on is there: only that is installed."""
    manifest = ast.literal_eval((settings.GLUE / addon / "__manifest__.py").read_text())
    name = f"tests of {addon.removeprefix(settings.ADDON + '_')} glue"
    return Suite(name, addon, settings.database(addon), ",".join(manifest["depends"]))


def run(results: Results, suite: Suite = MAIN, tags: str = "", *, fresh: bool = True) -> None:
    """Install (or update) an addon in its test database and run its tests.

    :param tags: in the words of ``--test-tags``; all of the suite unless given.
    :param fresh: False uses the test database of an earlier call when there is one.
    """
    log = odoo.log_file(suite.database.removesuffix(f"_{settings.CHECKOUT}"))
    log.unlink(missing_ok=True)
    results.stage(suite.name, lambda: _run(suite, tags or suite.tags, fresh, log))
    text = log.read_text() if log.exists() else ""
    results.check(f"log of the {suite.name}: no warning", lambda: odoo_log.warnings(text))
    if suite is MAIN and not tags:
        results.check("Hoot tests were run", lambda: _hoot_missing(odoo_log.tests(text).hoot))


def _run(suite: Suite, tags: str, fresh: bool, log: Path) -> Outcome:
    provision.chromium()
    provision.neighbours()
    postgres.start()
    reuse = not fresh and _is_installed(suite)
    if not reuse:
        postgres.copy(odoo.template(), suite.database)
    modules = ("-u", suite.addon) if reuse else ("-i", suite.modules)
    error = ""
    try:
        odoo.run(
            *("-d", suite.database, *modules, "--test-tags", tags, "--stop-after-init"),
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


def _is_installed(suite: Suite) -> bool:
    if not postgres.exists(suite.database):
        return False
    installed = f"name = '{suite.addon}' AND state = 'installed'"
    return bool(postgres.query(f"SELECT 1 FROM ir_module_module WHERE {installed}", suite.database))


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
