from . import account_dispute_open
from . import account_dispute_open_item
from . import account_dispute_open_line
from . import account_dispute_write
from . import account_dispute_wait
from . import account_dunning_notice_cancel
from . import account_payment_register
from . import account_move_send
