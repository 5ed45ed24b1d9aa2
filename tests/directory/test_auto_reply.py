"""What may be set as an auto reply, who is told, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.directory import states
from panel.directory.auto_reply import (
    AutoReplyState,
    Reply,
    auto_reply_of,
    follow_name,
    set_auto_reply,
    version_of,
)
from panel.directory.errors import (
    AutoReplyEmpty,
    BadInterval,
    EndedAlready,
    EndsBeforeStart,
    InRecycleBin,
    SubjectTooLong,
    TextTooLong,
)
from panel.directory.models import AutoReply, Mailbox
from panel.directory.purging import purge
from panel.orders.errors import ChangedMeanwhile
from panel.orders.models import Domain
from tests.factories.directory import make_mailbox
from tests.factories.orders import NOW, make_domain

WHO = {"by": SYSTEM, "now": NOW}
DAY = timedelta(days=1)
AWAY = Reply(enabled=True, subject="休假", text="下周回来", starts_at=NOW, ends_at=NOW + 5 * DAY)


@pytest.fixture
def domain(session: Session) -> Domain:
    return make_domain(session)


@pytest.fixture
def box(session: Session, domain: Domain) -> Mailbox:
    return make_mailbox(session, domain, "li")


def test_it_is_kept_and_the_log_says_what_it_was(
    session: Session, domain: Domain, box: Mailbox
) -> None:
    assert (auto_reply_of(session, box), version_of(session, box)) == (Reply(), 0)
    set_auto_reply(session, domain, box, AWAY, version=0, **WHO)
    assert (auto_reply_of(session, box), version_of(session, box)) == (AWAY, 1)
    off = replace(AWAY, enabled=False)
    set_auto_reply(session, domain, box, off, version=1, **WHO)
    assert auto_reply_of(session, box) == off
    told = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.auto_reply")).all()
    assert [entry.subject for entry in told] == ["li@mingyuan.example"] * 2
    assert [entry.data["before"]["enabled"] for entry in told] == [False, True]
    assert [entry.data["after"]["enabled"] for entry in told] == [True, False]
    assert told[1].data["before"]["text"] == "下周回来"
    assert told[1].data["before"]["ends_at"] == "2026-11-28T02:00:00+00:00"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"text": ""}, AutoReplyEmpty),
        ({"text": " \r\n\0\x07"}, AutoReplyEmpty),
        ({"text": "长" * 10_001}, TextTooLong),
        ({"subject": "长" * 201}, SubjectTooLong),
        ({"interval_days": 0}, BadInterval),
        ({"interval_days": 366}, BadInterval),
        ({"ends_at": NOW}, EndsBeforeStart),
        ({"ends_at": NOW - DAY}, EndsBeforeStart),
        ({"starts_at": None, "ends_at": NOW}, EndedAlready),
    ],
)
def test_what_is_refused(
    session: Session, domain: Domain, box: Mailbox, change: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        set_auto_reply(session, domain, box, replace(AWAY, **change), version=0, **WHO)
    assert version_of(session, box) == 0


def test_what_is_off_may_be_unfinished_or_over(
    session: Session, domain: Domain, box: Mailbox
) -> None:
    off = Reply(ends_at=NOW - DAY)
    set_auto_reply(session, domain, box, off, version=0, **WHO)
    assert auto_reply_of(session, box) == off


def test_what_nobody_sees_is_dropped(session: Session, domain: Domain, box: Mailbox) -> None:
    typed = replace(
        AWAY, subject=" 休\r\nBcc: x@y.example\0 ", text="\n一\r\n二\r\t三\x07\ud800 \n\n"
    )
    set_auto_reply(session, domain, box, typed, version=0, **WHO)
    kept = auto_reply_of(session, box)
    assert (kept.subject, kept.text) == ("休 Bcc: x@y.example", "一\n二\n\t三")


def test_times_are_kept_in_utc(session: Session, domain: Domain, box: Mailbox) -> None:
    shanghai = datetime(2026, 12, 1, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    set_auto_reply(session, domain, box, replace(AWAY, ends_at=shanghai), version=0, **WHO)
    session.expire_all()
    kept = auto_reply_of(session, box).ends_at
    assert kept is not None
    assert kept.isoformat() == "2026-12-01T01:00:00+00:00"


def test_of_two_who_save_the_second_is_told(session: Session, domain: Domain, box: Mailbox) -> None:
    set_auto_reply(session, domain, box, AWAY, version=0, **WHO)
    for version in (0, 2):
        with pytest.raises(ChangedMeanwhile) as refused:
            set_auto_reply(session, domain, box, Reply(), version=version, **WHO)
        assert (refused.value.name, refused.value.at) == (SYSTEM.name, NOW)
    assert auto_reply_of(session, box) == AWAY


def test_saving_the_same_again_counts(session: Session, domain: Domain, box: Mailbox) -> None:
    for version in (0, 1, 2):
        set_auto_reply(session, domain, box, AWAY, version=version, **WHO)
    assert version_of(session, box) == 3


def test_how_it_stands(session: Session, domain: Domain, box: Mailbox) -> None:
    assert Reply().state(box, NOW) is AutoReplyState.OFF
    assert AWAY.state(box, NOW - DAY) is AutoReplyState.WAITING
    assert AWAY.state(box, NOW) is AutoReplyState.RUNNING
    assert AWAY.state(box, NOW + 5 * DAY) is AutoReplyState.OVER
    states.suspend_mailbox(session, domain, box, "left", version=1, **WHO)
    assert AWAY.state(box, NOW) is AutoReplyState.STOPPED
    assert Reply().state(box, NOW) is AutoReplyState.OFF


def test_the_bin_keeps_it_and_the_end_takes_it(
    session: Session, domain: Domain, box: Mailbox
) -> None:
    set_auto_reply(session, domain, box, AWAY, version=0, **WHO)
    states.delete_mailbox(session, domain, box, version=1, **WHO)
    with pytest.raises(InRecycleBin):
        set_auto_reply(session, domain, box, Reply(), version=1, **WHO)
    states.restore_mailbox(session, domain, box, version=2, **WHO)
    assert auto_reply_of(session, box) == AWAY
    states.delete_mailbox(session, domain, box, version=3, **WHO)
    purge(session, domain, box, **WHO)
    assert session.scalars(select(AutoReply.username)).all() == []
    again = make_mailbox(session, domain, "li")
    assert auto_reply_of(session, again) == Reply()


def test_another_name_is_another_script(session: Session, domain: Domain, box: Mailbox) -> None:
    follow_name(session, box)  # nothing to do
    set_auto_reply(session, domain, box, AWAY, version=0, **WHO)
    box.name = "Li Ming"
    follow_name(session, box)
    row = session.get_one(AutoReply, box.id)
    assert ':from "Li Ming <li@${host}>"' in row.script
    assert ":days 7 " in row.script
    assert row.version == 2


def test_the_mark_stays_with_the_reply(session: Session, domain: Domain, box: Mailbox) -> None:
    marked = replace(AWAY, subject="", mark="自动回复$：")
    set_auto_reply(session, domain, box, marked, version=0, **WHO)
    follow_name(session, box)
    assert auto_reply_of(session, box) == marked
    script = session.get_one(AutoReply, box.id).script
    assert '"自动回复${dollar}：${0}"' in script
    assert 'set "subject" "自动回复${dollar}"' in script
