from datetime import date

from .common import TODAY, CollectionsCommon

DUE, PAID = date(2026, 1, 31), date(2026, 3, 2)


class PenaltyBooksCommon(CollectionsCommon):
    """Penalties of FR01 (legal.md 1.5): 1200 €, 30 days late at 12.15 % = 11.98 €, and 40 €."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.penalty_since = date(2026, 1, 1)
        accounts = cls.env["account.account"].with_company(cls.company)
        cls.interest_account = accounts.search([("code", "=", "763100")])
        cls.fee_account = accounts.search([("code", "=", "758100")])

    @classmethod
    def make_penalty(cls, interest=11.98, fee=40.0, partner=None, company=None, **values):
        """The penalty of an invoice of 1200 €, paid 30 days late."""
        invoice = cls.make_invoice(partner, 1200, DUE, company, **values)
        cls.pay(invoice, on_date=PAID)
        return cls.make_ledger(invoice, interest, fee)

    @classmethod
    def make_ledger(cls, invoice, interest=11.98, fee=40.0):
        line = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        return (
            cls.env["account.penalty"]
            .sudo()
            .create(
                {
                    "move_line_id": line.id,
                    "move_id": invoice.id,
                    "move_name": invoice.name,
                    "partner_id": invoice.commercial_partner_id.id,
                    "company_id": invoice.company_id.id,
                    "currency_id": invoice.currency_id.id,
                    "date_maturity": line.date_maturity,
                    "principal": line.amount_currency,
                    "as_of": TODAY,
                    "accrued_interest": interest,
                    "accrued_fee": fee,
                    "accrued": interest + fee,
                }
            )
            .with_env(cls.env)
        )

    def open_book(self, penalties, user=None, **values):
        """The dialogue that books these penalties, with these values typed."""
        penalties = penalties.with_user(user) if user else penalties
        book = self.env["account.penalty.book"].browse(penalties.action_book()["res_id"])
        book = book.with_user(user) if user else book
        book.write(values)
        return book

    def book(self, penalties, user=None, **values):
        """Book them; returns the entries."""
        action = self.open_book(penalties, user, **values).action_confirm()
        domain = action.get("domain") or [("id", "=", action["res_id"])]
        return self.env["account.move"].search(domain)

    def kinds(self, penalties):
        """The kinds of their events, the oldest first."""
        return penalties.event_ids.sorted("id").mapped("kind")

    def last_event(self, penalty):
        return penalty.event_ids.sorted("id")[-1]
