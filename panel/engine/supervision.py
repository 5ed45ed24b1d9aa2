"""Keeping one server running: started again when it dies, stopped properly when we are."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from types import FrameType

import click

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
STEADY = 60.0
"""Seconds after which a server counts as running well, so that the next pause is short again."""


def supervise(name: str, start: list[str], stop: list[str] | None = None) -> int:
    """Run `start` in the foreground until SIGTERM or SIGINT, then `stop` it; always 0.

    Without `stop` it is sent SIGTERM.
    """
    ending = threading.Event()
    server: subprocess.Popen[bytes] | None = None

    def end(_signal: int, _frame: FrameType | None) -> None:
        ending.set()
        if stop is None and server is not None:
            server.terminate()
        elif stop is not None:  # it asks the server itself, which ends its children in order
            nothing = subprocess.DEVNULL
            subprocess.run(stop, check=False, stdin=nothing, capture_output=True, timeout=20)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    pause = FIRST_PAUSE
    while not ending.is_set():
        began = time.monotonic()
        server = subprocess.Popen(start, stdin=subprocess.DEVNULL, start_new_session=True)
        code = server.wait()
        if ending.is_set():
            break
        lived = time.monotonic() - began
        pause = FIRST_PAUSE if lived > STEADY else min(pause * 2, LONGEST_PAUSE)
        click.echo(f"{name} ended with {code}; again in {pause:.0f} s", err=True)
        ending.wait(pause)
    return 0
