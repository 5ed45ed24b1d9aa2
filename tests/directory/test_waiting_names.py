"""Forwards to a customer's own names that take no mail: Postfix sends them to other hosts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.directory import errors
from panel.directory.checking import takes_notices
from panel.directory.forwarding import Targets, add_forward_only
from panel.directory.places import Known
from panel.directory.routing import Route, StepKind, route_of
from panel.directory.targets import TargetState, targets_of
from panel.orders.models import Domain, Proof
from panel.orders.queries import find_alias
from panel.orders.verification import activate
from tests.factories.directory import make_alias, make_mailbox
from tests.factories.orders import NOW, make_customer, make_domain

WHO = {"by": SYSTEM, "now": NOW}


@pytest.fixture
def domain(session: Session) -> Domain:
    """A domain with a user and an alias that waits for its proof."""
    domain = make_domain(session)
    make_mailbox(session, domain, "li")
    make_alias(session, domain, "my.example", active=False)
    return domain


def sales(session: Session, domain: Domain, *targets: str) -> None:
    add_forward_only(session, domain, "sales", Targets(targets), **WHO)


def seen(session: Session, domain: Domain) -> Route:
    """The way to sales@ as its customer sees it."""
    customer, address = domain.order.customer_id, f"sales@{domain.name}"
    return route_of(session, address, reach=customer, known=Known.of(domain))


def steps(route: Route) -> list[str]:
    return [step.kind.value for step in route.steps]


def states(session: Session, domain: Domain) -> Sequence[TargetState]:
    found = targets_of(session, domain, ["sales"], Known.of(domain))["sales"]
    return [target.state for targets in found.values() for target in targets]


def test_an_alias_without_a_proof_takes_no_mail(session: Session, domain: Domain) -> None:
    sales(session, domain, "li@my.example")
    assert steps(seen(session, domain)) == [StepKind.FORWARD_ONLY, StepKind.WAITING]
    assert seen(session, domain).ends == ("li@my.example",)
    assert route_of(session, f"sales@{domain.name}").ends == ("li@my.example",)
    assert states(session, domain) == [TargetState.WAITING]


def test_once_it_is_proven_it_does(session: Session, domain: Domain) -> None:
    sales(session, domain, "li@my.example")
    alias = find_alias(session, domain, "my.example")
    assert alias is not None
    activate(session, alias, Proof.MX, by=SYSTEM, now=NOW)
    session.flush()
    assert seen(session, domain).ends == (f"li@{domain.name}",)
    assert states(session, domain) == [TargetState.HERE]


def test_who_only_claims_a_name_may_write_to_anybody_there(
    session: Session, domain: Domain
) -> None:
    """It is somebody else's until it is proven, and their addresses are not ours to know."""
    sales(session, domain, "friend@my.example")
    assert steps(seen(session, domain)) == [StepKind.FORWARD_ONLY, StepKind.WAITING]


def test_a_circle_that_the_proof_would_close_is_refused(session: Session, domain: Domain) -> None:
    with pytest.raises(errors.ForwardsInCircle):
        sales(session, domain, "sales@my.example")


def test_a_suspended_domain_of_ones_own_takes_no_mail(session: Session, domain: Domain) -> None:
    other = make_domain(session, "xinghai.example", customer=domain.order.customer, active=False)
    make_mailbox(session, other, "boss")
    sales(session, domain, "boss@xinghai.example")
    assert steps(seen(session, domain)) == [StepKind.FORWARD_ONLY, StepKind.WAITING]


def test_of_others_nothing_is_told(session: Session, domain: Domain) -> None:
    theirs = make_domain(session, "lvye.example", customer=make_customer(session, "绿野农业"))
    make_alias(session, theirs, "lvye-alias.example", active=False)
    sales(session, domain, "li@lvye-alias.example")
    assert steps(seen(session, domain)) == [StepKind.FORWARD_ONLY, StepKind.OUTSIDE]
    assert states(session, domain) == [TargetState.OUTSIDE]


def test_notices_are_not_sent_to_a_name_that_waits(session: Session, domain: Domain) -> None:
    assert not takes_notices(session, domain, "li@my.example")
    assert takes_notices(session, domain, f"li@{domain.name}")
