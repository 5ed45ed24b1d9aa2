"""A person at a browser: fetches pages, fills in forms, and has each page checked on the way."""

from __future__ import annotations

from contextvars import Context
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from panel.accounts.models import Login
from panel.extensions import db
from tests.factories.accounts import PASSWORD
from tests.support.page_checks import Checked, faults
from tests.support.queries import counted


class Answer:
    """One answer: a page or, to htmx, a fragment."""

    def __init__(self, page: Page, response: TestResponse) -> None:
        self.page, self.response = page, response
        self.status = response.status_code
        self.text = response.get_data(as_text=True)
        response.close()
        self.is_html = response.mimetype == "text/html" and bool(self.text)
        self.whole = "<html" in self.text[:500].lower()
        parser = "html5lib" if self.whole else "html.parser"
        self.soup = BeautifulSoup(self.text if self.is_html else "", parser)

    @property
    def location(self) -> str:
        """Where the answer leads, by redirect or for htmx; empty when it does not."""
        headers = self.response.headers
        return headers.get("HX-Redirect") or headers.get("Location") or ""

    @property
    def h1(self) -> str:
        """The heading."""
        return self.soup.h1.get_text(" ", strip=True) if self.soup.h1 else ""

    @property
    def said(self) -> str:
        """All visible text, in one line."""
        return " ".join(self.soup.get_text(" ").split())

    def find(self, selector: str) -> Tag:
        """The first element for a CSS selector; fails without one."""
        found = self.soup.select_one(selector)
        assert found is not None, f"no {selector} in {self.text[:2000]}"
        return found

    def error(self, field: str) -> str:
        """What is said beside a field that is wrong; empty when nothing is."""
        wrong = self.find(f"[name={field}]")
        if wrong.get("aria-invalid") != "true":
            return ""
        ids = str(wrong.get("aria-describedby", "")).split()
        texts = [self.find(f"#{id_}") for id_ in ids if "error" in id_]
        return " ".join(text.get_text(" ", strip=True) for text in texts)

    def form(self, form_id: str | None = None, action: str | None = None) -> FilledForm:
        """The form with that id, or to that `action`; without either the only one in <main>."""
        if form_id is not None:
            return FilledForm(self, self.find(f"form#{form_id}"))
        forms = self.soup.select("main form") or self.soup.select("form")
        if action is not None:
            path = self.page.url(action)
            forms = [form for form in self.soup.select("form") if form.get("action") == path]
        assert len(forms) == 1, f"{len(forms)} forms: {[form.get('id') for form in forms]}"
        return FilledForm(self, forms[0])

    def follow(self, expect: int = 200) -> Answer:
        """The page that the answer leads to."""
        assert self.location, f"{self.status} leads nowhere"
        return self.page.get(self.location, expect)


class FilledForm:
    """A form with what the page filled in."""

    def __init__(self, answer: Answer, tag: Tag) -> None:
        self.answer, self.tag = answer, tag
        self.values = _values(tag)

    def submit(self, expect: int = 200, *, htmx: bool = False, **fields: Any) -> Answer:
        """Send the form with `fields` changed (None: not sent), its CSRF token included.

        After a success (303, or HX-Redirect to htmx) the page that it leads to is what is
        expected and answered, unless `expect` is 303.
        """
        for name in fields:
            assert self.tag.select_one(f'[name="{name}"]'), f"no field {name} in the form"
        values = {k: v for k, v in {**self.values, **fields}.items() if v is not None}
        method = str(self.tag.get("method", "get")).upper()
        url = str(self.tag["action"])
        sent = {"query_string" if method == "GET" else "data": values}
        answer = self.answer.page.request(method, url, htmx=htmx, **sent)
        done = answer.location and answer.status in (204, 302, 303)
        if done and expect == 303:
            return answer
        return answer.follow(expect) if done else answer.page.seen(answer, expect)


class Page:
    """The browser. `language` is what pages must be in: change it with the language switch."""

    def __init__(self, app: Flask, session: Session) -> None:
        self.app, self.session = app, session
        self.client: FlaskClient = app.test_client()
        self.language = "zh"
        self.last: Answer | None = None

    def sign_in(self, login: Login, password: str = PASSWORD) -> Answer:
        """Sign in by the sign-in page."""
        form = self.get("security.login").form()
        return form.submit(303, email=login.email, password=password)

    def get(self, where: str, expect: int = 200, *, htmx: bool = False, **values: Any) -> Answer:
        """Fetch a URL, or an endpoint with its values; its page is checked."""
        return self.seen(self.request("GET", self.url(where, **values), htmx=htmx), expect)

    def asked(self, where: str) -> int:
        """How many questions the database is asked for a page that was seen before."""
        self.get(where)
        with counted(db.engine) as statements:
            self.get(where)
        return len(statements)

    def form(self, form_id: str | None = None, action: str | None = None) -> FilledForm:
        """A form of the page seen last: by its id, its action, or the only one in <main>."""
        assert self.last is not None, "no page yet"
        return self.last.form(form_id, action)

    def url(self, where: str, **values: Any) -> str:
        """The path of an endpoint."""
        if where.startswith(("/", "http")):
            return where
        with self.app.test_request_context():
            return self.app.url_for(where, **values)

    def request(self, method: str, url: str, *, htmx: bool = False, **sent: Any) -> Answer:
        """Send anything. Each request is in a context of its own, as on a server."""
        self.session.commit()
        sent["headers"] = {**sent.get("headers", {}), **({"HX-Request": "true"} if htmx else {})}
        answer = Context().run(lambda: Answer(self, self.client.open(url, method=method, **sent)))
        for kept in self.session:  # what a test holds is read anew, but what it names stays
            self.session.expire(kept, inspect(kept).mapper.column_attrs.keys())
        return answer

    def seen(self, answer: Answer, expect: int) -> Answer:
        """Check status and page, and remember the page."""
        where = answer.response.request.path
        assert answer.status == expect, (
            f"{where}: {answer.status} → {answer.location} {answer.said[:900]}"
        )
        if answer.is_html and not 300 <= answer.status < 400:
            checked = Checked(
                text=answer.text,
                soup=answer.soup,
                headers=answer.response.headers,
                routes=self.app.url_map.bind("localhost"),
                language=self.language,
                whole=answer.whole,
            )
            wrong = faults(checked)
            assert not wrong, f"{where}:\n" + "\n".join(wrong)
            self.last = answer
        return answer


def _values(form: Tag) -> dict[str, Any]:
    """What a browser would send for the form as it stands, but for its buttons."""
    values: dict[str, Any] = {}
    for field in form.select("input[name], textarea[name]"):
        name, kind = str(field["name"]), field.get("type", "text")
        if kind in ("submit", "button", "image", "reset", "file") or field.has_attr("disabled"):
            continue
        if kind in ("checkbox", "radio") and not field.has_attr("checked"):
            continue
        value = field.get_text() if field.name == "textarea" else field.get("value", "")
        values[name] = value or ("on" if kind in ("checkbox", "radio") else "")
    for select in form.select("select[name]"):
        chosen = select.select_one("option[selected]") or select.select_one("option")
        if chosen is not None:
            values[str(select["name"])] = chosen.get("value", chosen.get_text(strip=True))
    return values
