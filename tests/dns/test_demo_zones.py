"""The demo's zones on the real Knot: each domain stands as its story says, and can be put right."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from panel.demo import nameserver as knot
from panel.dns.diagnosis import Reason, Verdict, VerdictKind, proves_ownership
from panel.dns.examination import examine
from panel.dns.records import ExpectedRecord, MailHost, Target, expected_records
from tests.fixtures.nameserver import Nameserver


def records_of(domain: str) -> tuple[ExpectedRecord, ...]:
    """What the demo's cluster wants of a domain."""
    hosts = [MailHost(f"us2.mx{n}.mailhost.example", 100, 600) for n in (1, 2, 3)]
    labels = ("webmail", "imap", "pop", "smtp")
    targets = [Target(label, f"us2.{label}.mailhost.example", 600) for label in labels]
    return expected_records(domain, hosts, targets, "token")


def check(server: Nameserver, domain: str) -> dict[str, Verdict]:
    records = records_of(domain)
    examined = examine(domain, records, server.asking)
    return {verdict.key: verdict for verdict in examined.verdicts}


def states(verdicts: dict[str, Verdict]) -> Sequence[tuple[str, str, str]]:
    return [(key, v.kind.value, v.reason.value) for key, v in verdicts.items()]


@pytest.mark.parametrize("domain", ["mingyuan.example", "lvye.example"])
def test_a_right_domain_is_valid_but_for_the_token(nameserver: Nameserver, domain: str) -> None:
    verdicts = check(nameserver, domain)
    assert [key for key, verdict in verdicts.items() if not verdict.is_good] == ["verify"]
    assert proves_ownership(verdicts.values()) == "mx"


def test_an_empty_domain_lacks_everything(nameserver: Nameserver) -> None:
    verdicts = check(nameserver, "chunfeng.example")
    assert {verdict.kind for verdict in verdicts.values()} == {VerdictKind.MISSING}
    assert {verdict.reason for verdict in verdicts.values()} == {Reason.NO_RECORD}
    assert proves_ownership(verdicts.values()) is None


def test_a_domain_wrong_in_several_ways_is_told_each_of_them(nameserver: Nameserver) -> None:
    verdicts = check(nameserver, "hengtong.example")
    assert states(verdicts) == [
        ("mx", "dangerous", "foreign_outranks"),
        ("webmail", "valid", "none"),
        ("imap", "wrong", "differs"),
        ("pop", "missing", "no_record"),
        ("smtp", "wrong", "domain_doubled"),
        ("verify", "missing", "no_record"),
    ]
    assert [(row.kind.value, row.reason.value) for row in verdicts["mx"].rows] == [
        ("valid", "none"),
        ("wrong", "domain_doubled"),
        ("missing", "no_record"),
    ]
    assert verdicts["mx"].extras == ("5 mx.old-host.example",)
    assert proves_ownership(verdicts.values()) is None


def test_a_domain_that_its_server_does_not_know_is_said_to_be_so(nameserver: Nameserver) -> None:
    verdicts = check(nameserver, "weilai.example")
    assert {verdict.reason for verdict in verdicts.values()} == {Reason.SERVERS_LAME}
    assert verdicts["mx"].rows[0].servers == ("ns1.weilai.example",)


def test_a_domain_that_the_parent_does_not_know_is_not_registered(nameserver: Nameserver) -> None:
    verdicts = check(nameserver, "weilai2.example")
    assert {(v.kind, v.reason) for v in verdicts.values()} == {
        (VerdictKind.MISSING, Reason.NO_DOMAIN)
    }


def test_a_flattened_cname_is_valid_only_at_the_same_addresses(nameserver: Nameserver) -> None:
    verdicts = check(nameserver, "flat.example")
    assert states({key: verdicts[key] for key in ("imap", "pop")}) == [
        ("imap", "valid", "flattened"),
        ("pop", "wrong", "address_instead"),
    ]


def test_a_chain_that_ends_at_ours_is_valid(nameserver: Nameserver) -> None:
    assert check(nameserver, "chain.example")["imap"].kind is VerdictKind.VALID


def test_published_records_replace_what_stood_there(nameserver: Nameserver) -> None:
    assert check(nameserver, "publish.example")["mx"].reason is Reason.DIFFERS
    nameserver.publish("publish.example", records_of("publish.example"))
    verdicts = check(nameserver, "publish.example")
    assert {verdict.kind for verdict in verdicts.values()} == {VerdictKind.VALID}
    assert nameserver.values("publish.example", "TXT") == ("other",)


def test_a_zone_that_is_not_here_is_refused(nameserver: Nameserver) -> None:
    with pytest.raises(OSError, match=r"no zone weilai\.example"):
        nameserver.publish("weilai.example", records_of("weilai.example"))


def test_an_idn_zone_is_named_in_either_form(nameserver: Nameserver) -> None:
    nameserver.publish("例子.example", records_of("xn--fsqu00a.example"))
    verdicts = check(nameserver, "xn--fsqu00a.example")
    assert {verdict.kind for verdict in verdicts.values()} == {VerdictKind.VALID}


def test_a_second_start_keeps_what_was_published(nameserver: Nameserver) -> None:
    zone = nameserver.folder / "zones" / "mingyuan.example.zone"
    before = zone.read_text()
    knot.prepare(nameserver.folder, nameserver.port, knot.demo_zones())
    assert zone.read_text() == before
    configuration = (nameserver.folder / "knot.conf").read_text()
    assert "domain: publish.example" in configuration  # a zone that only the folder knows


def test_nobody_else_may_update_the_zones(nameserver: Nameserver) -> None:
    key = nameserver.folder / "update.key"
    assert key.stat().st_mode & 0o077 == 0
    assert (nameserver.folder / "knot.conf").stat().st_mode & 0o077 == 0
