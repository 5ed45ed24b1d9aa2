"""What refusals and services say, as people read it."""

from __future__ import annotations

from importlib import import_module

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.orm import Session

from panel.directory.errors import ForwardsInCircle, TargetUnknown
from panel.engine.health import ServiceStatus, Trouble
from panel.refusals import Refusal
from panel.web.words import say_refusal
from tests.factories.accounts import make_login
from tests.support.page import Page

HERE, SHOWN = "x@xn--fsqu00a.example", "x@例子.example"


@pytest.mark.parametrize("refusal", [TargetUnknown(HERE), ForwardsInCircle((HERE, HERE))])
def test_a_refusal_names_addresses_as_people_read_them(app: Flask, refusal: Refusal) -> None:
    with app.test_request_context(), force_locale("zh"):
        assert SHOWN in say_refusal(refusal)
        assert "xn--" not in say_refusal(refusal)


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ("_ssl.c:975: The handshake operation timed out", "没有应答"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "TLS 连接失败"),
        ("421 too busy", "421 too busy"),
    ],
)
def test_the_operator_reads_what_is_wrong_with_a_service(
    page: Page, session: Session, monkeypatch: pytest.MonkeyPatch, detail: str, told: str
) -> None:
    status = ServiceStatus("imaps", 993, Trouble.NO_GREETING, detail)
    views = import_module("panel.blueprints.engine.views")
    monkeypatch.setattr(views, "engine_status", lambda _layout: (status,))
    page.sign_in(make_login(session))
    answer = page.request("GET", "/engine/")
    assert told in answer.said
    assert "_ssl.c" not in answer.text
