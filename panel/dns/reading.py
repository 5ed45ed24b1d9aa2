"""Reading a DNS message: bounded whatever a hostile server sends, and checked against its question.

The library reads the message; what it would read for too long is refused before.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.SOA
import dns.rdtypes.txtbase
import dns.rrset

from panel.dns.answers import Answer, Outcome, Question

LONGEST_MESSAGE = 16_384
"""Bytes. An answer of records that are asked for here has hundreds, not thousands."""
MOST_RECORDS = 1_000
MOST_VALUES = 100
"""Records kept of one answer; of MX the best ones."""
LONGEST_TEXT = 1_000
"""Characters kept of one value."""
MOST_STEPS = 12
"""CNAMEs followed; resolvers give up at about as many."""
MOST_WORK = 5_000
"""What one message may give to read, in labels; each costs 10 to 20 µs. Names that are compressed
to few bytes (RFC 1035 section 4.1.4) may have a hundred labels, thousands of times."""
MOST_IN_ALL = 2 * MOST_WORK
"""The same of one inquiry; an ordinary answer has about twenty, and there may be some hundred."""
WORK_OF_RECORD = 4
LONGEST_NAME = 128
"""Labels."""


class Unreadable(Exception):
    """What came is no usable DNS message; the text says why, for the log."""


class Budget:
    """What may still be read in one inquiry, in labels."""

    def __init__(self) -> None:
        self.left = MOST_IN_ALL

    def spend(self, labels: int) -> None:
        """Take so much of it; raises Unreadable where there is not enough."""
        if labels > self.left:
            raise Unreadable("too much to read")
        self.left -= labels


def parse(wire: bytes, budget: Budget | None = None) -> dns.message.Message:
    """The message in `wire`; raises Unreadable, soon, for what is hostile or broken."""
    if len(wire) > LONGEST_MESSAGE:
        raise Unreadable("answer too large")
    if _records(wire) > MOST_RECORDS:
        raise Unreadable("too many records")
    labels = work(wire)
    if labels > MOST_WORK:
        raise Unreadable("too much to read")
    (budget or Budget()).spend(labels)
    try:
        # each record alone: together the library keeps one CNAME of several
        return dns.message.from_wire(wire, one_rr_per_rrset=True, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError, IndexError) as error:
        raise Unreadable(f"not readable: {type(error).__name__}") from error


def _records(wire: bytes) -> int:
    """How many records the header announces."""
    return sum(int.from_bytes(wire[at : at + 2], "big") for at in (6, 8, 10))


def work(wire: bytes) -> int:
    """About how many labels have to be read, found out without reading them.

    Counts what only looks like a compression pointer too; there is little of that.
    """
    total = len(wire) // 64 + _records(wire) * WORK_OF_RECORD
    known: dict[int, int] = {}
    for at in range(12, len(wire) - 1):
        if wire[at] >= 0xC0:
            target = (wire[at] & 0x3F) << 8 | wire[at + 1]
            if target not in known:
                known[target] = _labels(wire, target)
            total += known[target]
            if total > MOST_WORK:
                break
    return total


def _labels(wire: bytes, at: int) -> int:
    """The labels and pointers of the name at an offset, up to too many."""
    least = at
    for count in range(LONGEST_NAME):
        if at >= len(wire) - 1 or not wire[at]:
            return count
        if wire[at] >= 0xC0:
            at = (wire[at] & 0x3F) << 8 | wire[at + 1]
            if at >= least:  # pointers lead backwards, or reading ends here
                return count
            least = at
        else:
            at += wire[at] + 1
    return len(wire)  # a row of pointers, which takes as many steps as there are bytes


def read(question: Question, message: dns.message.Message, *, zone: str = "") -> Answer:
    """What the message says to the question; `zone` when a server of that zone was asked, else it
    was a resolver."""
    rcode = message.rcode()
    if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return _refusal(question, message)
    chain, records, ttls = _follow(question, message)
    if zone and not message.flags & dns.flags.AA:
        below = _refers_below(question, message, zone)
        return Answer(question, Outcome.ELSEWHERE if below else Outcome.LAME)
    if records:
        return _found(question, records, chain, min(ttls))
    if not message.flags & (dns.flags.AA | dns.flags.RA):
        # a referral is not "there is none": whoever was asked for recursion has not done it
        return Answer(question, Outcome.SERVER_FAILED, errors=("no recursion",))
    gone = rcode == dns.rcode.NXDOMAIN
    outcome = Outcome.NO_DOMAIN if gone else Outcome.NO_RECORD
    return Answer(question, outcome, chain=chain, ttl=_negative_ttl(message))


def _refusal(question: Question, message: dns.message.Message) -> Answer:
    """An answer that is none; the reasons of RFC 8914 are kept for the log."""
    rcode = message.rcode()
    outcome = {dns.rcode.REFUSED: Outcome.REFUSED, dns.rcode.NOTAUTH: Outcome.LAME}.get(
        rcode, Outcome.SERVER_FAILED
    )
    reasons = (o for o in message.options if isinstance(o, dns.edns.EDEOption))
    words = (clean(f"{int(o.code)} {o.text or ''}".strip()) for o in islice(reasons, 3))
    return Answer(question, outcome, errors=(dns.rcode.to_text(rcode), *words))


def _follow(
    question: Question, message: dns.message.Message
) -> tuple[tuple[str, ...], Sequence[dns.rdata.Rdata], list[int]]:
    """The CNAMEs on the way, the records at its end, and the TTLs of all of them."""
    wanted = dns.rdatatype.from_text(question.type)
    held: dict[tuple[dns.name.Name, dns.rdatatype.RdataType], list[dns.rrset.RRset]] = {}
    for rrset in message.answer:
        if is_of(rrset, wanted, dns.rdatatype.CNAME):
            held.setdefault((rrset.name, rrset.rdtype), []).append(rrset)
    name, chain, ttls = dns.name.from_text(question.name), [], []
    for _ in range(MOST_STEPS):
        found = held.get((name, wanted), [])
        step = held.get((name, dns.rdatatype.CNAME), [])
        if found or not step:
            break
        ttls += [rrset.ttl for rrset in step]
        name = step[0][0].target
        chain.append(name_text(name))
    else:
        found = []
    ttls += [rrset.ttl for rrset in found]
    return tuple(chain), [rdata for rrset in found for rdata in rrset], ttls


def is_of(rrset: dns.rrset.RRset, *types: dns.rdatatype.RdataType) -> bool:
    """Whether the records are of one of the types: in another class than the internet's the same
    number means something else, or nothing."""
    return rrset.rdclass == dns.rdataclass.IN and rrset.rdtype in types


def _refers_below(question: Question, message: dns.message.Message, zone: str) -> bool:
    """Whether the answer names servers of a zone below `zone`; a referral upwards is lame."""
    name, top = dns.name.from_text(question.name), dns.name.from_text(zone)
    return any(
        is_of(rrset, dns.rdatatype.NS)
        and name.is_subdomain(rrset.name)
        and rrset.name.is_subdomain(top)
        and rrset.name != top
        for rrset in message.authority
    )


def _negative_ttl(message: dns.message.Message) -> int | None:
    """For how many seconds "there is none" may be kept."""
    for rrset in message.authority:
        soa = rrset[0]
        if isinstance(soa, dns.rdtypes.ANY.SOA.SOA):
            return min(rrset.ttl, soa.minimum)
    return None


def _found(question: Question, records: Sequence[Any], chain: tuple[str, ...], ttl: int) -> Answer:
    """The records as plain data, each once."""
    if question.type == "MX":
        hosts = sorted({(mx.preference, name_text(mx.exchange)) for mx in records})
        return Answer(question, Outcome.FOUND, (), tuple(hosts[:MOST_VALUES]), chain, ttl=ttl)
    values = dict.fromkeys(value_text(rdata) for rdata in islice(records, MOST_VALUES))
    return Answer(question, Outcome.FOUND, tuple(values), (), chain, ttl=ttl)


def name_text(name: dns.name.Name) -> str:
    """A name as it is compared and shown: odd bytes escaped, lower case, no final dot."""
    return str(name).rstrip(".").lower()


def value_text(rdata: dns.rdata.Rdata) -> str:
    """A record's value: TXT strings joined (RFC 7208 section 3.3), names folded."""
    if isinstance(rdata, dns.rdtypes.txtbase.TXTBase):
        return clean(b"".join(rdata.strings).decode("utf-8", "replace"))
    return rdata.to_text().rstrip(".").lower()[:LONGEST_TEXT]


def clean(text: str) -> str:
    """Text of a stranger, fit for a page and a database: bounded, nothing unprintable."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text[:LONGEST_TEXT])
