"""Names that a diagnosis asks for besides the records' own."""

from __future__ import annotations

from panel.dns.records import ExpectedRecord

PROBE_LABEL = "youju-nobody-has-this-name"
"""A name that only a wildcard answers for (RFC 4592)."""


def is_within(name: str, zone: str) -> bool:
    """Whether the name is the zone's or below it."""
    return name == zone or name.endswith(f".{zone}")


def doubled(name: str, zone: str) -> str:
    """What a name becomes when the DNS console appends its zone to it."""
    return f"{name}.{zone}"


def probe(record: ExpectedRecord, domain: str) -> str:
    """The name beside the record's that nobody has."""
    parent = record.name.partition(".")[2] if record.name != domain else domain
    return f"{PROBE_LABEL}.{parent}"
