"""What users hold and may hold, without a mail server."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.directory import states, usage
from panel.directory.errors import InRecycleBin
from panel.directory.models import Mailbox, MailboxUsage
from panel.engine.usage import Reading
from panel.orders.errors import ChangedMeanwhile
from tests.factories.directory import make_mailbox
from tests.factories.orders import NOW, make_domain

WHO = {"by": SYSTEM, "now": NOW}
MB = usage.MEGABYTE


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
    steps = [(8.9, 0), (9, 1), (9.5, 0), (8.5, 0), (9.2, 0), (7.9, 0), (10.5, 1), (11, 0)]
    told = [holds(session, box, used, minutes) for minutes, (used, _) in enumerate(steps)]
    assert told == [expected for _, expected in steps]


def test_who_cannot_read_it_is_not_warned(session: Session, box: Mailbox) -> None:
    states.suspend_mailbox(session, box.domain, box, "left", version=box.version, **WHO)
    assert holds(session, box, 9.5) == 0


def test_a_quota_is_set_and_audited(session: Session, box: Mailbox) -> None:
    assert holds(session, box, 5) == 0
    usage.set_quota(session, box.domain, box, 5, version=box.version, **WHO)
    assert usage.usage_of(session, [box])[box.id].percent == 100
    assert len(usage.take_to_warn(session, NOW)) == 1
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.quota")).one()
    assert entry.data == {"before": 10 * MB, "quota": 5 * MB}


def test_the_second_of_two_admins_is_told(session: Session, box: Mailbox) -> None:
    shown = box.version
    usage.set_quota(session, box.domain, box, 5, version=shown, **WHO)
    with pytest.raises(ChangedMeanwhile):
        usage.set_quota(session, box.domain, box, 7, version=shown, **WHO)


def test_a_deleted_user_keeps_its_quota(session: Session, box: Mailbox) -> None:
    holds(session, box, 5)
    states.delete_mailbox(session, box.domain, box, version=box.version, **WHO)
    with pytest.raises(InRecycleBin):
        usage.set_quota(session, box.domain, box, 5, version=box.version, **WHO)


def test_a_purged_user_leaves_nothing(session: Session, box: Mailbox, tmp_path: Path) -> None:
    holds(session, box, 5)
    states.purge(session, box.domain, box, tmp_path, **WHO)
    assert session.scalars(select(MailboxUsage)).all() == []
