"""`make test`: every check and test; `make test TEST=name` for one file, class or method."""

import ast
import os
import time
from pathlib import Path

from . import (
    checks,
    engine_tests,
    i18n,
    interruption,
    lifecycle,
    odoo_tests,
    postgres,
    settings,
)
from .results import Outcome, Results


def main(options: dict[str, str]) -> int:
    start = time.monotonic()
    os.chdir(settings.ROOT)
    results = Results()
    if name := options.get("TEST"):
        run_one(name, results)
    else:
        run_all(results)
    settings.say(f"{time.monotonic() - start:.0f} seconds")
    return results.close()


def run_all(results: Results) -> None:
    for name, find_problems in checks.ALL.items():
        results.check(name, find_problems)
    results.stage("engine tests, without Odoo", engine_tests.run)
    odoo_tests.run(results)
    results.check("translations complete", lambda: i18n.problems(odoo_tests.DATABASE))
    for addon in settings.glue_addons():
        run_glue(addon, results)
    lifecycle.run(results)
    interruption.run(results)


def run_glue(addon: str, results: Results) -> None:
    suite = odoo_tests.glue_suite(addon)
    odoo_tests.run(results, suite)
    results.check(f"translations of {addon} complete", lambda: i18n.problems(suite.database, addon))
    postgres.drop(suite.database)


def run_one(name: str, results: Results) -> None:
    """Run the tests of a file (``test_import``), a class (``TestImport``) or one of its methods."""
    path, selection = find(name)
    if path is None:
        known = ", ".join(sorted(path.stem for path in _test_files()))
        problem = f"No test file, class or method is named {name!r}. The files: {known}."
        results.add(f"TEST={name}", Outcome(failed=1, problems=[problem]), 0)
    elif path.stem.startswith("test_engine_"):
        words = ["-k", name.replace(".", " and ")] if selection else []
        results.stage(path.name, lambda: engine_tests.run(path.name, *words))
    else:
        selected = selection or [class_.name for class_ in _classes(path)]
        suite = _suite(path)
        tags = ",".join(f"{suite.tags}:{class_}" for class_ in selected)
        odoo_tests.run(results, suite, tags, fresh=False)


def find(name: str) -> tuple[Path | None, list[str]]:
    """The file of a test, and what is selected in it: nothing for the file as a whole."""
    wanted = Path(name).stem if name.endswith(".py") else name
    class_name, _dot, method = wanted.partition(".")
    for path in _test_files():
        if path.stem == wanted:
            return path, []
        for class_ in _classes(path):
            methods = {node.name for node in class_.body if isinstance(node, ast.FunctionDef)}
            if class_.name == class_name and (not method or method in methods):
                return path, [wanted]
            if wanted in methods:
                return path, [f"{class_.name}.{wanted}"]
        if f"def {wanted}(" in path.read_text():
            return path, [wanted]
    return None, []


def _suite(path: Path) -> odoo_tests.Suite:
    """The suite that a test file belongs to."""
    if path.is_relative_to(settings.GLUE):
        return odoo_tests.glue_suite(path.relative_to(settings.GLUE).parts[0])
    return odoo_tests.MAIN


def _test_files() -> list[Path]:
    return [path for folder in checks.test_folders() for path in sorted(folder.glob("test_*.py"))]


def _classes(path: Path) -> list[ast.ClassDef]:
    return [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)]
