from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager


class DisputePortal(CustomerPortal):
    """The customer's pages about its disputes (S0.7, S2.60, S3.17).

    Portal users have no right on disputes: each page asks `_is_visible_to` first, and then reads
    with all rights what the templates show. A dispute that is not there and one of somebody else
    give the same answer.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "dispute_count" in counters:
            values["dispute_count"] = self._search_disputes().search_count(
                self._get_disputes_domain()
            )
        return values

    def _search_disputes(self):
        return request.env["account.dispute"].sudo()

    def _get_disputes_domain(self):
        return self._search_disputes()._get_portal_domain(request.env.user)

    def _get_visible_dispute(self, dispute_id, access_token):
        """The dispute with all rights; empty when it is not there or not for this visitor."""
        dispute = request.env["account.dispute"].browse(dispute_id).sudo().exists()
        if dispute and dispute.sudo(False)._is_visible_to(request.env.user, access_token):
            return dispute
        return dispute.browse()

    def _get_author(self, dispute):
        """Who writes: the user of the customer, or whoever the link was sent to."""
        user = request.env.user
        return dispute._get_contact() if user._is_public() else user.partner_id

    # === Pages ===#

    @http.route(
        ["/my/disputes", "/my/disputes/page/<int:page>"], type="http", auth="user", website=True
    )
    def portal_my_disputes(self, page=1, **kwargs):
        """The list of the customer's disputes, the newest first."""
        disputes, domain = self._search_disputes(), self._get_disputes_domain()
        pager = portal_pager(
            url="/my/disputes",
            total=disputes.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        found = disputes.search(
            domain, order="id desc", limit=self._items_per_page, offset=pager["offset"]
        )
        request.session["my_disputes_history"] = found.ids[:100]
        values = self._prepare_portal_layout_values() | {
            "disputes": found,
            "page_name": "dispute",
            "pager": pager,
            "default_url": "/my/disputes",
        }
        return request.render("account_dispute_dunning.portal_my_disputes", values)

    @http.route("/my/disputes/<int:dispute_id>", type="http", auth="public", website=True)
    def portal_my_dispute(self, dispute_id, access_token=None, answered=None, **kwargs):
        """One dispute, for the customer: steps, amounts, proposal, messages, documents."""
        dispute = self._get_visible_dispute(dispute_id, access_token)
        if not dispute:
            return request.redirect("/my")
        return self._render_dispute(dispute, access_token, answered=answered)

    def _render_dispute(self, dispute, access_token, **kwargs):
        values = {"dispute": dispute, "page_name": "dispute"} | kwargs
        return request.render(
            "account_dispute_dunning.portal_my_dispute",
            self._get_page_view_values(dispute, access_token, values, "my_disputes_history", False),
        )

    @http.route(
        "/my/disputes/<int:dispute_id>/letters/<int:exchange_id>",
        type="http",
        auth="public",
        methods=["GET"],
    )
    def portal_my_dispute_letter(self, dispute_id, exchange_id, access_token=None, **kwargs):
        """A letter of ours as it was sent."""
        dispute = self._get_visible_dispute(dispute_id, access_token)
        letter = dispute and dispute._get_portal_exchanges().filtered(
            lambda each: each.id == exchange_id and each.attachment_id
        )
        if not letter:
            return request.redirect("/my")
        pdf = letter.attachment_id
        return request.make_response(
            pdf.raw,
            headers=[
                ("Content-Type", "application/pdf"),
                ("Content-Disposition", content_disposition(pdf.name)),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    # === Answers: they change something, so they are posted ===#

    @http.route(
        "/my/disputes/<int:dispute_id>/message",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def portal_write(self, dispute_id, access_token=None, message="", **kwargs):
        """A message of the customer."""

        def write(dispute):
            if not message.strip():
                raise UserError(request.env._("Please write your message first."))
            dispute._post_from_portal(self._get_author(dispute), message.strip()[:10000])

        return self._answer(dispute_id, access_token, "message", write)

    @http.route(
        "/my/disputes/<int:dispute_id>/accept",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def portal_accept(self, dispute_id, access_token=None, name="", **kwargs):
        """The customer accepts a proposal, once (S2.60)."""

        def accept(dispute):
            self._get_proposal(dispute, **kwargs)._accept_on_portal(name, *self._get_proof(dispute))

        return self._answer(dispute_id, access_token, "accepted", accept)

    @http.route(
        "/my/disputes/<int:dispute_id>/refuse",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def portal_refuse(self, dispute_id, access_token=None, name="", reason="", **kwargs):
        """The customer refuses a proposal, and says why."""

        def refuse(dispute):
            self._get_proposal(dispute, **kwargs)._refuse_on_portal(
                name, reason, *self._get_proof(dispute)
            )

        return self._answer(dispute_id, access_token, "refused", refuse)

    def _answer(self, dispute_id, access_token, answered, act):
        """Act on a dispute that the visitor sees; then its page, or why it was not possible."""
        dispute = self._get_visible_dispute(dispute_id, access_token)
        if not dispute:
            return request.redirect("/my")
        try:
            if request.env.user._is_internal():
                raise UserError(
                    request.env._("Only the customer answers here; work on the dispute instead.")
                )
            with request.env.cr.savepoint():
                act(dispute)
        except UserError as error:
            return self._render_dispute(dispute, access_token, error=str(error))
        token = f"&access_token={access_token}" if access_token else ""
        return request.redirect(f"/my/disputes/{dispute.id}?answered={answered}{token}")

    def _get_proposal(self, dispute, resolution_id="", proposed_on="", **kwargs):
        """The resolution that the form names, of this dispute only, as the customer read it:
        one that was changed and proposed again since has another moment.
        """
        proposal = dispute.resolution_ids.filtered(
            lambda each: (str(each.id), str(each.proposed_on)) == (resolution_id, proposed_on)
        )
        if not proposal:
            raise UserError(
                request.env._("This proposal is no longer open: please write to us instead.")
            )
        return proposal

    def _get_proof(self, dispute):
        """When, from where and by whom an answer comes."""
        return (
            fields.Datetime.now(),
            request.httprequest.remote_addr,
            self._get_author(dispute),
        )
