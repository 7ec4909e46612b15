"""Where things are. Standard library only: this is read before anything is installed."""

import hashlib
import os
from pathlib import Path

ADDON = "account_dispute_dunning"
ROOT = Path(__file__).resolve().parents[1]
# Tiny addons for optional neighbours: a folder of addons of its own.
GLUE = ROOT / "glue"

# Downloads and built environments, shared by every checkout.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / ADDON

# What one checkout's commands leave behind: databases are named after it too.
CHECKOUT = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
RUN = CACHE / "run" / CHECKOUT

# name -> (version, SHA-256). The first is Odoo; the others are what its web pages link to.
DEBIAN_PACKAGES = {
    "odoo-19": (
        "19.0.0+dfsg-1",
        "9d2f598b0555db17e291d48ed24df184c70823c053c4c5ed53c467ca7f629bbf",
    ),
    "libjs-jquery": (
        "3.7.1+dfsg+~3.5.33-1",
        "818d6383b5b8f33734f682076b02fe3e765af23251ff6bf2b47747a4484e19d3",
    ),
    "libjs-jquery-form": (
        "12-4",
        "fbfeedcd3eaf519b3cdcc88e93a1c79f6775da71657bac763f1430fe66e8a1da",
    ),
    "libjs-underscore": (
        "1.13.8~dfsg+~1.13.0-1",
        "4bd04d6b3695e10228b4d479d6963d6b768bcd9aa22e9cef2a014814f5de2906",
    ),
    "fonts-roboto-unhinted": (
        "2:3.016-1",
        "e08ef58b6b92ab2554cc5047b84c3eb03fe0df36d9eddaa1326f80783687c2e8",
    ),
    "fonts-montserrat": (
        "9.000-6",
        "c5f603701f86661a7eed820ff0b0d19e0aa697b316053b7885cc7346370128c1",
    ),
}
ODOO_BUILD = "odoo-" + DEBIAN_PACKAGES["odoo-19"][0]
ODOO_ROOT = CACHE / ODOO_BUILD

REQUIREMENTS = ROOT / "dev" / "requirements.txt"
VENV = CACHE / ("venv-" + hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12])
VENV_PYTHON = VENV / "bin" / "python"
BACKTEST_REQUIREMENTS = ROOT / "dev" / "requirements-backtest.txt"

# Packages of PyPI that are tested beside us, each in a folder of its own: name -> version.
PEER = "odoo-addon-account-credit-control"  # what `make bench` runs against
QUEUE_JOB = "odoo-addon-queue-job"
NEIGHBOURS = {
    PEER: "19.0.1.0.0.13",
    QUEUE_JOB: "19.0.2.4.0.1",
    "odoo-test-helper": "2.1.3",
    "openupgradelib": "3.13.7",  # queue_job asks for it
}

POSTGRES_DATA = CACHE / "postgres"
DB_USER = os.environ.get("PGUSER") or "odoo"
# Odoo with the French chart, nothing of ours: copied for each database we need.
TEMPLATE_VERSION = 4
TEMPLATE_DB = "tpl_" + hashlib.sha256(f"{ODOO_BUILD} {TEMPLATE_VERSION}".encode()).hexdigest()[:8]


def odoo_source() -> Path:
    """The folder that holds Odoo's `odoo` package: the user's ``ODOO_HOME`` or our own copy."""
    home = os.environ.get("ODOO_HOME")
    if home:
        return Path(home)
    return ODOO_ROOT / "usr/lib/python3/dist-packages"


def glue_addons() -> list[str]:
    """The names of the glue addons of this checkout."""
    return sorted(manifest.parent.name for manifest in GLUE.glob("*/__manifest__.py"))


def neighbour(name: str) -> Path:
    """The folder of a package of `NEIGHBOURS`, once `provision.neighbours` has fetched it."""
    return CACHE / f"{name}-{NEIGHBOURS[name]}"


def neighbour_addons() -> Path:
    """The addons that our glue addons are for."""
    return neighbour(QUEUE_JOB) / "odoo" / "addons"


def addon_folder(addon: str) -> Path:
    return ROOT if addon == ADDON else GLUE / addon


def database(purpose: str) -> str:
    return f"{purpose}_{CHECKOUT}"


def say(text: str) -> None:
    print(f"\033[2m·\033[0m {text}" if os.isatty(1) else f"· {text}", flush=True)
