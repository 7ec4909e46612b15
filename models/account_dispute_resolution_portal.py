from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class AccountDisputeResolution(models.Model):
    """A customer accepts or refuses a proposal on the portal: name, moment and address prove it
    (S2.60).
    """

    _inherit = "account.dispute.resolution"

    def _accept_on_portal(self, name, moment, ip, author):
        """The customer accepts. Accepting twice is accepting once.

        :param name: of the person, as typed.
        :param moment: when, in UTC.
        :param ip: the address from which it came.
        :param author: the partner who is told to have written it.
        :raise UserError: when it can't be accepted any more; the customer reads why.
        """
        self.ensure_one()
        if self.state in ("accepted", "done"):
            return
        self._check_answer_on_portal(name, moment)
        on_date = fields.Datetime.context_timestamp(self, moment).date()
        words = self.env._("Accepted on the portal")
        proof = self._post_answer(words, "", name, moment, ip, author)
        self.write({"agreement_mode": "portal", "agreement_date": on_date, "agreement_note": proof})
        self._action_accept(on_date)

    def _refuse_on_portal(self, name, reason, moment, ip, author):
        """The customer refuses, and says why: the dispute is investigated again.

        :raise UserError: when it can't be refused any more; the customer reads why.
        """
        self.ensure_one()
        if self.state == "refused":
            return
        self._check_answer_on_portal(name, moment)
        if not (reason or "").strip():
            raise UserError(self.env._("Please tell us why, so that we can look further."))
        words = self.env._("Refused on the portal")
        self._post_answer(words, reason.strip(), name, moment, ip, author)
        self.action_refuse_by_customer(reason=reason.strip())

    def _check_answer_on_portal(self, name, moment):
        """:raise UserError: unless this proposal is open at a moment, and `name` is given."""
        if self.state in ("accepted", "done"):
            raise UserError(self.env._("This proposal has already been accepted."))
        if self.state != "proposed" or self.dispute_id.resolution_id != self:
            raise UserError(
                self.env._("This proposal is no longer open: please write to us instead.")
            )
        today = fields.Datetime.context_timestamp(self, moment).date()
        if self.valid_until and self.valid_until < today:
            raise UserError(
                self.env._(
                    "This proposal expired on %(date)s: please write to us, and we shall renew it "
                    "if we can.",
                    date=format_date(self.env, self.valid_until, date_format="long"),
                )
            )
        if not (name or "").strip():
            raise UserError(self.env._("Please write your name: it signs your answer."))

    def _post_answer(self, words, reason, name, moment, ip, author):
        """Put the answer on the timeline, which is frozen; returns the proof in one line."""
        proof = self.env._(
            "%(words)s by %(name)s on %(moment)s UTC, from %(ip)s",
            words=words,
            name=name.strip(),
            moment=fields.Datetime.to_string(moment),
            ip=ip,
        )
        body = Markup("<p>%s</p>") % proof
        if reason:
            body += Markup("<p>%s</p>") % reason
        self.dispute_id._post_from_portal(author, body)
        return proof
