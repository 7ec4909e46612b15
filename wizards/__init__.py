from . import account_dispute_open
from . import account_dispute_wait
from . import account_dunning_notice_cancel
