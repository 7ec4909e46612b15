from . import account_dispute_comparison
from . import account_dispute
