from . import account_dispute_open
from . import account_dispute_open_finding
