"""Alias domains: the list, adding, removing, and what hangs on them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.directory.forwarding import Targets, add_forward_only
from panel.orders.actions import suspend
from panel.orders.models import Domain, DomainAlias
from tests.factories.accounts import make_login
from tests.factories.directory import make_alias, make_mailbox
from tests.factories.orders import NOW, make_customer, make_domain
from tests.support.page import Page

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
WHERE = "/mail/mingyuan.example/aliases/"
WHO = {"by": SYSTEM, "now": NOW}


@pytest.fixture(params=["customer", "operator"])
def domain(page: Page, session: Session, request: pytest.FixtureRequest) -> Domain:
    """A domain whose customer, or the operator, is signed in."""
    domain = make_domain(session)
    customer = domain.order.customer if request.param == "customer" else None
    page.sign_in(make_login(session, "admin@mingyuan.example", customer))
    return domain


def names(session: Session) -> list[str]:
    return list(session.scalars(select(DomainAlias.name).order_by(DomainAlias.name)))


def audited(session: Session, action: str) -> AuditEntry:
    return session.scalars(select(AuditEntry).where(AuditEntry.action == action)).one()


@HTMX
@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("My.Example", "my.example"),
        (" https://www.my.example/about?x=1 ", "my.example"),
        ("例子。中国", "xn--fsqu00a.xn--fiqs8s"),
        ("ｍｙ．example.", "my.example"),
        ("www.example", "www.example"),
    ],
)
def test_an_alias_is_added_as_people_type_it(
    page: Page, domain: Domain, session: Session, typed: str, name: str, htmx: bool
) -> None:
    done = page.get(WHERE + "new").form("aliases-new").submit(htmx=htmx, domain=typed)
    assert names(session) == [name]
    assert "已添加" in done.said
    assert f"{WHERE}{name}/dns" == done.response.request.path
    entry = audited(session, "alias.add")
    assert (entry.subject, entry.domain_id) == (name, domain.id)
    alias = session.scalars(select(DomainAlias)).one()
    assert alias.activated_at is None
    assert alias.next_check_at is not None


@HTMX
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "请填写域名"),
        ("wang@my.example", "@ 后面"),
        ("127.0.0.1", "IP"),
        ("localhost", "点"),
        ("-my.example", "域名"),
        (f"{'x' * 64}.example", "63"),
        ("mingyuan.example", "就是本域名"),
        ("www.mingyuan.example", "就是本域名"),
        ("lvye.example", "已在本系统中使用"),
        ("their-alias.example", "已在本系统中使用"),
        ("imap.lvye.example", "已在本系统中使用"),
        ("us2.mx1.mailhost.example", "已在本系统中使用"),
        ("panel.example", "已在本系统中使用"),
    ],
)
def test_what_cannot_be_an_alias_is_said_beside_the_field(
    page: Page, domain: Domain, session: Session, app: Flask, typed: str, said: str, htmx: bool
) -> None:
    app.config["YOUJU"] = replace(app.config["YOUJU"], mail_sender="post@panel.example")
    other = make_domain(session, "lvye.example", customer=make_customer(session, "绿野农业"))
    make_alias(session, other, "their-alias.example", active=False)
    before = names(session)
    refused = page.get(WHERE + "new").form("aliases-new").submit(422, htmx=htmx, domain=typed)
    assert said in refused.error("domain")
    assert "绿野" not in refused.said
    assert refused.find("[name=domain]")["value"] == typed
    assert names(session) == before


@HTMX
def test_a_form_sent_twice_adds_once(
    page: Page, domain: Domain, session: Session, htmx: bool
) -> None:
    form = page.get(WHERE + "new").form("aliases-new")
    form.submit(domain="my.example")
    again = form.submit(htmx=htmx, domain="MY.example")
    assert "之前已经添加" in again.said
    assert names(session) == ["my.example"]


@HTMX
def test_there_are_so_many_and_no_more(
    page: Page, domain: Domain, session: Session, app: Flask, htmx: bool
) -> None:
    app.config["YOUJU"] = replace(app.config["YOUJU"], most_aliases=1)
    make_alias(session, domain, "my.example")
    form = page.get(WHERE + "new").form("aliases-new")
    assert "最多可以有 1 个" in form.submit(422, htmx=htmx, domain="two.example").error("domain")
    assert names(session) == ["my.example"]


@HTMX
def test_nothing_is_added_while_the_service_is_stopped(
    page: Page, domain: Domain, session: Session, htmx: bool
) -> None:
    suspend(session, domain, "unpaid", version=1, **WHO)
    form = page.get(WHERE + "new").form("aliases-new")
    form.submit(422, htmx=htmx, domain="my.example")
    assert names(session) == []


def test_an_empty_list_says_what_an_alias_is_for(page: Page, domain: Domain) -> None:
    said = page.get(WHERE).said
    assert "您的另一个域名" in said
    assert "添加域名别名" in said


def test_the_list_tells_how_each_stands(page: Page, domain: Domain, session: Session) -> None:
    make_alias(session, domain, "active.example")
    make_alias(session, domain, "例子.example", active=False)
    shown = page.get(WHERE)
    rows = [row.get_text(" ", strip=True) for row in shown.soup.select("tbody tr")]
    assert [("已激活" in row, "待激活" in row) for row in rows] == [(True, False), (False, True)]
    assert "例子.example" in rows[1]
    assert all("自 2026-11-23" in row for row in rows)


def test_a_stopped_order_stops_its_aliases(page: Page, domain: Domain, session: Session) -> None:
    make_alias(session, domain, "my.example")
    suspend(session, domain, "unpaid", version=1, **WHO)
    row = page.get(WHERE).find("tbody tr").get_text()
    assert "已停用" in row
    assert "起" not in row


def test_an_alias_of_a_pending_domain_waits_for_it(page: Page, session: Session) -> None:
    domain = make_domain(session, active=False)
    page.sign_in(make_login(session, "admin@mingyuan.example", domain.order.customer))
    make_alias(session, domain, "my.example")
    assert "待激活" in page.get(WHERE).find("tbody tr").get_text()
    assert "mingyuan.example 激活后" in page.get(WHERE + "my.example/dns").said


@HTMX
def test_an_alias_goes_after_a_question(
    page: Page, domain: Domain, session: Session, htmx: bool
) -> None:
    make_alias(session, domain, "my.example")
    make_mailbox(session, domain, "li")
    add_forward_only(session, domain, "sales", Targets(["li@my.example"]), **WHO)
    domain.notification_email = "li@my.example"
    asked = page.get(WHERE + "my.example/remove")
    for text in (
        "将被拒收",
        "不能再用",
        "1 条转发",
        "sales@mingyuan.example",
        "li@my.example",
        "都会保留",
    ):
        assert text in asked.said
    assert not asked.soup.select("#aliases-remove button")
    form = asked.form("aliases-remove")
    assert "请先在“设置”中填写另一个通知邮箱" in form.submit(422, htmx=htmx).said
    domain.notification_email = "boss@home.example"
    session.commit()
    form = page.get(WHERE + "my.example/remove").form("aliases-remove")
    assert "my.example 已删除" in form.submit(htmx=htmx).said
    assert names(session) == []
    assert audited(session, "alias.remove").subject == "my.example"
    page.get(WHERE + "my.example/remove", 404)


def test_forwards_of_other_customers_are_not_told(
    page: Page, domain: Domain, session: Session
) -> None:
    make_alias(session, domain, "my.example")
    make_mailbox(session, domain, "li")
    other = make_domain(session, "lvye.example", customer=make_customer(session, "绿野农业"))
    add_forward_only(session, other, "sales", Targets(["li@my.example"]), **WHO)
    assert "条转发" not in page.get(WHERE + "my.example/remove").said


def test_nobody_finds_the_aliases_of_another_domain(
    page: Page, domain: Domain, session: Session
) -> None:
    other = make_domain(session, "lvye.example", customer=make_customer(session, "绿野农业"))
    make_alias(session, other, "theirs.example")
    for path in ("dns", "dns/log", "dns/zone.txt", "remove"):
        page.get(f"{WHERE}theirs.example/{path}", 404)
    assert "theirs" not in page.get(WHERE).said


def test_a_long_list_has_pages_and_asks_no_more(
    page: Page, domain: Domain, session: Session
) -> None:
    with page.app.app_context():
        make_alias(session, domain, "first.example")
        few = page.asked(WHERE)
        for n in range(60):
            alias = {"name": f"n{n:02}.example", "unicode_name": f"n{n:02}.example"}
            made = {"verify_token": "t", "created_at": NOW, "domain_id": domain.id}
            session.add(DomainAlias(**alias, **made))
        assert page.asked(WHERE) == few
    second = page.get(str(page.get(WHERE).find(".pager a")["href"]))
    third = page.get(str(second.soup.select(".pager a")[-1]["href"]))
    assert len(third.soup.select("tbody tr")) == 11
    back = page.get(str(third.find(".pager a")["href"]))
    assert back.find("tbody th").get_text() == second.find("tbody th").get_text()


def test_a_users_page_names_the_addresses_under_which_it_also_receives(
    page: Page, domain: Domain, session: Session
) -> None:
    make_mailbox(session, domain, "li")
    where = "/mail/mingyuan.example/users/li/"
    assert "同时接收" not in page.get(where).said
    make_alias(session, domain, "例子.example")
    make_alias(session, domain, "waiting.example", active=False)
    said = page.get(where).said
    assert "同时接收 li@例子.example" in said
    assert "waiting.example" not in said
