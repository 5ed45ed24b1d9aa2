"""The audit log in the browser: what was just done stands there, and the filters work."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from panel.demo import data
from tests.fixtures.browser import Surfer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

AXE = next((Path(__file__).parent / "vendor").glob("axe-*.min.js")).read_text()
RUN = "axe.run({resultTypes: ['violations']}).then(r => r.violations.map(v => v.id))"
LOG = "/mail/mingyuan.example/log"


def add_and_reset(surfer: Surfer, local: str) -> None:
    """A new user whose password is set anew: two entries."""
    page = surfer.page
    surfer.go("/mail/mingyuan.example/users/new")
    page.fill("#name", "何静")
    page.fill("#local_part", local)
    page.locator("#users-form button:not([type=button])").click()
    page.wait_for_selector("#users-added")
    surfer.go(f"/mail/mingyuan.example/users/{local}/password")
    page.locator("main form button:not([type=button])").click()
    page.wait_for_selector("#users-added")


def faults(surfer: Surfer) -> list[str]:
    """What axe finds on the page."""
    found: list[str] = surfer.page.evaluate(AXE + ";" + RUN)
    return found


@pytest.mark.parametrize(
    ("surfer", "told"),
    [
        ({"locale": "zh-CN", "bypass_csp": True}, "重设了 {} 的密码"),
        ({"locale": "en-GB", "bypass_csp": True}, "Reset the password of {}"),
    ],
    indirect=["surfer"],
    ids=["zh", "en"],
)
def test_what_is_done_is_listed_and_found(surfer: Surfer, told: str) -> None:
    page, local = surfer.page, f"he{time.monotonic_ns()}"
    surfer.sign_in("wang@mingyuan.example", data.CUSTOMER_PASSWORD)
    add_and_reset(surfer, local)
    surfer.go(LOG)
    rows = page.locator("#audit-rows tbody tr")
    expect(rows.first).to_contain_text(told.format(f"{local}@mingyuan.example"))
    page.select_option("#kind", "aliases")
    expect(rows.filter(has_text=local)).to_have_count(0)
    page.select_option("#kind", "")
    page.fill("#q", local)
    expect(rows).to_have_count(2)
    assert local in page.url
    page.fill("#from", "2001-01-01")
    page.fill("#to", "2000-01-01")
    expect(page.locator("#log-wrong")).to_be_visible()
    assert faults(surfer) == []
    page.fill("#to", "2099-12-31")
    expect(rows).to_have_count(2)
    with page.expect_download() as file:
        page.locator("#audit-rows .actions a").click()
    text = file.value.path().read_text(encoding="utf-8-sig")
    assert len(text.splitlines()) == 3
    rows.first.locator("a").click()
    expect(page.locator("#audit-recent tbody tr")).to_have_count(2)
    assert faults(surfer) == []
    surfer.go("/mail/mingyuan.example/")
    assert faults(surfer) == []
