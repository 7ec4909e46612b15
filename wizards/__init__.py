from . import account_dispute_open
from . import account_dispute_write
from . import account_dunning_notice_cancel
from . import account_move_send
