"""What a stranger with the link is told of the last check."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import Session

from panel.blueprints.dns.sharing import link_of
from panel.dns.examination import Examination
from panel.orders.dns_log import keep_log
from tests.factories.orders import NOW, make_domain
from tests.support.page import Page


def test_that_not_every_server_answered_in_time_is_said_there_too(
    app: Flask, page: Page, session: Session
) -> None:
    domain = make_domain(session)
    keep_log(session, domain, Examination(domain.name, (), is_partial=True), NOW)
    session.commit()
    with app.test_request_context():
        path = link_of(domain).removeprefix(app.config["YOUJU"].url)
    assert "可能不完整" in page.get(path).said
