"""The DNS page of an alias domain, asking the real Knot: the same pages as a domain's."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from importlib import import_module

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.models import AuditEntry
from panel.directory.aliases import remove_alias
from panel.dns.examination import Examination, examine
from panel.extensions import db
from panel.orders.models import AliasCheck, AliasLog, DomainAlias, Proof, RecordCheck
from panel.orders.verification import expected_of
from panel.outbox.models import OutboxMail
from panel.outbox.sealing import cipher_of
from tests.blueprints.test_aliases import HTMX, WHERE, WHO
from tests.factories.accounts import make_login
from tests.factories.directory import make_alias
from tests.factories.orders import make_domain
from tests.fixtures.nameserver import Nameserver
from tests.support.page import Answer, Page

DNS = WHERE + "lvye.example/dns"
"""A zone with the right records; its customer calls it an alias here."""


@pytest.fixture
def asking(app: Flask, nameserver: Nameserver) -> None:
    """The panel asks the tests' name server."""
    asked = {"dns_servers": (nameserver.address,), "dns_port": nameserver.port}
    app.config["YOUJU"] = replace(app.config["YOUJU"], dns_private=True, **asked)


@pytest.fixture
def alias(page: Page, session: Session) -> DomainAlias:
    """A pending alias of an active domain, whose customer is signed in."""
    domain = make_domain(session)
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))
    return make_alias(session, domain, "lvye.example", active=False)


def check(page: Page, key: str = "", where: str = DNS, *, htmx: bool = False) -> Answer:
    shown = page.get(where)
    forms = shown.soup.select(f"form[action='{where}/check']")
    chosen = next(form for form in forms if form.find("input", {"name": "key"})["value"] == key)
    data = {field["name"]: field["value"] for field in chosen.select("input")}
    answer = page.request("POST", where + "/check", htmx=htmx, data=data)
    return page.seen(answer, 200) if htmx else answer.follow()


@pytest.mark.usefixtures("asking")
@HTMX
def test_right_records_activate_the_alias_alone(
    page: Page, alias: DomainAlias, session: Session, htmx: bool
) -> None:
    answer = check(page, htmx=htmx)
    assert "已激活" in answer.find("#dns-records .actions").get_text()
    assert alias.activated_by is Proof.MX
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "alias.activate")).one()
    assert (entry.subject, entry.domain_id) == ("lvye.example", alias.domain_id)
    assert session.scalars(select(AliasCheck.key).order_by(AliasCheck.key)).all() == [
        "mx",
        "verify",
    ]
    assert session.scalars(select(RecordCheck.key)).all() == []


@pytest.mark.usefixtures("asking")
def test_its_people_are_told_with_the_page_of_the_alias(
    page: Page, alias: DomainAlias, session: Session, app: Flask
) -> None:
    for _ in range(2):
        check(page)
    sealed = session.scalars(select(OutboxMail.sealed)).one()
    assert sealed is not None
    mail = message_from_bytes(cipher_of(app.config["YOUJU"].secret_key).decrypt(sealed))
    text = mail.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert DNS in text.decode()
    assert "域名别名 lvye.example 已激活" in text.decode()


@pytest.mark.usefixtures("asking")
def test_one_row_is_checked_alone_and_its_log_is_shown(
    page: Page, alias: DomainAlias, session: Session
) -> None:
    check(page, "verify", htmx=True)
    assert session.scalars(select(AliasCheck.key)).all() == ["verify"]
    assert alias.activated_at is None
    said = page.get(DNS + "/log").said
    assert "_youju-verify.lvye.example TXT" in said


@pytest.mark.usefixtures("asking")
def test_the_token_alone_proves_it(
    page: Page, session: Session, alias: DomainAlias, nameserver: Nameserver
) -> None:
    other = make_alias(session, alias.main, "alias-token.example", active=False)
    proof = [record for record in expected_of(session, other) if record.key == "verify"]
    nameserver.publish("alias-token.example", proof)
    check(page, where=WHERE + "alias-token.example/dns")
    assert other.activated_by is Proof.TXT


def test_it_wants_no_branding(page: Page, alias: DomainAlias) -> None:
    said = page.get(DNS).find("#dns-records").get_text()
    assert "us2.mx1.mailhost.example." in said
    assert "_youju-verify" in said
    assert "CNAME" not in said
    zone = page.request("GET", DNS + "/zone.txt")
    assert "lvye.example.zone.txt" in zone.response.headers["Content-Disposition"]
    assert zone.text.startswith("$ORIGIN lvye.example.")
    assert "CNAME" not in zone.text


def test_only_the_operator_vouches_and_says_why(
    page: Page, alias: DomainAlias, session: Session, app: Flask
) -> None:
    assert not page.get(DNS).soup.select("[name=reason]")
    operator = Page(app, session)
    operator.sign_in(make_login(session))
    operator.get(DNS)
    refused = operator.form(action=DNS + "/activate").submit(422, reason=" ")
    assert "请说明手动激活的理由" in refused.said
    form = operator.form(action=DNS + "/activate")
    form.submit(reason="合同在手")
    assert (alias.activated_by, alias.activation_reason) == (Proof.OPERATOR, "合同在手")
    assert not operator.get(DNS).soup.select("[name=reason]")
    remove_alias(session, alias, **WHO)
    form.submit(404, reason="合同在手")


def test_the_link_shows_the_page_to_a_stranger_until_the_alias_goes(
    page: Page, alias: DomainAlias, session: Session, app: Flask
) -> None:
    link = str(page.get(DNS).find("[data-copy*='/dns/']")["data-copy"])
    path = link.removeprefix(app.config["YOUJU"].url)
    stranger = Page(app, session)
    answer = stranger.get(path)
    assert "lvye.example 的 DNS 记录" in answer.h1
    assert "mingyuan" not in answer.said
    assert not answer.soup.select("main form, a[href^='/mail/']")
    remove_alias(session, alias, **WHO)
    stranger.get(path, 410)


@pytest.mark.usefixtures("asking")
def test_an_alias_that_goes_while_it_is_asked_about_is_not_there(
    page: Page, alias: DomainAlias, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def examined(*asked: object) -> Examination:
        found = examine(*asked)  # type: ignore[arg-type]
        with page.app.app_context():
            other = db.session()
            gone = other.get_one(DomainAlias, 1)
            other.delete(gone)
            other.commit()
            db.session.remove()
        return found

    views = import_module("panel.blueprints.dns.views")
    monkeypatch.setattr(views, "examine", examined)
    token = page.get(DNS).find("[name=csrf_token]")["value"]
    answer = page.request("POST", DNS + "/check", data={"csrf_token": token, "key": ""})
    assert answer.status == 404
    session.expunge_all()
    assert session.scalars(select(AliasLog)).all() == []
