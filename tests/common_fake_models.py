"""`odoo-test-helper` loads the models of an addon that does not exist, for one test class.

It was written for earlier versions: what Odoo 19 renamed is adapted here. `make test` fetches it.
"""

import importlib
from unittest import SkipTest

from odoo import models

try:
    # The name that the helper looks for when it is imported.
    models.MetaModel.module_to_models = models.MetaModel._module_to_models__
    from odoo_test_helper.fake_model_loader import FakeModelLoader, FakePackage, module_to_models
except ImportError:
    FakeModelLoader = object


class Loader(FakeModelLoader):
    def update_registry(self, odoo_models):
        """Extend the models of the registry with these classes."""
        self.env.flush_all()
        self._clean_module_to_model()
        registry, ours = self.env.registry, module_to_models[self._module_name]
        self._bases = {
            model._inherit[0]: registry[model._inherit[0]]._base_classes__ for model in odoo_models
        }
        module_to_models[self._module_name] = list(odoo_models)
        try:
            registry.load(FakePackage(self._module_name))
        finally:
            module_to_models[self._module_name] = ours
        self._set_up()

    def restore_registry(self):
        for name, bases in self._bases.items():
            self.env.registry[name]._base_classes__ = bases
        self._set_up()

    def _set_up(self):
        registry, cr = self.env.registry, self.env.cr
        registry._setup_models__(cr, list(self._bases))
        registry.init_models(cr, list(self._bases), {"module": self._module_name})


def load_fake_models(test_class, *names):
    """Load classes of `fake_models`, those of a channel unless they are named, until the end of a
    test class; to be called in its `setUpClass`."""
    if FakeModelLoader is object:
        raise SkipTest("odoo-test-helper is not installed: `make test` fetches it.")
    loader = Loader(test_class.env, test_class.__module__)
    loader.backup_registry()
    fakes = importlib.import_module(".fake_models", __package__)
    names = names or ("FakeStep", "FakeNotice", "FakeRun", "FakeDecision")
    loader.update_registry([getattr(fakes, name) for name in names])
    test_class.addClassCleanup(loader.restore_registry)
