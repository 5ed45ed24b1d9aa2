"""The watch over alias domains: by the same rules as over domains, each name for itself."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, delete, select, update
from sqlalchemy.orm import Session

import panel.watching
from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.dns.examination import Wanted
from panel.dns.sweep import Swept
from panel.extensions import db
from panel.migrations.commands import upgrade
from panel.orders.actions import resume, suspend
from panel.orders.models import DnsState, Domain, DomainAlias, Proof
from panel.orders.schedule import watch_anew
from panel.orders.standing import Event
from panel.orders.verification import expected_of
from panel.orders.watch import LEASE, claim_due
from panel.watching import check_due
from tests.factories.directory import make_alias
from tests.factories.orders import NOW, make_domain
from tests.fixtures.nameserver import Nameserver
from tests.orders.test_watch import HOUR, MINUTE, RIGHT, UNKNOWN, WRONG, mails, pauses, seen

WHO = {"by": SYSTEM, "now": NOW}


def test_a_pending_alias_is_checked_as_often_as_a_pending_domain(session: Session) -> None:
    alias = make_alias(session, make_domain(session), "my.example", active=False)
    assert alias.next_check_at is not None
    assert alias.next_check_at - NOW < 2 * MINUTE
    for found, wanted in zip(pauses(alias, 9), (1, 2, 5, 10, 20, 40, 60, 60, 60), strict=True):
        assert wanted * 0.9 <= found <= wanted * 1.1


def test_an_active_alias_is_checked_daily_and_not_all_at_once(session: Session) -> None:
    times = set(pauses(make_alias(session, make_domain(session), "my.example"), 20))
    assert all(0.9 * 24 * 60 <= pause <= 1.1 * 24 * 60 for pause in times)
    assert len(times) > 10


def test_a_fault_of_an_alias_is_told_once_after_an_hour_and_that_it_is_over(
    session: Session,
) -> None:
    domain = make_domain(session)
    alias = make_alias(session, domain, "my.example")
    told = [
        seen(session, alias, verdict, NOW + minutes * MINUTE)
        for verdict, minutes in (
            (RIGHT, 0),
            (WRONG, 1),
            (WRONG, 30),
            (UNKNOWN, 45),
            (WRONG, 62),
            (WRONG, 300),
            (RIGHT, 360),
        )
    ]
    assert [event for event in told if event] == [Event.MX_WRONG, Event.MX_RIGHT]
    assert told[4] is Event.MX_WRONG
    assert alias.activated_at is not None
    assert (domain.dns_state, domain.fault_since) == (DnsState.UNCHECKED, None)
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "dns.state")).all()
    assert {entry.subject for entry in entries} == {"my.example"}
    assert [entry.data["state"] for entry in entries] == ["right", "wrong", "right"]


def test_what_could_not_be_asked_activates_and_ends_nothing(session: Session) -> None:
    alias = make_alias(session, make_domain(session), "my.example", active=False)
    assert seen(session, alias, UNKNOWN, NOW) is None
    assert (alias.activated_at, alias.dns_state) == (None, DnsState.UNCHECKED)
    assert seen(session, alias, RIGHT, NOW + MINUTE) is Event.ACTIVATED
    assert alias.activated_by is Proof.MX


def test_aliases_are_watched_while_their_order_is_active_and_again_when_it_runs(
    session: Session,
) -> None:
    domain = make_domain(session)
    alias = make_alias(session, domain, "my.example")
    suspend(session, domain, "unpaid", version=1, **WHO)
    assert claim_due(session, DomainAlias, NOW + HOUR, 10) == []
    session.refresh(alias, ["next_check_at"])
    assert alias.next_check_at is None
    resume(session, domain, version=2, **WHO)
    session.flush()
    assert claim_due(session, DomainAlias, NOW + HOUR, 10) == [alias.id]
    assert claim_due(session, Domain, NOW + HOUR, 10) == [domain.id]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated database of each kind."""
    url = f"sqlite:///{tmp_path / 'youju.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    upgrade(url)
    return url


def test_two_workers_never_take_the_same_alias(url: str) -> None:
    engine = create_engine(url)
    with Session(engine) as session:
        domain = make_domain(session)
        for n in range(20):
            watch_anew(make_alias(session, domain, f"d{n:02}.example"), NOW - HOUR)
        session.commit()
    taken: list[int] = []
    start = threading.Barrier(2)

    def work() -> None:
        with Session(engine) as session:
            start.wait()
            while ids := claim_due(session, DomainAlias, NOW, 5):
                session.commit()
                taken.extend(ids)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 20
    with Session(engine) as session:
        assert len(claim_due(session, DomainAlias, NOW + LEASE, 50)) == 20
    engine.dispose()


def check_now(app: Flask) -> int:
    """Let every alias be due, and no domain, and a round of the watch go."""
    session = db.session()
    session.execute(update(DomainAlias).values(next_check_at=NOW))
    session.commit()
    return check_due(session, app.config["YOUJU"])


def test_a_pending_alias_becomes_active_by_itself_and_its_people_are_told_once(
    watching: Flask, nameserver: Nameserver, session: Session
) -> None:
    domain = make_domain(session)
    domain.order.customer.language = "en"
    alias = make_alias(session, domain, "alias-watched.example", active=False)
    records = expected_of(session, alias)
    assert {record.type.value for record in records} == {"MX", "TXT"}
    session.commit()
    assert check_now(watching) == 1
    session.refresh(alias)
    assert (alias.activated_at, alias.dns_state) == (None, DnsState.WRONG)
    nameserver.publish("alias-watched.example", records)
    for _ in range(2):
        assert check_now(watching) == 1
    session.refresh(alias)
    assert alias.activated_at is not None
    assert alias.dns_state is DnsState.RIGHT
    (text,) = mails(watching, session)
    assert "alias-watched.example: mail is active" in text
    assert "same addresses of mingyuan.example" in text
    assert "/mail/mingyuan.example/aliases/alias-watched.example/dns" in text
    assert "To: wang@mingyuan.example" in text
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "alias.activate")).one()
    assert entry.actor_name == SYSTEM.name


@pytest.mark.parametrize("active", [True, False])
def test_an_alias_that_goes_while_it_is_checked_stops_nothing(
    watching: Flask, session: Session, monkeypatch: pytest.MonkeyPatch, active: bool
) -> None:
    domain = make_domain(session)
    for name in ("lvye.example", "xinghai.example"):
        alias = make_alias(session, domain, name)
        if active:  # all was well: it is only glanced at
            alias.dns_state, alias.checked_at = DnsState.RIGHT, watching.config["YOUJU"].now()
    session.commit()
    glance = panel.watching._swept

    async def swept(watched: list[Wanted], asking: object) -> dict[str, Swept]:
        found = await glance(watched, asking)  # type: ignore[arg-type]
        with Session(db.engine) as other:
            other.execute(delete(DomainAlias).where(DomainAlias.name == "lvye.example"))
            other.commit()
        return found

    monkeypatch.setattr(panel.watching, "_swept", swept)
    assert check_now(watching) == 2
    left = session.scalars(select(DomainAlias)).all()
    assert [alias.name for alias in left] == ["xinghai.example"]
    assert left[0].next_check_at is not None
    assert left[0].next_check_at - NOW > timedelta(minutes=1)
