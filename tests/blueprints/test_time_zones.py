"""In which time zone pages show and read times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.blueprints.dns.sharing import link_of
from panel.directory.models import AutoReply
from panel.extensions import db
from panel.orders.models import Domain
from tests.factories.accounts import make_login
from tests.factories.directory import make_mailbox
from tests.factories.log import acting, noted
from tests.factories.orders import make_customer, make_domain
from tests.support.page import FilledForm, Page
from tests.support.queries import counted

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
HERE, THERE = "mingyuan.example", "berlin.example"
LATE = datetime(2036, 11, 23, 22, 30, tzinfo=UTC)
"""The 24th in Shanghai, still the 23rd in Berlin; far from when the tests' own entries are made."""


@pytest.fixture
def here(session: Session) -> Domain:
    """A customer in Shanghai, as the installation is, with a user."""
    domain = make_domain(session, HERE)
    make_mailbox(session, domain, "li")
    return domain


@pytest.fixture
def there(session: Session) -> Domain:
    """A customer in Berlin, with a user."""
    customer = make_customer(session, "柏林贸易", "Europe/Berlin")
    domain = make_domain(session, THERE, customer=customer)
    make_mailbox(session, domain, "li")
    return domain


@pytest.fixture
def operator(page: Page, session: Session) -> Page:
    page.sign_in(make_login(session))
    return page


@pytest.fixture
def owner(page: Page, session: Session, there: Domain) -> Page:
    """The customer in Berlin, signed in."""
    customer = there.order.customer
    page.sign_in(make_login(session, "wang@berlin.example", customer))
    return page


def form(page: Page, name: str = THERE) -> FilledForm:
    return page.get(f"/mail/{name}/users/li/auto-reply").form("auto-reply-form")


def times(session: Session, domain: Domain) -> tuple[str, str]:
    """When the user's auto reply begins and ends."""
    kept = session.scalars(select(AutoReply).where(AutoReply.username == f"li@{domain.name}")).one()
    assert kept.starts_at is not None
    assert kept.ends_at is not None
    return f"{kept.starts_at:%m-%d %H:%M}", f"{kept.ends_at:%m-%d %H:%M}"


def test_a_time_is_that_of_the_domains_customer(
    operator: Page, session: Session, here: Domain, there: Domain
) -> None:
    typed = {"starts_at": "2099-06-01T09:00", "ends_at": "2099-12-01T18:00"}
    for name in (HERE, THERE):
        said = form(operator, name).submit(enabled="y", text="我在休假。", **typed).said
        assert "2099-06-01 09:00 起生效" in said
    assert times(session, here) == ("06-01 01:00", "12-01 10:00")
    assert times(session, there) == ("06-01 07:00", "12-01 17:00")
    assert "中国时间" in form(operator, HERE).answer.find("#starts_at-hint").get_text()
    assert "中欧时间" in form(operator).answer.find("#starts_at-hint").get_text()


@HTMX
@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
def test_a_time_that_clocks_skip_is_refused(owner: Page, field: str, htmx: bool) -> None:
    typed = {"enabled": "y", "text": "x", field: "2099-03-29T02:30"}
    refused = form(owner).submit(422, htmx=htmx, **typed)
    assert "没有这个时间" in refused.error(field)
    assert refused.find(f"[name={field}]")["value"] == "2099-03-29T02:30"
    refused.form("auto-reply-form").submit(htmx=htmx, **{field: "2099-03-29T03:00"})


def test_of_a_time_that_clocks_show_twice_the_reply_has_all(
    owner: Page, session: Session, there: Domain
) -> None:
    twice = "2099-10-25T02:30"
    form(owner).submit(enabled="y", text="x", starts_at=twice, ends_at=twice)
    for _again in range(2):
        assert times(session, there) == ("10-25 00:30", "10-25 01:30")
        form(owner).submit()


@HTMX
def test_times_typed_in_another_zone_are_asked_again(
    owner: Page, session: Session, there: Domain, htmx: bool
) -> None:
    typed = {"enabled": "y", "text": "x", "starts_at": "2099-01-01T09:00", "ends_at": "2099-01-02"}
    old, without = form(owner), form(owner)
    there.order.customer.time_zone = "Asia/Shanghai"
    refused = old.submit(409, htmx=htmx, **typed)
    assert "时区已改为：中国时间" in refused.said
    assert refused.find("[name=starts_at]")["value"] == "2099-01-01T09:00"
    assert session.scalars(select(AutoReply)).all() == []
    refused.form("auto-reply-form").submit(htmx=htmx)
    assert times(session, there) == ("01-01 01:00", "01-01 16:00")
    without.values["version"] = "1"
    without.submit(htmx=htmx, enabled="y", text="x")  # without times there is nothing to look at


def test_the_log_is_read_by_the_customers_days(
    operator: Page, session: Session, here: Domain, there: Domain
) -> None:
    staff = acting(make_login(session, "boss@mailhost.example"))
    for domain in (here, there):
        noted(session, domain, "user.suspend", staff, subject="x@y.example", at=LATE)
    for name, day, shown in ((HERE, 24, "11-24 06:30"), (THERE, 23, "11-23 23:30")):
        log = f"/mail/{name}/log"
        for asked in (23, 24):
            query = f"?from=2036-11-{asked}&to=2036-11-{asked}&q=x@"
            rows = operator.get(log + query).soup.select("#audit-rows tbody tr")
            assert len(rows) == (asked == day), (name, asked)
        assert f"2036-{shown}" in operator.get(log).said
        assert f"2036-{shown}:00" in operator.request("GET", f"{log}/export.csv").text


def test_pages_of_no_domain_are_in_the_readers_zone(
    owner: Page, session: Session, there: Domain
) -> None:
    order = there.order
    order.created_at = LATE
    noted(session, there, "user.suspend", acting(make_login(session)), at=LATE)
    for where in ("/log", f"/orders/{order.number}"):
        shown = owner.get(where).said
        assert "2036-11-23 23:30" in shown
        assert "时区：中欧时间" in shown
    assert ",2036-11-23," in owner.request("GET", "/orders/export.csv").text


def test_the_operators_pages_are_in_the_installations_zone(
    operator: Page, session: Session, there: Domain
) -> None:
    order = there.order
    order.created_at = LATE
    for where in (f"/orders/{order.number}", "/orders/", "/customers/"):
        assert "时区：中国时间" in operator.get(where).said
    assert "2036-11-24 06:30" in operator.get(f"/orders/{order.number}").said
    assert ",2036-11-24," in operator.request("GET", "/orders/export.csv").text


def test_whoever_runs_the_dns_reads_the_customers_times(
    owner: Page, session: Session, there: Domain
) -> None:
    there.checked_at = LATE
    with owner.app.test_request_context():
        path = link_of(there).removeprefix(owner.app.config["YOUJU"].url)
    shown = Page(owner.app, session).get(path).said
    assert "2036-11-23 23:30" in shown
    assert "时区：中欧时间" in shown


def test_a_zone_that_the_system_no_longer_has_is_the_installations(
    owner: Page, there: Domain
) -> None:
    there.order.customer.time_zone = "Europe/Atlantis"
    assert "时区：中国时间" in owner.get(f"/mail/{THERE}/").said
    assert "时区：中国时间" in owner.get("/orders/").said


@pytest.mark.parametrize("where", ["/mail/{name}/", "/mail/{name}/log", "/orders/", "/log"])
def test_the_zone_is_no_question_of_its_own(owner: Page, where: str) -> None:
    with counted(db.engine) as statements:
        owner.get(where.format(name=THERE))
    assert [one for one in statements if re.match(r"SELECT [^()]*\sFROM customer\b", one)] == []


def test_the_log_calls_zones_and_languages_by_their_names(operator: Page, there: Domain) -> None:
    edit = operator.get("customers.show", customer_id=there.order.customer_id)
    edit.form("customers-edit").submit(time_zone="Asia/Shanghai", language="en")
    said = operator.get("/log").said
    assert "德国（柏林）时间 → UTC+08:00 中国（上海）时间" in said
    assert "邮件语言 中文 → 英文" in said


def test_a_sheet_bears_the_customers_day(owner: Page, there: Domain) -> None:
    for name in ("Pacific/Kiritimati", "Pacific/Niue"):  # never the same day
        there.order.customer.time_zone = name
        day = datetime.now(ZoneInfo(name))
        said = owner.get(f"/mail/{THERE}/users/li/sheet").said
        assert f"{day.year}年{day.month}月{day.day}日" in said
