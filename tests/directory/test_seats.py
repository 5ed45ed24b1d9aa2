"""The last seat, when two ask for it at the same moment, on both databases."""

from __future__ import annotations

import threading
from functools import partial

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, joinedload

from panel.directory.errors import AddressTaken, NoSeatLeft
from panel.directory.models import Mailbox
from panel.orders.models import Domain, Order
from tests.factories.directory import make_mailbox
from tests.factories.orders import make_domain
from tests.support.threads import at_once


def race(url: str, seats: int, local_parts: tuple[str, ...]) -> tuple[list[str], int, int]:
    """Add users from a thread each; what happened to each, mailboxes, seats used."""
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        make_domain(session, seats=seats)
    start = threading.Barrier(len(local_parts))
    told: list[str] = []

    def add(local_part: str) -> None:
        with Session(engine) as session:
            domain = session.scalars(select(Domain).options(joinedload(Domain.order))).one()
            session.rollback()  # the transaction begins with the change, as in a request
            start.wait()
            try:
                domain = session.scalars(select(Domain).options(joinedload(Domain.order))).one()
                make_mailbox(session, domain, local_part)
                session.commit()
                told.append("added")
            except (AddressTaken, NoSeatLeft) as refusal:
                told.append(type(refusal).__name__)

    at_once(*(partial(add, name) for name in local_parts))
    with Session(engine) as session:
        boxes = len(session.scalars(select(Mailbox.id)).all())
        used = session.scalars(select(Order.seats_used)).one()
    engine.dispose()
    return sorted(told), boxes, used


def test_of_two_requests_for_the_last_seat_one_gets_it(url: str) -> None:
    assert race(url, 1, ("li", "wang")) == (["NoSeatLeft", "added"], 1, 1)


def test_of_two_requests_for_one_address_one_gets_it(url: str) -> None:
    assert race(url, 9, ("li", "li")) == (["AddressTaken", "added"], 1, 1)
