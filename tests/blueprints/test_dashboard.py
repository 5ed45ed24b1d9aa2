"""The home of a domain's mail: the three steps, figures, what needs attention first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.directory import states, usage
from panel.directory.catch_all import set_catch_all
from panel.directory.figures import count_stale
from panel.dns.diagnosis import Verdict, VerdictKind
from panel.dns.verdicts import Reason
from panel.engine.usage import Reading
from panel.orders.models import Domain
from panel.orders.verification import keep_verdicts
from panel.outbox.models import OutboxMail, OutboxState
from tests.factories.accounts import make_login
from tests.factories.directory import make_mailbox
from tests.factories.orders import NOW, make_customer, make_domain
from tests.support.page import Answer, Page

HOME = "/mail/mingyuan.example/"
WHO = {"by": SYSTEM, "now": NOW}
KEYS = ("mx", "webmail", "imap", "pop", "smtp")


@pytest.fixture
def domain(page: Page, session: Session) -> Domain:
    """A domain whose owner is signed in."""
    domain = make_domain(session)
    domain.notification_email = "boss@home.example"
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))
    return domain


def found(session: Session, domain: Domain, kind: VerdictKind, keys: tuple[str, ...]) -> None:
    """Note what a check has found."""
    verdicts = [Verdict(key, kind, Reason.NONE) for key in keys]
    keep_verdicts(session, domain, verdicts, by=SYSTEM, now=NOW)


def steps(answer: Answer) -> list[tuple[bool, str]]:
    """Of each step whether it is done, and what is said of it."""
    items = answer.soup.select(".steps li")
    said = [item.select("a > span")[0].get_text(" ", strip=True) for item in items]
    return [("done" in item.get("class", []), text) for item, text in zip(items, said, strict=True)]


def tile(answer: Answer, title: str) -> str:
    for card in answer.soup.select(".tiles .card"):
        if card.find("div").get_text(strip=True) == title:  # type: ignore[union-attr]
            return card.select(".figure")[0].get_text(strip=True)
    raise AssertionError(title)


@pytest.mark.usefixtures("domain")
def test_at_first_nothing_is_done(page: Page) -> None:
    answer = page.get(HOME)
    assert steps(answer) == [(False, "尚未检测"), (False, "0 / 50"), (False, "每位用户一张")]
    assert "需要处理" not in answer.said


def test_a_step_is_done_when_it_is(page: Page, session: Session, domain: Domain) -> None:
    found(session, domain, VerdictKind.VALID, KEYS)
    make_mailbox(session, domain, "li")
    assert steps(page.get(HOME))[:2] == [(True, "全部正确"), (True, "1 / 50")]
    sent = {"purpose": "sheet", "recipient": "li@home.example", "created_at": NOW}
    mail = OutboxMail(domain_id=domain.id, next_try_at=NOW, state=OutboxState.WAITING, **sent)
    session.add(mail)
    assert not steps(page.get(HOME))[2][0]
    mail.state = OutboxState.SENT
    assert steps(page.get(HOME))[2] == (True, "已用邮件发送设置单")


def test_what_is_wrong_or_waits_in_the_dns_is_not_done(
    page: Page, session: Session, domain: Domain
) -> None:
    found(session, domain, VerdictKind.VALID, KEYS[:-1])
    found(session, domain, VerdictKind.NOT_IN_EFFECT, KEYS[-1:])
    assert steps(page.get(HOME))[0] == (False, "尚未生效")
    found(session, domain, VerdictKind.MISSING, KEYS[-2:])
    assert steps(page.get(HOME))[0] == (False, "2 项待处理")


def test_full_mailboxes_and_used_seats_come_first(
    page: Page, session: Session, domain: Domain
) -> None:
    domain.order.seats = 2
    domain.order.expires_on = (NOW + timedelta(days=20)).date()
    for name, used in (("li", 10), ("wang", 9)):
        box = make_mailbox(session, domain, name, quota_bytes=10 << 20)
        usage.keep(session, {box.id: Reading("", used << 20, 1, NOW)})
    usage.take_to_warn(session, NOW)
    count_stale(session, NOW)
    answer = page.get(HOME)
    first = answer.find("main .card")
    texts = [item.get_text(" ", strip=True) for item in first.select("li")]
    assert texts[:3] == [
        "1 个邮箱已满，无法收信。",
        "1 个邮箱即将用满。",
        "用户数已用完。如需添加用户，请增购用户数。",
    ]
    assert texts[3].startswith("订单将于 2026年12月13日到期")
    assert str(first.select("a")[0]["href"]).endswith("/users/?which=full")
    assert tile(answer, "已用空间") == "19 MB"


@pytest.mark.parametrize("named", ["wang", "wang+notices", "WANG"])
def test_what_mail_is_sent_to_and_takes_none_is_said_first(
    page: Page, session: Session, domain: Domain, named: str
) -> None:
    wang = make_mailbox(session, domain, "wang")
    set_catch_all(session, domain, "wang", **WHO)
    assert "需要处理" not in page.get(HOME).said
    domain.notification_email = "boss@home.example"
    states.suspend_mailbox(session, domain, wang, "left", version=wang.version, **WHO)
    domain.notification_email = f"{named}@mingyuan.example"
    answer = page.get(HOME)
    notices, caught = answer.find("main .card").select("li a")
    assert f"通知邮箱 {named}@mingyuan.example 无法收信" in notices.get_text()
    assert str(notices["href"]).endswith("/settings")
    assert "wang@mingyuan.example，而它无法收信" in caught.get_text()
    assert str(caught["href"]).endswith("/catch-all")
    assert tile(answer, "Catch-All（全收邮箱）") == "wang@无法收信"


def test_a_notification_address_elsewhere_is_not_judged(
    page: Page, session: Session, domain: Domain
) -> None:
    make_domain(session, "lvye.example", customer=make_customer(session, "绿野设计"))
    for address in ("nobody@lvye.example", "boss@home.example"):
        domain.notification_email = address
        assert "需要处理" not in page.get(HOME).said


@pytest.mark.usefixtures("domain")
def test_figures_and_shortcuts_lead_on(page: Page) -> None:
    answer = page.get(HOME)
    assert tile(answer, "已停用") == tile(answer, "在回收站中") == "0"
    assert tile(answer, "已用空间") == "尚未读取"
    assert tile(answer, "Catch-All（全收邮箱）") == "退回发件人"
    shortcuts = answer.soup.select("main .actions a")
    led = [str(link["href"]).removeprefix(HOME) for link in shortcuts]
    assert led == [
        "users/new",
        "users/",
        "forwards/new",
        "aliases/",
        "catch-all",
        "route",
        "dns",
        "log",
    ]


def test_the_same_questions_for_few_and_for_many(
    page: Page, session: Session, domain: Domain
) -> None:
    make_mailbox(session, domain, "li")
    for_one = page.asked(HOME)
    for n in range(12):
        make_mailbox(session, domain, f"u{n}")
    session.commit()
    assert page.asked(HOME) == for_one
