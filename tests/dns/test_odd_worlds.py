"""Faults that no sound server can be made to have, asked for over real sockets."""

from __future__ import annotations

import threading
import time

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from panel.dns.answers import Outcome, Server
from panel.dns.verdicts import Verdict
from tests.support.small_world import DOMAIN, MX, NS, SmallWorld
from tests.support.zone import Zone

POP = f"pop.{DOMAIN}"
OTHER = "127.0.0.2"


def judged(world: SmallWorld) -> dict[str, Verdict]:
    with world:
        return {verdict.key: verdict for verdict in world.examined().verdicts}


def states(world: SmallWorld) -> set[tuple[str, str]]:
    return {(verdict.kind.value, verdict.reason.value) for verdict in judged(world).values()}


@pytest.mark.parametrize(
    "values",
    [("pop.host.example", "pop.old.example"), ("pop.old.example", "pop.host.example")],
)
def test_two_aliases_at_one_name_are_one_too_many_in_either_order(values: tuple[str, str]) -> None:
    pop = judged(SmallWorld({(POP, "CNAME"): [f"{value}." for value in values]}))["pop"]
    assert (pop.kind.value, pop.reason.value) == ("wrong", "several_values")
    assert pop.rows[0].found == values


def test_an_alias_beside_addresses_of_another_is_told() -> None:
    zone = {(POP, "CNAME"): ["pop.host.example."], (POP, "A"): ["198.51.100.1"]}
    ours = {("pop.host.example", "A"): ["192.0.2.3"]}
    pop = judged(SmallWorld({**zone, **ours}))["pop"]
    assert (pop.kind.value, pop.reason.value) == ("wrong", "cname_beside_others")
    assert pop.rows[0].found == ("198.51.100.1",)


@pytest.mark.parametrize(
    ("zone", "kind"), [({}, "wrong"), ({(DOMAIN, "MX"): MX}, "dangerous")], ids=["alone", "beside"]
)
def test_an_alias_in_the_place_of_the_domain_is_told(zone: Zone, kind: str) -> None:
    mx = judged(SmallWorld({(DOMAIN, "CNAME"): ["web.example."], **zone}))["mx"]
    assert (mx.kind.value, mx.reason.value) == (kind, "cname_at_apex")
    assert mx.rows[0].found == ("web.example",)


class Failing(SmallWorld):
    """Its resolver fails while signatures are checked: for so many seconds from the first question
    on, as one remembers a failure that was only a lost packet (RFC 2308 section 7.1), with the
    reason in the answer (RFC 8914) if there is one."""

    def __init__(self, zone: Zone, seconds: float, reason: int | None = None) -> None:
        super().__init__({(DOMAIN, "MX"): MX, (POP, "CNAME"): ["pop.host.example."], **zone})
        self.seconds, self.reason, self.began = seconds, reason, 0.0

    def answer(self, question: dns.message.Message) -> bytes | None:
        checks = question.flags & (dns.flags.RD | dns.flags.CD) == dns.flags.RD
        if not checks or DOMAIN not in str(question.question[0].name):
            return super().answer(question)
        self.began = self.began or time.monotonic()
        if time.monotonic() - self.began > self.seconds:
            return super().answer(question)
        response = dns.message.make_response(question, recursion_available=True)
        response.set_rcode(dns.rcode.SERVFAIL)
        if self.reason is not None:
            response.use_edns(0, options=[dns.edns.EDEOption(self.reason)])
        return response.to_wire()


DS = {(DOMAIN, "DS"): ["1 13 2 " + "00" * 32]}


@pytest.mark.parametrize("zone", [{}, DS], ids=["unsigned", "signed"])
def test_a_failure_that_is_over_after_a_second_is_none_of_the_signatures(zone: Zone) -> None:
    assert states(Failing(zone, 1.0)) == {("valid", "none")}


@pytest.mark.parametrize(
    ("zone", "reason"), [(DS, None), ({}, 6), ({}, 9)], ids=["signed", "bogus", "no key"]
)
def test_a_failure_that_stays_with_a_sign_of_signatures_is_theirs(
    zone: Zone, reason: int | None
) -> None:
    assert states(Failing(zone, 60.0, reason)) == {("wrong", "dnssec_bogus")}


@pytest.mark.parametrize("reason", [None, 22])
def test_a_failure_that_stays_without_one_is_not(reason: int | None) -> None:
    assert states(Failing({}, 60.0, reason)) == {("valid", "resolvers_fail")}


class Slow(SmallWorld):
    """Another server of the parent, that answers too late to be awaited."""

    def __init__(self, port: int) -> None:
        super().__init__({})
        self.where = (OTHER, port)
        self.over = threading.Event()

    def answer(self, question: dns.message.Message) -> bytes | None:
        self.over.wait(5)
        return super().answer(question)


def test_a_server_of_the_parent_that_was_only_slower_did_not_fail_to_answer() -> None:
    zone = {("example", "NS"): [f"{NS}.", "ns2.host.example."], ("ns2.host.example", "A"): [OTHER]}
    with SmallWorld(zone) as world, Slow(Server.at(world.address).port) as slow:
        log = world.examined().log
        slow.over.set()
    asked = {entry.server.host for entry in log}
    assert NS in asked
    assert "ns2.host.example" not in asked
    assert Outcome.NO_ANSWER not in {entry.outcome for entry in log}


class Moved(SmallWorld):
    """Its resolver remembers the former name servers and what they had; the parent has new ones."""

    def __init__(self) -> None:
        super().__init__({(DOMAIN, "MX"): MX})
        self.before = {(DOMAIN, "MX"): ["5 mx.old.example."], (DOMAIN, "NS"): ["ns.old.example."]}

    def answer(self, question: dns.message.Message) -> bytes | None:
        asked = question.question[0]
        kind = dns.rdatatype.to_text(asked.rdtype)
        values = self.before.get((asked.name.to_text(omit_final_dot=True), kind))
        if values is None or not question.flags & dns.flags.RD:
            return super().answer(question)
        response = dns.message.make_response(question, recursion_available=True)
        ttl = 172_800 if kind == "NS" else 60
        response.answer.append(dns.rrset.from_text(asked.name, ttl, "IN", kind, *values))
        return response.to_wire()


def test_after_a_change_of_the_dns_host_it_takes_as_long_as_its_name_servers_are_remembered() -> (
    None
):
    mx = judged(Moved())["mx"]
    assert (mx.kind.value, mx.reason.value) == ("not_in_effect", "still_cached")
    assert mx.seconds == 172_800
