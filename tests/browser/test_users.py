"""What a customer does with users, in a real browser before the real mail servers."""

from __future__ import annotations

import imaplib
import smtplib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from panel.demo import data
from tests.fixtures.browser import Surfer, surfing
from tests.fixtures.product import Product
from tests.support import inbox
from tests.support.wait import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

USERS = "/mail/mingyuan.example/users/"
FIRST = "tests-first-pass-7"


@pytest.fixture
def customer(chromium: Browser, product: Product) -> Iterator[Surfer]:
    """The demo's customer, signed in."""
    with surfing(chromium, product, locale="zh-CN") as surfer:
        surfer.sign_in("wang@mingyuan.example", data.CUSTOMER_PASSWORD)
        yield surfer


@pytest.fixture
def operator(chromium: Browser, product: Product) -> Iterator[Surfer]:
    """Somebody else, in a window of their own."""
    with surfing(chromium, product, locale="zh-CN") as surfer:
        surfer.sign_in(data.read()["operator"]["email"], data.OPERATOR_PASSWORD)
        yield surfer


def add(surfer: Surfer, local_part: str, quota_mb: int = 100) -> str:
    """A new user; the address."""
    surfer.go(f"{USERS}new")
    fields = {"name": "周全", "local_part": local_part, "password": FIRST}
    for name, value in (fields | {"quota_mb": str(quota_mb)}).items():
        surfer.page.fill(f"#{name}", value)
    press(surfer.page, "users-form")
    surfer.page.wait_for_selector("#users-added")
    return f"{local_part}@mingyuan.example"


def press(page: Page, form: str) -> None:
    """The button that a form is for."""
    page.locator(f"#{form} button:not([type=button]):not([name])").click()


def mailbox(product: Product, address: str, password: str) -> imaplib.IMAP4_SSL:
    return inbox.sign_in(product.ports.imaps, product.certificate, address, password)


def test_a_reset_shows_that_the_old_password_is_refused(customer: Surfer) -> None:
    address, page = add(customer, "reset"), customer.page
    open_session = mailbox(customer.product, address, FIRST)
    customer.go(f"{USERS}reset/password")
    press(page, "users-password")
    page.wait_for_selector("#users-added")
    told = page.locator("section[aria-labelledby=seen]")
    assert "用新密码登录成功" in told.inner_text()
    page.wait_for_selector("#users-proof .good", timeout=40_000)
    assert "已断开 1 个已登录的连接" in told.inner_text()
    assert "用其他密码登录被拒绝" in told.inner_text()
    with pytest.raises((imaplib.IMAP4.error, OSError)):
        open_session.noop()
    open_session.shutdown()
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        mailbox(customer.product, address, FIRST)
    new = page.locator("[data-password]").first.inner_text()
    mailbox(customer.product, address, new).logout()


def test_the_second_of_two_is_told_and_loses_nothing(customer: Surfer, operator: Surfer) -> None:
    add(customer, "both")
    for surfer in (customer, operator):
        surfer.go(f"{USERS}both/edit")
    customer.page.fill("#name", "周先到")
    press(customer.page, "users-change")
    customer.page.wait_for_url("**/users/both/")
    operator.page.fill("#name", "周后到")
    operator.page.fill("#quota_mb", "200")
    press(operator.page, "users-change")
    operator.page.wait_for_selector("#users-change [role=alert]")
    assert "周先到" in operator.page.inner_text("#users-change")
    assert operator.page.input_value("#name") == "周后到"
    assert operator.page.input_value("#quota_mb") == "200"
    press(operator.page, "users-change")
    operator.page.wait_for_url("**/users/both/")
    assert "周后到" in operator.page.inner_text("dl.facts")


def test_a_mailbox_that_fills_is_seen_warned_and_refuses(customer: Surfer) -> None:
    address, page = add(customer, "filling", quota_mb=1), customer.page
    deliver(customer.product, address, 950_000)

    def listed() -> bool:
        customer.go(f"{USERS}?which=full&q=filling")
        return page.locator("tbody tr").count() == 1

    wait_until(listed, deadline=60, every=0.5)
    assert "共 1 MB" in page.inner_text("tbody tr")

    def warned() -> bool:
        client = mailbox(customer.product, address, FIRST)
        _, [count] = client.select("INBOX")
        client.logout()
        return count == b"2"

    wait_until(warned, deadline=90, every=1)
    deliver(customer.product, address, 120_000)

    def full() -> bool:
        customer.go(f"{USERS}filling/")
        return "552 5.2.2" in page.inner_text("main")

    wait_until(full, deadline=60, every=0.5)
    with pytest.raises(smtplib.SMTPRecipientsRefused, match=r"5\.2\.2"):
        deliver(customer.product, address, 100)


def deliver(product: Product, address: str, size: int) -> None:
    text = "Subject: s\r\n\r\n" + ("x" * 70 + "\r\n") * (size // 72)
    with smtplib.SMTP("localhost", product.ports.smtp, timeout=10) as client:
        client.sendmail("someone@qq.example", address, text)


def test_a_selection_goes_along_from_list_to_list(customer: Surfer) -> None:
    """Ticked here and there, told, and done to all of them; then forgotten."""
    page = customer.page
    for name in ("pick-one", "pick-two"):
        add(customer, name)
        customer.go(f"{USERS}?q={name}")
        page.locator("[name=pick]").check()
    customer.go(f"{USERS}?q=pick-one")
    assert page.locator("[name=pick]").is_checked()
    assert "2" in page.inner_text("[data-picked]")
    page.locator("form[data-pick] button[value=suspend]").click()
    page.wait_for_selector("#users-bulk")
    assert "pick-one、pick-two" in page.inner_text("#users-bulk")
    page.fill("#reason", "放假")
    press(page, "users-bulk")
    page.wait_for_url("**/users/")
    for name in ("pick-one", "pick-two"):
        customer.go(f"{USERS}?q={name}&which=suspended")
        assert page.locator("[name=pick]").count() == 1
        assert not page.locator("[name=pick]").is_checked()


def test_back_and_reload_after_many_were_changed_ask_nothing(customer: Surfer) -> None:
    """The confirmation is a page of its own: the browser has no form to send again."""
    page = customer.page
    add(customer, "pick-back")
    customer.go(f"{USERS}?q=pick-back")
    page.locator("[name=pick]").check()
    page.locator("form[data-pick] button[value=delete]").click()
    page.wait_for_selector("#users-bulk")
    press(page, "users-bulk")
    page.wait_for_url("**/users/")
    for look in (page.go_back, page.reload):
        look()
        assert "无需此操作" in page.inner_text("#users-bulk")
