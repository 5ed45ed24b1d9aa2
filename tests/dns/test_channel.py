"""One server asked: what it does instead of answering, and what is believed of it."""

from __future__ import annotations

import asyncio
import threading
import time

import dns.flags
import dns.message
import dns.rrset
import pytest

from panel.dns.answers import Answer, Asked, Outcome, Question, Server
from panel.dns.channel import Channel, Manner, matches
from panel.dns.reading import Budget
from tests.fixtures.nameserver import LONG_TEXT, Nameserver
from tests.support.nanoserver import (
    Astray,
    Flooding,
    Garbling,
    NanoServer,
    Old,
    Raw,
    Refusing,
    Silent,
    Truncating,
)

MX = Question("mingyuan.example", "MX")
OWN = Manner(zone="mingyuan.example")


def ask(
    address: str, *questions: Question, within: float = 5.0, manner: Manner = OWN
) -> tuple[list[Answer], list[Asked]]:
    """The answers of one server, asked everything at once, and the log."""
    log: list[Asked] = []

    async def run() -> list[Answer]:
        loop = asyncio.get_running_loop()
        channel = Channel(Server.at(address), loop.time() + within, log)
        try:
            heard = await asyncio.gather(*(channel.ask(q, manner) for q in questions))
        finally:
            channel.close()
        return [one.answer for one in heard]

    return asyncio.run(run()), log


def test_many_questions_share_a_socket(nameserver: Nameserver) -> None:
    names = [Question(f"n{n}.mingyuan.example", "MX") for n in range(100)]
    answers, log = ask(nameserver.address, MX, *names)
    assert answers[0].outcome is Outcome.FOUND
    assert {answer.outcome for answer in answers[1:]} == {Outcome.NO_DOMAIN}
    assert len(log) == 101


def test_what_the_real_server_says_is_read(nameserver: Nameserver) -> None:
    asked = [
        Question("hengtong.example", "MX"),
        Question("imap.chain.example", "A"),
        Question("_youju-verify.long.example", "TXT"),
        Question("weilai.example", "MX"),
    ]
    (mx, chain, long, referred), log = ask(nameserver.address, *asked, manner=Manner("example"))
    assert mx.mail_hosts == (
        (5, "mx.old-host.example"),
        (100, "us2.mx1.mailhost.example"),
        (100, "us2.mx2.mailhost.example.hengtong.example"),
    )
    assert chain.chain == ("here.chain.example", "us2.imap.mailhost.example")
    # 250 characters and more are two strings of one text (RFC 7208 section 3.3)
    assert sorted(long.values) == [f"{n} {LONG_TEXT}" for n in range(8)]
    assert {entry.transport for entry in log if entry.question.type == "TXT"} == {"tcp"}
    assert referred.outcome is Outcome.ELSEWHERE


def test_a_truncated_answer_is_fetched_over_tcp() -> None:
    with Truncating("10 mx.example.") as server:
        (answer,), log = ask(server.address, MX, manner=Manner(recursive=True))
    assert answer.mail_hosts == ((10, "mx.example"),)
    assert log[0].transport == "tcp"


def test_a_server_without_edns_is_asked_without() -> None:
    with Old() as server:
        (answer,), _ = ask(server.address, MX)
    assert answer.mail_hosts == ((10, "mx.example"),)


@pytest.mark.parametrize("server_class", [Silent, Garbling, Astray])
def test_what_does_not_answer_the_question_is_no_answer(server_class: type[NanoServer]) -> None:
    start = time.monotonic()
    with server_class() as server:
        (answer,), _ = ask(server.address, MX, within=0.5)
    assert answer.outcome is Outcome.NO_ANSWER
    assert time.monotonic() - start < 1.5


def test_after_an_answer_that_does_not_match_the_right_one_counts() -> None:
    with Astray(then=True) as server:
        (answer,), _ = ask(server.address, MX)
    assert answer.outcome is Outcome.REFUSED


def test_nobody_there_is_known_at_once() -> None:
    start = time.monotonic()
    (answer,), _ = ask("127.0.0.1:1", MX)
    assert answer.outcome is Outcome.NO_ANSWER
    assert time.monotonic() - start < 0.5


@pytest.mark.parametrize(
    "server",
    [
        Raw(1, b"\xc0\x0c\0\x0f\0\x01\0\0\0\x3c\xff\xff"),  # a length beyond the end
        Raw(1, b"\xc0\x22" * 40),  # pointers in a circle
        Raw(60_000, b"\xc0\x0c\0\x0f\0\x01\0\0\0\x3c\0\x04\0\x01\xc0\x0c" * 70),
        Flooding(2),
        Flooding(65_535),
    ],
    ids=["length", "pointers", "count", "short", "flood"],
)
def test_hostile_answers_are_failures_of_the_server(server: NanoServer) -> None:
    with server:
        (answer,), log = ask(server.address, MX, within=3.0)
    assert answer.outcome is Outcome.SERVER_FAILED
    assert log[0].said


class Heavy(Truncating):
    """Over TCP it sends a long name, and then pointers to it: few bytes, many labels."""

    def answer_over_tcp(self, question: dns.message.Message) -> bytes | None:
        asked = question.question[0]
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.AA
        target = f"{'y.' * 90}{asked.name}"
        for priority in range(40):
            mx = dns.rrset.from_text(asked.name, 60, "IN", "MX", f"{priority} {target}")
            answer.answer.append(mx)
        return answer.to_wire()


def test_what_the_servers_of_a_domain_may_give_to_read_is_limited_together() -> None:
    log: list[Asked] = []
    budget = Budget()

    async def run(*addresses: str) -> list[Answer]:
        ends = asyncio.get_running_loop().time() + 5
        channels = [Channel(Server.at(address), ends, log, budget) for address in addresses]
        try:
            return [(await channel.ask(MX, OWN)).answer for channel in channels]
        finally:
            for channel in channels:
                channel.close()

    with Heavy() as one, Heavy() as other, Heavy() as third:
        answers = asyncio.run(run(one.address, other.address, third.address))
    assert [answer.outcome.value for answer in answers] == ["found", "found", "server_failed"]
    assert answers[2].errors == ("too much to read",)


def test_nothing_is_read_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    end = threading.Event()

    class Late(NanoServer):
        def answer(self, question: dns.message.Message) -> bytes | None:
            end.wait(5)
            return dns.message.make_response(question).to_wire()

    async def waits_too_long(futures: list[asyncio.Future[bytes]], timeout: float) -> object:
        await wait(futures, timeout=timeout)
        end.set()
        return await wait(futures, timeout=1)  # as when the loop is busy with reading

    wait = asyncio.wait
    monkeypatch.setattr(asyncio, "wait", waits_too_long)
    with Late() as server:
        (answer,), _ = ask(server.address, MX, within=0.1)
    assert (answer.outcome, answer.errors) == (Outcome.NO_ANSWER, ("deadline",))


@pytest.mark.parametrize(
    "name",
    ["a..example", "x" * 64 + ".example", "y." * 130 + "example", "\ud800.example"],
)
def test_a_name_that_is_none_is_not_asked(name: str) -> None:
    with Refusing() as server:
        (answer,), _ = ask(server.address, Question(name, "MX"))
        assert server.asked == []
    assert answer.outcome is Outcome.NOT_ASKED


@pytest.mark.parametrize("name", ["a\\000b.example", "a\\255.example", "a\\.b.example", "_a.b-"])
def test_odd_names_are_asked_as_they_are(name: str) -> None:
    with Refusing() as server:
        (answer,), _ = ask(server.address, Question(name, "MX"))
    assert answer.outcome is Outcome.REFUSED


QUERY = b"\x12\x34\0\0\0\x01\0\0\0\0\0\0\x01a\0\0\x0f\0\x01"


@pytest.mark.parametrize(
    ("response", "fits"),
    [
        (b"\x12\x34\x80\0" + QUERY[4:], True),
        (b"\x12\x34\x80\0" + QUERY[4:].replace(b"a", b"A"), True),
        (b"\x12\x35\x80\0" + QUERY[4:], False),
        (QUERY, False),  # a query is no answer
        (b"\x12\x34\x80\0" + QUERY[4:].replace(b"a", b"b"), False),
        (b"\x12\x34\x80\x05\0\0\0\0\0\0\0\0", True),  # refused, the question left out
        (b"\x12\x34\x80\x02\0\0\0\0\0\0\0\0", True),  # failed
        (b"\x12\x34\x80\0\0\0\0\0\0\0\0\0", False),
        (b"\x12\x34\x80\x03\0\0\0\0\0\0\0\0", False),  # that there is none must say what
        (b"\x12\x34", False),
        (b"", False),
    ],
)
def test_an_answer_has_the_id_and_the_question(response: bytes, fits: bool) -> None:
    assert matches(QUERY, response) is fits
