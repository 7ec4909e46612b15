"""What is owed on one receivable while the days go by: principal, interest, fee."""

from datetime import date
from decimal import Decimal

from .penalty_regime import ZERO, Allocation
from .penalty_result import Settled, round_once

ORDERS = {
    Allocation.PRINCIPAL_FIRST: ("principal", "interest", "fee"),
    Allocation.INTEREST_FIRST: ("interest", "principal", "fee"),
    Allocation.FEE_FIRST: ("fee", "interest", "principal"),
}


class Balance:
    """Amounts in the case's currency, rounded to `quantum`, but for `interest`.

    `interest` is not rounded: it accrued since the last payment that settled it in full, or since
    the last anniversary. `capitalised` is interest of past years that bears interest itself.
    """

    def __init__(self, principal: Decimal, quantum: Decimal, allocation: Allocation):
        self.quantum = quantum
        self._order = ORDERS[allocation]
        self.zero = ZERO.quantize(quantum)
        self.principal = principal.quantize(quantum)
        self.interest = self.zero
        self.capitalised = self.interest_paid = self.fee = self.surplus = self.zero
        self.settled: list[Settled] = []

    @property
    def interest_open(self) -> Decimal:
        return round_once(self.capitalised + self.interest, self.quantum)

    def credit(self, amount: Decimal) -> None:
        """A credit note reduces the principal, and nothing else."""
        part = min(amount.quantize(self.quantum), self.principal)
        self.principal -= part
        self.surplus += amount - part

    def pay(self, day: date, amount: Decimal) -> None:
        """The payments of a day, in the order of the regime; what is left over is `surplus`."""
        amount = left = amount.quantize(self.quantum)
        parts = dict.fromkeys(self._order, self.zero)
        for kind in self._order:
            if left:
                parts[kind] = min(left, self._open(kind))
                left -= parts[kind]
        self.principal -= parts["principal"]
        self.fee -= parts["fee"]
        if parts["interest"]:
            self._pay_interest(parts["interest"])
        self.surplus += left
        self.settled.append(Settled(day, amount, **parts, surplus=left))

    def _open(self, kind: str) -> Decimal:
        if kind == "interest":
            return self.interest_open
        return self.principal if kind == "principal" else self.fee

    def _pay_interest(self, part: Decimal) -> None:
        """The oldest first. Interest that is paid in full leaves no fraction of a cent behind."""
        self.interest_paid += part
        if part == self.interest_open:
            self.capitalised = self.interest = self.zero
        else:
            old = min(part, self.capitalised)
            self.capitalised -= old
            self.interest -= part - old

    def capitalise(self) -> None:
        """A year of interest, rounded, bears interest from now on."""
        self.capitalised += round_once(self.interest, self.quantum)
        self.interest = self.zero
