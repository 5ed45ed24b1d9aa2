"""What an operator does to orders."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.orders.actions import change_seats, expire_due, renew, resume, suspend
from panel.orders.creating import NewOrder, create_order
from panel.orders.errors import (
    ChangedMeanwhile,
    CustomerUnknown,
    DomainTaken,
    ExpiryInThePast,
    NotAnAddress,
    ReasonNeeded,
    SeatsBelowUsed,
)
from panel.orders.models import Domain, Order, OrderStatus, ServiceStatus
from tests.factories.orders import NOW, make_cluster, make_customer, make_domain, make_plan

BY = {"by": SYSTEM, "now": NOW}
TODAY = NOW.date()


def new_order(session: Session, **changes: object) -> NewOrder:
    values = {
        "domain": "例子。中国",
        "customer": make_customer(session).name,
        "plan_id": make_plan(session).id,
        "cluster_id": make_cluster(session).id,
        "seats": 20,
        "expires_on": TODAY + timedelta(days=365),
    }
    return NewOrder(**(values | changes))  # type: ignore[arg-type]


def done(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_new_order_waits_for_the_dns(session: Session) -> None:
    domain = create_order(session, new_order(session), **BY)
    assert domain.order.number == f"YJ{domain.order.id:06}"
    assert (domain.name, domain.unicode_name) == ("xn--fsqu00a.xn--fiqs8s", "例子.中国")
    assert domain.service_status is ServiceStatus.PENDING
    assert domain.notification_email == "wang@mingyuan.example"
    assert done(session) == ["order.create"]


def test_a_domain_is_sold_once(session: Session) -> None:
    first = create_order(session, new_order(session), **BY)
    with pytest.raises(DomainTaken) as refused:
        create_order(session, new_order(session, domain="xn--fsqu00a.xn--fiqs8s"), **BY)
    assert refused.value.number == first.order.number


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"customer": "没有这个客户"}, CustomerUnknown),
        ({"expires_on": TODAY - timedelta(days=1)}, ExpiryInThePast),
        ({"email": "nobody"}, NotAnAddress),
    ],
)
def test_a_wrong_order_is_refused(
    session: Session, changes: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        create_order(session, new_order(session, **changes), **BY)
    assert done(session) == []


def test_suspending_needs_a_reason_and_resuming_forgets_it(session: Session) -> None:
    domain = make_domain(session)
    with pytest.raises(ReasonNeeded):
        suspend(session, domain, "  ", version=1, **BY)
    suspend(session, domain, "欠费", version=1, **BY)
    assert (domain.service_status, domain.order.suspended_reason) == (
        ServiceStatus.SUSPENDED,
        "欠费",
    )
    resume(session, domain, version=2, **BY)
    assert (domain.service_status, domain.order.suspended_reason) == (ServiceStatus.ACTIVE, None)
    assert done(session) == ["order.suspend", "order.resume"]


def test_the_same_done_twice_is_done_once(session: Session) -> None:
    domain = make_domain(session)
    suspend(session, domain, "欠费", version=1, **BY)
    suspend(session, domain, "欠费", version=1, **BY)
    assert done(session) == ["order.suspend"]


def test_of_two_admins_the_second_is_told_of_the_first(session: Session) -> None:
    domain = make_domain(session)
    suspend(session, domain, "欠费", version=1, **BY)
    with pytest.raises(ChangedMeanwhile) as refused:
        renew(session, domain, date(2028, 1, 1), version=1, **BY)
    assert (refused.value.name, refused.value.at) == ("system", NOW)


def test_an_order_resumed_after_its_last_day_is_expired(session: Session) -> None:
    domain = make_domain(
        session, status=OrderStatus.SUSPENDED, expires_on=TODAY - timedelta(days=1)
    )
    resume(session, domain, version=1, **BY)
    assert domain.service_status is ServiceStatus.EXPIRED


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OrderStatus.EXPIRED, OrderStatus.ACTIVE),
        (OrderStatus.ACTIVE, OrderStatus.ACTIVE),
        (OrderStatus.SUSPENDED, OrderStatus.SUSPENDED),
    ],
)
def test_renewal_revives_an_expired_order(
    session: Session, before: OrderStatus, after: OrderStatus
) -> None:
    domain = make_domain(session, status=before, expires_on=TODAY - timedelta(days=1))
    renew(session, domain, TODAY + timedelta(days=30), version=1, **BY)
    assert (domain.order.status, domain.order.expires_on) == (after, TODAY + timedelta(days=30))


def test_renewal_does_not_end_in_the_past(session: Session) -> None:
    with pytest.raises(ExpiryInThePast):
        renew(session, make_domain(session), TODAY - timedelta(days=1), version=1, **BY)


def test_seats_do_not_fall_below_the_users(session: Session) -> None:
    domain = make_domain(session, seats_used=7)
    change_seats(session, domain, 7, version=1, **BY)
    with pytest.raises(SeatsBelowUsed) as refused:
        change_seats(session, domain, 6, version=2, **BY)
    assert refused.value.used == 7
    assert (domain.order.seats, done(session)) == (7, ["order.seats"])


def test_a_user_added_while_seats_shrink_keeps_its_seat(session: Session) -> None:
    domain = make_domain(session, seats_used=7)
    assert domain.order.seats_used == 7  # what this request has read
    session.execute(
        update(Order).values(seats_used=8).execution_options(synchronize_session=False)
    )  # another request takes a seat; it does not touch the version
    with pytest.raises(SeatsBelowUsed) as refused:
        change_seats(session, domain, 7, version=1, **BY)
    assert refused.value.used == 8


def test_orders_expire_after_their_last_day(session: Session) -> None:
    make_domain(session, "today.example", expires_on=TODAY)
    over = make_domain(session, "over.example", expires_on=TODAY - timedelta(days=1))
    assert expire_due(session, NOW) == 1
    assert done(session) == ["order.expire"]
    session.expire_all()
    found = session.scalars(select(Order).where(Order.status == OrderStatus.EXPIRED)).all()
    assert [order.id for order in found] == [
        session.scalars(select(Domain.order_id).where(Domain.id == over.id)).one()
    ]


def test_an_order_expires_once_however_many_workers_see_it(session: Session) -> None:
    make_domain(session, "over.example", expires_on=TODAY - timedelta(days=1))
    session.commit()
    with Session(session.get_bind()) as other:
        due = other.scalars(select(Order)).one()  # what another worker has read
        assert due.status is OrderStatus.ACTIVE
        assert expire_due(session, NOW) == 1
        session.commit()
        assert expire_due(other, NOW) == 0
    assert done(session) == ["order.expire"]


def test_resuming_what_runs_changes_nothing(session: Session) -> None:
    domain = make_domain(session)
    resume(session, domain, version=1, **BY)
    assert (domain.order.version, done(session)) == (1, [])
