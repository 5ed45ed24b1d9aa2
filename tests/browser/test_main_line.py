"""The main job, as a customer does it: DNS, a user, the sheet, and mail that arrives."""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from panel.demo import data
from tests.fixtures.browser import Surfer, surfing
from tests.support import inbox as inboxes
from tests.support.wait import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WANG = "wang@mingyuan.example"

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"


def shot(surfer: Surfer, name: str) -> None:
    """Keep a picture of the page among what the build leaves."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    surfer.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def trusting(surfer: Surfer) -> ssl.SSLContext:
    return inboxes.trusting(surfer.product.certificate)


def inbox(surfer: Surfer, address: str, password: str) -> bytes:
    product = surfer.product
    return inboxes.subjects(product.ports.imaps, product.certificate, address, password)


def send(surfer: Surfer, sender: str, password: str, recipient: str, subject: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, subject
    mail.set_content("您好")
    port = surfer.product.ports.submissions
    with smtplib.SMTP_SSL("localhost", port, context=trusting(surfer), timeout=10) as client:
        client.login(sender, password)
        client.send_message(mail)


def open_menu(surfer: Surfer, menu: str, item: str) -> None:
    """Choose an item of a menu of the header."""
    surfer.page.locator("nav summary").get_by_text(menu, exact=True).click()
    surfer.page.locator("nav").get_by_role("link", name=item, exact=True).click()


@dataclass(frozen=True)
class Line:
    """The main line in one language: the pending domain, and the words on the way."""

    locale: str
    domain: str
    orders: str
    manage: str
    pending: str
    active: str
    dns: tuple[str, str]
    users: tuple[str, str]
    check: str
    wrong: str
    add: str
    added: str
    sent: str


CHINESE = Line(
    *("zh-CN", "chunfeng.example", "管理订单", "管理电子邮件", "待激活", "已激活"),
    *(("邮件", "DNS 配置"), ("邮件", "用户"), "重新检测", "无效：缺少记录"),
    *("添加用户", "用户添加成功", "设置单已发送到"),
)
ENGLISH = Line(
    *("en-GB", "hengtong.example", "Orders", "Manage e-mail", "Pending", "Active"),
    *(("Mail", "DNS settings"), ("Mail", "Users"), "Re-check", "Not valid: missing"),
    *("Add a user", "The user was added", "The sheet was sent to"),
)


def activate(surfer: Surfer, line: Line) -> None:
    """From the list to the DNS page; its records are published; the domain turns active."""
    page, name = surfer.page, line.locale[:2]
    page.click(f"text={line.domain}")
    page.click(f"text={line.manage}")
    expect(page.locator("#here")).to_contain_text(line.pending)
    open_menu(surfer, *line.dns)
    page.get_by_role("button", name=line.check).first.click()
    expect(page.locator("#dns-records")).to_contain_text(line.wrong)
    shot(surfer, f"{name}-dns-pending")
    surfer.product.youju("demo", "dns", line.domain)
    page.get_by_role("button", name=line.check).first.click()
    expect(page.locator("#here")).to_contain_text(line.active)
    expect(page.locator("#dns-records .badge.bad")).to_have_count(0)
    shot(surfer, f"{name}-dns-active")


def add_zhao(surfer: Surfer, line: Line) -> str:
    """Add a user whose sheet is mailed; the generated password, which stands on the page."""
    page = surfer.page
    open_menu(surfer, *line.users)
    page.get_by_role("link", name=line.add).first.click()
    page.fill("#name", "赵春风")
    page.fill("#local_part", "zhao.chunfeng")
    page.fill("#alternate_email", "li@lvye.example")
    page.locator("#users-form button:not([type=button])").click()
    expect(page.locator("#users-added")).to_contain_text(line.added)
    expect(page.locator("#users-mail")).to_contain_text(f"{line.sent} li@lvye.example")
    shot(surfer, f"{line.locale[:2]}-added")
    return page.locator("[data-password]").inner_text()


@pytest.mark.parametrize(
    ("running", "line"),
    [("product", CHINESE), ("product_on_postgres", CHINESE), ("product", ENGLISH)],
    ids=["chinese", "chinese-postgresql", "english"],
)
def test_from_a_pending_domain_to_a_mail_that_arrives(
    chromium: Browser,
    running: str,
    line: Line,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    product = request.getfixturevalue(running)
    with surfing(chromium, product, locale=line.locale) as surfer:
        walk_the_line(surfer, line, tmp_path)


def walk_the_line(surfer: Surfer, line: Line, tmp_path: Path) -> None:
    """Activate a domain, add a user, print the sheet, send and receive with what it says."""
    zhao = f"zhao.chunfeng@{line.domain}"
    surfer.sign_in(WANG, data.CUSTOMER_PASSWORD)
    expect(surfer.page.locator("h1")).to_have_text(line.orders)
    activate(surfer, line)
    password = add_zhao(surfer, line)

    printed = tmp_path / "sheet.pdf"
    surfer.page.pdf(path=printed, format="A4", prefer_css_page_size=True)
    pages = PdfReader(printed).pages
    text = re.sub(r"\s", "", pages[0].extract_text())
    assert len(pages) == 1
    assert zhao in text
    assert password in text

    send(surfer, WANG, data.USER_PASSWORD, zhao, "welcome")
    wait_until(lambda: b"welcome" in inbox(surfer, zhao, password))
    send(surfer, zhao, password, WANG, "answer")
    wait_until(lambda: b"answer" in inbox(surfer, WANG, data.USER_PASSWORD))
    assert wait_until(lambda: inbox(surfer, "li@lvye.example", data.USER_PASSWORD))


@pytest.mark.parametrize("surfer", [{"locale": "zh-CN"}], indirect=True)
def test_a_sheet_is_one_page_in_every_language(surfer: Surfer, tmp_path: Path) -> None:
    surfer.sign_in(WANG, data.CUSTOMER_PASSWORD)
    surfer.go("/mail/mingyuan.example/dns")  # its branded webmail host stands on the sheet then
    surfer.page.get_by_role("button", name="重新检测").first.click()
    expect(surfer.page.locator("#dns-records .badge.good")).to_have_count(10)
    surfer.go("/mail/mingyuan.example/settings")
    surfer.page.fill("#sheet_company", "明远国际贸易（上海）有限公司")
    surfer.page.fill("#sheet_help", "行政部 302 室，分机 8012，工作日 9:00 至 18:00")
    surfer.page.get_by_role("button", name="保存").click()
    expect(surfer.page.locator("#notices")).to_contain_text("设置已保存")
    for language in ("zh", "en", "both"):
        surfer.go(f"/mail/mingyuan.example/users/wang/sheet?lang={language}")
        printed = tmp_path / f"{language}.pdf"
        surfer.page.pdf(path=printed, format="A4", prefer_css_page_size=True)
        pages = [re.sub(r"\s", "", page.extract_text()) for page in PdfReader(printed).pages]
        assert len(pages) == 1, language
        assert "王志远" in pages[0]
        assert "明远国际贸易" in pages[0]
        assert ("Incomingserver" in pages[0]) == (language != "zh")


@pytest.mark.parametrize("surfer", [{"locale": "zh-CN"}], indirect=True)
def test_another_domain_is_found_from_the_header(surfer: Surfer) -> None:
    surfer.sign_in(WANG, data.CUSTOMER_PASSWORD)
    surfer.go("/mail/mingyuan.example/")
    surfer.page.locator(".switch > summary").click()
    expect(surfer.page.locator("#orders-switch a")).to_have_count(5)
    surfer.page.locator("#switch").press_sequentially("heng", delay=30)
    expect(surfer.page.locator("#orders-switch a")).to_have_text(["hengtong.example"])
    surfer.page.keyboard.press("Escape")
    expect(surfer.page.locator("#orders-switch")).to_be_hidden()


@pytest.mark.parametrize(
    "surfer", [{"locale": "en-GB", "java_script_enabled": False}], indirect=True
)
def test_the_same_in_english_without_javascript(surfer: Surfer) -> None:
    page = surfer.page
    surfer.sign_in("li@lvye.example", data.CUSTOMER_PASSWORD)
    page.click("text=lvye.example")
    page.click("text=Manage e-mail")
    open_menu(surfer, "Mail", "DNS settings")
    page.get_by_role("button", name="Re-check").first.click()
    expect(page.locator("#dns-records")).to_contain_text("Valid")
    surfer.go("/mail/lvye.example/users/new")
    page.get_by_role("button", name="Add the user").click()
    expect(page.locator("[role=alert]")).to_contain_text("Please enter the name.")
    page.fill("#name", "Chen Yi")
    page.fill("#local_part", "chen.yi")
    page.get_by_role("button", name="Add the user").click()
    expect(page.locator("#users-added")).to_contain_text("was added")
    assert page.locator("[data-password]").inner_text()
    page.reload()
    expect(page.locator("h1")).to_have_text("chen.yi@lvye.example")


@pytest.mark.parametrize("surfer", [{"locale": "zh-CN"}], indirect=True)
def test_the_language_is_switched_in_place(surfer: Surfer) -> None:
    surfer.go("/login")
    surfer.page.click("text=English")
    expect(surfer.page.locator("h1")).to_have_text("Sign in")
    assert surfer.page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("surfer", [{"locale": "zh-CN"}], indirect=True)
def test_the_list_is_searched_while_typing(surfer: Surfer) -> None:
    surfer.sign_in(WANG, data.CUSTOMER_PASSWORD)
    surfer.page.locator("#q").press_sequentially("heng", delay=30)
    expect(surfer.page.locator("#orders-rows tbody tr")).to_have_count(1)
    expect(surfer.page.locator("#orders-rows")).to_contain_text("hengtong.example")
    expect(surfer.page.locator("#q")).to_be_focused()
    assert "q=heng" in surfer.page.url


@pytest.mark.parametrize("surfer", [{"locale": "zh-CN"}], indirect=True)
def test_a_password_is_there_another_is_made_and_a_typed_one_judged(surfer: Surfer) -> None:
    surfer.sign_in(WANG, data.CUSTOMER_PASSWORD)
    surfer.go("/mail/mingyuan.example/users/new")
    field = surfer.page.locator("#password")
    readable = re.compile(r"([a-z]{3}[2-9]-){3}[a-z]{3}[2-9]")
    first = field.input_value()
    assert readable.fullmatch(first)
    surfer.page.get_by_role("button", name="换一个").click()
    assert readable.fullmatch(field.input_value())
    assert field.input_value() != first
    expect(surfer.page.locator("[data-strength]")).to_have_text("很强")
    field.fill("short")
    expect(surfer.page.locator("[data-strength]")).to_have_text("太弱")
