from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import HttpCase, tagged

from .common import TODAY, CollectionsCommon

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF"


@tagged("post_install", "-at_install")
class TestDunningProblem(CollectionsCommon, HttpCase):
    """“Report a problem”: from the link of a notice to a dispute, and nothing else (S0.27)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.collector_id = cls.collector
        cls.invoice = cls.make_overdue_invoice(10)
        cls.notice = cls.run_dunning().notice_ids
        cls.notice._write_frozen(state="sent")
        cls.line = cls.notice.line_ids

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def get_form(self, notice=None, token=None):
        notice = notice or self.notice
        token = notice._get_problem_token() if token is None else token
        return self.url_open(f"/my/notices/{notice.id}/problem?access_token={token}")

    def post(self, files=None, **form):
        form = {
            "access_token": self.notice._get_problem_token(),
            "csrf_token": Request.csrf_token(self),
            "key": "a key of the form",
            "reason_id": self.reason.id,
            "description": "The price is not what we agreed.",
            f"amount_{self.line.id}": "300,50",
        } | form
        return self.url_open(
            f"/my/notices/{self.notice.id}/problem", data=form, files=files, allow_redirects=False
        )

    def get_disputes(self):
        return self.env["account.dispute"].search([("notice_id", "=", self.notice.id)])

    def check_refused(self, words, **form):
        answer = self.post(**form)
        self.assertEqual(answer.status_code, 400)
        self.assertIn(words, answer.text)
        self.assertFalse(self.get_disputes())

    # === What it does ===#

    def test_the_form_is_filled_in_with_the_invoice(self):
        page = self.get_form()
        self.assertEqual(page.status_code, 200)
        for words in (self.invoice.name, self.notice.name, "1,000.00", self.reason.name):
            self.assertIn(words, page.text)
        self.assertIn('value="1000.0"', page.text)

    def test_it_opens_a_dispute_and_tells_the_collector(self):
        """S0.27: the contested part is held at once, and the customer is answered."""
        answer = self.post(files={"files": ("Price list.pdf", PDF, "application/pdf")})
        dispute = self.get_disputes()
        self.assertRecordValues(
            dispute,
            [
                {
                    "state": "open",
                    "reported_from": "reminder",
                    "contested_amount": 300.5,
                    "reason_id": self.reason.id,
                    "partner_id": self.customer.id,
                    "description": "The price is not what we agreed.",
                }
            ],
        )
        self.assertEqual(self.get_receivables(self.invoice).dunnable, 699.5)
        told = dispute.activity_ids.filtered(lambda each: each.user_id == self.collector)
        self.assertIn("reports a problem", " ".join(told.mapped("summary")))
        files = self.env["ir.attachment"].search(
            [("res_model", "=", dispute._name), ("res_id", "=", dispute.id)]
        )
        self.assertIn("Price list.pdf", files.mapped("name"))
        self.assertTrue(self.notice.replied_on)
        self.assertEqual(answer.status_code, 303)
        page = self.url_open(answer.headers["Location"])
        self.assertIn(dispute.name, page.text)
        self.assertIn("we have received what you report", page.text)

    def test_before_the_due_date_it_says_so(self):
        """S0.27: the origin is the notice before the due date."""
        self.notice._write_frozen(kind="preventive")
        self.post()
        self.assertEqual(self.get_disputes().reported_from, "pre_due")

    def test_sent_twice_it_is_one_dispute(self):
        first, second = self.post(), self.post()
        self.assertEqual(len(self.get_disputes()), 1)
        self.assertEqual(first.headers["Location"], second.headers["Location"])

    # === What it refuses ===#

    def test_a_stranger_learns_nothing(self):
        """A wrong link and a notice that is not there give the same answer."""
        missing = self.url_open("/my/notices/999999999/problem?access_token=x")
        for token in ("", "guess", self.notice._get_problem_token()[:-1]):
            answer = self.get_form(token=token)
            self.assertEqual(answer.status_code, 404)
            self.assertNotIn(self.invoice.name, answer.text)
        self.assertEqual(missing.status_code, 404)
        self.assertEqual(self.post(access_token="guess").status_code, 404)
        self.assertFalse(self.get_disputes())

    def test_the_link_of_one_notice_opens_no_other(self):
        self.make_overdue_invoice(10, partner=self.make_customer("Somebody else"))
        other = self.run_dunning().notice_ids - self.notice
        other._write_frozen(state="sent")
        answer = self.get_form(other, self.notice._get_problem_token())
        self.assertEqual(answer.status_code, 404)

    def test_what_has_not_left_is_not_answered(self):
        self.notice._write_frozen(state="draft")
        self.assertEqual(self.get_form().status_code, 404)

    def test_a_foreign_invoice_is_refused(self):
        self.make_overdue_invoice(10, partner=self.make_customer("Somebody else"))
        other = self.run_dunning().notice_ids - self.notice
        self.check_refused("does not belong to our letter", **{f"amount_{other.line_ids.id}": "1"})

    def test_a_settled_invoice_is_refused(self):
        self.pay(self.invoice)
        self.assertIn("can be contested any more", self.get_form().text)
        self.check_refused("is settled or contested already")

    def test_amounts_are_within_what_is_open(self):
        name = f"amount_{self.line.id}"
        for amount in ("1000.01", "-1", "1e9"):
            self.check_refused("enter an amount between zero and", **{name: amount})
        for amount in ("many", "nan", "inf"):
            self.check_refused("is not an amount", **{name: amount})
        for amount in ("", "0"):
            self.check_refused("Please enter the amount", **{name: amount})

    def test_what_is_needed_is_asked_for(self):
        self.check_refused("choose a reason", reason_id="")
        self.check_refused("choose a reason", reason_id=str(self.reason.parent_id.id))
        self.check_refused("in a few words", description="   ")
        self.check_refused("reload this page", key="")

    def test_files_are_harmless_and_small(self):
        """By content and by name: a page named photo.png is no photo."""
        for name, content in (
            ("run.exe", b"MZ" + b"\0" * 100),
            ("photo.png", b"<html><script>alert(1)</script></html>"),
            ("photo.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
            ("page.html", b"<html></html>"),
            ("script.js", b"alert(1)"),
            ("no extension", PDF),
        ):
            with self.subTest(name):
                self.check_refused(
                    "be accepted", files={"files": (name, content, "application/pdf")}
                )
        self.check_refused("too big", files={"files": ("big.pdf", PDF + b"\0" * 5 * 1024**2)})
        self.check_refused(
            "At most 5 files", files=[("files", (f"{i}.pdf", PDF)) for i in range(6)]
        )

    def test_two_problems_of_one_notice(self):
        """A second form contests what is left, and no more."""
        self.post()
        answer = self.post(key="another key of a form", **{f"amount_{self.line.id}": "700"})
        self.assertEqual(answer.status_code, 400)
        self.assertIn("699.50", answer.text)
        self.post(key="another key of a form", **{f"amount_{self.line.id}": "699.50"})
        self.assertEqual(len(self.get_disputes()), 2)
        self.assertEqual(self.get_receivables(self.invoice).dunnable, 0)

    def test_the_portal_user_has_no_other_way_in(self):
        with self.assertRaises(AccessError):
            self.notice.with_user(self.portal).read(["name"])
        self.assertEqual(self.notice.date, TODAY)
