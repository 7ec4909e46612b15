from odoo.tests import HttpCase, tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestTours(CollectionsCommon, HttpCase):
    def test_contest_a_receivable(self):
        """From the list: contest 300 of 1,000; 700 is left to claim, and the ledger agrees."""
        self.make_overdue_invoice(40, partner=self.make_customer("Contesting Customer"))
        self.start_tour(
            "/odoo/receivables", "account_dispute_dunning_contest", login="collections_collector"
        )
        dispute = self.env["account.dispute"].search([("contested_amount", "=", 300)])
        self.assertEqual(dispute.partner_id.name, "Contesting Customer")
        self.assertEqual(dispute.state, "open")
