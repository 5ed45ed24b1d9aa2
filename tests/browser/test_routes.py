"""Catch-all, postmaster and the route look-up: what the pages say, SMTP does."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.test_main_line import open_menu
from tests.fixtures.desk import CUSTOMER, Desk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

BOUNCED, SUSPENDED = "550 5.1.1", "550 5.2.1"


def catch_all(desk: Desk, local_part: str = "") -> None:
    """Let mail to nobody go to an address, or back."""
    page = desk.page
    desk.at("catch-all")
    if local_part:
        page.get_by_label("投递到此地址：").check()
        page.get_by_label("邮箱地址").fill(local_part)
    else:
        page.get_by_label("退回发件人（推荐）").check()
    desk.click("保存")


def look_up(desk: Desk, typed: str) -> str:
    """What the page says that the sender is told."""
    page = desk.page
    page.get_by_label("邮箱地址").fill(typed)
    desk.click("查询去向")
    expect(page.locator("#route-way h2")).to_have_text(typed)
    return page.locator("#route-way .told").inner_text()


def test_a_catch_all_takes_what_nobody_has_but_not_a_suspended_users_mail(desk: Desk) -> None:
    closed, page = desk.add("ting-b"), desk.page
    assert desk.told("mei-you@lvye.example").startswith(BOUNCED)
    desk.suspend("ting-b")
    catch_all(desk, "li")
    desk.says(f"发给不存在的地址的邮件将投递到 {CUSTOMER}。", f"投递到邮箱账户 {CUSTOMER}")
    desk.send("mei-you@lvye.example", "for nobody", CUSTOMER)
    assert desk.told(closed).startswith(SUSPENDED)
    desk.at("users/li/delete")
    desk.says("Catch-All 正投递到该用户。")
    expect(page.locator("#users-change button")).to_have_count(0)
    catch_all(desk)
    desk.says("发给不存在的地址的邮件将退回发件人。")
    assert desk.told("mei-you@lvye.example").startswith(BOUNCED)
    of_it = "lvye.example 的 Catch-All 由"
    desk.logged(
        "lvye.example", f"{of_it}投递到 li@ 改为退回发件人", f"{of_it}退回发件人改为投递到 li@"
    )


def test_mail_to_postmaster_arrives_at_the_notification_address(desk: Desk) -> None:
    desk.at("settings")
    assert desk.page.get_by_label("通知邮箱").input_value() == CUSTOMER
    desk.send("postmaster@lvye.example", "to the postmaster", CUSTOMER)


def test_the_page_of_ways_says_what_smtp_answers(desk: Desk) -> None:
    there, closed, page = desk.add("lu"), desk.add("lu-ting"), desk.page
    for local_part, targets in (("lu-zhuan", there), ("lu-liang", f"{closed}\n{there}")):
        desk.at("forwards/new")
        page.get_by_label("邮箱地址").fill(local_part)
        page.get_by_label("转发到").fill(targets)
        desk.click("添加账户")
        desk.says(f"{local_part}@lvye.example 已添加，立即开始转发。")
    desk.suspend("lu-ting")
    open_menu(desk.surfer, "邮件", "去向查询")
    taken = "邮件会被接收，送达 1 个地址。"
    for local_part, said, answer in (
        ("lu", taken, "250 "),
        ("lu+shop", taken, "250 "),
        ("lu-zhuan", taken, "250 "),
        ("lu-liang", taken, "250 "),
        ("lu-ting", "550 5.2.1，该邮箱已停用", "550 5.2.1"),
        ("lu-mei-you", "550 5.1.1，没有该用户", "550 5.1.1"),
        ("postmaster", taken, "250 "),
    ):
        address = f"{local_part}@lvye.example"
        assert said in look_up(desk, address), address
        assert desk.told(address).startswith(answer), address
    for local_part in ("lu", "lu+shop", "lu-zhuan", "lu-liang"):
        desk.send(f"{local_part}@lvye.example", f"to {local_part}", there)
