"""The expected records as a zone file (RFC 1035 section 5), for DNS hosts that take one."""

from __future__ import annotations

from collections.abc import Iterable

from panel.dns.records import ExpectedRecord, RecordType


def zone_file(domain: str, records: Iterable[ExpectedRecord]) -> str:
    """Lines for `domain` (an A-label); every host in them is relative, every target absolute."""
    return "".join((f"$ORIGIN {domain}.\n", *map(_line, records)))


def _line(record: ExpectedRecord) -> str:
    value = {
        RecordType.MX: f"{record.priority} {record.value}.",
        RecordType.CNAME: f"{record.value}.",
        RecordType.TXT: f'"{record.value}"',  # a token of ours: nothing in it to be escaped
    }[record.type]
    return f"{record.host} {record.ttl} IN {record.type.value} {value}\n"
