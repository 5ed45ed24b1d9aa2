"""What of the engine runs and what does not, asked for real: a connection and its greeting."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from panel.engine import private
from panel.engine.layout import Layout

TIMEOUT = 0.5


class Trouble(StrEnum):
    """Why a service does not work."""

    NONE = "none"
    NOT_INSTALLED = "not_installed"
    NOT_LISTENING = "not_listening"
    NO_GREETING = "no_greeting"


@dataclass(frozen=True)
class ServiceStatus:
    """One service: where it was asked and what is wrong, with the system's own words."""

    name: str
    port: int
    trouble: Trouble
    detail: str = ""

    @property
    def is_up(self) -> bool:
        """Whether it answered as it should."""
        return self.trouble is Trouble.NONE


@dataclass(frozen=True)
class _Probe:
    name: str
    port: int
    greeting: bytes
    tls: bool = False
    says: bytes = b""


def engine_status(layout: Layout) -> tuple[ServiceStatus, ...]:
    """Every service of the engine, asked at once; at most about a second."""
    ports = layout.ports
    probes = (
        _Probe("smtp", ports.smtp, b"220 "),
        _Probe("submission", ports.submission, b"220 "),
        _Probe("submissions", ports.submissions, b"220 ", tls=True),
        _Probe("imap", ports.imap, b"* OK"),
        _Probe("imaps", ports.imaps, b"* OK", tls=True),
        _Probe("pop3", ports.pop3, b"+OK"),
        _Probe("pop3s", ports.pop3s, b"+OK", tls=True),
        # tcp_table(5): an address that is none has no other sender
        _Probe("srs", ports.srs_forward, b"500 ", says=b"get nobody\n"),
    )
    absent = private.missing() if layout.listen == "127.0.0.1" else ""
    with ThreadPoolExecutor(len(probes)) as pool:
        return tuple(pool.map(lambda probe: _ask(probe, absent), probes))


def runs(statuses: Iterable[ServiceStatus]) -> bool:
    """Whether all of them are up."""
    return all(status.is_up for status in statuses)


def _ask(probe: _Probe, absent: str) -> ServiceStatus:
    """Connect and read the greeting; an engine that is not installed is only named as such."""
    try:
        with _secured(socket.socket()) if probe.tls else socket.socket() as wire:
            wire.settimeout(TIMEOUT)
            wire.connect(("127.0.0.1", probe.port))
            wire.sendall(probe.says)
            greeting = wire.recv(200)
    except (TimeoutError, ssl.SSLError) as error:
        return ServiceStatus(probe.name, probe.port, Trouble.NO_GREETING, str(error))
    except OSError as error:
        trouble = Trouble.NOT_INSTALLED if absent else Trouble.NOT_LISTENING
        return ServiceStatus(probe.name, probe.port, trouble, absent or str(error.strerror))
    if not greeting.startswith(probe.greeting):
        return ServiceStatus(
            probe.name, probe.port, Trouble.NO_GREETING, greeting.decode("ascii", "replace")
        )
    return ServiceStatus(probe.name, probe.port, Trouble.NONE)


def _secured(plain: socket.socket) -> ssl.SSLSocket:
    """TLS without looking at the certificate: only whether the service answers is asked here.

    It is wrapped before it connects, so that it is closed also when that fails half-way.
    """
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain)
