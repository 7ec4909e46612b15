"""Fetch Odoo 19, its Python environment, wkhtmltopdf and Chromium, once, into the cache.

Standard library only. Every step is skipped when its result is already there, and a step that
was interrupted starts again: results are built aside and renamed into place.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import settings
from .settings import say


class ProvisionError(Exception):
    """Something could not be had; the message says what the user can do about it."""


def provision() -> None:
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        raise ProvisionError(
            "Odoo 19 runs on Python 3.10 to 3.13, and this is "
            f"{sys.version.split()[0]}: call `make PYTHON=/path/to/python3.11 …`."
        )
    settings.CACHE.mkdir(parents=True, exist_ok=True)
    if not os.environ.get("ODOO_HOME"):
        _odoo()
    elif not (settings.odoo_source() / "odoo" / "release.py").exists():
        raise ProvisionError("ODOO_HOME must be the folder that holds Odoo's `odoo` package.")
    _virtualenv()
    _wkhtmltopdf()


# === Odoo ===#


def _odoo() -> None:
    if settings.ODOO_ROOT.exists():
        return
    say(f"Odoo {settings.DEBIAN_PACKAGES['odoo-19'][0]}: downloading (123 MB)")
    downloads = settings.CACHE / "downloads"
    root = _fresh(settings.ODOO_ROOT.with_suffix(".part"))
    for name, (version, digest) in settings.DEBIAN_PACKAGES.items():
        package = _debian_package(downloads, name, version, digest)
        _run("dpkg-deb", "-x", str(package), str(root))
    # Background blur of video calls is not in the package; its 404 fails every browser tour.
    web = root / "usr/lib/python3/dist-packages/odoo/addons/mail/static/lib"
    stub = web / "selfie_segmentation/selfie_segmentation.js"
    stub.parent.mkdir(parents=True, exist_ok=True)
    stub.touch()
    root.rename(settings.ODOO_ROOT)
    shutil.rmtree(downloads)


def _debian_package(folder: Path, name: str, version: str, digest: str) -> Path:
    """Download one package of Debian's unstable suite with a private apt state.

    apt checks the archive's signature; we check the digest that this project pins.
    """
    apt = _private_apt(folder)
    filename = f"{name}_{version.replace(':', '%3a')}_all.deb"
    path = folder / filename
    if not path.exists():
        try:
            _run("apt-get", *apt, "download", f"{name}={version}", cwd=folder)
        except subprocess.CalledProcessError:
            raise ProvisionError(
                f"{name} {version} is not on this machine's Debian mirror any more. Set ODOO_HOME "
                "to an Odoo 19 source, or pin the mirror's version in dev/settings.py."
            ) from None
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != digest:
        path.unlink()
        raise ProvisionError(f"{filename} has SHA-256 {found}, and {digest} was expected.")
    return path


def _private_apt(folder: Path) -> list[str]:
    lists = folder / "lists"
    options = {
        "Dir::State::lists": lists,
        "Dir::Cache": folder / "cache",
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "APT::Sandbox::User": "root",
    }
    arguments = [part for key, value in options.items() for part in ("-o", f"{key}={value}")]
    if not lists.exists():
        (folder / "cache/archives/partial").mkdir(parents=True, exist_ok=True)
        (lists / "partial").mkdir(parents=True)
        (folder / "sources.list").write_text(f"deb {_debian_mirror()} sid main\n")
        try:
            _run("apt-get", *arguments, "update")
        except subprocess.CalledProcessError as error:
            shutil.rmtree(lists)
            raise ProvisionError(f"The Debian mirror does not answer: {error.stderr}") from None
    return arguments


def _debian_mirror() -> str:
    """The URI of the machine's own Debian mirror, from its apt sources."""
    if not shutil.which("apt-get"):
        raise ProvisionError(
            "Odoo is fetched with apt-get, which this machine does not have: "
            "set ODOO_HOME to an Odoo 19 source."
        )
    uris = _run("apt-get", "indextargets", "--format", "$(SITE) $(ORIGIN)").splitlines()
    for line in uris:
        site, _space, origin = line.partition(" ")
        if origin == "Debian":
            return site
    for line in uris:
        site = line.partition(" ")[0]
        if site.rstrip("/").endswith("/debian"):
            return site
    raise ProvisionError("No Debian mirror in the apt sources: set ODOO_HOME to an Odoo 19 source.")


# === Python, PDF, browser ===#


def _virtualenv() -> None:
    if settings.VENV_PYTHON.exists() and (settings.VENV / "complete").exists():
        return
    say("Python environment: installing the locked requirements")
    shutil.rmtree(settings.VENV, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(settings.VENV))
    _run(
        str(settings.VENV_PYTHON),
        *("-m", "pip", "install", "--quiet", "--require-hashes", "--prefer-binary"),
        *("-r", str(settings.REQUIREMENTS)),
    )
    (settings.VENV / "complete").touch()


def _wkhtmltopdf() -> None:
    """Put the build with patched Qt under the name that Odoo calls."""
    command = settings.VENV / "bin" / "wkhtmltopdf"
    if not command.exists():
        command.symlink_to("wkhtmltopdf-pack")
    try:
        _run(str(command), "--version")
    except (OSError, subprocess.CalledProcessError):
        _install_debian("libxrender1", "libfontconfig1", "libxext6", "libx11-6")


def chromium() -> str:
    """The path of a Chromium, installed from Debian when this is root's own machine."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return shutil.which(name)
    say("Chromium: installing")
    _install_debian("chromium")
    return shutil.which("chromium")


def poppler() -> None:
    """`pdftoppm` and `pdftotext`, to look at letters."""
    if not shutil.which("pdftoppm"):
        _install_debian("poppler-utils")


def peer() -> Path:
    """OCA `account_credit_control`, for the benchmark; returns its addons folder."""
    return _neighbour(settings.PEER) / "odoo" / "addons"


def neighbours() -> None:
    """What our tests need of others, apart from the environment that everything runs in."""
    for name in settings.NEIGHBOURS:
        if name != settings.PEER:
            _neighbour(name)


def backtest_packages() -> Path:
    """The folder of the packages that only `make backtest` needs."""
    digest = hashlib.sha256(settings.BACKTEST_REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = settings.CACHE / f"backtest-{digest}"
    if not folder.exists():
        say("scikit-learn: downloading, for the comparison only")
        _install_apart(folder, "--require-hashes", "-r", str(settings.BACKTEST_REQUIREMENTS))
    return folder


def _neighbour(name: str) -> Path:
    folder = settings.neighbour(name)
    if not folder.exists():
        version = settings.NEIGHBOURS[name]
        say(f"{name} {version}: downloading")
        _install_apart(folder, f"{name}=={version}")
    return folder


def _install_apart(folder: Path, *arguments: str) -> None:
    """Install packages, without what they depend on, in a folder of their own."""
    # Two checkouts may fetch the same package at once.
    part = _fresh(folder.with_name(f"{folder.name}.{os.getpid()}"))
    _run(
        str(settings.VENV_PYTHON),
        *("-m", "pip", "install", "--quiet", "--no-deps", "--target", str(part), *arguments),
    )
    try:
        part.rename(folder)
    except OSError:
        shutil.rmtree(part)


def _install_debian(*packages: str) -> None:
    if os.geteuid() or not shutil.which("apt-get"):
        raise ProvisionError(f"Please install: {' '.join(packages)}.")
    _run("apt-get", "update", "-qq")
    _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _run(*command: str, cwd: Path | None = None) -> str:
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, cwd=cwd, env=env, check=False, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        done.check_returncode()
    return done.stdout
