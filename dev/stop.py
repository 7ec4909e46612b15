"""`make stop`: stop the demo's server and its mail sink."""

from . import demo


def main(_options: dict[str, str]) -> int:
    demo.stop()
    return 0
