"""What fails stops nothing else, and is told once while it stays the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel import jobs as panel_jobs
from panel import pulse as panel_pulse
from panel.directory.models import MailboxUsage
from panel.engine import doveadm
from panel.engine.layout import Layout, layout_of
from panel.engine.sessions import SessionEnd, end_sessions
from panel.parts import Parts
from panel.pulse import Pulse
from tests.factories.directory import make_mailbox
from tests.factories.orders import NOW, make_domain


def denied(*_: object) -> None:
    raise PermissionError(13, "Permission denied", ".usage")


def test_usage_that_cannot_be_read_warns_all_the_same(
    app: Flask,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    box = make_mailbox(session, make_domain(session), "a", quota_bytes=1000)
    session.flush()
    held = {"used_bytes": 950, "messages": 1, "read_at": NOW, "warned_at": None}
    session.add(MailboxUsage(mailbox_id=box.id, **held))
    session.commit()
    monkeypatch.setattr(panel_pulse, "read_since", denied)
    pulse = Pulse(app.config["YOUJU"])
    for _ in range(3):
        pulse.beat(session)
    assert session.scalar(select(MailboxUsage.warned_at)) is not None
    assert [line.partition(":")[0] for line in caplog.messages] == ["usage not read"]


def test_without_an_answer_from_dovecot_sessions_wait_and_the_rest_goes_on(
    app: Flask,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def unanswered(*_: object) -> None:
        raise doveadm.Unanswered("Permission denied")

    end_sessions(session, "a.example", "li", NOW)
    make_mailbox(session, make_domain(session), "a")
    session.commit()
    for name in ("kick", "ask"):
        monkeypatch.setattr(panel_pulse, name, unanswered)
    pulse = Pulse(app.config["YOUJU"])
    monkeypatch.setattr(pulse, "_has_dovecot", True)
    monkeypatch.setattr(panel_pulse, "folder_of", lambda *_: Path("/"))
    for _ in range(3):
        pulse.beat(session)
    assert session.scalars(select(SessionEnd.ended_at)).all() == [None]
    told = [line.partition(":")[0] for line in caplog.messages]
    assert told == ["sessions not ended", "usage not asked for"]


def test_a_program_that_fails_says_why(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    layout: Layout = layout_of(app.config["YOUJU"])
    with pytest.raises(doveadm.Unanswered, match=r"."):
        doveadm.run(layout, "who")  # no such configuration
    monkeypatch.setattr(doveadm, "PROGRAM", "/nowhere/doveadm")
    with pytest.raises(doveadm.Unanswered, match="No such file"):
        doveadm.run(layout, "who")


@pytest.mark.parametrize("broken", ["expire_due", "due_to_purge", "thrown_away"])
def test_each_minute_mails_go_out_whatever_else_fails(
    app: Flask, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(panel_jobs, broken, denied)
    monkeypatch.setattr(panel_jobs, "due_mails", lambda *_: [1, 2, 3])

    def deliver(_: panel_jobs.Jobs, mail_id: int) -> None:
        if mail_id == 2:
            raise OSError("no such mail")
        sent.append(mail_id)

    monkeypatch.setattr(panel_jobs.Jobs, "deliver", deliver)
    app.extensions["jobs"].each_minute()
    assert sent == [1, 3]


def test_the_same_is_told_once_and_again_when_it_was_good_in_between(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    parts = Parts()
    for error in (OSError("a"), OSError("a"), OSError("b"), None, OSError("b")):
        with parts.part(session, "it"):
            if error:
                raise error
    assert caplog.messages == ["it: OSError: a", "it: OSError: b", "it: OSError: b"]
