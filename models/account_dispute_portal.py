from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import consteq, format_date

# What is written is the customer's too; notes about calls and meetings are ours.
SHOWN_CHANNELS = ("email", "letter", "portal")


class AccountDispute(models.Model):
    """What the customer sees of a dispute on the portal, and what it never sees (S0.7, S3.17).

    Portal users have no right on this model: the pages show what these methods return, read with
    all rights once :meth:`_is_visible_to` has agreed. Suspicions and internal disputes are ours.
    """

    _inherit = "account.dispute"

    # The key of the customer's page answers for the customer: who writes to customers sends it.
    access_token = fields.Char(groups="account_dispute_dunning.group_collector")

    def _sign_token(self, pid):
        """For the notifications of whoever writes here, with or without the right to the key."""
        return super(AccountDispute, self.sudo())._sign_token(pid)

    @api.model
    def _get_portal_domain(self, user):
        """The disputes of the customer to which a portal user belongs, in the user's companies."""
        return Domain(
            [
                ("commercial_partner_id", "=", user.partner_id.commercial_partner_id.id),
                ("company_id", "in", user.company_ids.ids),
                ("date_opened", "!=", False),
                ("is_internal", "=", False),
            ]
        )

    def _is_visible_to(self, user, access_token=None):
        """Whether a user may open the customer's page of this dispute.

        :param access_token: what came with the link; who has the right one needs no account.
        """
        self.ensure_one()
        dispute_sudo = self.sudo()
        if dispute_sudo.is_internal or not dispute_sudo.date_opened:
            return False
        token = dispute_sudo.access_token
        if access_token and token and consteq(token, access_token):
            return True
        if user._is_internal():
            return self.with_user(user).has_access("read")
        return user._is_portal() and bool(
            dispute_sudo.filtered_domain(self._get_portal_domain(user))
        )

    def _get_portal_steps(self):
        """Where the file is: ``[{"label", "date", "is_done", "is_current"}]``."""
        self.ensure_one()
        proposed = self.resolution_id.proposed_on
        steps = [
            (self.env._("Received"), self.date_opened, ("open",)),
            (self.env._("Under examination"), self.qualified_on, ("investigating",)),
            (self.env._("Proposal"), proposed and proposed.date(), ("proposal",)),
            (
                self.env._("Decision"),
                self.resolution_id.agreement_date,
                ("agreed", "rejected", "withdrawn"),
            ),
            (self.env._("Settled"), self.date_closed, ("closed",)),
        ]
        current = next(rank for rank, step in enumerate(steps) if self.state in step[2])
        return [
            {"label": label, "date": date, "is_done": rank < current, "is_current": rank == current}
            for rank, (label, date, _states) in enumerate(steps)
        ]

    def _get_portal_next(self):
        """What happens next, in a sentence for the customer; none of our own notes."""
        self.ensure_one()
        if self._get_portal_proposal():
            return self.env._("We have made you a proposal: please accept or refuse it below.")
        if self.state == "closed":
            return self.env._("Your file is settled. Thank you for your cooperation.")
        if self.is_waiting:
            return self.env._("We need your answer to go on: please write to us below.")
        if self.state in ("agreed", "rejected", "withdrawn"):
            return self.env._("Our decision is taken, and we are carrying it out.")
        if self.date_deadline and self.date_deadline >= fields.Date.context_today(self):
            return self.env._(
                "We are looking into it. You will have our decision by %(date)s at the latest.",
                date=format_date(self.env, self.date_deadline, date_format="long"),
            )
        return self.env._("We are looking into it, and will write to you.")

    def _get_portal_exchanges(self):
        """What was written to the customer and by it, the oldest first."""
        self.ensure_one()
        shown = self.exchange_ids.filtered(lambda each: each.channel in SHOWN_CHANNELS)
        return shown.sorted(lambda each: (each.date, each.id))

    def _get_portal_proposal(self):
        """The solution that awaits the customer's answer; empty when there is none."""
        self.ensure_one()
        return self.resolution_id.filtered(lambda each: each.state == "proposed")

    def _post_from_portal(self, author, body):
        """The customer writes on its page: the owner is told, and the timeline keeps it.

        :param author: the partner who writes.
        :param body: text, or safe HTML.
        """
        self.ensure_one()
        return self.sudo().message_post(
            author_id=author.id,
            body=body,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
