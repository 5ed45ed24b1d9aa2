"""Questions to the DNS and what came back, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How a question ended. Only FOUND, NO_RECORD and NO_DOMAIN say something of the domain.

    LAME: the server does not keep the zone. ELSEWHERE: it refers to servers further below.
    BOGUS: the resolver found the records, and their signatures wrong (RFC 4035 section 5.5).
    NOT_ASKED: this machine could not or may not ask.
    """

    FOUND = "found"
    NO_RECORD = "no_record"
    NO_DOMAIN = "no_domain"
    SERVER_FAILED = "server_failed"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    LAME = "lame"
    ELSEWHERE = "elsewhere"
    BOGUS = "bogus"
    NOT_ASKED = "not_asked"


ANSWERED = frozenset({Outcome.FOUND, Outcome.NO_RECORD, Outcome.NO_DOMAIN})


@dataclass(frozen=True, order=True)
class Question:
    """A name (A-labels, no final dot) and a record type by its mnemonic."""

    name: str
    type: str


@dataclass(frozen=True)
class Answer:
    """What came back: values as text, MX as (priority, host); names without final dot, lower case.

    `chain` holds the CNAMEs that were followed, `errors` what the servers did instead, `ttl` for
    how many seconds the answer may be kept, a negative one too (RFC 2308 section 5).
    """

    question: Question
    outcome: Outcome
    values: tuple[str, ...] = ()
    mail_hosts: tuple[tuple[int, str], ...] = ()
    chain: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    ttl: int | None = None

    @property
    def is_answered(self) -> bool:
        """Whether it says something of the domain."""
        return self.outcome in ANSWERED

    @property
    def texts(self) -> tuple[str, ...]:
        """The values, those of MX as "10 mx.example" (the null MX as "0 .", RFC 7505)."""
        return self.values or tuple(f"{p} {host or '.'}" for p, host in self.mail_hosts)


@dataclass(frozen=True, order=True)
class Server:
    """A name server: its address and port, and its host name where a delegation names it."""

    address: str
    port: int = 53
    host: str = ""

    @classmethod
    def at(cls, text: str) -> Server:
        """From "127.0.0.1:53", "127.0.0.1" or "[::1]:53"; raises ValueError for no such port."""
        address, port = text, "53"
        if text.startswith("["):
            address, _, port = text[1:].partition("]")
        elif text.count(":") == 1:
            address, port = text.split(":")
        number = int(port.lstrip(":") or 53)
        if not 0 < number < 1 << 16:
            raise ValueError(f"no port: {number}")
        return cls(address, number)

    @property
    def label(self) -> str:
        """How people know it: by its host name, else by its address."""
        return self.host or self.address


@dataclass(frozen=True)
class Asked:
    """One line of the log of the asking: who was asked what, what came back, how long it took.

    `transport` is udp or tcp, `said` the answer in short, `milliseconds` from the first try.
    """

    server: Server
    question: Question
    transport: str
    outcome: Outcome
    said: tuple[str, ...]
    milliseconds: int

    def to_json(self) -> dict[str, Any]:
        """Plain data for storage."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Asked:
        """The line that `to_json` wrote."""
        return cls(
            Server(**data["server"]),
            Question(**data["question"]),
            data["transport"],
            Outcome(data["outcome"]),
            tuple(data["said"]),
            data["milliseconds"],
        )
