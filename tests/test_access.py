from odoo.tests import tagged

from .common import CollectionsCommon


@tagged("post_install", "-at_install")
class TestAccess(CollectionsCommon):
    def test_x(self):
        self.assert_ties_out()
