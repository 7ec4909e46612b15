"""`python -m dev COMMAND [NAME=VALUE …]`: provision, then run the command.

The first call, by any Python, provisions with the standard library alone; then the command runs
in the provisioned environment.
"""

import importlib
import os
import subprocess
import sys
import warnings
from pathlib import Path

from . import settings
from .provision import ProvisionError, provision

COMMANDS = ("demo", "test", "bench", "replay", "backtest", "screenshots", "i18n", "stop", "clean")


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in COMMANDS:
        print(f"usage: python -m dev {{{','.join(COMMANDS)}}} [NAME=VALUE …]", file=sys.stderr)
        return 2
    if Path(sys.prefix) != settings.VENV:
        try:
            provision()
        except (ProvisionError, subprocess.CalledProcessError) as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
        os.chdir(settings.ROOT)
        python = str(settings.VENV_PYTHON)
        os.execv(python, [python, "-m", "dev", *arguments])
    options = dict(argument.split("=", 1) for argument in arguments[1:])
    # The embedded PostgreSQL's lock is in /tmp then, which is fine.
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
    command = importlib.import_module(f".{arguments[0]}", __package__)
    return command.main({name: value for name, value in options.items() if value})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
