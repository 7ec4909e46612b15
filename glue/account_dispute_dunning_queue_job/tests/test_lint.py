"""Odoo's own lint tests, for this addon; see those of the addon that it extends.

Without those that look at all models: the neighbour's do not pass them.
"""

from odoo.tests import tagged

from odoo.addons.account_dispute_dunning.tests import test_lint
from odoo.addons.test_lint.tests import (
    test_dunderinit,
    test_i18n,
    test_manifests,
    test_naming,
    test_onchange_domains,
    test_orm_import,
    test_pofile,
)


class OurFiles(test_lint.OurFiles):
    addon = "account_dispute_dunning_queue_job"


@tagged("post_install", "-at_install")
class TestDunderInit(OurFiles, test_dunderinit.TestDunderinit):
    pass


@tagged("post_install", "-at_install")
class TestI18n(OurFiles, test_i18n.TestI18n):
    test_directives_regex = None  # the linter's test of itself


@tagged("post_install", "-at_install")
class TestManifest(OurFiles, test_manifests.ManifestLinter):
    pass


@tagged("post_install", "-at_install")
class TestOnchangeDomains(OurFiles, test_onchange_domains.TestOnchangeDomains):
    pass


@tagged("post_install", "-at_install")
class TestOrmImport(OurFiles, test_orm_import.TestDunderinit):
    pass


@tagged("post_install", "-at_install")
class TestPotDuplicates(OurFiles, test_pofile.PotLinter):
    pass


@tagged("post_install", "-at_install")
class TestNaming(test_lint.OdooLint, test_naming.TestNaming):
    pass
