"""A user's page: what it holds of what it may, and whether it answers by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.directory.auto_reply import Reply, set_auto_reply
from panel.directory.forwarding import Targets, add_forward_only
from panel.directory.models import Mailbox, MailboxStatus
from panel.directory.usage import keep
from panel.engine.usage import Reading
from panel.orders.models import Domain
from tests.factories.accounts import make_login
from tests.factories.directory import make_mailbox
from tests.factories.orders import NOW, make_domain
from tests.support.page import Page

LATER = NOW + timedelta(days=20_000)


@pytest.fixture
def domain(page: Page, session: Session) -> Domain:
    """A domain whose name is Chinese and whose owner is signed in."""
    domain = make_domain(session, "例子.example")
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))
    return domain


@pytest.fixture
def li(domain: Domain, session: Session) -> Mailbox:
    """Somebody with the longest name before the @."""
    return make_mailbox(session, domain, "L" * 64, alternate_email="li@例子.中国")


def where(user: Mailbox) -> str:
    return f"/mail/xn--fsqu00a.example/users/{user.local_part}/"


def test_the_address_is_readable_and_folded(page: Page, li: Mailbox) -> None:
    shown = page.get(where(li).replace("llll", "LLLL"))
    assert shown.h1 == "l" * 64 + "@例子.example"
    assert "li@例子.中国" in shown.find("dl.facts").get_text()
    form = page.get(where(li) + "edit").form("users-change")
    assert form.values["alternate_email"] == "li@例子.中国"
    form.submit()
    assert li.alternate_email == "li@xn--fsqu00a.xn--fiqs8s"


def test_what_is_used_with_the_time_of_the_reading(
    page: Page, li: Mailbox, session: Session
) -> None:
    assert "尚未读取" in page.get(where(li)).find("dl.facts").get_text()
    keep(session, {li.id: Reading("", 512 << 20, 12, NOW)})
    facts = page.get(where(li)).find("dl.facts").get_text(" ")
    assert "已用 512 MB，共 1 GB" in facts
    assert "共 12 封邮件，统计于 2026-11-23 10:00" in facts


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({}, "正在自动回复"),
        ({"ends_at": LATER}, "2081-08-26 10:00 结束"),
        ({"starts_at": LATER}, "2081-08-26 10:00"),
    ],
)
def test_whether_it_answers_and_until_when(
    page: Page,
    li: Mailbox,
    domain: Domain,
    session: Session,
    times: dict[str, datetime],
    said: str,
) -> None:
    shown = page.get(where(li))
    assert "已关闭" in shown.find(".status-line").get_text()
    assert shown.find("main a[href$='/auto-reply']")
    reply = Reply(enabled=True, text="我在休假。", **times)
    set_auto_reply(session, domain, li, reply, version=0, by=SYSTEM, now=NOW)
    assert said in page.get(where(li)).find(".status-line").get_text()


def test_the_recycle_bin_is_closed_everywhere(page: Page, li: Mailbox) -> None:
    li.deleted_at = NOW
    for place in ("auto-reply", "sheet", "password", "forwards", "edit"):
        assert page.get(where(li) + place, 303).location == where(li)


def test_a_suspended_users_sheet_says_so_beside_it(page: Page, li: Mailbox) -> None:
    assert "已停用" not in page.get(where(li) + "sheet").find("main").get_text()
    li.status = MailboxStatus.SUSPENDED
    sheet = page.get(where(li) + "sheet")
    assert "已停用" in sheet.find(".notice.beside-sheet").get_text()
    assert "已停用" not in sheet.find("article.sheet").get_text()


def test_what_leads_here_is_linked_where_it_is_of_this_domain(
    page: Page, li: Mailbox, domain: Domain, session: Session
) -> None:
    targets = Targets([f"{li.local_part}@xn--fsqu00a.example"])
    add_forward_only(session, domain, "sales", targets, by=SYSTEM, now=NOW)
    link = page.get(where(li)).find(".plain-list a")
    assert link.get_text() == "sales@例子.example"
    assert page.get(str(link["href"]), 303).location.endswith("/forwards/sales/")
