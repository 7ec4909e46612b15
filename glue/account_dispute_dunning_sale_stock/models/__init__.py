from . import account_dispute_comparison
from . import account_dispute
from . import account_dispute_department
from . import account_dispute_evidence
