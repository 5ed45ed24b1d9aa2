"""Signing in and out, as people and as attackers do."""

from __future__ import annotations

import pytest
from flask_security import forms
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.models import AuditEntry, Login
from panel.orders.models import Customer
from tests.factories.accounts import PASSWORD, make_login
from tests.factories.orders import make_customer
from tests.support.page import Page

NEW_PASSWORD = "green-envelope-27"


@pytest.fixture
def operator(session: Session) -> Login:
    return make_login(session)


def actions(session: Session) -> list[str]:
    return [entry.action for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_the_right_password_opens_the_orders(page: Page, operator: Login) -> None:
    assert page.sign_in(operator).location == "/orders/"
    assert page.get("/orders/").status == 200
    assert actions(page.session) == ["login.signed_in"]


def test_a_customer_signs_in_and_the_record_names_whose_login_it_is(
    page: Page, session: Session
) -> None:
    customer: Customer = make_customer(session)
    page.sign_in(make_login(session, "wang@mingyuan.example", customer))
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.subject, entry.customer_id) == ("wang@mingyuan.example", customer.id)


def test_wrong_password_and_unknown_address_are_told_the_same(page: Page, operator: Login) -> None:
    said = []
    for email in (operator.email, "nobody@mailhost.example"):
        answer = page.get("security.login").form().submit(422, email=email, password="wrong-one-1")
        assert "邮箱地址或密码不正确" in answer.said
        said.append(answer.said)
        assert answer.find("[name=email]").get("aria-invalid") is None
    assert said[0] == said[1]
    assert actions(page.session) == ["login.failed", "login.failed"]


def test_a_switched_off_login_is_told_nothing_more(page: Page, operator: Login) -> None:
    operator.active = False
    form = page.get("security.login").form()
    answer = form.submit(422, email=operator.email, password=PASSWORD)
    assert "邮箱地址或密码不正确" in answer.said


def test_guessing_is_stopped_for_the_account_from_wherever_it_comes(
    page: Page, operator: Login
) -> None:
    for n in range(10):
        form = page.get("security.login").form()
        form.values |= {"email": operator.email, "password": "wrong-one-1"}
        sent = page.request(
            "POST", "/login", data=form.values, environ_base={"REMOTE_ADDR": f"192.0.2.{n}"}
        )
        assert sent.status == 422
    form = page.get("security.login").form()
    stopped = form.submit(429, email=operator.email, password=PASSWORD)
    assert stopped.h1
    assert int(stopped.response.headers["Retry-After"]) == 60


def test_guessing_is_stopped_for_the_address_whatever_the_account(page: Page) -> None:
    for n in range(10):
        form = page.get("security.login").form()
        form.submit(422, email=f"user{n}@mailhost.example", password="wrong-one-1")
    form = page.get("security.login").form()
    form.submit(429, email="last@mailhost.example", password="wrong-one-1")


@pytest.mark.parametrize(
    ("after", "leads_to"),
    [
        ("/mail/mingyuan.example/dns?row=mx", "/mail/mingyuan.example/dns?row=mx"),
        ("/\\evil.example", "/%5Cevil.example"),
    ],
)
def test_after_signing_in_one_stays_here(
    page: Page, operator: Login, after: str, leads_to: str
) -> None:
    form = page.get(page.url("security.login", next=after)).form()
    assert form.submit(303, email=operator.email, password=PASSWORD).location == leads_to


@pytest.mark.parametrize("after", ["https://evil.example/", "//evil.example/", "javascript:x()"])
def test_nobody_is_signed_in_on_the_way_elsewhere(page: Page, operator: Login, after: str) -> None:
    form = page.get(page.url("security.login", next=after)).form()
    form.submit(422, email=operator.email, password=PASSWORD)
    page.get("/orders/", expect=303)


def test_a_page_asked_for_before_signing_in_comes_after_it(page: Page, operator: Login) -> None:
    asked = page.get("/orders/?q=%E6%98%8E", expect=303)
    form = asked.follow().form()
    location = form.submit(303, email=operator.email, password=PASSWORD).location
    assert location == "/orders/?q=%E6%98%8E"


def test_htmx_is_sent_to_the_sign_in_page_whole(page: Page) -> None:
    answer = page.get("/orders/", 401, htmx=True)
    assert answer.location == "/login?next=/orders/"
    posted = page.request("POST", "/change", htmx=True)
    assert (posted.status, posted.location) == (401, "/login")


def test_reading_the_sign_out_url_signs_nobody_out(page: Page, operator: Login) -> None:
    page.sign_in(operator)
    page.get("/logout", expect=405)
    page.get("/orders/").form(action="security.logout").submit(303)
    page.get("/orders/", expect=303)


def test_no_form_works_without_its_token(page: Page, operator: Login) -> None:
    page.sign_in(operator)
    assert page.request("POST", "/logout").status == 400
    page.get("/orders/")


def test_json_gets_no_token_that_outlives_the_session(page: Page, operator: Login) -> None:
    token = page.get("security.login").form().values["csrf_token"]
    sent = page.request(
        "POST",
        "/login?include_auth_token",
        json={"email": operator.email, "password": PASSWORD},
        headers={"X-CSRFToken": token, "Accept": "application/json"},
    )
    assert sent.response.mimetype == "text/html"
    assert "authentication_token" not in sent.text


def test_pages_of_the_library_that_are_not_used_do_not_exist(page: Page, operator: Login) -> None:
    page.sign_in(operator)
    page.get("/verify", expect=404)
    page.get("/fs-static/js/base64.js", expect=404)


def test_a_guess_costs_one_hash_whether_the_account_exists_or_not(
    page: Page, operator: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed, verified = [], []
    hashing, verifying = forms.hash_password, Login.verify_and_update_password
    monkeypatch.setattr(forms, "hash_password", lambda p: hashed.append(p) or hashing(p))
    monkeypatch.setattr(
        Login, "verify_and_update_password", lambda s, p: verified.append(p) or verifying(s, p)
    )
    for email, expected in ((operator.email, (0, 1)), ("nobody@mailhost.example", (1, 1))):
        form = page.get("security.login").form()
        form.submit(422, email=email, password="wrong-one-1")
        assert (len(hashed), len(verified)) == expected


def test_letters_that_no_address_has_are_not_recorded(page: Page) -> None:
    form = page.get("security.login").form()
    form.submit(422, email="a\u202eb@mailhost.example", password="wrong-one-1")
    assert page.session.scalars(select(AuditEntry.subject)).one() == "ab@mailhost.example"
