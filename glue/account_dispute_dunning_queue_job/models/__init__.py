from . import account_dunning_run
from . import account_dunning_notice
