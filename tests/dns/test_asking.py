"""Asking everybody: resolvers that fail, lie or say nothing, names that are too long, floods."""

from __future__ import annotations

import time

import pytest

from panel.dns.asking import Asking
from panel.dns.examination import Examination, examine
from tests.dns.test_demo_zones import records_of
from tests.fixtures.internet import Internet
from tests.fixtures.nameserver import Nameserver
from tests.support.nanoserver import Denying, Failing, Garbling, Raw, Refusing, Silent


def states(found: Examination) -> set[tuple[str, str]]:
    return {(verdict.kind.value, verdict.reason.value) for verdict in found.verdicts}


@pytest.mark.parametrize("server_class", [Denying, Failing, Refusing, Silent, Garbling])
def test_a_resolver_that_does_not_work_is_our_fault(server_class: type[Silent]) -> None:
    with server_class() as server:
        asking = Asking.of([server.address], 1.0)
        found = examine("mingyuan.example", records_of("mingyuan.example"), asking)
    assert states(found) == {("unknown", "resolver_failed")}


@pytest.mark.parametrize("deadline", [0.5, 1.0, 2.5, 3.5])
def test_a_resolver_that_denies_everything_is_not_believed_when_time_runs_out(
    deadline: float,
) -> None:
    with Denying() as denying, Silent() as silent:
        asking = Asking.of([denying.address, silent.address], deadline)
        found = examine("mingyuan.example", records_of("mingyuan.example"), asking)
    assert states(found) == {("unknown", "resolver_failed")}


def test_no_resolver_at_all_is_our_fault() -> None:
    asking = Asking.of(["127.0.0.1:1"], 1.0)
    found = examine("mingyuan.example", records_of("mingyuan.example"), asking)
    assert states(found) == {("unknown", "resolver_failed")}


@pytest.mark.parametrize("server_class", [Denying, Failing, Refusing, Silent])
def test_a_resolver_that_does_not_work_beside_one_that_does_changes_nothing(
    internet: Internet, server_class: type[Silent]
) -> None:
    good = f"127.0.0.1:{internet.resolver_port}"
    with server_class() as server:
        asking = Asking.of([server.address, good], 5.0, internet.port, private=True)
        start = time.monotonic()
        found = examine("right.test", records_of("right.test"), asking)
        assert time.monotonic() - start < 5.0
    assert found.mx_is_good
    assert not found.is_partial
    assert ("ns1.right.test", "found") in {
        (asked.server.host, asked.outcome.value) for asked in found.log
    }


def test_a_name_of_253_characters_is_asked_as_far_as_names_can_be(nameserver: Nameserver) -> None:
    domain = ".".join(["x" * 61, "y" * 63, "z" * 55, "w" * 63, "example"])
    assert len(domain) == 253
    found = examine(domain, records_of(domain), nameserver.asking)
    assert states(found) == {("missing", "no_domain")}
    assert "not_asked" in {asked.outcome.value for asked in found.log}  # pop. before it


def test_a_flood_of_records_is_over_soon() -> None:
    record = b"\xc0\x0c\0\x0f\0\x01\0\0\0\x3c\0\x04\0\x01\xc0\x0c"
    with Raw(70, record * 70, flags=0x8480) as server:
        start = time.monotonic()
        asking = Asking.of([server.address], 3.0)
        found = examine("mingyuan.example", records_of("mingyuan.example"), asking)
        assert time.monotonic() - start < 3.2
    assert len(found.log) < 300
    assert all(len(row.found) <= 5 for verdict in found.verdicts for row in verdict.rows)
