from . import test_dispute
from . import test_dunning_notice
from . import test_dunning_run
from . import test_receivable
from . import test_tours
