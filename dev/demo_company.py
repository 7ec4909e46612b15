"""A believable French company and fourteen months of its receivables; runs in ``odoo shell``.

All names are invented. The same day gives the same story: the random numbers have a fixed seed.
"""

import random
from dataclasses import dataclass
from datetime import timedelta

from odoo import fields

from .demo_day import play_day, say, set_up
from .demo_disputes import Disputes, Scene
from .demo_dunning import Reminders
from .demo_penalty import Penalties
from .demo_people import Clock, hire
from .demo_scores import Scores

Command = fields.Command


@dataclass(frozen=True)
class Customer:
    """`delay`: days after the due date when an invoice is paid, from–to; None: not paid lately."""

    ref: str
    name: str
    city: str
    zip: str
    monthly: int  # amount before tax of a usual invoice
    delay: tuple[int, int] | None
    email: bool = True
    term: int = 30


CUSTOMERS = [
    Customer("C001", "Menuiserie Aubrac", "Rodez", "12000", 1850, (-4, 2)),
    Customer("C002", "Hôtel des Deux Rives", "Lyon", "69002", 4200, (0, 6)),
    Customer("C003", "Cabinet Lenoir Architectes", "Grenoble", "38000", 2600, (-2, 4)),
    Customer("C004", "Brasserie du Pont Neuf", "Toulouse", "31000", 980, (8, 20)),
    Customer("C005", "Clinique Sainte-Odile", "Strasbourg", "67000", 7400, (12, 28), term=45),
    Customer("C006", "Transports Mérieux-Vallet", "Valence", "26000", 3150, (15, 32)),
    Customer("C007", "Librairie La Page Cornée", "Nantes", "44000", 620, (-5, 0)),
    Customer("C008", "Domaine de la Combe Noire", "Beaune", "21200", 5200, (25, 45)),
    Customer("C009", "Garage Perrachon et Fils", "Saint-Étienne", "42000", 1420, None),
    Customer("C010", "Agence Bleu Pétrole", "Paris", "75011", 3900, (5, 12)),
    Customer("C011", "Résidence Les Tilleuls", "Annecy", "74000", 8800, (18, 30), term=45),
    Customer("C012", "Atelier Cordonnier Vasseur", "Lille", "59000", 540, (0, 3), email=False),
    Customer("C013", "Société Fermière du Bugey", "Belley", "01300", 2750, None),
    Customer("C014", "Imprimerie Castelnau", "Montpellier", "34000", 4650, (20, 40)),
    Customer("C015", "École de Danse Florian", "Bordeaux", "33000", 760, (2, 9)),
    Customer("C016", "Constructions Rey-Duval", "Marseille", "13008", 12400, (10, 35), term=45),
    Customer("C017", "Pâtisserie Quatre-Quarts", "Dijon", "21000", 890, (-3, 3)),
    Customer("C018", "Maison de Retraite Bel-Air", "Clermont-Ferrand", "63000", 6100, (6, 14)),
    Customer("C019", "Studio Ligne Claire", "Paris", "75018", 2300, None, email=False),
    Customer("C020", "Coopérative Agricole du Velay", "Le Puy-en-Velay", "43000", 9700, (28, 50)),
    Customer("C021", "Cinéma Le Grand Rex Vert", "Rennes", "35000", 1980, (0, 8)),
    Customer("C022", "Électricité Monnier", "Besançon", "25000", 1340, (10, 18)),
]


WATCHED_DAYS = 45  # during which the job watches over the disputes, before today


def play(env, smtp_port: int) -> None:
    """Create the company's history, then play its last weeks, day by day, up to today."""
    company = set_up(env, smtp_port)
    hire(env, company)
    today = fields.Date.context_today(company)
    story = Story(env, company, today)
    say("Customers, invoices and payments of fourteen months")
    story.customers()
    story.invoices()
    story.special_cases()
    scenes = Disputes(story).scenes()
    scenes += Penalties(story).scenes()
    env.cr.commit()
    say("The last weeks, day by day: reminders and disputes")
    scenes += Reminders(story).scenes()
    scenes += Scores(story).scenes()
    scenes += [Scene(days, story.watch) for days in range(WATCHED_DAYS, -1, -1)]
    with Clock(env, today).running() as clock:
        # Of one day: the jobs of the night last, as the sort keeps the order.
        for scene in sorted(scenes, key=lambda scene: -scene.days_ago):
            clock.move_to(scene.days_ago)
            scene.play()
            env.cr.commit()
    play_day(env, company, today)
    env["account.penalty"]._refresh(company, today)
    env.cr.commit()


class Story:
    def __init__(self, env, company, today):
        self.env = env(context={**env.context, "tracking_disable": True, "mail_notrack": True})
        self.company = company
        self.today = today
        self.random = random.Random(19)
        self.collector = env["res.users"].search([("login", "=", "camille")])
        self.partners = {}

    # === Customers ===#

    def customers(self):
        for customer in CUSTOMERS:
            slug = customer.ref.lower()
            email = f"comptabilite@{slug}.example" if customer.email else False
            self._add_customer(
                ref=customer.ref,
                name=customer.name,
                street=f"{self.random.randint(2, 98)} rue de la République",
                zip=customer.zip,
                city=customer.city,
                country_id=self.env.ref("base.fr").id,
                email=email,
                phone=f"+33 4 00 00 {self.random.randint(10, 99)} {self.random.randint(10, 99)}",
                lang="fr_FR",
            )
        self._add_customer(
            ref="C090",
            name="Harbour Lane Interiors Ltd",
            street="14 Quay Street",
            zip="BS1 4DB",
            city="Bristol",
            country_id=self.env.ref("base.uk").id,
            email="accounts@harbourlane.example",
            lang="en_US",
        )

    def _add_customer(self, **values):
        partner = self.env["res.partner"].create(
            {"is_company": True, "customer_rank": 1, "collector_id": self.collector.id, **values}
        )
        self.partners[values["ref"]] = partner

    # === Invoices and payments ===#

    def invoices(self):
        for customer in CUSTOMERS:
            drafts = []
            for month in range(14, 0, -1):
                day = self.today - timedelta(days=month * 30 - self.random.randint(0, 18))
                amount = round(customer.monthly * self.random.uniform(0.6, 1.4), 2)
                drafts.append(self._invoice_values(customer.ref, amount, day, customer.term))
            invoices = self.env["account.move"].create(drafts)
            invoices.action_post()
            self._settle(invoices, customer.delay)

    def _invoice_values(self, ref, amount, day, term=30, label="Agencement et pose", **values):
        day = min(day, self.today)
        return {
            "move_type": "out_invoice",
            "partner_id": self.partners[ref].id,
            "invoice_date": day,
            "invoice_date_due": day + timedelta(days=term),
            "invoice_payment_term_id": False,
            "is_move_sent": True,
            "invoice_line_ids": [
                Command.create({"name": label, "quantity": 1, "price_unit": amount})
            ],
            **values,
        }

    def _add_invoice(self, ref, amount, days_ago, **values):
        day = self.today - timedelta(days=days_ago)
        invoice = self.env["account.move"].create(self._invoice_values(ref, amount, day, **values))
        invoice.action_post()
        return invoice

    def _settle(self, invoices, delay):
        """Pay what was paid by today; a customer that stopped paying stopped four months ago."""
        for invoice in invoices:
            low, high = delay or (10, 25)
            paid_on = invoice.invoice_date_due + timedelta(days=self.random.randint(low, high))
            stopped = not delay and (self.today - invoice.invoice_date).days < 120
            if paid_on <= self.today and not stopped:
                self._pay(invoice, paid_on)

    def _pay(self, invoice, day, amount=None):
        values = {"payment_date": day} | ({"amount": amount} if amount else {})
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids, dont_redirect_to_payments=True
        ).create(values).action_create_payments()

    # === What makes collections difficult ===#

    def special_cases(self):
        partial = self._add_invoice("C006", 2900, 75)
        self._pay(partial, self.today - timedelta(days=30), 1500)

        self._add_invoice("C010", 640, 20, move_type="out_refund", label="Avoir commercial")

        blocked = self._add_invoice("C018", 3300, 62, label="Mobilier sur mesure")
        blocked.action_toggle_block_payment()

        instalments = self.env["account.payment.term"].create(
            {
                "name": "30 % à la commande, 70 % à 60 jours",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 30, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 70, "nb_days": 60}),
                ],
            }
        )
        self._add_invoice("C016", 18000, 48, invoice_payment_term_id=instalments.id)

        usd = self.env.ref("base.USD")
        usd.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "name": self.today - timedelta(days=500),
                "rate": 1.09,
                "company_id": self.company.id,
            }
        )
        foreign = self._invoice_values("C090", 5400, self.today - timedelta(days=65))
        foreign["currency_id"] = usd.id
        foreign["invoice_line_ids"][0][2].update(name="Bespoke shelving", tax_ids=[Command.clear()])
        self.env["account.move"].create(foreign).action_post()

    # === Collections ===#

    def watch(self):
        """What the scheduled action does about open disputes, every day."""
        self.env["account.dispute.escalation"]._cron_escalate()
