"""What must hold on every page and every fragment, whatever it shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import html5lib
from bs4 import BeautifulSoup, Tag
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from tests.support import htmx_rules
from tests.support.english import english_words

LANGS = {"zh": "zh-Hans", "en": "en"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Youju-Answer": "page",
}


@dataclass(frozen=True)
class Checked:
    """A page (or a fragment) with all that a check may look at."""

    text: str
    soup: BeautifulSoup
    headers: Headers
    routes: MapAdapter
    language: str
    whole: bool = True


def valid_html(page: Checked) -> Iterator[str]:
    """The text parses without a single error."""
    parser = html5lib.HTMLParser(strict=True)
    try:
        if page.whole:
            parser.parse(page.text)
        elif not re.match(r"\s*<(tr|td|th|tbody|thead|tfoot|option)\b", page.text):
            parser.parseFragment(page.text, container="div")
    except html5lib.html5parser.ParseError as error:
        line, column = parser.tokenizer.stream.position()
        shown = page.text.splitlines()[max(line - 2, 0) : line + 1]
        yield f"not valid: {error} at {line}:{column}: {shown}"


def outline(page: Checked) -> Iterator[str]:
    """One h1, a title, the language of the reader."""
    if not page.whole:
        return
    headings = page.soup.find_all("h1")
    if len(headings) != 1 or not headings[0].get_text(strip=True):
        yield f"{len(headings)} h1, or an empty one"
    if page.soup.title is None or not page.soup.title.get_text(strip=True):
        yield "no title"
    lang = page.soup.html.get("lang") if page.soup.html else None
    if lang != LANGS[page.language]:
        yield f"lang={lang} for {page.language}"


def unique_ids(page: Checked) -> Iterator[str]:
    """No id twice."""
    ids = [tag["id"] for tag in page.soup.find_all(id=True)]
    yield from (f"id {id_} twice" for id_ in {id_ for id_ in ids if ids.count(id_) > 1})


def labels(page: Checked) -> Iterator[str]:
    """Every field has a label, every button a name."""
    for field in page.soup.find_all(["input", "select", "textarea"]):
        if field.get("type") in ("hidden", "submit", "button", "reset"):
            continue
        named = (
            field.get("aria-label") or field.get("aria-labelledby") or field.find_parent("label")
        )
        if not named and not page.soup.find("label", attrs={"for": field.get("id", "")}):
            yield f"no label: {field}"
    for button in page.soup.find_all(["button", "a"]):
        if not button.get_text(strip=True) and not button.get("aria-label"):
            yield f"no name: {button}"


def references(page: Checked) -> Iterator[str]:
    """What aria-describedby, aria-labelledby and for= name is there."""
    for attribute in ("aria-describedby", "aria-labelledby", "for"):
        for tag in page.soup.find_all(attrs={attribute: True}):
            for id_ in str(tag[attribute]).split():
                if page.soup.find(id=id_) is None:
                    yield f"{attribute} names {id_}, which is not there"


def links(page: Checked) -> Iterator[str]:
    """Every link, form and file leads to a route of the panel."""
    for tag in page.soup.find_all(["a", "form", "link", "script", "img"]):
        url = tag.get("href") or tag.get("action") or tag.get("src")
        if not url:
            if tag.name == "form" or (tag.name == "a" and not tag.has_attr("aria-disabled")):
                yield f"leads nowhere: <{tag.name}>"
        else:
            yield from _dead(page, tag, str(url))


def _dead(page: Checked, tag: Tag, url: str) -> Iterator[str]:
    parts = urlsplit(url)
    if parts.scheme in ("mailto", "data", "tel"):
        return
    if parts.scheme or parts.netloc:
        if tag.name != "a":  # a link may name another host (webmail); nothing may be fetched there
            yield f"another host: {url}"
    elif not parts.path:
        if page.whole and parts.fragment and page.soup.find(id=parts.fragment) is None:
            yield f"no {url} on the page"
    else:
        method = str(tag.get("method", "get")).upper() if tag.name == "form" else "GET"
        try:
            page.routes.match(parts.path, method=method)
        except HTTPException as error:
            yield f"{method} {url}: {type(error).__name__}"


def no_inline_code(page: Checked) -> Iterator[str]:
    """Nothing that the content security policy would stop."""
    for tag in page.soup.find_all(True):
        if (tag.name == "script" and not tag.get("src")) or tag.name == "style":
            yield f"inline <{tag.name}>"
        for name in tag.attrs:
            if name == "style" or name.startswith("on"):
                yield f"inline {name} on <{tag.name}>"


def hypermedia(page: Checked) -> Iterator[str]:
    """Htmx only does what the plain page does too."""
    for tag in page.soup.find_all(True):
        for name, value in tag.attrs.items():
            if name.startswith("hx-"):
                yield from filter(None, [htmx_rules.fault(name, str(value))])
        post, get = tag.get("hx-post"), tag.get("hx-get")
        if post is not None and not _plain_post(tag, str(post)):
            yield f"hx-post={post} without a plain form of the same action"
        if get is not None and not _plain_get(tag, str(get)):
            yield f"hx-get={get} without a plain link or form to it"


def _plain_post(tag: Tag, url: str) -> bool:
    if tag.name in ("input", "textarea"):
        return tag.find_parent("form", method="post") is not None  # sent, it says the same
    return tag.name == "form" and tag.get("method") == "post" and tag.get("action") == url


def _plain_get(tag: Tag, url: str) -> bool:
    if tag.name == "a":
        return tag.get("href") == url
    if tag.name == "form":
        return tag.get("method", "get") == "get" and tag.get("action") == url
    if tag.name in ("input", "textarea"):
        return tag.find_parent("form") is not None  # the form, once sent, says the same
    trigger = str(tag.get("hx-trigger", ""))
    return "every" in trigger or "load" in trigger  # renews itself; reloading does the same


def tokens(page: Checked) -> Iterator[str]:
    """Every form that changes something carries a token; a search does not show it in the URL."""
    for form in page.soup.find_all("form"):
        token = form.find("input", attrs={"name": "csrf_token"})
        if (form.get("method") == "post") != (token is not None):
            yield f"csrf_token {'missing' if token is None else 'in a GET form'}: {form.get('id')}"


def words(page: Checked) -> Iterator[str]:
    """No English in Chinese."""
    if page.language == "zh":
        yield from (f"English on a Chinese page: {word}" for word in english_words(page.soup))


def security_headers(page: Checked) -> Iterator[str]:
    """The headers that every answer carries."""
    for name, value in HEADERS.items():
        if page.headers.get(name) != value:
            yield f"{name}: {page.headers.get(name)}"
    policy = page.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "unsafe" in policy:
        yield f"Content-Security-Policy: {policy}"
    if "no-store" not in page.headers.get("Cache-Control", ""):
        yield f"Cache-Control: {page.headers.get('Cache-Control')}"


def one_root(page: Checked) -> Iterator[str]:
    """A fragment is one element with an id; what else comes goes elsewhere (out of band)."""
    if page.whole:
        return
    tops = [tag for tag in page.soup.children if isinstance(tag, Tag)]
    roots = [tag for tag in tops if not tag.has_attr("hx-swap-oob") and tag.name != "hx-partial"]
    if len(roots) != 1 or not roots[0].get("id"):
        yield f"{len(roots)} root elements, or one without id: {[tag.name for tag in roots]}"


CHECKS: tuple[Callable[[Checked], Iterator[str]], ...] = (
    valid_html,
    outline,
    unique_ids,
    labels,
    references,
    links,
    no_inline_code,
    hypermedia,
    tokens,
    words,
    security_headers,
    one_root,
)


def faults(page: Checked) -> list[str]:
    """All that is wrong with a page."""
    return [f"{check.__name__}: {fault}" for check in CHECKS for fault in check(page)]
