"""Orders as a CSV file."""

from __future__ import annotations

from sqlalchemy.orm import Session

from tests.factories.accounts import make_login
from tests.factories.orders import make_customer, make_domain
from tests.support.page import Page


def test_the_file_holds_what_the_list_shows_and_no_more(page: Page, session: Session) -> None:
    make_domain(session, "mingyuan.example")
    make_domain(session, "ming.example")
    make_domain(session, "lvye.example")
    other = make_customer(session, "绿野农业")
    make_domain(session, "ming.other.example", customer=other)
    page.sign_in(make_login(session, "wang@mingyuan.example", make_customer(session)))
    answer = page.request("GET", "/orders/export.csv?q=ming")
    assert answer.status == 200
    assert answer.response.mimetype == "text/csv"
    assert answer.response.headers["Content-Disposition"].startswith("attachment")
    text = answer.response.get_data().decode("utf-8-sig")
    assert "已激活" in text.splitlines()[1]
    assert [line.split(",")[1] for line in text.splitlines()] == [
        "域名",
        "ming.example",
        "mingyuan.example",
    ]


def test_the_file_is_for_who_is_signed_in(page: Page) -> None:
    assert page.request("GET", "/orders/export.csv").location.startswith("/login")
