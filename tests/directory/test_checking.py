"""What a forward may not become: a circle, a hole, more than Postfix carries, a look at others."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy import create_engine, insert, select
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.directory import errors, states
from panel.directory.bulk import concerned
from panel.directory.checking import check_notice, takes_notices
from panel.directory.forwarding import Targets, add_forward_only, change_forward_only
from panel.directory.models import (
    Address,
    AddressKind,
    Forward,
    ForwardOnly,
    ForwardOwner,
    Mailbox,
)
from panel.directory.routing import Answer, StepKind, route_of
from panel.directory.user_forwards import Forwarding, change_forwarding
from panel.orders.models import Domain
from panel.orders.queries import loaded
from tests.factories.directory import make_mailbox, set_forwards, set_keep_copy
from tests.factories.orders import NOW, make_customer, make_domain
from tests.support.queries import at_most
from tests.support.threads import at_once

WHO = {"by": SYSTEM, "now": NOW}
AT = "@mingyuan.example"
ADMIN = ForwardOwner.ADMIN


def forward(session: Session, domain: Domain, box: Mailbox, *targets: str) -> None:
    set_forwards(session, domain, box, Targets(targets), ADMIN, version=box.version, **WHO)


def suspend(session: Session, domain: Domain, box: Mailbox) -> None:
    states.suspend_mailbox(session, domain, box, "left", version=box.version, **WHO)


def keep(session: Session, domain: Domain, box: Mailbox, kept: bool) -> None:
    set_keep_copy(session, domain, box, kept, version=box.version, **WHO)


def only(session: Session, domain: Domain, local: str, targets: Sequence[str]) -> None:
    """A forwarding address that nothing has checked."""
    here = {"domain_id": domain.id, "local_part": local}
    session.execute(insert(Address).values(**here, kind=AddressKind.FORWARD_ONLY))
    session.execute(insert(ForwardOnly).values(**here, created_at=NOW))
    for target in targets:
        to, _, name = target.partition("@")
        edge = {"target": target, "target_local": to, "target_domain": name, "set_by": ADMIN}
        session.execute(insert(Forward).values(**here, **edge))


def outside(name: str, count: int) -> list[str]:
    return [f"{name}{n}@out.example" for n in range(count)]


@pytest.fixture
def domain(session: Session) -> Domain:
    return make_domain(session)


@pytest.fixture
def other(session: Session) -> Domain:
    """A domain of another customer."""
    return make_domain(session, "lvye.example", customer=make_customer(session, "绿野农业"))


@pytest.mark.parametrize("state", ["suspended", "deleted"])
def test_a_circle_is_seen_through_who_takes_no_mail_now(
    session: Session, domain: Domain, state: str
) -> None:
    a, b, c = (make_mailbox(session, domain, name) for name in "abc")
    forward(session, domain, a, "b" + AT)
    forward(session, domain, b, "c" + AT)
    if state == "suspended":
        suspend(session, domain, b)
    else:
        states.delete_mailbox(session, domain, b, version=b.version, **WHO)
    with pytest.raises(errors.ForwardsInCircle):
        forward(session, domain, c, "a" + AT)


def test_a_suspended_user_is_put_into_no_circle(session: Session, domain: Domain) -> None:
    a, b = make_mailbox(session, domain, "a"), make_mailbox(session, domain, "b")
    forward(session, domain, b, "a" + AT)
    suspend(session, domain, a)
    with pytest.raises(errors.ForwardsInCircle):
        forward(session, domain, a, "b" + AT)


def test_of_two_forwards_that_make_a_circle_one_is_saved(url: str) -> None:
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        made = make_domain(session)
        for name in "bc":
            make_mailbox(session, made, name)
    start, told = threading.Barrier(2), []

    def change(name: str, to: str) -> None:
        with Session(engine) as session:
            domain = session.scalars(loaded(Domain)).one()
            box = session.scalars(select(Mailbox).where(Mailbox.local_part == name)).one()
            session.commit()
            start.wait()
            domain = session.scalars(loaded(Domain)).one()
            wanted = Forwarding(admin=(to + AT,), keep_copy=False)
            try:
                change_forwarding(session, domain, box, wanted, 20, version=box.version, **WHO)
                session.commit()
                told.append("saved")
            except errors.ForwardsInCircle:
                told.append("circle")

    at_once(partial(change, "b", "c"), partial(change, "c", "b"))
    engine.dispose()
    assert sorted(told) == ["circle", "saved"]


def test_a_copy_stays_while_mail_would_arrive_nowhere_else(
    session: Session, domain: Domain
) -> None:
    a, b = make_mailbox(session, domain, "a"), make_mailbox(session, domain, "b")
    forward(session, domain, a, "b" + AT)
    suspend(session, domain, b)
    with pytest.raises(errors.LeadsNowhere) as refused:
        keep(session, domain, a, False)
    assert refused.value.field == "keep_copy"
    session.rollback()


def test_forwards_without_a_copy_change_owner(session: Session, domain: Domain) -> None:
    a, b = make_mailbox(session, domain, "a"), make_mailbox(session, domain, "b")
    make_mailbox(session, domain, "c")
    wanted = Forwarding(user=("c" + AT,), admin=("b" + AT,), keep_copy=False)
    change_forwarding(session, domain, a, wanted, 20, version=a.version, **WHO)
    suspend(session, domain, b)
    wanted = Forwarding(admin=("c" + AT,), keep_copy=False)
    change_forwarding(session, domain, a, wanted, 20, version=a.version, **WHO)
    assert route_of(session, "a" + AT).ends == ("c" + AT,)
    suspend(session, domain, a)  # who takes no mail now may be changed as well
    wanted = Forwarding(admin=("x@out.example",), keep_copy=False)
    change_forwarding(session, domain, a, wanted, 20, version=a.version, **WHO)


def test_more_addresses_than_postfix_carries_are_refused(session: Session, domain: Domain) -> None:
    for n in range(10):
        add_forward_only(session, domain, f"f{n}", Targets(outside(f"x{n}-", 18)), **WHO)
    session.flush()
    tops = [f"f{n}" + AT for n in range(10)]
    most = add_forward_only(session, domain, "all", Targets([*tops, "a@out.example"]), **WHO)
    assert len(route_of(session, "all" + AT).ends) == 181
    wide = Targets([*tops, *outside("z", 10)])
    with pytest.raises(errors.PassesTooMany) as refused:
        change_forward_only(session, domain, most, wide, version=most.version, **WHO)
    assert refused.value.address == "all" + AT


def test_a_change_below_blows_up_nothing_above(session: Session, domain: Domain) -> None:
    low = add_forward_only(session, domain, "low", Targets(["x@out.example"]), **WHO)
    for n in range(9):
        only(session, domain, f"f{n}", outside(f"x{n}-", 20))
    only(session, domain, "mid", ["low" + AT])
    only(session, domain, "top", ["mid" + AT, *(f"f{n}" + AT for n in range(9))])
    change_forward_only(session, domain, low, Targets(outside("y", 8)), version=1, **WHO)
    assert len(route_of(session, "top" + AT).ends) == 188
    with pytest.raises(errors.PassesTooMany) as refused:
        change_forward_only(session, domain, low, Targets(outside("y", 9)), version=2, **WHO)
    assert refused.value.address == "top" + AT


def test_a_long_chain_is_refused_not_walked(session: Session, domain: Domain) -> None:
    only(session, domain, "f0", ["x@out.example"])
    for n in range(1, 700):
        only(session, domain, f"f{n}", [f"f{n - 1}" + AT])
    assert route_of(session, "f198" + AT).answer is Answer.TAKEN
    route = route_of(session, "f699" + AT)
    assert route.answer is Answer.TOO_MANY
    assert [step.kind for step in route.steps] == [StepKind.TOO_MANY]
    with pytest.raises(errors.LeadsNowhere):
        add_forward_only(session, domain, "more", Targets(["f699" + AT]), **WHO)


def test_a_wide_route_is_read_level_by_level(session: Session, domain: Domain) -> None:
    for n in range(12):
        only(session, domain, f"j{n}", outside(f"y{n}-", 15))
    only(session, domain, "all", [f"j{n}" + AT for n in range(12)])
    session.flush()
    with at_most(4, session.get_bind()):  # type: ignore[arg-type]
        route = route_of(session, "all" + AT)
    assert len(route.ends) == 180


def test_the_forwards_of_others_are_not_spelled_out(
    session: Session, domain: Domain, other: Domain
) -> None:
    a = make_mailbox(session, domain, "a")
    info, secret = (make_mailbox(session, other, name) for name in ("info", "secret-lover"))
    forward(session, other, secret, "a" + AT)
    forward(session, other, info, "secret-lover@lvye.example")
    with pytest.raises(errors.ForwardsInCircle) as refused:
        forward(session, domain, a, "info@lvye.example")
    assert refused.value.chain == ("a" + AT, "info@lvye.example", "…", "a" + AT)
    b = make_mailbox(session, domain, "b")
    with pytest.raises(errors.ForwardsInCircle) as refused:
        forward(session, domain, a, "secret-lover@lvye.example")
    assert refused.value.chain == ("a" + AT, "secret-lover@lvye.example", "a" + AT)
    forward(session, domain, a, "b" + AT)
    with pytest.raises(errors.ForwardsInCircle) as refused:
        forward(session, domain, b, "secret-lover@lvye.example")
    assert refused.value.chain == ("b" + AT, "secret-lover@lvye.example", "a" + AT, "b" + AT)


def test_how_the_addresses_of_others_stand_is_not_told(
    session: Session, domain: Domain, other: Domain
) -> None:
    a, closed, binned = (
        make_mailbox(session, of, name)
        for of, name in ((domain, "a"), (other, "closed"), (other, "binned"))
    )
    suspend(session, other, closed)
    states.delete_mailbox(session, other, binned, version=binned.version, **WHO)
    for target in ("never", "closed", "binned"):
        with pytest.raises(errors.TakesNoMail):
            forward(session, domain, a, f"{target}@lvye.example")


def test_a_confirmation_counts_no_forwards_of_others(
    session: Session, domain: Domain, other: Domain
) -> None:
    make_mailbox(session, domain, "a")
    forward(session, other, make_mailbox(session, other, "b"), "a" + AT)
    session.flush()
    assert concerned(session, domain, ["a"]).led_here == 0
    forward(session, domain, make_mailbox(session, domain, "c"), "a" + AT)
    assert concerned(session, domain, ["a"]).led_here == 1


def test_a_notification_address_takes_mail(session: Session, domain: Domain) -> None:
    box = make_mailbox(session, domain, "boss")
    for typed in ("boss" + AT, "anyone@out.example"):
        check_notice(session, domain, typed)
    suspend(session, domain, box)
    for typed in ("boss" + AT, "nobody" + AT, "postmaster" + AT):
        assert not takes_notices(session, domain, typed)
        with pytest.raises(errors.TakesNoMail):
            check_notice(session, domain, typed)
