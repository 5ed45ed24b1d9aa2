"""Mail to full mailboxes is refused at RCPT, whatever way it takes, while nobody else can take it.

Each case: an address, and the boxes where its mail lies or None when the sender gets 552 5.2.2.
"""

from __future__ import annotations

import smtplib
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from panel.accounts.access import SYSTEM
from panel.directory.catch_all import set_catch_all
from panel.directory.forwarding import Targets, add_forward_only
from panel.directory.models import ForwardOwner, Mailbox
from panel.directory.routing import Answer, route_of
from panel.directory.usage import usage_of
from panel.orders.models import Domain
from tests.factories.directory import (
    USER_PASSWORD,
    give_quota,
    make_alias,
    make_mailbox,
    set_forwards,
    set_keep_copy,
)
from tests.factories.orders import NOW, make_domain
from tests.fixtures.mailserver import MailServer
from tests.support import inbox
from tests.support.wait import wait_until
from tests.support.worker import worker_of

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

WHO = {"by": SYSTEM, "now": NOW}
LIMIT = 100_000
ONLY = {
    "sales": ["full@a.example"],
    "both": ["full@a.example", "li@a.example"],
    "chain": ["sales@a.example", "full2@a.example"],
    "abroad": ["full@a.example", "someone@elsewhere.example"],
    "viaalias": ["full@my.example"],
}
CASES: list[tuple[str, list[str] | None]] = [
    ("full@a.example", None),
    ("FULL@a.example", None),
    ("full+tag@a.example", None),
    ("full@my.example", None),
    ("full+tag@my.example", None),
    ("sales@a.example", None),
    ("sales+tag@a.example", None),
    ("sales@my.example", None),
    ("chain@a.example", None),
    ("viaalias@a.example", None),
    ("tofull@a.example", None),
    ("unknown@b.example", None),
    ("unknown+tag@b.example", None),
    ("abuse@b.example", None),
    ("both@a.example", ["li@a.example"]),
    ("keepfull@a.example", ["keepfull@a.example"]),
    ("li@a.example", ["li@a.example"]),
    ("li+tag@a.example", ["li@a.example"]),
    ("li@b.example", ["li@b.example"]),
    ("li+tag@b.example", ["li@b.example"]),
    ("roomy@a.example", ["roomy@a.example"]),
    ("toroomy@a.example", ["roomy@a.example"]),
]


@pytest.fixture(scope="module")
def server(mailserver: MailServer) -> MailServer:
    """The engine with four full mailboxes, one of which was given more room afterwards."""
    with mailserver.sessions.begin() as session:
        a, b = make_domain(session, "a.example"), make_domain(session, "b.example")
        boxes = {
            f"{name}@{domain.name}": make_mailbox(session, domain, name, quota_bytes=LIMIT)
            for domain, name in (
                *((a, name) for name in ("full", "full2", "roomy", "li", "tofull", "keepfull")),
                *((b, name) for name in ("full", "li")),
            )
        }
        make_alias(session, a, "my.example")
        for name, targets in ONLY.items():
            add_forward_only(session, a, name, Targets(targets), **WHO)
        add_forward_only(session, a, "toroomy", Targets(["roomy@a.example"]), **WHO)
        for name in ("tofull", "keepfull"):
            forward(session, a, boxes[f"{name}@a.example"], keep=name == "keepfull")
        set_catch_all(session, b, "full", **WHO)
        a.notification_email = "full@a.example"
    for size in (95_000, 10_000):  # the last mail may pass the limit by a tenth
        for address in ("full@a.example", "full2@a.example", "roomy@a.example", "full@b.example"):
            deliver(mailserver, address, size)
        # one after the other: of two at once Dovecot may write down last what the slower one saw
        fill_is_known(mailserver, 90 if size == 95_000 else 100)
    with mailserver.sessions.begin() as session:
        roomy = session.scalars(
            select(Mailbox)
            .where(Mailbox.local_part == "roomy")
            .options(joinedload(Mailbox.domain).joinedload(Domain.order))
        ).one()
        give_quota(session, roomy, 1 << 20)
    return mailserver


def forward(session: Session, domain: Domain, box: Mailbox, *, keep: bool) -> None:
    targets = Targets(["full@a.example"])
    set_forwards(session, domain, box, targets, ForwardOwner.USER, version=box.version, **WHO)
    set_keep_copy(session, domain, box, keep, version=box.version, **WHO)


def deliver(server: MailServer, address: str, size: int) -> None:
    text = "Subject: s\r\n\r\n" + ("x" * 70 + "\r\n") * (size // 72)
    with smtplib.SMTP("localhost", server.layout.ports.smtp, timeout=10) as client:
        client.sendmail("someone@qq.example", address, text)


def fill_is_known(server: MailServer, percent: int) -> None:
    with worker_of(server) as worker:

        def known() -> bool:
            worker.beat()
            with server.sessions() as session:
                usage = usage_of(session, session.query(Mailbox).all())
            return sum(one.percent >= percent for one in usage.values()) == 4

        wait_until(known, deadline=60)


def lies(server: MailServer, address: str, subject: str) -> bool:
    layout = server.layout
    found = inbox.subjects(layout.ports.imaps, layout.certificate, address, USER_PASSWORD)
    return subject.encode() in found


@pytest.mark.parametrize(("address", "boxes"), CASES, ids=[address for address, _ in CASES])
def test_who_is_refused(server: MailServer, address: str, boxes: list[str] | None) -> None:
    subject = f"case-{address}-end"
    with server.sessions() as session:
        assert (route_of(session, address).answer is Answer.FULL) == (boxes is None)
    with smtplib.SMTP("localhost", server.layout.ports.smtp, timeout=10) as client:
        client.ehlo()
        client.mail("someone@qq.example")
        code, text = client.rcpt(address)
        if boxes is None:
            assert (code, b"5.2.2" in text) == (552, True)
            return
        assert code == 250
        client.data(f"Subject: {subject}\r\n\r\nhello")
    for box in boxes:
        wait_until(partial(lies, server, box, subject))


def test_what_must_always_arrive_is_taken_and_returned(server: MailServer) -> None:
    """The last resort is never refused (RFC 5321 section 4.5.1), for it may have room again.

    That a notification address takes mail is seen to in the settings, which tell when it does not.
    """
    with server.sessions() as session:
        assert route_of(session, "abuse@a.example").answer is Answer.RETURNED
    with smtplib.SMTP("localhost", server.layout.ports.smtp, timeout=10) as client:
        client.ehlo()
        client.mail("someone@qq.example")
        assert client.rcpt("abuse@a.example")[0] == 250


def test_what_goes_abroad_too_is_taken(server: MailServer) -> None:
    """The demonstration sends nothing abroad, so only the refusal for want of room is looked at."""
    with server.sessions() as session:
        assert route_of(session, "abroad@a.example").answer is Answer.TAKEN
    with smtplib.SMTP("localhost", server.layout.ports.smtp, timeout=10) as client:
        client.ehlo()
        client.mail("someone@qq.example")
        assert b"5.2.2" not in client.rcpt("abroad@a.example")[1]


@pytest.mark.parametrize("port", ["submission", "inject"])
def test_own_people_are_refused_alike(server: MailServer, port: str) -> None:
    number = getattr(server.layout.ports, port)
    with smtplib.SMTP("localhost", number, timeout=10) as client:
        client.ehlo()
        if port == "submission":
            client.starttls(context=inbox.trusting(server.layout.certificate))
            client.login("li@a.example", USER_PASSWORD)
        client.mail("li@a.example")
        assert client.rcpt("sales@a.example")[0] == 552
        assert client.rcpt("both@a.example")[0] == 250
