"""The figures of a domain: counted by the worker where mailboxes change, read in two questions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.directory import states, usage
from panel.directory.actions import UserFacts, edit_mailbox
from panel.directory.catch_all import set_catch_all
from panel.directory.figures import COUNT_AGAIN, Figures, count_stale, figures_of
from panel.directory.forwarding import Targets, add_forward_only
from panel.directory.models import Mailbox
from panel.engine.usage import Reading
from panel.extensions import db
from panel.orders.models import Domain
from tests.factories.directory import give_quota, make_mailbox
from tests.factories.orders import NOW, make_domain
from tests.support.queries import at_most

WHO = {"by": SYSTEM, "now": NOW}
MB = 1 << 20


@pytest.fixture
def domain(session: Session) -> Domain:
    return make_domain(session)


@pytest.fixture
def boxes(session: Session, domain: Domain) -> dict[str, Mailbox]:
    """Users of 10 MB: one nearly full, one full, one with room, and one without limit."""
    held = {"nearly": 9, "full": 10, "room": 8.9, "free": 500}
    boxes = {}
    for name, used in held.items():
        quota = 0 if name == "free" else 10 * MB
        boxes[name] = make_mailbox(session, domain, name, quota_bytes=quota)
        reading = Reading(boxes[name].storage_key, int(used * MB), 1, NOW)
        usage.keep(session, {boxes[name].id: reading})
    return boxes


def beat(session: Session, rounds: int = 1) -> None:
    """What the worker does once what it last counted is old enough."""
    usage.take_to_warn(session, NOW)
    count_stale(session, NOW + rounds * COUNT_AGAIN)


def shown(session: Session, domain: Domain) -> tuple[float, int, int]:
    """What is held in MB, and how many are nearly full and full."""
    found = figures_of(session, domain).usage
    assert found is not None
    session.refresh(found)
    return round(found.used_bytes / MB, 1), found.nearly_full, found.full_up


def test_nothing_is_known_of_an_empty_domain(session: Session, domain: Domain) -> None:
    found = figures_of(session, domain)
    assert found == Figures(0, 0, 0, None, sheets_mailed=False, usage=None)
    assert not found.handed_out


def test_what_is_suspended_deleted_and_forwarding_is_counted(
    session: Session, domain: Domain, boxes: dict[str, Mailbox]
) -> None:
    states.suspend_mailbox(session, domain, boxes["room"], "x", version=1, **WHO)
    states.suspend_mailbox(session, domain, boxes["full"], "x", version=1, **WHO)
    states.delete_mailbox(session, domain, boxes["full"], version=2, **WHO)
    add_forward_only(session, domain, "sales", Targets(["free@mingyuan.example"]), **WHO)
    set_catch_all(session, domain, "nearly", **WHO)
    found = figures_of(session, domain)
    assert (found.suspended, found.in_bin, found.forward_only) == (1, 1, 1)
    assert found.catch_all == "nearly"


@pytest.mark.usefixtures("boxes")
def test_what_is_held_is_counted_by_the_worker(session: Session, domain: Domain) -> None:
    assert figures_of(session, domain).usage is None
    beat(session)
    assert shown(session, domain) == (527.9, 1, 1)
    assert figures_of(session, domain).handed_out


def test_deleting_restoring_and_another_quota_are_counted(
    session: Session, domain: Domain, boxes: dict[str, Mailbox]
) -> None:
    beat(session)
    full, nearly = boxes["full"], boxes["nearly"]
    states.delete_mailbox(session, domain, full, version=full.version, **WHO)
    edit_mailbox(session, domain, nearly, UserFacts("x", "", 20 * MB), version=1, **WHO)
    beat(session, 2)
    assert shown(session, domain) == (517.9, 0, 0)
    states.restore_mailbox(session, domain, full, version=full.version, **WHO)
    give_quota(session, nearly, 9 * MB)
    beat(session, 3)
    assert shown(session, domain) == (527.9, 0, 2)


@pytest.mark.usefixtures("boxes")
def test_a_domain_is_not_counted_without_need(session: Session) -> None:
    usage.take_to_warn(session, NOW)
    assert [count_stale(session, NOW) for _ in range(2)] == [1, 0]


def test_a_domain_is_not_counted_all_the_time(
    session: Session, domain: Domain, boxes: dict[str, Mailbox]
) -> None:
    beat(session)
    usage.look_again(session, boxes["room"])
    usage.take_to_warn(session, NOW)
    assert count_stale(session, NOW + COUNT_AGAIN + timedelta(seconds=3)) == 0
    assert count_stale(session, NOW + 2 * COUNT_AGAIN) == 1


@pytest.mark.usefixtures("boxes")
def test_the_figures_are_two_questions(session: Session, domain: Domain) -> None:
    session.commit()
    beat(session)
    session.expunge_all()
    loaded = session.get_one(Domain, 1)
    with at_most(2, db.engine):
        figures_of(session, loaded)
