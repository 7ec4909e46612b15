"""`make i18n`: the template of the translations, and the French ones merged with it."""

import re
from collections.abc import Iterable
from pathlib import Path

import polib

from . import odoo, postgres, provision, settings

PLACEHOLDER = re.compile(r"%\(\w+\)[+-]?[\d.]*\w|%[sd]|\$\{[^}]*\}|\{\{[^}]*\}\}")


def main(options: dict[str, str]) -> int:
    provision.neighbours()
    postgres.start()
    database = settings.database("i18n")
    postgres.copy(odoo.template(), database)
    try:
        for addon in (settings.ADDON, *settings.glue_addons()):
            settings.say(f"installing {addon}, to read its terms")
            odoo.run(
                *("-d", database, "-i", addon, "--stop-after-init", "--no-http"),
                log=odoo.log_file("i18n"),
            )
            _merge(addon, export(database, addon))
    finally:
        postgres.drop(database)
    return 0


def _merge(addon: str, terms: polib.POFile) -> None:
    """Write the template of an addon, and its French file with what is left to translate."""
    template, path = _files(addon)
    template.parent.mkdir(exist_ok=True)
    terms.save(str(template))
    french = polib.pofile(str(path)) if path.exists() else _new_french(terms)
    french.merge(terms)
    for entry in french.obsolete_entries():
        french.remove(entry)
    french.save(str(path))
    todo = [entry for entry in french if not entry.msgstr or entry.fuzzy]
    print(f"{len(terms)} terms, {len(todo)} to translate in {path.relative_to(settings.ROOT)}")
    for entry in todo:
        print(f"  {entry.msgid!r}")


def _files(addon: str) -> tuple[Path, Path]:
    """The template and the French file of an addon."""
    folder = settings.addon_folder(addon) / "i18n"
    return folder / f"{addon}.pot", folder / "fr.po"


def export(database: str, addon: str) -> polib.POFile:
    """An addon's terms, as Odoo exports them from a database where it is installed."""
    path = settings.RUN / "export.pot"
    odoo.run(
        *("i18n", "export", "-d", database, "-l", "pot", "-o", str(path), addon),
        log=odoo.log_file("i18n_export"),
    )
    terms = polib.pofile(str(path))
    _leave_out_glue(terms)
    # Odoo's dates of export would change the file each time.
    for key in ("POT-Creation-Date", "PO-Revision-Date"):
        terms.metadata.pop(key, None)
    return terms


def _leave_out_glue(terms: polib.POFile) -> None:
    """Odoo reads all code below the addon's folder, and glue addons have files of their own."""
    inside = f"/{settings.ADDON}/{settings.GLUE.name}/"
    for entry in list(terms):
        entry.occurrences = [place for place in entry.occurrences if inside not in place[0]]
        if not entry.occurrences:
            terms.remove(entry)


def problems(database: str, addon: str = settings.ADDON) -> Iterable[str]:
    """What is missing or wrong in an addon's translation files, for the code as installed."""
    template, french = _files(addon)
    missing = [path for path in (template, french) if not path.exists()]
    if missing:
        for path in missing:
            yield f"{path.relative_to(settings.ROOT)} is missing: run `make i18n`."
        return
    current = _terms(export(database, addon))
    yield from _differences(template, current)
    yield from _differences(french, current)
    yield from _untranslated(french)


def _terms(catalogue: polib.POFile) -> dict[tuple[str, str], set[str]]:
    """``{(context, term): where it is used}``."""
    return {
        (entry.msgctxt, entry.msgid): {place for place, _line in entry.occurrences}
        for entry in catalogue
        if not entry.obsolete
    }


def _differences(path: Path, current: dict) -> Iterable[str]:
    name = path.relative_to(settings.ROOT)
    known = _terms(polib.pofile(str(path)))
    for _context, term in current.keys() - known.keys():
        yield f"{name} lacks {term!r}: run `make i18n`."
    for _context, term in known.keys() - current.keys():
        yield f"{name} has {term!r}, which is not used any more: run `make i18n`."
    for key in current.keys() & known.keys():
        if current[key] != known[key]:
            yield f"{name}: {key[1]!r} is used in other places: run `make i18n`."


def _untranslated(path: Path) -> Iterable[str]:
    name = path.relative_to(settings.ROOT)
    for entry in polib.pofile(str(path)):
        if entry.obsolete:
            yield f"{name}: {entry.msgid!r} is obsolete: run `make i18n`."
        elif entry.fuzzy:
            yield f"{name}: {entry.msgid!r} is fuzzy: check its translation."
        elif not entry.msgstr:
            yield f"{name}: {entry.msgid!r} is not translated."
        elif _placeholders(entry.msgid) != _placeholders(entry.msgstr):
            yield f"{name}: {entry.msgid!r} and its translation have other placeholders."


def _placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def _new_french(terms: polib.POFile) -> polib.POFile:
    french = polib.POFile()
    french.header = terms.header.replace("template", "translation")
    french.metadata = terms.metadata | {"Language": "fr"}
    return french
