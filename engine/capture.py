"""A file of receivables → a table of cells, or the one reason why it can't be read.

The encoding, the delimiter, the decimal separator and the order of dates are guessed once for the
whole file, never cell by cell: one file has one dialect, and a guess per cell would read the same
text as two different amounts. Each guess can be overridden.

Nothing here is translated: a :class:`CaptureError` has a code and parameters.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from xml.etree.ElementTree import ParseError

import openpyxl

DELIMITERS = (";", ",", "\t", "|")
ENCODINGS = ("utf-8-sig", "cp1252", "utf-16")
HEADER_SEARCH = 10  # a title may stand above the header, within so many lines

# What each column may be called, in French and English, without accents, case, spaces or signs.
SYNONYMS = {
    "customer": "customer customername client nomclient nomduclient clientname debtor debiteur "
    "raisonsociale company companyname societe tiers compte intitule nom name partner",
    "customer_code": "customercode customerid customerref customernumber customerno clientcode "
    "codeclient noclient numeroclient numclient refclient referenceclient idclient codetiers "
    "comptetiers compteauxiliaire accountnumber",
    "vat": "vat vatnumber vatid taxid customervat tva notva numtva numerotva tvaintra "
    "tvaintracommunautaire siret nosiret siren companyregistry registrationnumber",
    "number": "invoice invoiceno invoicenumber invoiceid invoiceref number documentnumber document "
    "facture nofacture numerofacture numfacture numerodefacture nodefacture reffacture piece "
    "nopiece numeropiece numerodepiece numero reference ref",
    "invoice_date": "invoicedate date documentdate postingdate datefacture datedefacture "
    "datedelafacture datepiece datedepiece dateemission datedemission emission facturele emisele "
    "emise factureele",
    "due_date": "duedate due maturity maturitydate paymentdue echeance dateecheance "
    "datedecheance dateech echeancele exigibilite dateexigibilite",
    "amount": "amount total totalamount invoiceamount amountinclvat grossamount montant montantttc "
    "totalttc ttc montantfacture montantdelafacture montanttotal totalfacture",
    "currency": "currency currencycode devise codedevise monnaie",
    "settled_date": "settleddate settled settledon paymentdate paiddate paidon paid cleared "
    "clearingdate regle reglele datereglement datedereglement payele datepaiement datedepaiement "
    "dateencaissement encaisse encaissele solde soldele lettre datelettrage reglee regleele payee "
    "payeele encaissee encaisseele soldee soldeele lettree lettreele acquittele acquitteele",
    "disputed": "disputed dispute indispute contested litige enlitige conteste contestee "
    "litigeouinon",
    "contested_amount": "contestedamount disputedamount disputeamount amountindispute "
    "montantconteste montantlitige montantenlitige montantdulitige",
    "contest_reason": "reason disputereason contestreason reasoncode disputecode motif "
    "motiflitige motifdulitige motifcontestation motifdecontestation codemotif causelitige",
}
FIELD_OF = {name: field for field, names in SYNONYMS.items() for name in names.split()}
REQUIRED = ("customer", "number", "invoice_date", "due_date", "amount")

Cell = str | bool | Decimal | date | None


class CaptureError(Exception):
    """The file as a whole can't be read: `code` says why, `params` where."""

    def __init__(self, code: str, **params):
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the file writes things; None is "guess". Encoding and delimiter are for CSV only."""

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None  # "," or "."
    date_order: str | None = None  # "dmy" or "mdy"; a year of four digits first is always read


@dataclass(frozen=True, slots=True)
class Limits:
    """What is read at most, so that a huge file costs a message and not the memory."""

    size: int = 20 * 1024 * 1024  # bytes of the file
    unpacked: int = 200 * 1024 * 1024  # bytes of a workbook once decompressed
    rows: int = 50_000
    columns: int = 200


@dataclass(frozen=True, slots=True)
class Table:
    """The header and the rows that are not blank, each with its line in the file, from 1."""

    header: tuple[str, ...]
    rows: list[tuple[int, tuple[Cell, ...]]]
    dialect: Dialect


def read_table(
    content: bytes, filename: str, dialect: Dialect | None = None, limits: Limits | None = None
) -> Table:
    """Read a CSV or XLSX file.

    :param dialect: what the user knows better than the guess.
    :raise CaptureError: when the file as a whole can't be read.
    """
    dialect, limits = dialect or Dialect(), limits or Limits()
    if not content.strip():
        raise CaptureError("empty")
    if len(content) > limits.size:
        raise CaptureError("too_big", megabytes=limits.size // 2**20)
    if content.startswith(b"PK\x03\x04"):
        lines, dialect = _read_xlsx(content, limits), replace(dialect, encoding=None)
        dialect = replace(dialect, delimiter=None)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise CaptureError("old_excel")
    elif filename.lower().endswith(".xlsx"):
        raise CaptureError("not_a_workbook")
    else:
        text, encoding = _decode(content, dialect.encoding)
        if not text.strip():
            raise CaptureError("empty")
        delimiter = dialect.delimiter or _guess_delimiter(text)
        dialect = replace(dialect, encoding=encoding, delimiter=delimiter)
        lines = _read_csv(text, delimiter)
    header, rows = _split(lines, limits)
    return Table(header, rows, dialect)


def guess_mapping(header: tuple[str, ...]) -> dict[str, int]:
    """``{field: index of its column}`` for the names that are known; the first column wins."""
    mapping = {}
    for index, name in enumerate(header):
        field = FIELD_OF.get(normalize(name))
        if field:
            mapping.setdefault(field, index)
    if "customer" not in mapping and "customer_code" in mapping:
        mapping["customer"] = mapping.pop("customer_code")
    return mapping


def normalize(name: str) -> str:
    """Without accents, case, spaces or signs.

    >>> normalize("N° de Facture"), normalize("Échéance"), normalize("Montant TTC (€)")
    ('nodefacture', 'echeance', 'montantttc')
    """
    plain = unicodedata.normalize("NFKD", name.replace("°", "o").replace("º", "o"))
    return re.sub(r"[^a-z0-9]", "", plain.encode("ascii", "ignore").decode().lower())


# === Text ===#


def _decode(content: bytes, encoding: str | None) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    else:
        candidates = [encoding] if encoding else ["utf-8-sig", "cp1252"]
    for candidate in candidates:
        try:
            text = content.decode(candidate)
        except UnicodeDecodeError:
            continue
        if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]", text):
            raise CaptureError("binary")
        return text, candidate
    if encoding:
        raise CaptureError("encoding", encoding=encoding)
    raise CaptureError("binary")


def _guess_delimiter(text: str) -> str:
    """The delimiter under which the first lines hold the most known names, then most columns."""

    def score(delimiter: str) -> tuple[int, int]:
        found = (0, 0)
        # What is wrong further down is said later, with its line.
        with suppress(CaptureError):
            for _line, cells in islice(_read_csv(text, delimiter), HEADER_SEARCH):
                found = max(found, (len(guess_mapping(cells)), len(cells)))
        return found

    best = max(DELIMITERS, key=score)
    if score(best)[1] < 2:
        raise CaptureError("delimiter", header=text.strip().splitlines()[0][:80])
    return best


def _read_csv(text: str, delimiter: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    first_line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            raise CaptureError("malformed", line=first_line) from None
        if cells is None:
            return
        yield first_line, tuple(cell.strip() for cell in cells)
        first_line = reader.line_num + 1


# === Workbook ===#


def _read_xlsx(content: bytes, limits: Limits) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > limits.unpacked:
                raise CaptureError("too_big", megabytes=limits.unpacked // 2**20)
            workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
            sheet = workbook.worksheets[0]
            _refuse_merged_cells(archive, sheet)
            sheet.reset_dimensions()
            for row in sheet.iter_rows(max_col=limits.columns):
                cells = tuple(_xlsx_cell(cell) for cell in row)
                if any(cell is not None for cell in cells):
                    yield next(cell.row for cell in row if cell.value is not None), cells
    except (zipfile.BadZipFile, KeyError, IndexError, ValueError, EOFError, ParseError):
        # What openpyxl and zipfile raise for an archive that is damaged or not a workbook.
        raise CaptureError("not_a_workbook") from None


def _refuse_merged_cells(archive: zipfile.ZipFile, sheet) -> None:
    """Merged cells stand at the end of the sheet's XML, where the fast reader doesn't look."""
    tail = b""
    with archive.open(sheet._worksheet_path) as stream:
        while chunk := stream.read(1 << 20):
            found = re.search(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z0-9:]+)"', tail + chunk)
            if found:
                raise CaptureError("merged_cells", cells=found[1].decode())
            tail = chunk[-200:]


def _xlsx_cell(cell) -> Cell:
    value = cell.value
    if value is None or isinstance(value, bool):
        return value
    if cell.data_type == "f":
        raise CaptureError("formula", cell=cell.coordinate)
    if isinstance(value, int | float):
        return Decimal(repr(round(value, 6)))  # without the noise of binary fractions
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return str(value).strip() or None


# === Header and rows ===#


def _split(
    lines: Iterator[tuple[int, tuple[Cell, ...]]], limits: Limits
) -> tuple[tuple[str, ...], list[tuple[int, tuple[Cell, ...]]]]:
    """The header is the line with the most known names among the first ones."""
    filled = ((line, cells) for line, cells in lines if not set(cells) <= {None, ""})
    first = list(islice(filled, HEADER_SEARCH))
    if not first:
        raise CaptureError("empty")
    names = [tuple("" if cell is None else str(cell) for cell in cells) for _line, cells in first]
    place = max(range(len(first)), key=lambda i: (len(guess_mapping(names[i])), -i))
    header = names[place]
    while header and not header[-1]:
        header = header[:-1]
    if len(header) < 2:
        raise CaptureError("delimiter", header=(header or ("",))[0][:80])
    if len(header) > limits.columns:
        raise CaptureError("too_many_columns", columns=limits.columns)
    rows = first[place + 1 :]
    rows.extend(islice(filled, limits.rows + 1))
    if len(rows) > limits.rows:
        raise CaptureError("too_many_rows", rows=limits.rows)
    if not rows:
        raise CaptureError("no_rows")
    return header, rows
