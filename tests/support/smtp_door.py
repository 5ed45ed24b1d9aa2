"""A small SMTP server that answers RCPT as it is told and keeps what it was sent."""

from __future__ import annotations

import socketserver
import threading
from types import TracebackType
from typing import Any


class SmtpDoor:
    """Listens on loopback while the block lasts; `answer` is what RCPT is told."""

    def __init__(self, answer: str = "250 2.1.5 Ok") -> None:
        self.answer = answer
        self.messages: list[bytes] = []
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

    def _talk(self, wire: Any) -> None:
        wire.wfile.write(b"220 door\r\n")
        for line in wire.rfile:
            verb = line[:4].upper()
            if verb == b"DATA":
                wire.wfile.write(b"354 go on\r\n")
                self.messages.append(b"".join(iter(wire.rfile.readline, b".\r\n")))
            told = self.answer if verb == b"RCPT" else "221 bye" if verb == b"QUIT" else "250 Ok"
            wire.wfile.write(told.encode() + b"\r\n")
            if verb == b"QUIT":
                return
