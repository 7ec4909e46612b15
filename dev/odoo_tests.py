"""Our Odoo tests: Python, tours and Hoot, in a copy of the French accounting database."""

import ast
import concurrent.futures
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

    All tests of the main addon run in two databases side by side.

    :param tags: in the words of ``--test-tags``; all of the suite unless given.
    :param fresh: False uses the test database of an earlier call when there is one.
    """
    name = suite.database.removesuffix(f"_{settings.CHECKOUT}")
    is_whole = suite is MAIN and not tags
    logs = [odoo.log_file(name)]
    if is_whole:
        logs += [odoo.log_file(f"{name}_half_{half}") for half in (1, 2)]
    for log in logs:
        log.unlink(missing_ok=True)
    if is_whole:
        results.stage(suite.name, lambda: _run_halves(suite, *logs))
    else:
        results.stage(suite.name, lambda: _run(suite, tags or suite.tags, fresh, *logs))
    text = "".join(log.read_text() for log in logs if log.exists())
    results.check(f"log of the {suite.name}: no warning", lambda: odoo_log.warnings(text))
    if is_whole:
        results.check("Hoot tests were run", lambda: _hoot_missing(odoo_log.tests(text).hoot))


def _run(suite: Suite, tags: str, fresh: bool, log: Path) -> Outcome:
    _prepare()
    reuse = not fresh and _is_installed(suite)
    if not reuse:
        postgres.copy(odoo.template(), suite.database)
    modules = ("-u", suite.addon) if reuse else ("-i", suite.modules)
    return _test(suite.database, log, *modules, "--test-tags", tags)


def _run_halves(suite: Suite, install_log: Path, *logs: Path) -> Outcome:
    """Install once, then run one half of the tests in the database and the other in a copy."""
    _prepare()
    postgres.copy(odoo.template(), suite.database)
    copy = settings.database("test_copy")
    odoo.run(
        *("-d", suite.database, "-i", suite.modules, "--stop-after-init", "--no-http"),
        log=install_log,
        config=odoo.configuration("test"),
    )
    postgres.copy(suite.database, copy)
    half = ",".join(f"{suite.tags}:{name}" for name in _half())
    rest = ",".join([suite.tags, *(f"-{suite.tags}:{name}" for name in _half())])
    runs = zip((suite.database, copy), logs, (half, rest), strict=True)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        done = [pool.submit(_test, name, log, "--test-tags", tags) for name, log, tags in runs]
        outcomes = [each.result() for each in done]
    postgres.drop(copy)
    return Outcome.sum(outcomes)


def _half() -> list[str]:
    """The test classes that make about half of the tests: every second one by their size."""
    sizes = {
        node.name: sum(isinstance(each, ast.FunctionDef) for each in node.body)
        for path in (settings.ROOT / "tests").glob("test_*.py")
        if not path.name.startswith("test_engine_")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef)
    }
    return sorted(sizes, key=lambda name: (sizes[name], name))[::2]


def _prepare() -> None:
    provision.chromium()
    provision.neighbours()
    postgres.start()


def _test(database: str, log: Path, *arguments: str) -> Outcome:
    error = ""
    try:
        odoo.run(
            *("-d", database, *arguments, "--stop-after-init"),
            log=log,
            config=odoo.configuration(log.stem, http_port=_http_port(log.stem)),
            on_line=_Progress(),
        )
    except odoo.OdooError as problem:
        error = str(problem)
    outcome = odoo_log.tests(log.read_text()).outcome()
    if error and not outcome.failed:
        outcome.failed += 1
        outcome.problems.append(error)
    return outcome


def _http_port(name: str) -> int:
    """A free port, in a range of this checkout's and this log's own: tests run side by side."""
    place = int(settings.CHECKOUT, 16) % 100 * 2 + name.endswith("_2")
    return odoo.free_port(20000 + place * 100)


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
