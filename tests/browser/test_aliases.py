"""Alias domains in the browser: added, published, used by a real mail, removed."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

import pytest
from playwright.sync_api import expect

from panel.demo import data
from tests.browser.test_accessible import AXE, RUN
from tests.browser.test_main_line import inbox, open_menu, shot
from tests.fixtures.browser import Surfer
from tests.support.wait import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WANG = "wang@mingyuan.example"
ALIAS = "mingyuan-trade.example"
WHERE = "/mail/mingyuan.example/aliases/"
CHINESE = {"locale": "zh-CN", "bypass_csp": True}
ENGLISH = {"locale": "en-GB", "bypass_csp": True}


def without_fault(surfer: Surfer, name: str) -> None:
    """Axe finds nothing, and a picture is kept."""
    assert surfer.page.evaluate(AXE + ";" + RUN) == []
    shot(surfer, name)


@pytest.mark.parametrize("surfer", [CHINESE], indirect=True)
def test_its_published_records_bring_its_mail(surfer: Surfer) -> None:
    surfer.sign_in(WANG, data.CUSTOMER_PASSWORD)
    surfer.go("/mail/mingyuan.example/")
    open_menu(surfer, "邮件", "域名别名")
    without_fault(surfer, "zh-aliases")
    page = surfer.page
    page.get_by_role("link", name=ALIAS, exact=True).click()
    page.get_by_role("button", name="重新检测").first.click()
    expect(page.locator("#dns-records")).to_contain_text("无效：缺少记录")
    without_fault(surfer, "zh-alias-pending")
    surfer.product.youju("demo", "dns", ALIAS)
    page.get_by_role("button", name="重新检测").first.click()
    expect(page.locator("#dns-records .actions").first).to_contain_text("已激活")
    expect(page.locator("#dns-records .badge.bad")).to_have_count(0)
    without_fault(surfer, "zh-alias-active")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "someone@qq.example", f"wang@{ALIAS}", "by-alias"
    mail.set_content("您好")
    with smtplib.SMTP("localhost", surfer.product.ports.smtp, timeout=10) as client:
        client.send_message(mail)
    wait_until(lambda: b"by-alias" in inbox(surfer, WANG, data.USER_PASSWORD))
    surfer.go("/mail/mingyuan.example/users/wang/")
    expect(page.locator("main")).to_contain_text(f"wang@{ALIAS}")


@pytest.mark.parametrize("surfer", [ENGLISH], indirect=True)
def test_one_is_added_and_removed(surfer: Surfer) -> None:
    surfer.sign_in(WANG, data.CUSTOMER_PASSWORD)
    surfer.go(WHERE + "new")
    page = surfer.page
    page.fill("#domain", "lvye.example")
    page.locator("#aliases-new .button").click()
    expect(page.locator("#domain-error")).to_contain_text("in use here already")
    without_fault(surfer, "en-alias-refused")
    page.fill("#domain", "https://www.Mingyuan-New.example/")
    page.locator("#aliases-new .button").click()
    page.wait_for_url("**/aliases/mingyuan-new.example/dns")
    expect(page.locator("#notices")).to_contain_text("mingyuan-new.example was added")
    without_fault(surfer, "en-alias-added")
    surfer.go(WHERE + "mingyuan-new.example/remove")
    without_fault(surfer, "en-alias-remove")
    page.get_by_role("button", name="Remove the domain alias").click()
    expect(page.locator("#notices")).to_contain_text("mingyuan-new.example was removed")
    expect(page.get_by_role("link", name="mingyuan-new.example", exact=True)).to_have_count(0)
