"""What a reader sees when something goes wrong."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from tests.support.page import Page


@pytest.fixture
def broken(app: Flask) -> Flask:
    """A panel whose health page has a bug."""

    def crash() -> str:
        raise RuntimeError("secret detail")

    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.view_functions["health.show"] = crash
    return app


@pytest.mark.usefixtures("broken")
def test_a_crash_is_a_page_without_detail(page: Page) -> None:
    answer = page.get("/health", expect=500)
    assert answer.h1
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.usefixtures("broken")
def test_a_crash_is_a_notice_for_htmx(page: Page) -> None:
    answer = page.get("/health", expect=500, htmx=True)
    assert answer.response.headers["HX-Retarget"] == "#notices"
    assert answer.find("#notices").get_text(strip=True)


def test_a_page_for_an_error_that_breaks_too_is_still_an_answer(
    broken: Flask, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_database(*_args: object, **_kwargs: object) -> str:
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr("panel.web.errors.render_template", no_database)
    answer = page.request("GET", "/health")
    assert answer.status == 500
    assert "gone" not in answer.text
    assert "出错了" in answer.said
    assert "Something went wrong here" in answer.said
    assert answer.response.headers["Youju-Answer"] != "page"  # no part of another


def test_a_method_that_is_not_allowed_says_which_is(page: Page) -> None:
    answer = page.get("/logout", expect=405)
    assert "POST" in answer.response.headers["Allow"]


def test_a_nul_never_reaches_the_database(page: Page) -> None:
    assert page.request("GET", "/login?next=%00").status == 400
    assert page.request("GET", "/mail/a%00b.example/").status == 400
    assert page.request("POST", "/login", data={"email": "a\0b"}).status == 400
