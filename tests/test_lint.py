"""Odoo's own lint tests (module test_lint, which need not be installed), for this addon."""

from unittest.mock import patch

from odoo.modules import Manifest
from odoo.tests import tagged

from odoo.addons.test_lint.tests import (
    test_dunderinit,
    test_i18n,
    test_index,
    test_jstranslate,
    test_manifests,
    test_naming,
    test_onchange_domains,
    test_orm_import,
    test_override_signatures,
    test_pofile,
    test_routes,
)


class OdooLint:
    # Odoo collects a class's own tests only, unless told so.
    allow_inherited_tests_method = True


class OurFiles(OdooLint):
    """Those that read files would read all of Odoo's 600 addons; here they read ours."""

    addon = "account_dispute_dunning"

    def setUp(self):
        super().setUp()
        ours = [Manifest.for_addon(self.addon)]
        self.startPatcher(patch.object(Manifest, "all_addon_manifests", return_value=ours))
        self.startPatcher(patch.object(test_pofile, "get_modules", return_value=[self.addon]))


@tagged("post_install", "-at_install")
class TestDunderInit(OurFiles, test_dunderinit.TestDunderinit):
    pass


@tagged("post_install", "-at_install")
class TestI18n(OurFiles, test_i18n.TestI18n):
    test_directives_regex = None  # the linter's test of itself


@tagged("post_install", "-at_install")
class TestJsTranslations(OurFiles, test_jstranslate.TestJsTranslations):
    # The linter's tests of itself.
    test_regular_expression = None
    test_regular_expression_long = None
    test_matches_underscore = None


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
class TestIndex(OdooLint, test_index.TestIndex):
    pass


@tagged("post_install", "-at_install")
class TestNaming(OdooLint, test_naming.TestNaming):
    pass


@tagged("post_install", "-at_install")
class TestOverrideSignatures(OdooLint, test_override_signatures.TestLintOverrideSignatures):
    pass


@tagged("post_install", "-at_install")
class TestRoutes(OdooLint, test_routes.RoutesLinter):
    pass
