"""Rounds of the watch against a name server: what is asked, kept and told, name by name."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import dns.message
import dns.rcode
import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

import panel.watching
from panel.accounts.access import SYSTEM
from panel.dns.asking import Asking
from panel.dns.examination import Examination
from panel.dns.sweep import News, Swept, Watched
from panel.extensions import db
from panel.orders.dns_log import kept_log
from panel.orders.models import ClusterMx, DnsState, Domain
from panel.orders.verification import expected_of, keep_verdicts
from panel.orders.watch import claimed
from panel.watching import ROUND, check_due
from tests.factories.orders import NOW, make_domain
from tests.fixtures.nameserver import Nameserver
from tests.orders.test_watch import HOUR, RIGHT, UNKNOWN, WRONG, check_now
from tests.support.nanoserver import NanoServer
from tests.support.queries import at_most


class Halting(NanoServer):
    """A resolver that asks the tests' name server, and fails for one domain."""

    def __init__(self, nameserver: Nameserver, name: str) -> None:
        self.port, self.name = nameserver.port, name

    def answer(self, question: dns.message.Message) -> bytes | None:
        if question.question[0].name.to_text().endswith(f"{self.name}."):
            response = dns.message.make_response(question)
            response.set_rcode(dns.rcode.SERVFAIL)
            return response.to_wire()
        with socket.socket(type=socket.SOCK_DGRAM) as line:
            line.settimeout(1)
            line.connect(("127.0.0.1", self.port))
            line.send(question.to_wire())
            return line.recv(4096)


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that are examined, one after the other."""
    names: list[str] = []
    examine = panel.watching.examine_all

    def noted(some: Iterator[str], *rest: Any) -> object:
        asked = list(some)
        names.extend(asked)
        return examine(iter(asked), *rest)

    monkeypatch.setattr(panel.watching, "examine_all", noted)
    return names


def test_what_breaks_over_one_domain_is_logged_and_stops_none_of_the_others(
    watching: Flask,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    names = ("lvye.example", "mingyuan.example", "xinghai.example")
    for name in names:
        make_domain(session, name, active=False)
    session.commit()
    queue = panel.watching.queue_notice

    def broken(session: Session, watched: Domain, *rest: Any) -> object:
        if watched.name == "mingyuan.example":
            raise LookupError("no such word")
        return queue(session, watched, *rest)

    monkeypatch.setattr(panel.watching, "queue_notice", broken)
    assert check_now(watching) == 3
    right = session.scalars(select(Domain.name).where(Domain.dns_state == DnsState.RIGHT)).all()
    assert set(right) == {names[0], names[2]}
    assert "not kept: mingyuan.example" in caplog.text


def test_a_quiet_domain_that_cannot_be_asked_is_examined(
    watching: Flask, nameserver: Nameserver, session: Session, examined: list[str]
) -> None:
    for name in ("lvye.example", "mingyuan.example"):
        make_domain(session, name)
    session.commit()
    check_now(watching)
    check_now(watching)
    examined.clear()
    with Halting(nameserver, "mingyuan.example") as resolver:
        asked = replace(watching.config["YOUJU"], dns_servers=(resolver.address,))
        watching.config["YOUJU"] = asked
        check_now(watching)
        check_now(watching)
    assert examined == ["mingyuan.example"] * 2


def test_where_nobody_answers_no_quiet_domain_is_examined_and_all_are_soon_asked_again(
    watching: Flask, session: Session, examined: list[str]
) -> None:
    for name in ("lvye.example", "mingyuan.example"):
        make_domain(session, name)
    session.commit()
    check_now(watching)
    examined.clear()
    away = replace(watching.config["YOUJU"], dns_servers=("127.0.0.1:1",))
    watching.config["YOUJU"] = away
    check_now(watching)
    assert examined == []
    for next_check_at in session.scalars(select(Domain.next_check_at)):
        assert next_check_at is not None
        assert next_check_at - away.now() <= 2 * HOUR


def test_a_glance_does_not_put_off_what_somebody_has_checked_meanwhile(
    watching: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = make_domain(session, "mingyuan.example")
    session.commit()
    check_now(watching)
    check_now(watching)
    scheduled = []

    async def swept(*_: Any) -> dict[str, Swept]:
        with Session(db.engine) as other:
            (one,) = claimed(other, Domain, [domain.id])
            keep_verdicts(other, one, [WRONG], by=SYSTEM, now=watching.config["YOUJU"].now())
            other.commit()
            scheduled.append(one.next_check_at)
        return {"mingyuan.example": Swept("mingyuan.example", News.SAME, "")}

    monkeypatch.setattr(panel.watching, "_swept", swept)
    check_now(watching)
    session.refresh(domain)
    assert [domain.next_check_at] == scheduled
    assert domain.dns_state is DnsState.WRONG


def test_an_examination_that_began_earlier_does_not_overwrite_what_a_page_found(
    watching: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = make_domain(session, "mingyuan.example", active=False)
    session.commit()

    async def slow(*_: Any) -> AsyncIterator[Examination]:
        with Session(db.engine) as other:
            (one,) = claimed(other, Domain, [domain.id])
            keep_verdicts(other, one, [RIGHT], by=SYSTEM, now=watching.config["YOUJU"].now())
            other.commit()
        yield Examination("mingyuan.example", (WRONG,))

    monkeypatch.setattr(panel.watching, "examine_all", slow)
    check_now(watching)
    session.refresh(domain)
    assert (domain.dns_state, domain.fault_since) == (DnsState.RIGHT, None)


def test_a_change_that_could_not_be_examined_is_examined_again(
    watching: Flask, nameserver: Nameserver, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = make_domain(session, "glance.example")
    records = expected_of(session, domain)
    nameserver.publish("glance.example", records)
    session.commit()
    check_now(watching)
    check_now(watching)
    nameserver.publish("glance.example", [replace(records[0], priority=6), *records[1:]])

    async def in_vain(names: Iterator[str], *_: Any) -> AsyncIterator[Examination]:
        for name in names:
            yield Examination(name, (UNKNOWN,))

    with monkeypatch.context() as patched:
        patched.setattr(panel.watching, "examine_all", in_vain)
        check_now(watching)
    session.refresh(domain)
    before = domain.checked_at
    check_now(watching)
    session.refresh(domain)
    assert domain.checked_at != before


def test_the_watch_keeps_what_was_asked_and_answered(watching: Flask, session: Session) -> None:
    domain = make_domain(session, "mingyuan.example", active=False)
    session.commit()
    check_now(watching)
    session.refresh(domain)
    log = kept_log(session, domain)
    assert log is not None
    assert log.checked_at == domain.checked_at
    assert "mingyuan.example" in {line["question"]["name"] for line in log.lines}


@pytest.fixture
def quiet(watching: Flask, session: Session) -> list[Domain]:
    """Two domains where all is well, and the watch knows what they answer."""
    domains = [make_domain(session, name) for name in ("lvye.example", "mingyuan.example")]
    session.commit()
    check_now(watching)
    check_now(watching)
    return domains


def test_other_mx_hosts_of_the_cluster_have_all_its_domains_examined(
    watching: Flask, session: Session, quiet: list[Domain], examined: list[str]
) -> None:
    check_now(watching)
    assert examined == []
    session.execute(update(ClusterMx).values(host="eu9." + ClusterMx.host))
    session.commit()
    check_now(watching)
    assert set(examined) == {domain.name for domain in quiet}


def test_a_glance_asks_nothing_of_our_own_hosts(
    watching: Flask, quiet: list[Domain], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    glance = panel.watching._swept

    async def swept(watched: list[Watched], asking: Asking) -> dict[str, Swept]:
        asked.update(question.name for one in watched for question in one.questions)
        return await glance(watched, asking)

    monkeypatch.setattr(panel.watching, "_swept", swept)
    check_now(watching)
    assert asked
    assert all(name.endswith(tuple(domain.name for domain in quiet)) for name in asked)


def test_a_round_over_many_quiet_domains_asks_the_database_little(
    watching: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = watching.config["YOUJU"].now()
    for n in range(ROUND):
        domain = make_domain(session, f"q{n}.example")
        domain.dns_state, domain.checked_at, domain.next_check_at = DnsState.RIGHT, now, NOW
    session.commit()

    async def same(watched: list[Watched], _: Asking) -> dict[str, Swept]:
        return {one.domain: Swept(one.domain, News.SAME, one.digest) for one in watched}

    monkeypatch.setattr(panel.watching, "_swept", same)
    session.expire_all()
    with at_most(15, db.engine):
        assert check_due(session, watching.config["YOUJU"]) == ROUND
