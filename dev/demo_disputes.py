"""What the customers of the demo contest, and how its people settle it; runs in ``odoo shell``.

Every story is played by its people through the buttons, on its own days: see `Clock`.
"""

import base64
import io
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from freezegun import freeze_time
from PIL import Image, ImageDraw

from odoo import fields

Command = fields.Command

PEOPLE = {
    # login: name, group, departments, those of which it is the leader
    "camille": ("Camille Bernard", "account_dispute_dunning.group_collector", "finance"),
    "helene": ("Hélène Vasseur", "account_dispute_dunning.group_manager", "management legal"),
    "louis": ("Louis Marchand", "base.group_user", "logistics quality"),
    "nadia": ("Nadia Rahmani", "base.group_user", "sales customer_service"),
}


class Clock:
    """The calendar of the stories: Odoo takes the day of each scene for today."""

    def __init__(self, env, today):
        self.env = env
        self.today = today
        self.freezer = None

    @contextmanager
    def running(self):
        with freeze_time(datetime.combine(self.today, time(9))) as self.freezer:
            yield self

    def move_to(self, days_ago, hour=9):
        moment = datetime.combine(self.today - timedelta(days=days_ago), time(hour))
        self.freezer.move_to(moment)
        # The moment of a transaction is PostgreSQL's: what is created bears it.
        self.env.cr._now = moment


def hire(env, company):
    """The people who work on disputes, and their departments."""
    departments = env["account.dispute.department"].with_company(company)
    for login, (name, group, codes) in PEOPLE.items():
        user = env["res.users"].search([("login", "=", login)]) or env["res.users"].with_context(
            no_reset_password=True
        ).create(
            {
                "name": name,
                "login": login,
                "password": login,
                "lang": "fr_FR",
                "tz": "Europe/Paris",
                "email": f"{name.split()[0].lower()}@ateliers-vauquelin.example",
                "group_ids": [Command.link(env.ref(group).id)],
            }
        )
        for department in departments.search([("code", "in", codes.split())]):
            department.write({"user_id": user.id, "member_ids": [Command.link(user.id)]})
    company.gesture_account_id = env["account.account"].search(
        [("code", "=like", "7097%")], limit=1
    )


@dataclass(frozen=True)
class Scene:
    """What happens on a day, so many days before today."""

    days_ago: int
    play: object


class Disputes:
    """The stories. Amounts of lines are without tax; French VAT of 20 % comes on top."""

    def __init__(self, story):
        self.story = story
        self.env = story.env(context={})
        self.company = story.company

    def scenes(self):
        """All scenes of all stories; who plays them in the order of their days plays the story."""
        stories = (
            *(self.damaged_goods, self.price_difference, self.double_billing),
            *(self.late_delivery, self.non_conform, self.not_delivered, self.wrong_product),
            *(self.missing_document, self.small, self.withdrawn, self.suspicion),
        )
        return [Scene(days_ago, play) for story in stories for days_ago, play in story()]

    # === The stories: (days ago, what happens) ===#

    def damaged_goods(self):
        """Founded: two boards came split; credit note, and a claim against the carrier."""
        ref = "C008"
        invoice = self._invoice(
            *(ref, 78),
            ("Comptoir de dégustation en chêne", 1, 4200),
            ("Plateau de chêne massif 200 × 80", 6, 480),
            ("Livraison et pose", 1, 350),
        )
        case = self._case()

        def contest():
            case.dispute = self._contest(
                *(invoice, "damaged_goods"),
                "Deux plateaux sur six sont arrivés fendus sur toute la longueur. Nous avons émis "
                "des réserves sur le bon de livraison. Nous ne les paierons pas.",
                expectation="credit",
                items=[(1, "quantity", 2, 480)],
            )
            self._hear(case.dispute, "Bonjour, voici les photos des deux plateaux fendus.")
            self._call(
                case.dispute, "Photos demandées ; le client garde les plateaux à disposition."
            )

        def investigate():
            dispute = case.dispute
            self._prove(dispute)
            self._plan(dispute, "Attendre le constat du transporteur", 3)
            self._as("camille", dispute).action_investigate()
            self._as("camille", self.env["account.dispute.third.party"]).create(
                {
                    "dispute_id": dispute.id,
                    "partner_id": self._carrier().id,
                    "reference": "SIN-4471",
                    "claimed_amount": 960,
                    "state": "claimed",
                }
            )

        def answer():
            self._answer(
                case.dispute,
                customer_service=("Photos et réserves reçues le jour même.", "", ""),
                logistics=(
                    (
                        "Colis parti intact, emballage enfoncé sur la photo du client. Réserves "
                        "portées sur la lettre de voiture."
                    ),
                    "Palette gerbée par le transporteur malgré la consigne.",
                    "Avoir au client, recours contre le transporteur.",
                ),
                sales=("", "", "Avoir plutôt que remplacement : le client s'est organisé."),
            )
            self._hear(case.dispute, "D'accord pour un avoir sur les deux plateaux. Merci.")

        def settle():
            self._settle(case.dispute, "credit", "external_carrier", agreement_mode="email")

        return [(43, contest), (42, investigate), (40, answer), (38, settle)]

    def price_difference(self):
        """Partly founded: half of the difference was agreed in writing."""
        invoice = self._invoice(
            *("C005", 76),
            ("Armoire de chambre", 12, 310),
            ("Chevet deux tiroirs", 12, 145),
        )
        case = self._case()

        def contest():
            case.dispute = self._contest(
                *(invoice, "price_difference"),
                "Le devis prévoyait 285 € par armoire et 130 € par chevet. Nous payons le devis, "
                "pas plus.",
                expectation="credit",
                items=[(0, "price", 12, 25), (1, "price", 12, 15)],
            )
            self._call(case.dispute, "Le client enverra le devis signé.")

        def investigate():
            self._prove(case.dispute)
            self._as("camille", case.dispute).action_investigate()
            self._answer(
                case.dispute,
                sales=(
                    (
                        "Le devis D-1187 porte bien 285 € par armoire. Pour les chevets, le client "
                        "a signé un avenant à 145 €."
                    ),
                    "Tarif non repris dans la commande.",
                    "Avoir de 25 € par armoire ; rien sur les chevets.",
                ),
                finance=("Écart : 12 × 25 € hors taxe sur les armoires.", "", ""),
            )

        def propose():
            self._propose(case.dispute, "partial_credit", "contract_price", accepted=360)

        def agree():
            self._hear(case.dispute, "Nous acceptons l'avoir de 360 € et réglerons le solde.")

        def settle():
            self._settle(case.dispute, agreement_mode="email")

        return [(40, contest), (38, investigate), (36, propose), (31, agree), (30, settle)]

    def double_billing(self):
        """Unfounded: two deliveries, two invoices; the reminders resume."""
        invoice = self._invoice("C014", 74, ("Rayonnages atelier, deuxième tranche", 1, 3550))
        case = self._case()

        def contest():
            case.dispute = self._contest(
                *(invoice, "double_billing"),
                "Cette prestation a déjà été facturée le mois précédent. Merci d'annuler.",
                expectation="credit",
            )
            self._call(case.dispute, "Expliqué que les deux bons de livraison vont être comparés.")

        def investigate():
            self._prove(case.dispute)
            self._as("camille", case.dispute).action_investigate()
            self._answer(
                case.dispute,
                sales=(
                    (
                        "Deux commandes distinctes : première et deuxième tranche, deux bons de "
                        "livraison signés."
                    ),
                    "Libellés presque identiques sur les deux factures.",
                    "Refuser, copies des deux bons à l'appui.",
                ),
                finance=("Rien à annuler : les deux factures sont dues.", "", ""),
            )

        def reject():
            self._propose(case.dispute, "rejection", "external_process")

        def settle():
            self._settle(case.dispute, agreement_mode="tacit")

        return [(42, contest), (40, investigate), (39, reject), (23, settle)]

    def late_delivery(self):
        """A proposal waits for the customer's answer."""
        invoice = self._invoice("C011", 62, ("Agencement du hall d'accueil", 1, 6900), term=45)
        case = self._case()

        def contest():
            case.dispute = self._contest(
                *(invoice, "late_delivery"),
                "Le hall devait être livré pour l'inauguration. Il l'a été trois semaines après.",
                amount=1100,
                expectation="apology",
            )
            self._call(
                case.dispute, "Écouté Mme Ferrand : l'inauguration a eu lieu dans un hall vide."
            )

        def investigate():
            self._prove(case.dispute)
            self._as("camille", case.dispute).action_investigate()
            self._answer(
                case.dispute,
                logistics=(
                    "Promis le 4, livré le 25.",
                    "Rupture de placage chêne chez le fournisseur, client prévenu tard.",
                    "Un geste se justifie.",
                ),
                sales=("", "", "300 € de geste commercial et des excuses écrites."),
            )

        def propose():
            self._propose(
                case.dispute, "gesture", "delivery_stock", accepted=300, validity="partly"
            )
            self._as("camille", case.dispute.guide_step_ids).action_done()
            self._plan(case.dispute, "Rappeler Mme Ferrand pour sa réponse", 4)
            self._ask(
                *(case.dispute, "commitment", "Excuses écrites signées de la direction", 5),
                "helene",
            )

        return [(11, contest), (9, investigate), (3, propose)]

    def non_conform(self):
        """We wait for the customer's samples: the clocks stand still."""
        invoice = self._invoice("C020", 55, ("Mobilier de réception, teinte noyer", 1, 8780))
        case = self._case()

        def contest():
            case.dispute = self._contest(
                *(invoice, "non_conform"),
                "La teinte livrée est plus claire que l'échantillon validé.",
                percentage=30,
                expectation="replacement",
            )
            self._call(case.dispute, "Le client préfère un échange à une remise.")

        def wait():
            self._prove(case.dispute)
            self._as("camille", case.dispute).action_investigate()
            self._wait(case.dispute, "L'échantillon signé et une photo à la lumière du jour", 6)

        return [(11, contest), (6, wait)]

    def not_delivered(self):
        """Late, escalated, and the customer speaks of it in public."""
        invoice = self._invoice("C016", 66, ("Lots 3 et 4, menuiseries intérieures", 1, 15400))
        case = self._case()

        def contest():
            case.dispute = self._contest(
                *(invoice, "not_delivered"),
                "Le lot 4 n'est jamais arrivé sur le chantier. Nous perdons deux semaines, et nos "
                "clients le sauront.",
                amount=11850,
                expectation="replacement",
            )

        def investigate():
            self._prove(case.dispute)
            self._as("camille", case.dispute).action_investigate()
            self._plan(case.dispute, "Point avec la logistique sur l'enquête transporteur", 3)
            self._as("camille", case.dispute.guide_step_ids[:3]).action_done()
            self._ask(
                *(case.dispute, "help", "Le lot 4 est-il encore sur le quai ?", 2),
                "louis",
            )
            case.dispute.has_reputation_risk = True

        return [(27, contest), (25, investigate)]

    def wrong_product(self):
        """Beyond the collector's limit: the credit note waits for the manager."""
        invoice = self._invoice(
            *("C018", 48), ("Fauteuil de repos, tissu M1", 8, 410), ("Livraison", 1, 120)
        )
        case = self._case()

        def contest():
            case.dispute = self._contest(
                *(invoice, "wrong_product"),
                "Huit fauteuils en tissu ordinaire au lieu de M1 : inutilisables chez nous.",
                expectation="credit",
                items=[(0, "line", 8, 410)],
            )
            self._call(case.dispute, "Les fauteuils seront repris dès accord.")

        def investigate():
            self._prove(case.dispute)
            self._as("camille", case.dispute).action_investigate()
            self._answer(
                case.dispute,
                logistics=(
                    "Référence expédiée : FR-OR au lieu de FR-M1.",
                    "Étiquettes voisines au picking.",
                    "Reprise à notre charge.",
                ),
                sales=("", "", "Avoir : le client s'est fourni ailleurs."),
            )

        def submit():
            self._option(case.dispute, "credit", "delivery_picking").action_submit()
            self._plan(case.dispute, "Relancer Hélène pour l'approbation", 1)

        return [(9, contest), (7, investigate), (1, submit)]

    def missing_document(self):
        """New since yesterday: the purchase order is missing."""
        invoice = self._invoice("C006", 38, ("Aménagement utilitaires", 2, 1240))

        def contest():
            self._contest(
                *(invoice, "missing_document"),
                "Sans votre bon de commande signé, notre comptabilité ne peut pas payer.",
                expectation="document",
            )

        return [(1, contest)]

    def small(self):
        """45 € of freight: settled in one click."""
        invoice = self._invoice(
            *("C010", 47), ("Bibliothèque murale", 1, 1680), ("Frais de port", 1, 37.50)
        )

        def contest():
            dispute = self._contest(
                *(invoice, "price_difference"),
                "Le port était offert.",
                items=[(1, "freight", 1, 37.50)],
            )
            self._settle(dispute, "credit", "contract_terms", agreement_mode="granted")

        return [(8, contest)]

    def withdrawn(self):
        """The customer found the mistake in its own books."""
        invoice = self._invoice("C022", 70, ("Armoires électriques, habillage", 3, 420))
        case = self._case()

        def contest():
            case.dispute = self._contest(
                *(invoice, "invoice_not_received"), "Nous n'avons jamais reçu cette facture."
            )
            self._call(case.dispute, "Mme Monnier cherche de son côté.")

        def settle():
            self._prove(case.dispute)
            self._answer(case.dispute, finance=("Renvoyée, reçue, retrouvée.", "", ""))
            self._settle(
                case.dispute,
                "withdrawal",
                "external_process",
                agreement_mode="phone",
                agreement_note="Mme Monnier : facture retrouvée, elle sera payée.",
            )

        return [(37, contest), (35, settle)]

    def suspicion(self):
        invoice = self._invoice("C009", 44, ("Comptoir d'accueil et pose", 1, 1460))

        def contest():
            self._contest(
                *(invoice, "other"),
                "Parle d'un défaut de pose, sans précision.",
                amount=870,
                is_suspicion=True,
            )

        return [(5, contest)]

    # === What people do ===#

    def _case(self):
        return type("Case", (), {})()

    def _as(self, login, records):
        """The same records, for a user."""
        user = self.env["res.users"].search([("login", "=", login)])
        return records.with_user(user).with_company(self.company)

    def _invoice(self, ref, days_ago, *lines, term=30):
        """An invoice of lines ``(label, quantity, price)``, known to nobody before its day."""
        tax = [Command.set(self.company.account_sale_tax_id.ids)]
        commands = [
            Command.create(
                {"name": label, "quantity": quantity, "price_unit": price, "tax_ids": tax}
            )
            for label, quantity, price in lines
        ]
        seller = self.env["res.users"].search([("login", "=", "nadia")])
        return self.story._add_invoice(
            *(ref, 0, days_ago), term=term, invoice_line_ids=commands, invoice_user_id=seller.id
        )

    def _contest(self, invoice, reason, words, amount=None, percentage=None, items=(), **values):
        """*Contest…* on the invoice; `items` are (line number, kind, quantity, unit amount)."""
        lines = invoice.invoice_line_ids
        how = (
            {"mode": "items"}
            if items
            else {"mode": "percentage", "percentage": percentage}
            if percentage
            else {"mode": "amount", "amount": amount}
            if amount
            else {"mode": "whole"}
        )
        action = self._as("camille", invoice).action_contest()
        wizard = (
            self._as("camille", self.env[action["res_model"]])
            .with_context(**action["context"])
            .create(
                {
                    "reason_id": self.env.ref(
                        f"account_dispute_dunning.dispute_reason_{reason}"
                    ).id,
                    "description": words,
                    "user_id": self.story.collector.id,
                    "item_ids": [
                        Command.create(
                            {
                                "move_line_id": lines[number].id,
                                "kind": kind,
                                "quantity": quantity,
                                "price_unit": price,
                            }
                        )
                        for number, kind, quantity, price in items
                    ],
                    **how,
                    **values,
                }
            )
        )
        dispute = self.env["account.dispute"].browse(wizard.action_confirm()["res_id"])
        if not values.get("is_suspicion"):
            self._plan(dispute, "Réunir les pièces", 2)
        return dispute

    def _call(self, dispute, words):
        """The collector calls the customer: the first answer of a person."""
        self._as("camille", self.env["account.dispute.exchange"]).create(
            {
                "dispute_id": dispute.id,
                "channel": "call",
                "direction": "out",
                "kind": "answer",
                "recipient_id": dispute.partner_id.id,
                "subject": words,
                "body": words,
            }
        )

    def _hear(self, dispute, words):
        """The customer writes an e-mail."""
        dispute.message_post(
            body=words,
            author_id=dispute.partner_id.id,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            subject="Re: " + dispute.name,
        )

    def _prove(self, dispute):
        """Add a file to each document that is required and missing."""
        for row in dispute.evidence_ids.filtered(
            lambda row: row.is_required and row.state == "missing"
        ):
            file = self._as("camille", self.env["ir.attachment"]).create(
                {
                    "name": f"{row.type_id.name}.png",
                    "datas": base64.b64encode(_picture(row.type_id.name)),
                    "res_model": row._name,
                    "res_id": row.id,
                }
            )
            self._as("camille", row).attachment_ids = file

    def _answer(self, dispute, **sections):
        """Departments write their sections ``(facts, cause, proposal)``, and are done."""
        for task in dispute.task_ids.filtered(lambda task: task.state == "todo"):
            section = sections.get(task.department_id.code)
            if not section:
                continue
            own = task.with_user(task.user_id)
            own.write(dict(zip(("facts", "cause", "proposal"), section, strict=True)))
            own.action_done()

    def _ask(self, dispute, kind, name, days, login):
        """Ask a colleague for help, or note what we promised and who keeps it."""
        user = self.env["res.users"].search([("login", "=", login)])
        self._as("camille", self.env["account.dispute.task"]).create(
            {
                "dispute_id": dispute.id,
                "kind": kind,
                "name": name,
                "user_id": user.id,
                "date_deadline": fields.Date.today() + timedelta(days=days),
            }
        )

    def _plan(self, dispute, action, days):
        self._as("camille", dispute).write(
            {
                "next_action": action,
                "next_action_date": fields.Date.today() + timedelta(days=days),
            }
        )

    def _wait(self, dispute, awaited, days):
        action = self._as("camille", dispute).action_wait()
        self._as("camille", self.env[action["res_model"]]).with_context(**action["context"]).create(
            {"awaited": awaited, "ask_again_on": fields.Date.today() + timedelta(days=days)}
        ).action_confirm()

    def _option(self, dispute, outcome, cause, accepted=None, **values):
        """A solution with its root cause, a code; `accepted` of the first contested amount."""
        root = self.env["account.dispute.cause"].search([("code", "=", cause)])
        option = self._as("camille", self.env["account.dispute.resolution"]).create(
            {"dispute_id": dispute.id, "outcome": outcome, "cause_id": root.id, **values}
        )
        if accepted:
            option.line_ids[0].amount = accepted
        return option

    def _propose(self, dispute, *terms, **values):
        option = self._option(dispute, *terms, **values)
        self._approve(option)
        option.action_propose()

    def _approve(self, option):
        """What is beyond the collector's limit is approved by the manager."""
        option.action_submit()
        if option.state == "to_approve":
            self._as("helene", option).action_approve()

    def _settle(self, dispute, *terms, **values):
        """Agree and execute: what was proposed, or a new option of these terms."""
        option = self._as("camille", dispute.resolution_id)
        if not option:
            option = self._option(dispute, *terms)
            self._approve(option)
        option.write(values | {"agreement_date": fields.Date.today()})
        option.action_settle()

    def _carrier(self):
        return self.env["res.partner"].create(
            {
                "name": "Alpes Fret Express",
                "is_company": True,
                "email": "sinistres@alpesfret.example",
                "lang": "fr_FR",
            }
        )


def _picture(words):
    """A file that looks like a document: a PNG with a title."""
    image = Image.new("RGB", (420, 300), "#f4f1ea")
    draw = ImageDraw.Draw(image)
    draw.rectangle((12, 12, 408, 288), outline="#8a7f6d", width=2)
    draw.text((30, 30), words, fill="#3d372d")
    for row in range(70, 270, 22):
        draw.line((30, row, 390, row), fill="#cbc3b4")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
