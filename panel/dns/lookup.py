"""Asking the DNS: all questions at once, answered or given up within one deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.rdata
import dns.resolver
from dns.rdatatype import RdataType
from dns.rdtypes.txtbase import TXTBase


class Outcome(StrEnum):
    """How a question ended. Only FOUND, NO_RECORD and NO_DOMAIN say something of the domain."""

    FOUND = "found"
    NO_RECORD = "no_record"
    NO_DOMAIN = "no_domain"
    SERVER_FAILED = "server_failed"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, order=True)
class Question:
    """A name (A-labels, no final dot) and a record type by its mnemonic."""

    name: str
    type: str


@dataclass(frozen=True)
class Answer:
    """What came back: values as text, MX as (priority, host); names without final dot, lower case.

    `chain` holds the CNAMEs that were followed, `errors` what the servers did instead.
    """

    question: Question
    outcome: Outcome
    values: tuple[str, ...] = ()
    mail_hosts: tuple[tuple[int, str], ...] = ()
    chain: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


def parse_server(server: str) -> tuple[str, int]:
    """("127.0.0.1", 53) from "127.0.0.1:53", "127.0.0.1" or "[::1]:53"."""
    if server.startswith("["):
        host, _, port = server[1:].partition("]")
        return host, int(port.lstrip(":") or 53)
    if server.count(":") == 1:
        host, port = server.split(":")
        return host, int(port)
    return server, 53


def make_resolver(servers: Sequence[str], deadline: float) -> dns.asyncresolver.Resolver:
    """A stub resolver at `servers` ("IP:PORT"), or the system's when there are none."""
    resolver = dns.asyncresolver.Resolver(configure=not servers)
    if servers:
        resolver.nameservers = [
            dns.nameserver.Do53Nameserver(*parse_server(server)) for server in servers
        ]
    resolver.timeout = min(2.0, deadline)
    resolver.lifetime = deadline
    resolver.search = []
    return resolver


def look_up(
    questions: Iterable[Question], servers: Sequence[str], deadline: float
) -> dict[Question, Answer]:
    """The answer to each question, in at most `deadline` seconds whatever the servers do."""
    return asyncio.run(look_up_all(frozenset(questions), servers, deadline))


async def look_up_all(
    questions: Iterable[Question], servers: Sequence[str], deadline: float
) -> dict[Question, Answer]:
    """`look_up` for callers with an event loop."""
    try:
        resolver = make_resolver(servers, deadline)
    except dns.resolver.NoResolverConfiguration:
        errors = ("no resolver is configured on this machine",)
        return {q: Answer(q, Outcome.SERVER_FAILED, errors=errors) for q in questions}
    tasks = {asyncio.create_task(_ask(resolver, q)): q for q in questions}
    if not tasks:
        return {}
    done, late = await asyncio.wait(tasks, timeout=deadline)
    for task in late:
        task.cancel()
    answers = {tasks[task]: task.result() for task in done}
    return answers | {tasks[task]: Answer(tasks[task], Outcome.NO_ANSWER) for task in late}


async def _ask(resolver: dns.asyncresolver.Resolver, question: Question) -> Answer:
    """One question; what goes wrong is data, never an exception."""
    try:
        found = await resolver.resolve(question.name, question.type, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN:
        return Answer(question, Outcome.NO_DOMAIN)
    except dns.resolver.LifetimeTimeout as error:
        return Answer(question, Outcome.NO_ANSWER, errors=_reasons(error))
    except dns.resolver.NoNameservers as error:
        return Answer(question, Outcome.SERVER_FAILED, errors=_reasons(error))
    except (dns.exception.DNSException, OSError) as error:
        return Answer(question, Outcome.SERVER_FAILED, errors=(type(error).__name__,))
    return _read(question, found)


def _reasons(error: dns.exception.DNSException) -> tuple[str, ...]:
    """What each server did, as (server, transport, port, error, response) rows make it known."""
    rows = error.kwargs.get("errors", ())
    return tuple(f"{row[0]}: {row[3]}"[:200] for row in rows)


def _read(question: Question, found: dns.resolver.Answer) -> Answer:
    """An answer's records as plain data."""
    chain = tuple(
        str(rdata.target).rstrip(".").lower()
        for rrset in found.response.answer
        if rrset.rdtype == RdataType.CNAME
        for rdata in rrset
    )
    if found.rrset is None:
        return Answer(question, Outcome.NO_RECORD, chain=chain)
    if question.type == "MX":
        hosts = sorted((r.preference, str(r.exchange).rstrip(".").lower()) for r in found.rrset)
        return Answer(question, Outcome.FOUND, mail_hosts=tuple(hosts), chain=chain)
    return Answer(question, Outcome.FOUND, values=tuple(map(_text, found.rrset)), chain=chain)


def _text(rdata: dns.rdata.Rdata) -> str:
    """A record's value: TXT strings joined (RFC 7208 section 3.3), names folded."""
    if isinstance(rdata, TXTBase):
        return b"".join(rdata.strings).decode("utf-8", "replace")
    return rdata.to_text().rstrip(".").lower()
