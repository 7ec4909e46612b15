from . import test_receivable
from . import test_dispute
from . import test_tours
