"""The way of a mail as it is drawn."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask_babel import force_locale

from panel.directory.routing import Answer, Route, Step, StepKind
from panel.orders.models import ServiceStatus

LI, HER = "li@a.example", "li@xn--bcher-kva.example"
SAID = {
    StepKind.ALIAS_DOMAIN: ("等同于 li@bücher.example", "alias address"),
    StepKind.FORWARD: ("转发到 li@bücher.example", "forwards to"),
    StepKind.FORWARD_ONLY: ("只限转发账户", "forward-only account"),
    StepKind.CATCH_ALL: ("Catch-All", "catch-all delivers"),
    StepKind.NOTIFICATION: ("通知邮箱", "notification address"),
    StepKind.MAILBOX: ("投递到邮箱账户", "Delivered to"),
    StepKind.OUTSIDE: ("外部邮件服务器", "Sent on"),
    StepKind.NEIGHBOUR: ("属于其他客户", "another customer"),
    StepKind.WAITING: ("域名是您自己的", "your own"),
    StepKind.SUSPENDED: ("已停用", "is suspended"),
    StepKind.DELETED: ("回收站", "recycle bin"),
    StepKind.UNKNOWN: ("不存在", "does not exist"),
    StepKind.LOOP: ("循环", "in a circle"),
    StepKind.TOO_MANY: ("过多", "too many addresses"),
}


def drawn(app: Flask, found: Route, locale: str, **more: object) -> BeautifulSoup:
    with app.test_request_context(), force_locale(locale):
        macro = app.jinja_env.get_template("components/route.html").module.route
        return BeautifulSoup(str(macro(found, **more)), "html.parser")


@pytest.mark.parametrize("kind", StepKind)
def test_each_step_is_said_in_both_languages(app: Flask, kind: StepKind) -> None:
    found = Route("x@a.example", (Step(kind, LI, HER),), (), Answer.UNKNOWN)
    for locale, said in zip(("zh", "en"), SAID[kind], strict=True):
        (line,) = drawn(app, found, locale).select(f"li[data-step={kind}]")
        assert said in " ".join(line.get_text().split())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer.TAKEN, "送达 1 个地址"),
        (Answer.RETURNED, "退回给发件人"),
        (Answer.UNKNOWN, "5.1.1"),
        (Answer.SUSPENDED, "5.2.1"),
        (Answer.TOO_MANY, "5.2.4"),
    ],
)
def test_what_the_sender_is_told_stands_below(app: Flask, answer: Answer, said: str) -> None:
    found = Route(LI, (Step(StepKind.MAILBOX, LI),), (LI,), answer)
    assert said in drawn(app, found, "zh").select_one(".told").get_text()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("service", "first"),
    [
        (ServiceStatus.PENDING, "尚未激活"),
        (ServiceStatus.SUSPENDED, "已停用"),
        (ServiceStatus.EXPIRED, "已到期"),
    ],
)
def test_a_domain_that_takes_no_mail_says_so_first(
    app: Flask, service: ServiceStatus, first: str
) -> None:
    found = Route(LI, (Step(StepKind.MAILBOX, LI),), (LI,), Answer.TAKEN)
    soup = drawn(app, found, "zh", service=service)
    assert first in soup.find().get_text()  # type: ignore[union-attr]
    assert "554 5.7.1" in soup.select_one(".told").get_text()  # type: ignore[union-attr]
    assert not soup.select(".good")


def test_how_another_customers_address_stands_is_not_promised(app: Flask) -> None:
    steps = (Step(StepKind.FORWARD_ONLY, LI, HER), Step(StepKind.NEIGHBOUR, HER))
    soup = drawn(app, Route(LI, steps, (HER,), Answer.TAKEN), "zh")
    assert "无法在此确定" in soup.select_one(".told").get_text()  # type: ignore[union-attr]
    assert not soup.select(".good")
    both = (*steps, Step(StepKind.MAILBOX, LI))
    soup = drawn(app, Route(LI, both, (LI, HER), Answer.TAKEN), "zh")
    assert "送达 1 个地址" in soup.select_one(".told").get_text()  # type: ignore[union-attr]


def test_what_cannot_be_saved_is_not_promised_to_arrive(app: Flask) -> None:
    found = Route(LI, (Step(StepKind.MAILBOX, LI),), (LI,), Answer.TAKEN)
    assert not drawn(app, found, "zh", refused=True).select(".told")


def test_what_a_step_leads_to_stands_deeper(app: Flask) -> None:
    steps = (
        Step(StepKind.ALIAS_DOMAIN, "s@my.example", "s@a.example"),
        Step(StepKind.FORWARD_ONLY, "s@a.example", LI),
        Step(StepKind.MAILBOX, LI),
        Step(StepKind.FORWARD_ONLY, "s@a.example", "x@qq.example"),
        Step(StepKind.OUTSIDE, "x@qq.example"),
    )
    lines = drawn(app, Route("s@my.example", steps, (LI,), Answer.TAKEN), "zh").select("li")
    assert [line["class"][0] for line in lines] == [
        "deep-0",
        "deep-1",
        "deep-2",
        "deep-1",
        "deep-2",
    ]


def test_a_domain_that_is_not_here_is_said(app: Flask) -> None:
    found = Route("x@qq.example", (Step(StepKind.OUTSIDE, "x@qq.example"),), (), Answer.NOT_OURS)
    assert "未在本系统激活" in drawn(app, found, "zh").get_text()
