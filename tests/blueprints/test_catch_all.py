"""The catch-all's page."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.directory import states
from panel.directory.catch_all import catch_all_of, set_catch_all
from panel.directory.forwarding import Targets, add_forward_only
from panel.directory.queries import find_mailbox
from panel.orders.models import Domain
from tests.factories.accounts import make_login
from tests.factories.directory import make_mailbox
from tests.factories.orders import NOW, make_domain
from tests.support.page import Page

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
WHERE = "/mail/mingyuan.example/catch-all"
WHO = {"by": SYSTEM, "now": NOW}


@pytest.fixture(params=["customer", "operator"])
def domain(page: Page, session: Session, request: pytest.FixtureRequest) -> Domain:
    """A domain with users, one suspended, one deleted; its customer or the operator signed in."""
    domain = make_domain(session)
    for name in ("li", "wang", "closed", "binned"):
        make_mailbox(session, domain, name)
    add_forward_only(session, domain, "sales", Targets(["li@mingyuan.example"]), **WHO)
    closed, binned = (find_mailbox(session, domain.id, name) for name in ("closed", "binned"))
    assert closed is not None
    assert binned is not None
    states.suspend_mailbox(session, domain, closed, "left", version=1, **WHO)
    states.delete_mailbox(session, domain, binned, version=1, **WHO)
    customer = domain.order.customer if request.param == "customer" else None
    page.sign_in(make_login(session, "admin@mingyuan.example", customer))
    return domain


@HTMX
@pytest.mark.parametrize("typed", ["li", "LI", "sales", "li@mingyuan.example"])
def test_it_delivers_and_bounces_again(
    page: Page, domain: Domain, session: Session, typed: str, htmx: bool
) -> None:
    form = page.get(WHERE).form("catch-all-edit")
    done = form.submit(htmx=htmx, mode="deliver", local_part=typed)
    name = typed.lower().partition("@")[0]
    assert f"投递到 {name}@mingyuan.example" in done.said
    assert catch_all_of(session, domain) == name
    done.form("catch-all-edit").submit(htmx=htmx, mode="bounce")
    assert catch_all_of(session, domain) is None
    entries = select(AuditEntry.data).where(AuditEntry.action == "domain.catch_all")
    assert list(session.scalars(entries)) == [
        {"before": None, "target": name},
        {"before": name, "target": None},
    ]


@HTMX
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "请输入接收邮件的地址"),
        ("nobody", "nobody@"),
        ("li@qq.example", "本域名的地址"),
        ("closed", "停用"),
        ("binned", "binned@"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    page: Page, domain: Domain, session: Session, typed: str, said: str, htmx: bool
) -> None:
    form = page.get(WHERE).form("catch-all-edit")
    refused = form.submit(422, htmx=htmx, mode="deliver", local_part=typed)
    assert said in refused.error("local_part")
    assert refused.find("[name=local_part]").get("value", "") == typed
    assert catch_all_of(session, domain) is None


@HTMX
def test_two_people_at_once(page: Page, domain: Domain, session: Session, htmx: bool) -> None:
    first, second = (page.get(WHERE).form("catch-all-edit") for _ in range(2))
    first.submit(mode="deliver", local_part="li")
    first.submit(mode="deliver", local_part="li")  # sent twice
    refused = second.submit(409, htmx=htmx, mode="deliver", local_part="wang")
    assert "当前为：li@mingyuan.example" in refused.said
    assert catch_all_of(session, domain) == "li"
    refused.form("catch-all-edit").submit(htmx=htmx)
    assert catch_all_of(session, domain) == "wang"


@HTMX
def test_the_way_is_seen_before_it_is_saved(
    page: Page, domain: Domain, session: Session, htmx: bool
) -> None:
    form = page.get(WHERE).form("catch-all-edit")
    shown = form.submit(htmx=htmx, mode="deliver", local_part="sales", preview="1")
    assert [step["data-step"] for step in shown.soup.select("[data-step]")] == [
        "forward_only",
        "mailbox",
    ]
    assert catch_all_of(session, domain) is None
    live = page.get(WHERE + "/preview?local_part=s", htmx=True)
    assert [option["value"] for option in live.soup.select("option")] == ["sales"]


def test_what_was_suspended_later_is_seen(page: Page, domain: Domain, session: Session) -> None:
    set_catch_all(session, domain, "li", **WHO)
    li = find_mailbox(session, domain.id, "li")
    assert li is not None
    states.suspend_mailbox(session, domain, li, "left", version=li.version, **WHO)
    said = page.get(WHERE).said
    assert "li@mingyuan.example 已停用" in said
    assert "550 5.1.1" in said  # as of any address that nobody has
    assert "5.2.1" not in said
