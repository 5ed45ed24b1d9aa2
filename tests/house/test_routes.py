"""Every route with every role. A route without an expectation here fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from panel.accounts.access import SYSTEM
from panel.accounts.models import Login
from panel.directory.forwarding import Targets, add_forward_only
from panel.outbox.models import OutboxMail
from tests.factories.accounts import PASSWORD, make_login
from tests.factories.directory import make_alias, make_mailbox
from tests.factories.orders import NOW, make_customer, make_domain
from tests.support.page import Page


class Who(Enum):
    """Who may go there; for everybody else it does not exist (404), a stranger has to sign in."""

    ANYBODY = auto()
    SIGNED_IN = auto()
    OWNER = auto()
    OPERATOR = auto()
    NOBODY = auto()


@dataclass(frozen=True)
class Route:
    """What is expected: `get` is the status of reading, `sent` that of an empty form."""

    who: Who
    get: int = 200
    sent: int = 422


ROUTES = {
    "static": Route(Who.ANYBODY),
    "health.show": Route(Who.ANYBODY),
    "language.choose": Route(Who.ANYBODY, sent=400),
    "security.login": Route(Who.ANYBODY),
    "security.logout": Route(Who.ANYBODY, sent=302),
    "security.change_password": Route(Who.SIGNED_IN),
    "security.verify": Route(Who.NOBODY),
    "security.static": Route(Who.NOBODY),
    "orders.home": Route(Who.SIGNED_IN, get=303),
    "orders.index": Route(Who.SIGNED_IN),
    "orders.switch": Route(Who.SIGNED_IN),
    "orders.export": Route(Who.SIGNED_IN),
    "orders.show": Route(Who.OWNER),
    "orders.new": Route(Who.OPERATOR),
    "orders.create": Route(Who.OPERATOR),
    "orders.change": Route(Who.OPERATOR),
    "orders.apply": Route(Who.OPERATOR),
    "alias_dns.show": Route(Who.OWNER),
    "alias_dns.log": Route(Who.OWNER),
    "alias_dns.zone": Route(Who.OWNER),
    "alias_dns.check": Route(Who.OWNER, sent=400),
    "alias_dns.activate": Route(Who.OPERATOR),
    "aliases.index": Route(Who.OWNER),
    "aliases.new": Route(Who.OWNER),
    "aliases.create": Route(Who.OWNER),
    "aliases.ask": Route(Who.OWNER),
    "aliases.remove": Route(Who.OWNER, sent=303),
    "audit.index": Route(Who.OWNER),
    "audit.export": Route(Who.OWNER),
    "log.show": Route(Who.SIGNED_IN),
    "log.download": Route(Who.SIGNED_IN),
    "catch_all.show": Route(Who.OWNER),
    "catch_all.save": Route(Who.OWNER),
    "catch_all.look": Route(Who.OWNER),
    "clusters.index": Route(Who.OPERATOR),
    "clusters.new": Route(Who.OPERATOR),
    "clusters.create": Route(Who.OPERATOR),
    "clusters.show": Route(Who.OPERATOR),
    "clusters.edit": Route(Who.OPERATOR),
    "customers.index": Route(Who.OPERATOR),
    "customers.new": Route(Who.OPERATOR),
    "customers.create": Route(Who.OPERATOR),
    "customers.names": Route(Who.OPERATOR),
    "customers.show": Route(Who.OPERATOR),
    "customers.edit": Route(Who.OPERATOR),
    "dashboard.show": Route(Who.OWNER),
    "dns.log": Route(Who.OWNER),
    "dns.zone": Route(Who.OWNER),
    "sharing.show": Route(Who.ANYBODY, get=410),
    "dns.show": Route(Who.OWNER),
    "dns.check": Route(Who.OWNER, sent=400),
    "dns.activate": Route(Who.OPERATOR),
    "engine.show": Route(Who.OPERATOR),
    "forwards.index": Route(Who.OWNER),
    "forwards.new": Route(Who.OWNER),
    "forwards.create": Route(Who.OWNER),
    "forwards.look": Route(Who.OWNER, sent=200),
    "forwards.show": Route(Who.OWNER),
    "forwards.change": Route(Who.OWNER, sent=303),
    "forwards.ask": Route(Who.OWNER),
    "forwards.remove": Route(Who.OWNER, sent=409),
    "plans.index": Route(Who.OPERATOR),
    "plans.new": Route(Who.OPERATOR),
    "plans.create": Route(Who.OPERATOR),
    "plans.show": Route(Who.OPERATOR),
    "plans.edit": Route(Who.OPERATOR),
    "settings.show": Route(Who.OWNER),
    "settings.save": Route(Who.OWNER),
    "users.index": Route(Who.OWNER),
    "users.new": Route(Who.OWNER),
    "users.create": Route(Who.OWNER),
    "users.check": Route(Who.OWNER),
    "users.show": Route(Who.OWNER),
    "users.password": Route(Who.OWNER),
    "users.set_password": Route(Who.OWNER, sent=409),
    "users.change": Route(Who.OWNER),
    "users.apply": Route(Who.OWNER),
    "users.bulk": Route(Who.OWNER, get=400, sent=400),
    "users.bulk_apply": Route(Who.OWNER, sent=422),
    "users.forwards": Route(Who.OWNER),
    "users.set_forwards": Route(Who.OWNER, sent=303),
    "users.look_at_forwards": Route(Who.OWNER, sent=200),
    "users.undo_forwards": Route(Who.OWNER, sent=303),
    "route.show": Route(Who.OWNER),
    "users.auto_reply": Route(Who.OWNER),
    "users.proof": Route(Who.OWNER),
    "users.set_reply": Route(Who.OWNER),
    "users.sheet": Route(Who.OWNER),
    "users.qr": Route(Who.OWNER),
    "users.mail": Route(Who.OWNER),
}
FIELDS = {
    "dns.check": {"key": "no such record"},
    "alias_dns.check": {"key": "no such record"},
}
"""Sent instead of an empty form, which would ask the DNS."""
FRAGMENTS = {
    "catch_all.look",
    "customers.names",
    "users.check",
}
"""Answers of which there is no whole page."""
ALREADY_IN = {"security.login": 302}
"""Somebody who is signed in is led on."""


@dataclass(frozen=True)
class World:
    """What the URLs name, and who goes there."""

    values: dict[str, Any]
    owner: Login
    other: Login
    operator: Login


@pytest.fixture
def world(session: Session) -> World:
    """One customer's domain with a user and a mail on its way, and another customer."""
    domain = make_domain(session)
    make_mailbox(session, domain, "li.ming")
    make_alias(session, domain, "my.example", active=False)
    targets = Targets(["li.ming@mingyuan.example"])
    add_forward_only(session, domain, "sales", targets, by=SYSTEM, now=NOW)
    mail = OutboxMail(
        domain_id=domain.id,
        purpose="sheet",
        recipient="li@home.example",
        created_at=NOW,
        next_try_at=NOW,
    )
    session.add(mail)
    session.flush()
    stranger = make_customer(session, "绿野农业")
    values = {
        "domain": domain.name,
        "number": domain.order.number,
        "change": "suspend",
        "action": "suspend",
        "cluster_id": domain.order.cluster_id,
        "plan_id": domain.order.plan_id,
        "customer_id": domain.order.customer_id,
        "local_part": "li.ming",
        "forward_only": "sales",
        "alias": "my.example",
        "mail_id": mail.id,
        "filename": "mark.svg",
        "token": "guessed",
    }
    return World(
        values,
        owner=make_login(session, "wang@mingyuan.example", domain.order.customer),
        other=make_login(session, "li@lvye.example", stranger),
        operator=make_login(session),
    )


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule with each method that it takes."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def walk(page: Page, world: World, role: Who | None) -> list[str]:
    """Go everywhere; what is not as expected. A sign-out comes last."""
    wrong = []
    for rule, method in sorted(rules(page.app), key=lambda pair: "logout" in pair[0].endpoint):
        route = ROUTES[rule.endpoint]
        values = {name: world.values[name] for name in rule.arguments}
        url = page.url(rule.endpoint, **values)
        expected = expectation(rule.endpoint, route, method, role)
        if method == "GET":
            answer = page.request("GET", url, htmx=bool(role) and rule.endpoint in FRAGMENTS)
        else:
            fields = {**FIELDS.get(rule.endpoint, {}), "csrf_token": token(page)}
            answer = page.request(method, url, data=fields)
        if answer.status != expected:
            wrong.append(f"{method} {url}: {answer.status} instead of {expected}")
        elif answer.is_html and answer.status == 200:
            page.seen(answer, 200)
    return wrong


def expectation(endpoint: str, route: Route, method: str, role: Who | None) -> int:
    """The status for that role: None is a stranger, SIGNED_IN another customer."""
    usual = route.get if method == "GET" else route.sent
    if role is None:
        return usual if route.who is Who.ANYBODY else 303
    if endpoint in ALREADY_IN:
        return ALREADY_IN[endpoint]
    may = {
        Who.SIGNED_IN: {Who.ANYBODY, Who.SIGNED_IN},
        Who.OWNER: {Who.ANYBODY, Who.SIGNED_IN, Who.OWNER},
        Who.OPERATOR: set(Who) - {Who.NOBODY},
    }
    return usual if route.who in may[role] else 404


def token(page: Page) -> str:
    """The token of this session's forms, for whoever it is."""
    where = "/orders/" if page.get("/", 303).location == "/orders/" else "/login"
    return str(page.get(where).find("[name=csrf_token]")["value"])


def test_every_route_has_an_expectation(app: Flask) -> None:
    there = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert there == set(ROUTES)


def test_a_stranger_has_to_sign_in(page: Page, world: World) -> None:
    assert walk(page, world, None) == []


def test_an_owner_reaches_what_is_theirs(page: Page, world: World) -> None:
    page.sign_in(world.owner)
    assert walk(page, world, Who.OWNER) == []


def test_another_customer_finds_nothing_of_it(page: Page, world: World) -> None:
    page.sign_in(world.other)
    assert walk(page, world, Who.SIGNED_IN) == []


def test_the_operator_reaches_everything(page: Page, world: World) -> None:
    page.sign_in(world.operator)
    assert walk(page, world, Who.OPERATOR) == []


def test_every_page_is_english_for_who_reads_english(page: Page, world: World) -> None:
    world.operator.language = page.language = "en"
    wish = {"Accept-Language": "en"}
    form = page.seen(page.request("GET", "/login", headers=wish), 200).form()
    form.submit(303, email=world.operator.email, password=PASSWORD)
    assert walk(page, world, Who.OPERATOR) == []


def test_nothing_changes_without_the_token(page: Page, world: World) -> None:
    page.sign_in(world.operator)
    for rule, method in rules(page.app):
        if method != "GET":
            values = {name: world.values[name] for name in rule.arguments}
            answer = page.request(method, page.url(rule.endpoint, **values))
            assert answer.status == 400, rule.endpoint


def test_what_is_not_there_is_a_page_too(page: Page, world: World) -> None:
    page.get("/no/such/page", expect=404)
    page.sign_in(world.operator)
    page.get("/no/such/page", expect=404)
    page.get("/mail/nobody.example/", expect=404)
    page.get("/no/such/page", expect=404, htmx=True)
