"""What is said of a record: how it stands and why, as data that a page or a mail words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class VerdictKind(StrEnum):
    """How a record stands."""

    VALID = "valid"
    VALID_WITH_EXTRAS = "valid_with_extras"
    WRONG = "wrong"
    MISSING = "missing"
    DANGEROUS = "dangerous"
    NOT_IN_EFFECT = "not_in_effect"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why; the data that goes with it stands in the row."""

    NONE = "none"
    # of the record
    NO_RECORD = "no_record"
    DIFFERS = "differs"
    SEVERAL_VALUES = "several_values"
    DOMAIN_DOUBLED = "domain_doubled"
    HOST_DOUBLED = "host_doubled"
    HOST_LACKS = "host_lacks"
    WILDCARD = "wildcard"
    # of MX
    PRIORITY_DIFFERS = "priority_differs"
    FOREIGN_OUTRANKS = "foreign_outranks"
    FOREIGN_EQUAL = "foreign_equal"
    FOREIGN_BESIDE = "foreign_beside"
    FOREIGN_ALONE = "foreign_alone"
    OURS_RENAMED = "ours_renamed"
    NULL_MX = "null_mx"
    MX_IS_ADDRESS = "mx_is_address"
    MX_IS_CNAME = "mx_is_cname"
    MX_UNRESOLVABLE = "mx_unresolvable"
    # of CNAME
    FLATTENED = "flattened"
    CHAINED = "chained"
    ADDRESS_INSTEAD = "address_instead"
    CNAME_LOOP = "cname_loop"
    CNAME_BESIDE_OTHERS = "cname_beside_others"
    CNAME_AT_APEX = "cname_at_apex"
    # of the domain
    NO_DOMAIN = "no_domain"
    EXPIRED = "expired"
    NO_DELEGATION = "no_delegation"
    NO_SERVER_ADDRESS = "no_server_address"
    SERVERS_SILENT = "servers_silent"
    SERVERS_REFUSE = "servers_refuse"
    SERVERS_LAME = "servers_lame"
    SERVERS_FAIL = "servers_fail"
    SERVERS_DIFFER = "servers_differ"
    RESOLVERS_FAIL = "resolvers_fail"
    DNSSEC_BOGUS = "dnssec_bogus"
    # time is the cure
    STILL_CACHED = "still_cached"
    ABSENCE_CACHED = "absence_cached"
    # not the customer's
    SERVER_FAILED = "server_failed"
    NO_ANSWER = "no_answer"
    RESOLVER_FAILED = "resolver_failed"


GOOD = frozenset({VerdictKind.VALID, VerdictKind.VALID_WITH_EXTRAS})
FAULTY = frozenset({VerdictKind.WRONG, VerdictKind.MISSING, VerdictKind.DANGEROUS})
"""Neither good nor still open: mail does not arrive, or not here."""
REMEMBERED = frozenset({Reason.STILL_CACHED, Reason.ABSENCE_CACHED})
"""Right at all of the domain's own servers that answer."""


@dataclass(frozen=True)
class Row:
    """The verdict on one record.

    `value` is the expected value, or the text of a record that is not ours. `found` is what stands
    in its place, `host` where it was found when that is not the record's own name, `servers` which
    name servers it is about, `seconds` how long until time cures it.
    """

    value: str
    kind: VerdictKind
    reason: Reason
    found: tuple[str, ...] = ()
    host: str = ""
    servers: tuple[str, ...] = ()
    seconds: int | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Row:
        """The row that `asdict` wrote, now or in an earlier version."""
        return cls(
            data["value"],
            VerdictKind(data["kind"]),
            Reason(data["reason"]),
            tuple(data["found"]),
            data.get("host", ""),
            tuple(data.get("servers", ())),
            data.get("seconds"),
        )


@dataclass(frozen=True)
class Verdict:
    """The verdict on all records of one key.

    `rows` has one row for each expected record, `others` one for each record that is not ours;
    `extras` are the latter as text, `disagree` the domain's own servers that answer otherwise.
    """

    key: str
    kind: VerdictKind
    reason: Reason
    rows: tuple[Row, ...] = ()
    extras: tuple[str, ...] = ()
    others: tuple[Row, ...] = ()
    disagree: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether mail works with it."""
        return self.kind in GOOD

    @property
    def gist(self) -> tuple[object, ...]:
        """What makes it another verdict than the last: all but the time that goes by."""
        rows = (replace(row, seconds=None) for row in (*self.rows, *self.others))
        return self.kind, self.reason, self.disagree, *rows

    @property
    def seconds(self) -> int | None:
        """How long until time cures it, or None where it does not."""
        return max((row.seconds for row in self.rows if row.seconds is not None), default=None)

    def to_json(self) -> dict[str, Any]:
        """Plain data for storage."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Verdict:
        """The verdict that `to_json` wrote, now or in an earlier version."""
        rows = tuple(map(Row.from_json, data["rows"]))
        others = tuple(map(Row.from_json, data.get("others", ())))
        kind, reason = VerdictKind(data["kind"]), Reason(data["reason"])
        extras, disagree = tuple(data["extras"]), tuple(data.get("disagree", ()))
        return cls(data["key"], kind, reason, rows, extras, others, disagree)


def with_all_rows(verdict: Verdict, kind: VerdictKind, reason: Reason, **data: Any) -> Verdict:
    """The same records, all of them of one kind for one reason; `data` are fields of the rows."""
    rows = tuple(replace(row, kind=kind, reason=reason, **data) for row in verdict.rows)
    return replace(verdict, kind=kind, reason=reason, rows=rows)
