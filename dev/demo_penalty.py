"""What late payment costs the customers of the demo, and what is made of it; in ``odoo shell``.

Every story is played through the buttons, on its own days: see `Clock`.
"""

from datetime import timedelta

from odoo import fields

from .demo_disputes import Scene
from .demo_people import People

COUNTED_DAYS = 420  # of invoices due since then, before today

CUSTOMERS = (
    # reference, name, street, zip, city, country
    ("C091", "Tanneries de l'Ardèche", "3 quai de Rhône", "07000", "Privas", "fr"),
    ("C092", "Atelier du Vitrail", "9 rue des Verriers", "28000", "Chartres", "fr"),
    ("C093", "Fromageries du Ventoux", "21 cours Mirabeau", "84200", "Carpentras", "fr"),
    ("C094", "Wiener Möbelhaus GmbH", "Lindengasse 12", "1070", "Wien", "at"),
    ("C095", "Scierie des Trois Vallées", "Zone de la Praz", "73600", "Moûtiers", "fr"),
)


class Penalties(People):
    """The stories. Amounts of invoices are without tax; French VAT of 20 % comes on top."""

    def __init__(self, story):
        super().__init__(story)
        self.company.penalty_since = story.today - timedelta(days=COUNTED_DAYS)
        for ref, name, street, zip_code, city, country in CUSTOMERS:
            story._add_customer(
                ref=ref,
                name=name,
                street=street,
                zip=zip_code,
                city=city,
                country_id=self.env.ref(f"base.{country}").id,
                email=f"comptabilite@{ref.lower()}.example",
                lang="fr_FR" if country == "fr" else "en_US",
            )
        story._add_customer(
            ref="C096",
            name="Jeanne Lambert",
            is_company=False,
            street="18 allée des Cerisiers",
            zip="26100",
            city="Romans-sur-Isère",
            country_id=self.env.ref("base.fr").id,
            email="jeanne.lambert@c096.example",
            lang="fr_FR",
        )

    def scenes(self):
        stories = (self.large, self.waived, self.collected, self.agreed_rate, self.others)
        return [Scene(days_ago, play) for story in stories for days_ago, play in story()]

    def _refresh(self):
        """What the nightly job does."""
        self.env["account.penalty"]._refresh(self.company, fields.Date.today())

    def _find(self, ref):
        """The penalties of a customer that are counted by now."""
        self._refresh()
        partner = self.story.partners[ref]
        return self.env["account.penalty"].search([("partner_id", "=", partner.id)])

    # === The stories: (days ago, what happens) ===#

    def large(self):
        """A large invoice, late for more than half a year; a part of it was paid meanwhile."""
        invoice = self._invoice("C091", 250, ("Agencement du magasin d'usine", 1, 24000))

        def pay_part():
            self.story._pay(invoice, fields.Date.today(), 10000)

        def claim():
            self._as("camille", self._find("C091")).action_claim()

        return [(95, pay_part), (12, claim)]

    def waived(self):
        """Paid late for the first time in years: given up, and why."""
        invoice = self._invoice("C092", 80, ("Vitrines sur mesure", 1, 1350))

        def pay():
            self.story._pay(invoice, fields.Date.today())

        def waive():
            action = self._as("camille", self._find("C092")).action_waive()
            self._as("camille", self.env[action["res_model"]]).with_context(
                **action["context"]
            ).create(
                {"reason": "Premier retard en cinq ans : geste convenu au téléphone"}
            ).action_confirm()

        return [(38, pay), (30, waive)]

    def collected(self):
        """Paid late again and again: a debit note, and the customer pays it."""
        invoices = [
            self._invoice("C093", days_ago, ("Mobilier d'affinage", 1, price))
            for days_ago, price in ((210, 6400), (170, 5200), (140, 7100))
        ]
        case = self._case()

        def pay():
            for invoice in invoices:
                self.story._pay(invoice, fields.Date.today())

        def book():
            action = self._as("camille", self._find("C093")).action_book()
            dialogues = self._as("camille", self.env[action["res_model"]])
            dialogues.browse(action["res_id"]).action_confirm()
            case.notes = self.env["account.move"].search(
                [
                    ("partner_id", "=", self.story.partners["C093"].id),
                    ("line_ids.penalty_id", "!=", False),
                ]
            )

        def pay_penalties():
            for note in case.notes:
                self.story._pay(note, fields.Date.today())

        return [(70, pay), (40, book), (8, pay_penalties)]

    def agreed_rate(self):
        """The contract says less than the law allows: the legal minimum is applied."""
        partner = self.story.partners["C095"]
        partner.with_company(self.company).penalty_rate = 5
        self._invoice("C095", 120, ("Rayonnages d'atelier", 1, 3800))
        return []

    def others(self):
        """A law of which a rate is missing, and a consumer, who owes no indemnity."""
        austria = self.env["account.penalty.regime"].search([("code", "=", "at")])
        partner = self.story.partners["C094"]
        partner.with_company(self.company).penalty_regime_id = austria
        self._invoice("C094", 100, ("Regale nach Maß", 1, 2900))
        self._invoice("C096", 90, ("Bibliothèque en chêne", 1, 1150))
        return []
