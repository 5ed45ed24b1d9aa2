"""Auto replies as senders get them, from the real Postfix, Dovecot and Pigeonhole."""

from __future__ import annotations

import email
import smtplib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from panel.accounts.access import SYSTEM
from panel.directory import states
from panel.directory.aliases import remove_alias
from panel.directory.auto_reply import (
    AutoReplyState,
    Reply,
    auto_reply_of,
    follow_name,
    set_auto_reply,
    state_of,
    version_of,
)
from panel.directory.catch_all import set_catch_all
from panel.directory.forwarding import Targets, add_forward_only
from panel.directory.models import ForwardOwner, Mailbox
from panel.orders.models import Domain
from panel.orders.queries import find_alias
from tests.factories.directory import (
    USER_PASSWORD,
    make_alias,
    make_mailbox,
    set_forwards,
    set_keep_copy,
)
from tests.factories.orders import make_domain
from tests.fixtures.mailserver import MailServer
from tests.support import inbox
from tests.support.wait import wait_until

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

NOW = datetime.now(UTC)
WHO = {"by": SYSTEM, "now": NOW}
DAY = timedelta(days=1)
SUBJECT = '休假中："12 月" \\ ${from} $5'
TEXT = '您好：\n\n我在休假，急事请打 8012。\n.\n"a\\b" ${host} <b>&'
AWAY = Reply(enabled=True, subject=SUBJECT, text=TEXT)
NOT_ANSWERED: dict[str, tuple[str, dict[str, str]]] = {
    # what speaks against an answer: sender, headers (RFC 3834, 2; RFC 5230, 4.6)
    "bounce": ("", {}),
    "daemon": ("MAILER-DAEMON@b.example", {}),
    "owner": ("owner-team@b.example", {}),
    "request": ("team-request@b.example", {}),
    "listserv": ("listserv@b.example", {}),
    "majordomo": ("majordomo@b.example", {}),
    "noreply": ("noreply@b.example", {}),
    "no-reply": ("No-Reply@b.example", {}),
    "list": ("cust+list@b.example", {"List-Id": "<team.b.example>"}),
    "list post": ("cust+post@b.example", {"List-Post": "<mailto:team@b.example>"}),
    "newsletter": ("cust+news@b.example", {"List-Unsubscribe": "<mailto:off@b.example>"}),
    "bulk": ("cust+bulk@b.example", {"Precedence": "bulk"}),
    "precedence list": ("cust+plist@b.example", {"Precedence": "list"}),
    "junk": ("cust+junk@b.example", {"Precedence": "junk"}),
    "auto reply": ("cust+replied@b.example", {"Auto-Submitted": "auto-replied (vacation)"}),
    "program": ("cust+generated@b.example", {"Auto-Submitted": "auto-generated"}),
    "notice": ("cust+notified@b.example", {"Auto-Submitted": "auto-notified; x=y"}),
    "no answers": ("cust+all@b.example", {"X-Auto-Response-Suppress": "All"}),
    "no absences": ("cust+oof@b.example", {"X-Auto-Response-Suppress": "OOF"}),
    "receipt": ("cust+mdn@b.example", {"Content-Type": "multipart/report; boundary=x"}),
    "spam": ("cust+spam@b.example", {"X-Spam-Flag": "YES"}),
    "own address": ("li@a.example", {}),
    "own in capitals": ("LI@A.example", {}),
    "own with a plus": ("li+x@a.example", {}),
    "own by the alias": ("li@my.example", {}),
    "own by alias and plus": ("li+x@my.example", {}),
}
ANSWERED: dict[str, tuple[str, dict[str, str], str]] = {
    # how it came: to, headers → the address that answers
    "direct": ("li@a.example", {}, "li@a.example"),
    "capitals": ("LI@A.EXAMPLE", {}, "li@a.example"),
    "plus": ("li+shop@a.example", {}, "li@a.example"),
    "alias domain": ("li@my.example", {}, "li@my.example"),
    "alias with a plus": ("Li+shop@My.example", {}, "li@my.example"),
    "forwarding address": ("sales@a.example", {}, "li@a.example"),
    "forwarding by alias": ("sales@my.example", {}, "li@a.example"),
    "a colleague's forward": ("qian@a.example", {}, "li@a.example"),
    "catch-all": ("nobody@a.example", {}, "li@a.example"),
    "blind copy": ("li@a.example", {"To": "cust@b.example"}, "li@a.example"),
    "by hand": ("li@a.example", {"Auto-Submitted": "no"}, "li@a.example"),
    "in the name of an alias": ("li@a.example", {"Cc": "wang@my.example"}, "li@a.example"),
}
MARKED: dict[str, tuple[str | None, str]] = {
    # the subject that came in (None: no such header) → the answer's
    "plain": ("quote", "自动回复：quote"),
    "as it is typed": ("询价 quote", "自动回复：询价 quote"),
    "base64": ("=?utf-8?B?6K+i5Lu3?=", "自动回复：询价"),
    "quoted": ("=?utf-8?Q?Re=3A_=E8=AF=A2?= =?utf-8?Q?=E4=BB=B7?=", "自动回复：Re: 询价"),
    "GB 2312": ("=?gb2312?B?0a+82w==?=", "自动回复：询价"),
    "on two lines": ("=?utf-8?B?6K+i?=\r\n =?utf-8?B?5Lu3?=", "自动回复：询价"),
    "Sieve": ('${from} ${0} $5 "x" \\ */', '自动回复：${from} ${0} $5 "x" \\ */'),
    "a header": ("=?utf-8?Q?a=0D=0ABcc=3A_x=40b=2Eexample?=", ""),
    "an answer": ("自动回复：询价", "自动回复：自动回复：询价"),
    "blank": (" ", "自动回复"),
    "none": (None, "自动回复"),
}
LONG = {
    "10,000 signs in one line": "休" * 10_000,
    "10,000 signs of four bytes": "😀" * 10_000,
    "many short lines": "一\n" * 4_999 + "完",
    "English": "I am away.\n\nFrom next week on: $1, ${from}, .\n.\n" + "x" * 5_000,
}


@pytest.fixture(scope="module")
def server(mailserver: MailServer) -> Iterator[MailServer]:
    """a.example with an alias, whose users answer; cust@b.example, who writes to them."""
    with mailserver.sessions.begin() as session:
        a = make_domain(session, "a.example")
        names = ("li", "wang", "zhao", "qian", "sun", "zhou", "wu", "feng", "long", "tang")
        boxes = {name: make_mailbox(session, a, name) for name in names}
        make_mailbox(session, make_domain(session, "b.example"), "cust")
        session.flush()
        make_alias(session, a, "my.example")
        add_forward_only(session, a, "sales", Targets(["li@a.example"]), **WHO)
        away = Targets(["li@a.example"])
        set_forwards(session, a, boxes["qian"], away, ForwardOwner.USER, version=1, **WHO)
        set_catch_all(session, a, "li", **WHO)
    sets(mailserver, "li", AWAY)
    return mailserver


def found(session: Session, name: str) -> tuple[Domain, Mailbox]:
    whole = joinedload(Mailbox.domain).joinedload(Domain.order)
    box = session.scalars(select(Mailbox).where(Mailbox.local_part == name).options(whole)).one()
    return box.domain, box


def sets(server: MailServer, name: str, reply: Reply, now: datetime = NOW) -> None:
    """Let a user of a.example answer."""
    with server.sessions.begin() as session:
        domain, box = found(session, name)
        version = version_of(session, box)
        set_auto_reply(session, domain, box, reply, version=version, by=SYSTEM, now=now)


def send(
    server: MailServer, sender: str, to: str, headers: Mapping[str, str | None] | None = None
) -> str:
    """Send a mail from outside and wait until it is delivered: its Message-ID."""
    message_id = f"<{datetime.now(UTC).timestamp()}@b.example>"
    lines: dict[str, str | None] = {"From": sender or "x@b.example", "To": to}
    lines |= {"Subject": "询价 quote", "Message-ID": message_id} | dict(headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    mail = f"{head}\r\n请报价\r\n"
    with smtplib.SMTP("localhost", server.layout.ports.smtp, timeout=10) as client:
        client.ehlo()
        client.mail(sender)
        assert client.rcpt(to)[0] == 250
        code, said = client.data(mail.encode())
    assert code == 250
    wait_until(lambda: f"{said.decode().rpartition(' ')[2]}: removed" in server.log)
    return message_id


def answered(server: MailServer, message_id: str) -> bool:
    """Whether there was an answer; what Sieve does is done when the mail is delivered."""
    return f"msgid={message_id}: vacation action: sent vacation response" in server.log


def asks(server: MailServer, sender: str, to: str) -> bool:
    """Whether a mail is answered."""
    return answered(server, send(server, f"cust+{sender}@b.example", to))


def answer_to(server: MailServer, message_id: str) -> EmailMessage:
    """The one answer to a mail, in the INBOX of who wrote it."""
    assert answered(server, message_id)
    return wait_until(partial(_answer, server, message_id))


def _answer(server: MailServer, message_id: str) -> EmailMessage | None:
    layout = server.layout
    client = inbox.sign_in(layout.ports.imaps, layout.certificate, "cust@b.example", USER_PASSWORD)
    client.select("INBOX", readonly=True)
    numbers = client.search(None, "HEADER", "In-Reply-To", f'"{message_id}"')[1][0].split()
    raw: Any = client.fetch(numbers[0].decode(), "(RFC822)")[1] if numbers else None
    client.logout()
    assert len(numbers) < 2
    if raw is None:
        return None
    got = email.message_from_bytes(raw[0][1], policy=default)
    assert isinstance(got, EmailMessage)
    return got


def text_of(got: EmailMessage) -> str:
    return str(got.get_content()).replace("\r\n", "\n").removesuffix("\n")


@pytest.mark.parametrize("case", ANSWERED)
def test_who_is_answered_and_how(server: MailServer, case: str) -> None:
    to, headers, sender = ANSWERED[case]
    asking = f"cust+{case.replace(' ', '-').replace(chr(39), '')}@b.example"
    asked = send(server, asking, to, headers)
    got = answer_to(server, asked)
    local_part, _, name = sender.partition("@")
    assert got["From"].addresses == (Address("李明", local_part, name),)
    assert [address.addr_spec for address in got["To"].addresses] == [asking]
    assert got["Return-Path"] == "<>"
    assert got["Subject"] == SUBJECT
    assert (got["In-Reply-To"], got["References"]) == (asked, asked)
    assert str(got["Auto-Submitted"]).startswith("auto-replied")
    assert got["Message-ID"].endswith("@mx.mailhost.example>")
    assert got["Date"].datetime - datetime.now(UTC) < timedelta(minutes=1)
    assert text_of(got) == TEXT


@pytest.mark.parametrize("case", NOT_ANSWERED)
def test_who_is_not_answered(server: MailServer, case: str) -> None:
    sender, headers = NOT_ANSWERED[case]
    assert not answered(server, send(server, sender, "li@a.example", headers))


def test_a_sender_is_answered_once(server: MailServer) -> None:
    sets(server, "sun", AWAY)
    asked = [asks(server, sender, "sun@a.example") for sender in ("a", "a", "b", "a", "b")]
    assert asked == [True, False, True, False, False]
    assert not asks(server, "a", "sun@my.example")
    sets(server, "sun", replace(AWAY, enabled=False))
    sets(server, "sun", replace(AWAY, interval_days=2))
    assert not asks(server, "a", "sun@a.example")


def test_what_is_changed_holds_for_the_next_mail(server: MailServer) -> None:
    assert not asks(server, "none", "wang@a.example")
    sets(server, "wang", AWAY)
    assert asks(server, "none", "wang@a.example")
    sets(server, "wang", replace(AWAY, text="新的", subject=""))
    got = answer_to(server, send(server, "cust+none@b.example", "wang@a.example"))
    assert (got["Subject"], text_of(got)) == ("Auto: 询价 quote", "新的")
    sets(server, "wang", replace(AWAY, enabled=False))
    assert not asks(server, "off", "wang@a.example")


@pytest.mark.parametrize("case", MARKED)
def test_without_a_subject_it_is_that_of_the_mail_behind_the_mark(
    server: MailServer, case: str
) -> None:
    came, expected = MARKED[case]
    sets(server, "tang", Reply(enabled=True, text="在休假", mark="自动回复："))
    asking = f"cust+{case.replace(' ', '-')}@b.example"
    got = answer_to(server, send(server, asking, "tang@a.example", {"Subject": came}))
    assert got["Subject"] == expected or not expected
    assert got["Subject"].startswith("自动回复")
    assert (got["Bcc"], text_of(got)) == (None, "在休假")


def test_a_subject_that_is_too_long_is_cut(server: MailServer) -> None:
    sets(server, "tang", Reply(enabled=True, text="在休假", mark="自动回复："))
    sent = send(server, "cust+longest@b.example", "tang@a.example", {"Subject": "询价" * 4000})
    got = answer_to(server, sent)
    assert got["Subject"].startswith("自动回复：询价询价")
    assert 250 < len(got["Subject"]) <= 256
    assert max(len(line) for line in got.as_bytes().splitlines()) < 998


def test_the_first_and_the_last_moment(server: MailServer) -> None:
    start = datetime.now(UTC) + timedelta(seconds=3)
    sets(server, "zhao", replace(AWAY, starts_at=start, ends_at=start + DAY))
    assert not asks(server, "early", "zhao@a.example")
    wait_until(lambda: datetime.now(UTC) > start + timedelta(seconds=1))
    assert asks(server, "early", "zhao@a.example")
    sets(server, "zhao", replace(AWAY, starts_at=NOW - 9 * DAY, ends_at=NOW - DAY), NOW - 2 * DAY)
    assert not asks(server, "late", "zhao@a.example")


def test_two_who_are_away_do_not_talk_for_ever(server: MailServer) -> None:
    sets(server, "wu", AWAY)
    assert answered(server, send(server, "wu@a.example", "li@a.example"))
    lines = wait_until(partial(delivered_to, server, "wu@a.example"))
    assert "sent vacation response" not in lines


def delivered_to(server: MailServer, address: str) -> str:
    """What Dovecot wrote on the deliveries to an address, once there was one."""
    lines = [line for line in server.log.splitlines() if f"lmtp({address})" in line]
    return "\n".join(lines) if any("mail into mailbox" in line for line in lines) else ""


def test_a_user_who_is_suspended_or_deleted_answers_nobody(server: MailServer) -> None:
    sets(server, "zhou", AWAY)
    for verb, back in (
        (partial(states.suspend_mailbox, reason="left"), states.resume_mailbox),
        (states.delete_mailbox, states.restore_mailbox),
    ):
        for change, scripts in ((verb, 0), (back, 1)):
            with server.sessions.begin() as session:
                domain, box = found(session, "zhou")
                change(session, domain, box, version=box.version, **WHO)
            assert len(scripts_of(server, "zhou@a.example")) == scripts
        assert asks(server, back.__name__, "zhou@a.example")


def test_who_forwards_without_a_copy_answers_nobody_as_the_page_says(server: MailServer) -> None:
    sets(server, "feng", AWAY)
    for keep, answers in ((False, False), (True, True)):
        with server.sessions.begin() as session:
            domain, box = found(session, "feng")
            away = Targets(["cust@b.example"])
            set_forwards(session, domain, box, away, ForwardOwner.USER, version=box.version, **WHO)
            set_keep_copy(session, domain, box, keep, version=box.version, **WHO)
            state = state_of(session, box, auto_reply_of(session, box), NOW)
        assert (state is AutoReplyState.RUNNING) == answers
        assert asks(server, f"kept-{keep}", "feng@a.example") == answers


def scripts_of(server: MailServer, username: str) -> list[str]:
    """What Dovecot finds."""
    asked = f"SELECT id FROM sieve_script WHERE username = '{username}' AND name = 'panel'"
    with server.sessions() as session:
        return [row[0] for row in session.connection().exec_driver_sql(asked)]


def test_another_name_of_the_domain_counts_at_once(server: MailServer) -> None:
    with server.sessions.begin() as session:
        domain, _ = found(session, "li")
        make_alias(session, domain, "new.example")
    got = answer_to(server, send(server, "cust+new@b.example", "li@new.example"))
    assert got["From"].addresses[0].addr_spec == "li@new.example"
    assert not answered(server, send(server, "li@new.example", "li@a.example"))
    with server.sessions.begin() as session:
        alias = find_alias(session, found(session, "li")[0], "new.example")
        assert alias is not None
        remove_alias(session, alias, **WHO)
    cc = {"Cc": "li@new.example"}
    got = answer_to(server, send(server, "cust+gone@b.example", "sales@a.example", cc))
    assert got["From"].addresses[0].addr_spec == "li@a.example"


@pytest.mark.parametrize("case", LONG)
def test_a_text_arrives_as_it_was_typed(server: MailServer, case: str) -> None:
    subject = "长" * 200
    sets(server, "long", Reply(enabled=True, subject=subject, text=LONG[case]))
    got = answer_to(server, send(server, "cust+long@b.example", "long@a.example"))
    assert (got["Subject"], text_of(got)) == (subject, LONG[case])
    assert max(len(line) for line in got.as_bytes().splitlines()) < 998


@pytest.mark.parametrize(
    "name", ["王" * 100, 'O\'Neil, "Al" <x@y> ${host}', "Li Ming", "J. Li"], ids=range(4)
)
def test_the_name_stands_before_the_address(server: MailServer, name: str) -> None:
    with server.sessions.begin() as session:
        _, box = found(session, "long")
        box.name = name
        follow_name(session, box)
    sets(server, "long", replace(AWAY, text=name))
    got = answer_to(server, send(server, "cust+name@b.example", "long@a.example"))
    shown, address = parseaddr(dict(got.raw_items())["From"])
    assert (str(make_header(decode_header(shown))), address) == (name, "long@a.example")
