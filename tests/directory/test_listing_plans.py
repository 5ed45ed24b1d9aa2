"""Which users are listed is found by an index, whatever the filter and the sort."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, joinedload

from panel.directory import listing
from panel.directory.checking import check_result
from panel.directory.listing import UserFilter, UserSearch, UserSort, search_users
from panel.directory.places import Known
from panel.directory.queries import holders_of
from panel.orders.models import Domain
from tests.factories.orders import NOW
from tests.support.queries import plan_of

READS_ALL = re.compile(r"Seq Scan|SCAN |TEMP B-TREE")


@pytest.mark.parametrize("sort", UserSort)
@pytest.mark.parametrize("which", UserFilter)
def test_an_index_finds_them(filled: Engine, which: UserFilter, sort: UserSort) -> None:
    search = UserSearch(which=which, sort=sort, now=NOW)
    plan = plan_of(filled, lambda session: search_users(session, 2, search))
    assert not READS_ALL.search(plan), plan


@pytest.mark.parametrize("text", ["user55", "nobody"])
def test_a_search_reads_what_begins_like_it(filled: Engine, text: str) -> None:
    plan = plan_of(filled, lambda session: search_users(session, 2, UserSearch(text)))
    for key in ("local_key", "name_key"):
        assert f"ix_mailbox_domain_id_{key}" in plan, plan
    assert not re.search(r"Seq Scan|SCAN mailbox", plan), plan


def test_few_and_many_are_the_same_users(filled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with Session(filled) as session:
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


def test_what_holds_some_addresses_is_read_by_their_key(filled: Engine) -> None:
    places = [(2, "user1"), (2, "user2"), (3, "user3")]
    plan = plan_of(filled, lambda session: holders_of(session, places))
    assert not READS_ALL.search(plan), plan
    assert not re.search(r"address_\d \(domain_id=\?\)", plan), plan


def test_a_walk_and_what_leads_to_an_address_read_by_keys(filled: Engine) -> None:
    def walk(session: Session) -> None:
        loaded = joinedload(Domain.order)
        domain = session.scalars(select(Domain).options(loaded).where(Domain.id == 2)).one()
        Known.of(domain).read_places(session, [(2, "user1"), (2, "user2"), (3, "user3")])
        check_result(session, domain, "user1", Known.of(domain))

    plan = plan_of(filled, walk)
    assert not re.search(
        r"Seq Scan on (address|mailbox|forward)|SCAN (address|mailbox|forward)", plan
    )
    assert not re.search(r"address_\d \(domain_id=\?\)", plan), plan
