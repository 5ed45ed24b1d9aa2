"""The records that a domain should have."""

from __future__ import annotations

from panel.dns.records import MailHost, RecordType, Target, expected_records

RECORDS = expected_records(
    "mingyuan.example",
    [
        MailHost("US2.mx1.mailhost.example.", 100, 3600),
        MailHost("us2.mx2.mailhost.example", 20, 60),
    ],
    [Target("pop", "us2.pop.mailhost.example", 600)],
    "abc",
)


def test_each_record_has_its_key_and_the_host_that_consoles_want() -> None:
    assert [(record.key, record.type, record.host) for record in RECORDS] == [
        ("mx", RecordType.MX, "@"),
        ("mx", RecordType.MX, "@"),
        ("pop", RecordType.CNAME, "pop"),
        ("verify", RecordType.TXT, "_youju-verify"),
    ]


def test_names_are_whole_and_values_plain() -> None:
    assert [(record.name, record.value) for record in RECORDS] == [
        ("mingyuan.example", "us2.mx1.mailhost.example"),
        ("mingyuan.example", "us2.mx2.mailhost.example"),
        ("pop.mingyuan.example", "us2.pop.mailhost.example"),
        ("_youju-verify.mingyuan.example", "youju-verify=abc"),
    ]


def test_only_mx_has_a_priority() -> None:
    assert [(record.priority, record.ttl) for record in RECORDS] == [
        (100, 3600),
        (20, 60),
        (None, 600),
        (None, 600),
    ]


def test_a_name_that_cannot_exist_is_not_wanted() -> None:
    domain = ".".join(["a" * 61] * 4) + ".cn"
    assert len(domain) == 250
    records = expected_records(
        domain, [MailHost("mx.b.example", 1, 1)], [Target("pop", "c", 1)], "t"
    )
    assert [record.key for record in records] == ["mx"]
