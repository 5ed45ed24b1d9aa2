"""The DNS page, asking the real Knot."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.models import AuditEntry
from panel.blueprints.dns.sharing import LASTS
from panel.dns.answers import Asked, Outcome, Question, Server
from panel.orders.models import DnsLog, Domain, Proof, RecordCheck
from tests.factories.accounts import make_login
from tests.factories.orders import NOW, make_customer, make_domain
from tests.fixtures.nameserver import Nameserver
from tests.support.page import Answer, Page


@pytest.fixture
def asking(app: Flask, nameserver: Nameserver) -> None:
    """The panel asks the tests' name server."""
    app.config["YOUJU"] = replace(
        app.config["YOUJU"],
        dns_servers=(nameserver.address,),
        dns_port=nameserver.port,
        dns_private=True,
    )


def signed_in(page: Page, session: Session, name: str) -> Domain:
    domain = make_domain(session, name, active=False)
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))
    return domain


def check(page: Page, domain: Domain, *, key: str = "", htmx: bool = False) -> Answer:
    shown = page.get(f"/mail/{domain.name}/dns")
    forms = shown.soup.select("form[action$='/dns/check']")
    chosen = next(form for form in forms if form.find("input", {"name": "key"})["value"] == key)
    data = {field["name"]: field["value"] for field in chosen.select("input")}
    answer = page.request("POST", f"/mail/{domain.name}/dns/check", htmx=htmx, data=data)
    return page.seen(answer, 200) if htmx else answer.follow()


@pytest.mark.usefixtures("asking")
@pytest.mark.parametrize("htmx", [False, True])
def test_right_records_activate_the_domain(page: Page, session: Session, htmx: bool) -> None:
    domain = signed_in(page, session, "mingyuan.example")
    answer = check(page, domain, htmx=htmx)
    assert answer.said.count("有效") >= 7
    session.refresh(domain)
    assert domain.activated_by is Proof.MX
    if htmx:
        assert "已激活" in answer.find("#here").get_text()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "domain.activate")).one()
    assert entry.data == {"proof": "mx"}


@pytest.mark.usefixtures("asking")
def test_wrong_records_are_explained_and_activate_nothing(page: Page, session: Session) -> None:
    domain = signed_in(page, session, "hengtong.example")
    said = check(page, domain).said
    for text in ("记录值末尾多了您的域名", "优先级更高", "删除这条不属于本邮局的 MX 记录"):
        assert text in said
    session.refresh(domain)
    assert domain.activated_at is None


@pytest.mark.usefixtures("asking")
def test_one_row_is_checked_alone(page: Page, session: Session) -> None:
    domain = signed_in(page, session, "mingyuan.example")
    check(page, domain, key="pop", htmx=True)
    keys = session.scalars(select(RecordCheck.key)).all()
    assert keys == ["pop"]


@pytest.mark.usefixtures("asking")
@pytest.mark.parametrize("htmx", [False, True])
def test_the_proof_stays_unfolded_when_it_was_checked(
    page: Page, session: Session, htmx: bool
) -> None:
    domain = signed_in(page, session, "chunfeng.example")
    assert not check(page, domain, htmx=htmx).find("#dns-other-proof").has_attr("open")
    proof = check(page, domain, key="verify", htmx=htmx).find("#dns-other-proof")
    assert proof.has_attr("open")
    assert "没有此记录。请添加" in proof.get_text()


@pytest.mark.usefixtures("asking")
def test_could_not_ask_replaces_nothing(
    page: Page, session: Session, app: Flask, nameserver: Nameserver
) -> None:
    domain = signed_in(page, session, "mingyuan.example")
    check(page, domain)
    settings = app.config["YOUJU"]
    app.config["YOUJU"] = replace(settings, dns_servers=("127.0.0.1:1",), dns_timeout=0.3)
    check(page, domain)
    kinds = dict(session.execute(select(RecordCheck.key, RecordCheck.kind)).all())
    assert kinds["mx"] == "valid"
    said = page.get(f"/mail/{domain.name}/dns").said
    assert "上次检测没有成功" in said
    assert said.count("的结果： 有效") == 7  # what was found before, with its time
    assert said.count("我们的 DNS 查询暂时不可用") == 1
    app.config["YOUJU"] = settings
    assert "上次检测没有成功" not in check(page, domain).said


@pytest.mark.usefixtures("asking")
@pytest.mark.parametrize("htmx", [False, True])
def test_a_check_says_what_it_has_brought(page: Page, session: Session, htmx: bool) -> None:
    domain = signed_in(page, session, "hengtong.example")
    said = [check(page, domain, htmx=htmx).find("#notices").get_text() for _ in range(2)]
    assert "已检测：有新的结果" in said[0]
    assert "已检测：没有变化" in said[1]


def test_an_open_page_looks_again_once_the_next_check_is_over(page: Page, session: Session) -> None:
    domain = signed_in(page, session, "mingyuan.example")
    where = "/mail/mingyuan.example/dns"
    domain.next_check_at = None
    assert not page.get(where).soup.select("[hx-trigger*=load]")
    domain.next_check_at = datetime.now(UTC) + timedelta(seconds=600)
    seconds = re.findall(r"load delay:(\d+)s", page.get(where).text)
    assert 600 < int(seconds[0]) <= 630
    domain.next_check_at = datetime.now(UTC) - timedelta(seconds=600)
    assert "load delay:60s" in page.get(where).text
    domain.activated_at = datetime.now(UTC)
    assert not page.get(where).soup.select("[hx-trigger*=load]")


def test_only_the_operator_vouches_and_says_why(page: Page, session: Session) -> None:
    domain = make_domain(session, "weilai.example", active=False)
    page.sign_in(make_login(session))
    page.get("/mail/weilai.example/dns")
    refused = page.form(action="/mail/weilai.example/dns/activate").submit(422, reason=" ")
    assert "请说明手动激活的理由" in refused.said
    page.form(action="/mail/weilai.example/dns/activate").submit(reason="合同在手")
    session.refresh(domain)
    assert (domain.activated_by, domain.activation_reason) == (Proof.OPERATOR, "合同在手")


def test_the_link_shows_the_page_to_a_stranger_and_nothing_else(
    page: Page, session: Session, app: Flask
) -> None:
    domain = signed_in(page, session, "mingyuan.example")
    shown = page.get("/mail/mingyuan.example/dns")
    link = str(shown.find("[data-copy*='/dns/']")["data-copy"])
    stranger = Page(app, session)
    path = link.removeprefix(app.config["YOUJU"].url)
    answer = stranger.get(path)
    assert "us2.mx1.mailhost.example." in answer.said
    assert not answer.soup.select("main form, a[href^='/mail/']")
    token = path.rpartition("/")[2]
    stranger.get(f"/dns/x{token[1:]}", 410)
    old = _signer_at(app, -LASTS - timedelta(seconds=1)).dumps(domain.name)
    stranger.get(f"/dns/{old}", 410)
    fresh = _signer_at(app, timedelta()).dumps("no-such.example")
    stranger.get(f"/dns/{fresh}", 410)


def _signer_at(app: Flask, shift: timedelta) -> URLSafeTimedSerializer:
    """The panel's signer with its clock shifted."""

    class Then(TimestampSigner):
        def get_timestamp(self) -> int:
            return super().get_timestamp() + int(shift.total_seconds())

    return URLSafeTimedSerializer(app.secret_key, salt="dns page", signer=Then)


def test_the_zone_file_is_downloaded(page: Page, session: Session) -> None:
    signed_in(page, session, "mingyuan.example")
    answer = page.request("GET", "/mail/mingyuan.example/dns/zone.txt")
    assert answer.response.headers["Content-Disposition"].startswith("attachment")
    assert "@ 86400 IN MX 100 us2.mx1.mailhost.example." in answer.text


@pytest.mark.usefixtures("asking")
def test_who_was_asked_what_is_shown_on_demand(page: Page, session: Session) -> None:
    domain = signed_in(page, session, "hengtong.example")
    assert "尚未检测" in page.get(f"/mail/{domain.name}/dns/log").said
    link = check(page, domain).find("a[href$='/dns/log']")
    said = page.get(str(link["href"])).said
    for text in ("hengtong.example MX", "ns1.hengtong.example", "有记录", "imap.old-host.example"):
        assert text in said


def test_an_answer_that_was_not_read_is_told_in_words(page: Page, session: Session) -> None:
    domain = signed_in(page, session, "mingyuan.example")
    server, question = Server("192.0.2.1"), Question("mingyuan.example", "TXT")
    line = Asked(server, question, "tcp", Outcome.SERVER_FAILED, (), 7).to_json()
    lines = [line | {"said": "answer too large"}]
    session.add(DnsLog(watched_id=domain.id, checked_at=NOW, is_partial=False, lines=lines))
    said = page.get("/mail/mingyuan.example/dns/log").said
    assert "应答超出本系统读取的大小" in said
    assert "too large" not in said


def test_a_very_long_domain_wants_no_names_that_cannot_exist(page: Page, session: Session) -> None:
    domain = signed_in(page, session, ".".join(["a" * 61] * 4) + ".cn")
    answer = page.get(f"/mail/{domain.name}/dns")
    assert len(answer.soup.select("#dns-records .card")) == 1


def test_below_another_customer_s_domain_the_page_asks_for_the_proof(
    page: Page, session: Session
) -> None:
    make_domain(session, "bulk.example", customer=make_customer(session, "绿野物流"))
    domain = signed_in(page, session, "mail.bulk.example")
    said = page.get(f"/mail/{domain.name}/dns").find("#dns-first").get_text()
    assert "上级域名属于其他客户" in said
    assert "即自动激活" not in said
