"""The audit log as a CSV file."""

from __future__ import annotations

import csv
import io

from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.paging import BATCH
from tests.factories.accounts import make_login
from tests.factories.log import CUSTOMER_IP, acting, many, noted
from tests.factories.orders import make_domain
from tests.support.page import Answer, Page

FILE = "/mail/xn--fsqu00a.example/log/export.csv"


def rows(answer: Answer) -> list[list[str]]:
    """What a spreadsheet reads."""
    assert answer.response.mimetype == "text/csv"
    body = answer.response.get_data()
    assert body.startswith("\ufeff".encode())
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def test_the_file_holds_what_the_page_shows(page: Page, session: Session) -> None:
    domain = make_domain(session, "例子.example")
    owner = make_login(session, "wang@mingyuan.example", domain.order.customer)
    page.sign_in(owner)
    li = f"li@{domain.name}"
    noted(session, domain, "user.suspend", acting(owner), subject=li, reason='=1+1, "x"\n好')
    noted(session, domain, "user.purge", SYSTEM, subject="=cmd@xn--fsqu00a.example")
    answer = page.request("GET", FILE)
    assert answer.response.headers["Content-Disposition"].startswith("attachment")
    time = "2026-11-23 10:00:00"
    purged = "彻底删除了用户 =cmd@例子.example 及其全部邮件"
    suspended = '停用了用户 li@例子.example，原因：=1+1, "x"\n好'
    assert rows(answer) == [
        ["时间", "操作人", "IP 地址", "类别", "操作", "邮箱地址"],
        [time, "系统", "", "用户", purged, "'=cmd@例子.example"],
        [time, "王经理", CUSTOMER_IP, "用户", suspended, "li@例子.example"],
    ]
    assert len(rows(page.request("GET", f"{FILE}?who=system"))) == 2


def test_everything_is_sent_however_much_it_is(page: Page, session: Session) -> None:
    domain = make_domain(session, "例子.example")
    page.sign_in(make_login(session))
    many(session, domain, 2 * BATCH + 1)
    answer = page.request("GET", "/log/export.csv?kind=users")
    assert len({row[5] for row in rows(answer)[1:]}) == 2 * BATCH + 1


def test_the_file_is_for_who_is_signed_in(page: Page, session: Session) -> None:
    make_domain(session, "例子.example")
    for where in (FILE, "/log/export.csv"):
        assert page.request("GET", where).location.startswith("/login")
