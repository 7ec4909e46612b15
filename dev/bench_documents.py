"""The documents that the benchmark multiplies: a few of each kind, made by Odoo itself.

Imported by a script of Odoo's shell; `env` is its environment.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

# Every portfolio is looked at on this day, so that two builds are the same.
ON_DATE = date(2025, 6, 30)
PER_KIND = 6
CUSTOMERS = 12


@dataclass(frozen=True)
class Kind:
    """One sort of document. `share` is per 10,000 invoices; `make(documents, partner, amount)`
    creates it on ON_DATE, with all that belongs to it."""

    name: str
    share: int
    make: Callable
    is_open: bool = True


class Documents:
    """Makes the documents of each kind, for a handful of customers."""

    def __init__(self, env):
        self.env = env(context=dict(env.context, tracking_disable=True))
        self.terms = {
            count: self.env["account.payment.term"].create(
                {
                    "name": f"{count} × 30 days",
                    "line_ids": [
                        (0, 0, {"value": "percent", "value_amount": share, "nb_days": days})
                        for share, days in instalments
                    ],
                }
            )
            for count, instalments in {
                1: [(100, 30)],
                2: [(50, 30), (50, 60)],
                3: [(40, 30), (30, 60), (30, 90)],
            }.items()
        }
        self.usd = self.env.ref("base.USD")
        self.usd.active = True
        for day, rate in ((date(2020, 1, 1), 1.10), (ON_DATE + timedelta(days=10), 1.17)):
            self.env["res.currency.rate"].create(
                {"currency_id": self.usd.id, "name": day, "rate": rate}
            )
        self.reason = self.env["account.dispute.reason"].search([], limit=1)

    def customers(self):
        """Customers, some without e-mail, some with a contact of their own for invoices."""
        partners = self.env["res.partner"]
        for number in range(CUSTOMERS):
            partners |= partners.create(
                {
                    "name": f"Customer {number}",
                    "is_company": True,
                    "customer_rank": 1,
                    "lang": "fr_FR",
                    "country_id": self.env.ref("base.fr").id,
                    "street": f"{number + 1} rue du Marché",
                    "zip": "69002",
                    "city": "Lyon",
                    "email": f"customer{number}@example.com" if number % 6 else False,
                    "child_ids": [(0, 0, {"name": "Accounting", "type": "invoice"})]
                    if number % 4 == 1
                    else [],
                }
            )
        return partners

    # === What documents are made of ===#

    def invoice(self, partner, amount, instalments=1, currency=None, move_type="out_invoice"):
        """A posted invoice of `amount` without tax, with the company's default sales tax."""
        invoice = self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": partner.id,
                "invoice_date": ON_DATE,
                "date": ON_DATE,
                "currency_id": (currency or self.env.company.currency_id).id,
                "invoice_payment_term_id": self.terms[instalments].id,
                "invoice_line_ids": [(0, 0, {"name": "Goods", "price_unit": amount})],
            }
        )
        invoice.action_post()
        return invoice

    def pay(self, invoice, days, amount=None):
        """Register a payment of `amount` (default: all that is open) `days` after the invoice."""
        values = {"payment_date": ON_DATE + timedelta(days=days)}
        values["amount"] = amount or invoice.amount_residual
        values["currency_id"] = invoice.currency_id.id
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        register.create(values)._create_payments()

    # === Kinds ===#

    def paid_in_instalments(self, partner, amount):
        invoice = self.invoice(partner, amount, instalments=3)
        first = invoice.line_ids.sorted("date_maturity").filtered("date_maturity")[0]
        self.pay(invoice, 31, first.amount_currency)
        self.pay(invoice, 63)

    def first_instalment_paid(self, partner, amount):
        invoice = self.invoice(partner, amount, instalments=3)
        first = invoice.line_ids.sorted("date_maturity").filtered("date_maturity")[0]
        self.pay(invoice, 31, first.amount_currency)

    def paid_in_dollars(self, partner, amount):
        """At another rate than the invoice's: with an exchange difference."""
        self.pay(self.invoice(partner, amount, currency=self.usd), 35)

    def credited(self, partner, amount):
        invoice = self.invoice(partner, amount)
        credit = self.invoice(partner, amount, move_type="out_refund")
        (invoice | credit).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()

    def excluded(self, partner, amount):
        self.invoice(partner, amount).no_followup = True

    def blocked(self, partner, amount):
        self.invoice(partner, amount).action_toggle_block_payment()

    def contested(self, partner, amount):
        """A part of it when the amount is even, else all."""
        invoice = self.invoice(partner, amount)
        part = invoice.amount_residual * (0.3 if amount % 2 == 0 else 1)
        dispute = self.env["account.dispute"].create(
            {
                "partner_id": partner.id,
                "reason_id": self.reason.id,
                "line_ids": self.env["account.dispute"]._prepare_from_amounts(
                    invoice._get_receivable_lines(), invoice.currency_id.round(part)
                ),
            }
        )
        dispute._action_open(ON_DATE + timedelta(days=20))


KINDS = (
    Kind("open", 535, lambda docs, partner, amount: docs.invoice(partner, amount)),
    Kind("open, 2 instalments", 60, lambda docs, partner, amount: docs.invoice(partner, amount, 2)),
    Kind("open, 3 instalments", 30, lambda docs, partner, amount: docs.invoice(partner, amount, 3)),
    Kind("first instalment paid", 30, Documents.first_instalment_paid),
    Kind(
        "partly paid",
        50,
        lambda docs, partner, amount: docs.pay(docs.invoice(partner, amount), 20, amount / 2),
    ),
    Kind(
        "credit note",
        15,
        lambda docs, partner, amount: docs.invoice(partner, amount, move_type="out_refund"),
    ),
    Kind("dollars", 25, lambda docs, partner, amount: docs.invoice(partner, amount, 1, docs.usd)),
    Kind("no follow-up", 10, Documents.excluded),
    Kind("blocked", 10, Documents.blocked),
    Kind("contested", 15, Documents.contested),
    Kind(
        "paid",
        8420,
        lambda docs, partner, amount: docs.pay(docs.invoice(partner, amount), 34),
        is_open=False,
    ),
    Kind("paid in 3 instalments", 400, Documents.paid_in_instalments, is_open=False),
    Kind("paid in dollars", 250, Documents.paid_in_dollars, is_open=False),
    Kind("credited", 150, Documents.credited, is_open=False),
)


def amounts(kind: Kind) -> list[int]:
    """The amounts without tax of a kind's documents: most are small, a few are large."""
    chance = random.Random(kind.name)
    return [int(chance.lognormvariate(6.5, 1.2)) + 15 for _number in range(PER_KIND)]
