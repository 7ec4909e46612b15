import hashlib
import io

from pypdf import PdfReader

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY
from .common_letters import LettersCommon, get_text

# What Odoo says then.
UNPATCHED = "Tried to convert multiple documents using unpatched QT"
CRASHED = "Wkhtmltopdf failed (error code: -11)"


@tagged("post_install", "-at_install")
class TestDunningLetter(LettersCommon):
    """The PDFs, as the customers receive them."""

    def make_batch(self, count=3):
        for number in range(count):
            self.make_overdue_invoice(10, partner=self.make_customer(f"Customer {number}"))
        return self.run_dunning().notice_ids

    def check_own_letters(self, notices):
        """Each PDF holds its own customer's number and name, and no other one's."""
        for notice in notices:
            pdf = notice.attachment_id.raw
            self.assertEqual(notice.pdf_sha256, hashlib.sha256(pdf).hexdigest())
            text = get_text(pdf)
            self.assertIn(notice.name, text)
            self.assertIn(notice.partner_id.name, text)
            for other in notices - notice:
                self.assertNotIn(other.name, text)
                self.assertNotIn(other.partner_id.name, text)

    def test_printed_again_it_is_what_was_frozen(self):
        """Design, rule 6; an auditor prints too."""
        self.make_overdue_invoice(10)
        notice = self.run_dunning().notice_ids.with_user(self.auditor)
        report = notice.action_print()["report_name"]
        self.company.name = "Another name"
        pdf, _type = (
            self.env["ir.actions.report"]
            .with_user(self.auditor)
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf(report, notice.ids)
        )
        self.assertEqual(pdf, notice.attachment_id.raw)

    # === Batches ===#

    def test_letters_of_a_batch_are_each_customer_s_own(self):
        """One wkhtmltopdf call; a peer once attached the letters of others (aft#559)."""
        notices = self.make_batch(4)
        busy = notices[2].partner_id
        for days in range(11, 60):
            self.make_overdue_invoice(days, partner=busy, amount=10)
        notices._cancel_unsent("More is due")
        notices = self.run_dunning().notice_ids
        calls = []
        reports = self.registry["ir.actions.report"]
        run = reports._run_wkhtmltopdf

        def count(report, bodies, *args, **kwargs):
            calls.append(len(bodies))
            return run(report, bodies, *args, **kwargs)

        self.patch(reports, "_run_wkhtmltopdf", count)
        notices._render_pdf()
        self.assertEqual(calls, [4])
        self.check_own_letters(notices)
        self.assertGreater(
            max(len(PdfReader(io.BytesIO(each.attachment_id.raw)).pages) for each in notices), 1
        )

    def test_headings_in_the_words_do_not_mix_letters(self):
        """Letters that can't be told apart by their numbers are made one by one."""
        notices = self.make_batch()
        notices[0].custom_body = f"<h1>{notices[1].name}</h1><p>A trap</p>"
        notices._render_pdf()
        for notice in notices[1:]:
            self.assertNotIn("A trap", get_text(notice.attachment_id.raw))
            self.assertNotIn(notices[0].name, get_text(notice.attachment_id.raw))

    def test_an_unpatched_build_makes_letters_one_by_one(self):
        """It refuses several documents in one call."""
        reports = self.registry["ir.actions.report"]
        run = reports._run_wkhtmltopdf

        def unpatched(report, bodies, *args, **kwargs):
            if len(bodies) > 1:
                raise UserError(UNPATCHED)
            return run(report, bodies, *args, **kwargs)

        self.patch(reports, "_run_wkhtmltopdf", unpatched)
        notices = self.make_batch()
        self.assertEqual(notices._render_pdf(), notices)
        self.check_own_letters(notices)

    def test_a_template_error_of_one_customer_stops_no_other(self):
        """Design, rule 8."""
        notices = self.make_batch()
        bad = notices[1]
        subject = self.registry["account.dunning.notice"]._get_subject

        def break_one(notice):
            return 1 / 0 if notice == bad else subject(notice)

        self.patch(self.registry["account.dunning.notice"], "_get_subject", break_one)
        self.assertEqual(notices._render_pdf(), notices - bad)
        self.assertEqual(bad.state, "failed")
        self.assertIn("The letter could not be made", bad.state_reason)
        self.check_own_letters(notices - bad)

    def test_wkhtmltopdf_fails_on_one_letter(self):
        """Design, rule 8."""
        notices = self.make_batch()
        reports = self.registry["ir.actions.report"]
        run = reports._run_wkhtmltopdf

        def crash(report, bodies, *args, **kwargs):
            if any(notices[0].name in str(body) for body in bodies):
                raise UserError(CRASHED)
            return run(report, bodies, *args, **kwargs)

        self.patch(reports, "_run_wkhtmltopdf", crash)
        self.assertEqual(notices._render_pdf(), notices[1:])
        self.assertEqual(notices[0].state, "failed")
        self.assertIn("error code: -11", notices[0].state_reason)
        self.check_own_letters(notices[1:])

    def test_wkhtmltopdf_is_missing(self):
        """Each notice says so; none leaves without its proof."""
        self.patch(
            self.registry["ir.actions.report"], "get_wkhtmltopdf_state", lambda report: "install"
        )
        notices = self.make_batch()
        notices._action_send(TODAY)
        self.assertEqual(set(notices.mapped("state")), {"failed"})
        self.assertIn("wkhtmltopdf is not installed", notices[0].state_reason)

    def test_an_empty_file_is_no_letter(self):
        """wkhtmltopdf sometimes ends without a file and without an error."""
        self.patch(
            self.registry["ir.actions.report"],
            "_run_wkhtmltopdf",
            lambda report, *args, **kwargs: b"",
        )
        notices = self.make_batch(2)
        self.assertFalse(notices._render_pdf())
        self.assertEqual(set(notices.mapped("state")), {"failed"})
