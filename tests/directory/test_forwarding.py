"""Forwards, forwarding addresses, alias domains and catch-alls: what is saved and what is not."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.directory import errors, states
from panel.directory.aliases import add_alias, remove_alias
from panel.directory.catch_all import set_catch_all
from panel.directory.forwarding import (
    Targets,
    add_forward_only,
    change_forward_only,
    remove_forward_only,
)
from panel.directory.models import Forward, ForwardOwner, Mailbox
from panel.directory.places import Known
from panel.directory.routing import Answer, StepKind, route_of
from panel.orders.models import Domain
from panel.orders.verification import activate_by_hand
from panel.refusals import Refusal
from tests.factories.directory import make_alias, make_mailbox, set_forwards
from tests.factories.orders import NOW, make_domain
from tests.support.queries import at_most

WHO = {"by": SYSTEM, "now": NOW}
AT = "@mingyuan.example"


def forward(
    session: Session,
    domain: Domain,
    box: Mailbox,
    *targets: str,
    by: ForwardOwner = ForwardOwner.ADMIN,
) -> None:
    set_forwards(session, domain, box, Targets(targets), by, version=box.version, **WHO)


@pytest.fixture
def domain(session: Session) -> Domain:
    """A domain with the users a, b and c and the alias domain my.example."""
    made = make_domain(session)
    for name in "abc":
        make_mailbox(session, made, name)
    make_alias(session, made, "my.example")
    return made


def box(session: Session, name: str) -> Mailbox:
    return session.scalars(select(Mailbox).where(Mailbox.local_part == name)).one()


@pytest.mark.parametrize("back", ["a" + AT, "A" + AT, "a+tag" + AT, "a@my.example", "f" + AT])
def test_a_circle_is_refused_with_its_chain(session: Session, domain: Domain, back: str) -> None:
    add_forward_only(session, domain, "f", Targets(["a" + AT]), **WHO)
    forward(session, domain, box(session, "a"), "b" + AT)
    forward(session, domain, box(session, "b"), "c" + AT)
    with pytest.raises(errors.ForwardsInCircle) as refused:
        forward(session, domain, box(session, "c"), back)
    assert refused.value.chain[0] == refused.value.chain[-1]
    assert {"a" + AT, "b" + AT, "c" + AT} <= set(refused.value.chain)


@pytest.mark.parametrize(
    ("target", "refusal"),
    [
        ("nobody" + AT, errors.TargetUnknown),
        ("nobody@my.example", errors.TargetUnknown),
        ("no address", errors.BadTarget),
        ("测试@qq.example", errors.BadTarget),
        ("-x@qq.example", errors.BadTarget),
        ("a" * 65 + "@qq.example", errors.BadTarget),
        ("b" + AT, errors.LeadsNowhere),
        ("a" + AT, errors.ForwardsInCircle),
    ],
)
def test_targets_are_checked(
    session: Session, domain: Domain, target: str, refusal: type[Refusal]
) -> None:
    closed = box(session, "b")
    states.suspend_mailbox(session, domain, closed, "left", version=1, **WHO)
    with pytest.raises(refusal):
        forward(session, domain, box(session, "a"), target)


def test_a_user_and_the_administrator_have_forwards_of_their_own(
    session: Session, domain: Domain
) -> None:
    one = box(session, "a")
    forward(session, domain, one, "x@qq.example", "x@QQ.example", by=ForwardOwner.USER)
    forward(session, domain, one, "y@qq.example")
    forward(session, domain, one, "z@例子.example", by=ForwardOwner.USER)
    rows = session.execute(select(Forward.target, Forward.set_by).order_by(Forward.target)).all()
    assert [tuple(row) for row in rows] == [
        ("y@qq.example", ForwardOwner.ADMIN),
        ("z@xn--fsqu00a.example", ForwardOwner.USER),
    ]
    many = Targets([f"n{n}@qq.example" for n in range(21)])
    with pytest.raises(errors.TooManyTargets):
        set_forwards(session, domain, one, many, ForwardOwner.USER, version=one.version, **WHO)


def test_a_forwarding_address_lives_as_long_as_it_has_a_target(
    session: Session, domain: Domain
) -> None:
    with pytest.raises(errors.AddressTaken):
        add_forward_only(session, domain, "a", Targets(["x@qq.example"]), **WHO)
    with pytest.raises(errors.NoTarget):
        add_forward_only(session, domain, "f", Targets([" "]), **WHO)
    made = add_forward_only(session, domain, "f", Targets(["x@qq.example"]), **WHO)
    with pytest.raises(errors.AddressTaken):
        make_mailbox(session, domain, "f")
    change_forward_only(session, domain, made, Targets(["b" + AT]), version=1, **WHO)
    with pytest.raises(errors.NoTarget):
        change_forward_only(session, domain, made, Targets([]), version=2, **WHO)
    remove_forward_only(session, domain, made, version=2, **WHO)
    make_mailbox(session, domain, "f")


def test_an_alias_domain_is_nobody_elses(session: Session, domain: Domain) -> None:
    make_domain(session, "other.example")
    for name in ("my.example", "other.example", "imap.other.example"):
        with pytest.raises(errors.AliasTaken):
            add_alias(session, domain, name, **WHO)
    waiting = add_alias(session, domain, "late.example", **WHO)
    assert route_of(session, "a@late.example").answer is Answer.NOT_OURS
    activate_by_hand(session, waiting, "seen", **WHO)
    session.flush()
    assert route_of(session, "a@late.example").ends == ("a" + AT,)
    remove_alias(session, waiting, **WHO)
    assert route_of(session, "a@late.example").answer is Answer.NOT_OURS


def test_a_catch_all_leads_to_what_exists(session: Session, domain: Domain) -> None:
    with pytest.raises(errors.CatchAllUnknown):
        set_catch_all(session, domain, "nobody", **WHO)
    set_catch_all(session, domain, "a", **WHO)
    route = route_of(session, "nobody@my.example")
    assert [step.kind for step in route.steps][-2:] == [StepKind.CATCH_ALL, StepKind.MAILBOX]
    assert route.ends == ("a" + AT,)


def test_walks_share_what_they_have_read_and_find_the_same(
    session: Session, domain: Domain
) -> None:
    add_forward_only(session, domain, "f", Targets(["a" + AT, "x@qq.example"]), **WHO)
    known, goals = Known.of(domain), ("a" + AT, "b" + AT, "f" + AT, "x@qq.example")
    first = route_of(session, "f" + AT, known=known)
    with at_most(0, session.get_bind()):
        assert route_of(session, "f" + AT, known=known) == first
    for goal in goals:
        instead = {(domain.id, "f"): [goal]}
        alone = route_of(session, "f" + AT, instead=instead, known=Known.of(domain))
        assert route_of(session, "f" + AT, instead=instead, known=known) == alone
    assert route_of(session, "f" + AT, known=known) == first


def test_a_walk_goes_as_if_an_address_had_what_was_put_there(
    session: Session, domain: Domain
) -> None:
    add_forward_only(session, domain, "f", Targets(["a" + AT]), **WHO)
    known = Known.of(domain)
    known.put(session, (domain.id, "f"), {ForwardOwner.ADMIN: ["b" + AT]})
    known.put(session, (domain.id, "b"), {ForwardOwner.USER: ["x@qq.example"]}, keep_copy=False)
    assert route_of(session, "f" + AT, known=known).ends == ("x@qq.example",)
    assert route_of(session, "f" + AT).ends == ("a" + AT,)
