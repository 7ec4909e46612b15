"""What the customers of the demo contest, and how its people settle it; runs in ``odoo shell``.

Every story is played through the buttons, on its own days: see `Clock`.
"""

from dataclasses import dataclass

from .demo_people import People


@dataclass(frozen=True)
class Scene:
    """What happens on a day, so many days before today."""

    days_ago: int
    play: object


class Disputes(People):
    """The stories. Amounts of lines are without tax; French VAT of 20 % comes on top."""

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
            self._plan(case.dispute, "Relire les réponses des services", 7)
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
            self._call(case.dispute, "Promis de rappeler dès que le lot est localisé.")

        def investigate():
            self._prove(case.dispute)
            self._as("camille", case.dispute).action_investigate()
            self._plan(case.dispute, "Point avec la logistique sur l'enquête transporteur", 5)
            self._as("camille", case.dispute.guide_step_ids[:3]).action_done()
            self._ask(
                *(case.dispute, "help", "Le lot 4 est-il encore sur le quai ?", 2),
                "louis",
            )

        def insist():
            self._hear(case.dispute, "Toujours rien. Nos avis en ligne le diront.")
            case.dispute.has_reputation_risk = True
            self._plan(case.dispute, "Décider : relivrer ou créditer le lot 4", 6)

        return [(17, contest), (15, investigate), (4, insist)]

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
            self._plan(case.dispute, "Relire les réponses des services", 7)
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
