"""Every page is without fault to axe-core, wide and on a phone, light and dark; nothing is cut."""

from __future__ import annotations

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
    "/orders/switch",
    "/customers/",
    "/customers/new",
    "/customers/1",
    "/plans/",
    "/plans/1",
    "/clusters/",
    "/clusters/1",
    "/mail/hengtong.example/",
    "/mail/hengtong.example/dns",
    "/mail/hengtong.example/dns/log",
    "/mail/hengtong.example/settings",
    "/mail/mingyuan.example/users/",
    "/mail/mingyuan.example/users/new",
    "/mail/mingyuan.example/users/wang/",
    "/mail/mingyuan.example/users/wang/sheet",
    "/engine/",
    "/change",
    "/no-such-page",
)
WINDOWS: list[dict[str, Any]] = [
    {"locale": "zh-CN", "viewport": {"width": 1440, "height": 900}, "bypass_csp": True},
    {"locale": "en-GB", "viewport": {"width": 360, "height": 740}, "bypass_csp": True},
    {"locale": "zh-CN", "color_scheme": "dark", "bypass_csp": True},
]


@pytest.mark.parametrize("surfer", WINDOWS, indirect=True, ids=["wide", "phone", "dark"])
def test_pages_are_accessible_and_fit(surfer: Surfer) -> None:
    surfer.go("/login")
    found = {"/login": surfer.page.evaluate(AXE + ";" + RUN)}
    surfer.sign_in(data.read()["operator"]["email"], data.OPERATOR_PASSWORD)
    wide = []
    for path in PAGES:
        surfer.go(path)
        if path.endswith("/dns"):  # with every kind of explanation on it
            surfer.page.click("#dns-records form button")
            surfer.page.wait_for_selector("#dns-records .badge.bad")
        found[path] = surfer.page.evaluate(AXE + ";" + RUN)
        if surfer.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)
    assert {path: faults for path, faults in found.items() if faults} == {}
    assert wide == []
