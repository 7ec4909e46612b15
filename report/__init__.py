from . import account_aged_balance_xlsx
from . import account_statement_xlsx
from . import workbook
