import io
from datetime import datetime, time, timedelta

from pypdf import PdfReader

from .common import TODAY, CollectionsCommon, days_ago


class ExchangesCommon(CollectionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector.partner_id.phone = "01 23 45 67 89"
        cls.invoice = cls.make_overdue_invoice(10)
        cls.dispute = cls.contest(cls.invoice, 300)
        cls.dispute.user_id = cls.collector
        cls.dispute_as_collector = cls.dispute.with_user(cls.collector)

    def wait(self):
        """We asked the customer something yesterday: the clocks stand still."""
        self.dispute._action_wait(
            "The order number", TODAY + timedelta(days=7), datetime.combine(days_ago(1), time(9))
        )

    @classmethod
    def get_exchanges(cls, kind=None, dispute=None):
        exchanges = (dispute or cls.dispute).exchange_ids
        return exchanges.filtered(lambda each: each.kind == kind) if kind else exchanges

    @classmethod
    def get_pdf_text(cls, exchange):
        pages = PdfReader(io.BytesIO(exchange.attachment_id.raw)).pages
        return len(pages), " ".join(" ".join(page.extract_text() for page in pages).split())

    @classmethod
    def make_resolution(cls, outcome="partial_credit", validity="partly", **values):
        return cls.env["account.dispute.resolution"].create(
            {
                "dispute_id": cls.dispute.id,
                "outcome": outcome,
                "validity": validity,
                "description": "<p>The price list of January applies.</p>",
            }
            | values
        )
