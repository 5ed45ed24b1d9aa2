"""A domain examined: asked about, judged, with the log of the asking."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from panel.dns.answers import Asked
from panel.dns.asking import Asking, inquire
from panel.dns.comparison import conclude
from panel.dns.delegation import Delegation, Standing
from panel.dns.diagnosis import questions_after, questions_for
from panel.dns.evidence import Evidence
from panel.dns.records import ExpectedRecord
from panel.dns.verdicts import Verdict

AT_ONCE = 32
"""Domains examined together; each takes about one socket for every server that it asks."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """A domain (A-labels) and the records that it should have."""

    domain: str
    records: tuple[ExpectedRecord, ...]


@dataclass(frozen=True)
class Examination:
    """The verdicts, one for each key of the records; who was asked what; whether time ran out."""

    domain: str
    verdicts: tuple[Verdict, ...]
    log: tuple[Asked, ...] = ()
    is_partial: bool = False

    @property
    def mx_is_good(self) -> bool:
        """Whether mail arrives here."""
        return any(verdict.key == "mx" and verdict.is_good for verdict in self.verdicts)


def examine(domain: str, records: Sequence[ExpectedRecord], asking: Asking) -> Examination:
    """Ask the domain's own servers and the resolvers for the records; at most the deadline."""
    return asyncio.run(examine_async(domain, records, asking))


async def examine_async(
    domain: str, records: Sequence[ExpectedRecord], asking: Asking
) -> Examination:
    """`examine` for callers with an event loop. The domain is in A-labels.

    What breaks here is logged, and nothing is said of the domain: the others must not suffer.
    """
    more = partial(questions_after, records)
    try:
        evidence = await inquire(domain, questions_for(records), more, asking)
        verdicts = conclude(records, evidence)
    except Exception:
        log.exception("not examined: %s", domain)
        evidence = Evidence(domain, Delegation(Standing.UNKNOWN, domain), {}, {})
        verdicts = conclude(records, evidence)
    return Examination(domain, verdicts, evidence.log, evidence.is_partial)


async def examine_all(
    names: Iterator[str], find: Callable[[str], Wanted | None], asking: Asking
) -> AsyncIterator[Examination]:
    """Examine one name after the other, AT_ONCE together, in the order in which they are done.

    No more names are read than can be examined, so that memory does not grow with their number.
    `names` may block; `find` gives what is wanted of a name, or None to leave it out.
    """
    working: set[asyncio.Task[Examination]] = set()
    reading: asyncio.Task[str | None] | None = None
    is_open = True
    while is_open or working:
        if is_open and reading is None and len(working) < AT_ONCE:
            reading = asyncio.create_task(asyncio.to_thread(next, names, None))
        awaited: set[asyncio.Task[Any]] = working | ({reading} if reading else set())
        await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        if reading is not None and reading.done():
            name, reading = reading.result(), None
            is_open = name is not None
            if name is not None and (wanted := find(name)):
                work = examine_async(wanted.domain, wanted.records, asking)
                working.add(asyncio.create_task(work))
        for task in [task for task in working if task.done()]:
            working.discard(task)
            yield task.result()
