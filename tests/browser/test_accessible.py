"""Every page is without fault to axe-core, wide and on a phone, light and dark; nothing is cut."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from panel.demo import data
from tests.fixtures.browser import Surfer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

AXE = next((Path(__file__).parent / "vendor").glob("axe-*.min.js")).read_text()
RUN = (
    "axe.run({resultTypes: ['violations']})"
    ".then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
)
PAGES = (
    "/orders/",
    "/orders/YJ000001",
    "/orders/new",
    "/orders/YJ000001/suspend",
    "/orders/YJ000001/renew",
    "/orders/YJ000001/seats",
    "/orders/YJ000005/resume",
    "/orders/switch",
    "/customers/",
    "/customers/new",
    "/customers/1",
    "/plans/",
    "/plans/1",
    "/plans/new",
    "/clusters/",
    "/clusters/1",
    "/clusters/new",
    "/mail/weilai.example/",
    "/mail/weilai.example/dns",
    "/mail/weilai.example/dns/log",
    "/mail/weilai.example/settings",
    "/mail/mingyuan.example/aliases/",
    "/mail/mingyuan.example/aliases/new",
    "/mail/mingyuan.example/aliases/mingyuan-trade.example/dns/log",
    "/mail/mingyuan.example/aliases/mingyuan-group.example/remove",
    "/mail/weilai.example/log",
    "/mail/weilai.example/log?from=nonsense",
    "/log",
    "/mail/mingyuan.example/users/",
    "/mail/mingyuan.example/users/new",
    "/mail/mingyuan.example/users/wang/",
    "/mail/mingyuan.example/users/wang/sheet",
    "/mail/mingyuan.example/users/wang/edit",
    "/mail/mingyuan.example/users/wang/password",
    "/mail/mingyuan.example/users/wang/password/proof",
    "/mail/mingyuan.example/users/wang/suspend",
    "/mail/mingyuan.example/users/wang/delete",
    "/mail/mingyuan.example/users/wang/forwards",
    "/mail/mingyuan.example/users/wang/auto-reply",
    "/mail/mingyuan.example/forwards/",
    "/mail/mingyuan.example/forwards/new",
    "/mail/mingyuan.example/catch-all",
    "/mail/mingyuan.example/route?to=wang",
    "/mail/mingyuan.example/users/axe-resume/resume",
    "/mail/mingyuan.example/users/axe-restore/restore",
    "/mail/mingyuan.example/users/axe-restore/",
    "/mail/mingyuan.example/forwards/axe/",
    "/mail/mingyuan.example/forwards/axe/remove",
    "/engine/",
    "/change",
    "/no-such-page",
)
WINDOWS: list[dict[str, Any]] = [
    {"locale": "zh-CN", "viewport": {"width": 1440, "height": 900}, "bypass_csp": True},
    {"locale": "en-GB", "viewport": {"width": 360, "height": 740}, "bypass_csp": True},
    {"locale": "zh-CN", "color_scheme": "dark", "bypass_csp": True},
]


def added(surfer: Surfer) -> list[Any]:
    """What axe finds on the confirmation with its sheet."""
    surfer.go("/mail/mingyuan.example/users/new")
    surfer.page.fill("#name", "周全")
    surfer.page.fill("#local_part", f"zhou{time.monotonic_ns()}")
    surfer.page.locator("#users-form button:not([type=button])").click()
    surfer.page.wait_for_selector("#users-added")
    faults: list[Any] = surfer.page.evaluate(AXE + ";" + RUN)
    return faults


def make_ready(surfer: Surfer) -> None:
    """A suspended and a deleted user and a forward-only account, made once as people make them."""
    home = "/mail/mingyuan.example"
    for name, change in (("axe-resume", "suspend"), ("axe-restore", "delete")):
        answer = surfer.page.goto(f"{surfer.product.url}{home}/users/{name}/")
        if answer is not None and answer.status == 404:
            surfer.go(f"{home}/users/new")
            surfer.page.fill("#name", "周全")
            surfer.page.fill("#local_part", name)
            surfer.page.locator("#users-form button:not([type=button])").click()
            surfer.page.wait_for_selector("#users-added")
            surfer.go(f"{home}/users/{name}/{change}")
            if change == "suspend":
                surfer.page.fill("#reason", "放假")
            surfer.page.locator("#users-change button").click()
            surfer.page.wait_for_url(f"**/users/{name}/")
    answer = surfer.page.goto(f"{surfer.product.url}{home}/forwards/axe/")
    if answer is not None and answer.status == 404:
        surfer.go(f"{home}/forwards/new")
        surfer.page.fill("#local_part", "axe")
        surfer.page.fill("#targets", "axe@qq.example")
        surfer.page.locator("#forwards-new button:not([name])").click()
        surfer.page.wait_for_url("**/forwards/")


def of_many(surfer: Surfer) -> dict[str, list[Any]]:
    """What axe finds on the confirmation for many users, and on their sheets."""
    found = {}
    for action, shown in (("suspend", "#users-bulk"), ("print", "article.sheet")):
        surfer.go("/mail/mingyuan.example/users/")
        for box in surfer.page.locator("[name=pick]").all()[:2]:
            box.check()
        surfer.page.locator(f"form[data-pick] button[value={action}]").click()
        surfer.page.wait_for_selector(shown)
        found[f"bulk {action}"] = surfer.page.evaluate(AXE + ";" + RUN)
    return found


@pytest.mark.parametrize("surfer", WINDOWS, indirect=True, ids=["wide", "phone", "dark"])
def test_pages_are_accessible_and_fit(surfer: Surfer) -> None:
    surfer.go("/login")
    found = {"/login": surfer.page.evaluate(AXE + ";" + RUN)}
    surfer.sign_in(data.read()["operator"]["email"], data.OPERATOR_PASSWORD)
    wide = []
    make_ready(surfer)
    for path in PAGES:
        surfer.go(path)
        if path.endswith("/dns"):  # with every kind of explanation on it
            surfer.page.click("#dns-records form button")
            surfer.page.wait_for_selector("#dns-records .badge.bad")
        found[path] = surfer.page.evaluate(AXE + ";" + RUN)
        if surfer.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)
    found |= {"added": added(surfer), **of_many(surfer)}
    link = surfer.page.goto(f"{surfer.product.url}/mail/weilai.example/dns")
    assert link is not None
    shared = surfer.page.locator("[data-copy*='/dns/']").get_attribute("data-copy")
    surfer.page.goto(str(shared))
    found["shared"] = surfer.page.evaluate(AXE + ";" + RUN)
    assert {path: faults for path, faults in found.items() if faults} == {}
    assert wide == []
