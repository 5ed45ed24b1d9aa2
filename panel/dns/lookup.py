"""Asking the DNS: all questions at once, answered or given up within one deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.resolver

from panel.dns.answers import Answer, Outcome, Question
from panel.dns.reading import read

__all__ = [
    "Answer",
    "Outcome",
    "Question",
    "look_up",
    "look_up_all",
    "make_resolver",
    "parse_server",
]


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
    return read(question, found.response)


def _reasons(error: dns.exception.DNSException) -> tuple[str, ...]:
    """What each server did, as (server, transport, port, error, response) rows make it known."""
    rows = error.kwargs.get("errors", ())
    return tuple(f"{row[0]}: {row[3]}"[:200] for row in rows)
