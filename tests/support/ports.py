"""Free ports on loopback."""

from __future__ import annotations

import random
import socket
from dataclasses import astuple

from panel.engine.layout import Ports


def is_free(port: int) -> bool:
    """Whether nobody listens on the port, for TCP and UDP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(type=kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def answers(port: int) -> bool:
    """Whether somebody listens on the TCP port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A free port, another one for each process that asks at the same moment."""
    chooser = random.SystemRandom()
    while not is_free(port := chooser.randrange(31_000, 32_000)):
        pass
    return port


def free_base() -> int:
    """A PORT all of whose derived ports are free."""
    chooser = random.SystemRandom()
    while True:
        base = chooser.randrange(20_000, 30_000)
        if is_free(base) and all(map(is_free, astuple(Ports.from_base(base)))):
            return base
