"""Where the mail engine cannot run, the pages say so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from panel import create_app
from panel.config import EngineMode
from tests.factories.accounts import make_login
from tests.factories.orders import make_domain
from tests.support.page import Page


@pytest.mark.parametrize("where", ["/mail/mingyuan.example/", "/engine/"])
def test_a_page_says_that_no_mail_flows(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr("panel.engine.private.PROGRAMS", ("no-such-postfix",))
    make_domain(session)
    login = make_login(session)
    session.commit()
    page = Page(create_app(replace(app.config["YOUJU"], engine=EngineMode.PRIVATE)), session)
    page.sign_in(login)
    assert "邮件引擎未运行" in page.get(where).said


def test_nothing_is_said_where_it_can_run(page: Page, session: Session) -> None:
    make_domain(session)
    page.sign_in(make_login(session))
    assert "邮件引擎未运行" not in page.get("/mail/mingyuan.example/").said
