from . import dunning
from . import history
from . import portal
from . import workbook
