from . import test_dunning_notice
from . import test_dunning_run
