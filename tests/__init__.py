from . import test_access
from . import test_js
from . import test_lint
