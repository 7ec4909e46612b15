"""`make clean`: remove what this checkout's commands created; the download cache stays."""

import os
import shutil

from . import odoo, postgres, settings


def main(options: dict[str, str]) -> int:
    odoo.stop("odoo")
    odoo.stop("smtp")
    is_embedded = not os.environ.get("PGHOST")
    postgres.start()
    for database in postgres.databases():
        settings.say(f"dropping the database {database}")
        postgres.drop(database)
    shutil.rmtree(settings.RUN, ignore_errors=True)
    if is_embedded:
        postgres.stop_if_unused()
    return 0
