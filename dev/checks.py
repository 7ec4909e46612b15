"""The checks that read files only: style, lint, XML, sizes, tests that would never run."""

import ast
import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from lxml import etree

from . import odoo, settings

MAXIMUM_LINES = 500
CONFLICT = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)
# Of Odoo's own pylint run; the rest of its list is in .pylintrc. Without gettext-variable, which
# refuses env._(LAZY_TRANSLATION), as Odoo documents it.
ODOO_LINT = (
    "sql-injection",
    "missing-gettext",
    "gettext-placeholders",
    "gettext-repr",
    "raise-unlink-override",
    "used-before-assignment",
    "undefined-variable",
    "eval-used",
    "function-redefined",
)


def files(*suffixes: str) -> list[Path]:
    """The project's files with these suffixes, relative to its root."""
    found = []
    for folder, subfolders, names in os.walk(settings.ROOT):
        subfolders[:] = [name for name in subfolders if name[0] != "." and name != "__pycache__"]
        paths = (Path(folder, name).relative_to(settings.ROOT) for name in names)
        found += [path for path in paths if path.suffix in suffixes]
    return sorted(found)


# === Python ===#


def ruff_check() -> Iterable[str]:
    return _tool("ruff", "check", "--no-cache", "--output-format=concise", ".")


def ruff_format() -> Iterable[str]:
    return _tool("ruff", "format", "--no-cache", "--check", ".")


def pylint_odoo() -> Iterable[str]:
    """OCA's mandatory set, as in .pylintrc.

    What people run in a terminal may print; a method `read` of the engine is not the ORM's.
    """
    disabled = {"dev": "print-used", "engine": "method-required-super"}
    paths = files(".py")
    rcfile = f"--rcfile={settings.ROOT / '.pylintrc'}"
    for folder, rule in disabled.items():
        inside = [path for path in paths if path.parts[0] == folder]
        yield from _pylint(rcfile, f"--disable={rule}", paths=inside)
    yield from _pylint(rcfile, paths=[path for path in paths if path.parts[0] not in disabled])


def odoo_lint() -> Iterable[str]:
    """Odoo's own pylint plugins, which its module test_lint runs over Odoo only."""
    folder = settings.odoo_source() / "odoo" / "addons" / "test_lint" / "tests"
    plugins = "_odoo_checker_sql_injection,_odoo_checker_gettext,_odoo_checker_unlink_override"
    return _pylint(
        f"--rcfile={os.devnull}",
        *("--reports=n", "--score=n", "--disable=all,unknown-option-value"),
        *(f"--load-plugins={plugins}", f"--enable={','.join(ODOO_LINT)}"),
        paths=files(".py"),
        PYTHONPATH=f"{folder}{os.pathsep}{settings.odoo_source()}",
    )


def _pylint(*options: str, paths: list[Path], **variables: str) -> list[str]:
    """Run pylint where the addon has its name: rules depend on the names of folders."""
    named = [str(Path(settings.ADDON, path)) for path in paths]
    return _tool("pylint", *options, *named, folder=odoo.addons_folder(), **variables)


def _tool(name: str, *arguments: str, folder: Path = settings.ROOT, **variables: str) -> list[str]:
    """Run a tool of the environment over the project; returns what it complains about."""
    done = subprocess.run(
        [str(settings.VENV / "bin" / name), *arguments],
        cwd=folder,
        env=os.environ | variables,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return [done.stdout] if done.returncode else []


# === Other files ===#


def xml_valid() -> Iterable[str]:
    """Every XML file parses; data files follow Odoo's schema (views are checked on install)."""
    schema = etree.RelaxNG(etree.parse(settings.odoo_source() / "odoo" / "import_xml.rng"))
    for path in files(".xml", ".svg"):
        try:
            document = etree.parse(settings.ROOT / path)
        except etree.XMLSyntaxError as error:
            yield f"{path}: {error}"
            continue
        if document.getroot().tag == "odoo" and not schema.validate(document):
            yield f"{path}: {schema.error_log.last_error}"


def file_sizes() -> Iterable[str]:
    for path in files(".py", ".js"):
        count = len((settings.ROOT / path).read_text().splitlines())
        if count > MAXIMUM_LINES:
            yield f"{path}: {count} lines; split it, {MAXIMUM_LINES} is the limit."


def no_conflict_markers() -> Iterable[str]:
    for path in files(".py", ".js", ".xml", ".scss", ".csv", ".md", ".po", ".pot", ".html"):
        if CONFLICT.search((settings.ROOT / path).read_text()):
            yield f"{path}: a conflict marker was left."


def test_folders() -> list[Path]:
    """Where tests are: the addon's, then those of each glue addon."""
    return [
        settings.addon_folder(addon) / "tests"
        for addon in (settings.ADDON, *settings.glue_addons())
    ]


def tests_imported() -> Iterable[str]:
    """Odoo runs the test files that `tests/__init__.py` imports; pytest runs the engine's."""
    for folder in test_folders():
        name = folder.relative_to(settings.ROOT)
        imported = {
            alias.name
            for node in ast.walk(ast.parse((folder / "__init__.py").read_text()))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        written = {path.stem for path in folder.glob("test_*.py")}
        engine = {stem for stem in written if stem.startswith("test_engine_")}
        for stem in sorted(written - engine - imported):
            yield f"{name}/{stem}.py is never run: import it in {name}/__init__.py."
        for stem in sorted(engine & imported):
            yield f"{name}/{stem}.py is run by pytest, without Odoo: do not import it."


ALL = {
    "ruff: lint": ruff_check,
    "ruff: format": ruff_format,
    "pylint-odoo: mandatory set": pylint_odoo,
    "Odoo's pylint plugins": odoo_lint,
    "XML well-formed, data files follow the schema": xml_valid,
    f"no file over {MAXIMUM_LINES} lines": file_sizes,
    "no conflict markers": no_conflict_markers,
    "every test file is run": tests_imported,
}
