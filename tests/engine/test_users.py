"""Users as the real servers see them: odd addresses, who is suspended, who has an old address."""

from __future__ import annotations

import poplib
import smtplib
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from panel.accounts.access import SYSTEM
from panel.directory import states
from panel.directory.models import Mailbox
from panel.directory.purging import purge_due
from panel.engine.mail_files import folder_of
from panel.orders.models import Domain
from tests.factories.directory import USER_PASSWORD, make_mailbox
from tests.factories.orders import NOW, make_domain
from tests.fixtures.mailserver import MailServer
from tests.support import inbox
from tests.support.wait import wait_until
from tests.support.worker import worker_of

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

WHO = {"by": SYSTEM, "now": NOW}
LONGEST = "a" * 64
ODD = {
    f"{LONGEST}@a.example": "the longest local part",
    "li@xn--fsqu00a.example": "a domain in Chinese",
}


@pytest.fixture(scope="module")
def server(mailserver: MailServer) -> MailServer:
    with mailserver.sessions.begin() as session:
        domain = make_domain(session, "a.example")
        for name in (LONGEST, "closed", "again"):
            make_mailbox(session, domain, name)
        make_mailbox(session, make_domain(session, "例子.example"), "li")
    return mailserver


def deliver(server: MailServer, address: str, subject: str) -> None:
    with smtplib.SMTP("localhost", server.layout.ports.smtp, timeout=10) as client:
        client.sendmail("someone@qq.example", address, f"Subject: {subject}\r\n\r\nhi\r\n")
    wait_until(lambda: subject in subjects(server, address))


def subjects(server: MailServer, address: str) -> str:
    layout = server.layout
    found = inbox.subjects(layout.ports.imaps, layout.certificate, address, USER_PASSWORD)
    return found.decode()


def found(session: Session, name: str) -> Mailbox:
    loaded = joinedload(Mailbox.domain).joinedload(Domain.order)
    query = select(Mailbox).where(Mailbox.local_part == name).options(loaded)
    return session.scalars(query).one()


@pytest.mark.parametrize("address", ODD, ids=ODD.values())
def test_an_odd_address_gets_and_sends_mail(server: MailServer, address: str) -> None:
    deliver(server, address, "first")
    context = inbox.trusting(server.layout.certificate)
    port = server.layout.ports.submissions
    with smtplib.SMTP_SSL("localhost", port, context=context, timeout=10) as client:
        client.login(address, USER_PASSWORD)
        client.sendmail(address, address, "Subject: second\r\n\r\nhi\r\n")
    wait_until(lambda: "second" in subjects(server, address))


def test_a_suspended_user_is_told_so_by_pop_too(server: MailServer) -> None:
    with server.sessions.begin() as session:
        box = found(session, "closed")
        states.suspend_mailbox(session, box.domain, box, "left", version=1, **WHO)
    context = inbox.trusting(server.layout.certificate)
    port = server.layout.ports.pop3s
    client = poplib.POP3_SSL("localhost", port, context=context, timeout=10)
    client.user("closed@a.example")
    with pytest.raises(poplib.error_proto, match="suspended"):
        client.pass_(USER_PASSWORD)
    client.close()


def test_who_gets_an_old_address_never_sees_old_mail(server: MailServer) -> None:
    address = "again@a.example"
    deliver(server, address, "secret")
    later = NOW + timedelta(days=31)
    with server.sessions.begin() as session:
        box = found(session, "again")
        old = folder_of(server.layout.mail, box.storage_key)
        states.delete_mailbox(session, box.domain, box, version=1, **WHO)
    with server.sessions.begin() as session:
        purge_due(session, found(session, "again").id, 30, later)
    with server.sessions.begin() as session:
        query = select(Domain).where(Domain.name == "a.example")
        domain = session.scalars(query.options(joinedload(Domain.order))).one()
        make_mailbox(session, domain, "again")
    assert old.exists()  # not even while it is still there
    assert subjects(server, address) == ""
    with worker_of(server) as worker:
        worker.minute()
    assert not old.exists()
    deliver(server, address, "fresh")
    assert "secret" not in subjects(server, address)
