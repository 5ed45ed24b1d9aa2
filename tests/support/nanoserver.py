"""Name servers that misbehave, one class per misbehaviour, each on a port of its own."""

from __future__ import annotations

import socketserver
import struct
import threading
from types import TracebackType
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class NanoServer:
    """Answers UDP and TCP on one port, `where` says which, while its `with` block lasts.

    `asked` lists the transports of the questions that came, in their order.
    """

    where = ("127.0.0.1", 0)

    def __enter__(self) -> NanoServer:
        self.asked: list[str] = []
        self._udp, self._tcp = _both(self.where)
        self._threads = []
        for server in (self._udp, self._tcp):
            server.nano = self
            thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join(5)

    @property
    def address(self) -> str:
        """IP:PORT, as the settings write a server."""
        return f"{self.where[0]}:{self._udp.server_address[1]}"

    def answer(self, question: dns.message.Message) -> bytes | None:
        """What is sent back; None sends nothing."""
        raise NotImplementedError

    def answer_over_tcp(self, question: dns.message.Message) -> bytes | None:
        """The same over TCP."""
        return self.answer(question)


class Silent(NanoServer):
    """Drops what comes, all of it or only the questions for one name."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name

    def answer(self, question: dns.message.Message) -> bytes | None:
        asked = question.question[0].name.to_text(omit_final_dot=True)
        if self.name in (None, asked):
            return None
        return dns.message.make_response(question, recursion_available=True).to_wire()


class Refusing(NanoServer):
    """Says REFUSED, as a server does that has no such zone."""

    code = dns.rcode.REFUSED

    def answer(self, question: dns.message.Message) -> bytes | None:
        response = dns.message.make_response(question)
        response.set_rcode(self.code)
        return response.to_wire()


class Failing(Refusing):
    """Says SERVFAIL, as a resolver does when the domain's own servers are broken."""

    code = dns.rcode.SERVFAIL


class Truncating(NanoServer):
    """Sends an empty truncated answer over UDP, the whole one over TCP."""

    def __init__(self, *values: str) -> None:
        self.values = values

    def answer(self, question: dns.message.Message) -> bytes | None:
        response = dns.message.make_response(question)
        response.flags |= dns.flags.TC
        return response.to_wire()

    def answer_over_tcp(self, question: dns.message.Message) -> bytes | None:
        response = dns.message.make_response(question)
        asked = question.question[0]
        response.answer.append(
            dns.rrset.from_text(asked.name, 60, asked.rdclass, asked.rdtype, *self.values)
        )
        return response.to_wire()


class Garbling(NanoServer):
    """Answers with bytes that are no DNS message."""

    def answer(self, question: dns.message.Message) -> bytes | None:
        return question.id.to_bytes(2, "big") + b"\xff" * 20


class _Udp(socketserver.UDPServer):
    nano: NanoServer


class _Tcp(socketserver.TCPServer):
    allow_reuse_address = True
    nano: NanoServer


def _both(where: tuple[str, int]) -> tuple[_Udp, _Tcp]:
    """UDP and TCP on one port; the port that UDP got may be taken for TCP, then on another."""
    while True:
        udp = _Udp(where, _UdpQuestion)
        try:
            return udp, _Tcp(udp.server_address, _TcpQuestion)
        except OSError:
            udp.server_close()


class _UdpQuestion(socketserver.BaseRequestHandler):
    server: Any

    def handle(self) -> None:
        wire, socket = self.request
        self.server.nano.asked.append("udp")
        answer = self.server.nano.answer(dns.message.from_wire(wire))
        if answer is not None:
            socket.sendto(answer, self.client_address)


class _TcpQuestion(socketserver.BaseRequestHandler):
    server: Any

    def handle(self) -> None:
        stream = self.request.makefile("rwb")
        (length,) = struct.unpack("!H", stream.read(2))
        self.server.nano.asked.append("tcp")
        answer = self.server.nano.answer_over_tcp(dns.message.from_wire(stream.read(length)))
        if answer is not None:
            stream.write(struct.pack("!H", len(answer)) + answer)
            stream.flush()
        stream.close()


class Astray(NanoServer):
    """Answers another question than was asked; then, if `then`, the right one refused."""

    def __init__(self, *, then: bool = False) -> None:
        self.then = then

    def answer(self, question: dns.message.Message) -> bytes | None:
        if self.then and len(self.asked) > 1:
            response = dns.message.make_response(question)
            response.set_rcode(dns.rcode.REFUSED)
            return response.to_wire()
        other = dns.message.make_query("evil.example", "MX", id=question.id)
        response = dns.message.make_response(other)
        response.answer.append(dns.rrset.from_text("evil.example.", 60, "IN", "MX", "1 evil."))
        return response.to_wire()


class Raw(NanoServer):
    """Answers with the right header and question, and then these bytes as `count` records."""

    def __init__(self, count: int, records: bytes, flags: int = 0x8400) -> None:
        self.count, self.records, self.flags = count, records, flags

    def answer(self, question: dns.message.Message) -> bytes | None:
        asked = dns.message.make_query(question.question[0].name, question.question[0].rdtype)
        head = struct.pack("!HHHHHH", question.id, self.flags, 1, self.count, 0, 0)
        return head + asked.to_wire()[12:] + self.records


class Flooding(Truncating):
    """Truncates, and over TCP announces more than it sends, or sends a very long answer."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def answer_over_tcp(self, question: dns.message.Message) -> bytes | None:  # noqa: ARG002
        return b"\0" * self.size


class Old(NanoServer):
    """Knows no EDNS: FORMERR, as servers before RFC 6891 say."""

    def answer(self, question: dns.message.Message) -> bytes | None:
        response = dns.message.make_response(question)
        response.use_edns(False)
        if question.edns >= 0:
            response.set_rcode(dns.rcode.FORMERR)
            return response.to_wire()
        response.flags |= dns.flags.AA
        asked = question.question[0]
        response.answer.append(
            dns.rrset.from_text(asked.name, 60, asked.rdclass, asked.rdtype, "10 mx.example.")
        )
        return response.to_wire()


class Denying(NanoServer):
    """Says of every name that it is not there, as the resolver of a closed network may."""

    def answer(self, question: dns.message.Message) -> bytes | None:
        response = dns.message.make_response(question, recursion_available=True)
        response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire()
