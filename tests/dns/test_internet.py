"""Whole examinations on real servers: some differ, are deaf or lame; the resolver validates."""

from __future__ import annotations

import json
import time

import pytest

from panel.dns.answers import Asked, Outcome
from panel.dns.asking import Asking
from panel.dns.examination import Examination, examine
from panel.dns.verdicts import Verdict
from tests.dns.test_demo_zones import records_of
from tests.fixtures.internet import Internet


def examined(internet: Internet, domain: str) -> Examination:
    return examine(domain, records_of(domain), internet.asking)


def verdicts(internet: Internet, domain: str) -> dict[str, Verdict]:
    return {verdict.key: verdict for verdict in examined(internet, domain).verdicts}


def state(verdict: Verdict) -> tuple[str, str]:
    return verdict.kind.value, verdict.reason.value


@pytest.mark.parametrize("domain", ["right.test", "signed.test", "xn--fsqu00a.test"])
def test_right_domains_are_valid(internet: Internet, domain: str) -> None:
    found = verdicts(internet, domain)
    assert {state(found[key]) for key in ("mx", "webmail", "imap", "pop", "smtp")} == {
        ("valid", "none")
    }
    assert state(found["verify"]) == ("missing", "no_record")


@pytest.mark.parametrize(
    ("domain", "key", "kind", "reason"),
    [
        ("empty.test", "mx", "missing", "no_record"),
        ("wild.test", "mx", "valid", "none"),
        ("wild.test", "pop", "missing", "wildcard"),
        ("wild.test", "verify", "missing", "no_record"),
        ("loop.test", "pop", "wrong", "cname_loop"),
        ("across.test", "pop", "valid", "chained"),
        ("host.test", "mx", "missing", "host_doubled"),
        ("host.test", "pop", "missing", "host_doubled"),
        ("value.test", "mx", "wrong", "domain_doubled"),
        ("value.test", "pop", "wrong", "domain_doubled"),
        ("address.test", "mx", "wrong", "mx_is_address"),
        ("address.test", "pop", "wrong", "address_instead"),
        ("address.test", "imap", "valid", "flattened"),
        ("alias.test", "mx", "wrong", "mx_is_cname"),
        ("gone.test", "mx", "wrong", "mx_unresolvable"),
        ("order.test", "mx", "valid", "priority_differs"),
        ("order.test", "imap", "wrong", "address_instead"),
        ("before.test", "mx", "dangerous", "foreign_outranks"),
        ("equal.test", "mx", "valid_with_extras", "foreign_equal"),
        ("after.test", "mx", "valid_with_extras", "foreign_beside"),
        ("beside.test", "mx", "dangerous", "foreign_outranks"),
        ("all.test", "mx", "missing", "no_record"),  # a wildcard is not for its own zone
        ("sub.all.test", "mx", "missing", "wildcard"),
        ("null.test", "mx", "wrong", "null_mx"),
        ("differ.test", "mx", "not_in_effect", "servers_differ"),
        ("differ.test", "pop", "not_in_effect", "servers_differ"),
        ("half.test", "mx", "valid", "servers_refuse"),
        ("refused.test", "mx", "wrong", "servers_refuse"),
        ("quiet.test", "mx", "unknown", "servers_silent"),
        ("halfquiet.test", "mx", "valid", "servers_silent"),
        ("noaddress.test", "mx", "wrong", "no_server_address"),
        ("unregistered.test", "mx", "missing", "no_domain"),
        ("bare.test", "mx", "missing", "no_delegation"),
        ("bogus.test", "mx", "wrong", "dnssec_bogus"),
        ("bogus.test", "pop", "wrong", "dnssec_bogus"),
        ("bogus.test", "verify", "missing", "no_record"),
        ("sub.right.test", "mx", "missing", "no_record"),
        ("many.test", "mx", "unknown", "server_failed"),
        ("huge.test", "verify", "unknown", "server_failed"),
        ("long.test", "verify", "wrong", "differs"),
    ],
)
def test_each_fault_is_told(
    internet: Internet, domain: str, key: str, kind: str, reason: str
) -> None:
    start = time.monotonic()
    found = examined(internet, domain)
    assert time.monotonic() - start < 5.0
    verdict = next(verdict for verdict in found.verdicts if verdict.key == key)
    assert state(verdict) == (kind, reason), [
        (a.server.label, a.question, a.outcome.value, a.said, a.milliseconds) for a in found.log
    ]


@pytest.mark.parametrize(("zone", "reason"), [("cached", "still"), ("absent", "absence")])
def test_what_was_published_has_to_be_waited_for(
    internet: Internet, zone: str, reason: str
) -> None:
    domain = f"{zone}.test"
    assert not verdicts(internet, domain)["mx"].is_good  # the resolver keeps this answer
    internet.publish(domain, records_of(domain))
    mx = verdicts(internet, domain)["mx"]
    assert state(mx) == ("not_in_effect", f"{reason}_cached")
    assert mx.seconds is not None
    assert 0 < mx.seconds <= 600


def test_the_log_says_who_was_asked_what_and_how_long_it_took(internet: Internet) -> None:
    log = examined(internet, "differ.test").log
    mx = [asked for asked in log if asked.question.type == "MX" and asked.server.host]
    said = {asked.server.host: asked.said for asked in mx if asked.question.name == "differ.test"}
    assert said["ns2.differ.test"] == ("5 mx.old-host.example",)
    assert "100 us2.mx1.mailhost.example" in said["ns1.differ.test"]
    assert all(asked.milliseconds < 5000 for asked in log)
    stored = json.loads(json.dumps([asked.to_json() for asked in log]))
    assert tuple(map(Asked.from_json, stored)) == log


def test_a_long_answer_came_over_tcp(internet: Internet) -> None:
    log = examined(internet, "long.test").log
    over = {asked.transport for asked in log if asked.question.type == "TXT"}
    assert "tcp" in over


def test_a_resolver_s_reasons_are_kept(internet: Internet) -> None:
    log = examined(internet, "bogus.test").log
    failed = [asked.said for asked in log if asked.outcome is Outcome.SERVER_FAILED]
    assert failed
    codes = {reason.partition(" ")[0] for _, *reasons in failed for reason in reasons}
    assert codes & {"6", "7"}  # bogus, expired: RFC 8914 section 4
    assert all(said[0] == "SERVFAIL" for said in failed)


def test_private_addresses_are_not_asked_unless_allowed(internet: Internet) -> None:
    asking = Asking.of([f"127.0.0.1:{internet.resolver_port}"], 5.0, internet.port)
    found = examine("right.test", records_of("right.test"), asking)
    assert {asked.server.port for asked in found.log} == {internet.resolver_port}
    assert found.mx_is_good  # the resolvers say so


def test_no_question_stays_without_an_end(internet: Internet) -> None:
    asking = Asking.of([f"127.0.0.1:{internet.resolver_port}"], 0.5, internet.port, private=True)
    start = time.monotonic()
    found = examine("halfquiet.test", records_of("halfquiet.test"), asking)
    assert time.monotonic() - start < 0.6
    assert found.is_partial
    assert Outcome.NO_ANSWER in {asked.outcome for asked in found.log}
