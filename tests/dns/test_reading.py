"""Reading messages: what is right is read, what is hostile costs next to nothing."""

from __future__ import annotations

import struct
import time

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from panel.dns.answers import Answer, Outcome, Question
from panel.dns.fingerprint import listen, read_plain
from panel.dns.reading import LONGEST_TEXT, MOST_VALUES, Unreadable, clean, parse, read

MX = Question("a.example", "MX")


def response(question: Question, *records: str, rcode: int = 0, aa: bool = True) -> bytes:
    """A server's answer; the records as "name ttl IN type value"."""
    message = dns.message.make_response(dns.message.make_query(question.name, question.type))
    message.set_rcode(rcode)
    message.flags |= dns.flags.AA if aa else 0
    for record in records:
        name, ttl, class_, type_, value = record.split(maxsplit=4)
        section = message.authority if type_ == "SOA" else message.answer
        section.append(dns.rrset.from_text(name, int(ttl), class_, type_, value))
    return message.to_wire(max_size=65535)


def told(question: Question, *records: str, rcode: int = 0, zone: str = "") -> Answer:
    return read(question, parse(response(question, *records, rcode=rcode)), zone=zone)


def header(questions: int, answers: int) -> bytes:
    return struct.pack("!HHHHHH", 1, 0x8400, questions, answers, 0, 0)


class TestRight:
    """What servers send."""

    def test_mx_best_first_folded_with_its_ttl(self) -> None:
        answer = told(MX, "a.example. 60 IN MX 20 B.Example.", "A.EXAMPLE. 60 IN MX 5 c.example.")
        assert answer.mail_hosts == ((5, "c.example"), (20, "b.example"))
        assert answer.ttl == 60
        assert answer.texts == ("5 c.example", "20 b.example")

    def test_the_null_mx(self) -> None:
        assert told(MX, "a.example. 60 IN MX 0 .").texts == ("0 .",)

    def test_a_text_in_pieces_is_one(self) -> None:
        question = Question("a.example", "TXT")
        assert told(question, 'a.example. 60 IN TXT "youju-" "verify=abc"').values == (
            "youju-verify=abc",
        )

    def test_a_chain_has_the_shortest_of_its_ttls(self) -> None:
        question = Question("pop.a.example", "A")
        answer = told(
            question, "pop.a.example. 9 IN CNAME b.example.", "b.example. 60 IN A 192.0.2.1"
        )
        assert (answer.values, answer.chain, answer.ttl) == (("192.0.2.1",), ("b.example",), 9)

    @pytest.mark.parametrize("values", [("b.example", "c.example"), ("c.example", "b.example")])
    def test_every_alias_counts_and_each_once(self, values: tuple[str, str]) -> None:
        question = Question("a.example", "CNAME")
        records = [f"a.example. 60 IN CNAME {value}." for value in (*values, *values)]
        wire = response(question, *records)
        assert read(question, parse(wire)).values == values
        plain = read_plain(question, listen(wire))
        assert plain is None or plain.values == values

    def test_a_circle_ends(self) -> None:
        question = Question("a.example", "A")
        answer = told(
            question, "a.example. 9 IN CNAME b.example.", "b.example. 9 IN CNAME a.example."
        )
        assert answer.outcome is Outcome.NO_RECORD
        assert len(answer.chain) == 12

    def test_there_is_none_for_as_long_as_the_soa_says(self) -> None:
        soa = "a.example. 900 IN SOA ns. h. 1 1 1 1 300"
        assert told(MX, soa).ttl == 300
        assert told(MX, soa, rcode=dns.rcode.NXDOMAIN).outcome is Outcome.NO_DOMAIN

    @pytest.mark.parametrize(
        ("rcode", "outcome"),
        [
            (dns.rcode.REFUSED, Outcome.REFUSED),
            (dns.rcode.NOTAUTH, Outcome.LAME),
            (dns.rcode.SERVFAIL, Outcome.SERVER_FAILED),
            (dns.rcode.FORMERR, Outcome.SERVER_FAILED),
        ],
    )
    def test_a_refusal_says_nothing_of_the_domain(self, rcode: int, outcome: Outcome) -> None:
        assert told(MX, rcode=rcode).outcome is outcome


class TestZone:
    """The zone's own server is asked without recursion."""

    def test_an_answer_of_somebody_s_memory_is_lame(self) -> None:
        wire = response(MX, "a.example. 60 IN MX 5 b.example.", aa=False)
        assert read(MX, parse(wire), zone="a.example").outcome is Outcome.LAME

    @pytest.mark.parametrize(
        ("owner", "outcome"),
        [
            ("pop.a.example.", Outcome.ELSEWHERE),
            ("a.example.", Outcome.LAME),
            ("example.", Outcome.LAME),
            (".", Outcome.LAME),
        ],
    )
    def test_a_referral_below_is_none_upwards(self, owner: str, outcome: Outcome) -> None:
        question = Question("x.pop.a.example", "MX")
        message = dns.message.make_response(dns.message.make_query(question.name, "MX"))
        message.authority.append(dns.rrset.from_text(owner, 60, "IN", "NS", "ns.b.example."))
        assert read(question, message, zone="a.example").outcome is outcome


class TestHostile:
    """What servers had better not send."""

    def test_thousands_of_mx_are_refused(self) -> None:
        wire = response(MX, *(f"a.example. 60 IN MX {n} m{n}.a.example." for n in range(2000)))
        with pytest.raises(Unreadable, match="too"):
            parse(wire)

    def test_hundreds_of_mx_are_cut_to_the_best(self) -> None:
        records = [f"a.example. 60 IN MX {900 - n} m{n}.a.example." for n in range(400)]
        answer = told(MX, *records)
        assert len(answer.mail_hosts) == MOST_VALUES
        assert answer.mail_hosts[0][0] == 501

    def test_a_huge_text_is_cut(self) -> None:
        question = Question("a.example", "TXT")
        text = " ".join(['"' + "x" * 250 + '"'] * 40)
        assert len(told(question, f"a.example. 60 IN TXT {text}").values[0]) == LONGEST_TEXT

    def test_an_answer_larger_than_any_sane_one_is_not_read(self) -> None:
        with pytest.raises(Unreadable, match="too large"):
            parse(b"\0" * 40_000)

    def test_a_pointer_to_itself(self) -> None:
        with pytest.raises(Unreadable):
            parse(header(1, 0) + b"\xc0\x0c\0\x0f\0\x01")

    def test_two_pointers_at_each_other(self) -> None:
        with pytest.raises(Unreadable):
            parse(header(1, 0) + b"\xc0\x0e\xc0\x0c\0\x0f\0\x01")

    def test_a_staircase_of_pointers_costs_nothing(self) -> None:
        stairs = b"".join(struct.pack("!H", 0xC000 | at) for at in range(12, 8000, 2))
        record = b"\xff\x00\x00\x0f\0\x01\0\0\0\x3c\0\x04\0\x01\xc0\x0c"
        start = time.monotonic()
        with pytest.raises(Unreadable, match="too much"):
            parse(header(0, 500) + b"\0\0" + stairs + record * 400)
        assert time.monotonic() - start < 0.5

    def test_long_names_in_few_bytes_cost_nothing(self) -> None:
        long = b"\x01x" * 120 + b"\0\0\x0f\0\x01\0\0\0\x3c\0\x04\0\x01\xc0\x0c"
        record = b"\x01y\xc0\x0c\0\x0f\0\x01\0\0\0\x3c\0\x04\0\x01\xc0\x0c"
        start = time.monotonic()
        with pytest.raises(Unreadable, match="too much"):
            parse(header(0, 801) + long + record * 800)
        assert time.monotonic() - start < 0.3

    def test_a_count_that_lies(self) -> None:
        with pytest.raises(Unreadable):
            parse(header(0, 900) + b"\0")

    @pytest.mark.parametrize("byte", [b"\0", b".", b"\\", b"\xff", b" ", b"<", b'"', b"\n"])
    def test_odd_bytes_in_names_are_escaped(self, byte: bytes) -> None:
        host = b"\x03a" + byte + b"b\0"
        question = b"\x01a\x07example\0\0\x0f\0\x01"
        record = b"\xc0\x0c\0\x0f\0\x01\0\0\0\x3c"
        rdata = b"\0\x05" + host
        wire = header(1, 1) + question + record + struct.pack("!H", len(rdata)) + rdata
        (text,) = read(MX, parse(wire)).texts
        assert text.isprintable()
        assert text.isascii()

    @pytest.mark.parametrize("text", ["a\0b", "a\x1b[31m", "\u202eexe.txt", "a\nb", "\u2028"])
    def test_what_cannot_be_printed_is_replaced(self, text: str) -> None:
        assert clean(text).isprintable()

    @given(st.binary(max_size=600))
    def test_bytes_of_chance_are_read_or_refused(self, noise: bytes) -> None:
        for wire in (noise, header(0, 3) + noise, header(1, 1) + noise):
            try:
                message = parse(wire)
            except Unreadable:
                continue
            assert isinstance(read(MX, message), Answer)

    @given(
        st.lists(
            st.tuples(
                st.sampled_from([1, 2, 5, 6, 15, 16, 28, 39, 46]),
                st.sampled_from([1, 1, 3, 77, 254, 255]),
                st.sampled_from([b"", b"\xc0\x0c", b"\0\5\xc0\x0c", b"\1x\0\0\1", b"abcd"]),
            ),
            max_size=4,
        ),
        st.sampled_from(["", "a.example"]),
    )
    @example([(15, 77, b"\0\5\xc0\x0c")], "")
    def test_records_of_other_classes_are_none(
        self, records: list[tuple[int, int, bytes]], zone: str
    ) -> None:
        asked = dns.message.make_query(MX.name, MX.type).to_wire()[12:]
        body = b"".join(
            b"\xc0\x0c" + struct.pack("!HHIH", type_, class_, 60, len(data)) + data
            for type_, class_, data in records
        )
        for answers in {len(records), 0}:
            counts = (1, answers, len(records) - answers, 0)
            try:
                message = parse(struct.pack("!HHHHHH", 1, 0x8400, *counts) + asked + body)
            except Unreadable:
                continue
            answer = read(MX, message, zone=zone)
            foreign = all(class_ != 1 for _, class_, _ in records)
            assert not (foreign and answer.outcome is Outcome.FOUND)

    @given(st.integers(0, 200), st.integers(0, 255))
    def test_a_right_answer_with_one_byte_changed(self, at: int, byte: int) -> None:
        wire = bytearray(
            response(MX, "a.example. 60 IN MX 5 b.example.", "b.example. 1 IN A 1.2.3.4")
        )
        wire[at % len(wire)] = byte
        try:
            message = parse(bytes(wire))
        except Unreadable:
            return
        assert isinstance(read(MX, message, zone="a.example"), Answer)


def test_a_name_of_253_characters_is_read() -> None:
    name = ".".join(["x" * 61, "y" * 63, "z" * 63, "w" * 63])
    assert len(name) == 253
    question = Question(name, "MX")
    assert told(question, f"{name}. 60 IN MX 5 {name}.").mail_hosts == ((5, name),)
