"""Templates: every word through gettext, no inline code, htmx by the rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from tests.support import htmx_rules
from tests.support.english import english_words
from tests.support.tree import PANEL, TEMPLATES, name_of, template_files

ALL = template_files()
PAGES = [path for path in ALL if path.suffix == ".html"]
FRAGMENTS = [path for path in PAGES if path.name.startswith("_")]
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def bare(app: Flask, source: str) -> str:
    """What a template says by itself: without expressions, tags, comments and translated blocks."""
    kept, translated, last = [], False, ""
    for _line, kind, value in app.jinja_env.lexer.tokeniter(source, None):
        if kind == "name" and last == "block_begin":
            translated = value == "trans" or (translated and value != "endtrans")
        if kind == "data" and not translated:
            kept.append(value)
        if kind != "whitespace":
            last = kind
    return "".join(kept)


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_a_template_compiles(app: Flask, path: Path) -> None:
    app.jinja_env.get_template(path.relative_to(TEMPLATES).as_posix())


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_a_template_has_no_words_of_its_own(app: Flask, path: Path) -> None:
    soup = BeautifulSoup(bare(app, read(path)), "html.parser")
    assert list(english_words(soup)) == []


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_a_template_links_to_pages_that_are_there(app: Flask, path: Path) -> None:
    named = re.findall(r"""url_for\(\s*["']([\w.]+)["']""", read(path))
    named = [path.parent.name + name if name.startswith(".") else name for name in named]
    assert [endpoint for endpoint in named if endpoint not in app.view_functions] == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_template_has_no_inline_code(app: Flask, path: Path) -> None:
    soup = BeautifulSoup(bare(app, read(path)), "html.parser")
    found = [f"<{tag.name}>" for tag in soup.find_all("style")]
    found += ["<script>" for tag in soup.find_all("script") if not tag.has_attr("src")]
    for tag in soup.find_all(True):
        found += [name for name in tag.attrs if name == "style" or name.startswith("on")]
    assert found == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_template_uses_the_htmx_that_there_is(app: Flask, path: Path) -> None:
    soup = BeautifulSoup(bare(app, read(path)), "html.parser")
    found = [
        htmx_rules.fault(name, str(value))
        for tag in soup.find_all(True)
        for name, value in tag.attrs.items()
        if name.startswith("hx-")
    ]
    assert [fault for fault in found if fault] == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_what_is_searched_for_fits_into_an_address(app: Flask, path: Path) -> None:
    """Nothing longer than what is read of it, and than a web server takes in a line."""
    soup = BeautifulSoup(bare(app, read(path)), "html.parser")
    fields = soup.select("form[method=get] input:is([type=search], [type=text])")
    assert [field for field in fields if int(str(field.get("maxlength", 999))) > 400] == []


@pytest.mark.parametrize("path", FRAGMENTS, ids=name_of)
def test_a_fragment_is_one_element_named_after_its_file(path: Path) -> None:
    parts = path.relative_to(TEMPLATES).with_suffix("").parts
    name = "-".join(part.strip("_") for part in parts).replace("_", "-")
    without_macros = re.sub(r"(?s)\{%-? macro .*?endmacro -?%\}|\{#.*?#\}", "", read(path))
    first = re.search(r"<(\w+)([^>]*)>", without_macros)
    if first is None:
        return  # macros only
    expected = "notices" if name == "errors-notice" else name
    said_beside_a_field = re.search(r'id="\w+-error"', first.group(2))
    assert f'id="{expected}' in first.group(2) or said_beside_a_field


def test_the_panel_speaks_english_and_is_translated() -> None:
    kinds = {".py", ".html", ".txt", ".js", ".css", ".svg", ".j2", ".mako"}
    found = [
        f"{name_of(path)}:{number}: {line.strip()[:60]}"
        for path in sorted(PANEL.rglob("*"))
        if path.suffix in kinds and "vendor" not in path.parts
        for number, line in enumerate(read(path).splitlines(), 1)
        if CHINESE.search(line)
    ]
    assert found == []
