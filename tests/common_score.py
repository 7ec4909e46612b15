from datetime import timedelta

from .common import TODAY, CollectionsCommon


class ScoreCommon(CollectionsCommon):
    """Customers with a score that a test chooses, rather than with the invoices that lead to it."""

    @classmethod
    def rate(cls, partner, letter, company=None, on_date=TODAY):
        """Give a customer a current score of this class, as the daily job does."""
        company = company or cls.company
        scores = cls.env["account.customer.score"].sudo()
        scores.search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", company.id),
                ("superseded_on", "=", False),
            ]
        ).superseded_on = on_date
        scores.flush_model()
        partner.with_company(company).score_class = letter
        return scores.create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "date": on_date,
                "score": {"A": 90, "B": 70, "C": 55, "D": 35, "E": 10}.get(letter, 0),
                "score_class": letter,
            }
        )

    @classmethod
    def override(cls, partner, letter, days=30, user=None, **values):
        """A class set by hand by a collector, for so many days."""
        overrides = cls.env["account.customer.score.override"].with_user(user or cls.collector)
        return overrides.create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "score_class": letter,
                "reason": "The owner guarantees its debts",
                "date_end": TODAY + timedelta(days=days),
            }
            | values
        )

    def get_class(self, partner, company=None):
        return partner.with_company(company or self.company).score_class
