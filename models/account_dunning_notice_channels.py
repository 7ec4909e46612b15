from odoo import api, fields, models

from .account_dunning_scenario_step import WRITTEN_CHANNELS

# The way that is taken instead, when a contact can't be reached by the first one.
FALLBACKS = {"call": "email", "email": "letter"}


class AccountDunningNotice(models.Model):
    """To whom a notice goes, by which channel, and how it leaves by each.

    A channel is a value of ``account.dunning.scenario.step.channel`` and two methods:

    * ``_send_by_<channel>(on_date)``: let these notices leave; the state says what became of them;
    * ``_why_no_<channel>()``: why this notice can't leave by it, in words; empty if it can.
    """

    _inherit = "account.dunning.notice"

    obstacle = fields.Char(compute="_compute_obstacle", help="What keeps it from leaving.")

    @api.depends("state", "channel", "contact_id")
    def _compute_obstacle(self):
        for notice in self:
            is_unsent = notice.state in ("draft", "validated", "failed")
            notice.obstacle = is_unsent and notice._why_no_channel()

    # === Recipient ===#

    @api.model
    def _get_contact(self, partner, treatment=None):
        """Who receives what is written to a customer (S4.11).

        In this order: whom its treatment names; who is in accounts payable; the invoice contact;
        the customer itself, when the former has no e-mail. Of those that are reachable first.

        :param treatment: the `account.dunning.treatment` that holds, if there is one.
        """
        if treatment and treatment.contact_id.active:
            return treatment.contact_id
        payables = partner.child_ids.filtered(
            lambda child: child.dunning_role == "payables" and not child.is_company
        )
        invoice_contact = partner.browse(partner.address_get(["invoice"])["invoice"])
        candidates = [*payables.sorted("id"), invoice_contact, partner]
        for contact in candidates:
            if contact.email and not contact.is_unreachable:
                return contact
        return invoice_contact

    # === Channel ===#

    @api.model
    def _choose_channel(self, step, contact, treatment=None):
        """The channel by which a step reaches a contact, and why it is not that of the step.

        A call without phone number becomes an e-mail (S4.7), an e-mail without address a letter.

        :param treatment: the `account.dunning.treatment` that holds, if there is one.
        :return: ``(channel, reason in words, or an empty string)``.
        """
        channel, reasons = step.channel, []
        agreed = treatment and treatment.channel
        if agreed and agreed != channel and channel in ("call", "email", "letter"):
            reasons.append(
                self.env._("Agreed for this customer: %(reason)s.", reason=treatment.reason)
            )
            channel = agreed
        while channel in FALLBACKS and (why := self._why_not_reached(channel, contact)):
            reasons.append(why)
            channel = FALLBACKS[channel]
        return channel, " ".join(reasons)

    @api.model
    def _why_not_reached(self, channel, contact):
        """Why a contact can't be called or e-mailed, in words; empty if it can."""
        values = {"contact": contact.display_name}
        if channel == "call" and not (contact.phone or contact.commercial_partner_id.phone):
            return self.env._("%(contact)s has no phone number.", **values)
        if channel == "email" and not contact.email:
            return self.env._("%(contact)s has no e-mail address.", **values)
        if channel == "email" and contact.is_unreachable:
            return self.env._("%(contact)s can't be reached by e-mail.", **values)
        return ""

    def _has_letter(self):
        """Whether it goes with a letter, which is frozen as proof."""
        self.ensure_one()
        return self.channel in WRITTEN_CHANNELS

    # === Why not ===#

    def _why_no_channel(self):
        """Why this notice can't leave by its channel, in words; an empty string if it can."""
        self.ensure_one()
        return getattr(self, f"_why_no_{self.channel}")()

    def _why_no_call(self):
        return ""

    def _why_no_task(self):
        return ""

    def _why_no_email(self):
        if why := self._why_not_reached("email", self.contact_id):
            return self.env._(
                "%(why)s Correct the contact, or send this by letter.",
                why=why,
            )
        if self.contact_id.is_blacklisted:
            return self.env._(
                "%(email)s is on the list of addresses that must not be written to. Choose another "
                "contact, or send this by letter.",
                email=self.contact_id.email,
            )
        if not self.contact_id.active:
            return self.env._(
                "%(contact)s is archived: cancel this, and choose another contact.",
                contact=self.contact_id.display_name,
            )
        return ""

    def _why_no_letter(self):
        contact = self.contact_id
        if contact.city and (contact.street or contact.street2 or contact.zip):
            return ""
        return self.env._(
            "%(contact)s has no postal address: complete its street and city, then validate again.",
            contact=contact.display_name,
        )

    def _why_no_registered(self):
        return self._why_no_letter()

    # === Send ===#

    def _send_by_call(self, on_date):
        self._transition("sent", sent_on=fields.Datetime.now(), done_on=on_date)

    def _send_by_task(self, on_date):
        self._transition("sent", sent_on=fields.Datetime.now(), done_on=on_date)

    def _send_by_email(self, on_date):
        for notice in self:
            notice._queue_email(on_date)

    def _send_by_letter(self, on_date):
        self._transition("sent", sent_on=fields.Datetime.now(), done_on=on_date)

    def _send_by_registered(self, on_date):
        """They were deposited on a day of their own, which the next steps count from."""
        for notice in self:
            notice._transition("sent", sent_on=fields.Datetime.now(), done_on=notice.deposit_date)
