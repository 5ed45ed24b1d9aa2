"""Which users are listed is found by an index, whatever the filter and the sort."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, select, text
from sqlalchemy.orm import Session, joinedload

from panel.demo.bulk import load
from panel.directory import listing
from panel.directory.checking import check_whole
from panel.directory.listing import UserFilter, UserSearch, UserSort, search_users
from panel.directory.places import Known
from panel.directory.queries import holders_of
from panel.migrations.commands import upgrade
from panel.orders.models import Domain
from tests.factories.orders import NOW, make_domain

FILLED = (
    "INSERT INTO mailbox_usage (mailbox_id, used_bytes, messages, read_at, is_new)"
    " SELECT id, 5, 1, created_at, false FROM mailbox",
    "INSERT INTO forward (domain_id, local_part, target, target_local, target_domain, set_by)"
    " SELECT domain_id, local_part, 'a@b.example', 'a', 'b.example', 'user' FROM mailbox"
    " WHERE domain_id > 2",
    "INSERT INTO auto_reply (mailbox_id, username, enabled, subject, text, interval_days, script,"
    " changed_at, version)"
    " SELECT id, id || '@b.example', true, '', '', 7, '', created_at, 1 FROM mailbox"
    " WHERE domain_id > 2",
)
READS_ALL = re.compile(r"Seq Scan|SCAN |TEMP B-TREE")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """300 domains with 100 users each; those of the first one do not forward or answer."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('plans') / 'youju.sqlite3'}"
    else:
        url = request.getfixturevalue("module_postgres_url")
    upgrade(url)
    made = create_engine(url)
    with Session(made) as session, session.begin():
        make_domain(session)
    load(made, 300, 30_000)
    with made.begin() as connection:
        for statement in (*FILLED, "ANALYZE"):
            connection.execute(text(statement))
    yield made
    made.dispose()


def plan_of(engine: Engine, ask: Callable[[Session], object]) -> str:
    """How the database goes about what is asked."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        asked.append((statement, values))

    with Session(engine) as session:
        event.listen(engine, "before_cursor_execute", note)
        try:
            ask(session)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        verb = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
        run = session.connection().exec_driver_sql
        return str([run(f"{verb} {statement}", values).all() for statement, values in asked])


@pytest.mark.parametrize("sort", UserSort)
@pytest.mark.parametrize("which", UserFilter)
def test_an_index_finds_them(engine: Engine, which: UserFilter, sort: UserSort) -> None:
    search = UserSearch(which=which, sort=sort, now=NOW)
    plan = plan_of(engine, lambda session: search_users(session, 2, search))
    assert not READS_ALL.search(plan), plan


@pytest.mark.parametrize("text", ["user55", "nobody"])
def test_a_search_reads_what_begins_like_it(engine: Engine, text: str) -> None:
    plan = plan_of(engine, lambda session: search_users(session, 2, UserSearch(text)))
    for key in ("local_key", "name_key"):
        assert f"ix_mailbox_domain_id_{key}" in plan, plan
    assert not re.search(r"Seq Scan|SCAN mailbox", plan), plan


def test_few_and_many_are_the_same_users(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with Session(engine) as session:
        for search in (
            UserSearch("user1"),
            UserSearch("user"),
            UserSearch("li 1"),
            UserSearch("w"),
        ):
            found = [user.id for user in search_users(session, 2, search).rows]
            assert found
            with monkeypatch.context() as patch:
                patch.setattr(listing, "FEW", 2)
                assert [user.id for user in search_users(session, 2, search).rows] == found


def test_what_holds_some_addresses_is_read_by_their_key(engine: Engine) -> None:
    places = [(2, "user1"), (2, "user2"), (3, "user3")]
    plan = plan_of(engine, lambda session: holders_of(session, places))
    assert not READS_ALL.search(plan), plan
    assert not re.search(r"address_\d \(domain_id=\?\)", plan), plan


def test_a_walk_and_what_leads_to_an_address_read_by_keys(engine: Engine) -> None:
    def walk(session: Session) -> None:
        loaded = joinedload(Domain.order)
        domain = session.scalars(select(Domain).options(loaded).where(Domain.id == 2)).one()
        Known.of(domain).read_places(session, [(2, "user1"), (2, "user2"), (3, "user3")])
        check_whole(session, domain, "user1", Known.of(domain))

    plan = plan_of(engine, walk)
    assert not re.search(
        r"Seq Scan on (address|mailbox|forward)|SCAN (address|mailbox|forward)", plan
    )
    assert not re.search(r"address_\d \(domain_id=\?\)", plan), plan
