"""`make stop`: end the demo's processes. Its database stays."""

from . import odoo


def main(options: dict[str, str]) -> int:
    odoo.stop("odoo")
    odoo.stop("smtp")
    return 0
