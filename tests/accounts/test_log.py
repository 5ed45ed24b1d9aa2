"""Searching the audit log on both databases: what is found, and by which index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM, Actor
from panel.accounts.log import FEW, LogSearch, each_entry, last_entries, search_log
from panel.accounts.models import ActorKind, AuditKind, Role
from panel.orders.models import Domain
from tests.factories.log import many, noted
from tests.factories.orders import NOW, make_customer, make_domain
from tests.support.queries import plan_of

OPERATOR = replace(SYSTEM, role=Role.OPERATOR)
PLENTY = 20_000
LAST = NOW + timedelta(minutes=PLENTY)


@dataclass(frozen=True)
class Log:
    """A log of two customers: one with PLENTY of entries and one more, one with 40."""

    engine: Engine
    session: Session
    big: Domain
    small: Domain
    owner: Actor


@pytest.fixture(scope="module")
def log(engine: Engine) -> Iterator[Log]:
    with Session(engine, expire_on_commit=False) as session:
        big = make_domain(session, "例子.example")
        small = make_domain(session, "s.example", customer=make_customer(session, "绿野农业"))
        many(session, small, 40, action="user.keep_copy", actor_kind=ActorKind.STAFF)
        many(session, big, PLENTY)
        noted(session, big, "domain.catch_all", SYSTEM, at=LAST, before=None, target="u00001")
        session.commit()
        if engine.dialect.name == "postgresql":
            session.execute(text("ANALYZE audit_entry"))
            session.commit()
        owner = Actor(1, "王经理", "", Role.CUSTOMER, big.order.customer_id)
        yield Log(engine, session, big, small, owner)


def plans(log: Log, actor: Actor, search: LogSearch) -> str:
    """How the database goes about a search."""
    return plan_of(log.engine, lambda session: search_log(session, actor, search))


DAY = timedelta(days=1)
SEARCHES: tuple[dict[str, Any], ...] = (
    {},
    {"after": 9_000},
    {"kind": AuditKind.CATCH_ALL},
    {"kind": AuditKind.ALIASES},
    {"kind": AuditKind.USERS, "before": 9_000},
    {"who": ActorKind.STAFF},
    {"who": 7},
    {"text": "u00042@例子.example"},
    {"text": "nobody"},
    {"since": NOW + DAY, "until": NOW + 2 * DAY},
)


@pytest.mark.parametrize("asked", SEARCHES, ids=str)
@pytest.mark.parametrize("scope", ["domain", "customer", "everything"])
def test_no_search_reads_or_sorts_the_whole_log(
    log: Log, asked: dict[str, Any], scope: str
) -> None:
    search = LogSearch(domain_id=log.big.id if scope == "domain" else None, **asked)
    plan = plans(log, OPERATOR if scope == "everything" else log.owner, search)
    costly = {"Seq Scan", "TEMP B-TREE", "SCAN audit_entry"}
    if "text" in asked:
        costly -= {"TEMP B-TREE"}  # of a few, which are named one by one
    if not asked and scope == "everything":
        costly -= {"SCAN audit_entry"}  # by its key, until the page is full
    assert [word for word in costly if word in plan] == [], plan


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"text": "u00042@例子.example"}, 1),
        ({"text": "U0004"}, 10),
        ({"text": "u"}, 25),
        ({"text": "例子"}, 1),
        ({"text": "u%"}, 0),
        ({"text": "u", "kind": AuditKind.FORWARDS}, 0),
        ({"who": ActorKind.SYSTEM}, 1),
        ({"since": NOW + DAY, "until": NOW + DAY + timedelta(minutes=5)}, 5),
        ({"since": LAST}, 1),
        ({"since": NOW + 90 * DAY}, 0),
        ({"until": NOW}, 0),
    ],
    ids=str,
)
def test_what_is_found(log: Log, asked: dict[str, Any], count: int) -> None:
    search = LogSearch(domain_id=log.big.id, **asked)
    assert len(search_log(log.session, log.owner, search).rows) == count


def test_many_that_begin_alike_are_found_newest_first(log: Log) -> None:
    page = search_log(log.session, log.owner, LogSearch(text="u0"))
    assert PLENTY > FEW
    assert [row.subject[:6] for row in page.rows] == [f"u{n:05}" for n in range(9_999, 9_974, -1)]


def test_all_entries_are_sent_once_and_only_ones_own(log: Log) -> None:
    ids = [entry.id for entry in each_entry(log.session, log.owner, LogSearch())]
    assert len(set(ids)) == len(ids) == PLENTY + 1
    assert ids == sorted(ids, reverse=True)
    stranger = replace(log.owner, role=None)
    assert list(each_entry(log.session, stranger, LogSearch())) == []


def test_the_last_entries_of_an_address(log: Log) -> None:
    found = last_entries(log.session, log.small.id, "u00007@s.example", 5)
    assert [entry.action for entry in found] == ["user.keep_copy"]


def test_an_entry_written_late_is_in_its_period(log: Log) -> None:
    """A transaction that took long: its entry stands behind others that are later."""
    at = LAST - timedelta(minutes=30)
    noted(log.session, log.small, "user.resume", SYSTEM, subject="late@s.example", at=at)
    search = LogSearch(domain_id=log.small.id, since=at, until=at + timedelta(minutes=1))
    found = search_log(log.session, OPERATOR, search).rows
    log.session.rollback()
    assert len(found) == 1
