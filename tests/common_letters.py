import io

from pypdf import PdfReader

from .common import TODAY, CollectionsCommon

IBAN = "FR7630006000011234567890189"


def get_text(pdf):
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


class LettersCommon(CollectionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "name": "Ateliers Vauquelin",
                "street": "12 rue des Tanneurs",
                "zip": "69009",
                "city": "Lyon",
                "legal_form": "SAS",
                "share_capital": 50000,
                "register_city": "Lyon",
                "company_registry": "12345678200012",
                "dunning_hours": "9-12, 14-17",
            }
        )
        bank_accounts = cls.env["res.partner.bank"]
        bank_accounts.create({"partner_id": cls.company.partner_id.id, "acc_number": IBAN})
        cls.customer.write({"street": "Zone des Acacias", "zip": "13002", "city": "Marseille"})
        cls.collector.partner_id.write({"phone": "04 72 00 00 00", "function": "Credit manager"})
        cls.customer.collector_id = cls.collector

    @classmethod
    def make_notice(cls, kind="reminder", on_date=TODAY, **values):
        """The notice of a run to a customer with open invoices, turned into a kind of notice."""
        notice = cls.run_dunning(on_date).notice_ids
        notice.ensure_one()
        notice._write_frozen(kind=kind, **values)
        return notice

    @classmethod
    def read_letter(cls, notice):
        """The text of its PDF, which is rendered now."""
        notice._render_pdf()
        return get_text(notice.attachment_id.raw)
