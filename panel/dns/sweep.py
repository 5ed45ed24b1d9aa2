"""Asking the resolvers the same questions of very many domains, again and again, fast.

A stream in, a stream out: memory does not grow with the number of domains. A domain whose answers
are what they were is known by its digest, without reading them. What is found changed is news, not
a verdict: `examine` asks the domain's own servers too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from panel.dns.answers import Answer, Outcome, Question, Server
from panel.dns.effort import Effort
from panel.dns.fingerprint import Illegible, Said, digest_of, listen, read_plain
from panel.dns.reading import Unreadable, parse, read
from panel.dns.traffic import Job, Traffic, Watched

__all__ = ["Effort", "News", "Swept", "Watched", "stream", "sweep"]

log = logging.getLogger(__name__)


class News(StrEnum):
    """What a sweep found of a domain: the same as before, something else, or not every answer."""

    SAME = "same"
    CHANGED = "changed"
    UNASKED = "unasked"


@dataclass(frozen=True)
class Swept:
    """What was found; the digest to keep, and the answers unless they are the same.

    Where a question was not answered there is no digest: the old one stays.
    """

    domain: str
    news: News
    digest: str
    answers: Mapping[Question, Answer] = field(default_factory=dict)


async def sweep(
    domains: AsyncIterator[Watched], servers: Sequence[Server], effort: Effort | None = None
) -> AsyncIterator[Swept]:
    """Ask the resolvers about the domains; each is given out when it is done, in no order.

    What goes wrong on the way is data. Of `domains` no more is read than is being asked.
    """
    traffic = Traffic(servers, effort or Effort())
    feeding = asyncio.create_task(traffic.feed(domains))
    try:
        while (job := await traffic.next_done()) is not None:
            yield _concluded(job)
        await feeding
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        traffic.close()


async def stream(domains: Iterable[Watched]) -> AsyncIterator[Watched]:
    """An iterable as `sweep` reads it."""
    for watched in domains:
        yield watched


def _concluded(job: Job) -> Swept:
    """What a domain's answers say; what breaks over them is no news, and none of the others'."""
    try:
        return _conclude(job)
    except Exception:
        log.exception("not read: %s", job.watched.domain)
        return Swept(job.watched.domain, News.UNASKED, "")


def _conclude(job: Job) -> Swept:
    """Compare the answers with the last ones; read them only if they differ."""
    watched = job.watched
    said = [_listen(heard) for heard in job.heard]
    legible = [one for one in said if one is not None]
    digest = digest_of(legible) if len(legible) == len(said) else ""
    if digest and digest == watched.digest:
        return Swept(watched.domain, News.SAME, digest)
    heard = zip(watched.questions, job.heard, said, strict=True)
    answers = {question: _answer(question, wire, one) for question, wire, one in heard}
    if all(answer.is_answered for answer in answers.values()):
        return Swept(watched.domain, News.CHANGED, digest, answers)
    return Swept(watched.domain, News.UNASKED, "", answers)


def _listen(heard: bytes | Answer) -> Said | None:
    """What can be told from the wire form, if one came."""
    try:
        return listen(heard) if isinstance(heard, bytes) else None
    except Illegible:
        return None


def _answer(question: Question, heard: bytes | Answer, said: Said | None) -> Answer:
    """The answer, by the short way where it is an ordinary one."""
    if isinstance(heard, Answer):
        return heard
    if said and (answer := read_plain(question, said)):
        return answer
    try:
        return read(question, parse(heard))
    except Unreadable as error:
        return Answer(question, Outcome.SERVER_FAILED, errors=(str(error),))
