"""A small SMTP server that answers RCPT as it is told and keeps what it was sent."""

from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any


@dataclass
class Envelope:
    """What a client said: its address, its name, the sender and the one recipient."""

    client: str
    helo: str = ""
    sender: str = ""
    recipient: str = ""


class SmtpDoor:
    """Listens on loopback while the block lasts; `answer` is what RCPT is told."""

    def __init__(self, answer: str = "250 2.1.5 Ok") -> None:
        self.answer = answer
        self.messages: list[bytes] = []
        self.envelopes: list[Envelope] = []
        door = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                door._talk(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> SmtpDoor:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def told(self, _envelope: Envelope) -> str:
        """What RCPT is answered."""
        return self.answer

    def _talk(self, wire: Any) -> None:
        said = Envelope(wire.client_address[0])
        wire.wfile.write(b"220 door\r\n")
        for line in wire.rfile:
            verb, answer = line[:4].upper(), "250 Ok"
            if verb in (b"HELO", b"EHLO"):
                said.helo = line[5:].decode().strip()
            elif verb == b"MAIL":
                said.sender = _path(line)
            elif verb == b"RCPT":
                said.recipient = _path(line)
                answer = self.told(said)
            elif verb == b"DATA":
                wire.wfile.write(b"354 go on\r\n")
                self.messages.append(b"".join(iter(wire.rfile.readline, b".\r\n")))
                self.envelopes.append(replace(said))
            elif verb == b"QUIT":
                answer = "221 bye"
            wire.wfile.write(answer.encode() + b"\r\n")
            if verb == b"QUIT":
                return


def _path(line: bytes) -> str:
    """The address between < and >."""
    return line.decode().partition("<")[2].partition(">")[0]
