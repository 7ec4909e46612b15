"""The engine's tests and doctests: pytest and hypothesis, without Odoo and without a database."""

import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

from . import settings
from .results import Outcome


def run(*selection: str) -> Outcome:
    """Run all, or the pytest `selection`: file names, ``-k`` and an expression.

    The repository's root is a package that imports Odoo, so pytest runs in a folder of links to
    the engine and to its tests, where `engine` is a package of its own.
    """
    folder = settings.RUN / "engine"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "engine").symlink_to(settings.ROOT / "engine")
    for path in (settings.ROOT / "tests").glob("test_engine_*.py"):
        (folder / path.name).symlink_to(path)
    report = settings.RUN / "log" / "engine.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    done = subprocess.run(
        [
            *(str(settings.VENV_PYTHON), "-B", "-m", "pytest", "--quiet", "--tb=short"),
            *("-p", "no:cacheprovider", f"--rootdir={folder}", "--doctest-modules"),
            *("--color=no", "--hypothesis-profile=ci", f"--junitxml={report}", *selection),
        ],
        cwd=folder,
        env=os.environ
        | {"HYPOTHESIS_STORAGE_DIRECTORY": str(settings.RUN / "hypothesis"), "PYTHONPATH": ""},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if not report.exists():
        return Outcome(failed=1, problems=[done.stdout])
    outcome = _read(report)
    if done.returncode:
        outcome.failed = max(1, outcome.failed)
        outcome.problems.append(done.stdout)
    return outcome


def _read(report: Path) -> Outcome:
    """The numbers of a junit report."""
    outcome = Outcome()
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        failed = int(suite.get("failures")) + int(suite.get("errors"))
        skipped = int(suite.get("skipped"))
        outcome.passed += int(suite.get("tests")) - failed - skipped
        outcome.failed += failed
        outcome.skipped += skipped
    return outcome
