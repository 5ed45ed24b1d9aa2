"""Mail that is forwarded to other hosts: a receiver that checks SPF, bounces, forged addresses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import smtplib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import count

import pytest

from panel.accounts.access import SYSTEM
from panel.directory.forwarding import Targets, add_forward_only
from panel.directory.models import ForwardOwner
from panel.engine.layout import PRIVATE_NAME
from tests.factories.directory import USER_PASSWORD, make_alias, make_mailbox, set_forwards
from tests.factories.orders import NOW, make_domain
from tests.fixtures.mailserver import MailServer, serving
from tests.fixtures.nameserver import Nameserver
from tests.support import inbox
from tests.support.smtp_door import Envelope
from tests.support.spf_door import SpfDoor
from tests.support.wait import wait_until

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

WHO = {"by": SYSTEM, "now": NOW}
ALICE = "Alice.Wu+x@sender.example"  # SPF: only 192.0.2.25 sends for it
FRIEND = "friend@outside.example"
OURS = "panel@plain.example"  # as above, but named as the panel's own: it is not rewritten
NUMBER = count()
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True)
class Post:
    """The engine and the host that its mail goes out to."""

    server: MailServer
    door: SpfDoor

    def outside(self) -> smtplib.SMTP:
        """Somebody who has mail for us."""
        client = smtplib.SMTP("localhost", self.server.layout.ports.smtp, timeout=20)
        client.ehlo()
        return client

    def signed_in(self, address: str) -> smtplib.SMTP:
        """A customer's user who has mail for anybody."""
        layout = self.server.layout
        context = inbox.trusting(layout.certificate)
        client = smtplib.SMTP_SSL("localhost", layout.ports.submissions, context=context)
        client.login(address, USER_PASSWORD)
        return client

    def arrived(self, subject: str) -> list[tuple[Envelope, bytes]]:
        """What the other host took with this subject."""
        pairs = zip(self.door.envelopes, self.door.messages, strict=False)
        return [(said, text) for said, text in pairs if subject.encode() in text]

    def deliver(self, client: smtplib.SMTP, sender: str, recipient: str) -> tuple[Envelope, bytes]:
        """Send a mail that leaves us; how it arrives at the other host."""
        subject = send(client, sender, recipient)
        return wait_until(lambda: self.arrived(subject))[0]

    def rewritten(self, sender: str = ALICE) -> str:
        """The sender under which a forwarded mail of `sender` leaves."""
        return self.deliver(self.outside(), sender, "out@a.example")[0].sender


def send(client: smtplib.SMTP, sender: str, recipient: str) -> str:
    """Send a mail; its subject, which no other has."""
    mail = EmailMessage()
    mail["Subject"] = subject = f"mail-{next(NUMBER)}-"
    mail["From"], mail["To"] = "Alice <alice@sender.example>", "you@a.example"
    mail.set_content("您好")
    with client:
        client.sendmail(sender, [recipient], mail.as_bytes())
    return subject


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def post(request: pytest.FixtureRequest, nameserver: Nameserver) -> Iterator[Post]:
    """A domain whose addresses forward to another host."""
    with (
        SpfDoor(nameserver.port) as door,
        serving(request, relay=f"[127.0.0.1]:{door.port}", panel_domain="plain.example") as server,
    ):
        with server.sessions.begin() as session:
            domain = make_domain(session, "a.example")
            make_mailbox(session, domain, "li")
            both = make_mailbox(session, domain, "both")
            session.flush()
            make_alias(session, domain, "my.example")
            given = Targets([FRIEND])
            set_forwards(session, domain, both, given, ForwardOwner.USER, version=1, **WHO)
            add_forward_only(session, domain, "out", given, **WHO)
            add_forward_only(session, domain, "tofull", Targets(["full@outside.example"]), **WHO)
        yield Post(server, door)


def test_the_receivers_spf_check_passes(post: Post) -> None:
    said, text = post.deliver(post.outside(), ALICE, "out@a.example")
    assert re.fullmatch(
        rf"SRS0=[^=]{{4}}=[A-Z2-7]{{2}}=sender\.example=Alice\.Wu\+x@{PRIVATE_NAME}", said.sender
    )
    assert (said.recipient, post.door.results[said.sender]) == (FRIEND, "pass")
    assert b"From: Alice <alice@sender.example>\r\nTo: you@a.example\r\n" in text


@pytest.mark.parametrize("name", ["out", "both"])
def test_a_tag_stays_here(post: Post, name: str) -> None:
    """Most hosts know no tags: 12345+tag at one of them would come back."""
    said, _ = post.deliver(post.outside(), ALICE, f"{name}+tag@a.example")
    assert said.recipient == FRIEND


def test_without_srs_the_receiver_refuses_it(post: Post) -> None:
    subject = send(post.outside(), OURS, "out@a.example")
    said, text = wait_until(lambda: post.arrived(subject))[0]
    assert post.door.results[OURS] == "fail"
    assert (said.sender, said.recipient) == ("", OURS)  # the bounce is all that arrives
    assert b"550 5.7.23 SPF" in text


@pytest.mark.parametrize(
    ("user", "sender", "recipient"),
    [
        ("li@a.example", "li@a.example", FRIEND),
        ("li@a.example", "li@a.example", "out@a.example"),
        ("li@a.example", "li@my.example", "out@my.example"),
        ("", "li@a.example", "out@a.example"),
        ("", "LI@My.example", "out@a.example"),
        ("", f"postmaster@{PRIVATE_NAME}", "out@a.example"),
        ("", "", "out@a.example"),
        # what SRS cannot carry: who is refused for it at least hears of it
        ("", '"a b"@quoted.example', "out@a.example"),
        ("", "a%b@quoted.example", "out@a.example"),
        ("", "a!b@quoted.example", "out@a.example"),
        ("", "a@[192.0.2.1]", "out@a.example"),
    ],
)
def test_whose_sender_stays(post: Post, user: str, sender: str, recipient: str) -> None:
    client = post.signed_in(user) if user else post.outside()
    assert post.deliver(client, sender, recipient)[0].sender == sender


@pytest.mark.parametrize("sender", ["a@pending.example", "a@sub.a.example", "a@nota.example"])
def test_whose_sender_does_not(post: Post, sender: str) -> None:
    local, _, domain = sender.partition("@")
    assert post.rewritten(sender).endswith(f"={domain}={local}@{PRIVATE_NAME}")


def test_what_stays_here_keeps_its_sender(post: Post) -> None:
    said, _ = post.deliver(post.outside(), ALICE, "both@a.example")
    assert said.sender.startswith("SRS0=")
    layout = post.server.layout
    client = inbox.sign_in(layout.ports.imaps, layout.certificate, "both@a.example", USER_PASSWORD)
    client.select("INBOX", readonly=True)
    _, rows = client.fetch("*", "(BODY[HEADER.FIELDS (RETURN-PATH)])")
    client.logout()
    assert f"Return-Path: <{ALICE}>".encode() in rows[0][1]


@pytest.mark.parametrize(
    "sender",
    [
        ALICE,
        "x" * 64 + "@sender.example",
        "bounce+x=y=z.example@sender.example",
        "a/b@sender.example",
        "o'neil{}|~@sender.example",
        "SRS0@sender.example",
        "a@xn--fsqu00a.test",
    ],
)
def test_a_bounce_finds_the_sender(post: Post, sender: str) -> None:
    rewritten = post.rewritten(sender)
    assert rewritten.endswith(f"@{PRIVATE_NAME}")
    said, _ = post.deliver(post.outside(), "", rewritten)
    assert (said.sender, said.recipient) == ("", sender)


def test_a_bounce_finds_the_sender_when_hosts_have_changed_the_case(post: Post) -> None:
    said, _ = post.deliver(post.outside(), "", post.rewritten().lower())
    assert (said.sender, said.recipient) == ("", ALICE.lower())


def test_what_the_receiver_refuses_is_told_to_the_sender(post: Post) -> None:
    subject = send(post.outside(), ALICE, "tofull@a.example")
    said, text = wait_until(lambda: post.arrived(subject))[0]
    assert (said.sender, said.recipient) == ("", ALICE)
    assert b"552 5.2.2 Mailbox full" in text


def test_who_forwards_after_another_forwarder(post: Post) -> None:
    first = "SRS0=abcd=XY=sender.example=alice@forwarder.example"
    second = post.rewritten(first)
    assert re.fullmatch(
        rf"SRS1=[^=]{{4}}=forwarder\.example==abcd=XY=sender\.example=alice@{PRIVATE_NAME}", second
    )
    assert post.deliver(post.outside(), "", second)[0].recipient == first
    third = post.rewritten("SRS1=abcd=forwarder.example==abcd=XY=sender.example=alice@b.example")
    assert third.startswith("SRS1=")
    assert third.endswith(f"=forwarder.example==abcd=XY=sender.example=alice@{PRIVATE_NAME}")


def signed(secret: str, days_ago: int) -> str:
    """An SRS address that was made so many days ago."""
    day = int(datetime.now(UTC).timestamp()) // 86_400 - days_ago
    stamp = BASE32[day >> 5 & 31] + BASE32[day & 31]
    local, _, domain = ALICE.partition("@")
    told = f"{stamp}{domain}{local}".lower().encode()
    digest = hmac.digest(secret.encode(), told, hashlib.sha1)
    mark = base64.b64encode(digest)[:4].decode()
    return f"SRS0={mark}={stamp}={domain}={local}@{PRIVATE_NAME}"


def rcpt(post: Post, address: str, sender: str = "") -> tuple[int, bytes]:
    with post.outside() as client:
        client.mail(sender)
        return client.rcpt(address)


def test_an_srs_address_is_good_for_three_weeks(post: Post) -> None:
    secret = post.server.layout.srs_secret.read_text().strip()
    for days in (0, 20):
        assert rcpt(post, signed(secret, days))[0] == 250
    for bad in (signed(secret, 23), signed(secret, 400), signed("guessed", 0)):
        code, text = rcpt(post, bad)
        assert (code, b"5.1.1" in text) == (550, True)


@pytest.mark.parametrize(
    ("pattern", "put"),
    [
        (r"=sender", "=victim"),
        (r"=Alice", "=Bob"),
        (r"^SRS0=....", "SRS0=AAAA"),
        (r"^SRS0=....", "SRS0=A"),
        (r"^SRS0=....=..", "SRS0=AAAA=AA"),
        (r"^SRS0=(....=..=sender.example)", r"SRS1=AAAA=victim.example==\1"),
        (r"^SRS0=.*@", "SRS0=@"),
        (r"^SRS0=.*@", "SRS0@"),
        (r"^SRS0=.*@", "nobody@"),
        (r"@.*", "@a.example"),
    ],
)
def test_a_forged_address_is_refused_at_once(post: Post, pattern: str, put: str) -> None:
    forged, times = re.subn(pattern, put, post.rewritten())
    assert times == 1
    code, text = rcpt(post, forged)
    assert (code, b"5.1.1" in text) == (550, True)


def test_an_srs_address_elsewhere_is_not_relayed(post: Post) -> None:
    code, text = rcpt(post, post.rewritten().replace(PRIVATE_NAME, "elsewhere.example"))
    assert (code, b"Relay access denied" in text) == (554, True)


def test_nobody_from_outside_reaches_the_way_out(post: Post) -> None:
    layout = post.server.layout
    for port in (layout.ports.srs, layout.ports.srs_forward, layout.ports.srs_reverse):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.2", port)) != 0
