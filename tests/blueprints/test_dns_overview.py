"""What a DNS page says first: the whole domain's fault once, what to do, how each part stands."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from bs4 import Tag
from sqlalchemy.orm import Session

from panel.dns.verdicts import Reason, Row, Verdict, VerdictKind, with_all_rows
from panel.orders.models import Domain, RecordCheck
from tests.factories.accounts import make_login
from tests.factories.orders import NOW, make_domain
from tests.support.page import Answer, Page

HOSTS = tuple(f"us2.mx{n}.mailhost.example" for n in (1, 2, 3))
LABELS = ("webmail", "imap", "pop", "smtp")
FOREIGN = Row("5 mx.old-host.example", VerdictKind.DANGEROUS, Reason.FOREIGN_OUTRANKS)
NS = ("ns1.dns-host.example",)


def mx(kind: VerdictKind, reason: Reason, others: tuple[Row, ...] = (), **data: object) -> Verdict:
    """The verdict on three MX records that are all alike."""
    rows = tuple(Row(host, kind, reason) for host in HOSTS)
    verdict = Verdict("mx", kind, reason, rows, tuple(row.value for row in others), others)
    return with_all_rows(verdict, kind, reason, **data)


def all_of(kind: VerdictKind, reason: Reason, **data: object) -> list[Verdict]:
    """The same of the MX records and of the branding."""
    rows = {label: (Row(f"us2.{label}.mailhost.example", kind, reason),) for label in LABELS}
    names = [Verdict(label, kind, reason, row) for label, row in rows.items()]
    return [mx(kind, reason, **data), *(with_all_rows(v, kind, reason, **data) for v in names)]


RIGHT = all_of(VerdictKind.VALID, Reason.NONE)


def keep(
    session: Session, domain: Domain, verdicts: Iterable[Verdict], failure: Verdict | None = None
) -> None:
    """Store verdicts as a check would."""
    for verdict in verdicts:
        check = RecordCheck(watched_id=domain.id, key=verdict.key, kind=verdict.kind.value)
        check.verdict, check.checked_at = verdict.to_json(), NOW
        if failure is not None and verdict.key == "mx":
            check.failure, check.failed_at = failure.to_json(), NOW
        session.add(check)
    session.flush()


@pytest.fixture
def domain(page: Page, session: Session) -> Domain:
    """A pending domain whose customer is signed in."""
    domain = make_domain(session, "mingyuan.example", active=False)
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))
    return domain


def shown(page: Page) -> Answer:
    return page.get("/mail/mingyuan.example/dns")


def first(page: Page) -> str:
    """What stands at the top."""
    return " ".join(shown(page).find("#dns-first").get_text(" ").split())


def sums(answer: Answer) -> list[str]:
    badges: list[Tag] = answer.soup.select("#dns-records .card > h2 .badge")
    return [badge.get_text() for badge in badges]


def test_three_of_ours_below_a_foreign_one_are_not_enough_and_it_is_said_what_to_delete(
    page: Page, session: Session, domain: Domain
) -> None:
    keep(session, domain, [mx(VerdictKind.VALID, Reason.NONE, (FOREIGN,))])
    said = first(page)
    assert "删除这条不属于本邮局的 MX 记录： 主机记录 @" in said
    assert "mx.old-host.example." in said
    assert "优先级 5" in said
    assert "没有其他邮局的记录排在前面时" in said
    assert sums(shown(page))[0] == "3 / 3 有效，1 条需删除"


def test_an_unchecked_domain_is_told_to_add_the_records(page: Page, domain: Domain) -> None:
    assert domain.activated_at is None
    assert "添加下面列出的 MX 记录" in first(page)


def test_what_lacks_and_what_is_wrong_is_counted(
    page: Page, session: Session, domain: Domain
) -> None:
    rows = (
        Row(HOSTS[0], VerdictKind.VALID, Reason.NONE),
        Row(HOSTS[1], VerdictKind.WRONG, Reason.DOMAIN_DOUBLED, ("x.example",)),
        Row(HOSTS[2], VerdictKind.MISSING, Reason.NO_RECORD),
    )
    verdict = Verdict("mx", VerdictKind.WRONG, Reason.DOMAIN_DOUBLED, rows)
    keep(session, domain, [verdict, *RIGHT[1:]])
    said = first(page)
    assert said.index("改正无效的 1 条") < said.index("添加缺少的 1 条")
    assert sums(shown(page)) == ["1 / 3 有效", "4 / 4 有效"]


@pytest.mark.parametrize(
    ("kind", "reason", "words"),
    [
        (VerdictKind.WRONG, Reason.SERVERS_LAME, "DNS 服务器上没有此域名"),
        (VerdictKind.WRONG, Reason.SERVERS_REFUSE, "拒绝应答"),
        (VerdictKind.UNKNOWN, Reason.SERVERS_SILENT, "没有应答"),
        (VerdictKind.WRONG, Reason.DNSSEC_BOGUS, "DNSSEC 签名"),
        (VerdictKind.MISSING, Reason.NO_DOMAIN, "请确认域名已注册"),
    ],
)
def test_a_fault_of_the_whole_domain_is_said_once_at_the_top(
    page: Page, session: Session, domain: Domain, kind: VerdictKind, reason: Reason, words: str
) -> None:
    keep(session, domain, all_of(kind, reason, servers=NS))
    answer = shown(page)
    assert words in answer.find("#dns-first").get_text()
    assert answer.find("#dns-records").get_text().count(words) == 1
    assert "请添加" not in answer.find("#dns-records .card").get_text()


def test_an_old_verdict_beside_a_new_failure_is_said_to_be_old(
    page: Page, session: Session, domain: Domain
) -> None:
    failed = mx(VerdictKind.UNKNOWN, Reason.SERVERS_SILENT, servers=NS)
    keep(session, domain, [mx(VerdictKind.VALID, Reason.NONE, (FOREIGN,))], failed)
    answer = shown(page)
    rows = answer.soup.select("table.states")[0].select("tbody tr")
    for row in rows[:3]:
        assert row.find(class_="badge").get_text() == "未能检测"
        assert "的结果： 有效" in row.get_text(" ")
    assert "检测时有此记录" in rows[3].get_text()
    assert "删除" not in answer.find("#dns-first").get_text()


def test_a_lazy_server_beside_a_good_one_is_said_once_and_nothing_of_mail(
    page: Page, session: Session, domain: Domain
) -> None:
    lazy = all_of(VerdictKind.VALID, Reason.SERVERS_SILENT, servers=NS)
    keep(session, domain, [mx(VerdictKind.MISSING, Reason.NO_RECORD), *lazy[1:]])
    said = shown(page).find("#dns-records").get_text()
    assert said.count("有 DNS 服务器没有应答") == 1
    assert "邮件可以正常使用" not in said


def test_what_only_time_cures_is_said_once(page: Page, session: Session, domain: Domain) -> None:
    late = all_of(VerdictKind.NOT_IN_EFFECT, Reason.ABSENCE_CACHED, seconds=480)
    keep(session, domain, late)
    answer = shown(page)
    assert "只需等待生效" in answer.find("#dns-first").get_text()
    assert answer.find("#dns-records").get_text().count("8 分钟") == 1
    assert "请添加" not in answer.find("#dns-records .card").get_text()


def test_a_cname_at_the_apex_is_what_to_do_first(
    page: Page, session: Session, domain: Domain
) -> None:
    keep(session, domain, [mx(VerdictKind.WRONG, Reason.CNAME_AT_APEX, found=("web.example",))])
    answer = shown(page)
    todo = [step.get_text() for step in answer.soup.select("#dns-first li")]
    assert "使 MX 记录失效" in todo[0]
    assert "添加下面列出的 MX 记录" in todo[1]
    assert answer.find("#dns-records").get_text().count("使 MX 记录失效") == 1


class TestFaultOfAnActiveDomain:
    """Mail goes elsewhere since some time: every page that shows the state says so."""

    @pytest.fixture(autouse=True)
    def faulty(self, session: Session, domain: Domain) -> None:
        domain.activated_at = domain.fault_since = NOW
        keep(session, domain, [mx(VerdictKind.VALID, Reason.NONE, (FOREIGN,))])

    def test_the_page(self, page: Page) -> None:
        said = first(page)
        assert "邮件没有正常送到这里" in said
        assert "自 2026-11-23 10:00 起，MX 记录不正确" in said
        answer = shown(page)
        for place in (answer.find("#here"), answer.find("#dns-records .actions")):
            assert "已激活，MX 记录有误" in place.get_text()

    def test_the_link(self, page: Page) -> None:
        link = str(shown(page).find("[data-copy*='/dns/']")["data-copy"])
        assert "自 2026-11-23 10:00 起" in page.get("/dns/" + link.rpartition("/")[2]).said

    @pytest.mark.parametrize("path", ["/orders/", "/orders/{number}"])
    def test_the_orders(self, page: Page, domain: Domain, path: str) -> None:
        said = page.get(path.format(number=domain.order.number)).said
        assert "已激活，MX 记录有误" in said


def test_a_right_domain_has_nothing_to_do(page: Page, session: Session, domain: Domain) -> None:
    domain.activated_at = NOW
    keep(session, domain, RIGHT)
    answer = shown(page)
    assert "MX 记录正确，无需操作" in first(page)
    assert "请添加" not in answer.find("#dns-records").get_text()
    assert sums(answer) == ["3 / 3 有效", "4 / 4 有效"]
