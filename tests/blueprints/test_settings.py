"""A domain's settings."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.directory.models import Mailbox
from panel.directory.states import suspend_mailbox
from panel.orders.models import Domain
from tests.factories.accounts import make_login
from tests.factories.directory import make_mailbox
from tests.factories.orders import NOW, make_domain
from tests.support.page import Page

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
WHERE = "/mail/mingyuan.example/settings"


@pytest.fixture
def domain(page: Page, session: Session) -> Domain:
    """A domain whose customer is signed in."""
    domain = make_domain(session)
    make_mailbox(session, domain, "li.ming")
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))
    return domain


@HTMX
def test_what_is_set_stands_on_the_sheets(
    page: Page, domain: Domain, session: Session, htmx: bool
) -> None:
    sheet = page.url("users.sheet", domain=domain.name, local_part="li.ming")
    form = page.get(WHERE).form("settings-edit")
    form.submit(htmx=htmx, sheet_company="明远贸易（上海）", sheet_help="行政部 8012")
    said = page.get(sheet).said
    assert "明远贸易（上海）" in said
    assert "行政部 8012" in said
    assert "domain.settings" in session.scalars(select(AuditEntry.action)).all()
    page.get(WHERE).form("settings-edit").submit(htmx=htmx, sheet_company="")
    assert "明远贸易（上海）" not in page.get(sheet).said


@HTMX
@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("notification_email", ""),
        ("notification_email", "nobody"),
        ("sheet_company", "长" * 101),
        ("sheet_help", "长" * 201),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    page: Page, domain: Domain, field: str, typed: str, htmx: bool
) -> None:
    answer = page.get(WHERE).form("settings-edit").submit(422, htmx=htmx, **{field: typed})
    assert answer.error(field)
    assert answer.find(f"[name={field}]").get("value", "") == typed
    assert domain.sheet_company is None
    assert domain.notification_email == "wang@mingyuan.example"


@HTMX
def test_where_notices_go_must_take_mail(
    page: Page, domain: Domain, session: Session, htmx: bool
) -> None:
    form = page.get(WHERE).form("settings-edit")
    dead = "nobody@mingyuan.example"
    refused = form.submit(422, htmx=htmx, notification_email=dead, sheet_company="甲")
    assert f"{dead} 的邮件无法送达" in refused.error("notification_email")
    assert domain.sheet_company is None
    form.submit(htmx=htmx, notification_email="li.ming@mingyuan.example")
    assert "目前无法收信" not in page.get(WHERE).said
    domain.notification_email = "boss@home.example"  # or li.ming@ could not be suspended
    li = session.query(Mailbox).one()
    suspend_mailbox(session, domain, li, "放假", version=li.version, by=SYSTEM, now=NOW)
    domain.notification_email = "li.ming@mingyuan.example"
    said = page.get(WHERE)
    assert "li.ming@mingyuan.example 目前无法收信" in said.said
    said.form("settings-edit").submit(htmx=htmx, sheet_company="甲")  # of what else is set
    assert domain.sheet_company == "甲"


@HTMX
def test_two_people_at_once(page: Page, domain: Domain, htmx: bool) -> None:
    first, second = (page.get(WHERE).form("settings-edit") for _ in range(2))
    first.submit(sheet_company="甲")
    refused = second.submit(409, htmx=htmx, sheet_company="乙")
    assert "当前为：甲" in refused.said
    refused.form("settings-edit").submit(htmx=htmx)
    assert domain.sheet_company == "乙"


def test_the_switch_finds_own_domains_only(page: Page, domain: Domain, session: Session) -> None:
    make_domain(session, "meihua.example", customer=domain.order.customer)
    for htmx in (False, True):
        found = page.get("/orders/switch?q=m", htmx=htmx)
        links = [str(a["href"]) for a in found.soup.select("#orders-switch a")]
        assert links == ["/mail/meihua.example/", "/mail/mingyuan.example/"]
        assert "没有以此开头的域名" in page.get("/orders/switch?q=zz", htmx=htmx).said
