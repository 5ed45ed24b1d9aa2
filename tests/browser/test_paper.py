"""What comes out of the printer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.fixtures.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LONGEST = "x" * 30 + ".yyyy-" + "z" * 28


def printed(desk: Desk, folder: Path) -> list[str]:
    """The pages of what the browser shows, each without blanks."""
    path = folder / "printed.pdf"
    desk.page.pdf(path=path, format="A4", prefer_css_page_size=True)
    return [re.sub(r"\s", "", page.extract_text()) for page in PdfReader(path).pages]


def test_a_reset_prints_the_sheet_alone(desk: Desk, tmp_path: Path) -> None:
    address = desk.add("zhi")
    desk.at("users/zhi/password")
    desk.press("users-password")
    desk.page.wait_for_selector("#users-added")
    pages = printed(desk, tmp_path)
    assert len(pages) == 1
    assert address in pages[0]


def test_the_longest_address_fits_on_the_sheet_and_in_the_lists(desk: Desk, tmp_path: Path) -> None:
    page, address = desk.page, f"{LONGEST}@lvye.example"
    name = "欧阳" * 30
    desk.add(LONGEST)
    desk.at(f"users/{LONGEST}/edit")
    page.fill("#name", name)
    desk.press("users-change")
    page.wait_for_url(f"**/{LONGEST}/")
    desk.at(f"users/{LONGEST}/sheet?lang=both")
    pages = printed(desk, tmp_path)
    assert len(pages) == 1
    assert pages[0].count(address) >= 2
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 800})
    for place in ("users/", f"log?q={address}"):
        desk.at(place)
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 657, "height": 985})  # A4 without its margins
        assert page.evaluate("document.documentElement.scrollWidth") <= 657, place
        page.emulate_media(media="screen")
        page.set_viewport_size({"width": 1280, "height": 800})
    desk.at("users/")
    text = "".join(printed(desk, tmp_path))
    assert "lvye.example›" in text  # whose list it is
    for heading in ("邮箱地址", "姓名", "状态", "已用空间", "创建"):
        assert heading in text
    assert name in text
    wraps = "(th) => th.getClientRects().length && th.querySelector('a').offsetHeight"
    short = page.locator("th", has_text="zhi@").or_(page.locator("th", has_text="li@")).first
    assert short.evaluate(wraps) < 40
