"""Suspended, resumed, deleted, restored: in the browser, and what mail and mail programs meet."""

from __future__ import annotations

import imaplib

import pytest

from tests.fixtures.desk import Desk
from tests.support.wait import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def ended(session: imaplib.IMAP4_SSL) -> bool:
    """Whether the server has closed a session."""
    try:
        session.noop()
    except (imaplib.IMAP4.abort, OSError):
        session.shutdown()
        return True
    return False


def texts(desk: Desk, address: str) -> list[str]:
    return [str(mail.get_content()).strip() for mail in desk.mails(address)]


def test_a_suspended_user_gets_no_mail_and_does_not_sign_in_until_resumed(desk: Desk) -> None:
    address, page = desk.add("ting"), desk.page
    desk.send(address, "before", address)
    open_session = desk.sign_in(address)
    desk.at("users/ting/")
    desk.follow("停用")
    page.get_by_label("原因").fill("离职交接")
    desk.click("停用用户")
    desk.says("该用户已停用。", "停用：离职交接", "550 5.2.1，该邮箱已停用")
    answer = desk.told(address)
    assert answer.startswith("550 5.2.1 ")
    assert "Mailbox is suspended" in answer
    with pytest.raises(imaplib.IMAP4.error, match="This mailbox is suspended"):
        desk.sign_in(address)
    wait_until(lambda: ended(open_session), deadline=60)
    page.reload()
    desk.says("停用：离职交接")
    desk.follow("启用")
    desk.click("启用用户")
    desk.says("该用户可以重新登录并接收邮件。", "投递到邮箱账户")
    desk.send(address, "after", address)
    assert desk.subjects(address) == ["before", "after"]
    resumed, suspended = f"启用了用户 {address}", f"停用了用户 {address}，原因：离职交接"
    desk.logged(address, resumed, suspended, f"添加了用户 {address}")


def test_a_deleted_user_comes_back_with_everything(desk: Desk) -> None:
    target, address, page = desk.add("jie"), desk.add("shan"), desk.page
    desk.send(address, "kept", address)
    desk.at("users/shan/forwards")
    page.get_by_label("用户转发").fill(target)
    desk.press("users-forwards")
    desk.says("转发已保存。")
    desk.at("users/shan/auto-reply")
    page.get_by_label("开启自动回复").check()
    page.get_by_label("正文").fill("我在休假。")
    desk.press("auto-reply-form")
    desk.says("自动回复已保存。")
    desk.at("users/shan/")
    desk.follow("删除")
    desk.click("删除用户")
    desk.says("该用户已移入回收站。", "之前可以完整恢复")
    assert desk.told(address).startswith("550 5.1.1 ")
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        desk.sign_in(address)
    desk.at("users/new")
    page.get_by_label("邮箱地址").press_sequentially("shan")
    desk.says(f"{address} 在回收站中，可以恢复。")
    desk.follow("恢复用户")
    desk.press("users-change")
    desk.says("该用户已完整恢复。", target, "正在自动回复")
    desk.send(address, "again", address, target, sender=target)
    assert desk.subjects(address) == ["kept", "again"]
    wait_until(lambda: "我在休假。" in texts(desk, target), deadline=60)
    desk.logged(address, f"从回收站恢复了用户 {address}", f"将用户 {address} 移入回收站")


def test_those_ticked_are_suspended_and_resumed_together(desk: Desk) -> None:
    addresses, page = [desk.add(name) for name in ("duo-an", "duo-bo")], desk.page
    for verb in ("停用", "启用"):
        desk.at("users/?q=duo-")
        for address in addresses:
            page.get_by_role("checkbox", name=address).check()
        desk.says("已选 2 位")
        desk.click(verb)
        desk.says("2 位用户", "duo-an、duo-bo")
        if verb == "停用":
            page.get_by_label("原因").fill("放假")
        desk.press("users-bulk")
        desk.says(f"已{verb} 2 位用户。")
        code = "550 5.2.1 " if verb == "停用" else "250 "
        assert [desk.told(address).startswith(code) for address in addresses] == [True, True]
    for address in addresses:
        desk.send(address, "back", address)
        desk.logged(address, f"启用了用户 {address}", f"停用了用户 {address}，原因：放假")
