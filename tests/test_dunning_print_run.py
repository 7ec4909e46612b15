import io

from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import account_dunning_notice_print_run
from .common_letters import LettersCommon, get_text


@tagged("post_install", "-at_install")
class TestDunningPrintRun(LettersCommon):
    """Letters for the post in one PDF, behind the list of who receives them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("Zoé", "Anna", "Marc"):
            cls.make_overdue_invoice(10, partner=cls.make_customer(name, email=False))
        cls.letters = cls.run_dunning().notice_ids
        cls.letters._write_frozen(state="validated")
        cls.registered = cls.letters[0]
        cls.registered._write_frozen(channel="registered")
        cls.registered.registered_number = "1A 123 456 7890 1"

    def read_pages(self, file):
        """The texts of the pages of a file."""
        return [
            " ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(file.raw)).pages
        ]

    def make_run(self, letters=None):
        letters = self.letters if letters is None else letters
        action = letters.with_user(self.assistant).action_print_run()
        file_id = int(action["url"].split("/")[-1].split("?")[0])
        return self.env["ir.attachment"].browse(file_id)

    def test_the_list_comes_first_then_each_letter(self):
        """Recipients in order, their number, the registered numbers."""
        cover, *pages = self.read_pages(self.make_run())
        for words in ("Letters: 3", "Registered: 1", "1A 123 456 7890 1", "Pages: 3"):
            self.assertIn(words, cover)
        self.assertLess(cover.index("Anna"), cover.index("Marc"))
        self.assertLess(cover.index("Marc"), cover.index("Zoé"))
        for name, text in zip(("Anna", "Marc", "Zoé"), pages, strict=True):
            self.assertIn(name, text)

    def test_nothing_is_posted_by_printing(self):
        self.make_run()
        self.assertEqual(set(self.letters.mapped("state")), {"validated"})

    def test_posted_afterwards(self):
        paper = self.letters - self.registered
        self.make_run(paper)
        paper.with_user(self.assistant).action_posted()
        self.assertEqual(set(paper.mapped("state")), {"sent"})

    def test_what_was_paid_since_is_not_printed(self):
        """Design, rule 5."""
        paid = self.letters[1]
        self.pay(paid.line_ids.move_id)
        text = " ".join(self.read_pages(self.make_run()))
        self.assertIn("Letters: 2", text)
        self.assertNotIn(paid.partner_id.name, text)
        self.assertEqual(paid.state, "cancelled")

    def test_only_letters_that_may_leave(self):
        self.letters[1]._write_frozen(state="draft")
        self.letters[2]._write_frozen(channel="email")
        self.assertIn("Letters: 1", self.read_pages(self.make_run())[0])
        with self.assertRaisesRegex(UserError, "No letter to post"):
            self.letters[1:].with_user(self.assistant).action_print_run()
        with self.assertRaisesRegex(UserError, "Only letters are posted"):
            self.letters[2].with_user(self.assistant).action_posted()

    def test_enclosures_follow_their_letter(self):
        """The invoice on paper too, behind the letter that lists it."""
        letter = self.letters.sorted(lambda each: each.partner_id.name)[0]
        self.letters._render_pdf()
        attachment = self.letters[0].attachment_id.copy({"name": "INV-1.pdf"})
        letter._write_frozen(attachment_ids=attachment.ids)
        pages = self.read_pages(self.make_run())
        self.assertEqual(len(pages), 5)
        self.assertEqual(pages[2], get_text(attachment.raw))

    def test_many_letters_make_several_files(self):
        """No more in memory than one file."""
        self.patch(account_dunning_notice_print_run, "LETTERS_PER_FILE", 2)
        action = self.letters.with_user(self.assistant).action_print_run()
        files = self.env[action["res_model"]].search(action["domain"], order="id")
        self.assertEqual([len(self.read_pages(file)) for file in files], [3, 2])
        self.assertIn("File 2 of 2", self.read_pages(files[1])[0])

    def test_who_may(self):
        """What is printed is for who prints it; an auditor prints single letters."""
        with self.assertRaises(AccessError):
            self.letters.with_user(self.auditor).action_print_run()
        file = self.make_run()
        self.assertTrue(file.with_user(self.assistant).has_access("read"))
        self.assertFalse(file.with_user(self.collector).has_access("read"))
