"""The records that a domain should have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

VERIFY_LABEL = "_youju-verify"
VERIFY_PREFIX = "youju-verify="
VERIFY_KEY = "verify"
MX_KEY = "mx"
LONGEST_NAME = 253
"""Characters of a name without its final dot (RFC 1035 section 3.1)."""


class RecordType(StrEnum):
    """The types that the panel asks for."""

    MX = "MX"
    CNAME = "CNAME"
    TXT = "TXT"


@dataclass(frozen=True)
class ExpectedRecord:
    """One record to publish.

    `host` is the label as DNS consoles want it (`@` for the domain itself), `name` the whole name
    as A-labels without final dot, `ttl` seconds, `priority` only for MX (RFC 5321 section 5).
    Records with one `key` are checked together.
    """

    key: str
    type: RecordType
    host: str
    name: str
    value: str
    ttl: int
    priority: int | None = None


@dataclass(frozen=True)
class Target:
    """A branding CNAME: `label` under the domain points at `host`."""

    label: str
    host: str
    ttl: int


@dataclass(frozen=True)
class MailHost:
    """An MX host with its priority."""

    host: str
    priority: int
    ttl: int


def plain(name: str) -> str:
    """A name as it is compared: lower case, no final dot (RFC 1034 section 3.1)."""
    return name.rstrip(".").lower()


def expected_records(
    domain: str, mail_hosts: Iterable[MailHost], targets: Iterable[Target], token: str = ""
) -> tuple[ExpectedRecord, ...]:
    """Every record that `domain` should have: MX, branding CNAMEs, the ownership token if any.

    Below a very long domain there is no room for some of the names; they are left out.
    """
    mx = [
        ExpectedRecord(MX_KEY, RecordType.MX, "@", domain, plain(m.host), m.ttl, m.priority)
        for m in mail_hosts
    ]
    cnames = [
        ExpectedRecord(
            t.label, RecordType.CNAME, t.label, f"{t.label}.{domain}", plain(t.host), t.ttl
        )
        for t in targets
    ]
    if not token:
        return _possible(*mx, *cnames)
    name = f"{VERIFY_LABEL}.{domain}"
    value = f"{VERIFY_PREFIX}{token}"
    proof = ExpectedRecord(VERIFY_KEY, RecordType.TXT, VERIFY_LABEL, name, value, 600)
    return _possible(*mx, *cnames, proof)


def _possible(*records: ExpectedRecord) -> tuple[ExpectedRecord, ...]:
    return tuple(record for record in records if len(record.name) <= LONGEST_NAME)
