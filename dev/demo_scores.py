"""How the customers of the demo pay: months of scores, what warned, a class set by hand; in
``odoo shell``."""

from datetime import timedelta

from odoo import fields

from .demo_disputes import Scene
from .demo_people import People

# Scored every month at first, so that scores have a past; then often enough to see what changes.
SCORED = (180, 150, 120, 90, 60, 45, 30, 21, 14, 7, 3, 1, 0)


class Scores(People):
    """The stories, each on its own days: see `Clock`."""

    def scenes(self):
        stories = (self.scored, self.late_for_once, self.came_back, self.set_by_hand)
        return [Scene(days_ago, play) for story in stories for days_ago, play in story()]

    def scored(self):
        """What the nightly jobs do."""

        def score():
            scores = self.env["account.customer.score"].with_company(self.company)
            scores._refresh(self.company, fields.Date.today())
            scores._follow(self.company, fields.Date.today())

        return [(days_ago, score) for days_ago in SCORED]

    def late_for_once(self):
        """A bookshop that has always paid before the due date is late, for the first time."""
        self.story._add_invoice("C007", 710, 42)
        return ()

    def came_back(self):
        """The bank sends a customer's direct debit back."""

        def reject():
            payment = self.env["account.payment"].create(
                {
                    "partner_id": self.story.partners["C004"].id,
                    "payment_type": "inbound",
                    "amount": 850,
                    "date": fields.Date.today() - timedelta(days=2),
                    "memo": "Prélèvement SEPA",
                }
            )
            payment.action_post()
            payment.action_reject()

        return [(6, reject)]

    def set_by_hand(self):
        """The collector knows why a good customer is late, and until when it is to be spared."""

        def override():
            self._as("camille", self.env["account.customer.score.override"]).create(
                {
                    "partner_id": self.story.partners["C008"].id,
                    "company_id": self.company.id,
                    "score_class": "B",
                    "reason": "Sinistre de grêle : l'assurance paie en une fois, dit le gérant",
                    "date_end": fields.Date.today() + timedelta(days=60),
                }
            )

        return [(10, override)]
