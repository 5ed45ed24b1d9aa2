"""Purging users: rows first, folders after the commit, one user at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.directory import states
from panel.directory.forwarding import Targets, add_forward_only
from panel.directory.models import Address, CatchAll, Forward, ForwardOwner, Mailbox
from panel.directory.purging import due_to_purge, purge, purge_due
from panel.directory.routing import route_of
from panel.engine import mail_files
from panel.engine.layout import layout_of
from panel.engine.mail_files import ThrownFolder, folder_of
from panel.jobs import Jobs
from panel.orders.models import Domain
from panel.orders.queries import loaded
from tests.factories.directory import make_alias, make_mailbox, set_forwards
from tests.factories.orders import NOW, make_customer, make_domain

WHO = {"by": SYSTEM, "now": NOW}
ADMIN = ForwardOwner.ADMIN


@pytest.fixture
def mail(app: Flask) -> Path:
    return layout_of(app.config["YOUJU"]).mail


@pytest.fixture
def jobs(app: Flask) -> Jobs:
    found: Jobs = app.extensions["jobs"]
    return found


def long_gone(session: Session, domain: Domain, name: str, mail: Path, days: int = 40) -> Mailbox:
    """A user deleted so many days ago, with mail."""
    box = make_mailbox(session, domain, name)
    folder = folder_of(mail, box.storage_key)
    folder.mkdir(parents=True)
    (folder / "mail").write_text("precious")
    then = datetime.now(NOW.tzinfo) - timedelta(days=days)
    states.delete_mailbox(session, domain, box, version=1, by=SYSTEM, now=then)
    session.flush()
    return box


def those_there(session: Session) -> list[str]:
    return list(session.scalars(select(Mailbox.local_part).order_by(Mailbox.local_part)))


def test_rows_and_mail_go_when_the_days_are_over(session: Session, mail: Path, jobs: Jobs) -> None:
    domain = make_domain(session)
    old = folder_of(mail, long_gone(session, domain, "li", mail, days=31).storage_key)
    young = folder_of(mail, long_gone(session, domain, "zhao", mail, days=29).storage_key)
    session.commit()
    jobs.each_minute()
    assert (those_there(session), old.exists(), young.exists()) == (["zhao"], False, True)
    assert session.scalars(select(Address.local_part)).all() == ["zhao"]
    assert session.scalars(select(ThrownFolder)).all() == []
    assert folder_of(mail, make_mailbox(session, domain, "li").storage_key) != old


def test_one_row_that_cannot_go_holds_up_nobody(
    session: Session, mail: Path, jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    domain = make_domain(session)
    for days, name in ((43, "a"), (42, "b"), (41, "c")):
        long_gone(session, domain, name, mail, days)
    session.add(CatchAll(domain_id=domain.id, local_part="b"))
    session.commit()
    for _ in range(2):
        jobs.each_minute()
    assert those_there(session) == ["b"]
    (left,) = session.scalars(select(Mailbox))
    assert (folder_of(mail, left.storage_key) / "mail").read_text() == "precious"
    told = [line for line in caplog.messages if "not purged" in line]
    assert [line.partition(":")[0] for line in told] == [f"user {left.id} not purged"]


def test_before_the_commit_no_mail_is_touched(session: Session, mail: Path) -> None:
    """A worker that is killed while it purges: the user can be restored with all that it had."""
    domain = make_domain(session)
    box = long_gone(session, domain, "li", mail)
    session.commit()
    later = NOW + timedelta(days=400)
    purge_due(session, box.id, 30, later)
    session.flush()
    session.rollback()
    domain = session.scalars(loaded(Domain)).one()
    states.restore_mailbox(session, domain, box, version=box.version, **WHO)
    assert (folder_of(mail, box.storage_key) / "mail").read_text() == "precious"


def test_a_folder_that_a_killed_worker_left_goes_in_the_next_minute(
    session: Session, mail: Path, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = make_domain(session)
    key = long_gone(session, domain, "li", mail).storage_key
    session.commit()

    def killed(_: Path) -> None:
        raise OSError("Directory not empty")

    with monkeypatch.context() as patch:
        patch.setattr(mail_files.shutil, "rmtree", killed)
        jobs.each_minute()
    assert (those_there(session), folder_of(mail, key).exists()) == ([], True)
    jobs.each_minute()
    assert not folder_of(mail, key).exists()


def test_who_is_restored_meanwhile_is_not_purged(session: Session, mail: Path) -> None:
    domain = make_domain(session)
    box = long_gone(session, domain, "li", mail)
    session.commit()
    later = NOW + timedelta(days=400)
    assert due_to_purge(session, 30, later) == [box.id]
    states.restore_mailbox(session, domain, box, version=box.version, **WHO)
    session.commit()
    purge_due(session, box.id, 30, later)
    assert those_there(session) == ["li"]


def test_the_next_holder_of_an_address_gets_no_forwards_of_the_last(session: Session) -> None:
    domain = make_domain(session)
    make_alias(session, domain, "mingyuan-group.example")
    box, boss = make_mailbox(session, domain, "a"), make_mailbox(session, domain, "boss")
    other = make_domain(session, "lvye.example", customer=make_customer(session, "绿野农业"))
    theirs = make_mailbox(session, other, "theirs")
    to_it = Targets(["a@mingyuan-group.example", "x@qq.example"])
    set_forwards(session, domain, boss, to_it, ADMIN, version=1, **WHO)
    add_forward_only(session, domain, "info", Targets(["A+b@mingyuan.example"]), **WHO)
    away = Targets(["a@mingyuan.example"])
    set_forwards(session, other, theirs, away, ADMIN, version=1, **WHO)
    states.delete_mailbox(session, domain, box, version=box.version, **WHO)
    session.flush()
    purge(session, domain, box, **WHO)
    make_mailbox(session, domain, "a", name="somebody else")
    session.flush()
    ends = route_of(session, "boss@mingyuan.example").ends
    assert ends == ("boss@mingyuan.example", "x@qq.example")
    assert route_of(session, "info@mingyuan.example").ends == ()
    query = select(AuditEntry.subject, AuditEntry.action).order_by(AuditEntry.id)
    told = [tuple(row) for row in session.execute(query)]
    assert ("boss@mingyuan.example", "user.admin_forwards") in told
    assert ("info@mingyuan.example", "forward_only.change") in told
    assert session.scalars(select(Forward.local_part).filter_by(domain_id=other.id)).all() == [
        "theirs"  # of another customer: theirs to change
    ]


def test_the_next_holder_of_an_address_gets_no_notices_of_the_last(session: Session) -> None:
    domain, second = make_domain(session), make_domain(session, "second.example")
    away = make_domain(session, "away.example")
    make_alias(session, domain, "mingyuan-group.example")
    box = make_mailbox(session, domain, "boss")
    theirs = make_domain(session, "lvye.example", customer=make_customer(session, "绿野农业"))
    second.notification_email = "boss@mingyuan-group.example"
    away.notification_email = "boss@away.example"
    theirs.notification_email = "boss@mingyuan.example"  # of another customer: theirs to change
    states.delete_mailbox(session, domain, box, version=box.version, **WHO)
    domain.notification_email = "Boss+notices@mingyuan.example"  # another saved this just before
    session.flush()
    purge(session, domain, box, **WHO)
    told = dict(session.execute(select(Domain.name, Domain.notification_email)).all())
    assert told == {
        "mingyuan.example": "wang@mingyuan.example",
        "second.example": "wang@mingyuan.example",
        "away.example": "boss@away.example",
        "lvye.example": "boss@mingyuan.example",
    }
    query = select(AuditEntry.subject, AuditEntry.data).filter_by(action="domain.settings")
    entries = {subject: data["notification_email"] for subject, data in session.execute(query)}
    assert entries == dict.fromkeys(["mingyuan.example", "second.example"], told[domain.name])


def test_the_customers_own_address_stays_the_last_resort(session: Session) -> None:
    domain = make_domain(session)
    box = make_mailbox(session, domain, "wang")
    domain.notification_email = "boss@home.example"
    states.delete_mailbox(session, domain, box, version=box.version, **WHO)
    domain.notification_email = "wang@mingyuan.example"
    session.flush()
    purge(session, domain, box, **WHO)
    assert session.scalars(select(Domain.settings_version)).one() == 1


@pytest.mark.parametrize(
    ("killed_at", "left"),
    [
        ("panel.directory.purging.throw_away", ["li"]),
        ("panel.engine.mail_files.shutil.rmtree", []),
    ],
    ids=["before the commit", "after it"],
)
def test_what_a_killed_purge_left_is_done_by_the_next(
    app: Flask, session: Session, mail: Path, jobs: Jobs, killed_at: str, left: list[str]
) -> None:
    """A process that dies without a word (kill -9) in the middle."""
    key = long_gone(session, make_domain(session), "li", mail).storage_key
    session.commit()
    code = (
        "import os, signal; from unittest.mock import patch; from panel import create_app;"
        f"patch({killed_at!r}, lambda *_: os.kill(os.getpid(), signal.SIGKILL)).start();"
        "create_app().extensions['jobs'].each_minute()"
    )
    settings = {"YOUJU_INSTANCE": str(app.config["YOUJU"].instance), "YOUJU_ENGINE": "none"}
    died = subprocess.run([sys.executable, "-c", code], env=os.environ | settings, check=False)
    assert died.returncode == -signal.SIGKILL
    assert those_there(session) == left
    assert (folder_of(mail, key) / "mail").read_text() == "precious"
    jobs.each_minute()
    assert (those_there(session), folder_of(mail, key).exists()) == ([], False)
