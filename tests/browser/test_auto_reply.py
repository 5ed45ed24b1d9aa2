"""An auto reply: written and looked at in the browser, and what senders really get."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.fixtures.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SUBJECT, TEXT = "休假通知：12 月 1 日回来", "您好：\n\n我在休假，急事请找李婉（分机 8012）。"


def test_a_sender_is_answered_a_list_is_not_and_nobody_once_it_is_off(desk: Desk) -> None:
    asker, address, page = desk.add("wen"), desk.add("jia"), desk.page
    desk.at("users/jia/")
    desk.follow("修改自动回复")
    page.get_by_label("开启自动回复").check()
    page.get_by_label("主题").fill(SUBJECT)
    page.get_by_label("正文").fill(TEXT)
    desk.click("预览")
    preview = page.locator("section", has=page.get_by_role("heading", name="发件人收到的邮件"))
    expect(preview).to_contain_text(SUBJECT)
    expect(preview).to_contain_text("急事请找李婉（分机 8012）。")
    expect(page.locator(".status-line")).to_contain_text("已关闭")
    desk.press("auto-reply-form")
    desk.says("自动回复已保存。")
    expect(page.locator(".status-line")).to_contain_text("正在自动回复")

    desk.send(address, "to a list", address, sender="wen+list@lvye.example")
    desk.send(address, "to one", address, sender=asker)
    desk.arrives(SUBJECT, asker)
    desk.at("users/jia/auto-reply")
    page.get_by_label("开启自动回复").uncheck()
    desk.press("auto-reply-form")
    expect(page.locator(".status-line")).to_contain_text("已关闭")
    desk.send(address, "too late", address, sender="wen+late@lvye.example")
    desk.send(asker, "last", asker)
    answer, _ = desk.mails(asker)
    assert answer["Subject"] == SUBJECT
    assert answer["From"].addresses[0].addr_spec == address
    assert answer["Auto-Submitted"].startswith("auto-replied")
    assert str(answer.get_content()).replace("\r\n", "\n").strip() == TEXT
    desk.logged(address, f"关闭了 {address} 的自动回复", f"开启了 {address} 的自动回复")
