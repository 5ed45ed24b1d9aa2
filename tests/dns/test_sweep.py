"""The sweep: many domains against the real Knot, and against servers that misbehave."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from panel.dns.answers import Outcome, Question, Server
from panel.dns.records import ExpectedRecord, RecordType
from panel.dns.sweep import Effort, News, Swept, Watched, stream, sweep
from tests.fixtures.nameserver import LONG_TEXT, Nameserver
from tests.support.nanoserver import Failing, Garbling, NanoServer, Refusing, Silent, Truncating

HASTY = Effort(patience=(0.1, 0.1))
RIGHT = ("mingyuan.example", "lvye.example", "xinghai.example", "qingshan.example")


def questions(domain: str) -> tuple[Question, ...]:
    return (
        Question(domain, "MX"),
        Question(domain, "CNAME"),
        *(Question(f"{label}.{domain}", "CNAME") for label in ("imap", "pop", "webmail")),
    )


def run(
    watched: Sequence[Watched], *addresses: str, effort: Effort | None = None
) -> dict[str, Swept]:
    async def collect() -> dict[str, Swept]:
        servers = list(map(Server.at, addresses))
        return {s.domain: s async for s in sweep(stream(watched), servers, effort)}

    return asyncio.run(asyncio.wait_for(collect(), 20))


def run_one(question: Question, *addresses: str, digest: str = "") -> Swept:
    watched = Watched(question.name, (question,), digest)
    return run([watched], *addresses, effort=HASTY)[question.name]


MX = Question("mingyuan.example", "MX")


class Wording(NanoServer):
    """Says the same with other ids, TTLs, order and case, as `say` words it."""

    def __init__(self, *texts: str, ttl: int = 60, flags: int = dns.flags.RA) -> None:
        self.texts, self.ttl, self.flags = texts, ttl, flags

    def answer(self, question: dns.message.Message) -> bytes | None:
        response = dns.message.make_response(question)
        response.flags |= self.flags
        if self.texts:
            asked = question.question[0]
            response.answer.append(
                dns.rrset.from_text(asked.name, self.ttl, "IN", asked.rdtype, *self.texts)
            )
        return response.to_wire()


def test_answers_are_those_of_the_plain_way(nameserver: Nameserver) -> None:
    found = run([Watched(name, questions(name)) for name in RIGHT], nameserver.address)
    assert set(found) == set(RIGHT)
    for name, swept in found.items():
        assert swept.news is News.CHANGED
        assert len(swept.digest) == 32
        assert swept.answers[Question(name, "MX")].mail_hosts == tuple(
            (100, f"us2.mx{n}.mailhost.example") for n in (1, 2, 3)
        )
        assert swept.answers[Question(name, "CNAME")].outcome is Outcome.NO_RECORD
        assert swept.answers[Question(f"pop.{name}", "CNAME")].values == (
            "us2.pop.mailhost.example",
        )


def test_what_is_unchanged_is_not_read(nameserver: Nameserver) -> None:
    first = run([Watched(name, questions(name)) for name in RIGHT], nameserver.address)
    known = [Watched(name, questions(name), first[name].digest) for name in RIGHT]
    for swept in run(known, nameserver.address).values():
        assert (swept.news, swept.answers) == (News.SAME, {})
        assert swept.digest == first[swept.domain].digest


def test_what_was_published_is_news(nameserver: Nameserver) -> None:
    name = "sweep.example"
    asked = (Question(name, "TXT"), Question(name, "MX"))
    before = run([Watched(name, asked)], nameserver.address)[name]
    text = ExpectedRecord("verify", RecordType.TXT, "@", name, "now", 600)
    nameserver.publish(name, [text])
    after = run([Watched(name, asked, before.digest)], nameserver.address)[name]
    assert (before.news, after.news) == (News.CHANGED, News.CHANGED)
    assert after.answers[asked[0]].values == ("now",)
    assert after.digest != before.digest


def test_the_digest_does_not_depend_on_the_order_of_the_questions(nameserver: Nameserver) -> None:
    asked = questions(MX.name)
    first = run([Watched(MX.name, asked)], nameserver.address)[MX.name]
    again = Watched(MX.name, asked[::-1], first.digest)
    assert run([again], nameserver.address)[MX.name].news is News.SAME


def test_the_digest_ignores_ids_ttls_order_and_case() -> None:
    with Wording("10 mx1.host.example.", "20 mx2.host.example.") as server:
        first = run_one(MX, server.address)
    with Wording("20 MX2.Host.example.", "10 mx1.host.EXAMPLE.", ttl=7) as server:
        again = run_one(MX, server.address, digest=first.digest)
    assert again.news is News.SAME


@pytest.mark.parametrize(
    "texts", [(), ("10 mx1.host.example.",), ("10 mx1.host.example.", "30 mx2.host.example.")]
)
def test_the_digest_sees_every_change(texts: tuple[str, ...]) -> None:
    with Wording("10 mx1.host.example.", "20 mx2.host.example.") as server:
        first = run_one(MX, server.address)
    with Wording(*texts) as server:
        again = run_one(MX, server.address, digest=first.digest)
    assert again.news is News.CHANGED


def test_the_case_of_a_text_counts() -> None:
    question = Question("case.example", "TXT")
    with Wording('"youju-verify=abc"') as server:
        first = run_one(question, server.address)
    with Wording('"youju-verify=ABC"') as server:
        assert run_one(question, server.address, digest=first.digest).news is News.CHANGED


def test_an_answer_too_long_for_udp_comes_over_tcp_and_is_known_again(
    nameserver: Nameserver,
) -> None:
    question = Question("_youju-verify.long.example", "TXT")
    first = run_one(question, nameserver.address)
    assert sorted(first.answers[question].values) == [f"{n} {LONG_TEXT}" for n in range(8)]
    assert run_one(question, nameserver.address, digest=first.digest).news is News.SAME


def test_many_truncated_answers_come_over_tcp() -> None:
    watched = [Watched(f"d{n}.example", (Question(f"d{n}.example", "MX"),)) for n in range(40)]
    with Truncating("10 mx.example.") as server:
        found = run(watched, server.address)
    assert {s.answers[w.questions[0]].mail_hosts for w in watched for s in [found[w.domain]]} == {
        ((10, "mx.example"),)
    }


@pytest.mark.parametrize(
    ("server", "outcome"),
    [
        (Silent(), Outcome.NO_ANSWER),
        (Refusing(), Outcome.REFUSED),
        (Failing(), Outcome.SERVER_FAILED),
        (Garbling(), Outcome.NO_ANSWER),
        (Wording(flags=0), Outcome.SERVER_FAILED),  # a referral: it does not recurse
    ],
)
def test_a_server_that_fails_says_nothing_of_the_domain(
    server: NanoServer, outcome: Outcome
) -> None:
    with server:
        swept = run_one(MX, server.address, digest="the last one")
    assert (swept.news, swept.digest) == (News.UNASKED, "")
    assert swept.answers[MX].outcome is outcome


def test_one_lost_answer_leaves_the_domain_without_a_digest() -> None:
    asked = (Question("quick.example", "MX"), Question("slow.example", "MX"))
    with Silent("slow.example") as server:
        swept = run([Watched("d.example", asked)], server.address, effort=HASTY)["d.example"]
    assert (swept.news, swept.digest) == (News.UNASKED, "")
    assert [swept.answers[q].outcome for q in asked] == [Outcome.NO_RECORD, Outcome.NO_ANSWER]


@pytest.mark.parametrize("first", [Silent, Refusing, Failing])
def test_the_next_server_is_asked_when_the_first_fails(
    nameserver: Nameserver, first: type[NanoServer]
) -> None:
    with first() as server:
        assert run_one(MX, server.address, nameserver.address).news is News.CHANGED


def test_what_is_lost_is_asked_again() -> None:
    class Forgetful(Wording):
        def answer(self, question: dns.message.Message) -> bytes | None:
            return None if len(self.asked) == 1 else super().answer(question)

    with Forgetful("10 mx.example.") as server:
        assert run_one(MX, server.address).answers[MX].mail_hosts == ((10, "mx.example"),)
    assert server.asked == ["udp", "udp"]


def test_a_server_without_edns_is_asked_without() -> None:
    class Old(Wording):
        def answer(self, question: dns.message.Message) -> bytes | None:
            if question.edns < 0:
                return super().answer(question)
            response = dns.message.make_response(question)
            response.set_rcode(dns.rcode.FORMERR)
            return response.to_wire()

    with Old("10 mx.example.") as server:
        assert run_one(MX, server.address).answers[MX].outcome is Outcome.FOUND


def test_an_answer_to_another_question_is_not_taken() -> None:
    class Lying(Wording):
        def answer(self, question: dns.message.Message) -> bytes | None:
            other = dns.message.make_query("other.example", "MX", id=question.id)
            return super().answer(other)

    with Lying("10 mx.evil.example.") as server:
        assert run_one(MX, server.address).news is News.UNASKED


@contextmanager
def forging() -> Iterator[str]:
    """A server whose answer is sent from another port first: by somebody who saw the question."""
    with (
        socket.socket(type=socket.SOCK_DGRAM) as door,
        socket.socket(type=socket.SOCK_DGRAM) as other,
    ):
        door.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))

        def serve() -> None:
            wire, asker = door.recvfrom(4096)
            question = dns.message.from_wire(wire)
            for sender, host in ((other, "mx.evil.example."), (door, "mx.good.example.")):
                answer = Wording(f"10 {host}").answer(question)
                assert answer
                sender.sendto(answer, asker)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{door.getsockname()[1]}"
        thread.join(5)


def test_an_answer_from_elsewhere_is_not_taken() -> None:
    with forging() as address:
        assert run_one(MX, address).answers[MX].mail_hosts == ((10, "mx.good.example"),)


class Looping(NanoServer):
    """Its answer's owner is a compression pointer to itself."""

    def answer(self, question: dns.message.Message) -> bytes | None:
        wire = bytearray(dns.message.make_response(question).to_wire())
        wire[7] = 1
        here = len(wire)
        return bytes(wire) + (0xC000 | here).to_bytes(2, "big") + b"\0\x0f\0\1" + b"\0" * 6


class Flooding(Truncating):
    """Over TCP it sends thousands of MX."""

    def __init__(self) -> None:
        super().__init__(*(f"{n} mx{n}.example." for n in range(3_000)))


class Short(Truncating):
    """Over TCP it hangs up."""

    def answer_over_tcp(self, question: dns.message.Message) -> bytes | None:  # noqa: ARG002
        return None


@pytest.mark.parametrize("hostile", [Looping, Flooding, Short])
def test_a_hostile_answer_is_none(hostile: type[NanoServer]) -> None:
    with hostile() as server:
        swept = run_one(MX, server.address)
    assert swept.news is News.UNASKED
    assert swept.answers[MX].outcome is Outcome.SERVER_FAILED


class Apex(NanoServer):
    """An alias where the MX records of one domain should be."""

    def answer(self, question: dns.message.Message) -> bytes | None:
        response = dns.message.make_response(question, recursion_available=True)
        name = question.question[0].name
        if name.to_text() == "a.example.":
            alias = dns.rrset.from_text(name, 60, "IN", "CNAME", "web.host.example.")
            response.answer.append(alias)
        return response.to_wire()


def test_an_alias_at_the_apex_stops_nobody() -> None:
    watched = [Watched(f"{n}.example", (Question(f"{n}.example", "MX"),)) for n in "bac"]
    with Apex() as server:
        swept = run(watched, server.address)
    assert {one.news for one in swept.values()} == {News.CHANGED}
    (answer,) = swept["a.example"].answers.values()
    assert (answer.outcome, answer.chain) == (Outcome.NO_RECORD, ("web.host.example",))


def test_a_resolver_that_cannot_be_reached_is_left_out(nameserver: Nameserver) -> None:
    broadcast = "255.255.255.255:53"  # the kernel does not let anybody connect there
    assert run_one(MX, broadcast, nameserver.address).news is News.CHANGED
    assert run_one(MX, broadcast).answers[MX].outcome is Outcome.NOT_ASKED


@pytest.mark.parametrize(
    "name", ["a..example", "x" * 64 + ".example", "y." * 130 + "example", "例.example", ""]
)
def test_a_name_that_is_none_is_data(nameserver: Nameserver, name: str) -> None:
    swept = run_one(Question(name, "MX"), nameserver.address)
    assert swept.news is News.UNASKED


def test_without_a_resolver_nobody_is_asked() -> None:
    assert run_one(MX).answers[MX].outcome is Outcome.NOT_ASKED


def test_a_domain_without_questions_is_done(nameserver: Nameserver) -> None:
    assert run([Watched("d.example", ())], nameserver.address)["d.example"].answers == {}


def test_resolvers_that_are_silent_are_not_waited_for_a_thousand_times() -> None:
    watched = [Watched(f"d{n}.example", (Question(f"d{n}.example", "MX"),)) for n in range(5_000)]
    with Silent() as server:
        found = run(watched, server.address, effort=HASTY)
    assert len(found) == 5_000
    assert {swept.news for swept in found.values()} == {News.UNASKED}
    assert len(server.asked) < 3_000


def test_no_more_is_asked_in_a_second_than_is_allowed(nameserver: Nameserver) -> None:
    watched = [Watched(f"{n}", (MX,)) for n in range(60)]
    start = time.monotonic()
    assert len(run(watched, nameserver.address, effort=Effort(pace=200))) == 60
    assert time.monotonic() - start > 0.25


def test_no_more_domains_are_read_than_are_asked(nameserver: Nameserver) -> None:
    read = 0

    async def endless() -> AsyncIterator[Watched]:
        nonlocal read
        while True:
            read += 1
            yield Watched(MX.name, (MX,))

    async def look() -> int:
        found = sweep(endless(), [Server.at(nameserver.address)])
        seen = 0
        async for _ in found:
            seen += 1
            assert read - seen < 400
            if seen == 1_000:
                break
        await found.aclose()
        return seen

    assert asyncio.run(asyncio.wait_for(look(), 20)) == 1_000


def test_what_breaks_in_the_source_is_told(nameserver: Nameserver) -> None:
    async def broken() -> AsyncIterator[Watched]:
        yield Watched(MX.name, (MX,))
        raise LookupError("the database is away")

    async def look() -> None:
        async for swept in sweep(broken(), [Server.at(nameserver.address)]):
            assert swept.domain == MX.name

    with pytest.raises(LookupError):
        asyncio.run(look())
