"""What a DNS page says in sum: what is wrong with the whole domain, and how each part stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from panel.dns.records import MX_KEY, ExpectedRecord, RecordType
from panel.dns.verdicts import GOOD, Reason, Row, VerdictKind
from panel.orders.verification import KeptVerdict

OF_DOMAIN = frozenset(
    {
        Reason.NO_DOMAIN,
        Reason.EXPIRED,
        Reason.NO_DELEGATION,
        Reason.NO_SERVER_ADDRESS,
        Reason.SERVERS_SILENT,
        Reason.SERVERS_REFUSE,
        Reason.SERVERS_FAIL,
        Reason.SERVERS_LAME,
        Reason.RESOLVERS_FAIL,
        Reason.DNSSEC_BOGUS,
        Reason.SERVER_FAILED,
        Reason.NO_ANSWER,
        Reason.RESOLVER_FAILED,
    }
)
"""No record is to blame: said once for all of them."""
OF_PART = frozenset(
    {
        Reason.CNAME_AT_APEX,
        Reason.SERVERS_DIFFER,
        Reason.STILL_CACHED,
        Reason.ABSENCE_CACHED,
    }
)
"""Said once where all records of a part have it alike."""


@dataclass(frozen=True)
class Part:
    """The records of one part of the page, as the last check left them.

    `rows` has one for each record, None where it was never checked. `common` is a row whose words
    hold for all of them.
    """

    rows: tuple[Row | None, ...]
    common: Row | None = None

    @property
    def total(self) -> int:
        return len(self.rows)

    @property
    def good(self) -> int:
        """How many are valid."""
        return sum(row is not None and row.kind in GOOD for row in self.rows)

    def count(self, *kinds: str) -> int:
        """How many are of these kinds."""
        return sum(row is not None and row.kind.value in kinds for row in self.rows)

    @property
    def is_checked(self) -> bool:
        return None not in self.rows

    @property
    def is_settled(self) -> bool:
        """Whether nothing is to be added or changed."""
        return self.is_checked and not self.count("missing", "wrong", "dangerous")


@dataclass(frozen=True)
class Overview:
    """`trouble` is what ails the whole domain; it `blocks` where nothing of the MX records can be
    told for it. `remove` are the MX records of others that should go.
    """

    mx: Part
    branding: Part
    trouble: Row | None = None
    blocks: bool = False
    remove: tuple[Row, ...] = ()

    @property
    def mx_is_right(self) -> bool:
        """Whether all of ours are there, and none of others'."""
        return self.mx.good == self.mx.total and not self.remove

    @property
    def only_waits(self) -> bool:
        """Whether time is the only cure."""
        late = self.mx.count(VerdictKind.NOT_IN_EFFECT)
        return bool(late) and self.mx.good + late == self.mx.total and not self.remove

    @property
    def says_again(self) -> bool:
        """Whether what holds for the branding holds for the MX records as well."""
        mx, branding = self.mx.common, self.branding.common
        return bool(mx and branding) and _words(mx) == _words(branding)

    def says(self, row: Row, part: Part) -> bool:
        """Whether the words of a row stand at the top of the page or of its part already."""
        told = (self.trouble, part.common)
        return any(one and (one.reason, one.servers) == (row.reason, row.servers) for one in told)


def overview(records: Sequence[ExpectedRecord], kept: Mapping[str, KeptVerdict]) -> Overview:
    """The page in sum, from what the last checks found."""
    mx = _part([r for r in records if r.key == MX_KEY], kept)
    branding = _part([r for r in records if r.type is RecordType.CNAME], kept)
    trouble = next((row for row in mx.rows if row and row.reason in OF_DOMAIN), None)
    blocks = trouble is not None and trouble.kind not in GOOD
    if trouble is None:
        rows = (row for row in branding.rows if row and row.kind in GOOD)
        trouble = next((row for row in rows if row.reason in OF_DOMAIN), None)
    of_mx = kept.get(MX_KEY)
    others = of_mx.verdict.others if of_mx and not of_mx.failure else ()
    late = Reason.SERVERS_DIFFER
    remove = tuple(row for row in others if row.reason is not late)
    return Overview(mx, branding, trouble, blocks, remove)


def _part(records: Sequence[ExpectedRecord], kept: Mapping[str, KeptVerdict]) -> Part:
    rows = tuple(_latest(record, kept.get(record.key)) for record in records)
    first = rows[0] if rows else None
    if first is None or len(rows) < 2 or first.reason not in OF_PART:
        return Part(rows)
    alike = all(row and _words(row) == _words(first) for row in rows)
    return Part(rows, first if alike else None)


def _words(row: Row | None) -> tuple[object, ...]:
    """What the words of a row depend on, but for the record itself."""
    return (row.kind, row.reason, row.found, row.servers, row.seconds) if row else ()


def _latest(record: ExpectedRecord, held: KeptVerdict | None) -> Row | None:
    """What the last check said of a record: it may be that it could not ask."""
    if held is None:
        return None
    verdict = held.failure or held.verdict
    return next((row for row in verdict.rows if row.value == record.value), None)
