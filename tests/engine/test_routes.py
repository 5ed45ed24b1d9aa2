"""Who receives a mail: a table of cases against the real Postfix and Dovecot.

Each case: what was arranged, what RCPT answers, where the mail then lies. The panel's own walk
(panel.directory.routing) must say the same.
"""

from __future__ import annotations

import imaplib
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.directory import states
from panel.directory.aliases import remove_alias
from panel.directory.catch_all import set_catch_all
from panel.directory.forwarding import Targets, add_forward_only
from panel.directory.models import Forward, ForwardOwner, Mailbox
from panel.directory.routing import route_of
from panel.dns.records import MX_KEY
from panel.dns.verdicts import Reason, Verdict, VerdictKind
from panel.orders.models import Domain, DomainAlias
from panel.orders.queries import loaded
from panel.orders.verification import keep_verdicts
from tests.factories.directory import (
    USER_PASSWORD,
    make_alias,
    make_mailbox,
    set_forwards,
    set_keep_copy,
)
from tests.factories.orders import NOW, make_domain
from tests.fixtures.mailserver import MailServer
from tests.support import inbox
from tests.support.wait import wait_until

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

WHO = {"by": SYSTEM, "now": NOW}
BOXES = ("li", "wang", "zhao", "both", "gone", "circle1", "circle2", "closed", "binned", "tobin")
BOXES += ("toclosed", "keepclosed", "boss")
FORWARDS = {  # what a box forwards to, without a copy unless it is `both`
    "both": ["wang@a.example"],
    "gone": ["li@a.example", "zhao@a.example"],
    "toclosed": ["closed@a.example"],
    "keepclosed": ["closed@a.example", "li@a.example"],
    "tobin": ["binned@a.example"],
}
ONLY = {
    "sales": ["li@a.example", "wang@a.example"],
    "chain": ["sales@a.example", "zhao@a.example"],
    "dead": ["closed@a.example"],
    "deadchain": ["dead@a.example"],
    "mixed": ["dead@a.example", "boss@a.example"],
    "cross": ["solo@b.example"],
    "viaalias": ["li@my.example"],
    "plus": ["li+x@a.example"],
}
U, S, T, N = b"5.1.1", b"5.2.1", b"5.2.4", b"5.7.1"
CASES: list[tuple[str, bytes | str]] = [
    # an address of a.example → the boxes where its mail lies, or the code that the sender gets
    ("li", "li"),
    ("LI", "li"),
    ("li+tag", "li"),
    ("both", "both wang"),
    ("both+tag", "both wang"),
    ("gone", "li zhao"),
    ("gone+tag", "li zhao"),
    ("circle1", "circle1 circle2"),
    ("circle2", "circle1 circle2"),
    ("closed", S),
    ("closed+tag", S),
    ("toclosed", S),
    ("keepclosed", "li"),
    ("binned", U),
    ("binned+tag", U),
    ("tobin", U),
    ("sales", "li wang"),
    ("sales+tag", "li wang"),
    ("chain", "li wang zhao"),
    ("dead", S),
    ("deadchain", S),
    ("wide", T),
    ("wide+tag", T),
    ("towide", T),
    ("mixed", "boss"),
    ("cross", "solo@b.example"),
    ("viaalias", "li"),
    ("plus", "li"),
    ("postmaster", "boss"),
    ("abuse", "boss"),
    ("Postmaster", "boss"),
    ("nobody", U),
    ("nobody+tag", U),
]
OTHERS: list[tuple[str, bytes | str]] = [
    ("solo@b.example", "solo@b.example"),
    ("unknown@b.example", "solo@b.example"),
    ("unknown+tag@b.example", "solo@b.example"),
    ("closed@b.example", S),
    ("binned@b.example", U),
    ("binned+tag@b.example", U),
    ("dead@b.example", S),
    ("abuse@b.example", "solo@b.example"),
    ("unknown@b-alias.example", "solo@b.example"),
    ("closed@b-alias.example", S),
    ("binned@b-alias.example", U),
    ("dead@b-alias.example", S),
    ("li@waiting.example", N),
    ("early@pending.example", N),
    ("someone@elsewhere.example", N),
]
TABLE = [(f"{local}@{name}", to) for name in ("a.example", "my.example") for local, to in CASES]
TABLE += OTHERS


@pytest.fixture(scope="module")
def server(mailserver: MailServer) -> Iterator[MailServer]:
    """The engine with all that the cases name."""
    with mailserver.sessions.begin() as session:
        a = make_domain(session, "a.example")
        b = make_domain(session, "b.example")
        make_mailbox(session, make_domain(session, "pending.example", active=False), "early")
        a.notification_email = "boss@a.example"
        boxes = {name: make_mailbox(session, a, name) for name in BOXES}
        for name in ("solo", "closed", "binned"):
            make_mailbox(session, b, name)
        session.flush()
        for domain, name in ((a, "my.example"), (b, "b-alias.example")):
            make_alias(session, domain, name)
        make_alias(session, a, "waiting.example", active=False)
        for name, targets in ONLY.items():
            add_forward_only(session, a, name, Targets(targets), **WHO)
        add_forward_only(session, b, "dead", Targets(["closed@b.example"]), **WHO)
        for name, targets in FORWARDS.items():
            forward(session, a, boxes[name], targets)
            if name != "both":
                box = boxes[name]
                set_keep_copy(session, a, box, False, version=box.version, **WHO)
        # a circle that two saved at the same moment: neither walk saw the other's forward
        circle(session, a, "circle1", "circle2")
        circle(session, a, "circle2", "circle1")
        # more ends than Postfix would expand, of two that grew at the same moment
        add_forward_only(session, a, "wide", Targets(["x@out.example"]), **WHO)
        add_forward_only(session, a, "towide", Targets(["wide@a.example"]), **WHO)
        for n in range(1200):
            circle(session, a, "wide", f"nobody{n}")
        set_catch_all(session, b, "solo", **WHO)
        for domain in (a, b):
            stop(session, domain)
    return mailserver


def forward(session: Session, domain: Domain, box: Mailbox, targets: list[str]) -> None:
    given = Targets(targets)
    set_forwards(session, domain, box, given, ForwardOwner.ADMIN, version=box.version, **WHO)


def circle(session: Session, domain: Domain, name: str, to: str) -> None:
    session.add(
        Forward(
            domain_id=domain.id,
            local_part=name,
            target=f"{to}@a.example",
            target_local=to,
            target_domain="a.example",
            set_by=ForwardOwner.ADMIN,
        )
    )


def stop(session: Session, domain: Domain) -> None:
    """Suspend one user and delete another."""
    found = select(Mailbox).where(Mailbox.domain_id == domain.id)
    closed = session.scalars(found.where(Mailbox.local_part == "closed")).one()
    states.suspend_mailbox(session, domain, closed, "left", version=closed.version, **WHO)
    binned = session.scalars(found.where(Mailbox.local_part == "binned")).one()
    states.delete_mailbox(session, domain, binned, version=binned.version, **WHO)


def ends_of(to: bytes | str) -> list[str]:
    if isinstance(to, bytes):
        return []
    return [name if "@" in name else f"{name}@a.example" for name in to.split()]


def lies(server: MailServer, address: str, subject: str) -> bool:
    layout = server.layout
    found = inbox.subjects(layout.ports.imaps, layout.certificate, address, USER_PASSWORD)
    return subject.encode() in found


@pytest.mark.parametrize(("address", "to"), TABLE, ids=[address for address, _ in TABLE])
def test_where_it_goes(server: MailServer, address: str, to: bytes | str) -> None:
    subject = f"case-{address}-end"
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "someone@qq.example", subject
    mail.set_content("您好")
    with smtplib.SMTP("localhost", server.layout.ports.smtp, timeout=10) as client:
        client.ehlo()
        client.mail("someone@qq.example")
        code, text = client.rcpt(address)
        with server.sessions() as session:
            route = route_of(session, address)
        assert list(route.ends) == ends_of(to)
        if isinstance(to, bytes):
            assert code in (550, 554)
            assert (b"Relay access denied" if to == N else to) in text
            assert route.answer.value.encode() == to
            return
        assert code == 250
        client.data(mail.as_bytes())
    for end in ends_of(to):
        wait_until(partial(lies, server, end, subject))


def test_nobody_else_got_anything(server: MailServer) -> None:
    """Each mailbox holds only the cases that lead to it, each once."""
    for name in ("li", "wang", "zhao", "boss", "both", "toclosed", "keepclosed"):
        address = f"{name}@a.example"
        allowed = {f"case-{key}-end" for key, to in TABLE if address in ends_of(to)}
        layout = server.layout
        found = inbox.subjects(layout.ports.imaps, layout.certificate, address, USER_PASSWORD)
        got = [line[9:].decode() for line in found.split(b"\r\n") if line.startswith(b"Subject: ")]
        assert set(got) <= allowed
        assert len(got) == len(set(got))


@pytest.mark.parametrize(("name", "answer"), [("closed", "suspended"), ("binned", "AUTH")])
def test_who_may_not_sign_in(server: MailServer, name: str, answer: str) -> None:
    layout = server.layout
    with pytest.raises(imaplib.IMAP4.error, match=answer):
        inbox.sign_in(layout.ports.imaps, layout.certificate, f"{name}@a.example", USER_PASSWORD)


@pytest.mark.parametrize(
    ("sender", "code"),
    [
        ("li@a.example", 250),
        ("li@my.example", 250),
        ("wang@my.example", 553),
        ("sales@a.example", 553),
        ("li@waiting.example", 553),
    ],
)
def test_whom_a_user_sends_as(server: MailServer, sender: str, code: int) -> None:
    context = inbox.trusting(server.layout.certificate)
    port = server.layout.ports.submissions
    with smtplib.SMTP_SSL("localhost", port, context=context, timeout=10) as client:
        client.login("li@a.example", USER_PASSWORD)
        client.mail(sender)
        assert client.rcpt("wang@a.example")[0] == code


def answers(server: MailServer, name: str) -> tuple[int, int]:
    """What is answered to a mail to a user's address at that name, and to one sent from it."""
    with smtplib.SMTP("localhost", server.layout.ports.smtp, timeout=10) as client:
        client.ehlo()
        client.mail("someone@qq.example")
        taken = client.rcpt(f"li@{name}")[0]
    context, port = inbox.trusting(server.layout.certificate), server.layout.ports.submissions
    with smtplib.SMTP_SSL("localhost", port, context=context, timeout=10) as client:
        client.login("li@a.example", USER_PASSWORD)
        client.mail(f"li@{name}")
        return taken, client.rcpt("wang@a.example")[0]


def test_an_alias_counts_from_its_proof_to_its_removal(server: MailServer) -> None:
    """Also for an address that was tried before: no smtpd remembers it for more than seconds."""
    name = "late.example"
    with server.sessions.begin() as session:
        domain = session.scalars(loaded(Domain).where(Domain.name == "a.example")).one()
        alias = make_alias(session, domain, name, active=False)
    assert answers(server, name) == (554, 553)
    with server.sessions.begin() as session:
        alias = session.scalars(loaded(DomainAlias).where(DomainAlias.name == name)).one()
        right = Verdict(MX_KEY, VerdictKind.VALID, Reason.NONE)
        keep_verdicts(session, alias, [right], **WHO)
    wait_until(lambda: answers(server, name) == (250, 250), every=6)  # left alone, it ends after 5
    with server.sessions.begin() as session:
        alias = session.scalars(loaded(DomainAlias).where(DomainAlias.name == name)).one()
        remove_alias(session, alias, **WHO)
    wait_until(lambda: answers(server, name) == (554, 553), every=6)
