"""The maps' queries against a plain model of the routing, for random users and forwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from panel.directory import routing
from panel.directory.models import (
    Address,
    AddressKind,
    CatchAll,
    Forward,
    ForwardOnly,
    ForwardOwner,
    Mailbox,
    MailboxStatus,
    MailboxUsage,
)
from panel.directory.routing import Answer, route_of
from panel.engine.maps import MOST_PASSED, QUERIES
from panel.orders.models import DomainAlias
from tests.factories.orders import NOW, make_domain

LOCALS = ("a", "b", "c", "d", "postmaster")
NAMES = ("one.example", "two.example", "one-alias.example")
NOTICE = "notice@out.example"
TARGETS = [f"{local}@{name}" for name in NAMES for local in LOCALS] + ["x@out.example"]


@dataclass
class World:
    """Kinds: box, full (a box), suspended, binned, only. Keys are (main domain, local part)."""

    kinds: dict[tuple[str, str], str] = field(default_factory=dict)
    forwards: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    copies: set[tuple[str, str]] = field(default_factory=set)
    catch_all: dict[str, str] = field(default_factory=dict)
    most: int = MOST_PASSED


def key_of(address: str) -> tuple[str, str] | None:
    local, _, name = address.partition("@")
    main = {"one-alias.example": "one.example"}.get(name, name)
    return (main, local) if name in NAMES else None


def ends(world: World, address: str, seen: set[tuple[str, str]]) -> tuple[set[str], bool]:
    """(where mail arrives, whether somebody suspended stood in the way)."""
    key = key_of(address)
    if key is None:
        return {address}, False
    kind = world.kinds.get(key)
    if key in seen or kind in (None, "binned"):
        return set(), False
    seen.add(key)
    if kind == "suspended":
        return set(), True
    targets = world.forwards.get(key, set())
    stays = kind in ("box", "full") and (key in world.copies or not targets)
    found, stopped = ({f"{key[1]}@{key[0]}"} if stays else set()), False
    for target in targets:
        further, met = ends(world, target, seen)
        found |= further
        stopped |= met
    return found, stopped


def passes(world: World, address: str, found: set[tuple[str, str] | str]) -> bool:
    """Whether a mail passes no more addresses than it may; `found`: those that it has passed."""
    key = key_of(address)
    if key in found or address in found:
        return True
    found.add(key or address)
    if key and world.kinds.get(key) in ("box", "full", "only"):
        for target in world.forwards.get(key, set()):
            passes(world, target, found)
    return len(found) <= world.most


def model(world: World, address: str) -> tuple[set[str], Answer]:
    """What the product promises."""
    key = key_of(address)
    assert key is not None
    few = passes(world, address, set())
    found, stopped = ends(world, address, set()) if few else (set(), False)
    caught = world.catch_all.get(key[0])
    if not found and caught and (key not in world.kinds or key[1] == "postmaster"):
        caught = f"{caught}@{key[0]}"
        found = ends(world, caught, set())[0] if passes(world, caught, set()) else set()
    if not found and key[1] == "postmaster":
        found = {NOTICE}
    if found:
        full = all(world.kinds.get(tuple(reversed(end.split("@")))) == "full" for end in found)
        return found, Answer.FULL if full else Answer.TAKEN
    if not few:
        return set(), Answer.TOO_MANY
    return set(), Answer.SUSPENDED if stopped else Answer.UNKNOWN


@st.composite
def worlds(draw: st.DrawFn) -> World:
    world = World(most=draw(st.sampled_from([2, 3, 5, MOST_PASSED])))
    for main in NAMES[:2]:
        for local in LOCALS:
            kind = draw(
                st.sampled_from(["none", "box", "full", "full", "suspended", "binned", "only"])
            )
            if kind == "none":
                continue
            world.kinds[main, local] = kind
            targets = draw(st.sets(st.sampled_from(TARGETS), max_size=3))
            world.forwards[main, local] = targets or ({TARGETS[0]} if kind == "only" else set())
            if draw(st.booleans()):
                world.copies.add((main, local))
        held = [local for name, local in world.kinds if name == main]
        if held and draw(st.booleans()):
            world.catch_all[main] = draw(st.sampled_from(held))
    return world


@pytest.fixture(scope="module")
def empty(engine: Engine) -> Iterator:
    """A session on a migrated database of two domains, one of them with an alias."""
    with Session(engine) as session:
        ids = {}
        for name in NAMES[:2]:
            domain = make_domain(session, name)
            domain.notification_email = NOTICE
            session.flush()
            ids[name] = domain.id
        alias = {"name": NAMES[2], "unicode_name": NAMES[2], "verify_token": "t"}
        session.add(DomainAlias(domain_id=ids[NAMES[0]], created_at=NOW, activated_at=NOW, **alias))
        session.commit()
        yield session, ids
        session.rollback()


def fill(session: Session, ids: dict[str, int], world: World) -> None:
    for n, ((main, local), kind) in enumerate(world.kinds.items()):
        here = {"domain_id": ids[main], "local_part": local}
        only = kind == "only"
        held = AddressKind.FORWARD_ONLY if only else AddressKind.MAILBOX
        session.execute(insert(Address).values(**here, kind=held))
        if only:
            session.execute(insert(ForwardOnly).values(**here, created_at=NOW))
        else:
            closed = kind == "suspended"
            status = MailboxStatus.SUSPENDED if closed else MailboxStatus.ACTIVE
            values = {"name": "n", "password_hash": "x", "quota_bytes": 0, "backend": "h"}
            values |= {"storage_key": f"{n:032x}", "keep_copy": (main, local) in world.copies}
            deleted = NOW if kind == "binned" else None
            values |= {"status": status, "deleted_at": deleted, "created_at": NOW}
            values |= {"quota_bytes": 1000} if kind == "full" else {}
            box_id = session.scalar(insert(Mailbox).values(**here, **values).returning(Mailbox.id))
            used = {"used_bytes": n % 2 * 999 + (kind == "full") * 1000, "messages": 1}
            used |= {"mailbox_id": box_id, "read_at": NOW, "is_new": False}
            session.execute(insert(MailboxUsage).values(**used))
        for target in world.forwards[main, local]:
            to, _, name = target.partition("@")
            edge = {"target": target, "target_local": to, "target_domain": name}
            session.execute(insert(Forward).values(**here, **edge, set_by=ForwardOwner.USER))
    for main, local in world.catch_all.items():
        session.execute(insert(CatchAll).values(domain_id=ids[main], local_part=local))


def asked(session: Session, name: str, key: str) -> list[str]:
    """What Postfix gets from a map, with the limit of the moment."""
    local, _, domain = key.partition("@")
    query = QUERIES[name].replace(f" {MOST_PASSED}", f" {routing.MOST_PASSED}")
    query = query.replace("%u", local).replace("%d", domain).replace("%s", key)
    return [row[0] for row in session.connection().exec_driver_sql(query)]


def aliases(session: Session, address: str) -> list[str]:
    """What Postfix takes an address for: the first map that answers counts."""
    maps = ("plain", "plainalias", "aliases", "catchall", "notice", "held")
    answers = {name: asked(session, name, address) for name in maps}
    for short in (answers["plain"], answers["plainalias"]):  # what the walk would say
        assert short in ([], answers["aliases"])
    return next((answer for answer in answers.values() if answer), [])


def by_maps(session: Session, address: str) -> tuple[set[str], Answer]:
    """What Postfix does with an address: listed or not, refused or not, and its aliases."""
    found = aliases(session, address)
    assert len(found) == len(set(found))
    if not found:
        found = asked(session, "catchall", "@" + address.partition("@")[2])
    if not found:
        assert asked(session, "mailboxes", address) == []
        return set(), Answer.UNKNOWN
    refused = asked(session, "rcptaccess", address)
    sure = [asked(session, name, address) for name in ("stays", "staysalias", "arrives")]
    assert not refused or not any(sure)
    if refused and "5.2.2" not in refused[0]:
        said = refused[0].split()[1]
        return set(), Answer(said)
    for end in found:  # Postfix looks the ends up again
        again = aliases(session, end) if key_of(end) else [end]
        assert set(again) <= set(found)
        assert end in again
    return set(found), Answer.FULL if refused else Answer.TAKEN


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds())
def test_the_maps_do_what_the_model_says(
    empty: tuple[Session, dict[str, int]], world: World
) -> None:
    session, ids = empty
    fill(session, ids, world)
    few = mock.patch.object(routing, "MOST_PASSED", world.most)
    try:
        few.start()
        for address in (f"{local}@{name}" for name in NAMES for local in (*LOCALS, "unknown")):
            expected = model(world, address)
            route = route_of(session, address)
            assert (set(route.ends), route.answer) == expected, address
            if expected == ({address}, Answer.FULL):  # Dovecot itself is asked
                expected = ({address}, Answer.TAKEN)
            assert by_maps(session, address) == expected, address
    finally:
        few.stop()
        session.rollback()
