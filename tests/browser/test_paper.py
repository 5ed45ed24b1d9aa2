"""What comes out of the printer."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.fixtures.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LONGEST, NAME = "x" * 30 + ".yyyy-" + "z" * 28, "欧阳" * 30


def printed(desk: Desk, folder: Path) -> list[str]:
    """The pages of what the browser shows, each without blanks."""
    path = folder / "printed.pdf"
    desk.page.pdf(path=path, format="A4", prefer_css_page_size=True)
    texts = [page.extract_text() for page in PdfReader(path).pages]
    return [re.sub(r"\s", "", unicodedata.normalize("NFKC", text)) for text in texts]


def test_a_reset_prints_the_sheet_alone(desk: Desk, tmp_path: Path) -> None:
    address = desk.add("zhi")
    desk.at("users/zhi/password")
    desk.press("users-password")
    desk.page.wait_for_selector("#users-added")
    pages = printed(desk, tmp_path)
    assert len(pages) == 1
    assert address in pages[0]


def test_the_longest_address_fits_on_the_sheet(desk: Desk, tmp_path: Path) -> None:
    page, address = desk.page, longest(desk)
    for language in ("zh", "both"):
        desk.at(f"users/{LONGEST}/sheet?lang={language}")
        pages = printed(desk, tmp_path)
        assert len(pages) == 1
        assert pages[0].count(address) >= 2
    page.set_viewport_size({"width": 390, "height": 800})
    assert width(desk) <= 390


def test_lists_are_printed_with_all_their_columns(desk: Desk, tmp_path: Path) -> None:
    page, address = desk.page, longest(desk)
    desk.at("users/")
    short = page.get_by_role("link", name="li@lvye.example").bounding_box()
    assert short is not None
    assert short["height"] < 40  # one line: it is the name beside it that wraps
    text = "".join(printed(desk, tmp_path))
    for said in ("lvye.example›", "邮箱地址", "姓名", "状态", "已用空间", "创建时间", NAME):
        assert said in text
    assert LONGEST in text
    page.set_viewport_size({"width": 657, "height": 985})  # A4 without its margins
    page.emulate_media(media="print")
    for place in ("users/", f"log?q={address}"):
        desk.at(place)
        assert width(desk) <= 657, place


def longest(desk: Desk) -> str:
    """The address of somebody with as long a name as there may be."""
    address = f"{LONGEST}@lvye.example"
    desk.at(f"users/{LONGEST}/")
    if desk.page.title().startswith(address):
        return address
    desk.add(LONGEST)
    desk.at(f"users/{LONGEST}/edit")
    desk.page.fill("#name", NAME)
    desk.press("users-change")
    desk.page.wait_for_url(f"**/{LONGEST}/")
    return address


def width(desk: Desk) -> int:
    """Of the page with all that stands out of it."""
    return int(desk.page.evaluate("document.documentElement.scrollWidth"))
