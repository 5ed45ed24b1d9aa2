"""Waiting for what another process does: until it is so, or a deadline passes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(ask: Callable[[], T], *, deadline: float = 10.0, every: float = 0.05) -> T:
    """The first true answer of `ask`; AssertionError after `deadline` seconds."""
    end = time.monotonic() + deadline
    pause = threading.Event()
    while not (answer := ask()):
        assert time.monotonic() < end, f"not within {deadline} s"
        pause.wait(every)
    return answer
