"""Knowing an answer again without reading it: a digest of what it says, not of how it says it.

The id, TTLs, the order of the records, compression and the case of names are left out, and so
are the authority and additional sections: a serial number is no news. Where there is news, an
ordinary answer is read here; the library reads all others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from panel.dns.answers import Answer, Outcome, Question
from panel.dns.channel import HEADER, PAYLOAD
from panel.dns.reading import MOST_VALUES

SIZE = 16
"""Bytes of a digest; nobody finds a second answer with the same one."""
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28}
"""Numbers of the types that can be asked (RFC 1035 section 3.2.2, RFC 3596)."""
NAME_AT = {2: 0, 5: 0, 12: 0, 15: 2, 39: 0}
"""Where the name begins in the data of types that consist of one (NS, CNAME, PTR, MX, DNAME)."""
LONGEST_NAME = 255
MOST_POINTERS = 16
LONGEST_TTL = 2**31 - 1
"""Seconds; what is longer means none (RFC 2181 section 8)."""
ORDINARY = b"abcdefghijklmnopqrstuvwxyz0123456789-_."
OPT = b"\0\0\x29" + PAYLOAD.to_bytes(2, "big") + b"\0\0\0\0\0\0"
"""EDNS(0) without options (RFC 6891 section 6.1)."""


class Illegible(ValueError):
    """The wire form cannot be followed."""


def query(question: Question, number: int, *, edns: bool = True) -> bytes:
    """A resolver's question on the wire with the id `number`; ValueError for a name that is none.

    The name is of A-labels, without final dot.
    """
    labels = [label.encode("ascii") for label in question.name.split(".")]
    if not all(0 < len(label) < 64 for label in labels):
        raise ValueError(question.name)
    name = b"".join(bytes((len(label),)) + label for label in labels) + b"\0"
    if len(name) > LONGEST_NAME or question.type not in TYPES:
        raise ValueError(question)
    header = number.to_bytes(2, "big") + b"\1\0\0\1\0\0\0\0\0" + (b"\1" if edns else b"\0")
    asked = TYPES[question.type].to_bytes(2, "big") + b"\0\1"
    return header + name + asked + (OPT if edns else b"")


@dataclass(frozen=True, slots=True)
class Said:
    """The answer section of a response: the question's name and type, the response code, whether
    the server is an authority or recurses, and the records, each with owner, type and class, data
    (names written out), TTL."""

    name: bytes
    kind: bytes
    code: int
    is_known: bool
    records: list[tuple[bytes, bytes, bytes, int]]

    @property
    def fingerprint(self) -> bytes:
        """Equal for two responses to one question whose records are the same set."""
        head = bytes((self.code, self.is_known))
        said = blake2b(self.name + self.kind + head, digest_size=SIZE)
        for record in sorted({owner + kind + data for owner, kind, data, _ in self.records}):
            said.update(len(record).to_bytes(2, "big") + record)
        return said.digest()


def listen(wire: bytes) -> Said:
    """What the response in `wire` says; raises Illegible."""
    try:
        name, at = _name(wire, HEADER)
        kind, at = wire[at : at + 4], at + 4
        records = []
        for _ in range(int.from_bytes(wire[6:8], "big")):
            record, at = _record(wire, at)
            records.append(record)
        known = wire[2] & 0x04 or wire[3] & 0x80  # AA or RA: else it may be a referral
        return Said(name, kind, wire[3] & 0x0F, bool(known), records)
    except IndexError as error:
        raise Illegible("too short") from error


def digest_of(answers: Iterable[Said]) -> str:
    """The digest of all the answers of a domain, in any order."""
    parts = sorted(said.fingerprint for said in answers)
    return blake2b(b"".join(parts), digest_size=SIZE).hexdigest()


def read_plain(question: Question, said: Said) -> Answer | None:
    """The answer as the library would have it read, where it is MX or CNAME records of ordinary
    names and nothing else; None where it is not."""
    if said.code or not said.is_known or not said.records or question.type not in ("MX", "CNAME"):
        return None
    offset = NAME_AT[TYPES[question.type]]
    hosts: dict[tuple[int, str], None] = {}
    for owner, kind, data, _ in said.records:
        if owner != said.name or kind != said.kind or (host := _text(data[offset:])) is None:
            return None
        hosts[int.from_bytes(data[:offset], "big"), host] = None
    ttl = min(ttl for _, _, _, ttl in said.records)
    if len(hosts) > MOST_VALUES or ttl > LONGEST_TTL:
        return None
    if question.type == "MX":
        return Answer(question, Outcome.FOUND, mail_hosts=tuple(sorted(hosts)), ttl=ttl)
    return Answer(question, Outcome.FOUND, tuple(host for _, host in hosts), ttl=ttl)


def _text(name: bytes) -> str | None:
    """A name as text, without final dot; None where a byte of it would have to be escaped."""
    labels, at = [], 0
    while length := name[at]:
        labels.append(name[at + 1 : at + 1 + length])
        at += length + 1
    text = b".".join(labels)
    if text.translate(None, ORDINARY) or text.count(b".") != max(len(labels) - 1, 0):
        return None
    return text.decode("ascii")


def _record(wire: bytes, at: int) -> tuple[tuple[bytes, bytes, bytes, int], int]:
    """The record at `at`, its names written out; and where the next one begins."""
    owner, at = _name(wire, at)
    start = at + 10
    end = start + int.from_bytes(wire[at + 8 : start], "big")
    if end > len(wire):
        raise Illegible("too short")
    kind, ttl = wire[at : at + 4], int.from_bytes(wire[at + 4 : at + 8], "big")
    offset = NAME_AT.get(int.from_bytes(kind[:2], "big"))
    if offset is None:
        return (owner, kind, wire[start:end], ttl), end
    name, after = _name(wire, start + offset)
    if after != end:
        raise Illegible("data of another length")
    return (owner, kind, wire[start : start + offset] + name, ttl), end


def _name(wire: bytes, at: int) -> tuple[bytes, int]:
    """The name at `at` in lower case, as labels, and where it ends (RFC 1035 section 4.1.4)."""
    parts, size, pointers, after, first = [], 0, 0, 0, at
    while length := wire[at]:
        if length < 0x40:
            size += length + 1
            parts.append(wire[at : at + length + 1])
            at += length + 1
        else:
            target = (length & 0x3F) << 8 | wire[at + 1]
            pointers += 1
            after = after or at + 2
            if length < 0xC0 or target >= first or pointers > MOST_POINTERS:
                raise Illegible("a pointer that leads nowhere")
            at = first = target
        if size >= LONGEST_NAME:
            raise Illegible("a name too long")
    return b"".join(parts).lower() + b"\0", after or at + 1
