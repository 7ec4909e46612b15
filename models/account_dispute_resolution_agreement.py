from datetime import timedelta

from odoo import fields, models

WRITTEN = ("email", "letter", "portal")


class AccountDisputeResolution(models.Model):
    """What proves that the customer agreed (S1.14): a file, an exchange, or words noted."""

    _inherit = "account.dispute.resolution"

    def _accepts_all(self):
        """Whether all that is contested is accepted; not of a resolution without amounts."""
        self.ensure_one()
        return bool(self.line_ids) and all(
            line.currency_id and line.currency_id.compare_amounts(line.amount, line.contested) >= 0
            for line in self.line_ids
        )

    def _is_granted(self):
        """A small dispute whose customer gets all that was asked: nothing is left to agree on."""
        self.ensure_one()
        return bool(
            self.dispute_id
            and self.dispute_id._is_small()
            and self.outcome in ("credit", "reinvoice")
            and self._accepts_all()
        )

    def _prepare_no_agreement(self):
        """The values without what the customer agreed to: other terms take another agreement."""
        values = {"agreement_date": False, "agreement_note": False}
        if self.agreement_mode not in ("granted", "internal"):
            values["agreement_mode"] = False
        return values

    def _get_missing_agreement(self, on_date):
        """What the agreement lacks, in words.

        :return: a list; empty when mode, date and proof are there.
        """
        self.ensure_one()
        missing = []
        if not self.agreement_mode:
            missing.append(self.env._("how the customer agreed"))
        if not self.agreement_date and self.agreement_mode not in ("internal", "granted"):
            missing.append(self.env._("when the customer agreed"))
        if self.agreement_date and self.agreement_date > on_date:
            missing.append(self.env._("an agreement that is not in the future"))
        if proof := self._get_missing_proof(on_date):
            missing.append(proof)
        return missing

    def _get_missing_proof(self, on_date):
        """What proof the way of agreeing asks for and is not there, in words; else empty."""
        checks = {
            "portal": self._get_missing_proof_portal,
            "email": self._get_missing_proof_email,
            "letter": self._get_missing_proof_letter,
            "phone": self._get_missing_proof_phone,
            "tacit": self._get_missing_proof_tacit,
            "payment": self._get_missing_proof_payment,
            "granted": self._get_missing_proof_granted,
            "internal": self._get_missing_proof_internal,
        }
        return checks[self.agreement_mode](on_date) if self.agreement_mode else ""

    def _has_received(self, *channels):
        """Whether something came from the customer, in this cycle, by one of these channels.

        What an unknown address sent shows on the timeline, and proves nothing.
        """
        opened = max(self.dispute_id.cycle_ids.mapped("date_opened"), default=None)
        return any(
            exchange.direction == "in"
            and exchange.channel in channels
            and (exchange.author_id or exchange.channel == "letter")
            and not (opened and exchange.date.date() < opened)
            for exchange in self.dispute_id.exchange_ids
        )

    def _get_missing_proof_portal(self, on_date):
        noted = self.agreement_note or self.agreement_attachment_ids
        if not (noted or self._has_received("portal")):
            return self.env._("the customer's answer on the portal")
        return ""

    def _get_missing_proof_email(self, on_date):
        if not (self.agreement_attachment_ids or self._has_received("email")):
            return self.env._("the customer's e-mail, received here or attached")
        return ""

    def _get_missing_proof_letter(self, on_date):
        if not (self.agreement_attachment_ids or self._has_received("letter")):
            return self.env._("the customer's letter, attached")
        return ""

    def _get_missing_proof_phone(self, on_date):
        """Who said it is noted, and it is confirmed in writing: by then, or by our letter now."""
        if not (self.agreement_note or "").strip():
            return self.env._("who agreed on the phone, in which words")
        confirmed = any(
            exchange.channel in WRITTEN
            and self.agreement_date
            and exchange.date.date() >= self.agreement_date
            for exchange in self.dispute_id.exchange_ids
        )
        if not (confirmed or self.send_letter or self.agreement_attachment_ids):
            return self.env._("a written confirmation of the call: tick the letter, or attach it")
        return ""

    def _get_missing_proof_tacit(self, on_date):
        """Nobody answered a proposal or a rejection that was sent long enough ago."""
        days = self.company_id.dispute_tacit_days
        asked = self.dispute_id.exchange_ids.filtered(
            lambda exchange: (
                exchange.direction == "out" and exchange.kind in ("proposal", "rejection")
            )
        )
        last = max(asked.mapped("date"), default=False)
        if not last:
            return self.env._("a proposal or a rejection that was sent to the customer")
        answered = any(
            exchange.direction == "in" and exchange.date > last
            for exchange in self.dispute_id.exchange_ids
        )
        if answered:
            return self.env._("another way of agreement: the customer did answer")
        local = fields.Datetime.context_timestamp(self, last).date()
        if local + timedelta(days=days) > on_date:
            return self.env._(
                "%(days)s days without an answer: tacit from %(date)s",
                days=days,
                date=local + timedelta(days=days),
            )
        return ""

    def _get_missing_proof_payment(self, on_date):
        if not all(self.dispute_id.line_ids.move_line_id.mapped("reconciled")):
            return self.env._("another way of agreement: not all was paid")
        return ""

    def _get_missing_proof_internal(self, on_date):
        if not self.dispute_id.is_internal:
            return self.env._("the customer's agreement: this dispute is not internal")
        return ""

    def _get_missing_proof_granted(self, on_date):
        if not self._is_granted():
            return self.env._(
                "the customer's agreement: only a small dispute that is credited in full goes "
                "without"
            )
        return ""
