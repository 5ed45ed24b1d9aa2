"""Forwards of users and accounts that only forward: in the browser, and where real mail lies."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.fixtures.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def save(desk: Desk, place: str, *, keep: bool | None = None, **targets: str) -> None:
    """The forwards of a user as somebody types them."""
    page = desk.page
    desk.at(place)
    for owner, label in (("user", "用户转发"), ("admin", "管理员转发")):
        if owner in targets:
            page.get_by_label(label).fill(targets[owner])
    if keep is not None:
        page.get_by_label("在邮箱中保留副本").set_checked(keep)
    desk.press("users-forwards")


def test_both_owners_forwards_lead_mail_with_a_copy_and_without(desk: Desk) -> None:
    first, second, address = desk.add("zhuan-a"), desk.add("zhuan-b"), desk.add("zhuan")
    place = "users/zhuan/forwards"
    save(desk, place, user=first, keep=True)
    desk.says("转发已保存。", f"转发到 {first}")
    desk.send(address, "with a copy", address, first)
    save(desk, place, user="", admin=second, keep=False)
    desk.says("转发已保存。", f"转发到 {second}", "送达 1 个地址")
    desk.send(address, "without a copy", second)
    desk.click("撤销上一次修改")
    desk.says("已撤销上一次转发修改。", f"转发到 {first}")
    desk.send(address, "as before")
    for box in (address, first):
        desk.arrives("as before", box)
        assert desk.subjects(box) == ["with a copy", "as before"]
    assert desk.subjects(second) == ["without a copy"]
    gone, to_b = f"取消了 {address} 的管理员转发，原为 {second}", f"管理员转发：{second}"
    desk.logged(address, gone, f"为 {address} 设置了用户转发：{first}", to_b)


def test_a_circle_is_refused_and_a_target_that_takes_no_mail_marked(desk: Desk) -> None:
    here, there, page = desk.add("huan-a"), desk.add("huan-b"), desk.page
    save(desk, "users/huan-a/forwards", user=there, keep=False)
    desk.says("转发已保存。")
    circle = f"邮件会循环转发：{there} → {here} → {there}"
    desk.at("users/huan-b/forwards")
    page.get_by_label("管理员转发").press_sequentially(here)
    expect(page.locator("#users-way")).to_contain_text(circle)
    desk.press("users-forwards")
    expect(page.locator("#admin-error")).to_contain_text(circle)
    assert page.get_by_label("管理员转发").input_value() == here
    desk.send(here, "no circle", there)

    desk.at("users/huan-b/suspend")
    desk.says("以下地址转发到此地址：", here)
    desk.suspend("huan-b")
    desk.follow("撤销")
    desk.click("启用用户")
    desk.says("该用户可以重新登录并接收邮件。")
    desk.suspend("huan-b")
    for place in ("users/huan-a/", "users/huan-a/forwards"):
        desk.at(place)
        marked = page.locator("main li", has_text=there).filter(has=page.locator(".badge.bad"))
        expect(marked.first).to_contain_text("已停用")
    assert desk.told(here).startswith("550 5.2.1 ")


def test_an_account_that_only_forwards_from_its_first_target_to_its_last(desk: Desk) -> None:
    first, second, page = desk.add("jing-a"), desk.add("jing-b"), desk.page
    desk.at("forwards/")
    desk.follow("添加只限转发账户")
    page.get_by_label("邮箱地址").fill("jing")
    page.get_by_label("转发到").press_sequentially(first)
    expect(page.locator("#forwards-preview")).to_contain_text(f"投递到邮箱账户 {first}")
    desk.click("添加账户")
    address = "jing@lvye.example"
    desk.says(f"{address} 已添加，立即开始转发。")
    desk.send(address, "one", first)
    desk.follow(address)
    page.get_by_label("转发到").fill(f"{first}\n{second}")
    desk.click("保存")
    desk.says(f"{address} 的转发已保存，立即生效。")
    desk.send(address, "two", first, second)
    page.get_by_label("转发到").fill("")
    desk.click("保存")
    desk.says("该地址将被删除。", first, second)
    assert desk.told(address).startswith("250 ")
    desk.click("删除此地址")
    desk.says(f"{address} 已删除。")
    assert desk.told(address).startswith("550 5.1.1 ")
    desk.follow("撤销")
    desk.click("添加账户")
    desk.says(f"{address} 已添加，立即开始转发。")
    desk.send(address, "three", second, first)
    assert desk.subjects(first) == ["one", "two", "three"]
    assert desk.subjects(second) == ["two", "three"]
    added, removed = f"添加了只限转发账户 {address}", f"删除了只限转发账户 {address}"
    desk.logged(address, added, removed, f"将只限转发账户 {address} 改为转发到")


def test_many_addresses_are_previewed_and_what_a_proxy_says_destroys_nothing(desk: Desk) -> None:
    page = desk.page
    many = "\n".join(f"colleague.number-{n}@some-other-company.example" for n in range(200))
    desk.at("forwards/new")
    expect(page.locator("#targets-hint")).to_contain_text("最多 20 个")
    page.fill("#local_part", "many")
    page.fill("#targets", many)
    expect(page.locator("#forwards-preview")).to_contain_text("最多填写 20 个地址")
    raw = {"status": 502, "content_type": "text/html", "body": "<h1>Bad Gateway</h1>"}
    page.route("**/forwards/*", lambda route: route.fulfill(**raw))
    desk.click("添加账户")
    expect(page.locator("#notices")).to_contain_text("服务器没有正常应答")
    assert "Bad Gateway" not in page.content()
    assert page.input_value("#targets") == many
    page.unroute("**/forwards/*")
    page.fill("#targets", "li@lvye.example")
    desk.click("添加账户")
    desk.says("many@lvye.example 已添加，立即开始转发。")


def test_the_second_to_undo_is_told_who_was_faster(desk: Desk) -> None:
    target = desk.add("hui-a")
    desk.add("hui")
    save(desk, "users/hui/forwards", user=target, keep=True)
    desk.says("转发已保存。")
    page, other = desk.page, desk.page.context.new_page()
    other.goto(page.url)
    save(desk, "users/hui/forwards", keep=False)
    desk.says("转发已保存。")
    other.get_by_role("button", name="撤销上一次修改").click()
    expect(other.locator("#notices")).to_contain_text("李婉 已在")
    expect(other.locator("#notices")).to_contain_text("没有撤销任何修改")
