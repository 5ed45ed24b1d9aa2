"""Questions on their way: few sockets, many in flight, each sent again until its time is over.

Everything that can be lost, late, foreign or forged is: an answer counts when it comes from the
server's address and port to ours with the id and the question (RFC 5452 section 9.1).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

import dns.rcode

from panel.dns.answers import Answer, Outcome, Question, Server
from panel.dns.channel import TCP_PATIENCE, Channel, Manner, matches
from panel.dns.effort import AT_ONCE, Allowance, Effort
from panel.dns.fingerprint import query

MOST_OPEN = 128
"""Domains that are asked, or done and not yet fetched, at once."""
LINES = 4
"""Sockets for each server: an answer must hit the port as well as the id (RFC 5452 section 4.5)."""
BURST = 64
"""Packets read from a socket before another one has its turn."""
LARGEST = 4096
"""Bytes read of a packet; a server may send more than it was allowed."""
DEAF = 500
"""Questions in a row without any answer, after which nobody is asked any more."""
MOST_BY_TCP = 16
WITHOUT_EDNS = (dns.rcode.FORMERR, dns.rcode.NOTIMP)
"""What a server says that does not know EDNS (RFC 6891 section 7)."""
SOUND = (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Watched:
    """A domain, what to ask of it, and the digest of its last sweep ("" where there is none)."""

    domain: str
    questions: tuple[Question, ...]
    digest: str = ""


class Job:
    """A domain being asked: what came for each question, and how many are still out."""

    __slots__ = ("heard", "left", "watched")

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self.heard: list[bytes | Answer] = [b""] * len(watched.questions)
        self.left = len(watched.questions)


class Flight:
    """A question on its way."""

    __slots__ = ("edns", "index", "job", "line", "number", "server", "tries", "wire")

    def __init__(self, job: Job, index: int) -> None:
        self.job, self.index = job, index
        self.tries, self.server, self.edns = 0, -1, True
        self.wire, self.number = b"", 0
        self.line: Line | None = None

    @property
    def question(self) -> Question:
        return self.job.watched.questions[self.index]

    def is_over(self, tries: int) -> bool:
        """Whether nobody waits any more for the answer to that try."""
        return self.line is None or self.tries != tries

    def failure(self, outcome: Outcome, *errors: str) -> Answer:
        """The answer where there is none."""
        return Answer(self.question, outcome, errors=errors)


class Line:
    """A socket connected to a server, so that nobody else's packets arrive, and who waits on it."""

    __slots__ = ("flights", "server", "socket")

    def __init__(self, server: Server) -> None:
        family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
        self.server = server
        self.flights: dict[int, Flight] = {}
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        try:
            self.socket.connect((server.address, server.port))
        except OSError:
            self.socket.close()
            raise


class Traffic:
    """The state of one sweep."""

    def __init__(self, servers: Sequence[Server], effort: Effort) -> None:
        self.loop = asyncio.get_running_loop()
        self.effort, self.allowance = effort, Allowance(effort.pace, self.loop.time())
        self.lines = [lines for server in servers if (lines := _open(server))]
        for line in chain(*self.lines):
            self.loop.add_reader(line.socket, self._receive, line)
        self.waiting: deque[Flight] = deque()
        self.due: list[deque[tuple[float, Flight]]] = [deque() for _ in effort.patience]
        self.done: deque[Job] = deque()
        self.news, self.room = asyncio.Event(), asyncio.Event()
        self.flying = self.open = self.silent = 0
        self.is_fed = False
        self.by_tcp: set[asyncio.Task[None]] = set()
        self.tcp_places = asyncio.Semaphore(MOST_BY_TCP)
        self.timer = self.loop.call_later(AT_ONCE, self._tick)

    def close(self) -> None:
        """Give everything back."""
        self.timer.cancel()
        for task in self.by_tcp:
            task.cancel()
        for line in chain(*self.lines):
            self.loop.remove_reader(line.socket)
            line.socket.close()

    async def feed(self, domains: AsyncIterator[Watched]) -> None:
        """Take domains as there is room for them."""
        try:
            async for watched in domains:
                while self.open >= MOST_OPEN or self.waiting:
                    self.room.clear()
                    await self.room.wait()
                self.open += 1
                self._start(Job(watched))
        finally:
            self.is_fed = True
            self.news.set()

    async def next_done(self) -> Job | None:
        """The next domain that is done; None when there are no more."""
        while not self.done:
            if self.is_fed and not self.open:
                return None
            self.news.clear()
            await self.news.wait()
        self.open -= 1
        self.room.set()
        return self.done.popleft()

    def _start(self, job: Job) -> None:
        self.waiting.extend(Flight(job, index) for index in range(job.left))
        if not job.left:  # nothing to ask
            self.done.append(job)
            self.news.set()
        self._fill()

    def _fill(self) -> None:
        """Send what waits, as far as the window and the allowance go."""
        now = self.loop.time()
        while self.waiting and self.flying < self.effort.window and self.allowance.take(now):
            flight = self.waiting.popleft()
            self.flying += 1
            if self.silent < DEAF:
                self._send(flight)
            else:
                self._settle(flight, flight.failure(Outcome.NOT_ASKED, "the resolvers are silent"))
        if not self.waiting:
            self.room.set()

    def _send(self, flight: Flight, *, stay: bool = False) -> None:
        """One try, at the next server unless it is to `stay`, with an id and a port of chance."""
        if not self.lines:
            self._settle(flight, flight.failure(Outcome.NOT_ASKED, "no resolver"))
            return
        flight.server = flight.server if stay else (flight.server + 1) % len(self.lines)
        line = secrets.choice(self.lines[flight.server])
        while (number := secrets.randbits(16)) in line.flights:
            pass
        try:
            flight.wire = query(flight.question, number, edns=flight.edns)
        except ValueError:
            self._settle(flight, flight.failure(Outcome.NOT_ASKED, "no name"))
            return
        flight.line, flight.number = line, number
        line.flights[number] = flight
        self.due[flight.tries].append(
            (self.loop.time() + self.effort.patience[flight.tries], flight)
        )
        flight.tries += 1
        with suppress(OSError):  # as if it were lost on the way
            line.socket.send(flight.wire)

    def _receive(self, line: Line) -> None:
        """Read what has come, for a while."""
        for _ in range(BURST):
            try:
                data = line.socket.recv(LARGEST)
            except BlockingIOError:
                break
            except OSError:  # nobody is there, says the kernel: the time decides
                continue
            flight = line.flights.get(int.from_bytes(data[:2], "big"))
            if flight is not None and matches(flight.wire, data):
                self._hear(flight, data)
        self._fill()

    def _hear(self, flight: Flight, data: bytes) -> None:
        """The answer; or another try, without EDNS, over TCP, or at the next server."""
        self.silent = 0
        code = data[3] & 0x0F
        again = flight.tries < len(self.effort.patience)
        if data[2] & 0x02:
            self._lift(flight)
            task = self.loop.create_task(self._by_tcp(flight))
            self.by_tcp.add(task)
            task.add_done_callback(self.by_tcp.discard)
        elif again and flight.edns and code in WITHOUT_EDNS:
            self._lift(flight)
            flight.edns = False
            self._send(flight, stay=True)
        elif again and len(self.lines) > 1 and code not in SOUND:
            self._lift(flight)
            self._send(flight)
        else:
            self._settle(flight, data)

    async def _by_tcp(self, flight: Flight) -> None:
        """Ask again where an answer may be long (RFC 7766); the library does it.

        Whatever breaks: the question is over, or its domain would stay open for ever.
        """
        heard: bytes | Answer = flight.failure(Outcome.SERVER_FAILED)
        try:
            async with self.tcp_places:
                server = self.lines[flight.server][0].server
                channel = Channel(server, self.loop.time() + 2 * TCP_PATIENCE, [])
                try:
                    found = await channel.ask(flight.question, Manner(recursive=True))
                    heard = found.message.to_wire() if found.message else found.answer
                finally:
                    channel.close()
        except Exception as error:
            heard = flight.failure(Outcome.SERVER_FAILED, type(error).__name__)
            log.exception("not asked: %s", flight.question)
        self._settle(flight, heard)
        self._fill()

    def _tick(self) -> None:
        """Whoever has waited long enough is sent again, or given up."""
        now = self.loop.time()
        for tries, due in enumerate(self.due, 1):
            while due and (due[0][1].is_over(tries) or due[0][0] <= now):
                _, flight = due.popleft()
                if not flight.is_over(tries):
                    self._lift(flight)
                    self._give_up(flight)
        self._fill()
        self.timer = self.loop.call_later(AT_ONCE, self._tick)

    def _give_up(self, flight: Flight) -> None:
        if flight.tries < len(self.effort.patience):
            self._send(flight)
            return
        self.silent += 1
        self._settle(flight, flight.failure(Outcome.NO_ANSWER))

    def _lift(self, flight: Flight) -> None:
        """Its number is free again; what comes late is nobody's."""
        if flight.line is not None:
            flight.line.flights.pop(flight.number, None)
            flight.line = None

    def _settle(self, flight: Flight, heard: bytes | Answer) -> None:
        """The question is over; with the last one its domain is done."""
        self._lift(flight)
        self.flying -= 1
        job = flight.job
        job.heard[flight.index] = heard
        job.left -= 1
        if not job.left:
            self.done.append(job)
            self.news.set()


def _open(server: Server) -> list[Line]:
    """The lines to a server; none where this machine has no way to it."""
    lines: list[Line] = []
    with suppress(OSError):
        lines.extend(Line(server) for _ in range(LINES))
    return lines
