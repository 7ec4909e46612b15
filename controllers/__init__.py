from . import history
from . import portal
