"""What a customer does with users, in a real browser before the real mail servers."""

from __future__ import annotations

import imaplib
import json
import re
import smtplib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from panel.demo import data
from tests.fixtures.browser import surfing
from tests.fixtures.desk import DOMAIN, Desk
from tests.fixtures.product import Product
from tests.support.wait import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def operator(chromium: Browser, product: Product) -> Iterator[Desk]:
    """Somebody else, in a window of their own."""
    with surfing(chromium, product, locale="zh-CN") as surfer:
        surfer.sign_in(data.read()["operator"]["email"], data.OPERATOR_PASSWORD)
        yield Desk(surfer)


def test_a_reset_shows_that_the_old_password_is_refused(desk: Desk) -> None:
    address, page = desk.add("reset"), desk.page
    open_session = desk.sign_in(address)
    desk.at("users/reset/password")
    desk.press("users-password")
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
        desk.sign_in(address)
    desk.sign_in(address, page.locator("[data-password]").first.inner_text()).logout()


def test_the_second_of_two_is_told_and_loses_nothing(desk: Desk, operator: Desk) -> None:
    desk.add("both")
    for one in (desk, operator):
        one.at("users/both/edit")
    desk.page.fill("#name", "周先到")
    desk.press("users-change")
    desk.page.wait_for_url("**/users/both/")
    operator.page.fill("#name", "周后到")
    operator.page.fill("#quota_mb", "200")
    operator.press("users-change")
    operator.page.wait_for_selector("#users-change [role=alert]")
    assert "周先到" in operator.page.inner_text("#users-change")
    assert operator.page.input_value("#name") == "周后到"
    assert operator.page.input_value("#quota_mb") == "200"
    operator.press("users-change")
    operator.page.wait_for_url("**/users/both/")
    assert "周后到" in operator.page.inner_text("dl.facts")


def test_a_mailbox_that_fills_is_seen_warned_and_refuses(desk: Desk) -> None:
    address, page = desk.add("filling", quota_mb=1), desk.page
    desk.send(address, "large", text=lines(950_000))

    def listed() -> bool:
        desk.at("users/?which=full&q=filling")
        return page.locator("tbody tr").count() == 1

    wait_until(listed, deadline=60, every=0.5)
    assert "共 1 MB" in page.inner_text("tbody tr")
    wait_until(lambda: len(desk.subjects(address)) == 2, deadline=90, every=1)
    desk.send(address, "larger", text=lines(120_000))

    def full() -> bool:
        desk.at("users/filling/")
        return "552 5.2.2" in page.inner_text("main")

    wait_until(full, deadline=60, every=0.5)
    with pytest.raises(smtplib.SMTPRecipientsRefused, match=r"5\.2\.2"):
        desk.send(address, "one more")


def lines(size: int) -> str:
    """Text of so many bytes on the wire."""
    return ("x" * 70 + "\n") * (size // 72)


def test_a_selection_goes_along_from_list_to_list(desk: Desk) -> None:
    """Ticked here and there, told, and done to all of them; then forgotten."""
    page = desk.page
    for name in ("pick-one", "pick-two"):
        desk.add(name)
        desk.at(f"users/?q={name}")
        page.locator("[name=pick]").check()
    desk.at("users/?q=pick-one")
    assert page.locator("[name=pick]").is_checked()
    assert "2" in page.inner_text("[data-picked]")
    page.locator("form[data-pick] button[value=suspend]").click()
    page.wait_for_selector("#users-bulk")
    assert "pick-one、pick-two" in page.inner_text("#users-bulk")
    page.fill("#reason", "放假")
    desk.press("users-bulk")
    page.wait_for_url("**/users/")
    for name in ("pick-one", "pick-two"):
        desk.at(f"users/?q={name}&which=suspended")
        assert page.locator("[name=pick]").count() == 1
        assert not page.locator("[name=pick]").is_checked()


def test_back_and_reload_after_many_were_changed_ask_nothing(desk: Desk) -> None:
    """The confirmation is a page of its own: the browser has no form to send again."""
    page = desk.page
    desk.add("pick-back")
    desk.at("users/?q=pick-back")
    page.locator("[name=pick]").check()
    page.locator("form[data-pick] button[value=delete]").click()
    page.wait_for_selector("#users-bulk")
    desk.press("users-bulk")
    page.wait_for_url("**/users/")
    for look in (page.go_back, page.reload):
        look()
        assert "无需此操作" in page.inner_text("#users-bulk")


def ask_of_many(desk: Desk, action: str, heading: str, *, found: str) -> None:
    """What the list says to somebody, and two hundred whom nobody has, ticked."""
    names = json.dumps([found, *(f"nobody-of-the-many-{n}" for n in range(200))])
    page, form = desk.page, "form[data-pick]"
    desk.at(f"users/?q={found}")
    keep = "([path, names]) => sessionStorage.setItem(path, names)"
    page.evaluate(keep, [f"/mail/{DOMAIN}/users/", names])
    page.reload()
    page.locator(f"{form} button[value={action}]").click()
    expect(page.locator("h1")).to_have_text(heading)
    expect(page).to_have_title(re.compile(f"^{heading}"))
    assert page.locator(f"{form}, form.search").count() == 0


def still_ticked(desk: Desk, count: int) -> None:
    """The list, and how many are ticked in it."""
    expect(desk.page.locator("h1")).to_have_text("用户")
    expect(desk.page.locator("[data-picked]")).to_have_text(f"已选 {count} 位")


def test_a_selection_that_no_address_holds_takes_the_place_of_the_list(desk: Desk) -> None:
    """The back button and loading again lead to the list, and ask nothing."""
    desk.add("pick-long")
    ask_of_many(desk, "print", "账户设置单", found="pick-long")
    assert desk.page.locator("article.sheet").count() == 1
    desk.page.go_back()
    still_ticked(desk, 201)
    for leave in (desk.page.go_back, desk.page.reload):
        ask_of_many(desk, "suspend", "停用用户", found="pick-long")
        leave()
        still_ticked(desk, 201)


def test_ticked_users_are_forgotten_once_it_is_done_to_them(desk: Desk) -> None:
    page = desk.page
    desk.add("pick-done")
    ask_of_many(desk, "suspend", "停用用户", found="pick-done")
    desk.press("users-bulk")
    expect(page.locator("#reason-error")).to_be_visible()
    page.reload()
    still_ticked(desk, 201)
    ask_of_many(desk, "suspend", "停用用户", found="pick-done")
    page.fill("#reason", "放假")
    desk.press("users-bulk")
    expect(page.locator("#notices")).to_contain_text("已停用 1 位用户")
    still_ticked(desk, 0)
    ask_of_many(desk, "reset", "重设密码", found="pick-done")
    desk.press("users-bulk")
    page.wait_for_selector("#users-sheets article.sheet")
    desk.at("users/")
    still_ticked(desk, 0)
