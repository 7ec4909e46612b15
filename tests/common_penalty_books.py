from datetime import date

from .common_penalty import PenaltyCommon

DUE, PAID = date(2026, 1, 31), date(2026, 3, 2)


class PenaltyBooksCommon(PenaltyCommon):
    """Penalties of FR01 (legal.md 1.5): 1200 €, 30 days late at 12.15 % = 11.98 €, and 40 €."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch.penalty_since = cls.company.penalty_since
        accounts = cls.env["account.account"].with_company(cls.company)
        cls.interest_account = accounts.search([("code", "=", "763100")])
        cls.fee_account = accounts.search([("code", "=", "758100")])

    @classmethod
    def make_penalty(cls, partner=None, company=None, paid=PAID, **values):
        """The penalty of an invoice of 1200 €, paid 30 days late; open if `paid` is None."""
        invoice = cls.make_invoice(partner, 1200, DUE, company, **values)
        if paid:
            cls.pay(invoice, on_date=paid)
        cls.refresh(invoice, company=company)
        penalties = cls.penalties.with_company(company or cls.company)
        return penalties.search([("move_id", "=", invoice.id)])

    def open_book(self, penalties, user=None, **values):
        """The dialogue that books these penalties, with these values typed."""
        penalties = penalties.with_user(user) if user else penalties
        book = penalties.env["account.penalty.book"].browse(penalties.action_book()["res_id"])
        book.write(values)
        book.has_statement = values.get("has_statement", False)  # a PDF takes seconds
        return book

    def book(self, penalties, user=None, **values):
        """Book them; returns the entries."""
        action = self.open_book(penalties, user, **values).action_confirm()
        domain = action.get("domain") or [("id", "=", action["res_id"])]
        return penalties.env["account.move"].search(domain)

    def kinds(self, penalties):
        """The kinds of their events, the oldest first."""
        return penalties.event_ids.sorted("id").mapped("kind")

    def last_event(self, penalty):
        return penalty.event_ids.sorted("id")[-1]
