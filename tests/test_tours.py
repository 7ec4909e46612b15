from odoo.tests import HttpCase, tagged

from odoo.addons.web.tests.test_js import HOOTCommon, unit_test_error_checker

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


@tagged("post_install", "-at_install")
class TestComponents(HOOTCommon):
    """The Hoot tests of static/tests, in a browser."""

    def get_hoot_filters(self):
        return f"&id={self._generate_hash('@account_dispute_dunning')}"

    def test_components(self):
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000{self.hoot_filters}",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=unit_test_error_checker,
        )
