"""English words in Chinese text that are there by mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import Comment, Doctype

PROPER = frozenset(
    {
        "Android",
        "Apple",
        "Authenticator",
        "Authy",
        "Catch-All",
        "Cloudflare",
        "DNSPod",
        "Dovecot",
        "English",
        "Enter",
        "Esc",
        "Foxmail",
        "Gmail",
        "GoDaddy",
        "Google",
        "LastPass",
        "Mac",
        "Mail",
        "OAuth",
        "Outlook",
        "Postfix",
        "PostgreSQL",
        "SQLite",
        "Tab",
        "Thunderbird",
        "Windows",
        "Youju",
        "iOS",
        "iPad",
        "iPhone",
        "macOS",
    }
)
"""Names that Chinese readers know as they are; capitals (IMAP, CSV) pass anyway."""

APART = ("code", "kbd", "samp", "pre", "script", "style", "template", "textarea", "svg")
_DATA = re.compile(r"\S*[@./_=\d]\S*")
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")


def english_words(soup: BeautifulSoup) -> Iterator[str]:
    """Words on a page that are neither proper names nor data (addresses, hosts, numbers)."""
    for chance in soup.find_all("wbr"):  # to break an address: no end of a word
        chance.extract()
    soup.smooth()
    for text in soup.find_all(string=True):
        if isinstance(text, Comment | Doctype) or _is_apart(text):
            continue
        yield from english_in(str(text))
    for attribute in ("title", "alt", "placeholder", "aria-label"):
        for tag in soup.find_all(attrs={attribute: True}):
            if not _is_apart(tag):
                yield from english_in(str(tag[attribute]))


def english_in(text: str) -> Iterator[str]:
    """English words of a text."""
    for word in _WORD.findall(_DATA.sub(" ", text)):
        if word not in PROPER and not word.isupper():
            yield word


def _is_apart(text: NavigableString | Tag) -> bool:
    """Whether the text is code, or marked as not for translation or as of another language."""
    around = text.self_and_parents if isinstance(text, Tag) else text.parents
    for parent in around:
        if parent.name in APART or parent.get("translate") == "no":
            return True
        if parent.name != "html" and not str(parent.get("lang", "zh")).startswith("zh"):
            return True
    return False
