import re
from datetime import timedelta

from odoo import models

# Legal forms whose letters state the share capital (R123-238 of the French Commercial Code).
CAPITAL_FORMS = {"EURL", "SA", "SARL", "SAS", "SASU", "SCA", "SELARL", "SELAS"}
SOLE_TRADERS = {"EI", "ENTREPRENEUR INDIVIDUEL"}


class ResCompany(models.Model):
    """What a company needs to remind: legal mentions, working days, freshness of its bank."""

    _inherit = "res.company"

    def _get_next_working_day(self, day):
        """The first day from `day` on that the company works, by its calendar."""
        self.ensure_one()
        return self._add_working_days(day - timedelta(days=1), 1)

    def _is_bank_up_to_date(self, on_date):
        """Whether the bank's statement is recent enough to know who has paid.

        A branch is also paid on the accounts of its company.
        """
        self.ensure_one()
        if not self.dunning_bank_days:
            return True
        lines = self.env["account.bank.statement.line"].sudo()
        return bool(
            lines.search_count(
                [
                    ("company_id", "in", self.sudo().parent_ids.ids),
                    ("date", ">=", on_date - timedelta(days=self.dunning_bank_days)),
                    ("date", "<=", on_date),
                ],
                limit=1,
            )
        )

    # === Legal mentions of letters ===#

    def _get_legal_mentions(self):
        """What the law asks of a company's letters, as far as it is known: a list of texts.

        Articles R123-237 and R123-238 of the French Commercial Code: name and legal form, capital,
        SIREN, register and its city, registered office, state (liquidation, lease), EI.
        """
        self.ensure_one()
        form, register = self.legal_form or "", self._get_register()
        mentions = [f"{self.name} {form}" if form and not self._is_form_in_name() else self.name]
        if self.share_capital and not self._is_sole_trader():
            mentions.append(
                self.env._(
                    "Share capital: %(amount)s", amount=self.currency_id.format(self.share_capital)
                )
            )
        if register:
            mentions.append(register)
        if office := self._get_registered_office():
            mentions.append(self.env._("Registered office: %(address)s", address=office))
        if self.vat:
            mentions.append(self.env._("VAT: %(number)s", number=self.vat))
        if self.legal_notes:
            mentions.append(self.legal_notes)
        return mentions

    def _get_missing_legal_mentions(self):
        """What a French company still has to fill in for its letters: a list of sentences.

        A letter leaves without them all the same; whoever sets the company up is told.
        """
        self.ensure_one()
        if self.country_code != "FR":
            return []
        form = (self.legal_form or "").upper()
        checks = [
            (form, self.env._("Legal form, e.g. SAS or EI: in the settings of Collections.")),
            (
                form not in CAPITAL_FORMS or self.share_capital,
                self.env._("Share capital: in the settings of Collections."),
            ),
            (self.company_registry, self.env._("SIREN or SIRET: Company ID of the company.")),
            (
                self._is_sole_trader() or self.register_city,
                self.env._("City of the trade register (RCS): in the settings of Collections."),
            ),
            (
                self.street and self.zip and self.city,
                self.env._("Registered office: the address of the company."),
            ),
        ]
        return [sentence for is_given, sentence in checks if not is_given]

    def _is_sole_trader(self):
        return (self.legal_form or "").upper() in SOLE_TRADERS

    def _is_form_in_name(self):
        return (self.legal_form or "").upper() in self.name.upper().split()

    def _get_register(self):
        """``RCS Lyon 123 456 789``; a number of another country as it stands."""
        number = re.sub(r"\W", "", self.company_registry or "")
        if self.country_code != "FR":
            return self.company_registry or ""
        if len(number) in (9, 14) and number.isdigit():  # a SIRET begins with the SIREN
            number = " ".join((number[:3], number[3:6], number[6:9]))
        if self.register_city:
            return f"RCS {self.register_city} {number}".strip()
        return f"SIREN {number}" if number else ""

    def _get_registered_office(self):
        place = " ".join(filter(None, (self.zip, self.city)))
        return ", ".join(filter(None, (self.street, self.street2, place)))
