from . import test_comparison
from . import test_findings
from . import test_lint
