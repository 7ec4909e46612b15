from . import account_dunning_scenario_step
from . import account_dunning_notice
from . import sms_sms
