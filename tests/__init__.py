from . import test_access
from . import test_dispute
from . import test_dunning_notice
from . import test_dunning_run
from . import test_js
from . import test_lint
from . import test_receivable
from . import test_tours
