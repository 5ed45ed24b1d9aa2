"""A domain examined: asked about, judged, with the log of the asking."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from panel.dns.answers import Asked
from panel.dns.asking import Asking, inquire_async
from panel.dns.comparison import conclude
from panel.dns.diagnosis import questions_after, questions_for
from panel.dns.records import ExpectedRecord
from panel.dns.verdicts import Verdict


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
    """`examine` for callers with an event loop. The domain is in A-labels."""
    more = partial(questions_after, domain, records)
    evidence = await inquire_async(domain, questions_for(records), more, asking)
    return Examination(domain, conclude(records, evidence), evidence.log, evidence.is_partial)
