"""No domain is in another's way, whatever its servers do and whatever breaks here."""

from __future__ import annotations

import asyncio
import struct

import dns.flags
import dns.message
import pytest

from panel.dns.answers import Answer, Outcome, Question, Server
from panel.dns.asking import Asking
from panel.dns.channel import Channel, Heard, Manner
from panel.dns.examination import Examination, Wanted, examine_all
from panel.dns.sweep import News, Watched, stream, sweep
from tests.support.nanoserver import Truncating
from tests.support.small_world import DOMAIN, SmallWorld, records_of


def labels(name: str) -> bytes:
    return b"".join(bytes([len(n)]) + n.encode() for n in name.split(".")) + b"\0"


class HostileParent(SmallWorld):
    """Refers to a server whose address is one of another class than the internet's."""

    def __init__(self, class_: int, data: bytes) -> None:
        super().__init__({})
        self.class_, self.data = class_, data

    def answer(self, question: dns.message.Message) -> bytes | None:
        if question.flags & dns.flags.RD:
            return super().answer(question)
        asked = question.question[0]
        head = struct.pack("!HHHHHH", question.id, 0x8000, 1, 0, 1, 1)
        wire = dns.message.make_query(asked.name, asked.rdtype, use_edns=False).to_wire()[12:]
        host, kinds = labels(f"ns.{DOMAIN}"), ((2, 1), (1, self.class_))
        (ns, glue) = (struct.pack("!HHIH", *kind, 60, 0)[:-2] for kind in kinds)
        wire += labels(DOMAIN) + ns + struct.pack("!H", len(host)) + host
        return head + wire + host + glue + struct.pack("!H", len(self.data)) + self.data


@pytest.mark.parametrize(("class_", "data"), [(77, b"abcde"), (3, labels("x.example") + b"\0\1")])
def test_an_address_of_another_class_is_none(class_: int, data: bytes) -> None:
    with HostileParent(class_, data) as world:
        found = world.examined()
    assert len(found.verdicts) == 2
    assert {verdict.reason.value for verdict in found.verdicts} == {"no_record"}


class Broken(Exception):
    """A mistake of ours."""


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> None:
    """To ask for anything of DOMAIN breaks."""
    ask = Channel.ask

    async def breaks(channel: Channel, question: Question, manner: Manner) -> Heard:
        if question.name.endswith(DOMAIN):
            raise Broken
        return await ask(channel, question, manner)

    monkeypatch.setattr(Channel, "ask", breaks)


@pytest.mark.usefixtures("breaking")
def test_what_breaks_over_one_domain_is_our_fault_and_leaves_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    names = ["b.example", DOMAIN, "c.example", *(f"n{n}.example" for n in range(40))]

    async def collect(asking: Asking) -> dict[str, Examination]:
        examined = examine_all(iter(names), lambda name: Wanted(name, records_of(name)), asking)
        return {one.domain: one async for one in examined}

    with SmallWorld({}) as world:
        found = asyncio.run(collect(world.asking))
    assert set(found) == set(names)
    reasons = {name: {v.reason.value for v in one.verdicts} for name, one in found.items()}
    assert reasons.pop(DOMAIN) == {"resolver_failed"}
    assert set.union(*reasons.values()) == {"no_delegation"}
    assert [record.message for record in caplog.records] == [f"not examined: {DOMAIN}"]
    assert caplog.records[0].exc_info


@pytest.mark.usefixtures("breaking")
def test_what_breaks_over_tcp_leaves_the_question_open_and_the_sweep_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    question = Question(DOMAIN, "MX")

    async def collect(address: str) -> dict[str, News]:
        watched = stream([Watched(DOMAIN, (question,)), Watched("b.example", ())])
        return {one.domain: one.news async for one in sweep(watched, [Server.at(address)])}

    with Truncating("10 mx.example.") as server:
        news = asyncio.run(asyncio.wait_for(collect(server.address), 5))
    assert news[DOMAIN] is News.UNASKED
    assert "Broken" in caplog.text


def test_an_answer_that_cannot_be_read_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(question: Question, *_: object) -> Answer:
        if question.name == DOMAIN:
            raise Broken
        return Answer(question, Outcome.NO_RECORD)

    monkeypatch.setattr("panel.dns.sweep._answer", breaks)

    async def collect(address: str) -> dict[str, News]:
        names = (DOMAIN, "b.example")
        watched = stream([Watched(name, (Question(name, "MX"),)) for name in names])
        return {one.domain: one.news async for one in sweep(watched, [Server.at(address)])}

    with SmallWorld({}) as world:
        news = asyncio.run(asyncio.wait_for(collect(world.address), 5))
    assert news == {DOMAIN: News.UNASKED, "b.example": News.CHANGED}
    assert DOMAIN in caplog.text
