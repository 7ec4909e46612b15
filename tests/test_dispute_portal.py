from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_exchanges import ExchangesCommon


class PortalCommon(ExchangesCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal.partner_id.parent_id = cls.customer
        cls.dispute.description = "You billed 70 instead of 60."
        cls.url = f"/my/disputes/{cls.dispute.id}"

    def log_in(self, user):
        self.authenticate(user.login, user.login)

    def get_page(self, url=None, **parameters):
        return self.url_open(url or self.url, params=parameters, allow_redirects=False)

    def post(self, what, **data):
        data["csrf_token"] = Request.csrf_token(self)
        return self.url_open(f"{self.url}/{what}", data=data, allow_redirects=False)


@tagged("post_install", "-at_install")
class TestDisputePortal(PortalCommon):
    """The customer follows its dispute, and sees nothing that is ours (S0.7, S3.17)."""

    def test_the_customer_sees_its_dispute(self):
        """S0.7, S3.17: number, step, dates, amounts, messages, documents, contact."""
        self.dispute.date_deadline = TODAY + timedelta(days=10)
        letter = self.dispute_as_collector._send_letter("answer")
        self.log_in(self.portal)
        page = self.get_page()
        self.assertEqual(page.status_code, 200)
        for words in (
            *(self.dispute.name, "Received", "July 10, 2026", "300.00", "700.00"),
            *("You billed 70 instead of 60.", "Thank you for checking our invoice"),
            *("Collector", "01 23 45 67 89", f"{self.url}/letters/{letter.id}"),
        ):
            self.assertIn(words, page.text)
        self.assertIn(self.dispute.name, self.get_page("/my/disputes").text)

    def test_what_is_ours_is_never_shown(self):
        """S3.17: no internal note, no note of a call, none of our fields."""
        self.dispute_as_collector.message_post(
            body="Secret note", subtype_xmlid="mail.mt_note", message_type="comment"
        )
        self.dispute_as_collector.message_post(
            body="Secret talk",
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
            partner_ids=self.manager.partner_id.ids,
        )
        self.env["account.dispute.exchange"].with_user(self.collector).create(
            {"dispute_id": self.dispute.id, "subject": "Secret call", "body": "<p>Secret</p>"}
        )
        self.dispute.write({"next_action": "Secret plan", "problem": "Secret problem"})
        self.make_resolution(description="Secret option", internal_note="Secret limit")
        self.log_in(self.portal)
        page = self.get_page()
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("Secret", page.text)

    def test_a_stranger_learns_nothing(self):
        """One that is not there and one of somebody else give the same answer."""
        stranger = self.make_user("stranger", "base.group_portal")
        answers = []
        self.log_in(stranger)
        for number in (self.dispute.id, 999999999):
            for path in ("", "/letters/1"):
                answer = self.get_page(f"/my/disputes/{number}{path}")
                answers.append((answer.status_code, answer.headers["Location"]))
            for what in ("message", "accept", "refuse"):
                answer = self.url_open(
                    f"/my/disputes/{number}/{what}",
                    data={"csrf_token": Request.csrf_token(self), "message": "x", "name": "x"},
                    allow_redirects=False,
                )
                answers.append((answer.status_code, answer.headers["Location"]))
        self.assertEqual(len(set(answers)), 1, answers)
        self.assertNotIn(self.dispute.name, self.get_page("/my/disputes").text)
        self.assertFalse(self.get_exchanges())

    def test_who_has_no_account_needs_the_link(self):
        self.authenticate(None, None)
        self.assertEqual(self.get_page().status_code, 303)
        self.assertEqual(self.get_page(access_token="guess").status_code, 303)
        page = self.get_page(access_token=self.dispute._portal_ensure_token())
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.dispute.name, page.text)

    def test_suspicions_and_internal_disputes_stay_with_us(self):
        """S0.19: not even the link opens them."""
        token = self.dispute._portal_ensure_token()
        self.log_in(self.portal)
        self.dispute.is_internal = True
        self.assertEqual(self.get_page(access_token=token).status_code, 303)
        self.dispute.is_internal = False
        self.dispute._write_guarded(date_opened=False)
        self.assertEqual(self.get_page(access_token=token).status_code, 303)

    def test_a_dispute_of_another_company_is_not_listed(self):
        self.portal.write(
            {"company_id": self.branch.id, "company_ids": [Command.set(self.branch.ids)]}
        )
        self.log_in(self.portal)
        self.assertNotIn(self.dispute.name, self.get_page("/my/disputes").text)
        self.assertEqual(self.get_page().status_code, 303)

    def test_who_works_here_needs_the_right_to_read(self):
        colleague = self.make_user("colleague", "base.group_user")
        for user, status in ((self.auditor, 200), (colleague, 303)):
            self.log_in(user)
            self.assertEqual(self.get_page().status_code, status)

    def test_portal_users_have_no_right_on_the_models(self):
        """The pages are all that they have: no remote call reads a dispute."""
        for name in ("account.dispute", "account.dispute.exchange", "account.dispute.resolution"):
            with self.assertRaises(AccessError):
                self.env[name].with_user(self.portal).search([])

    def test_the_home_page_counts_disputes(self):
        self.log_in(self.portal)
        counts = self.make_jsonrpc_request("/my/counters", {"counters": ["dispute_count"]})
        self.assertEqual(counts["dispute_count"], 1)

    # === Messages ===#

    def test_a_message_reaches_the_timeline(self):
        """S3.17: it is an exchange, the owner is told, and nobody waits any more."""
        self.wait()
        self.log_in(self.portal)
        answer = self.post("message", message="Here is <b>our</b> order.")
        self.assertEqual(answer.status_code, 303)
        exchange = self.get_exchanges()
        self.assertRecordValues(
            exchange,
            [
                {
                    "channel": "portal",
                    "direction": "in",
                    "author_id": self.portal.partner_id.id,
                    "recipient_id": self.collector.partner_id.id,
                }
            ],
        )
        self.assertIn("&lt;b&gt;our&lt;/b&gt;", exchange.body)
        self.assertFalse(self.dispute.is_waiting)
        self.assertIn("&lt;b&gt;our&lt;/b&gt;", self.get_page().text)

    def test_an_empty_message_is_refused_with_words(self):
        self.log_in(self.portal)
        self.assertIn("Please write your message first", self.post("message", message=" ").text)
        self.assertFalse(self.get_exchanges())

    @mute_logger("odoo.http")
    def test_a_form_from_elsewhere_is_refused(self):
        self.log_in(self.portal)
        answer = self.url_open(f"{self.url}/message", data={"message": "x"})
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.get_exchanges())

    # === Documents ===#

    def test_a_letter_is_the_frozen_one(self):
        letter = self.dispute_as_collector._send_letter("answer")
        other = self.contest(self.make_overdue_invoice(partner=self.make_customer("Other")), 100)
        theirs = other._send_letter("answer")
        self.log_in(self.portal)
        answer = self.get_page(f"{self.url}/letters/{letter.id}")
        self.assertEqual(answer.content, letter.attachment_id.raw)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertEqual(self.get_page(f"{self.url}/letters/{theirs.id}").status_code, 303)


@tagged("post_install", "-at_install")
class TestDisputePortalProposal(PortalCommon):
    """A proposal is accepted or refused by the customer, with proof, once (S2.60)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.proposal = cls.make_resolution(
            send_letter=False,
            line_ids=[Command.create({"dispute_line_id": cls.dispute.line_ids.id, "amount": 120})],
        )
        cls.proposal._action_approve()
        cls.proposal._action_propose(TODAY)

    def answer(self, what, **data):
        form = {
            "resolution_id": self.proposal.id,
            "proposed_on": self.proposal.proposed_on,
            "name": "Hélène Rey",
        }
        return self.post(what, **form | data)

    def test_the_customer_accepts_with_proof(self):
        """S2.60, S1.14: name, moment and address; the dispute is decided."""
        self.log_in(self.portal)
        page = self.get_page().text
        for words in ("Our proposal", "120.00", "The price list of January applies."):
            self.assertIn(words, page)
        self.assertEqual(self.answer("accept").status_code, 303)
        self.assertRecordValues(
            self.proposal,
            [{"state": "accepted", "agreement_mode": "portal", "agreement_date": TODAY}],
        )
        self.assertEqual(self.dispute.state, "agreed")
        exchange = self.get_exchanges()
        for proof in ("Hélène Rey", "2026-06-30 12:00:00", "127.0.0.1"):
            self.assertIn(proof, self.proposal.agreement_note)
            self.assertIn(proof, exchange.body)
        self.assertEqual(exchange.author_id, self.portal.partner_id)

    def test_accepting_twice_is_accepting_once(self):
        self.log_in(self.portal)
        self.answer("accept")
        self.assertEqual(self.answer("accept").status_code, 303)
        self.assertEqual(len(self.get_exchanges()), 1)
        self.assertIn("already been accepted", self.answer("refuse", reason="No").text)
        self.assertEqual(self.proposal.state, "accepted")

    def test_the_link_is_enough_to_accept(self):
        self.authenticate(None, None)
        token = self.dispute._portal_ensure_token()
        self.answer("accept", access_token=token)
        self.assertEqual(self.proposal.state, "accepted")
        self.assertEqual(self.get_exchanges().author_id, self.customer)

    def test_who_works_here_answers_nothing(self):
        """S2.60: who may read the page is not the customer, with the customer's link neither."""
        self.log_in(self.auditor)
        for parameters in ({}, {"access_token": self.dispute._portal_ensure_token()}):
            for what in ("accept", "refuse", "message"):
                page = self.answer(what, reason="No", message="Hello", **parameters)
                self.assertIn("Only the customer", page.text)
        self.assertEqual((self.proposal.state, self.dispute.state), ("proposed", "proposal"))
        self.assertFalse(self.get_exchanges())

    def test_the_link_is_kept_from_colleagues(self):
        """S2.60: the key of the customer's page signs; only who writes to customers reads it."""
        colleague = self.make_user("colleague", "base.group_user")
        self.dispute._portal_ensure_token()
        self.dispute.message_subscribe(colleague.partner_id.ids)
        for user in (colleague, self.auditor):
            dispute = self.dispute.with_user(user)
            dispute.check_access("read")
            with self.assertRaises(AccessError):
                dispute.read(["access_token"])
            with self.assertRaises(AccessError):
                dispute.get_portal_url()

    def test_the_customer_refuses_and_says_why(self):
        self.log_in(self.portal)
        self.assertIn("Please tell us why", self.answer("refuse", reason=" ").text)
        self.assertEqual(self.proposal.state, "proposed")
        self.answer("refuse", reason="Too little")
        self.assertRecordValues(
            self.proposal, [{"state": "refused", "refusal_reason": "Too little"}]
        )
        self.assertEqual(self.dispute.state, "investigating")
        self.assertIn("Too little", self.get_exchanges().body)
        self.assertIn("no longer open", self.answer("accept").text)

    def test_an_expired_proposal_is_refused_with_words(self):
        """S2.60: the validity date."""
        self.proposal._write_guarded(valid_until=TODAY - timedelta(days=1))
        self.log_in(self.portal)
        self.assertIn("expired on June 29, 2026", self.answer("accept").text)
        self.assertEqual(self.proposal.state, "proposed")
        self.proposal._write_guarded(valid_until=TODAY)
        self.answer("accept")
        self.assertEqual(self.proposal.state, "accepted")

    def test_what_was_proposed_again_is_not_accepted_unread(self):
        """S2.60: other terms, proposed while the customer still reads the first ones."""
        self.log_in(self.portal)
        read_on = self.proposal.proposed_on - timedelta(minutes=5)
        self.assertIn("no longer open", self.answer("accept", proposed_on=read_on).text)
        self.assertEqual(self.proposal.state, "proposed")

    def test_a_name_signs(self):
        self.log_in(self.portal)
        self.assertIn("Please write your name", self.answer("accept", name=" ").text)
        self.assertEqual(self.proposal.state, "proposed")

    def test_only_what_was_proposed_of_this_dispute_is_accepted(self):
        option = self.make_resolution(outcome="credit")
        self.log_in(self.portal)
        for number in (option.id, 999999999, "x"):
            page = self.answer("accept", resolution_id=number)
            self.assertIn("no longer open", page.text)
        self.assertEqual((option.state, self.proposal.state), ("draft", "proposed"))
