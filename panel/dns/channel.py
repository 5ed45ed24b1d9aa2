"""One server asked over one UDP socket of its own, and over TCP where an answer is truncated.

The socket is connected, so that only the server's own packets arrive; an answer that does not
match its question is dropped and the right one waited for (RFC 5452 section 9).
"""

from __future__ import annotations

import asyncio
import errno
import secrets
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.rcode

from panel.dns.answers import Answer, Asked, Outcome, Question, Server
from panel.dns.reading import LONGEST_MESSAGE, Budget, Unreadable, parse, read

PATIENCE = (0.8, 1.2)
"""Seconds waited for an answer over UDP, try by try."""
TCP_PATIENCE = 2.0
"""Seconds for a whole exchange over TCP."""
PAYLOAD = 1232
"""Bytes that a UDP answer may have (RFC 9715 section 3.2): it is never fragmented."""
HEADER = 12
MAY_BE_BARE = (dns.rcode.FORMERR, dns.rcode.SERVFAIL, dns.rcode.NOTIMP, dns.rcode.REFUSED)
"""What servers say that do not answer; they may leave the question out."""
DEADLINE = "deadline"
"""Why there is no answer: the time for everything was over."""
HERE = frozenset({errno.ENETUNREACH, errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE})
"""Errors of this machine, which say nothing of the server."""


@dataclass(frozen=True)
class Manner:
    """How to ask: a resolver is asked for recursion, a server of `zone` is not."""

    zone: str = ""
    recursive: bool = False
    checking_disabled: bool = False

    @property
    def flags(self) -> int:
        """The header's flags (RFC 1035 section 4.1.1, RFC 4035 section 3.2.2)."""
        recursion = dns.flags.RD if self.recursive else 0
        return recursion | (dns.flags.CD if self.checking_disabled else 0)


@dataclass(frozen=True)
class Heard:
    """An answer, with the message that it was read from, if one came."""

    answer: Answer
    message: dns.message.Message | None = None


@dataclass
class _Waiting:
    """A question on its way: its wire form, and what will be there when it is answered."""

    wire: bytes
    future: asyncio.Future[bytes]
    strays: int = 0


class _Datagrams(asyncio.DatagramProtocol):
    """Hands each packet to the question that it answers."""

    def __init__(self) -> None:
        self.waiting: dict[int, _Waiting] = {}

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:  # noqa: ARG002
        held = self.waiting.get(int.from_bytes(data[:2], "big"))
        if held is None or held.future.done():
            return
        if matches(held.wire, data):
            held.future.set_result(data)
        else:
            held.strays += 1

    def error_received(self, exc: OSError) -> None:  # type: ignore[override]
        """The kernel says that nobody is there: true for all questions of this socket."""
        for held in self.waiting.values():
            if not held.future.done():
                held.future.set_exception(exc)


def matches(query: bytes, response: bytes) -> bool:
    """Whether the wire `response` answers `query`: id, direction and question (RFC 5452)."""
    if len(response) < HEADER or response[:2] != query[:2] or response[2] & 0xF8 != 0x80:
        return False
    if response[4:6] == b"\0\0":
        return response[3] & 0x0F in MAY_BE_BARE
    end = HEADER
    while query[end]:  # label by label; there is no pointer in a query of ours
        end += query[end] + 1
    end += 5  # the root label, type and class
    return response[4:6] == b"\0\1" and response[HEADER:end].lower() == query[HEADER:end].lower()


class Channel:
    """Asks one server; `ends` is the event loop's time at which no more is sent, awaited or read.

    Channels of one inquiry share its `log` and its `budget` of reading.
    """

    def __init__(
        self, server: Server, ends: float, log: list[Asked], budget: Budget | None = None
    ) -> None:
        self.server, self.ends, self.log = server, ends, log
        self.budget = budget or Budget()
        self._lock = asyncio.Lock()
        self._datagrams: _Datagrams | None = None
        self._transport: asyncio.DatagramTransport | None = None

    def close(self) -> None:
        """Give the socket back."""
        if self._transport is not None:
            self._transport.close()

    async def ask(self, question: Question, manner: Manner) -> Heard:
        """One question; what goes wrong is data, never an exception."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        over = ["udp"]
        try:
            message = await self._exchange(question, manner, over)
            heard = Heard(read(question, message, zone=manner.zone), message)
        except Unreadable as error:
            heard = _failed(question, Outcome.SERVER_FAILED, str(error))
        except TimeoutError as error:
            heard = _failed(question, Outcome.NO_ANSWER, *map(str, error.args))
        except OSError as error:
            outcome = Outcome.NOT_ASKED if error.errno in HERE else Outcome.NO_ANSWER
            heard = _failed(question, outcome, error.strerror or type(error).__name__)
        except dns.exception.DNSException as error:  # a name that is none
            heard = _failed(question, Outcome.NOT_ASKED, type(error).__name__)
        except asyncio.CancelledError:
            if loop.time() >= self.ends:  # else another server was quicker, and this one not late
                self._note(Answer(question, Outcome.NO_ANSWER), over[-1], started)
            raise
        self._note(heard.answer, over[-1], started)
        return heard

    def _note(self, answer: Answer, over: str, started: float) -> None:
        """Write down how a question ended."""
        spent = round((asyncio.get_running_loop().time() - started) * 1000)
        said = (answer.errors or (*answer.chain, *answer.texts))[:5]
        said = tuple(text[:120] for text in said)
        self.log.append(Asked(self.server, answer.question, over, answer.outcome, said, spent))

    async def _exchange(
        self, question: Question, manner: Manner, over: list[str]
    ) -> dns.message.Message:
        """Ask by UDP; again without EDNS where the server does not know it; by TCP if truncated."""
        wire = _query(question, manner, edns=0)
        response = await self._by_udp(wire)
        if response[3] & 0x0F in (dns.rcode.FORMERR, dns.rcode.NOTIMP):  # RFC 6891 section 7
            wire = _query(question, manner, edns=None)
            response = await self._by_udp(wire)
        if response[2] & 0x02:
            over.append("tcp")
            response = await self._by_tcp(wire)
        self._left()  # to read takes time too
        return parse(response, self.budget)

    async def _by_udp(self, wire: bytes) -> bytes:
        datagrams, transport = await self._open()
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        held = _Waiting(wire, future)
        key = int.from_bytes(wire[:2], "big")
        while key in datagrams.waiting:
            key = secrets.randbelow(1 << 16)
        held.wire = key.to_bytes(2, "big") + wire[2:]
        datagrams.waiting[key] = held
        try:
            for patience in PATIENCE:
                transport.sendto(held.wire)
                done, _ = await asyncio.wait([future], timeout=min(patience, self._left()))
                if done:
                    return future.result()
        finally:
            datagrams.waiting.pop(key, None)
            future.cancel()
        self._left()
        strays = (f"{held.strays} answers that do not match",) if held.strays else ()
        raise TimeoutError(*strays)

    async def _open(self) -> tuple[_Datagrams, asyncio.DatagramTransport]:
        """The socket, made at the first question."""
        async with self._lock:
            if self._transport is None or self._datagrams is None:
                where = (self.server.address, self.server.port)
                loop = asyncio.get_running_loop()
                self._transport, self._datagrams = await loop.create_datagram_endpoint(
                    _Datagrams, remote_addr=where
                )
            return self._datagrams, self._transport

    async def _by_tcp(self, wire: bytes) -> bytes:
        async with asyncio.timeout(min(TCP_PATIENCE, self._left())):
            reader, writer = await asyncio.open_connection(self.server.address, self.server.port)
            try:
                writer.write(len(wire).to_bytes(2, "big") + wire)
                size = int.from_bytes(await reader.readexactly(2), "big")
                if size > LONGEST_MESSAGE:
                    raise Unreadable("answer too large")
                response = await reader.readexactly(size)
            except asyncio.IncompleteReadError as error:
                raise Unreadable("connection closed") from error
            finally:
                writer.transport.abort()
        if not matches(wire, response):
            raise Unreadable("answer to another question")
        return response

    def _left(self) -> float:
        """Seconds until the end; raises TimeoutError when there are none."""
        left = self.ends - asyncio.get_running_loop().time()
        if left <= 0:
            raise TimeoutError(DEADLINE)
        return left


def _query(question: Question, manner: Manner, *, edns: int | None) -> bytes:
    """The question on the wire, with a random id."""
    message = dns.message.make_query(
        question.name,
        question.type,
        use_edns=edns,
        payload=PAYLOAD if edns is not None else None,
        flags=manner.flags,
        id=secrets.randbelow(1 << 16),
    )
    return message.to_wire()


def _failed(question: Question, outcome: Outcome, *errors: str) -> Heard:
    return Heard(Answer(question, outcome, errors=errors))
