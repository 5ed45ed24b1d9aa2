"""Knowing answers again: what counts, what does not, and that nothing hostile takes long."""

from __future__ import annotations

from contextlib import suppress

import dns.flags
import dns.message
import dns.name
import dns.rrset
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from panel.dns.answers import Outcome, Question
from panel.dns.fingerprint import TYPES, Illegible, digest_of, listen, query, read_plain
from panel.dns.reading import parse, read

NAMES = st.sampled_from(["a.example", "b.example", "c.d.example", "under_score.example"])
MX = Question("a.example", "MX")


def response(question: Question, *records: str, number: int = 1, code: int = 0) -> bytes:
    """An answer; each record is "OWNER TTL TYPE DATA"."""
    message = dns.message.make_response(dns.message.from_wire(query(question, number)))
    message.flags |= dns.flags.RA
    message.set_rcode(code)  # type: ignore[arg-type]
    for record in records:
        owner, ttl, kind, data = record.split(" ", 3)
        rrset = dns.rrset.from_text(f"{owner}.", int(ttl), "IN", kind, data)
        held = message.find_rrset(
            message.answer, rrset.name, rrset.rdclass, rrset.rdtype, create=True
        )
        held.update(rrset)
    return message.to_wire()


def digest(*wires: bytes) -> str:
    return digest_of(map(listen, wires))


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("edns", [True, False])
def test_a_question_is_written_as_the_library_writes_it(kind: str, edns: bool) -> None:
    theirs = dns.message.make_query("_x.a.example", kind, id=4711)
    if edns:
        theirs.use_edns(0, payload=1232)
    assert query(Question("_x.a.example", kind), 4711, edns=edns) == theirs.to_wire()


def test_the_longest_name_can_be_asked() -> None:
    name = ".".join(["x" * 63] * 3 + ["y" * 61])
    assert len(name) == 253
    assert dns.message.from_wire(query(Question(name, "MX"), 1)).question[0].name == (
        dns.name.from_text(name)
    )
    with pytest.raises(ValueError, match="y"):
        query(Question(f"{name}y", "MX"), 1)


@given(st.lists(st.tuples(st.integers(0, 65535), NAMES), min_size=1, max_size=5), st.randoms())
def test_order_ttl_id_and_case_do_not_count(hosts: list[tuple[int, str]], chance: object) -> None:
    records = [f"a.example 60 MX {priority} {host}." for priority, host in hosts]
    others = [f"A.EXAMPLE 7 MX {priority} {host.upper()}." for priority, host in hosts]
    assert digest(response(MX, *records)) == digest(response(MX, *others[::-1], number=9))


@pytest.mark.parametrize(
    "other",
    [
        response(MX),
        response(MX, code=3),
        response(MX, "a.example 60 MX 10 c.example."),
        response(MX, "a.example 60 MX 20 b.example."),
        response(MX, "a.example 60 MX 10 b.example.", "a.example 60 MX 20 b.example."),
        response(MX, "a.example 60 CNAME b.example.", "b.example 60 MX 10 b.example."),
        response(Question("a.example", "NS"), "a.example 60 MX 10 b.example."),
    ],
)
def test_every_change_counts(other: bytes) -> None:
    assert digest(response(MX, "a.example 60 MX 10 b.example.")) != digest(other)


def test_compression_does_not_count() -> None:
    records = [f"a.example 60 MX {n} mx{n}.a.example." for n in range(3)]
    wire = response(MX, *records)
    parsed = dns.message.from_wire(wire)
    plain = bytearray(query(MX, 1, edns=False))
    plain[2:4], plain[7] = wire[2:4], 3
    for rdata in parsed.answer[0]:
        data = rdata.to_wire()
        assert data
        plain += parsed.answer[0].name.to_wire() or b""
        plain += b"\0\x0f\0\1\0\0\0\x3c" + len(data).to_bytes(2, "big") + data
    assert len(plain) > len(wire)
    assert digest(bytes(plain)) == digest(wire)


@given(
    st.sampled_from(["MX", "CNAME"]),
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 9_999), NAMES | st.just("")), max_size=4),
)
@example("MX", [(0, 60, "")])
def test_a_plain_answer_is_read_as_the_library_reads_it(
    kind: str, hosts: list[tuple[int, int, str]]
) -> None:
    question = Question("a.example", kind)
    records = [
        f"a.example {ttl} {kind} {f'{priority} ' if kind == 'MX' else ''}{host}."
        for priority, ttl, host in hosts
    ]
    wire = response(question, *records)
    ours, theirs = read_plain(question, listen(wire)), read(question, parse(wire))
    assert ours is None or ours == theirs
    assert ours is not None or theirs.outcome is Outcome.NO_RECORD


@pytest.mark.parametrize(
    "record", ["a.example 60 MX 10 o\\046dd.example.", "a.example 60 MX 10 \\228.example."]
)
def test_an_odd_name_is_left_to_the_library(record: str) -> None:
    assert read_plain(MX, listen(response(MX, record))) is None


def test_a_chain_is_left_to_the_library() -> None:
    chain = response(MX, "a.example 60 CNAME b.example.", "b.example 60 MX 10 b.example.")
    assert read_plain(MX, listen(chain)) is None


RECORDS = {
    "A": "192.0.2.1",
    "NS": "ns.a.example.",
    "CNAME": "web.host.example.",
    "MX": "10 mx.b.example.",
    "TXT": "abc",
    "PTR": "b.example.",
    "DNAME": "b.example.",
    "RRSIG": "MX 13 2 60 20300101000000 20200101000000 1 a.example. AAAA",
}


@given(
    st.sampled_from(["MX", "CNAME"]),
    st.lists(st.tuples(NAMES, st.integers(0, 99), st.sampled_from(sorted(RECORDS))), max_size=4),
)
@example("MX", [("a.example", 60, "CNAME")])  # an alias where the MX records should be
def test_records_of_any_kind_are_read_as_the_library_reads_them(
    kind: str, records: list[tuple[str, int, str]]
) -> None:
    question = Question("a.example", kind)
    wire = response(question, *(f"{name} {ttl} {t} {RECORDS[t]}" for name, ttl, t in records))
    ours = read_plain(question, listen(wire))
    assert ours is None or ours == read(question, parse(wire))


@given(st.binary(max_size=300))
def test_bytes_of_chance_are_legible_or_not_and_nothing_else(noise: bytes) -> None:
    head = response(MX, "a.example 60 MX 10 b.example.")
    for wire in (noise, head[:12] + noise, head[:-9] + noise):
        with suppress(Illegible):
            listen(wire)


@pytest.mark.parametrize(
    "tail",
    [
        b"\xc0\x1b",  # to itself
        b"\xc0\xff",  # to what has not come yet
        b"\x80\x0c",  # neither a length nor a pointer
        b"\x3f",  # more than there is
    ],
)
def test_a_name_that_leads_nowhere_is_illegible(tail: bytes) -> None:
    wire = bytearray(query(MX, 1, edns=False))
    wire[7] = 1
    with pytest.raises(Illegible):
        listen(bytes(wire) + tail + b"\0" * 12)


def test_pointers_to_pointers_end() -> None:
    wire = bytearray(query(MX, 1, edns=False))
    wire[7] = 1
    start = len(wire) + 11  # the data of a TXT of the root: pointers, each to the one before
    pointers = b"".join((0xC000 | start + 2 * n - 2).to_bytes(2, "big") for n in range(1, 40))
    data = b"\0\0" + pointers
    wire += b"\0\0\x10\0\1\0\0\0\0" + len(data).to_bytes(2, "big") + data
    assert listen(bytes(wire)).records[0][2] == data
    wire[7] = 2
    last = (0xC000 | len(wire) - 2).to_bytes(2, "big")
    with pytest.raises(Illegible):
        listen(bytes(wire) + last + b"\0\x10\0\1\0\0\0\0\0\0")
