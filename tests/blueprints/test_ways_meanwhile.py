"""What came to be after a forward was saved, of which no check knew: the drawn way says it."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from panel.directory import routing
from panel.orders.models import Domain
from tests.factories.accounts import make_login
from tests.factories.directory import make_alias, make_mailbox
from tests.factories.orders import make_domain
from tests.support.page import Page

HERE = "/mail/mingyuan.example/"
PAGES = ("users/li/", "users/li/forwards", "forwards/sales/", "route?to=sales")


@pytest.fixture
def domain(page: Page, session: Session) -> Domain:
    """A domain with 李明 and 张伟, whose owner is signed in."""
    domain = make_domain(session)
    page.sign_in(make_login(session, "wang@mingyuan.example", domain.order.customer))
    for name in ("li", "zhang"):
        make_mailbox(session, domain, name)
    return domain


def forward(page: Page, name: str, to: str) -> None:
    """Save it as its page does, without a copy."""
    form = page.get(f"{HERE}users/{name}/forwards").form("users-forwards")
    form.submit(user=to, keep_copy=None)


def sales(page: Page) -> None:
    """A forward-only account that leads to 李明."""
    page.get(f"{HERE}forwards/new").form().submit(local_part="sales", targets="li@mingyuan.example")


def stopped(page: Page, where: str) -> dict[str, str]:
    """What the way on a page says at each kind of step that lets mail go no further."""
    found = page.get(HERE + where).soup.select(".route li:has(.bad, .warn)")
    return {str(one["data-step"]): " ".join(one.get_text(" ").split()) for one in found}


def answer(page: Page, where: str) -> str:
    """What becomes of a mail: what its sender is told, or why it could not be saved so now."""
    return page.get(HERE + where).find(".told, #forwards-preview .notice.bad").get_text()


def test_a_circle_that_a_new_alias_closes_is_spelled_out(
    page: Page, session: Session, domain: Domain
) -> None:
    forward(page, "li", "zhang@my.example")
    forward(page, "zhang", "li@mingyuan.example")
    sales(page)
    assert [stopped(page, where) for where in PAGES] == [{}] * len(PAGES)
    make_alias(session, domain, "my.example")
    chain = "li@mingyuan.example → zhang@mingyuan.example → li@mingyuan.example"
    for where in PAGES:
        assert stopped(page, where) == {"loop": f"邮件会循环转发：{chain}"}
        assert "550 5.1.1" in answer(page, where) or "循环转发" in answer(page, where)


def test_a_dead_end_that_a_new_alias_makes_is_named(
    page: Page, session: Session, domain: Domain
) -> None:
    forward(page, "li", "nobody@my.example")
    sales(page)
    make_alias(session, domain, "my.example")
    for where in PAGES:
        assert stopped(page, where) == {"unknown": "nobody@mingyuan.example 不存在。"}
        assert "550 5.1.1" in answer(page, where) or "无处可达" in answer(page, where)


def test_a_way_that_has_become_too_long_is_told(
    page: Page, session: Session, domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward(page, "li", "zhang@my.example")
    sales(page)
    make_alias(session, domain, "my.example")
    monkeypatch.setattr(routing, "MOST_PASSED", 1)
    for where in PAGES:
        assert "经过的地址过多" in stopped(page, where)["too_many"]
