"""The Chinese catalogues: complete, with the same placeholders, in the words of the glossary."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from tests.support.tree import CATALOGUES, PANEL

KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}
METHODS = [("**.py", "python"), ("templates/**.*", "jinja2")]
DOMAINS = ("messages", "flask_security")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%s|\{\w*\}")
TAG = re.compile(r"</?\w+[^>]*>")
CHINESE = r"[\u3400-\u9fff]"
UNSPACED = re.compile(
    rf"{CHINESE}[A-Za-z0-9]|[A-Za-z0-9](?!日){CHINESE}|{CHINESE}%\(|\)[sd]{CHINESE}"
)
FORBIDDEN = {
    "你": "您",
    "！": "。",
    "!": "。",
    "请稍候": "say what happens",
    "登陆": "登录",
    "帐户": "账户",
    "帐号": "账户",
    "邮件地址": "邮箱地址",
    "密码重置": "重设密码",
    "重置": "重设",
}


@cache
def asked_for(domain: str) -> Catalog:
    """Every text that is in the source."""
    if domain == "flask_security":
        packaged = files("flask_security") / "translations" / "flask_security.pot"
        with Path(str(packaged)).open("rb") as file:
            return read_po(file)
    catalog = Catalog()
    for _file, _line, text, _comments, where in extract_from_dir(
        str(PANEL), METHODS, keywords=KEYWORDS
    ):
        catalog.add(text, context=where)
    return catalog


@cache
def translated(domain: str) -> Catalog:
    """The catalogue in git."""
    with (CATALOGUES / f"{domain}.po").open("rb") as file:
        return read_po(file, locale="zh", domain=domain)


def entries(domain: str) -> Iterator[tuple[Message, list[str]]]:
    """Each entry with its Chinese."""
    for entry in translated(domain):
        if entry.id:
            texts = entry.string if isinstance(entry.string, list | tuple) else [entry.string]
            yield entry, [str(text) for text in texts]


def singular(entry: Message) -> str:
    return str(entry.id[0] if isinstance(entry.id, list | tuple) else entry.id)


def plural(entry: Message) -> str:
    return str(entry.id[-1] if isinstance(entry.id, list | tuple) else entry.id)


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_is_in_the_catalogue_and_no_other(domain: str) -> None:
    wanted = {(singular(m), m.context) for m in asked_for(domain) if m.id}
    present = {(singular(m), m.context) for m, _ in entries(domain)}
    assert sorted(wanted - present, key=str) == []
    assert sorted(present - wanted, key=str) == []
    assert list(translated(domain).obsolete) == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_nothing_is_empty_or_fuzzy(domain: str) -> None:
    assert [m.id for m, texts in entries(domain) if m.fuzzy or not all(texts)] == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_placeholders_and_tags_are_the_same(domain: str) -> None:
    wrong = []
    for entry, texts in entries(domain):
        for kind in (PLACEHOLDER, TAG):
            wanted = sorted(kind.findall(plural(entry)))
            wrong += [text for text in texts if sorted(kind.findall(text)) != wanted]
        wrong += [str(error) for error in entry.check(translated(domain))]
    assert wrong == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_chinese_is_written_in_our_words(domain: str) -> None:
    found = [
        f"{text}: {word} → {better}"
        for _entry, texts in entries(domain)
        for text in texts
        for word, better in FORBIDDEN.items()
        if word in re.sub(r"<!|!=", "", text)
    ]
    assert found == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_blank_stands_between_chinese_and_latin(domain: str) -> None:
    found = [
        text
        for _entry, texts in entries(domain)
        for text in texts
        if UNSPACED.search(TAG.sub("", text).replace("%(day)s", "1日"))  # as Babel writes it
    ]
    assert found == []


def test_the_locale_zh_finds_both_catalogues() -> None:
    for domain in DOMAINS:
        assert (CATALOGUES / f"{domain}.mo").stat().st_size > 1000, "make builds it"
