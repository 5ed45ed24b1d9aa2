"""What users hold and may hold, without a mail server."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.directory import states, usage
from panel.directory.errors import InRecycleBin
from panel.directory.models import Mailbox, MailboxUsage
from panel.directory.purging import purge
from panel.engine.usage import Reading
from tests.factories.directory import give_quota, make_mailbox
from tests.factories.orders import NOW, make_domain

WHO = {"by": SYSTEM, "now": NOW}
MB = 1 << 20


@pytest.fixture
def box(session: Session) -> Mailbox:
    """A user with 10 MB, whose domain is loaded."""
    domain = make_domain(session)
    box = make_mailbox(session, domain, "li", quota_bytes=10 * MB)
    box.domain = domain
    return box


def holds(session: Session, box: Mailbox, used: float, minutes: int = 0) -> int:
    """Note how much the user holds in MB; how many are to be warned then."""
    at = NOW + timedelta(minutes=minutes)
    usage.keep(session, {box.id: Reading(box.storage_key, int(used * MB), 1, at)})
    return len(usage.take_to_warn(session, at))


def test_nothing_is_said_before_it_was_read(session: Session, box: Mailbox) -> None:
    assert usage.usage_of(session, [box])[box.id] == usage.Usage(0, 10 * MB, 0, None)


def test_an_older_reading_changes_nothing(session: Session, box: Mailbox) -> None:
    holds(session, box, 5, minutes=2)
    holds(session, box, 3, minutes=1)
    assert usage.usage_of(session, [box])[box.id].used_bytes == 5 * MB
    assert usage.last_reading(session) == NOW + timedelta(minutes=2)


def test_warned_once_until_there_is_room(session: Session, box: Mailbox) -> None:
    steps = [(8.9, 0), (9, 1), (9.5, 0), (8.5, 0), (9.2, 0), (7.9, 0), (9, 1)]
    told = [holds(session, box, used, minutes) for minutes, (used, _) in enumerate(steps)]
    assert told == [expected for _, expected in steps]


def test_a_full_mailbox_is_told_elsewhere_or_when_it_has_room(
    session: Session, box: Mailbox
) -> None:
    steps = [(8.5, 0), (10.5, 0), (9.8, 1), (10.5, 0), (7.9, 0)]
    told = [holds(session, box, used, minutes) for minutes, (used, _) in enumerate(steps)]
    assert told == [expected for _, expected in steps]
    box.alternate_email = "li@home.example"
    assert holds(session, box, 10.5, minutes=9) == 1


def test_who_cannot_read_it_is_not_warned(session: Session, box: Mailbox) -> None:
    states.suspend_mailbox(session, box.domain, box, "left", version=box.version, **WHO)
    assert holds(session, box, 9.5) == 0


def test_a_lower_quota_is_a_reason_to_warn(session: Session, box: Mailbox) -> None:
    box.alternate_email = "li@home.example"
    assert holds(session, box, 5) == 0
    give_quota(session, box, 5 * MB)
    assert usage.usage_of(session, [box])[box.id].percent == 100
    assert len(usage.take_to_warn(session, NOW)) == 1


def test_a_deleted_user_keeps_its_quota(session: Session, box: Mailbox) -> None:
    holds(session, box, 5)
    states.delete_mailbox(session, box.domain, box, version=box.version, **WHO)
    with pytest.raises(InRecycleBin):
        give_quota(session, box, 5 * MB)


def test_a_purged_user_leaves_nothing(session: Session, box: Mailbox) -> None:
    holds(session, box, 5)
    purge(session, box.domain, box, **WHO)
    assert session.scalars(select(MailboxUsage)).all() == []


def test_those_who_cannot_sign_in_yet_are_known_to_be_unknown(session: Session) -> None:
    waiting = make_domain(session, "waiting.example", active=False)
    make_mailbox(session, waiting, "early")
    (early,) = usage.unread(session, 0, 10)
    assert (early.address, early.works) == ("early@waiting.example", False)
