"""Adding a user: the form, its refusals, the sheet that is shown once and its mail."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from panel.directory.models import Mailbox
from panel.orders.models import Domain, OrderStatus
from panel.outbox.models import OutboxMail, OutboxState
from tests.factories.accounts import make_login
from tests.factories.directory import make_mailbox
from tests.factories.orders import make_domain
from tests.support.page import Answer, Page

NEW = "/mail/mingyuan.example/users/new"
GOOD = {"name": "李明", "local_part": "li.ming"}


@pytest.fixture
def domain(page: Page, session: Session) -> Domain:
    """A domain with a user `zhou`, its owner signed in at the form."""
    domain = make_domain(session)
    make_mailbox(session, domain, "zhou")
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))
    return domain


def add(page: Page, expect: int = 200, *, htmx: bool = False, **fields: str | None) -> Answer:
    page.get(NEW)
    return page.form("users-form").submit(expect, htmx=htmx, **(GOOD | fields))


def users(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Mailbox)) or 0


@pytest.mark.parametrize("htmx", [False, True])
def test_the_confirmation_shows_the_password_once(
    page: Page, domain: Domain, session: Session, htmx: bool
) -> None:
    added = add(page, htmx=htmx)
    assert "用户添加成功" in added.said
    password = added.find("[data-password]").get_text()
    assert len(password) == 19
    assert "li.ming@mingyuan.example" in added.said
    sheet = page.get("/mail/mingyuan.example/users/li.ming/sheet")
    assert password not in sheet.text
    assert "仅在设置时显示一次" in sheet.said
    session.refresh(domain.order)
    assert domain.order.seats_used == 2


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "请输入姓名"),
        ("local_part", "", "请输入 @ 前面的部分"),
        ("local_part", "Zhou", "已经是一位用户的地址"),
        ("local_part", "ｚｈｏｕ", "已经是一位用户的地址"),
        ("local_part", "李明", "不能使用中文"),
        ("local_part", "li ming", "只能使用字母"),
        ("local_part", "li@other", "只能使用字母"),
        ("local_part", "li/ming", "只能使用字母"),
        ("local_part", "li..ming", "点号"),
        ("local_part", "li+tag", "加号"),
        ("local_part", "-li", "连字符不能放在开头"),
        ("alternate_email", "-li@qq.example", "邮箱地址"),
        ("local_part", '"li ming"', "只能使用字母"),
        ("local_part", "lí", "不能使用中文"),
        ("alternate_email", "李明@home.example", "@ 前面只能使用"),
        ("local_part", "x" * 65, "最多 64"),
        ("local_part", "mailer-daemon", "邮件系统保留"),
        ("password", "short-1", "至少使用 10"),
        ("password", "password123", "太常见"),
        ("password", "li.ming-2026", "不能包含"),
        ("password", "aaaaaaaaaaaa", "不同的字符"),
        ("password", "长" * 129, "最多 128"),
        ("alternate_email", "nobody", "不是可用的邮箱地址"),
        ("alternate_email", "li.ming@mingyuan.example", "不是可用的邮箱地址"),
        ("quota_mb", "many", "MB 为单位的整数"),
        ("quota_mb", "0", "MB 为单位的整数"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    page: Page, domain: Domain, session: Session, htmx: bool, field: str, typed: str, said: str
) -> None:
    answer = add(page, 422, htmx=htmx, **{field: typed})
    assert said in answer.error(field)
    assert users(session) == 1
    session.refresh(domain.order)
    assert domain.order.seats_used == 1
    if field != "name":
        assert answer.find("[name=name]")["value"] == "李明"
    if field == "password":
        assert answer.find("[name=password]")["value"] == typed


def test_the_last_seat_is_the_last(page: Page, domain: Domain, session: Session) -> None:
    domain.order.seats = 2
    session.flush()
    add(page)
    answer = add(page, 422, local_part="wang")
    assert "2 个用户数已全部用完" in answer.said
    assert users(session) == 2


@pytest.mark.parametrize("status", [OrderStatus.SUSPENDED, OrderStatus.EXPIRED])
def test_nobody_is_added_to_a_domain_that_is_not_served(
    page: Page, domain: Domain, session: Session, status: OrderStatus
) -> None:
    domain.order.status = status
    session.flush()
    assert "不能添加用户" in add(page, 422).said
    assert users(session) == 1


def test_a_pending_domain_takes_users_and_says_when_mail_starts(
    page: Page, domain: Domain, session: Session
) -> None:
    domain.activated_at = domain.activated_by = None
    session.flush()
    assert "域名激活后即可收发邮件" in page.get(NEW).said
    assert "用户添加成功" in add(page).said


def test_sending_the_form_again_adds_nobody_and_leads_to_the_user(
    page: Page, domain: Domain, session: Session
) -> None:
    page.get(NEW)
    form = page.form("users-form")
    form.submit(**GOOD)
    again = form.submit(**GOOD)
    assert again.h1 == "li.ming@mingyuan.example"
    assert users(session) == 2


def test_the_address_is_judged_while_it_is_typed(page: Page, domain: Domain) -> None:
    check = "/mail/mingyuan.example/users/check"
    assert "已经是一位用户" in page.get(f"{check}?local_part=zhou", htmx=True).said
    assert page.get(f"{check}?local_part=free", htmx=True).said == ""


@pytest.mark.parametrize("with_password", ["y", None])
def test_the_mail_waits_encrypted_with_or_without_the_password(
    page: Page, domain: Domain, session: Session, app: Flask, with_password: str | None
) -> None:
    added = add(page, alternate_email="li@qq.example", with_password=with_password)
    password = added.find("[data-password]").get_text()
    mail = session.scalars(select(OutboxMail)).one()
    assert (mail.state, mail.recipient) == (OutboxState.WAITING, "li@qq.example")
    assert "正在发送到 li@qq.example" in added.said
    instance = Path(app.instance_path)
    for path in (path for path in instance.rglob("*") if path.is_file()):
        assert password.encode() not in path.read_bytes(), path


def test_no_mail_is_sent_where_none_is_wanted(page: Page, domain: Domain, session: Session) -> None:
    add(page, alternate_email="li@qq.example", send_sheet=None)
    assert session.scalars(select(OutboxMail)).all() == []


def test_the_sheet_comes_in_both_languages(page: Page, domain: Domain) -> None:
    add(page)
    sheet = page.get("/mail/mingyuan.example/users/li.ming/sheet?lang=both")
    assert sheet.find("article.sheet")["lang"] == "zh-Hans"
    also = {text.get_text() for text in sheet.soup.select("article.sheet [lang=en]")}
    assert {"Account sheet", "Incoming server (IMAP)"} <= also
    qr = page.get("/mail/mingyuan.example/users/li.ming/sheet/qr.svg")
    assert qr.response.mimetype == "image/svg+xml"


def test_the_list_pages_forwards_and_back(page: Page, domain: Domain, session: Session) -> None:
    for n in range(30):
        make_mailbox(session, domain, f"user{n:02}")
    first = page.get("/mail/mingyuan.example/users/")
    assert len(first.soup.select("tbody tr")) == 25
    second = page.get(str(first.find(".pager a")["href"]))
    assert len(second.soup.select("tbody tr")) == 6
    back = page.get(str(second.find(".pager a")["href"]))
    assert back.find("tbody th").get_text() == first.find("tbody th").get_text()
    found = page.get("/mail/mingyuan.example/users/?q=user07", htmx=True)
    assert len(found.soup.select("tbody tr")) == 1
