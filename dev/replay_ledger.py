"""The ledger that a replay plays: what was known of it on each day. Plain Python."""

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

HEADER = ("customer", "invoice", "invoice_date", "due_date", "amount", "disputed", "settled_date")


@dataclass(frozen=True)
class Row:
    """An invoice; `settled` and `is_disputed` are known afterwards only."""

    customer: str
    number: str
    invoiced: date
    due: date
    amount: str
    is_disputed: bool
    settled: date | None
    has_email: bool

    def is_open(self, day: date) -> bool:
        return self.invoiced <= day and not self.is_settled(day)

    def is_settled(self, day: date) -> bool:
        return bool(self.settled and self.settled <= day)

    def is_contested(self, day: date) -> bool:
        """The file does not say since when: taken as from the due date, until it is settled."""
        return self.is_disputed and self.due <= day and self.is_open(day)


class Ledger:
    """All rows of a file; every question names the day on which it is asked."""

    def __init__(self, path: str):
        with Path(path).open(newline="", encoding="utf-8") as file:
            self.rows = [_read(values) for values in csv.DictReader(file)]
        self.by_number = {row.number: row for row in self.rows}

    def history(self, day: date) -> list[Row]:
        """All that was known at the end of a day."""
        return [row for row in self.rows if row.invoiced <= day]

    def news(self, day: date) -> list[Row]:
        """What became known on a day: new invoices and settlements."""
        return [row for row in self.rows if day in (row.invoiced, row.settled)]

    def newly_contested(self, day: date) -> list[Row]:
        return [row for row in self.rows if row.due == day and row.is_contested(day)]

    def open(self, day: date) -> list[Row]:
        return [row for row in self.rows if row.is_open(day)]


def _read(values: dict[str, str]) -> Row:
    return Row(
        customer=values["customer"],
        number=values["invoice"],
        invoiced=date.fromisoformat(values["invoice_date"]),
        due=date.fromisoformat(values["due_date"]),
        amount=values["amount"],
        is_disputed=values["disputed"] == "yes",
        settled=date.fromisoformat(values["settled_date"]) if values["settled_date"] else None,
        has_email=values["bill"] == "electronic",
    )


def as_file(rows: list[Row], day: date) -> bytes:
    """These rows as a file of that day: settlements of later days are not in it."""
    output = io.StringIO()
    writer = csv.writer(output)
    writer.writerow(HEADER)
    for row in rows:
        settled = row.settled if row.is_settled(day) else ""
        writer.writerow(
            (row.customer, row.number, row.invoiced, row.due, row.amount, "no", settled)
        )
    return output.getvalue().encode()
