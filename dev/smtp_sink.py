"""A mail server that delivers nothing: each message becomes a file.

`python -m dev.smtp_sink PORT FOLDER [SECONDS]`; it answers so long after it has a message.
"""

import asyncio
import itertools
import sys
import time
from pathlib import Path

from aiosmtpd.controller import Controller


class Sink:
    """Stores each message as `<time>-<number>.eml` in a folder."""

    def __init__(self, folder: Path, seconds: float):
        self.folder = folder
        self.seconds = seconds
        self.numbers = itertools.count(1)

    async def handle_DATA(self, _server, _session, envelope):
        name = f"{time.time():.0f}-{next(self.numbers):05d}.eml"
        (self.folder / name).write_bytes(envelope.content)
        await asyncio.sleep(self.seconds)
        return "250 Message accepted"


def main(port: str, folder: str, seconds: str = "0") -> None:
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    controller = Controller(Sink(path, float(seconds)), hostname="127.0.0.1", port=int(port))
    controller.start()
    asyncio.new_event_loop().run_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
