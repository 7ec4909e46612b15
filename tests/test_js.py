from odoo.tests import HttpCase, tagged

from odoo.addons.web.tests import test_js

SUITE = "@account_dispute_dunning"


@tagged("post_install", "-at_install")
class TestHoot(HttpCase):
    def test_our_suites(self):
        """Our files under static/tests, in Chromium; Odoo's own suites are not run again."""
        suite = test_js.HOOTCommon._generate_hash(self, SUITE)
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite}",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker,
        )
