"""The watch over every domain's DNS: when, by whom, and what its people are told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.dns.records import MX_KEY
from panel.dns.verdicts import Reason, Verdict, VerdictKind
from panel.extensions import db
from panel.orders.actions import resume, suspend
from panel.orders.models import DnsState, Domain, DomainAlias, Proof
from panel.orders.queries import loaded
from panel.orders.schedule import PENDING_FOR, schedule, watch_anew
from panel.orders.standing import Event
from panel.orders.verification import expected_of, keep_verdicts
from panel.orders.watch import LEASE, claim_due, claimed
from panel.outbox.models import OutboxMail
from panel.outbox.sealing import cipher_of
from panel.watching import check_due
from tests.factories.accounts import make_login
from tests.factories.directory import make_alias
from tests.factories.orders import NOW, make_domain
from tests.fixtures.nameserver import Nameserver
from tests.support.threads import at_once

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RIGHT = Verdict(MX_KEY, VerdictKind.VALID, Reason.NONE)
WRONG = Verdict(MX_KEY, VerdictKind.MISSING, Reason.NO_RECORD)
LATER = Verdict(MX_KEY, VerdictKind.NOT_IN_EFFECT, Reason.STILL_CACHED)
UNKNOWN = Verdict(MX_KEY, VerdictKind.UNKNOWN, Reason.NO_ANSWER)


Make = Callable[..., Domain | DomainAlias]


def an_alias(session: Session, name: str = "my.example", *, active: bool = True) -> DomainAlias:
    """Of mingyuan.example, which is there or is made."""
    there = session.scalars(loaded(Domain).where(Domain.name == "mingyuan.example")).one_or_none()
    return make_alias(session, there or make_domain(session), name, active=active)


EACH = pytest.mark.parametrize("make", [make_domain, an_alias], ids=["domain", "alias"])


def seen(
    session: Session, domain: Domain | DomainAlias, verdict: Verdict, at: datetime
) -> Event | None:
    """What a check with that outcome makes the panel tell."""
    return keep_verdicts(session, domain, [verdict], by=SYSTEM, now=at)


def pauses(domain: Domain | DomainAlias, count: int) -> list[float]:
    """The pauses of the next checks, in minutes."""
    now, found = NOW, []
    for _ in range(count):
        schedule(domain, now)
        assert domain.next_check_at is not None
        found.append((domain.next_check_at - now) / MINUTE)
        now = domain.next_check_at
    return found


@EACH
def test_a_pending_domain_is_checked_ever_less_often_up_to_hourly(
    session: Session, make: Make
) -> None:
    domain = make(session, active=False)
    watch_anew(domain, NOW)
    for found, wanted in zip(pauses(domain, 9), (1, 2, 5, 10, 20, 40, 60, 60, 60), strict=True):
        assert wanted * 0.9 <= found <= wanted * 1.1


def test_it_is_given_up_after_two_weeks_until_somebody_looks(session: Session) -> None:
    domain = make_domain(session, active=False)
    watch_anew(domain, NOW)
    schedule(domain, NOW + PENDING_FOR)
    assert domain.next_check_at is None
    person = replace(SYSTEM, login_id=make_login(session).id)
    keep_verdicts(session, domain, [WRONG], by=person, now=NOW + PENDING_FOR)
    assert domain.next_check_at is not None


@EACH
def test_an_active_domain_is_checked_daily_and_not_all_at_once(
    session: Session, make: Make
) -> None:
    domain = make(session)
    times = set(pauses(domain, 20))
    assert all(0.9 * 24 * 60 <= pause <= 1.1 * 24 * 60 for pause in times)
    assert len(times) > 10


@EACH
def test_a_fault_is_told_once_after_an_hour_and_that_it_is_over(
    session: Session, make: Make
) -> None:
    domain = make(session)
    assert seen(session, domain, RIGHT, NOW) is None
    assert seen(session, domain, WRONG, NOW + MINUTE) is None
    assert domain.next_check_at is not None
    assert domain.next_check_at - NOW < 20 * MINUTE  # to confirm it
    assert seen(session, domain, WRONG, NOW + 30 * MINUTE) is None
    assert seen(session, domain, UNKNOWN, NOW + 45 * MINUTE) is None
    assert seen(session, domain, WRONG, NOW + HOUR + 2 * MINUTE) is Event.MX_WRONG
    assert seen(session, domain, WRONG, NOW + 5 * HOUR) is None
    assert domain.activated_at is not None
    assert seen(session, domain, RIGHT, NOW + 6 * HOUR) is Event.MX_RIGHT
    assert (domain.fault_since, domain.alerted_at) == (None, None)


def test_one_success_clears_a_fault_and_two_single_ones_are_no_alert(session: Session) -> None:
    domain = make_domain(session)
    assert seen(session, domain, WRONG, NOW) is None
    assert seen(session, domain, RIGHT, NOW + 10 * MINUTE) is None
    assert seen(session, domain, WRONG, NOW + 2 * HOUR) is None
    assert domain.fault_since == NOW + 2 * HOUR


@EACH
def test_what_could_not_be_asked_activates_nothing(session: Session, make: Make) -> None:
    domain = make(session, active=False)
    assert seen(session, domain, UNKNOWN, NOW) is None
    assert (domain.activated_at, domain.dns_state) == (None, DnsState.UNCHECKED)
    assert seen(session, domain, RIGHT, NOW + MINUTE) is Event.ACTIVATED
    assert domain.activated_by is Proof.MX


def test_what_could_not_be_asked_or_is_on_its_way_tells_nobody(session: Session) -> None:
    domain = make_domain(session)
    seen(session, domain, RIGHT, NOW)
    for hours in range(1, 30):
        assert seen(session, domain, UNKNOWN, NOW + hours * HOUR) is None
        assert domain.dns_state is DnsState.RIGHT
    assert seen(session, domain, LATER, NOW + 40 * HOUR) is None
    assert seen(session, domain, LATER, NOW + 50 * HOUR) is None
    assert (domain.dns_state, domain.fault_since) == (DnsState.WAITING, None)


def test_changes_of_the_state_are_audited_with_their_time(session: Session) -> None:
    domain = make_domain(session)
    for hours, verdict in enumerate((RIGHT, RIGHT, WRONG, WRONG, RIGHT)):
        seen(session, domain, verdict, NOW + hours * HOUR)
    session.flush()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "dns.state")).all()
    assert [(entry.data["before"], entry.data["state"]) for entry in entries] == [
        ("unchecked", "right"),
        ("right", "wrong"),
        ("wrong", "right"),
    ]
    assert domain.dns_state_since == NOW + 4 * HOUR


def test_only_active_orders_are_watched_and_again_when_they_run(session: Session) -> None:
    domain = make_domain(session)
    watch_anew(domain, NOW - HOUR)
    suspend(session, domain, "unpaid", version=1, by=SYSTEM, now=NOW)
    assert claim_due(session, Domain, NOW, 10) == []
    session.refresh(domain, ["next_check_at"])
    assert domain.next_check_at is None
    resume(session, domain, version=2, by=SYSTEM, now=NOW)
    session.flush()
    assert claim_due(session, Domain, NOW + HOUR, 10) == [domain.id]


@EACH
def test_two_workers_never_take_the_same_domain(url: str, make: Make) -> None:
    engine = create_engine(url)
    with Session(engine) as session:
        for n in range(20):
            domain = make(session, f"d{n:02}.example")
            watch_anew(domain, NOW - HOUR)
        kind = type(domain)
        session.commit()
    taken: list[int] = []
    start = threading.Barrier(2)

    def work() -> None:
        with Session(engine) as session:
            start.wait()
            while ids := claim_due(session, kind, NOW, 5):
                session.commit()
                taken.extend(ids)

    at_once(work, work)
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 20
    with Session(engine) as session:  # what a crashed worker had is due again
        assert len(claim_due(session, kind, NOW + LEASE, 50)) == 20
    engine.dispose()


def test_checks_of_one_domain_at_once_are_all_kept(url: str) -> None:
    engine = create_engine(url)
    with Session(engine) as session:
        make_domain(session)
        session.commit()
    start, failed = threading.Barrier(4), []

    def work() -> None:
        with Session(engine, expire_on_commit=False) as session:
            (domain,) = claimed(session, Domain, [1])
            session.commit()
            start.wait()
            try:
                keep_verdicts(session, domain, [WRONG], by=SYSTEM, now=NOW)
                session.commit()
            except DBAPIError as error:
                failed.append(error)

    at_once(*[work] * 4)
    assert failed == []
    with Session(engine) as session:
        assert session.scalars(select(Domain.mx_faults)).one() == 4  # none is lost
    engine.dispose()


def check_now(app: Flask, kind: type[Domain | DomainAlias] = Domain) -> int:
    """Let all of a kind be due, and a round of the watch go."""
    session = db.session()
    session.execute(update(kind).values(next_check_at=NOW))
    session.commit()
    return check_due(session, app.config["YOUJU"])


def mails(app: Flask, session: Session) -> list[str]:
    """The texts that wait in the outbox."""
    cipher = cipher_of(app.config["YOUJU"].secret_key)
    sealed = session.scalars(select(OutboxMail.sealed).order_by(OutboxMail.id)).all()
    return [cipher.decrypt(text).decode() for text in sealed if text]


@EACH
def test_a_pending_domain_becomes_active_by_itself_and_its_people_are_told_once(
    watching: Flask, nameserver: Nameserver, session: Session, make: Make
) -> None:
    name = "watched.example" if make is make_domain else "alias-watched.example"
    domain = make(session, name, active=False)
    records = expected_of(session, domain)
    session.commit()
    assert check_now(watching, type(domain)) == 1
    session.refresh(domain)
    assert (domain.activated_at, domain.dns_state) == (None, DnsState.WRONG)
    nameserver.publish(name, records)
    for _ in range(2):
        assert check_now(watching, type(domain)) == 1
    session.refresh(domain)
    assert domain.activated_at is not None
    assert domain.dns_state is DnsState.RIGHT
    assert len(mails(watching, session)) == 1
    done = AuditEntry.action.in_(["domain.activate", "alias.activate"])
    entry = session.scalars(select(AuditEntry).where(done, AuditEntry.subject == name)).one()
    assert entry.actor_name == SYSTEM.name


def test_the_notice_is_in_the_customers_language(watching: Flask, session: Session) -> None:
    domain = make_domain(session, "mingyuan.example", active=False)
    domain.order.customer.language = "en"
    session.commit()
    check_now(watching)
    (text,) = mails(watching, session)
    assert "mingyuan.example: mail is active" in text
    assert "To: wang@mingyuan.example" in text
    assert "/mail/mingyuan.example/dns" in text


def test_nothing_happens_while_our_own_resolver_is_away(watching: Flask, session: Session) -> None:
    domain = make_domain(session, "mingyuan.example")
    session.commit()
    check_now(watching)
    away = {"dns_servers": ("127.0.0.1:1",), "dns_port": 1, "dns_timeout": 0.3}
    watching.config["YOUJU"] = replace(watching.config["YOUJU"], **away)
    for _ in range(3):
        check_now(watching)
    session.refresh(domain)
    assert (domain.dns_state, domain.fault_since) == (DnsState.RIGHT, None)
    assert mails(watching, session) == []


def test_a_quiet_domain_is_only_glanced_at_until_it_changes(
    watching: Flask, nameserver: Nameserver, session: Session
) -> None:
    domain = make_domain(session, "glance.example")
    records = expected_of(session, domain)
    nameserver.publish("glance.example", records)
    session.commit()

    def whole_checks_in(rounds: int) -> list[datetime]:
        found = []
        for _ in range(rounds):
            check_now(watching)
            session.expire(domain, ["checked_at"])
            assert domain.checked_at is not None
            found.append(domain.checked_at)
        return sorted(set(found))

    assert len(whole_checks_in(2)) == 2  # the second learns what it answers
    assert len(whole_checks_in(3)) == 1
    changed = [replace(records[0], priority=5), *records[1:]]
    nameserver.publish("glance.example", changed)
    before = domain.checked_at
    assert whole_checks_in(1) != [before]


def test_domains_that_were_added_at_once_are_spread_ever_wider(session: Session) -> None:
    """A bulk import: the first checks of all are due together, and must not stay so."""
    domain = make_domain(session, active=False)

    def width(pauses_of_one: int) -> timedelta:
        times = []
        for _ in range(100):
            domain.watched_from, domain.check_tries, now = NOW, 0, NOW
            for _ in range(pauses_of_one):
                schedule(domain, now)
                assert domain.next_check_at is not None
                now = domain.next_check_at
            times.append(now)
        middle = sorted(times)[10:-10]
        return middle[-1] - middle[0]

    assert width(28) > 20 * MINUTE  # a day of checks
    domain.activated_at = NOW
    assert width(1) > 3 * HOUR
    assert width(7) > 7 * HOUR
