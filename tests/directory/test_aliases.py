"""One name is one thing: alias domains, also when two people ask for it at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.directory.aliases import add_alias, remove_alias, served_names
from panel.directory.errors import AliasTaken, TooManyAliases
from panel.orders.creating import NewOrder, create_order
from panel.orders.errors import CustomerUnknown, DomainTaken
from panel.orders.models import Domain, DomainAlias
from panel.orders.queries import find_alias, loaded
from panel.orders.verification import activate_by_hand
from tests.factories.directory import make_alias
from tests.factories.orders import NOW, make_domain
from tests.support.threads import at_once

WHO = {"by": SYSTEM, "now": NOW}
Work = Callable[[Session], object]


@pytest.fixture
def url(url: str) -> str:
    """A migrated database with the domains a.example and b.example."""
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        for name in ("a.example", "b.example"):
            make_domain(session, name)
    engine.dispose()
    return url


def race(url: str, *works: Work) -> tuple[list[str], list[str]]:
    """Do all at the same moment; what became of each, and the names that are taken afterwards."""
    engine = create_engine(url)
    start = threading.Barrier(len(works))
    told: list[str] = []

    def run(work: Work) -> None:
        with Session(engine) as session:
            start.wait()
            try:
                outcome = "done" if work(session) is not False else "nothing"
                session.commit()
            except (AliasTaken, DomainTaken, TooManyAliases) as refusal:
                outcome = type(refusal).__name__
            told.append(outcome)

    at_once(*(partial(run, work) for work in works))
    with Session(engine) as session:
        names = [*session.scalars(select(Domain.name)), *session.scalars(select(DomainAlias.name))]
    engine.dispose()
    return sorted(told), sorted(names)


def adding(to: str, name: str, most: int = 20) -> Work:
    def work(session: Session) -> object:
        domain = session.scalars(loaded(Domain).where(Domain.name == to)).one()
        return add_alias(session, domain, name, most=most, **WHO)

    return work


def ordering(session: Session) -> object:
    new = NewOrder("new.example", "明远贸易", 1, 1, None, date(2027, 1, 1))
    return create_order(session, new, **WHO)


def removing(session: Session) -> object:
    domain = session.scalars(loaded(Domain).where(Domain.name == "a.example")).one()
    alias = find_alias(session, domain, "new.example")
    return alias is not None and remove_alias(session, alias, **WHO)


BOTH = ["a.example", "b.example"]


def test_of_two_who_add_one_name_at_once_one_gets_it(url: str) -> None:
    told, names = race(url, *(adding(name, "new.example") for name in BOTH))
    assert (told, names) == (["AliasTaken", "done"], [*BOTH, "new.example"])


def test_a_name_is_not_ordered_and_made_an_alias_at_once(url: str) -> None:
    told, names = race(url, adding("a.example", "new.example"), ordering)
    assert told in (["AliasTaken", "done"], ["done", "done"])  # the order goes before the alias
    assert names == [*BOTH, "new.example"]


def test_two_at_once_do_not_exceed_what_is_allowed(url: str) -> None:
    works = (adding("a.example", f"n{n}.example", most=1) for n in range(2))
    told, names = race(url, *works)
    assert told == ["TooManyAliases", "done"]
    assert len(names) == 3


def test_two_who_remove_an_alias_at_once_remove_it_once(url: str) -> None:
    race(url, adding("a.example", "new.example"))
    assert race(url, removing, removing) == (["done", "nothing"], BOTH)


def test_an_order_for_a_name_that_is_an_alias_is_told_whose(session: Session) -> None:
    domain = make_domain(session)
    make_alias(session, domain, "my.example")
    new = NewOrder("my.example", "明远贸易", 1, 1, None, date(2027, 1, 1))
    with pytest.raises(DomainTaken) as refused:
        create_order(session, new, **WHO)
    assert refused.value.number == domain.order.number


def test_an_alias_that_nobody_has_proven_gives_way_to_an_order(session: Session) -> None:
    domain = make_domain(session)
    make_alias(session, domain, "new.example", active=False)
    bought = ordering(session)
    assert isinstance(bought, Domain)
    assert bought.name == "new.example"
    assert session.scalars(select(DomainAlias)).all() == []
    told = select(AuditEntry).where(AuditEntry.action == "alias.give_way")
    entry = session.scalars(told).one()
    assert (entry.subject, entry.domain_id) == ("new.example", domain.id)
    with pytest.raises(AliasTaken):
        add_alias(session, domain, "new.example", **WHO)


def test_an_order_that_is_refused_takes_no_alias(session: Session) -> None:
    make_alias(session, make_domain(session), "new.example", active=False)
    session.commit()
    with pytest.raises(CustomerUnknown):
        create_order(session, NewOrder("new.example", "?", 1, 1, None, date(2027, 1, 1)), **WHO)
    session.rollback()
    assert session.scalars(select(DomainAlias.name)).all() == ["new.example"]


@pytest.mark.parametrize(
    "name",
    [
        "us2.mx1.mailhost.example",
        "below.us2.imap.mailhost.example",
        "mailhost.example",
        "panel.example",
        "mail.panel.example",
    ],
)
def test_nobody_gets_a_name_of_the_hosts(session: Session, name: str) -> None:
    domain = make_domain(session)
    with pytest.raises(AliasTaken):
        add_alias(session, domain, name, own_names=("panel.example", "localhost", ""), **WHO)
    add_alias(session, domain, f"x-{name}.example", own_names=("panel.example",), **WHO)


def test_mail_is_taken_for_proven_names_of_a_proven_domain(session: Session) -> None:
    domain = make_domain(session, active=False)
    make_alias(session, domain, "my.example")
    make_alias(session, domain, "waiting.example", active=False)
    assert served_names(session, domain) == ()
    activate_by_hand(session, domain, "seen", **WHO)
    assert served_names(session, domain) == ["my.example"]
