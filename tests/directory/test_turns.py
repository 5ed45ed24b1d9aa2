"""Two requests at once, each of which is right alone: the second one waits and is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from panel.accounts.access import SYSTEM
from panel.directory import states
from panel.directory.actions import UserFacts, edit_mailbox
from panel.directory.auto_reply import Reply, set_auto_reply
from panel.directory.catch_all import set_catch_all
from panel.directory.errors import AddressTaken, CatchAllUnknown, InRecycleBin, TakesCatchAll
from panel.directory.forwarding import Targets, add_forward_only, remove_forward_only
from panel.directory.models import (
    Address,
    AddressKind,
    AutoReply,
    CatchAll,
    ForwardOnly,
    Mailbox,
)
from panel.directory.user_forwards import Forwarding, change_forwarding
from panel.orders.errors import ChangedMeanwhile
from panel.orders.models import Domain, Order
from panel.orders.queries import loaded
from panel.refusals import Refusal
from tests.factories.directory import make_mailbox
from tests.factories.orders import NOW, make_domain

WHO = {"by": SYSTEM, "now": NOW}
Act = Callable[[Session, Domain], object]
Change = Callable[[Session, Domain, Mailbox], None]


@pytest.fixture
def sessions(url: str) -> Iterator[sessionmaker[Session]]:
    """A domain with the user `a` and the forward-only account `f`."""
    engine = create_engine(url)
    made = sessionmaker(engine)
    with made.begin() as session:
        domain = make_domain(session)
        make_mailbox(session, domain, "a")
        add_forward_only(session, domain, "f", Targets(["x@qq.example"]), **WHO)
    yield made
    engine.dispose()


def delete(session: Session, domain: Domain) -> None:
    box = session.scalars(select(Mailbox)).one()
    states.delete_mailbox(session, domain, box, version=box.version, **WHO)


def remove(session: Session, domain: Domain) -> None:
    account = session.scalars(select(ForwardOnly)).one()
    remove_forward_only(session, domain, account, version=account.version, **WHO)


def catch(local_part: str) -> Act:
    return lambda session, domain: set_catch_all(session, domain, local_part, **WHO)


def add_user(session: Session, domain: Domain) -> None:
    make_mailbox(session, domain, "new")


def add_only(session: Session, domain: Domain) -> None:
    add_forward_only(session, domain, "new", Targets(["x@qq.example"]), **WHO)


def opened_before(sessions: sessionmaker[Session], first: Change, second: Change) -> Refusal | None:
    """What the second is told whose request has read the user before the first was committed."""
    with sessions() as early, sessions() as late:
        theirs, own = user_of(late), user_of(early)
        first(early, *own)
        early.commit()
        try:
            second(late, *theirs)
            late.commit()
        except Refusal as refusal:
            return refusal
    return None


def user_of(session: Session) -> tuple[Domain, Mailbox]:
    return session.scalars(loaded(Domain)).one(), session.scalars(select(Mailbox)).one()


def forwards(keep_copy: bool) -> Change:
    def change(session: Session, domain: Domain, box: Mailbox) -> None:
        wanted = Forwarding(admin=("x@qq.example",), keep_copy=keep_copy)
        change_forwarding(session, domain, box, wanted, 20, version=box.version, **WHO)

    return change


def rename(session: Session, domain: Domain, box: Mailbox) -> None:
    facts = UserFacts("New Name", "", box.quota_bytes)
    edit_mailbox(session, domain, box, facts, version=box.version, **WHO)


def reply(session: Session, domain: Domain, box: Mailbox) -> None:
    set_auto_reply(session, domain, box, Reply(enabled=True, text="away"), version=0, **WHO)


def put_into_bin(session: Session, domain: Domain, box: Mailbox) -> None:
    states.delete_mailbox(session, domain, box, version=box.version, **WHO)


def second_of(sessions: sessionmaker[Session], first: Act, second: Act) -> Refusal | None:
    """What the second is told that comes while the first is not committed."""
    refused: list[Refusal] = []

    def other() -> None:
        with sessions() as session:
            domain = session.scalars(loaded(Domain)).one()
            try:
                second(session, domain)
                session.commit()
            except Refusal as refusal:
                refused.append(refusal)

    with sessions() as session:
        first(session, session.scalars(loaded(Domain)).one())
        session.flush()
        thread = Thread(target=other)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()  # it waits
        session.commit()
        thread.join(10)
    return refused[0] if refused else None


@pytest.mark.parametrize(
    ("first", "second", "refusal"),
    [
        (delete, catch("a"), CatchAllUnknown),
        (catch("a"), delete, TakesCatchAll),
        (remove, catch("f"), CatchAllUnknown),
        (catch("f"), remove, TakesCatchAll),
    ],
)
def test_the_catch_all_never_leads_to_who_is_gone(
    sessions: sessionmaker[Session], first: Act, second: Act, refusal: type[Refusal]
) -> None:
    assert type(second_of(sessions, first, second)) is refusal
    with sessions() as session:
        caught = session.scalars(select(CatchAll.local_part)).all()
        gone = session.scalars(select(Mailbox.local_part).where(Mailbox.deleted_at.is_not(None)))
        assert not set(caught) & set(gone)


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (add_user, add_only, AddressKind.MAILBOX),
        (add_only, add_user, AddressKind.FORWARD_ONLY),
        (add_only, add_only, AddressKind.FORWARD_ONLY),
    ],
)
def test_of_two_at_one_address_the_second_is_told_what_it_is_now(
    sessions: sessionmaker[Session], first: Act, second: Act, kind: AddressKind
) -> None:
    refused = second_of(sessions, first, second)
    assert isinstance(refused, AddressTaken)
    assert refused.kind is kind
    with sessions() as session:
        held = session.scalars(select(Address.kind).filter_by(local_part="new")).all()
        assert held == [kind]
        seats = session.scalars(select(Order.seats_used)).one()
        assert seats == session.scalars(select(func.count()).select_from(Mailbox)).one()


def test_who_sees_a_copy_kept_is_told_that_it_is_no_more(sessions: sessionmaker[Session]) -> None:
    """Saving what the page showed is a change when another has changed it."""
    with sessions.begin() as session:
        forwards(True)(session, *user_of(session))
    refused = opened_before(sessions, forwards(False), forwards(True))
    assert isinstance(refused, ChangedMeanwhile)


@pytest.mark.parametrize(("first", "second"), [(rename, reply), (reply, rename)])
def test_an_auto_reply_comes_from_the_name_that_was_saved_meanwhile(
    sessions: sessionmaker[Session], first: Change, second: Change
) -> None:
    assert opened_before(sessions, first, second) is None
    with sessions() as session:
        assert '"New Name <a@' in session.scalars(select(AutoReply.script)).one()


@pytest.mark.parametrize(("first", "second"), [(rename, reply), (reply, rename)])
def test_a_name_and_an_auto_reply_wait_for_each_other(
    sessions: sessionmaker[Session], first: Change, second: Change
) -> None:
    def of_user(change: Change) -> Act:
        return lambda session, domain: change(session, domain, user_of(session)[1])

    assert second_of(sessions, of_user(first), of_user(second)) is None
    with sessions() as session:
        assert '"New Name <a@' in session.scalars(select(AutoReply.script)).one()


def test_who_is_deleted_meanwhile_answers_nothing(sessions: sessionmaker[Session]) -> None:
    assert isinstance(opened_before(sessions, put_into_bin, reply), InRecycleBin)
